"""Rules of stores: names and hosts, proof of domains, colours, profiles of orders."""

import ipaddress
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Literal
from zoneinfo import available_timezones

import idna
import msgspec

from tradehall.contracts.orders import EDGES, SAFETY_EDGES
from tradehall.contracts.stores import IN_INSTALMENTS, LegalKind, Look, OrderProfile, Store
from tradehall.kernel.colours import AA, NON_TEXT, contrast, nearest, parse
from tradehall.kernel.errors import Busy, Conflict, FieldError, Invalid, NotFound
from tradehall.services.stores.blocks import Block

MOST_DOMAINS = 20
MOST_PICTURES = 40  # of a kind
LONGEST_HOST = 240  # characters; the proof's name is longer, and a name in the DNS has 253 at most
CHECK_AGAIN = timedelta(hours=24)
RECORD = "_tradehall"
PROOF = "tradehall-proof="
RESERVED_SLUGS = frozenset(
    {"admin", "api", "app", "assets", "billing", "cdn", "docs", "ftp", "help", "mail", "mx", "ns", "ns1", "ns2", "smtp",
     "static", "status", "support", "tradehall", "webmail", "www"}
)  # fmt: skip
LEGAL_KINDS: tuple[LegalKind, ...] = ("imprint", "terms", "privacy", "returns")

PictureKind = Literal["logo", "icon", "hero"]
DomainState = Literal["claimed", "proved", "lost"]


class NameTaken(Conflict):
    slug = "name-taken"
    title = "Another store has this name"


class UnknownDomain(NotFound):
    slug = "unknown-domain"
    title = "The store has no such domain"


class DomainTaken(Conflict):
    slug = "domain-taken"
    title = "Another store has proved that this domain is theirs"


class AlreadyClaimed(Conflict):
    slug = "domain-claimed"
    title = "The store has this domain already"


class TooManyDomains(Conflict):
    slug = "too-many-domains"
    title = f"A store has {MOST_DOMAINS} domains at most"


class NotProved(Conflict):
    """`extra.found` are the texts that stand in the DNS instead."""

    slug = "domain-not-proved"
    title = "The proof is not in the DNS yet"


class DnsSilent(Busy):
    slug = "dns-silent"
    title = "The DNS does not answer; try again shortly"


class OnlyHost(Conflict):
    slug = "only-host"
    title = "A store needs a host to be found at"


class CurrencyFixed(Conflict):
    slug = "currency-fixed"
    title = "The currency stays once there is a product"


class HomeChanged(Conflict):
    slug = "home-changed"
    title = "Somebody else changed the home page meanwhile"


class LegalChanged(Conflict):
    slug = "legal-changed"
    title = "Somebody else changed this text meanwhile"


class TooManyPictures(Conflict):
    slug = "too-many-pictures"
    title = f"A store keeps {MOST_PICTURES} pictures of a kind at most"


class UnknownPicture(NotFound):
    slug = "unknown-picture"
    title = "The store has no such picture"


class NoSuchText(NotFound):
    slug = "no-such-text"
    title = "There is no such text"


class Domain(msgspec.Struct, frozen=True, kw_only=True):
    """A claim. `found` is what the DNS said last time."""

    host: str
    token: str
    proved_at: datetime | None = None
    checked_at: datetime | None = None
    lost_at: datetime | None = None
    next_check_at: datetime | None = None
    found: list[str] = []
    created_at: datetime

    @property
    def state(self) -> DomainState:
        if self.proved_at is None:
            return "claimed"
        return "lost" if self.lost_at else "proved"


class HomePage(msgspec.Struct, frozen=True, kw_only=True):
    """`version` grows with every change; 0 where the store has no blocks of its own."""

    version: int = 0
    blocks: list[Block] = []


def normal_host(text: str, field: str) -> str:
    """A host name as it stands in a Host header: IDNA, lower case, no dot at its end. Raises Invalid."""
    name = text.strip().lower().removesuffix(".")
    try:
        host = idna.encode(name, uts46=True, std3_rules=True).decode()
    except (idna.IDNAError, UnicodeError):
        raise Invalid.field(field, "must be a host name, without http://, port and path") from None
    if len(host) > LONGEST_HOST or not host.isascii():
        raise Invalid.field(field, f"must have at most {LONGEST_HOST} characters")
    return host


