"""What is written to whom, by which ways, and when."""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec

from tradehall.contracts.identity import Purpose
from tradehall.contracts.notifications import Channel
from tradehall.contracts.orders import OrderPlaced, SaleReduced
from tradehall.kernel.errors import Conflict, NotFound
from tradehall.kernel.ids import uuid7

OrderTemplate = Literal[
    "order_placed", "order_confirmed", "order_shipped", "parcel_delivered", "order_delivered", "order_cancelled",
    "order_reduced", "return_answered", "refund_done", "refund_failed", "review_invited",
]  # fmt: skip
# A message for each purpose of a code, and notices.
AccountTemplate = Literal[Purpose, "email_changed", "staff_invitation", "seller_decided", "low_stock", "cart_left"]
PlatformTemplate = Literal["signup_code", "subscription"]  # from the platform itself
Template = Literal[OrderTemplate, AccountTemplate, PlatformTemplate]
Group = Literal["account", "orders", "parcels", "reminders", "stock", "selling"]
DeliveryStatus = Literal["queued", "sending", "sent", "delivered", "failed", "skipped"]

CODES: frozenset[Template] = frozenset(
    {"password_reset", "email_verification", "email_change", "phone_verification", "staff_invitation", "signup_code"}
)
HIDDEN = "••••••"  # where a code is not for the reader's eyes, or no longer kept
LASTS = timedelta(days=2)  # how long a message is tried for that says nothing of it itself


class Kind(msgspec.Struct, frozen=True):
    """`always`: by these it is sent whatever the reader chose, since it has to be known. By the other `ways` as they like."""

    group: Group
    always: frozenset[Channel] = frozenset()
    ways: frozenset[Channel] = frozenset()


_MAIL: frozenset[Channel] = frozenset({"email"})
_PARCEL: frozenset[Channel] = frozenset({"email", "sms", "push", "in_app"})
_HERE: frozenset[Channel] = frozenset({"push", "in_app"})

KINDS: dict[Template, Kind] = {
    "order_placed": Kind("orders", _MAIL),
    "order_confirmed": Kind("orders", _MAIL),
    "order_cancelled": Kind("orders", _MAIL, _HERE),
    "order_reduced": Kind("orders", _MAIL, _HERE),
    "return_answered": Kind("orders", _MAIL, _HERE),
    "refund_done": Kind("orders", _MAIL, _HERE),
    "refund_failed": Kind("orders", _MAIL, frozenset({"in_app"})),
    "order_shipped": Kind("parcels", ways=_PARCEL),
    "parcel_delivered": Kind("parcels", ways=_PARCEL),
    "order_delivered": Kind("parcels", ways=_PARCEL),
    "review_invited": Kind("reminders", ways=frozenset({"email", "push"})),
    "cart_left": Kind("reminders", ways=frozenset({"email", "push"})),
    "password_reset": Kind("account", _MAIL),
    "email_verification": Kind("account", _MAIL),
    "email_change": Kind("account", _MAIL),
    "phone_verification": Kind("account", frozenset({"sms"})),
    "email_changed": Kind("account", _MAIL, frozenset({"in_app"})),
    "staff_invitation": Kind("account", _MAIL),
    "seller_decided": Kind("selling", _MAIL, frozenset({"in_app"})),
    "low_stock": Kind("stock", ways=frozenset({"email", "in_app"})),
    "signup_code": Kind("account", _MAIL),
    "subscription": Kind("account", _MAIL),
}
CHANNELS: tuple[Channel, ...] = ("email", "sms", "push", "in_app")
# What a reader may choose, group by group; what is missing here comes in any case, or never comes that way.
CHOOSABLE: dict[Group, tuple[Channel, ...]] = {
    group: tuple(channel for channel in CHANNELS if any(channel in k.ways for k in KINDS.values() if k.group == group))
    for group in ("orders", "parcels", "reminders", "account", "selling", "stock")
}

Choices = Mapping[tuple[Group, Channel], bool]


def wants(choices: Choices, template: Template, channel: Channel) -> bool:
    """What nobody chose is sent, but by SMS, which costs and disturbs."""
    kind = KINDS[template]
    if channel in kind.always:
        return True
    return channel in kind.ways and chosen(choices, kind.group, channel)


def chosen(choices: Choices, group: Group, channel: Channel) -> bool:
    return choices.get((group, channel), channel != "sms")


class UnknownMail(NotFound):
    slug = "unknown-mail"
    title = "There is no such mail"


class UnknownDelivery(NotFound):
    slug = "unknown-delivery"
    title = "There is no such delivery"


class NotFailed(Conflict):
    slug = "not-failed"
    title = "Only what has failed is sent again"


class CodeOver(Conflict):
    slug = "code-over"
    title = "A code is not sent again; its reader asks for a new one"


class BadLink(NotFound):
    slug = "bad-link"
    title = "This link leads nowhere"


def reader_of(store_id: UUID, person_id: UUID | None, email: str) -> UUID:
    """Whose choices count: an account's, or those of an address, by a name from which it cannot be read."""
    if person_id is not None:
        return person_id
    text = f"{store_id} {email.strip().lower()}"  # as queries.readers has it in SQL
    return UUID(bytes=hashlib.md5(text.encode(), usedforsecurity=False).digest())


def stop_token(secret: str, store_id: UUID, reader_id: UUID) -> str:
    """What lets a reader choose without logging in: derived, so that it need not be stored."""
    message = b"stop-reminders" + store_id.bytes + reader_id.bytes
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()[:40]


