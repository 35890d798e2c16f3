"""Importing products from a file: upload, look at what it would do, start, watch, cancel, see what did not go in."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody
from litestar.response import Stream
from msgspec import Meta

from tradehall.contracts.stores import Store
from tradehall.kernel.access import SELLER
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.files import files_for
from tradehall.kernel.paging import Limit, Page, decode_cursor
from tradehall.kernel.paging import page as page_of
from tradehall.kernel.runtime import Running
from tradehall.services.catalog import exporting, importing, previewing
from tradehall.services.catalog.api.exports import download
from tradehall.services.catalog.importing import MOST_BYTES, Owner, UnknownImport
from tradehall.services.catalog.imports.mapping import Mapping, MappingName
from tradehall.services.catalog.imports.text import Encoding
from tradehall.services.catalog.model import ANY_TEXT
from tradehall.services.catalog.previewing import PreviewRow
from tradehall.services.catalog.queries import imports
from tradehall.services.catalog.queries.imports import Import

_AROUND = 64 * 1024  # bytes of a form around its file


class Upload(msgspec.Struct, frozen=True):
    """`mapping_name` is that of a kept one; without it columns named as fields are those. `encoding` and `delimiter`
    ("tab" for a tab) are found out where they are not told. With `start` false the import waits to be started."""

    file: UploadFile
    mapping_name: Annotated[str, Meta(max_length=60, pattern=ANY_TEXT)] = ""
    encoding: Literal["", "utf-8", "latin-1", "utf-16"] = ""
    delimiter: Literal["", ",", ";", "tab", "|"] = ""
    start: bool = True


class How(msgspec.Struct, frozen=True):
    """A mapping, or the name of a kept one; with neither, columns named as fields are those."""

    mapping: Mapping | None = None
    mapping_name: MappingName | None = None


class ImportView(msgspec.Struct, frozen=True, kw_only=True):
    """Counts are rows: `done` is `created`, `changed`, `unchanged` and `bad` together. `progress` is from 0 to 1."""

    id: UUID
    status: imports.Status
    filename: str
    seller_id: UUID | None
    size: int
    encoding: Encoding
    delimiter: str
    columns: list[str]
    mapping: Mapping | None
    progress: float
    done: int
    created: int
    changed: int
    unchanged: int
    bad: int
    rows_per_second: float | None
    error: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class Preview(msgspec.Struct, frozen=True):
    mapping: Mapping
    rows: list[PreviewRow]


@post("/api/v1/products/imports", access=SELLER, request_max_body_size=MOST_BYTES + _AROUND)
async def upload_import(
    data: MultipartBody[Upload],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> ImportView:
    """A CSV of up to 64 MiB; a seller's brings the seller's products, an admin's anybody's. One import of a store runs
    at a time, others wait for it."""
    files = files_for(running.settings)
    new = await importing.keep(
        db,
        files,
        store.id,
        Owner(caller.confined_to(), caller.user_id),
        data.file.file,
        data.file.filename.replace("\\", "/").rpartition("/")[2],
        encoding=data.encoding or None,
        delimiter="\t" if data.delimiter == "tab" else data.delimiter,
    )
    if data.start:
        await importing.start_or_forget(db, files, store.id, new, None, data.mapping_name or None)
    async with db.transaction(store.id) as tx:
        return view(await _own(tx, new.id, caller))


@get("/api/v1/products/imports", access=SELLER)
async def list_imports(
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    limit: FromQuery[Limit] = 20,
    cursor: FromQuery[str | None] = None,
) -> Page[ImportView]:
    """Newest first; a seller's own."""
    before = decode_cursor(cursor, UUID)[0] if cursor else None
    async with db.transaction(store.id) as tx:
        found = await imports.listed(tx, seller_id=caller.confined_to(), before=before, limit=limit + 1)
    return page_of([view(one) for one in found], limit, lambda item: (item.id,))


@get("/api/v1/products/imports/{import_id:uuid}", access=SELLER)
async def show_import(
    import_id: FromPath[UUID],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> ImportView:
    async with db.transaction(store.id) as tx:
        return view(await _own(tx, import_id, caller))


@post("/api/v1/products/imports/{import_id:uuid}/preview", access=SELLER, status_code=200)
async def preview_import(
    import_id: FromPath[UUID],
    data: JSONBody[How],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Preview:
    """What the first 20 rows would become. Nothing is written."""
    async with db.transaction(store.id) as tx:
        found = await _own(tx, import_id, caller)
        mapping = await importing.chosen(tx, found, data.mapping, data.mapping_name)
    rows = await previewing.preview(db, files_for(running.settings), store, found, mapping)
    return Preview(mapping, rows)


@post("/api/v1/products/imports/{import_id:uuid}/start", access=SELLER, status_code=200)
async def start_import(
    import_id: FromPath[UUID],
    data: JSONBody[How],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> ImportView:
    async with db.transaction(store.id) as tx:
        found = await _own(tx, import_id, caller)
        await importing.start(tx, found, await importing.chosen(tx, found, data.mapping, data.mapping_name))
        return view(await _own(tx, import_id, caller))


@post("/api/v1/products/imports/{import_id:uuid}/cancel", access=SELLER, status_code=200)
async def cancel_import(
    import_id: FromPath[UUID],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> ImportView:
    """Rows that are in stay in."""
    async with db.transaction(store.id) as tx:
        found = await _own(tx, import_id, caller)
        await importing.cancel(tx, found)
        cancelled = await _own(tx, import_id, caller)
    await files_for(running.settings).delete(store.id, found.file)
    return view(cancelled)


@get("/api/v1/products/imports/{import_id:uuid}/report", access=SELLER, media_type="text/csv")
async def report_import(
    import_id: FromPath[UUID],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> Stream:
    """The rows that did not go in, as CSV: number, field, rule, value, then the row as it came; a line for each rule
    that it broke. Kept for 90 days."""
    async with db.transaction(store.id) as tx:
        found = await _own(tx, import_id, caller)

    async def pages() -> AsyncIterator[Sequence[imports.Refused]]:
        last = 0
        while True:
            async with db.transaction(store.id) as tx:
                rows = await imports.refused(tx, found.id, after=last, limit=500)
            if not rows:
                return
            yield rows
            last = rows[-1].row

    return download(exporting.report(found.header, pages()), f"import-{found.created_at:%Y-%m-%d}-bad-rows")


async def _own(tx: Tx, import_id: UUID, caller: Principal) -> Import:
    """Raises UnknownImport, also where it is another seller's."""
    found = await imports.one(tx, import_id)
    if found is None or caller.confined_to() not in (None, found.seller_id):
        raise UnknownImport()
    return found


def view(one: Import) -> ImportView:
    done = one.created + one.changed + one.unchanged + one.bad
    seconds = ((one.finished_at or datetime.now(UTC)) - one.started_at).total_seconds() if one.started_at else 0
    return ImportView(
        id=one.id,
        status=one.status,
        filename=one.filename,
        seller_id=one.seller_id,
        size=one.size,
        encoding=one.encoding,
        delimiter=one.delimiter,
        columns=one.header,
        mapping=one.mapping,
        progress=round(one.position / one.size, 4) if one.status not in ("uploaded", "waiting") else 0.0,
        done=done,
        created=one.created,
        changed=one.changed,
        unchanged=one.unchanged,
        bad=one.bad,
        rows_per_second=round(done / seconds, 1) if seconds > 0 else None,
        error=one.error,
        created_at=one.created_at,
        started_at=one.started_at,
        finished_at=one.finished_at,
    )


routes = [upload_import, list_imports, show_import, preview_import, start_import, cancel_import, report_import]
