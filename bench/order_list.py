"""`python -m bench.order_list`: ten million orders of one store, loaded by COPY, under the list, the detail and new orders.

Options: --orders N, --port N, --keep FOLDER (loaded there once, and used again as it is).
"""

import argparse
import asyncio
import json
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import httpx

from bench.platform import HOST, Platform
from tradehall.demo import DEMO_PASSWORD, content

BATCH = 100_000
DAYS = 730
ASKED = 40  # times each page
SKUS = 5_000
FIRST = (
    "Ada",
    "Bela",
    "Carl",
    "Dora",
    "Emil",
    "Fria",
    "Gus",
    "Hana",
    "Ivo",
    "Jana",
    "Karl",
    "Lena",
    "Mara",
    "Nils",
    "Olga",
)
ENDS = (
    "ari",
    "berg",
    "dal",
    "ek",
    "feld",
    "gren",
    "holm",
    "ic",
    "jo",
    "kov",
    "lund",
    "mann",
    "nen",
    "ov",
    "poulos",
    "quist",
)
# Of a store that has sold for years: nearly all of it has arrived.
STATUSES = ("DELIVERED", "CANCELLED", "EXPIRED", "RETURNED", "SHIPPED", "CONFIRMED", "REJECTED")
SHARES = (93, 4, 2, 0.7, 0.2, 0.09, 0.01)
ORDERS = ("store_id", "id", "number", "email", "name", "status", "stock_held", "currency", "subtotal", "shipping_code",
          "shipping_price", "total", "address", "payment_method", "payment_status", "expires_at", "created_at", "updated_at")  # fmt: skip
LINES = (
    "store_id",
    "order_id",
    "id",
    "product_id",
    "variant_id",
    "seller_id",
    "sku",
    "title",
    "quantity",
    "unit_price",
    "weight_g",
)
PARCELS = ("store_id", "id", "order_id", "seller_id", "status", "carrier", "tracking_number", "delivered_at")
HISTORY = ("store_id", "order_id", "id", "status", "actor", "at")


class Past:
    """What was sold, drawn in the order of time."""

    def __init__(self, store_id: UUID, count: int) -> None:
        self.store_id = store_id
        self.count = count
        self.chance = random.Random(3)
        self.sellers = [self._id(0) for _ in range(50)]
        self.articles = [(self._id(0), self._id(0), self.sellers[n % 50], f"BENCH-{n:05}") for n in range(SKUS)]
        self.until = datetime.now(UTC) - timedelta(hours=1)

    def _id(self, ms: int) -> UUID:
        return UUID(int=ms << 80 | 7 << 76 | self.chance.getrandbits(12) << 64 | 2 << 62 | self.chance.getrandbits(62))

    def batches(self) -> Iterator[tuple[list[Any], list[Any], list[Any], list[Any]]]:
        step = timedelta(days=DAYS) / self.count
        at = self.until - timedelta(days=DAYS)
        for begin in range(0, self.count, BATCH):
            orders, lines, parcels, history = [], [], [], []
            for number in range(begin, min(begin + BATCH, self.count)):
                at += step
                order, line, parcel, entry = self._order(number, at)
                orders.append(order)
                lines.append(line)
                parcels.append(parcel)
                history.append(entry)
            yield orders, lines, parcels, history

    def _order(self, number: int, at: datetime) -> tuple[tuple[Any, ...], ...]:
        chance, store_id = self.chance, self.store_id
        ms = int(at.timestamp() * 1000)
        id = self._id(ms)
        name = f"{chance.choice(FIRST)} {chance.choice(FIRST)}{chance.choice(ENDS)}"
        (status,) = chance.choices(STATUSES, SHARES)
        product, variant, seller, sku = chance.choice(self.articles)
        price = chance.randrange(500, 50_000)
        country = "DE" if chance.random() < 0.0001 else "US"
        address = json.dumps(
            {"name": name, "line1": "1 Mill Lane", "city": "Boston", "zip": "02139", "country": country}
        )
        sent = status in ("DELIVERED", "RETURNED", "SHIPPED")
        arrived = status in ("DELIVERED", "RETURNED")
        email = f"{name.replace(' ', '.').lower()}{number % 400_000}@bench.example"
        order = (store_id, id, f"B{number:08X}", email, name, status, True, "USD", price, "standard", 500, price + 500, address,
                 "card-simulated", "paid", at, at, at)  # fmt: skip
        line = (store_id, id, self._id(ms), product, variant, seller, sku, "Something", 1, price, 100)
        parcel = (store_id, self._id(ms), id, seller, "DELIVERED" if arrived else "SHIPPED" if sent else "PENDING",
                  "UPS" if sent else None, "1" if sent else None, at if arrived else None)  # fmt: skip
        return order, line, parcel, (store_id, id, self._id(ms), status, "payments", at)


