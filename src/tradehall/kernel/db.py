"""PostgreSQL, one database and one login role per service.

A transaction is bound to a store: row-level security (forced, by roles that are neither superuser nor owner) shows
it that store's rows and no other. With no store set, a query sees nothing. What many stores do at one moment may share a
transaction: a second role sees rows of the stores it was opened for, in the tables that a service has opened to it.
"""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from tradehall.contracts.values import Event, encode
from tradehall.kernel import telemetry
from tradehall.kernel.bulk import stand_back
from tradehall.kernel.bus import Message
from tradehall.kernel.context import acting, causation_id, correlation
from tradehall.kernel.errors import Away
from tradehall.kernel.ids import NO_STORE, uuid7
from tradehall.kernel.settings import Settings

T = TypeVar("T")
Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

# What a lost or exhausted database, or another part that is away, raises: whatever was under way may be done again.
GONE = (
    Away,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InternalClientError,  # what it makes of a server that dies in the middle of an answer
)
LOST = (*GONE, asyncpg.InterfaceError, OSError)  # the last two have other causes as well

_EMIT = """
INSERT INTO outbox (id, store_id, aggregatetype, aggregateid, type, payload, headers, available_at)
SELECT id, store_id, aggregatetype, aggregateid, type, payload, headers, coalesce(available_at, '-infinity')
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
     WITH ORDINALITY AS row(id, store_id, aggregatetype, aggregateid, type, payload, headers, available_at, position)
ORDER BY position
"""
# Only where the transaction has changed something, or locked it in order to.
_AUDIT = """
INSERT INTO audit (id, actor, roles, session_id, by_key, action, target, fields, correlation)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE pg_current_xact_id_if_assigned() IS NOT NULL
"""


class Tx:
    """An open transaction. Its events are written to the outbox just before it commits.

    Across stores (`across`), `store_id` is None, and each row that is written names its store. `touched` is how many rows
    the statement touched that it began with.
    """

    def __init__(
        self,
        connection: "Connection",
        store_id: UUID | None,
        settings: Settings,
        *,
        across: bool = False,
        touched: int = 0,
    ) -> None:
        self.connection = connection
        self.touched = touched
        self.settings = settings
        self.store_id = store_id
        self.across = across
        self.origins: dict[int, Message] = {}  # in a batch, by id() of the event: what it came as
        self.then: list[Callable[[], None]] = []
        self._emitted: list[tuple[object, ...]] = []

    def after_commit(self, call: Callable[[], None]) -> None:
        """Not called where the transaction is rolled back."""
        self.then.append(call)

    async def all(self, shape: type[T], sql: str, *args: object) -> list[T]:
        """Rows as structs of `shape`, by column name."""
        rows = await self.rows(sql, *args)
        return [msgspec.convert(dict(row), shape) for row in rows]

    async def one(self, shape: type[T], sql: str, *args: object) -> T | None:
        await stand_back()
        row = await self.connection.fetchrow(sql, *args)
        return None if row is None else msgspec.convert(dict(row), shape)

    async def scalar(self, sql: str, *args: object) -> Any:
        """The first column of the first row, None where there is none."""
        await stand_back()
        return await self.connection.fetchval(sql, *args)

    async def rows(self, sql: str, *args: object) -> list[asyncpg.Record]:
        await stand_back()
        return await self.connection.fetch(sql, *args)

    async def run(self, sql: str, *args: object) -> int:
        """Executes; returns how many rows it touched."""
        await stand_back()
        return _touched(await self.connection.execute(sql, *args))

    async def plan_anew(self) -> None:
        """Plans what follows for its parameters, and for the tables as they are now, not as when a kept plan was made."""
        await self.run("SET LOCAL plan_cache_mode = force_custom_plan")

    async def upsert(self, table: str, rows: Sequence[msgspec.Struct]) -> None:
        """Rows of one struct, whose fields are columns of `table`; known by their `id` within the store. What is the same
        already is not written anew. In the order of their ids, so that two transactions cannot wait for each other. Across
        stores each names its store.
        """
        if not rows:
            return
        names = rows[0].__struct_fields__
        told = [name for name in names if name not in ("store_id", "id")]
        changes = ", ".join(f"{name} = excluded.{name}" for name in told)
        known, said = (", ".join(f"{row}.{name}" for name in told) for row in (table, "excluded"))
        await self.run(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(names)} "
            f"FROM jsonb_populate_recordset(NULL::{table}, $1) ON CONFLICT (store_id, id) DO UPDATE SET {changes} "
            f"WHERE ({known}) IS DISTINCT FROM ({said})",
            sorted(rows, key=lambda row: row.id),  # type: ignore[attr-defined]
        )

    def store_of(self, event: Event | None) -> UUID:
        """The store that an event of the batch is of. Raises LookupError across stores, where it is not of the batch."""
        if self.store_id is not None:
            return self.store_id
        origin = None if event is None else self.origins.get(id(event))
        if origin is None or origin.store_id is None:
            raise LookupError(f"of which store is {event}?")
        return origin.store_id

    def emit(
        self,
        event: Event,
        *,
        key: UUID | str,
        at: datetime | None = None,
        because: Event | None = None,
        store_id: UUID | None = None,
    ) -> None:
        """Publishes `event` if and when this transaction commits.

        Events with the same `key` reach each subscriber in the order of emission. `at`, a moment to come, makes it a
        timer that survives restarts. In a batch, `because` names the event of the batch that this one follows from.
        Across stores, it is of the store of that event, or of `store_id`. Raises LookupError where neither is known.
        """
        if store_id is None:
            store_id = self.store_of(because) if self.across else self.store_id
        origin = None if because is None else self.origins.get(id(because))
        if origin is not None:
            headers = {**origin.headers, "causation": str(origin.id)}
        else:
            headers = {"correlation": correlation(), **telemetry.inject()}
            if cause := causation_id.get():
                headers["causation"] = cause
        self._emitted.append(
            (
                uuid7(),
                store_id,
                event.publisher,
                str(key),
                event.event_name(),
                encode(event).decode(),
                msgspec.json.encode(headers).decode(),
                at,
            )
        )

    async def enter(self, store_id: UUID) -> None:
        """Rebinds the transaction to another store; for events of several that are handled one store at a time."""
        if store_id != self.store_id:
            await self.connection.execute("SELECT set_config('app.store_id', $1, true)", str(store_id))
            self.store_id = store_id

    async def flush(self) -> bool:
        """Writes what was emitted to the outbox, and who did it to the audit log. True where something was emitted."""
        emitted, self._emitted = self._emitted, []
        if emitted:
            await self.connection.execute(_EMIT, *columns(emitted))
        await self._audit()
        return bool(emitted)

    async def _audit(self) -> None:
        if (act := acting.get()) is None:
            return
        if self.store_id is None:  # platform tables: known to the store that the request is about
            await self.enter(act.store_id or NO_STORE)
        await self.connection.execute(
            _AUDIT,
            uuid7(),
            act.actor,
            act.roles,
            act.session_id,
            act.by_key,
            act.action,
            act.target,
            act.fields,
            correlation(),
        )


