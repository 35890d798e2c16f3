"""The store's accounts at carriers."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter
from msgspec import Meta

from tradehall.contracts.stores import Store
from tradehall.kernel.access import FULFILMENT, STORE_ADMIN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.errors import Conflict, Invalid, NotFound, Refusal
from tradehall.kernel.outside import NotPublic, allow
from tradehall.kernel.runtime import Running
from tradehall.kernel.stores import base_url
from tradehall.services.shipping.accounts import http_of, opened, sealed
from tradehall.services.shipping.carriers import CarrierRefused, CarrierTimeout
from tradehall.services.shipping.carriers.keys import ApiKey, HttpKeys, Pace, Secret, SimulatedKeys, Url
from tradehall.services.shipping.carriers.simulated import NAME, WAYS
from tradehall.services.shipping.model import ENDS, Account
from tradehall.services.shipping.queries import bookings as queries
from tradehall.services.shipping.tariffs import Name

AccountCode = Annotated[str, PathParameter(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$(?!\n)")]
Service = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.\-]*$(?!\n)")]


class CarrierAway(Refusal):
    status = 503
    slug = "carrier-away"
    title = "The carrier does not answer"


class InUse(Conflict):
    slug = "account-in-use"
    title = "Parcels are under way with this account"


class SimulatedAccount(msgspec.Struct, frozen=True, kw_only=True, tag_field="carrier", tag="simulated"):
    """`pace`: seconds between two steps of a parcel."""

    name: Name
    sellers: bool = True
    pace: Pace = 5


class HttpAccount(msgspec.Struct, frozen=True, kw_only=True, tag_field="carrier", tag="http"):
    """A carrier, or a bridge to one, that speaks the protocol of docs/carriers.md. A key that is left out stays as it is."""

    name: Name
    sellers: bool = False
    services: Annotated[list[Service], Meta(min_length=1, max_length=20)] = msgspec.field(
        default_factory=lambda: ["standard"]
    )
    url: Url | None = None
    api_key: ApiKey | None = None
    webhook_secret: Secret | None = None


NewAccount = SimulatedAccount | HttpAccount


class AccountView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`webhook_url` is what is to be entered at the carrier; `keys` are shown by their ends. Both to admins only."""

    code: str
    carrier: str
    name: str
    services: list[str]
    sellers: bool
    keys: dict[str, str] = {}
    webhook_url: str | None = None
    updated_at: datetime | None = None


@get("/api/v1/shipping/accounts", access=FULFILMENT)
async def list_carriers(
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> list[AccountView]:
    """Sellers see those that they may send with."""
    own = caller.confined_to("warehouse_manager", "warehouse_staff")
    async with db.transaction(store.id) as tx:
        found = await queries.accounts(tx)
    return [_view(one, store, running, caller) for one in found if own is None or one.sellers]


def _view(account: Account, store: Store, running: Running, caller: Principal) -> AccountView:
    known = AccountView(
        code=account.code,
        carrier=account.carrier,
        name=account.name,
        services=account.services,
        sellers=account.sellers,
    )
    if not caller.is_admin:
        return known
    return msgspec.structs.replace(
        known,
        keys=account.shown,
        webhook_url=f"{base_url(store, running.settings.port)}/api/v1/shipping/webhooks/{account.code}",
        updated_at=account.updated_at,
    )


@put("/api/v1/shipping/accounts/{code:str}", access=STORE_ADMIN)
async def save_carrier(
    code: AccountCode,
    data: JSONBody[NewAccount],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> AccountView:
    """A carrier is asked whether it knows the key before anything is kept."""
    async with db.transaction(store.id) as tx:
        before = await queries.account(tx, code)
    carrier = "http" if isinstance(data, HttpAccount) else NAME
    if before is not None and before.carrier != carrier:
        raise Invalid.field("carrier", f"is {before.carrier}, and stays so; make another account")
    keys: HttpKeys | SimulatedKeys
    if isinstance(data, HttpAccount):
        kept = opened(running, store.id, before, HttpKeys) if before else None
        keys, services = await _http_keys(data, kept, running), list(dict.fromkeys(data.services))
    else:
        kept, keys, services = None, SimulatedKeys(pace=data.pace), list(WAYS)
    account = Account(
        code=code,
        carrier=carrier,
        name=data.name,
        services=services,
        sellers=data.sellers,
        keys=sealed(running, store.id, code, keys),
        shown=keys.shown(),
    )
    if isinstance(keys, HttpKeys) and (kept is None or (keys.url, keys.api_key) != (kept.url, kept.api_key)):
        await _known(running, store, account)
    async with db.transaction(store.id) as tx:
        await queries.save_account(tx, account)
        saved = await queries.account(tx, code)
    assert saved is not None
    return _view(saved, store, running, caller)


async def _http_keys(data: HttpAccount, kept: HttpKeys | None, running: Running) -> HttpKeys:
    """Raises Invalid for what is missing in a new account, and for an address that may not be asked."""
    url = data.url or (kept.url if kept else None)
    api_key = data.api_key or (kept.api_key if kept and url == kept.url else None)  # a key is for its own server
    webhook_secret = data.webhook_secret or (kept.webhook_secret if kept else None)
    if url is None or api_key is None or webhook_secret is None:
        missing = "url" if url is None else "api_key" if api_key is None else "webhook_secret"
        raise Invalid.field(missing, "is needed for a new account, and for another URL")
    try:
        await allow(url, private=running.settings.private_carriers)
    except NotPublic as error:
        raise Invalid.field("url", str(error)) from None
    return HttpKeys(url=url, api_key=api_key, webhook_secret=webhook_secret)


async def _known(running: Running, store: Store, account: Account) -> None:
    """Raises Invalid, CarrierAway."""
    try:
        await http_of(running, store.id, account).check()
    except CarrierRefused as error:
        raise Invalid.field("api_key", f"is not taken by the carrier: {error}") from None
    except CarrierTimeout:
        raise CarrierAway("Nothing was saved. Try again in a minute.") from None


@delete("/api/v1/shipping/accounts/{code:str}", access=STORE_ADMIN)
async def delete_carrier(code: AccountCode, store: NamedDependency[Store], db: NamedDependency[Database]) -> None:
    """Not while a parcel of it is under way: nobody would hear of it."""
    async with db.transaction(store.id) as tx:
        if waiting := await queries.under_way(tx, code, list(ENDS)):
            raise InUse(f"{waiting} parcels are still under way; wait for them.")
        if not await queries.delete_account(tx, code):
            raise NotFound("There is no such account.")


routes = [list_carriers, save_carrier, delete_carrier]