def stop_path(secret: str, store_id: UUID, reader_id: UUID, group: Group) -> str:
    return f"/reminders?person={reader_id}&token={stop_token(secret, store_id, reader_id)}&kind={group}"


class Addressee(msgspec.Struct, frozen=True, kw_only=True):
    """Whom an order's messages go to. What they say is rendered when they are sent or read."""

    number: str
    email: str
    locale: str = ""
    customer_id: UUID | None = None
    phone: str = ""
    country: str = ""
    devices: list[UUID] = []
    choices: list[tuple[Group, Channel, bool]] = []
    has_sms: bool = False

    @classmethod
    def of(cls, order: OrderPlaced) -> "Addressee":
        return cls(number=order.number, email=order.email, locale=order.locale, customer_id=order.customer_id)

    @property
    def chosen(self) -> Choices:
        return {(group, channel): wanted for group, channel, wanted in self.choices}


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """`about` tells two messages of one template apart (a parcel each). `locale` "": the store's.

    `order_id` is None for a message about an account. `status` is that of its mail or SMS; `kept`: only the mailbox holds it, for
    want of a server to give it to or of an address it can go to.
    """

    id: UUID
    order_id: UUID | None = None
    person_id: UUID | None = None
    template: Template
    about: str = ""
    facts: dict[str, Any] = msgspec.field(default_factory=dict)
    recipient: str
    subject: str
    locale: str = ""
    created_at: datetime
    status: str = "kept"


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One way that a notification goes. `target` tells a reader's devices apart, `recipient` is the address or number.

    `attempts` counts those that were begun. `provider_id` is the message's name at who carries it.
    """

    id: UUID
    notification_id: UUID
    channel: Channel
    target: str = ""
    recipient: str
    status: DeliveryStatus
    attempts: int = 0
    next_at: datetime | None = None
    expires_at: datetime
    provider_id: str = ""
    error: str = ""
    created_at: datetime
    sent_at: datetime | None = None
    delivered_at: datetime | None = None


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with an account in the store."""

    id: UUID
    email: str
    name: str
    roles: list[str]


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that takes push messages. `p256dh` and `auth` are its keys, as base64url."""

    id: UUID
    person_id: UUID
    endpoint: str
    p256dh: str
    auth: str
    name: str
    created_at: datetime


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Told in the application; `kind` decides the words, `facts` fill them in. `about` tells two of a kind apart."""

    id: UUID
    person_id: UUID
    kind: str
    about: str
    facts: dict[str, Any]
    created_at: datetime
    read_at: datetime | None = None

    @classmethod
    def new(cls, person_id: UUID, kind: str, about: str, facts: dict[str, Any]) -> "Note":
        return cls(id=uuid7(), person_id=person_id, kind=kind, about=about, facts=facts, created_at=datetime.now(UTC))


# Where each kind of note leads.
NOTE_PLACES: dict[str, str] = {
    "seller_applied": "/admin/sellers?status=applied",
    "seller_approve": "/admin/products",
    "seller_refuse": "/sell",
    "seller_suspend": "/sell",
    "seller_resume": "/sell",
    "email_changed": "/account",
    "low_stock": "/admin/stock?low=true",
    **{kind: "/orders/{order_id}" for kind, ways in KINDS.items() if ways.group in ("orders", "parcels")},
}


class LowVariant(msgspec.Struct, frozen=True, kw_only=True):
    variant_id: UUID
    seller_id: UUID
    sku: str
    title: str
    available: int
    threshold: int


LISTED = 50  # variants in one mail; more are counted


def low_stock_facts(low: Sequence[LowVariant]) -> dict[str, Any]:
    items = [{"sku": v.sku, "title": v.title, "available": v.available, "threshold": v.threshold} for v in low[:LISTED]]
    return {"what": _what(low), "items": items, "others": max(0, len(low) - LISTED)}


def _what(low: Sequence[LowVariant]) -> str:
    first = f"{low[0].title}, {low[0].available} left"
    return first if len(low) == 1 else f"{first}, and {len(low) - 1} more"


def reduced_facts(event: SaleReduced, order: OrderPlaced | None) -> dict[str, Any]:
    titles = {line.line_id: line.title for line in order.lines} if order else {}
    return {
        "kind": event.kind,
        "reason": event.reason,
        "lines": [
            {"title": titles.get(line.line_id, ""), "quantity": line.quantity, "amount": line.amount}
            for line in event.lines
        ],
        "shipping": event.shipping,
        "total": event.total,
    }


# What may stand in a header as it is: no quotes, comments, lists, encoded words.
_ADDRESS = re.compile(r"""[^\s\x00-\x20\x7f()<>\[\]\\,;:"@]+@[^\s\x00-\x20\x7f()<>\[\]\\,;:"@]+""")


def mailable(address: str) -> bool:
    """Whether the address names one mailbox and nothing else, whatever a header's parser makes of it."""
    return _ADDRESS.fullmatch(address) is not None and "=?" not in address


def one_line(text: str) -> str:
    """For a header. Without encoded words: some versions of Python unpack line breaks from them."""
    visible = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(visible.split()).replace("=?", "= ?")


FIRST, LONGEST = 10, 7200  # of the base: with one of 0.2 s, 2 seconds after the first try, 24 minutes at most


def pause(attempts: int, base: float, asked: float | None) -> timedelta:
    """Before the next try, after so many. `asked` is what the provider wants, in seconds; at most an hour of it."""
    own = min(base * LONGEST, base * FIRST * 2 ** (attempts - 1))
    return timedelta(seconds=max(own, min(asked or 0.0, 3600.0)))
