"""PostgreSQL's statistics, made anew as soon as stores have brought much that they do not know.

Of a store younger than they are PostgreSQL expects a single row, and scans and joins as if there were no more: a list of a
new store of 5 000 products can take seconds. Autovacuum looks once a minute, and not before a tenth of a table is new.
"""

import asyncio
import time
from collections.abc import Callable, Sequence

import asyncpg

from tradehall.kernel.context import stopping
from tradehall.kernel.db import Database

LOOK = 3.0  # seconds
MANY, MOST = 1000, 5000  # new rows: those that count, and those that count in a table of any size
PART = 0.25  # of a table, in between
REST = 50  # times as long as making them took

_INSERTED = """
SELECT relname, reltuples, pg_stat_get_tuples_inserted(oid) AS inserted FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relname = ANY ($1)
"""


async def keep_fresh(dsn: str, db: Database, tables: Sequence[str], leads: Callable[[], bool]) -> None:
    """Of these tables, while this process `leads` the database. `db` is one whose connection is there anyway."""
    known: dict[str, int] = {}  # rows ever inserted, when last looked at
    while not stopping():
        await asyncio.sleep(LOOK)
        if not leads():
            known.clear()
            continue
        async with db.transaction(None) as tx:
            found = {row["relname"]: row for row in await tx.rows(_INSERTED, tables)}
        grown = [
            name for name, row in found.items()
            if row["inserted"] - known.setdefault(name, row["inserted"]) >= enough(row["reltuples"])
        ]  # fmt: skip
        if grown:
            began = time.monotonic()
            await _analyze(dsn, grown)
            known |= {name: found[name]["inserted"] for name in grown}
            await asyncio.sleep(REST * (time.monotonic() - began))


async def _analyze(dsn: str, tables: Sequence[str]) -> None:
    """By a connection of its own, since it keeps the memory that this takes."""
    connection = await asyncpg.connect(dsn, server_settings={"application_name": "statistics"})
    try:
        await connection.execute("SELECT analyze_tables($1)", tables)
    finally:
        await connection.close()


def enough(rows: float) -> float:
    """New ones, where there are so many."""
    return min(MOST, max(MANY, rows * PART))
