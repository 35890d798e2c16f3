"""How a store comes to be and changes: the row, its hosts, and the event that tells every process."""

from typing import Any
from uuid import UUID

import msgspec

from tradehall.contracts.stores import Store, StoreCreated, StoreUpdated
from tradehall.kernel.db import Tx
from tradehall.kernel.stores import UnknownStore
from tradehall.services.stores.model import CurrencyFixed, NameTaken
from tradehall.services.stores.queries import stores


async def open_store(tx: Tx, store: Store) -> Store:
    """Raises NameTaken."""
    if names := await stores.taken(tx, store.slug, store.hosts):
        raise NameTaken(f"Another store has {', '.join(names)} already.")
    await stores.save(tx, store)
    tx.emit(StoreCreated(store=store), key=store.id)
    return store


async def change(tx: Tx, store_id: UUID, **changes: Any) -> Store:
    """The store afterwards; nothing is told where nothing changed. Raises UnknownStore, CurrencyFixed, NameTaken."""
    row = await stores.lock(tx, store_id)
    if row is None:
        raise UnknownStore()
    current = row.settings
    changed = msgspec.structs.replace(current, **changes)
    if changed == current:
        return current
    if changed.currency != current.currency and row.currency_fixed:
        raise CurrencyFixed(f"The products of this store are priced in {current.currency}.")
    changed = msgspec.structs.replace(changed, version=current.version + 1)
    await stores.save(tx, changed)
    tx.emit(StoreUpdated(store=changed), key=changed.id)
    return changed


async def current(tx: Tx, store_id: UUID) -> Store:
    """Locked until the transaction ends. Raises UnknownStore."""
    row = await stores.lock(tx, store_id)
    if row is None:
        raise UnknownStore()
    return row.settings
