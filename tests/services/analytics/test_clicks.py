"""Taking clicks: what is counted, what is not, and what becomes of it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.harness import Alone, a_store
from tests.makers import a_product
from tradehall.contracts.analytics import ClickTracked
from tradehall.contracts.stores import Store
from tradehall.kernel.ids import uuid7
from tradehall.services.analytics import intake
from tradehall.services.analytics.model import anonymous
from tradehall.services.analytics.watching import BURST, Addresses

SERVICE = "analytics"
CLICKS = "/api/v1/clicks"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
async def shop(it: Alone) -> Store:
    store = a_store(f"s{uuid7().hex[-12:]}")
    it.running.stores.put(store)
    return store


def address() -> str:
    """Of somebody who was not here before."""
    number = uuid7().int
    return f"2a02:{number >> 16 & 0xFFFF:x}:{number & 0xFFFF:x}::1"


async def tell(it: Alone, shop: Store, *clicks: dict[str, Any], **headers: str) -> httpx.Response:
    given = {
        "user-agent": BROWSER,
        "x-forwarded-for": address(),
        **{k.replace("_", "-"): v for k, v in headers.items()},
    }
    return await it.client(store=shop).post(CLICKS, json={"clicks": list(clicks) or [{"kind": "page"}]}, headers=given)


async def counted(it: Alone, shop: Store) -> list[Any]:
    return await it.sql("SELECT * FROM clicks ORDER BY at, kind", store=shop)


async def decide(it: Alone, shop: Store, rule: str) -> None:
    answer = await it.client("store_admin", store=shop).put(
        "/api/v1/analytics/settings", json={"clicks": rule, "margin": 15}
    )
    assert answer.status_code == 200, answer.text


async def test_what_was_answered_is_stored_and_told(it: Alone, shop: Store) -> None:
    product = a_product(1000)
    await it.given(product, key=product.product_id, store=shop)
    answer = await tell(
        it,
        shop,
        {"kind": "product", "product": str(product.product_id), "ago": 90_000},
        {"kind": "search", "query": "  Blue  LAMP ", "results": 0},
        {"kind": "product", "product": str(uuid7())},
    )
    assert answer.status_code == 204, answer.text
    rows = await counted(it, shop)
    assert [row["kind"] for row in rows] == ["product", "product", "search"]
    assert rows[0]["seller_id"] == product.seller_id
    assert rows[1]["product_id"] is None
    assert rows[2]["query"] == "blue lamp"
    assert datetime.now(UTC) - rows[0]["at"] > timedelta(seconds=89)
    assert all(row["visitor"] is None for row in rows)
    (event,) = await it.published(ClickTracked, store=shop)
    assert [click.kind for click in event.clicks] == ["product", "search", "product"]
    hours = await it.sql("SELECT sum(clicks) AS clicks FROM click_hours", store=shop)
    assert hours[0]["clicks"] == 3


async def test_a_beacon_comes_as_text(it: Alone, shop: Store) -> None:
    headers = {"user-agent": BROWSER, "content-type": "text/plain;charset=UTF-8"}
    answer = await it.client(store=shop).post(CLICKS, content=b'{"clicks":[{"kind":"list"}]}', headers=headers)
    assert answer.status_code == 204
    assert len(await counted(it, shop)) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"user_agent": "curl/8.5.0"},
        {"user_agent": ""},
        {"dnt": "1"},
        {"sec_gpc": "1"},
    ],
    ids=["googlebot", "curl", "nobody", "do not track", "global privacy control"],
)
async def test_who_is_not_counted(it: Alone, shop: Store, headers: dict[str, str]) -> None:
    assert (await tell(it, shop, **headers)).status_code == 204
    assert await counted(it, shop) == []


async def test_a_store_that_asks_counts_those_who_agreed(it: Alone, shop: Store) -> None:
    await decide(it, shop, "asked")
    number = uuid7()
    assert (await tell(it, shop)).status_code == 204
    assert (await tell(it, shop, cookie="clicks=no")).status_code == 204
    assert await counted(it, shop) == []
    assert (await tell(it, shop, cookie=f"clicks={number}")).status_code == 204
    (row,) = await counted(it, shop)
    assert row["visitor"] == number
    visits = await it.sql("SELECT visitor FROM visits", store=shop)
    assert [visit["visitor"] for visit in visits] == [number]


async def test_a_store_that_counts_without_asking_keeps_no_number(it: Alone, shop: Store) -> None:
    assert (await tell(it, shop, cookie=f"clicks={uuid7()}")).status_code == 204
    (row,) = await counted(it, shop)
    assert row["visitor"] is None


async def test_a_store_may_count_nothing(it: Alone, shop: Store) -> None:
    await decide(it, shop, "off")
    assert (await tell(it, shop)).status_code == 204
    assert await counted(it, shop) == []
    rule = (await it.client(store=shop).get("/api/v1/clicks/rule")).json()
    assert rule == {"clicks": "off"}


async def test_another_sites_pages_tell_nothing(it: Alone, shop: Store) -> None:
    assert (await tell(it, shop, sec_fetch_site="cross-site")).status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"nothing", 400),
        (b'{"clicks":[]}', 422),
        (b'{"clicks":[{"kind":"moon"}]}', 422),
        (b'{"clicks":[{"kind":"page","email":"ada@example.org"}]}', 422),
        (b'{"clicks":[{"kind":"page","ago":-1}]}', 422),
        (b'{"clicks":[' + b",".join([b'{"kind":"page"}'] * 51) + b"]}", 422),
        (b'{"clicks":[{"kind":"search","query":"' + b"x" * 20_000 + b'"}]}', 413),
    ],
    ids=["empty", "no json", "none", "unknown kind", "unknown field", "in the future", "too many", "too large"],
)
async def test_what_is_refused(it: Alone, shop: Store, body: bytes, status: int) -> None:
    headers = {"user-agent": BROWSER, "content-type": "text/plain"}
    answer = await it.client(store=shop).post(CLICKS, content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert await counted(it, shop) == []


async def test_an_address_that_sends_too_much_waits(it: Alone, shop: Store) -> None:
    here = address()
    many = [{"kind": "page"}] * 50
    answers = [await tell(it, shop, *many, x_forwarded_for=here) for _ in range(int(BURST) // 50 + 4)]
    assert answers[0].status_code == 204
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0
    assert (await tell(it, shop, *many)).status_code == 204


async def test_addresses_are_forgotten() -> None:
    addresses = Addresses()
    assert addresses.wait("a", int(BURST)) == 0
    assert addresses.wait("a", 50) > 0
    assert addresses.wait("b", 50) == 0


async def test_too_many_at_once_are_refused_and_told_to_wait(
    it: Alone, shop: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MOST", 100)
    many = [{"kind": "page"}] * 50
    answers = await asyncio.gather(*(tell(it, shop, *many) for _ in range(6)))
    taken = [answer for answer in answers if answer.status_code == 204]
    refused = [answer for answer in answers if answer.status_code == 503]
    assert len(taken) + len(refused) == 6
    assert len(refused) >= 1
    assert all(answer.headers["retry-after"] for answer in refused)
    assert len(await counted(it, shop)) == 50 * len(taken)


async def test_many_at_once_and_a_stop_lose_none(it: Alone, shop: Store) -> None:
    telling = [asyncio.create_task(tell(it, shop, {"kind": "page"}, {"kind": "list"})) for _ in range(100)]
    await asyncio.sleep(0)
    done, _ = await asyncio.wait(telling, return_when=asyncio.FIRST_COMPLETED)
    assert done
    await intake.intake_of(it.running).end()
    answers = await asyncio.gather(*telling)
    taken = sum(answer.status_code == 204 for answer in answers)
    assert {answer.status_code for answer in answers} <= {204, 503}
    assert len(await counted(it, shop)) == 2 * taken
    await intake.stop(it.running)
    intake._INTAKES[it.running] = intake.Intake(it.running)


async def test_clicks_of_two_stores_in_one_group(it: Alone, shop: Store) -> None:
    await asyncio.gather(*(tell(it, store) for store in (shop, it.other, shop)))
    assert len(await counted(it, shop)) == 2
    assert all(row["store_id"] == shop.id for row in await counted(it, shop))


async def test_old_days_are_dropped_and_new_ones_made(it: Alone) -> None:
    async with it.db.transaction(None) as tx:
        await tx.run("SELECT make_days(9)")
        assert await tx.scalar("SELECT drop_days(1)") == 3  # of each kind the day before yesterday
        days = await tx.scalar("SELECT count(*) FROM pg_inherits WHERE inhparent = 'clicks'::regclass")
        assert days == 11
        await tx.run("SELECT make_days(9)")
        rows = await tx.rows(
            "SELECT relrowsecurity AND relforcerowsecurity AS safe FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid "
            "WHERE c.relkind = 'r' AND c.relname ~ '_[0-9]{8}$'"
        )
        assert all(row["safe"] for row in rows)


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("Blue Lamp", "blue lamp"),
        ("ada@example.org", ""),
        ("+49 30 123-4567", ""),
        ("iphone 15", "iphone 15"),
        ("x" * 300, "x" * 100),
    ],
    ids=["words", "address", "telephone", "model", "long"],
)
def test_what_is_kept_of_a_search(query: str, kept: str) -> None:
    assert anonymous(query) == kept


async def test_visitors_are_of_one_store(it: Alone, shop: Store) -> None:
    assert await it.sql("SELECT visitor FROM visits WHERE visitor = $1", UUID(int=1), store=shop) == []
