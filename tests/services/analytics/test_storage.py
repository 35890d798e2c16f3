"""Both storages of clicks answer the same questions alike: PostgreSQL, and ClickHouse's own engine behind its HTTP interface."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.clickhouse_server import running_clickhouse
from tests.harness import Alone, a_store, alone, eventually
from tests.makers import a_product
from tradehall.app import load
from tradehall.contracts.analytics import Click
from tradehall.contracts.stores import Store
from tradehall.kernel.errors import Away
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings
from tradehall.services.analytics.model import Span
from tradehall.services.analytics.storage import Storage, Taken
from tradehall.services.analytics.storage.choosing import column_store_of, storage_of
from tradehall.services.analytics.storage.clickhouse import ClickHouse, Refused

ZONE = "Asia/Kathmandu"  # three quarters of an hour beside the others
NOW = datetime.now(UTC).replace(microsecond=0)


class Kept(NamedTuple):
    it: Alone
    storage: Storage
    store: Store

    async def write(self, *clicks: Click, store: Store | None = None) -> None:
        store = store or self.store
        async with self.it.db.transaction(store.id) as tx:
            await self.storage.write(tx, [Taken(store, clicks)])
        await self.it.idle()
        await eventually(self._arrived)

    async def _arrived(self) -> bool:
        async with self.it.db.transaction(None) as tx:
            return not await tx.scalar("SELECT count(*) FROM outbox")

    async def ask(self, question: str, *args: Any, store: Store | None = None) -> Any:
        async with self.it.db.transaction((store or self.store).id) as tx:
            return await getattr(self.storage, question)(tx, *args)


@pytest.fixture(scope="module")
def clickhouse() -> Iterator[str]:
    with running_clickhouse() as url:
        yield url


@pytest.fixture(scope="module", params=["postgres", "clickhouse"])
async def it(
    request: pytest.FixtureRequest, servers: Settings, clickhouse: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Alone]:
    changes = {"clickhouse_url": f"{clickhouse}/default"} if request.param == "clickhouse" else {}
    (service,) = load(["analytics"])
    async with alone(service, servers, Path(tmp_path_factory.mktemp("clicks")), **changes) as running:
        if (columns := column_store_of(running.running)) is not None:
            await columns.prepare()
        yield running


@pytest.fixture
def kept(it: Alone) -> Kept:
    store = a_store(f"s{uuid7().hex[-12:]}", timezone=ZONE)
    it.running.stores.put(store)
    return Kept(it, storage_of(it.running), store)


def span(back: int = 1) -> Span:
    day = NOW.astimezone(ZoneInfo(ZONE)).date()
    return Span(day - timedelta(days=back), day, ZONE)


async def test_hours_are_those_of_the_stores_clock(kept: Kept) -> None:
    seller = uuid7()
    at = NOW - timedelta(minutes=61)
    hour = at.astimezone(ZoneInfo(ZONE)).replace(minute=0, second=0)
    product = Click(kind="product", at=at, product_id=uuid7(), seller_id=seller)
    await kept.write(product, product, Click(kind="list", at=at))
    hours = await kept.ask("hours", span(), None)
    assert [(h.hour, h.kind, h.clicks) for h in hours] == [(hour, "list", 1), (hour, "product", 2)]
    assert [h.clicks for h in await kept.ask("hours", span(), seller)] == [2]
    assert await kept.ask("hours", span(), uuid7()) == []


async def test_sums_grow_with_every_group(kept: Kept) -> None:
    for _ in range(3):
        await kept.write(Click(kind="page", at=NOW), Click(kind="page", at=NOW))
    assert sum(hour.clicks for hour in await kept.ask("hours", span(), None)) == 6


async def test_products_that_are_looked_at_most(kept: Kept) -> None:
    first, second = uuid7(), uuid7()
    looks = [Click(kind="product", at=NOW, product_id=id) for id in (second, first, first)]
    await kept.write(*looks, Click(kind="cart", at=NOW, product_id=second), Click(kind="product", at=NOW))
    assert await kept.ask("products", span(), None, 5) == [(first, 2), (second, 1)]
    assert await kept.ask("products", span(), None, 1) == [(first, 2)]


async def test_searches_that_find_nothing(kept: Kept) -> None:
    def search(query: str, results: int | None) -> Click:
        return Click(kind="search", at=NOW, query=query, results=results)

    await kept.write(
        search("lamp", 3), search("lmap", 0), search("lmap", 0), search("ramp", 0), search("unknown", None)
    )
    assert await kept.ask("empty_searches", span(), 5) == [("lmap", 2), ("ramp", 1)]


async def test_visitors_count_once(kept: Kept) -> None:
    one, two = uuid7(), uuid7()
    await kept.write(*(Click(kind="page", at=NOW, visitor=id) for id in (one, one, two)), Click(kind="page", at=NOW))
    await kept.write(Click(kind="list", at=NOW, visitor=one))
    day = NOW.astimezone(ZoneInfo(ZONE)).date()
    assert await kept.ask("visitors", day, day, ZONE) == 2
    assert await kept.ask("visitors", day - timedelta(days=2), day - timedelta(days=1), ZONE) == 0


async def test_now_is_five_minutes(kept: Kept) -> None:
    visitor, at = uuid7(), datetime.now(UTC)
    old = Click(kind="page", at=at - timedelta(minutes=9), visitor=uuid7())
    await kept.write(
        old, Click(kind="page", at=at, visitor=visitor), Click(kind="click", at=at), Click(kind="list", at=at)
    )
    now = await kept.ask("now", None)
    assert (now.views, now.visitors) == (2, 1)


async def test_stores_do_not_see_each_other(kept: Kept) -> None:
    other = a_store(f"s{uuid7().hex[-12:]}", timezone=ZONE)
    kept.it.running.stores.put(other)
    await kept.write(Click(kind="page", at=NOW, visitor=uuid7()))
    day = NOW.astimezone(ZoneInfo(ZONE)).date()
    assert await kept.ask("hours", span(), None, store=other) == []
    assert await kept.ask("visitors", day, day, ZONE, store=other) == 0
    assert (await kept.ask("now", None, store=other)).views == 0


async def test_whatever_is_searched_for_is_text(kept: Kept) -> None:
    query = "o'neil \\ {store:UUID} \"; DROP TABLE clicks; --"
    await kept.write(Click(kind="search", at=NOW, query=query, results=0, target="a.b"))
    assert await kept.ask("empty_searches", span(), 5) == [(query, 1)]


async def test_a_beacon_arrives_at_the_dashboard(kept: Kept) -> None:
    product = a_product(1000)
    await kept.it.given(product, key=product.product_id, store=kept.store)
    body = {
        "clicks": [
            {"kind": "product", "product": str(product.product_id)},
            {"kind": "cart", "product": str(product.product_id)},
        ]
    }
    headers = {"user-agent": "Mozilla/5.0 Firefox/140.0"}
    answer = await kept.it.client(store=kept.store).post("/api/v1/clicks", json=body, headers=headers)
    assert answer.status_code == 204
    await kept.it.idle()
    admin = kept.it.client("store_admin", store=kept.store)

    async def funnel() -> dict[str, int]:
        found: dict[str, int] = (await admin.get("/api/v1/analytics/dashboard")).json()["funnel"]
        return found if found["carts"] else {}

    found = await eventually(funnel)
    assert found == {"views": 1, "carts": 1, "checkouts": 0, "purchases": 0}


async def test_a_group_that_is_sent_again_counts_once(kept: Kept) -> None:
    if not isinstance(kept.storage, ClickHouse):
        pytest.skip("in PostgreSQL the answer and the clicks are one transaction")
    group, clicks = uuid7(), [Click(kind="page", at=NOW)]
    for _ in range(3):
        await kept.storage.insert(kept.store.id, group, clicks)
    await kept.storage.insert(kept.store.id, uuid7(), clicks)
    assert sum(hour.clicks for hour in await kept.ask("hours", span(), None)) == 2


async def test_a_server_that_is_away_or_refuses(clickhouse: str) -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises(Away):
            await ClickHouse(client, "http://127.0.0.1:9/default", 90).prepare()
        with pytest.raises(Refused):
            await ClickHouse(client, f"{clickhouse}/default", 90)._ask("SELECT nonsense")
        with pytest.raises(Refused):
            await ClickHouse(client, f"{clickhouse.replace('://', '://mallory:wrong@')}/default", 90).prepare()


async def test_one_that_was_away_gets_what_came_meanwhile(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    if not isinstance(kept.storage, ClickHouse):
        pytest.skip("PostgreSQL that is away answers 503")
    tries = 0
    insert = ClickHouse.insert

    async def flaky(self: ClickHouse, store_id: UUID, group: UUID, clicks: Any) -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise Away("not yet")
        await insert(self, store_id, group, clicks)

    monkeypatch.setattr(ClickHouse, "insert", flaky)
    await kept.write(Click(kind="page", at=NOW))

    async def there() -> bool:
        return sum(hour.clicks for hour in await kept.ask("hours", span(), None)) == 1

    await eventually(there)
    assert tries == 3
