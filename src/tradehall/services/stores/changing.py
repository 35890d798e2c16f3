"""How a store comes to be and changes: the row, its hosts, and the event that tells every process."""

from typing import Any
from uuid import UUID

import msgspec

from tradehall.contracts.stores import Store, StoreCreated, StoreStatus, StoreUpdated
from tradehall.kernel.db import Tx
from tradehall.kernel.errors import Invalid
from tradehall.kernel.stores import UnknownStore
from tradehall.services.stores.model import CurrencyFixed, NameTaken, terms_errors
from tradehall.services.stores.queries import signups, stores, subscriptions
from tradehall.services.stores.subscriptions import store_status


async def open_store(tx: Tx, store: Store) -> Store:
    """Raises NameTaken, also where the name is kept for a signup."""
    if not await signups.claim_name(tx, store.slug, store.id, until=None):
        raise NameTaken(f"The name {store.slug} is taken already.")
    if names := await stores.taken(tx, store.slug, store.hosts):
        raise NameTaken(f"Another store has {', '.join(names)} already.")
    _check(store)
    await stores.save(tx, store)
    tx.emit(StoreCreated(store=store), key=store.id)
    return store


async def change(tx: Tx, store_id: UUID, **changes: Any) -> Store:
    """The store afterwards; nothing is told where nothing changed. Raises UnknownStore, CurrencyFixed, NameTaken,
    Invalid."""
    row = await stores.lock(tx, store_id)
    if row is None:
        raise UnknownStore()
    current = row.settings
    changed = msgspec.structs.replace(current, **changes)
    if changed == current:
        return current
    if changed.currency != current.currency and row.currency_fixed:
        raise CurrencyFixed(f"The products of this store are priced in {current.currency}.")
    _check(changed)
    changed = msgspec.structs.replace(changed, version=current.version + 1)
    await stores.save(tx, changed)
    tx.emit(StoreUpdated(store=changed), key=changed.id)
    return changed


def _check(store: Store) -> None:
    """Raises Invalid for what only the whole of a store says."""
    if errors := terms_errors(store):
        raise Invalid("Some terms of payment are not right.", errors=errors)


async def current(tx: Tx, store_id: UUID) -> Store:
    """Locked until the transaction ends. Raises UnknownStore."""
    row = await stores.lock(tx, store_id)
    if row is None:
        raise UnknownStore()
    return row.settings


async def set_status(tx: Tx, store_id: UUID, status: StoreStatus) -> Store:
    """As an operator says. What they suspend or close stays so whatever is paid; else what its payments say counts."""
    held = status if status in ("suspended", "closed") else None
    await stores.hold(tx, store_id, held)
    subscription = await subscriptions.find(tx)
    if held is None and subscription is not None:
        status = store_status(subscription)
    return await change(tx, store_id, status=status)
