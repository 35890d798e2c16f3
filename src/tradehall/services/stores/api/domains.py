"""Where a store is found: its hosts, and the domains it claims as its own."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from tradehall.contracts.stores import Store
from tradehall.kernel.access import STORE_ADMIN
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.paging import Page
from tradehall.kernel.runtime import Running
from tradehall.services.stores import model
from tradehall.services.stores.changing import change, current
from tradehall.services.stores.dns import dns_for
from tradehall.services.stores.model import Domain, DomainState
from tradehall.services.stores.proving import settle
from tradehall.services.stores.queries import domains


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    host: Annotated[str, Meta(min_length=1, max_length=300, pattern=r"^[^\x00]*$")]


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """To be published in the domain's DNS."""

    name: str
    value: str
    type: Literal["TXT"] = "TXT"


class HostView(msgspec.Struct, frozen=True, kw_only=True):
    """`given` are hosts of the platform; the others need the `record`. `serves`: the store is found here.

    A domain whose proof was lost serves on, until another store proves that it is theirs. `found` is what stood in the
    DNS when it was asked last.
    """

    host: str
    state: DomainState | Literal["given"]
    serves: bool
    primary: bool
    record: Record | None = None
    checked_at: datetime | None = None
    lost_at: datetime | None = None
    found: list[str] = []


@get("/api/v1/store/domains", access=STORE_ADMIN)
async def list_domains(store: NamedDependency[Store], db: NamedDependency[Database]) -> Page[HostView]:
    """All of them; a store has few."""
    async with db.transaction(store.id) as tx:
        return Page(await _views(tx, store))


@post("/api/v1/store/domains", access=STORE_ADMIN)
async def claim_domain(
    data: JSONBody[Claim],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> HostView:
    """Publish the answer's record in the domain's DNS, then verify."""
    host = model.claimable(data.host, running.settings.platform_domain)
    async with db.transaction(store.id) as tx:
        known = await current(tx, store.id)
        if len(await domains.listed(tx)) >= model.MOST_DOMAINS:
            raise model.TooManyDomains()
        if host in known.hosts or not await domains.add(tx, host, model.new_token()):
            raise model.AlreadyClaimed(f"{host} is on the list of this store's domains.")
        return await _view_of(tx, known, host)


@post("/api/v1/store/domains/{host:str}/verify", access=STORE_ADMIN, status_code=200)
async def verify_domain(
    host: FromPath[str],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> HostView:
    """Asks the DNS. 409 `domain-not-proved` with what was found instead, 409 `domain-taken` where another store's proof
    stands there too, 503 `dns-silent`."""
    host = model.normal_host(host, "host")
    for changed in await settle(db, dns_for(running.settings), store.id, host):
        running.stores.put(changed)
    async with db.transaction(store.id) as tx:
        return await _view_of(tx, await current(tx, store.id), host)


@post("/api/v1/store/domains/{host:str}/primary", access=STORE_ADMIN, status_code=200)
async def make_primary(
    host: FromPath[str],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Page[HostView]:
    """Pages asked for at another host of the store lead to this one."""
    host = model.normal_host(host, "host")
    async with db.transaction(store.id) as tx:
        known = await current(tx, store.id)
        if host not in known.hosts:
            raise model.UnknownDomain("Only a host at which the store is found can be the primary one.")
        changed = await change(tx, store.id, hosts=[host, *(name for name in known.hosts if name != host)])
        views = await _views(tx, changed)
    running.stores.put(changed)
    return Page(views)


@delete("/api/v1/store/domains/{host:str}", access=STORE_ADMIN)
async def remove_domain(
    host: FromPath[str],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    """The store is found there no more, in every process within a second. Where it was the primary host, the next is."""
    host = model.normal_host(host, "host")
    async with db.transaction(store.id) as tx:
        known = await current(tx, store.id)
        if not await domains.remove(tx, host):
            raise model.UnknownDomain()
        left = [name for name in known.hosts if name != host]
        if not left:
            raise model.OnlyHost()
        changed = await change(tx, store.id, hosts=left)
    running.stores.put(changed)
    running.answers.drop(store.id)


async def _views(tx: Tx, store: Store) -> list[HostView]:
    claims = {claim.host: claim for claim in await domains.listed(tx)}
    hosts = [*store.hosts, *(host for host in claims if host not in store.hosts)]
    return [_view(host, store, claims.get(host)) for host in hosts]


async def _view_of(tx: Tx, store: Store, host: str) -> HostView:
    return _view(host, store, await domains.one(tx, host))


def _view(host: str, store: Store, claim: Domain | None) -> HostView:
    serves, primary = host in store.hosts, host == store.hosts[0]
    if claim is None:
        return HostView(host=host, state="given", serves=serves, primary=primary)
    return HostView(
        host=host,
        state=claim.state,
        serves=serves,
        primary=primary,
        record=Record(name=model.record_name(host), value=model.PROOF + claim.token),
        checked_at=claim.checked_at,
        lost_at=claim.lost_at,
        found=claim.found,
    )


routes = [list_domains, claim_domain, verify_domain, make_primary, remove_domain]