class Database:
    """A service's database: a pool, and the transaction on it.

    `on_commit` is called after each commit that left something in the outbox. `shared` has connections of the role that
    works across stores; where there is none, nothing does.
    """

    def __init__(
        self,
        name: str,
        pool: "asyncpg.Pool[asyncpg.Record]",
        settings: Settings,
        on_commit: Callable[[], None],
        shared: "asyncpg.Pool[asyncpg.Record] | None" = None,
    ) -> None:
        self.name = name
        self.settings = settings
        self.pool = pool
        self._shared = shared
        self._on_commit = on_commit

    def transaction(self, store_id: UUID | None, first: str = "") -> AbstractAsyncContextManager[Tx]:
        """Commits at the end of the block, rolls back where it raises.

        `None` sees no store's rows, only the kernel's own tables. `first`, a statement without arguments, goes along with
        what begins the transaction.
        """
        return self._transaction(self.pool, [] if store_id is None else [store_id], first)

    def across(self, store_ids: Collection[UUID], first: str = "") -> AbstractAsyncContextManager[Tx]:
        """As `transaction`, on rows of these stores, where there are several."""
        stores = list(set(store_ids))
        if len(stores) == 1:
            return self.transaction(stores[0], first)
        if self._shared is None:
            raise RuntimeError(f"{self.name}: nothing works across stores here")
        return self._transaction(self._shared, stores, first)

    @asynccontextmanager
    async def _transaction(
        self, pool: "asyncpg.Pool[asyncpg.Record]", stores: Sequence[UUID], first: str
    ) -> AsyncIterator[Tx]:
        # One round trip for all.
        begin = ["BEGIN", f"SET LOCAL app.store_id = '{literals(stores)}'"] if stores else ["BEGIN"]
        try:
            connection = await pool.acquire()
        except OSError as error:  # refused, or its socket is not there
            raise asyncpg.ConnectionDoesNotExistError(f"{self.name}: no database: {error!r}") from error
        try:
            try:
                began = await connection.execute("; ".join([*begin, first] if first else begin))
                one = stores[0] if len(stores) == 1 else None
                tx = Tx(connection, one, self.settings, across=len(stores) > 1, touched=_touched(began))
                yield tx
                emitted = await tx.flush()
            except BaseException:
                await _rollback(connection)
                raise
            if await connection.execute("COMMIT") != "COMMIT":
                raise RuntimeError("nothing was committed: a statement had failed, and its error was passed over")
        finally:
            await pool.release(connection)
        for call in tx.then:
            call()
        if emitted:
            self._on_commit()

    async def ping(self) -> None:
        """Raises where the database does not answer."""
        await self.pool.fetchval("SELECT 1", timeout=2)

    async def close(self) -> None:
        await self.pool.close()
        if self._shared is not None:
            await self._shared.close()


def literals(ids: Iterable[UUID], between: str = ",") -> str:
    """For SQL that takes no arguments. Raises TypeError for anything but a UUID, so that nothing can be smuggled in."""
    ids = list(ids)
    if not all(isinstance(id, UUID) for id in ids):
        raise TypeError("ids are UUIDs")
    return between.join(map(str, ids))


def _touched(status: str) -> int:
    return int(status.rpartition(" ")[2]) if status[-1:].isdigit() else 0


async def _rollback(connection: "Connection") -> None:
    if connection.is_closed():
        return
    await connection.execute("ROLLBACK")


async def _prepare(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind,
            encoder=lambda v: msgspec.json.encode(v).decode(),
            decoder=msgspec.json.decode,
            schema="pg_catalog",
        )


async def _leave(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Instead of asyncpg's RESET ALL, which costs a round trip: we set nothing that outlives a transaction."""
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")


async def open_pool(dsn: str, *, size: int, application: str) -> "asyncpg.Pool[asyncpg.Record]":
    return await asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        max_inactive_connection_lifetime=20,
        init=_prepare,
        reset=_leave,
        command_timeout=30,
        server_settings={"application_name": application, "timezone": "UTC"},
    )


def columns(rows: Sequence[Sequence[object]]) -> list[list[object]]:
    """Rows to columns, for `unnest`: one statement for any number of rows.

    An UPDATE that joins them says `AND id = ANY($1)` as well. PostgreSQL keeps the plan it made while the table was
    small, and the join alone may then read all rows of the store.
    """
    return [list(column) for column in zip(*rows, strict=True)]
