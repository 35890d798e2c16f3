"""`python -m bench.dashboards`: ten million clicks, and how long what dashboards ask of them takes, in PostgreSQL and, where chdb
is installed, on ClickHouse's own engine.

Options: --clicks N (ten million if not given). Servers of its own, on a folder that is thrown away.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from tests.clickhouse_server import running_clickhouse

from tradehall.app import load
from tradehall.kernel import embedded, provision
from tradehall.kernel.db import Database, open_pool
from tradehall.kernel.settings import Settings
from tradehall.services.analytics.model import Span
from tradehall.services.analytics.storage import Storage
from tradehall.services.analytics.storage.clickhouse import ClickHouse
from tradehall.services.analytics.storage.postgres import NOBODY, Postgres

DAYS, PRODUCTS, SELLERS, VISITORS, ROUNDS = 7, 5_000, 50, 200_000, 5
ZONE, AT_ONCE = "America/New_York", 200_000
STORE = uuid4()
Row = tuple[UUID, datetime, str, UUID | None, UUID | None, UUID, str | None, int | None, str | None]
COLUMNS = ("store_id", "at", "kind", "product_id", "seller_id", "visitor", "query", "results", "target")


def clicks(count: int) -> Iterator[Row]:
    """Over the days until now, most of them in the few products that are looked at most."""
    pick, until = random.Random(4), datetime.now(UTC)
    sellers = [uuid4() for _ in range(SELLERS)]
    products = [(uuid4(), sellers[n % SELLERS]) for n in range(PRODUCTS)]
    visitors = [uuid4() for _ in range(VISITORS)]
    words = [f"word {n}" for n in range(3_000)]
    kinds = pick.choices(["product", "list", "page", "search", "cart", "checkout"], [45, 25, 15, 8, 5, 2], k=10_000)
    step = DAYS * 86400 / count
    for n in range(count):
        kind = kinds[n % 10_000]
        at = until - timedelta(seconds=step * n)
        product, seller = products[int(PRODUCTS * pick.random() ** 3)] if kind in ("product", "cart") else (None, None)
        query, results = (words[int(3_000 * pick.random() ** 2)], n % 11) if kind == "search" else (None, None)
        yield STORE, at, kind, product, seller, visitors[int(VISITORS * pick.random())], query, results, None


async def fill(admin_url: str, count: int) -> float:
    """By COPY as the installation's administrator, then the sums that the service keeps as it writes. Seconds."""
    began = time.monotonic()
    connection = await asyncpg.connect(admin_url)
    await connection.execute("SELECT set_config('app.store_id', $1, false)", str(STORE))
    await _make_days(connection)
    rows = clicks(count)
    while some := list(islice(rows, AT_ONCE)):
        await connection.copy_records_to_table("clicks", records=some, columns=COLUMNS)
    await connection.execute(
        "INSERT INTO click_hours SELECT store_id, date_trunc('hour', at, $1), kind, coalesce(seller_id, $2), coalesce(product_id, $2), count(*) "
        "FROM clicks GROUP BY 1, 2, 3, 4, 5",
        ZONE,
        NOBODY,
        timeout=600,
    )
    await connection.execute(
        "INSERT INTO visits SELECT store_id, (at AT TIME ZONE $1)::date, visitor, max(at) FROM clicks GROUP BY 1, 2, 3",
        ZONE,
        timeout=600,
    )
    await connection.execute(
        "INSERT INTO searches SELECT store_id, (at AT TIME ZONE $1)::date, query, count(*), count(*) FILTER (WHERE results = 0) "
        "FROM clicks WHERE query IS NOT NULL GROUP BY 1, 2, 3",
        ZONE,
        timeout=600,
    )
    await connection.execute("VACUUM ANALYZE", timeout=600)
    await connection.close()
    return time.monotonic() - began


async def _make_days(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Those that are over: the service makes only those to come."""
    for back in range(DAYS + 2):
        day = datetime.now(UTC).date() - timedelta(days=back)
        for table, zone in (("clicks", " 00:00+00"), ("visits", ""), ("searches", "")):
            await connection.execute(
                f"CREATE TABLE IF NOT EXISTS {table}_{day:%Y%m%d} PARTITION OF {table} "
                f"FOR VALUES FROM ('{day}{zone}') TO ('{day + timedelta(days=1)}{zone}')"
            )


async def fill_clickhouse(columns: ClickHouse, count: int) -> float:
    began = time.monotonic()
    await columns.prepare()
    rows = clicks(count)
    while some := list(islice(rows, 50_000)):
        lines = "\n".join("\t".join(map(_cell, row)) for row in some)
        await columns._ask(f"INSERT INTO clicks ({', '.join(COLUMNS)}) FORMAT TSV", data=lines.encode())
    return time.monotonic() - began


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    return r"\N" if value is None else str(value)


async def dashboard(db: Database, storage: Storage, seller: UUID | None) -> dict[str, float]:
    """Milliseconds of all that a dashboard of seven days asks, by question."""
    today = datetime.now(UTC).date()
    span = Span(today - timedelta(days=DAYS - 1), today, ZONE)
    took: dict[str, float] = {}

    async def asked(name: str, ask: Callable[..., Awaitable[Any]], *args: Any) -> None:
        began = time.perf_counter()
        assert await ask(tx, *args) is not None
        took[name] = 1000 * (time.perf_counter() - began)

    async with db.transaction(STORE) as tx:
        await asked("hours", storage.hours, span, seller)
        await asked("products", storage.products, span, seller, 50)
        await asked("searches", storage.empty_searches, span, 8)
        await asked("visitors", storage.visitors, today, today, ZONE)
        await asked("now", storage.now, seller)
    return took


async def told(name: str, db: Database, storage: Storage) -> None:
    runs = [await dashboard(db, storage, None) for _ in range(ROUNDS)]
    whole = [sum(run.values()) for run in runs]
    parts = ", ".join(f"{part} {statistics.median(run[part] for run in runs):.0f}" for part in runs[0])
    print(f"{name}: first {whole[0]:.0f} ms, median {statistics.median(whole):.0f} ms ({parts})", flush=True)


async def run(settings: Settings, count: int) -> None:
    (service,) = load(["analytics"])
    await provision.migrate(settings, [service])
    took = await fill(provision.admin_dsn(settings, "analytics"), count)
    print(f"PostgreSQL: {count:,} clicks and their sums loaded in {took:.0f} s", flush=True)
    pool = await open_pool(provision.dsn(settings, "analytics"), size=2, application="bench")
    db = Database("analytics", pool, settings, lambda: None)
    try:
        await told("PostgreSQL", db, Postgres())
        with running_clickhouse() as url:
            async with httpx.AsyncClient(timeout=120) as client:
                columns = ClickHouse(client, f"{url}/default", 90)
                took = await fill_clickhouse(columns, count)
                print(f"ClickHouse's engine: {count:,} clicks loaded in {took:.0f} s", flush=True)
                await told("ClickHouse's engine", db, columns)
    finally:
        await pool.close()


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.dashboards", description=__doc__)
    options.add_argument("--clicks", type=int, default=10_000_000)
    count = options.parse_args().clicks
    with tempfile.TemporaryDirectory(prefix="tradehall-bench-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        own = embedded.start(Path(folder), nats=False)
        try:
            settings = Settings(data=folder, database_url=own.database_url, secret="bench-secret-of-enough-length-0123")
            asyncio.run(run(settings, count))
        finally:
            own.stop()


if __name__ == "__main__":
    main()
