"""Writing a store down: each service's rows as they stood at one moment of that service."""

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec

from tradehall.contracts.stores import Store
from tradehall.kernel import provision
from tradehall.kernel.files import files_for
from tradehall.kernel.settings import Settings
from tradehall.launch import SERVICES
from tradehall.transfer.catalogue import PASSING, Connection, columns, selection, tables
from tradehall.transfer.package import FORMAT, Manifest, Table, TransferError, digests, mark_of

AT_ONCE = 500  # rows
_TIMERS = """
SELECT to_jsonb(o)::text AS row FROM (
  SELECT id, store_id, aggregatetype, aggregateid, type, payload, headers, available_at FROM outbox
  WHERE store_id = $1 AND available_at > now() ORDER BY seq) o
"""


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    tables: int
    rows: int
    files: int
    left_out: list[str]


async def export(settings: Settings, slug: str, folder: Path, *, credentials: bool) -> Exported:
    """Raises TransferError where there is no such store."""
    store = await _store(settings, slug)
    (folder / "store.json").write_bytes(msgspec.json.format(msgspec.json.encode(store)))
    written: list[Table] = []
    left_out: list[str] = []
    for service in SERVICES:
        connection = await asyncpg.connect(provision.dsn(settings, service))
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                # As the service itself: row-level security lets through what is the store's, and nothing else.
                await connection.execute("SELECT set_config('app.store_id', $1, true)", str(store.id))
                for table in await tables(connection):
                    shape = await columns(connection, service, table, credentials=credentials)
                    if shape is None:
                        left_out.append(f"{service}.{table} (credentials)")
                        continue
                    path = folder / "rows" / service / f"{table}.jsonl"
                    rows = await _write(connection, selection(table, shape), path)
                    written.append(Table(service=service, name=table, columns=[c.name for c in shape], rows=rows))
                await _write(connection, _TIMERS, folder / "timers" / f"{service}.jsonl", store.id)
        finally:
            await connection.close()
    files = await _write_files(settings, store, folder)
    manifest = Manifest(
        format=FORMAT,
        version=version("tradehall"),
        exported_at=datetime.now(UTC).isoformat(timespec="seconds"),
        credentials=credentials,
        secret=mark_of(settings.secret),
        tables=written,
        digests=digests(folder),
    )
    (folder / "manifest.json").write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
    left_out += [f"{name} (of no use elsewhere)" for name in sorted(PASSING)]
    rows = sum(table.rows for table in written)
    return Exported(tables=len(written), rows=rows, files=files, left_out=left_out)


async def _store(settings: Settings, slug: str) -> Store:
    connection = await asyncpg.connect(provision.dsn(settings, "stores"))
    try:
        found = await connection.fetchval("SELECT settings::text FROM stores WHERE slug = $1", slug)
    finally:
        await connection.close()
    if found is None:
        raise TransferError(f"there is no store {slug}")
    return msgspec.json.decode(found, type=Store)


async def _write(connection: Connection, sql: str, path: Path, *args: UUID) -> int:
    """A line for each row; returns how many."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = 0
    with path.open("w", encoding="utf-8") as file:
        async for record in connection.cursor(sql, *args, prefetch=AT_ONCE):
            file.write(record["row"] + "\n")
            rows += 1
    return rows


async def _write_files(settings: Settings, store: Store, folder: Path) -> int:
    files, count = files_for(settings), 0
    async for name in files.names(store.id):
        path = folder / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((await files.get(store.id, f"{store.id}/{name}")).content)
        count += 1
    return count
