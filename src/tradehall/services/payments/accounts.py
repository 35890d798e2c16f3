"""The stores' accounts at providers, and the provider that stands behind a method."""

from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import msgspec

from tradehall.kernel.db import Database
from tradehall.kernel.runtime import Running
from tradehall.kernel.sealing import seal, unseal
from tradehall.services.payments import queries
from tradehall.services.payments.model import Account, Capture
from tradehall.services.payments.providers import Lists, Provider, ProviderRefused
from tradehall.services.payments.providers.keys import StripeKeys, shown
from tradehall.services.payments.providers.simulated import Simulated

if TYPE_CHECKING:
    from tradehall.services.payments.providers.stripe import Stripe

T = TypeVar("T")


async def provider_of(db: Database, running: Running, store_id: UUID, method: str) -> Provider:
    """Raises ProviderRefused for a method that nothing stands behind, or without the store's account there."""
    if method == Simulated.name:
        return Simulated(db, await running.stores.get(store_id), running)
    if method == "stripe":
        return stripe_of(running, store_id, await account_of(db, store_id, method))
    raise ProviderRefused(f"no provider for {method}")


def stripe_of(running: Running, store_id: UUID, account: Account) -> "Stripe":
    from tradehall.services.payments.providers.stripe import Stripe  # 13 MiB that few installations need

    return Stripe(opened(running, store_id, account, StripeKeys), running.outside, running.settings.stripe_url)


def lister_of(running: Running, store_id: UUID, account: Account) -> Lists:
    """Whose books can be read: that of each provider with accounts."""
    return stripe_of(running, store_id, account)


async def account_of(db: Database, store_id: UUID, provider: str) -> Account:
    """Raises ProviderRefused."""
    async with db.transaction(store_id) as tx:
        account = await queries.account(tx, provider)
    if account is None:
        raise ProviderRefused(f"The store has no account at {provider}.")
    return account


def sealed(running: Running, store_id: UUID, provider: str, keys: StripeKeys, capture: Capture) -> Account:
    plain = msgspec.json.encode(keys).decode()
    kept = seal(running.settings.secret, plain, about=_about(store_id, provider))
    return Account(provider=provider, keys=kept, shown=shown(keys), capture=capture)


def opened(running: Running, store_id: UUID, account: Account, shape: type[T]) -> T:
    plain = unseal(running.settings.secret, account.keys, about=_about(store_id, account.provider))
    return msgspec.json.decode(plain, type=shape)


def _about(store_id: UUID, provider: str) -> str:
    return f"account {store_id} {provider}"
