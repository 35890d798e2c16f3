"""The store's accounts at payment providers, and whether their books agree with ours."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, PathParameter

from tradehall.contracts.stores import METHODS_AT, Store
from tradehall.kernel.access import STORE_ADMIN
from tradehall.kernel.db import Database
from tradehall.kernel.errors import Conflict, FieldError, Invalid, NotFound, Refusal
from tradehall.kernel.ids import NO_STORE
from tradehall.kernel.runtime import Running
from tradehall.kernel.stores import base_url
from tradehall.services.payments import queries
from tradehall.services.payments.accounts import KNOWN, at_provider, opened, sealed, tell_accounts
from tradehall.services.payments.model import Account, Capture
from tradehall.services.payments.providers import ProviderRefused, ProviderTimeout
from tradehall.services.payments.providers.keys import AnyAccount, Keys
from tradehall.services.payments.reconciling import Books, reconcile

MOST = timedelta(days=32)
ProviderName = Annotated[str, PathParameter(pattern="^[a-z-]{1,40}$(?!\n)")]


class ProviderAway(Refusal):
    status = 503
    slug = "provider-away"
    title = "The payment provider does not answer"


class InUse(Conflict):
    slug = "account-in-use"
    title = "Payments are under way in this account"


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """`webhook_url` is what is to be entered at the provider; `keys` are shown by their ends."""

    provider: str
    keys: dict[str, str]
    capture: Capture
    webhook_url: str
    updated_at: datetime | None


def _view(account: Account, store: Store, running: Running) -> AccountView:
    api = "/api/v1/platform/payments" if store.id == NO_STORE else "/api/v1/payments"
    return AccountView(
        provider=account.provider,
        keys=account.shown,
        capture=account.capture,
        webhook_url=f"{base_url(store, running.settings.port)}{api}/webhooks/{account.provider}",
        updated_at=account.updated_at,
    )


@get("/api/v1/payments/accounts", access=STORE_ADMIN)
async def list_accounts(
    store: NamedDependency[Store], db: NamedDependency[Database], running: NamedDependency[Running]
) -> list[AccountView]:
    return await accounts_of(store, db, running)


async def accounts_of(store: Store, db: Database, running: Running) -> list[AccountView]:
    async with db.transaction(store.id) as tx:
        return [_view(account, store, running) for account in await queries.accounts(tx)]


@put("/api/v1/payments/accounts", access=STORE_ADMIN)
async def save_account(
    data: JSONBody[AnyAccount],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> AccountView:
    """The provider is asked whether it knows the keys before anything is kept. A key that is left out stays as it is."""
    provider = str(data.__struct_config__.tag)
    currencies = KNOWN[provider].currencies
    if currencies and store.currency not in currencies:
        raise Invalid.field(
            "provider", f"takes {', '.join(sorted(currencies))} only; this store sells in {store.currency}"
        )
    return await open_account(data, store, db, running)


async def open_account(data: AnyAccount, store: Store, db: Database, running: Running) -> AccountView:
    """Raises Invalid, ProviderAway."""
    provider = str(data.__struct_config__.tag)
    async with db.transaction(store.id) as tx:
        before = await queries.account(tx, provider)
    kept = opened(running, store.id, before) if before else None
    keys = _whole(data, kept, KNOWN[provider].keys)
    account = sealed(running, store.id, provider, keys, data.capture)
    if keys != kept:
        await _known(running, store, account, keys)
    async with db.transaction(store.id) as tx:
        await queries.save_account(tx, account)
        await tell_accounts(tx)
        saved = await queries.account(tx, provider)
    assert saved is not None
    return _view(saved, store, running)


def _whole(data: AnyAccount, kept: Keys | None, shape: type[Keys]) -> Keys:
    """Raises Invalid naming each key that is missing."""
    names = shape.__struct_fields__
    given = {name: getattr(data, name) or getattr(kept, name, None) for name in names}
    if missing := [FieldError(name, "is needed for a new account") for name in names if not given[name]]:
        raise Invalid("Some keys are missing.", errors=missing)
    return shape(**given)


async def _known(running: Running, store: Store, account: Account, keys: Keys) -> None:
    """Raises Invalid, ProviderAway."""
    now = datetime.now(UTC)
    try:
        async for _ in at_provider(running, store.id, account).listed(now - timedelta(minutes=1), now):
            break
    except ProviderRefused:
        secret = next(name for name in keys.__struct_fields__ if name not in keys.OPEN)
        raise Invalid.field(secret, "is not known to the provider") from None
    except ProviderTimeout:
        raise ProviderAway("Nothing was saved. Try again in a minute.") from None


@delete("/api/v1/payments/accounts/{provider:str}", access=STORE_ADMIN)
async def delete_account(provider: ProviderName, store: NamedDependency[Store], db: NamedDependency[Database]) -> None:
    """Not while a payment in it is under way: nobody could finish it."""
    await close_account(provider, store, db)


async def close_account(provider: str, store: Store, db: Database) -> None:
    """Raises InUse, NotFound."""
    async with db.transaction(store.id) as tx:
        if waiting := await queries.under_way(tx, METHODS_AT.get(provider, ())):
            raise InUse(
                f"{waiting} payments are still under way; take the method out of the checkout, then wait for them."
            )
        if not await queries.delete_account(tx, provider):
            raise NotFound("There is no such account.")
        await tell_accounts(tx)


@get("/api/v1/payments/accounts/{provider:str}/reconciliation", access=STORE_ADMIN)
async def show_reconciliation(
    provider: ProviderName,
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
) -> Books:
    """The payments made in that time, 32 days at most, beside those in the provider's books; without times of the last 24
    hours."""
    return await books_of(provider, store, db, running, since, until)


async def books_of(
    provider: str, store: Store, db: Database, running: Running, since: datetime | None, until: datetime | None
) -> Books:
    """Raises Invalid, NotFound, ProviderAway."""
    end = _utc(until) or datetime.now(UTC)
    start = _utc(since) or end - timedelta(days=1)
    if not timedelta(0) < end - start <= MOST:
        raise Invalid.field("since", "must be before until, by 32 days at most")
    async with db.transaction(store.id) as tx:
        account = await queries.account(tx, provider)
    if account is None:
        raise NotFound("There is no such account.")
    try:
        return await reconcile(db, store.id, at_provider(running, store.id, account), start, end)
    except (ProviderTimeout, ProviderRefused):
        raise ProviderAway("Its books could not be read. Try again in a minute.") from None


def _utc(moment: datetime | None) -> datetime | None:
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)


routes = [list_accounts, save_account, delete_account, show_reconciliation]
