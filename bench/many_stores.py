"""A thousand stores on one installation against one: copies of it, made in the databases while the platform is down.

Each has the goods of the store that is copied, under ids of its own. The two installations are loaded in turns, so that a
machine which gives more or less from one minute to the next does so to both.
"""

import asyncio
import datetime
import hashlib
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import msgspec

from bench.load import wrk
from bench.platform import HOST, Platform
from bench.postgres import latencies
from tradehall.kernel.ids import uuid7

STORES = 1000
TURNS = 6  # there and back
SLUG = "many-{}"
SERVICES = ("catalog", "inventory", "carts", "orders", "shipping")
# What happened in the store that is copied, and belongs to nobody else.
HISTORY = {
    "audit", "carts", "holds", "idempotency_keys", "imports", "movements", "order_history", "order_lines", "orders",
    "parcels", "shipment_history", "shipment_lines", "shipments",
}  # fmt: skip


@dataclass
class Side:
    """One load."""

    platform: Platform
    environ: dict[str, str]

    def warm_up(self) -> None:
        """So long that each of a thousand stores has had an order."""
        self._order(10, connections=8)
        time.sleep(5)
        self.lists(3)

    def lists(self, seconds: int) -> float:
        """Per second."""
        url = self.platform.url + "/api/v1/products?limit=24"
        load = wrk(url, "get.lua", seconds=seconds, connections=16, BENCH_VARY="&min_price=", **self.environ)
        time.sleep(1)
        return load.per_second

    def orders(self, seconds: int) -> float:
        """Confirmed per second, of those placed meanwhile."""
        confirmed = self._order(seconds, connections=16)["confirmed"]
        time.sleep(5)
        return confirmed / seconds

    def wait(self, seconds: int) -> float:
        """From create to CONFIRMED, ms."""
        p95 = self._order(seconds, connections=50, BENCH_DELAY_MS="1000")["p95"]
        time.sleep(3)
        return p95

    def _order(self, seconds: int, *, connections: int, **environ: str) -> dict[str, float]:
        since, url = datetime.datetime.now(datetime.UTC), self.platform.url + "/api/v1/orders"
        told = {**self.environ, **environ, "BENCH_RUN": f"turn{time.time()}"}
        wrk(url, "orders.lua", seconds=seconds, connections=connections, **told)
        return latencies(self.platform.admin_url(), since)


SPEEDS = (
    ("lists, none kept", "/s", Side.lists, "0.9"),
    ("orders CONFIRMED", "/s", Side.orders, "0.9"),
    ("create to CONFIRMED at 50/s, p95", " ms", Side.wait, "1.1"),
)


def measure(alone: Platform, seconds: int) -> list[tuple[str, ...]]:
    """What, value, limit, ratio, goal: one of a thousand stores, and all of them at once, against the same store `alone`."""
    with ExitStack() as stack:
        many = Platform(alone.port + 10)
        stack.callback(many.close)
        many.start()
        many.wait_for_demo()
        bodies = many.order_bodies(1000)  # all there are: a thousand stores do not sell the same eighty things either
        copies = copy_store(many.admin_url(), "atlantic")
        many.stop()
        started = many.start("--no-demo")

        def side(platform: Platform, bodies: Sequence[str], **environ: str) -> Side:
            file = stack.enter_context(tempfile.NamedTemporaryFile("w", suffix=".jsonl"))
            Path(file.name).write_text("\n".join(bodies) + "\n")
            return Side(platform, {**environ, "BENCH_BODIES": file.name})

        one = side(alone, alone.order_bodies(1000), BENCH_HOST=HOST)
        among = side(many, [_ordered_at(body, copies[7]) for body in bodies], BENCH_HOST=SLUG.format(7) + ".localhost")
        everywhere = [_ordered_at(body, store_id) for store_id in copies for body in bodies[:4]]
        spread = side(many, everywhere, BENCH_HOST=HOST, BENCH_STORES=str(STORES))
        sides = [one, among, spread]
        for each in sides:
            each.warm_up()
        rows: list[tuple[str, ...]] = [(f"start with {STORES} stores", f"{started:.1f} s", "", "", "4 s")]
        for what, unit, speed, goal in SPEEDS:
            reached: list[list[float]] = [[], [], []]
            for turn in range(TURNS):
                for i in (0, 1, 2) if turn % 2 else (2, 1, 0):
                    reached[i].append(speed(sides[i], seconds))
            for where, there in zip(
                (f"in one of {STORES} stores", f"spread over {STORES} stores"), reached[1:], strict=True
            ):
                rows.append((f"{where}: {what}", *_compared(there, reached[0], unit), goal))
        return [*rows, (f"memory, {STORES} stores", many.memory_told())]


