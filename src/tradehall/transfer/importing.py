"""Restoring a store on an installation that does not have it.

The rows go in as they are, without the triggers that move stock and without the checks between tables: they were right
where they come from, and the export's digests say that they are the same. Row-level security is in force all the while,
so that no row of another store can come along.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path

import asyncpg
import msgspec

from tradehall.contracts.stores import Store, StoreUpdated
from tradehall.kernel import provision
from tradehall.kernel.db import Database, open_pool
from tradehall.kernel.errors import Refusal
from tradehall.kernel.files import files_for
from tradehall.kernel.settings import Settings
from tradehall.launch import SERVICES
from tradehall.services.payments.queries import names_of_accounts
from tradehall.services.stores import model
from tradehall.services.stores.queries import signups, stores
from tradehall.transfer.catalogue import SEALED, Connection, columns, quoted, tables
from tradehall.transfer.package import Manifest, Table, TransferError, mark_of, read_manifest

AT_ONCE = 500  # rows
_TIMERS = """
INSERT INTO outbox (id, store_id, aggregatetype, aggregateid, type, payload, headers, available_at)
SELECT id, store_id, aggregatetype, aggregateid, type, payload, headers, available_at
FROM jsonb_populate_recordset(NULL::outbox, $1::jsonb) WHERE store_id = $2
"""


async def restore(settings: Settings, folder: Path, slug: str | None) -> Store:
    """The store as it is now, at its host of this platform. Raises TransferError; may then be run again."""
    manifest = read_manifest(folder)
    store = msgspec.json.decode((folder / "store.json").read_bytes(), type=Store)
    slug = slug or store.slug
    restored = msgspec.structs.replace(
        store,
        slug=slug,
        hosts=[f"{slug}.{settings.platform_domain}"],
        version=store.version + 1,
    )
    try:
        async with _database(settings, "stores") as db, _database(settings, "payments") as payments:
            await _check_room(db, restored)
            for service in SERVICES:
                await _restore_service(settings, service, folder, manifest, restored)
            await _restore_files(settings, folder, restored)
            async with payments.transaction(store.id) as tx:  # keys that another installation sealed have stayed there
                restored = msgspec.structs.replace(restored, accounts=await names_of_accounts(tx))
            await _open(db, restored)
    except asyncpg.InsufficientPrivilegeError as error:
        raise TransferError(
            "the administrator of DATABASE_URL may not do this; "
            "GRANT SET ON PARAMETER session_replication_role TO it, or use a superuser"
        ) from error
    except (asyncpg.PostgresError, Refusal) as error:
        raise TransferError(f"the export does not fit this installation: {error}") from error
    return restored


@asynccontextmanager
async def _database(settings: Settings, service: str) -> AsyncIterator[Database]:
    pool = await open_pool(provision.dsn(settings, service), size=1, application="tradehall import")
    try:
        yield Database(service, pool, settings, lambda: None)
    finally:
        await pool.close()


async def _check_room(db: Database, store: Store) -> None:
    model.check_slug(store.slug)
    async with db.transaction(None) as tx:
        if await tx.scalar("SELECT true FROM stores WHERE id = $1", store.id):
            raise TransferError(f"this installation has the store {store.id} already")
        if names := await stores.taken(tx, store.slug, store.hosts):
            raise TransferError(f"{', '.join(names)} is taken here; choose another name with --slug")


async def _restore_service(settings: Settings, service: str, folder: Path, manifest: Manifest, store: Store) -> None:
    connection = await asyncpg.connect(provision.admin_dsn(settings, service))
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")
            await connection.execute(f"SET LOCAL ROLE {provision.OWNER}")
            await connection.execute("SELECT set_config('app.store_id', $1, true)", str(store.id))
            known = await tables(connection)
            for table in known:  # what an import that failed has left
                await connection.execute(f"DELETE FROM {quoted(table)}")
            foreign = manifest.secret != mark_of(settings.secret)
            for exported in manifest.tables:
                if exported.service == service and not (foreign and (service, exported.name) in SEALED):
                    await _restore_table(connection, exported, known, folder)
            timers = folder / "timers" / f"{service}.jsonl"
            await connection.execute("DELETE FROM outbox WHERE store_id = $1", store.id)
            for rows in _batches(timers):
                await connection.execute(_TIMERS, rows, store.id)
    finally:
        await connection.close()


async def _restore_table(connection: Connection, exported: Table, known: list[str], folder: Path) -> None:
    """Columns that are new here get their defaults. Raises TransferError for one that is not known here."""
    if exported.name not in known:
        raise TransferError(f"there is no table {exported.service}.{exported.name} here: is this program older?")
    here = await columns(connection, exported.service, exported.name, credentials=True)
    names = [column.name for column in here or ()]
    if unknown := set(exported.columns) - set(names):
        raise TransferError(
            f"{exported.service}.{exported.name} has no {', '.join(sorted(unknown))} here: is this program older?"
        )
    listed = ", ".join(quoted(name) for name in exported.columns)
    table = quoted(exported.name)
    sql = f"INSERT INTO {table} ({listed}) SELECT {listed} FROM jsonb_populate_recordset(NULL::{table}, $1::jsonb)"
    for rows in _batches(folder / exported.path):
        await connection.execute(sql, rows)


def _batches(path: Path) -> Iterator[str]:
    """The lines of a file as JSON arrays."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        while lines := [line.rstrip("\n") for line in islice(file, AT_ONCE)]:
            yield "[" + ",".join(lines) + "]"


async def _restore_files(settings: Settings, folder: Path, store: Store) -> None:
    files, root = files_for(settings), folder / "files"
    for path in sorted(root.rglob("*")):
        if path.is_file():
            kind = files.type_of(path.name)
            await files.put(store.id, path.relative_to(root).as_posix(), path.read_bytes(), kind)


async def _open(db: Database, store: Store) -> None:
    """Last: from here on it is found. Its own domains are claims again, with the tokens they had."""
    async with db.transaction(store.id) as tx:
        await tx.run(
            "UPDATE domains SET proved_at = NULL, checked_at = NULL, lost_at = NULL, next_check_at = NULL, found = '{}'"
        )
        if not await signups.claim_name(tx, store.slug, store.id, until=None):
            raise model.NameTaken(f"The name {store.slug} is kept for somebody who signs up.")
        await stores.save(tx, store)
        await stores.fix_currency(tx, store.id)
        tx.emit(StoreUpdated(store=store), key=store.id)
