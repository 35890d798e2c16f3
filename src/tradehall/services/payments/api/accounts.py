"""The store's accounts at payment providers, and whether their books agree with ours."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, PathParameter

from tradehall.contracts.stores import Store
from tradehall.kernel.access import STORE_ADMIN
from tradehall.kernel.db import Database
from tradehall.kernel.errors import Conflict, Invalid, NotFound, Refusal
from tradehall.kernel.runtime import Running
from tradehall.kernel.stores import base_url
from tradehall.services.payments import queries
from tradehall.services.payments.accounts import lister_of, opened, sealed
from tradehall.services.payments.model import Account, Capture
from tradehall.services.payments.providers import ProviderRefused, ProviderTimeout
from tradehall.services.payments.providers.keys import SecretKey, StripeKeys, WebhookSecret
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


class StripeAccount(msgspec.Struct, frozen=True, kw_only=True, tag_field="provider", tag="stripe"):
    """A key that is left out stays as it is. `capture` on shipment: the money is authorised when the order is made, and taken
    with its first parcel."""

    secret_key: SecretKey | None = None
    webhook_secret: WebhookSecret | None = None
    capture: Capture = "at_once"


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """`webhook_url` is what is to be entered at the provider; `keys` are shown by their ends."""

    provider: str
    keys: dict[str, str]
    capture: Capture
    webhook_url: str
    updated_at: datetime | None


def _view(account: Account, store: Store, running: Running) -> AccountView:
    return AccountView(
        provider=account.provider,
        keys=account.shown,
        capture=account.capture,
        webhook_url=f"{base_url(store, running.settings.port)}/api/v1/payments/webhooks/{account.provider}",
        updated_at=account.updated_at,
    )


@get("/api/v1/payments/accounts", access=STORE_ADMIN)
async def list_accounts(
    store: NamedDependency[Store], db: NamedDependency[Database], running: NamedDependency[Running]
) -> list[AccountView]:
    async with db.transaction(store.id) as tx:
        return [_view(account, store, running) for account in await queries.accounts(tx)]


@put("/api/v1/payments/accounts", access=STORE_ADMIN)
async def save_account(
    data: JSONBody[StripeAccount],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> AccountView:
    """Stripe is asked whether it knows the key before anything is kept."""
    async with db.transaction(store.id) as tx:
        before = await queries.account(tx, "stripe")
    kept = opened(running, store.id, before, StripeKeys) if before else None
    secret_key = data.secret_key or (kept.secret_key if kept else None)
    webhook_secret = data.webhook_secret or (kept.webhook_secret if kept else None)
    if secret_key is None or webhook_secret is None:
        raise Invalid.field("webhook_secret" if secret_key else "secret_key", "is needed for a new account")
    account = sealed(
        running, store.id, "stripe", StripeKeys(secret_key=secret_key, webhook_secret=webhook_secret), data.capture
    )
    if kept is None or secret_key != kept.secret_key:
        await _known(running, store, account)
    async with db.transaction(store.id) as tx:
        await queries.save_account(tx, account)
        saved = await queries.account(tx, "stripe")
    assert saved is not None
    return _view(saved, store, running)


async def _known(running: Running, store: Store, account: Account) -> None:
    """Raises Invalid, ProviderAway."""
    now = datetime.now(UTC)
    try:
        async for _ in lister_of(running, store.id, account).listed(now - timedelta(minutes=1), now):
            break
    except ProviderRefused:
        raise Invalid.field("secret_key", "is not known to the provider") from None
    except ProviderTimeout:
        raise ProviderAway("Nothing was saved. Try again in a minute.") from None


@delete("/api/v1/payments/accounts/{provider:str}", access=STORE_ADMIN)
async def delete_account(provider: ProviderName, store: NamedDependency[Store], db: NamedDependency[Database]) -> None:
    """Not while a payment in it is under way: nobody could finish it."""
    async with db.transaction(store.id) as tx:
        if waiting := await queries.under_way(tx, provider):
            raise InUse(
                f"{waiting} payments are still under way; take the method out of the checkout, then wait for them."
            )
        if not await queries.delete_account(tx, provider):
            raise NotFound("There is no such account.")


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
    end = _utc(until) or datetime.now(UTC)
    start = _utc(since) or end - timedelta(days=1)
    if not timedelta(0) < end - start <= MOST:
        raise Invalid.field("since", "must be before until, by 32 days at most")
    async with db.transaction(store.id) as tx:
        account = await queries.account(tx, provider)
    if account is None:
        raise NotFound("There is no such account.")
    try:
        return await reconcile(db, store.id, lister_of(running, store.id, account), start, end)
    except (ProviderTimeout, ProviderRefused):
        raise ProviderAway("Its books could not be read. Try again in a minute.") from None


def _utc(moment: datetime | None) -> datetime | None:
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)


routes = [list_accounts, save_account, delete_account, show_reconciliation]
