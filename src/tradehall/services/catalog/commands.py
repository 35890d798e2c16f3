"""What `tradehall catalog …` does: files of products, by whoever holds the installation, as the store's own."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import msgspec

from tradehall.contracts.stores import Store
from tradehall.kernel.db import Database
from tradehall.kernel.errors import Invalid
from tradehall.kernel.files import files_for
from tradehall.services.catalog import exporting, importing, saving
from tradehall.services.catalog.api.exports import pages
from tradehall.services.catalog.importing import Owner, UnknownImport
from tradehall.services.catalog.imports.mapping import Mapping
from tradehall.services.catalog.imports.text import Encoding
from tradehall.services.catalog.queries import exports, imports, products, shop
from tradehall.services.catalog.queries.filters import below, sellers
from tradehall.services.catalog.queries.imports import Import

LOOK = 1.0  # seconds


async def start_import(
    db: Database,
    store: Store,
    path: Path,
    *,
    mapping: bytes | None,
    mapping_name: str | None,
    encoding: Encoding | None,
    delimiter: str,
) -> Import:
    """`mapping` is JSON. The platform takes the rows in, now or when it runs. Raises Invalid, OSError."""
    try:
        given = msgspec.json.decode(mapping, type=Mapping) if mapping else None
    except msgspec.MsgspecError as error:
        raise Invalid.field("mapping", str(error)) from None
    files = files_for(db.settings)
    with path.open("rb") as file:
        new = await importing.keep(
            db, files, store.id, Owner(), file, path.name, encoding=encoding, delimiter=delimiter
        )
    await importing.start_or_forget(db, files, store.id, new, given, mapping_name)
    return new


async def watch(db: Database, store: Store, import_id: UUID) -> AsyncIterator[Import]:
    """As it goes on, until it is over."""
    while True:
        async with db.transaction(store.id) as tx:
            now = await imports.one(tx, import_id)
        if now is None:
            raise UnknownImport()
        yield now
        if now.finished_at:
            return
        await asyncio.sleep(LOOK)


async def latest(db: Database, store: Store) -> list[Import]:
    async with db.transaction(store.id) as tx:
        return await imports.listed(tx, seller_id=None, before=None, limit=20)


async def tell_all(db: Database, store_id: UUID) -> int:
    """Of each product of a store anew, as it stands, for a service that was not there before. Returns how many."""
    async with db.transaction(store_id) as tx:
        ids = await products.all_ids(tx)
        saving.tell_later(tx, ids, as_is=True)
    return len(ids)


async def export(db: Database, store: Store, *, category: str, seller: str, status: str | None) -> AsyncIterator[bytes]:
    wanted = shop.managed(None, status)
    if category:
        wanted.among(below(category))
    if seller:
        wanted.among(sellers([seller]))
    async with db.transaction(store.id) as tx:
        columns = await exports.columns(tx, wanted)
    async for block in exporting.text(exporting.products(columns, pages(db, store, wanted))):
        yield block