def claimable(text: str, platform_domain: str) -> str:
    """The host of a domain that a store may claim. Raises Invalid."""
    host = normal_host(text, "host")
    if host.endswith(f".{platform_domain}") or host == platform_domain:
        raise Invalid.field("host", f"must not be {platform_domain} or a name below it: those are the platform's")
    if "." not in host or _is_address(host) or host.rpartition(".")[2].isdecimal():
        raise Invalid.field("host", "must be a domain of your own, such as shop.example.com")
    return host


def own_hosts(hosts: Sequence[str], slug: str, platform_domain: str) -> list[str]:
    """Those an operator gives a store, without proof; `<slug>.<platform domain>` where none is named. Raises Invalid."""
    found = list(dict.fromkeys(normal_host(host, f"hosts[{place}]") for place, host in enumerate(hosts)))
    own = f"{slug}.{platform_domain}"
    for place, host in enumerate(found):
        if host == platform_domain or (host.endswith(f".{platform_domain}") and host != own):
            raise Invalid.field(f"hosts[{place}]", f"must be {own}, or a name outside {platform_domain}")
    return found or [own]


def check_slug(slug: str) -> None:
    """Raises Invalid."""
    if slug in RESERVED_SLUGS:
        raise Invalid.field("slug", "is a name that the platform keeps for itself")


def new_token() -> str:
    return secrets.token_hex(20)


def record_name(host: str) -> str:
    return f"{RECORD}.{host}"


def proves(domain: Domain, texts: Sequence[str]) -> bool:
    return PROOF + domain.token in (text.strip() for text in texts)


def colour_errors(look: Look) -> list[FieldError]:
    """Combinations that fewer people can read than WCAG AA asks, each with the nearest that is enough."""
    wanted = ((look.ink, "look.ink", AA), (look.accent, "look.accent", NON_TEXT))
    return [
        FieldError(
            field,
            f"has a contrast of {_ratio(colour, look.paper):.2f} on {look.paper}, and needs {least}; "
            f"{nearest(colour, look.paper, least)} has it",
        )
        for colour, field, least in wanted
        if _ratio(colour, look.paper) < least
    ]


def _ratio(colour: str, ground: str) -> float:
    return contrast(parse(colour), parse(ground))


def profile_errors(profile: OrderProfile) -> list[FieldError]:
    """Edges beyond the whole table, and safety edges that it wants to do without."""
    found = []
    for start, ends in profile.edges.items():
        if beyond := sorted(set(ends) - EDGES[start]):
            found.append(FieldError(f"order_profile.edges.{start}", f"cannot lead to {', '.join(beyond)}"))
        if missing := sorted(end for begin, end in SAFETY_EDGES if begin == start and end not in ends):
            found.append(FieldError(f"order_profile.edges.{start}", f"must lead to {', '.join(missing)}"))
    return found


def terms_errors(store: Store) -> list[FieldError]:
    """What a way to pay cannot do for this store."""
    found = []
    for method, terms in store.payment_terms.items():
        field = f"payment_terms.{method}"
        if terms.instalments > 1 and method not in IN_INSTALMENTS:
            found.append(FieldError(f"{field}.instalments", f"must be 1: {method} takes no instalments"))
        elif terms.instalments > 1 and method == "stripe" and store.currency != "MXN":
            found.append(FieldError(f"{field}.instalments", "must be 1: Stripe has instalments in MXN only"))
        if terms.instalments > 1 and terms.interest_free > terms.instalments:
            found.append(FieldError(f"{field}.interest_free", "must be at most the number of instalments"))
        if method == "stripe" and terms.interest:
            found.append(FieldError(f"{field}.interest", "must be 0: at Stripe the buyer pays the total"))
    return found


def timezone_errors(timezone: str) -> list[FieldError]:
    known = timezone in _timezones()
    return [] if known else [FieldError("timezone", "must be an IANA time zone, such as Europe/Berlin")]


@cache
def _timezones() -> set[str]:
    return available_timezones()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
