"""The stores' accounts at providers, and the provider that stands behind a method."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec

from tradehall.contracts.payments import AccountsUpdated
from tradehall.contracts.stores import TAKES
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.ids import NO_STORE
from tradehall.kernel.runtime import Running
from tradehall.kernel.sealing import seal, unseal
from tradehall.services.payments import queries
from tradehall.services.payments.model import Account, Capture, provider_for
from tradehall.services.payments.providers import AccountProvider, Provider, ProviderRefused
from tradehall.services.payments.providers.keys import (
    Keys,
    MidtransKeys,
    PagarmeKeys,
    PayPalKeys,
    StripeKeys,
    XenditKeys,
    shown,
)
from tradehall.services.payments.providers.midtrans import Midtrans
from tradehall.services.payments.providers.simulated import Simulated
from tradehall.services.payments.providers.xendit import Xendit


class Known(msgspec.Struct, frozen=True):
    """A provider at which stores have accounts: what one is opened with, how, and the `currencies` it takes; none: any."""

    keys: type[Keys]
    opens: Callable[[Any, Running], AccountProvider]
    currencies: frozenset[str] = frozenset()


def _stripe(keys: StripeKeys, running: Running) -> AccountProvider:
    from tradehall.services.payments.providers.stripe import Stripe  # 13 MiB that few installations need

    return Stripe(keys, running.outside, running.settings.stripe_url)


def _paypal(keys: PayPalKeys, running: Running) -> AccountProvider:
    from tradehall.services.payments.providers.paypal import PayPal

    return PayPal(keys, running.outside, running.settings.paypal_url)


def _xendit(keys: XenditKeys, running: Running) -> AccountProvider:
    return Xendit(keys, running.outside, running.settings.xendit_url)


def _midtrans(keys: MidtransKeys, running: Running) -> AccountProvider:
    return Midtrans(keys, running.outside, running.settings.midtrans_url)


def _pagarme(keys: PagarmeKeys, running: Running) -> AccountProvider:
    from tradehall.services.payments.providers.pagarme import Pagarme

    return Pagarme(keys, running.outside, running.settings.pagarme_url)


KNOWN = {
    "stripe": Known(StripeKeys, _stripe),
    "paypal": Known(PayPalKeys, _paypal),
    "pagarme": Known(PagarmeKeys, _pagarme, frozenset({"BRL"})),
    "xendit": Known(XenditKeys, _xendit, TAKES["xendit"]),
    "midtrans": Known(MidtransKeys, _midtrans, TAKES["midtrans"]),
}


async def provider_of(db: Database, running: Running, store_id: UUID, method: str) -> Provider:
    """Raises ProviderRefused for a method that nothing stands behind, or without the store's account there."""
    if method == Simulated.name:
        return Simulated(db, await running.stores.get(store_id), running)
    provider = provider_for(method)
    if provider not in KNOWN:
        raise ProviderRefused(f"no provider for {method}")
    return at_provider(running, store_id, await account_of(db, store_id, provider))


def at_provider(running: Running, store_id: UUID, account: Account) -> AccountProvider:
    return KNOWN[account.provider].opens(opened(running, store_id, account), running)


async def account_of(db: Database, store_id: UUID, provider: str) -> Account:
    """Raises ProviderRefused."""
    async with db.transaction(store_id) as tx:
        account = await queries.account(tx, provider)
    if account is None:
        raise ProviderRefused(f"The store has no account at {provider}.")
    return account


async def tell_accounts(tx: Tx) -> None:
    """All that the store has, after one has come or gone. The platform's own are nobody else's business."""
    assert tx.store_id is not None
    if tx.store_id != NO_STORE:
        accounts = await queries.names_of_accounts(tx)
        tx.emit(AccountsUpdated(accounts=accounts), key=tx.store_id)


def sealed(running: Running, store_id: UUID, provider: str, keys: Keys, capture: Capture) -> Account:
    plain = msgspec.json.encode(keys).decode()
    kept = seal(running.settings.secret, plain, about=_about(store_id, provider))
    return Account(provider=provider, keys=kept, shown=shown(keys), capture=capture)


def opened(running: Running, store_id: UUID, account: Account) -> Keys:
    plain = unseal(running.settings.secret, account.keys, about=_about(store_id, account.provider))
    return msgspec.json.decode(plain, type=KNOWN[account.provider].keys)


def _about(store_id: UUID, provider: str) -> str:
    return f"account {store_id} {provider}"
