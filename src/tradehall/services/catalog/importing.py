"""An import's way: its file is kept, it starts or waits for its turn, rows are read from where it is, it ends."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import IO
from uuid import UUID

import msgspec

from tradehall.contracts.catalog import ImportDue
from tradehall.contracts.values import Event
from tradehall.kernel.bulk import FEW, give_way
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import Conflict, Invalid, NotFound
from tradehall.kernel.files import Files
from tradehall.kernel.ids import uuid7
from tradehall.services.catalog.imports import mapping as mappings
from tradehall.services.catalog.imports import text
from tradehall.services.catalog.imports.mapping import MOST_COLUMNS, BadRow, Line, Mapping, Reader
from tradehall.services.catalog.imports.text import BLOCK, Encoding, Row
from tradehall.services.catalog.queries import imports
from tradehall.services.catalog.queries.imports import Import

AT_ONCE = 24  # rows of a turn, and those that belong to the last one's product
MOST_BYTES = 64 * 1024 * 1024
MOST_OPEN = 20  # imports of a seller, or of the store, that are not finished
LONGEST_ROW = 4 * 1024 * 1024  # bytes
LEFT_BEHIND = timedelta(days=1)
REPORTS_KEPT = timedelta(days=90)


class UnknownImport(NotFound):
    slug = "unknown-import"
    title = "There is no such import"


class ImportStarted(Conflict):
    slug = "import-started"
    title = "The import has been started already"


class ImportFinished(Conflict):
    slug = "import-finished"
    title = "The import is over"


class TooManyImports(Conflict):
    slug = "too-many-imports"
    title = f"There are {MOST_OPEN} imports that are not finished"


class Owner(msgspec.Struct, frozen=True):
    """Whose import: a seller's, or, without one, the store's own. `user_id`: who asked for it, None for a command."""

    seller_id: UUID | None = None
    user_id: UUID | None = None


class Turn(msgspec.Struct, frozen=True):
    """Rows to be done in one transaction: those that could be read, those that could not; where they end."""

    lines: list[Line]
    bad: list[BadRow]
    position: int
    row: int
    ended: bool


async def keep(
    db: Database,
    files: Files,
    store_id: UUID,
    owner: Owner,
    file: IO[bytes],
    filename: str,
    *,
    encoding: Encoding | None = None,
    delimiter: str = "",
) -> Import:
    """Keeps a file to be imported. Raises Invalid for one that is no CSV, TooManyImports."""
    new = await _examined(file, filename, owner, encoding, delimiter)
    async with db.transaction(store_id) as tx:
        await imports.queue_up(tx)
        forgotten = await imports.left_behind(tx, LEFT_BEHIND)
        for one in forgotten:
            await imports.end(tx, one.id, "cancelled", "It was not started within a day.")
        await imports.forget_refused(tx, REPORTS_KEPT)
        full = await imports.count_open(tx, owner.seller_id) >= MOST_OPEN
    await files.delete(store_id, *(one.file for one in forgotten))
    if full:
        raise TooManyImports("Wait until some are done, or cancel them.")
    key = await files.put_blocks(store_id, f"imports/{new.id}.csv", _blocks(file, new.encoding), "text/csv")
    new = msgspec.structs.replace(new, file=key)
    try:
        async with db.transaction(store_id) as tx:
            await imports.add(tx, new)
    except Exception:
        await files.delete(store_id, key)
        raise
    return new


async def _examined(file: IO[bytes], filename: str, owner: Owner, encoding: Encoding | None, delimiter: str) -> Import:
    try:
        measured = await asyncio.to_thread(text.measure, file, encoding)
    except text.NotInEncoding as problem:
        raise Invalid.field("file", str(problem)) from None
    found = text.header_of(measured.head, delimiter)
    if found is None:
        raise Invalid.field("file", "must begin with a row of column names")
    sign, header = found
    if len(header.cells) > MOST_COLUMNS:
        raise Invalid.field("file", f"must have at most {MOST_COLUMNS} columns")
    if any(len(cell) > 200 or "\0" in cell for cell in header.cells):
        raise Invalid.field("file", "must have column names of at most 200 characters")
    return Import(
        id=uuid7(),
        seller_id=owner.seller_id,
        started_by=owner.user_id,
        filename=filename.replace("\0", "")[-200:] or "products.csv",
        file="",
        size=measured.size,
        encoding=measured.encoding,
        delimiter=sign,
        header=header.cells,
        position=header.end,
        at_once=AT_ONCE,
        created_at=datetime.now(UTC),
    )


async def _blocks(file: IO[bytes], encoding: Encoding) -> AsyncIterator[bytes]:
    blocks = text.decoded(file, encoding)
    while (block := await asyncio.to_thread(next, blocks, None)) is not None:
        if block:
            yield block


async def chosen(tx: Tx, importing: Import, given: Mapping | None, name: str | None) -> Mapping:
    """The mapping given, or kept under this name, or made from the header. Raises Invalid where it does not fit."""
    mapping = given
    if name is not None:
        kept = await imports.mapping(tx, name, importing.seller_id)
        if kept is None:
            raise Invalid.field("mapping_name", "must be a mapping kept here")
        mapping = kept.mapping
    mapping = mapping or mappings.automatic(importing.header)
    mappings.check(mapping, importing.header)
    return mapping


async def start(tx: Tx, importing: Import, mapping: Mapping) -> None:
    """At once, or when those before it are over. Raises ImportStarted."""
    await imports.queue_up(tx)
    now = await imports.one(tx, importing.id)
    if now is None or now.status != "uploaded":
        raise ImportStarted()
    await imports.wait(tx, importing.id, mapping)
    await _next(tx)


async def start_or_forget(
    db: Database, files: Files, store_id: UUID, importing: Import, given: Mapping | None, name: str | None
) -> None:
    """A file just kept. Raises Invalid where the mapping does not fit, and keeps it no longer."""
    try:
        async with db.transaction(store_id) as tx:
            await start(tx, importing, await chosen(tx, importing, given, name))
    except Exception:
        async with db.transaction(store_id) as tx:
            await cancel(tx, importing)
        await files.delete(store_id, importing.file)
        raise


async def cancel(tx: Tx, importing: Import) -> None:
    """What is done stays done. Raises ImportFinished."""
    await imports.queue_up(tx)
    now = await imports.one(tx, importing.id)
    if now is None or now.finished_at is not None:
        raise ImportFinished()
    await end(tx, now, "cancelled")


async def end(tx: Tx, importing: Import, status: imports.Status, error: str = "", because: Event | None = None) -> None:
    """And starts the next one. Its file may go when this is committed."""
    await imports.end(tx, importing.id, status, error)
    await _next(tx, because)


async def _next(tx: Tx, because: Event | None = None) -> None:
    if await imports.running(tx) or (waiting := await imports.next_waiting(tx)) is None:
        return
    await imports.run(tx, waiting)
    tx.emit(ImportDue(import_id=waiting, turn=0), key=waiting, because=because)


async def next_turn(files: Files, store_id: UUID, importing: Import, currency: str, most: int) -> Turn:
    """The next rows, about `most`: the rows of one product are not torn apart. Raises NoSuchFile."""
    assert importing.mapping is not None
    reader = Reader(importing.mapping, importing.header, currency)
    length = BLOCK
    while True:
        length = min(length, importing.size - importing.position)
        block = await files.read(store_id, importing.file, importing.position, length) if length else b""
        whole = importing.position + length >= importing.size
        turn = await _read(block, importing, reader, most, whole=whole)
        if turn is not None:
            return turn
        if length >= LONGEST_ROW:
            return _too_long(block, importing)
        length *= 2


async def _read(block: bytes, importing: Import, reader: Reader, most: int, *, whole: bool) -> Turn | None:
    """None where the block is too short to hold a product's rows whole."""
    read: list[Line | BadRow] = []
    found = text.rows(block, importing.delimiter, whole=whole, number=importing.row, start=importing.position)
    ended = True
    for row in found:
        one = reader.read(row)
        if len(read) >= most and (_group(one) is None or _group(one) != _group(read[-1])):
            ended = False
            break
        read.append(one)
        if len(read) % FEW == 0:
            await give_way()
    if ended and not whole:  # the last product's rows may go on in the next block
        ended = False
        last = _group(read[-1]) if read else None
        if last is not None and len(block) < LONGEST_ROW:
            while read and _group(read[-1]) == last:
                read.pop()
        if not read:
            return None
    return Turn(
        [one for one in read if isinstance(one, Line)],
        [one for one in read if isinstance(one, BadRow)],
        importing.size if ended else read[-1].row.end,
        read[-1].row.number if read else importing.row,
        ended,
    )


def _group(read: Line | BadRow) -> tuple[str, str] | None:
    return read.group if isinstance(read, Line) else None


def _too_long(block: bytes, importing: Import) -> Turn:
    row = Row(importing.row + 1, [block[:1000].decode(errors="replace")], 0, "")
    rule = f"must not be longer than {LONGEST_ROW // 2**20} MiB"
    position = importing.position + len(block)
    bad = BadRow(row, [mappings.Problem("row", rule, "")])
    return Turn([], [bad], position, row.number, position >= importing.size)