async def load(platform: Platform, store_id: UUID, count: int) -> float:
    """Seconds it took."""
    url = json.loads((platform.data / "running.json").read_text())["database_url"]
    connection = await asyncpg.connect(urlsplit(url)._replace(path="/tradehall_orders").geturl())
    began = time.monotonic()
    try:
        await connection.set_type_codec(
            "jsonb", encoder=lambda text: b"\x01" + text.encode(), decoder=bytes, schema="pg_catalog", format="binary"
        )  # as COPY takes it: a version, then the text
        for done, batch in enumerate(Past(store_id, count).batches(), 1):
            async with connection.transaction():
                for table, names, rows in zip(
                    ("orders", "order_lines", "parcels", "order_history"), (ORDERS, LINES, PARCELS, HISTORY), batch, strict=True
                ):  # fmt: skip
                    await connection.copy_records_to_table(table, records=rows, columns=names)
            print(f"  {min(done * BATCH, count):,} orders after {time.monotonic() - began:.0f} s", end="\r", flush=True)
        await connection.execute("VACUUM ANALYZE orders, order_lines, parcels, order_history")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
    print()
    return time.monotonic() - began


class Shop:
    def __init__(self, platform: Platform) -> None:
        self.http = httpx.AsyncClient(base_url=platform.url, headers={"host": HOST}, timeout=60)
        self.headers: dict[str, str] = {}

    async def sign_in(self) -> UUID:
        """The store's id."""
        login = {"email": content.people().stores["atlantic"].admin.email, "password": DEMO_PASSWORD}
        answer = await self.http.post("/api/v1/auth/login", json=login)
        self.headers = {"authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}
        return UUID((await self.http.get("/api/v1/store")).json()["id"])

    async def page(self, **asked: str) -> Any:
        answer = await self.http.get("/api/v1/orders", params={"limit": "30", **asked}, headers=self.headers)
        return answer.raise_for_status().json()

    async def detail(self, order: Any) -> None:
        (await self.http.get(f"/api/v1/orders/{order['id']}", headers=self.headers)).raise_for_status()

    async def create(self, draft: Any, key: str) -> Any:
        answer = await self.http.post("/api/v1/orders", json=draft, headers={"idempotency-key": key})
        return answer.raise_for_status().json()

    async def draft(self) -> Any:
        products = (await self.http.get("/api/v1/products?limit=60&in_stock=true")).json()["items"]
        variant = max((v for product in products for v in product["variants"]), key=lambda v: v["available"])
        address = {
            "name": "Ada",
            "line1": "1 Mill Lane",
            "city": "Boston",
            "region": "MA",
            "zip": "02139",
            "country": "US",
        }
        wanted = [{"variant_id": variant["id"], "quantity": 1}]
        quoted = await self.http.post("/api/v1/shipping/quotes", json={"lines": wanted, "address": address})
        option = quoted.raise_for_status().json()["options"][0]
        total = variant["price"]["amount"] + option["price"]["amount"]
        return {"lines": wanted, "email": "bench@bench.example", "address": address, "shipping": option["code"],
                "payment": {"method": "cash-on-delivery"}, "expected_total": {"amount": total, "currency": "USD"}}  # fmt: skip


async def timed(work: Callable[[], Awaitable[Any]], times: int) -> tuple[float, float, float]:
    """Milliseconds: the first, the median, the 95th percentile."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        await work()
        took.append(1000 * (time.perf_counter() - began))
    return took[0], statistics.median(took), statistics.quantiles(took, n=20)[-1]


async def usual(shop: Shop, draft: Any, times: int, key: str) -> tuple[float, float]:
    """Medians of a new order and of one that is looked at."""
    made: list[Any] = []

    async def create() -> None:
        made.append(await shop.create(draft, f"{key}{len(made)}"))

    _, created, _ = await timed(create, times)
    await asyncio.sleep(2)
    shown = iter(made)
    _, seen, _ = await timed(lambda: shop.detail(next(shown)), times)
    return created, seen


async def alone(platform: Platform) -> tuple[float, float]:
    """A new order and one shown, where there are no others."""
    shop = Shop(platform)
    await shop.sign_in()
    draft = await shop.draft()
    await usual(shop, draft, 100, f"warm{time.time_ns()}")
    found = await usual(shop, draft, 200, f"some{time.time_ns()}")
    await shop.http.aclose()
    return found


async def run(platform: Platform, count: int, empty: tuple[float, float]) -> None:
    shop = Shop(platform)
    store_id = await shop.sign_in()
    loaded = platform.data / "loaded"
    if not loaded.exists():
        took = await load(platform, store_id, count)
        loaded.write_text(str(count))
        print(f"{count:,} orders loaded in {took:.0f} s")
        await shop.sign_in()  # loading takes longer than a token lives
    full = await alone(platform)
    for what, before, after in zip(("a new order", "an order shown"), empty, full, strict=True):
        print(f"{what:34} {after:6.1f} ms, empty {before:6.1f} ms, ratio {after / before:.2f} (goal 1.2)")
    some = (await shop.page(status="RETURNED"))["items"][0]
    middle = datetime.now(UTC) - timedelta(days=DAYS / 2)
    asked: Sequence[tuple[str, dict[str, str]]] = (
        ("all", {}),
        ("of a common status", {"status": "DELIVERED"}),
        ("of a rare status", {"status": "REJECTED"}),
        ("of a status there is none of", {"status": "PROCESSING"}),
        ("that wait, beside those CONFIRMED", {"status": "PENDING"}),
        ("by number", {"q": some["number"]}),
        ("by e-mail address", {"q": some["email"]}),
        ("by the beginning of many names", {"q": "a"}),
        ("by SKU", {"q": "BENCH-00042"}),
        ("of a seller", {"seller_id": str(await _seller(shop, some))}),
        ("to a rare country", {"country": "DE"}),
        ("of a total that few have", {"total_from": "50400", "status": "SHIPPED"}),
        ("until the middle of the time", {"until": middle.isoformat()}),
        ("a status until then, and a country", {"until": middle.isoformat(), "status": "CANCELLED", "country": "DE"}),
    )
    for what, filters in asked:
        found = len((await shop.page(**filters))["items"])
        first, median, p95 = await timed(lambda filters=filters: shop.page(**filters), ASKED)  # type: ignore[misc]
        print(f"{what:36} p50 {median:6.1f}  p95 {p95:6.1f}  first {first:6.1f} ms, {found} rows (goal 50 ms)")
    await shop.http.aclose()


async def _seller(shop: Shop, order: Any) -> str:
    answer = await shop.http.get(f"/api/v1/orders/{order['id']}", headers=shop.headers)
    found: str = answer.raise_for_status().json()["parcels"][0]["seller_id"]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=10_000_000)
    parser.add_argument("--port", type=int, default=8930)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    with closing(Platform(given.port)) as platform:
        platform.start()
        platform.wait_for_demo()
        empty = asyncio.run(alone(platform))
    with closing(Platform(given.port, given.keep)) as platform:
        platform.start()
        platform.wait_for_demo()
        asyncio.run(run(platform, given.orders, empty))


if __name__ == "__main__":
    main()