def _compared(there: Sequence[float], alone: Sequence[float], unit: str) -> tuple[str, str, str]:
    """Value, limit, ratio: medians of the turns."""
    ratio = statistics.median(here / one for here, one in zip(there, alone, strict=True))
    return f"{statistics.median(there):.0f}{unit}", f"one {statistics.median(alone):.0f}{unit}", f"{ratio:.2f}"


def _ordered_at(body: str, store_id: UUID) -> str:
    """The same order in a copy of the store."""
    order = json.loads(body)
    for line in order["lines"]:
        line["variant_id"] = str(copy_of(UUID(line["variant_id"]), store_id))
    return json.dumps(order)


def copy_store(admin_url: str, slug: str) -> list[UUID]:
    """The stores' ids, in the order of their numbers."""
    return asyncio.run(_copy(admin_url, slug))


def copy_of(id: UUID, store_id: UUID) -> UUID:
    """What stands for `id` in the copy."""
    return UUID(hashlib.md5(f"{store_id}{id}".encode()).hexdigest())


async def _copy(admin_url: str, slug: str) -> list[UUID]:
    stores = await _open(admin_url, "stores")
    try:
        row = await stores.fetchrow("SELECT id, settings FROM stores WHERE slug = $1", slug)
        assert row is not None, slug
        made = [(uuid7(), SLUG.format(n)) for n in range(STORES)]
        settings = msgspec.json.decode(row["settings"])
        await stores.executemany(
            "INSERT INTO stores (id, slug, settings) VALUES ($1, $2, $3)",
            [(id, name, msgspec.json.encode(_renamed(settings, id, name)).decode()) for id, name in made],
        )
        await stores.executemany(
            "INSERT INTO hosts (host, store_id, position) VALUES ($1, $2, 1)",
            [(f"{name}.localhost", id) for id, name in made],
        )
    finally:
        await stores.close()
    for service in SERVICES:
        await _copy_rows(admin_url, service, row["id"], [id for id, _ in made])
    return [id for id, _ in made]


def _renamed(settings: dict[str, object], id: UUID, slug: str) -> dict[str, object]:
    return {**settings, "id": str(id), "slug": slug, "name": slug, "hosts": [f"{slug}.localhost"]}


async def _copy_rows(admin_url: str, service: str, source: UUID, targets: Sequence[UUID]) -> None:
    database = await _open(admin_url, service)
    try:
        await database.execute("SET session_replication_role = replica")  # copies need no checks of their own
        for table in await database.fetch("SELECT oid::regclass::text AS name FROM pg_class WHERE relforcerowsecurity"):
            if table["name"] in HISTORY:
                continue
            columns = await database.fetch(
                "SELECT quote_ident(attname) AS name, atttypid = 'uuid'::regtype AS is_id FROM pg_attribute "
                "WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' "
                "AND attname <> 'store_id'",
                table["name"],
            )
            names = ", ".join(column["name"] for column in columns)
            values = ", ".join(
                f"md5(new_store::text || {column['name']}::text)::uuid" if column["is_id"] else column["name"]
                for column in columns
            )
            await database.execute(
                f"INSERT INTO {table['name']} (store_id, {names}) OVERRIDING SYSTEM VALUE "
                f"SELECT new_store, {values} FROM {table['name']} CROSS JOIN unnest($2::uuid[]) AS t(new_store) WHERE store_id = $1",
                source,
                list(targets),
                timeout=600,
            )
        await database.execute("VACUUM ANALYZE", timeout=600)
    finally:
        await database.close()


async def _open(admin_url: str, service: str) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(urlsplit(admin_url)._replace(path=f"/tradehall_{service}").geturl())
