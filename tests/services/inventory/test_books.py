"""The movements of the whole store: filtered, page by page, as a file."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.harness import Alone, a_store
from tests.makers import lines_of, placed
from tests.services.inventory.stocking import a_warehouse, change, first, known, staff_of
from tradehall.contracts.stores import Store
from tradehall.kernel.ids import uuid7
from tradehall.kernel.paging import encode_cursor
from tradehall.services.inventory.api import movements

SERVICE = "inventory"
BOOKS = "/api/v1/movements"


@pytest.fixture
async def shop(it: Alone) -> Store:
    store = a_store(f"s{uuid7().hex[-12:]}")
    it.running.stores.put(store)
    for code in ("main", "far"):
        await a_warehouse(it, code, store=store)
    return store


async def listed(client: httpx.AsyncClient, **params: Any) -> list[tuple[str, int]]:
    found, cursor = [], ""
    while True:
        answer = await client.get(BOOKS, params={**params, "limit": 2, "cursor": cursor})
        assert answer.status_code == 200, answer.text
        found += [(m["kind"], m["on_hand_delta"]) for m in answer.json()["items"]]
        if not (cursor := answer.json()["next"]):
            return found


async def test_each_filter_finds_its_movements(it: Alone, shop: Store) -> None:
    lamp, oar = await known(it, store=shop), await known(it, store=shop)
    who = uuid7()
    admin, manager = it.client("store_admin", store=shop), it.client("warehouse_manager", store=shop, user_id=who)
    await change(admin, "receive", first(lamp), 5, reason="delivery", reference="DN-17")
    await change(manager, "receive", first(oar), 7, "far")
    order = placed(lines_of(lamp, 2))
    await it.given(order, key=order.order_id, store=shop)
    await change(admin, "remove", first(lamp), 1)
    everything = [("remove", -1), ("hold", 0), ("receive", 7), ("receive", 5)]
    assert await listed(admin) == everything
    assert await listed(admin, variant_id=str(first(lamp))) == [everything[0], everything[1], everything[3]]
    assert await listed(admin, sku=oar.variants[0].sku) == [everything[2]]
    assert await listed(admin, warehouse="far") == [everything[2]]
    assert await listed(admin, kind="receive") == everything[2:]
    assert await listed(admin, actor=str(who)) == [everything[2]]
    assert await listed(admin, actor="orders") == [everything[1]]
    assert await listed(admin, sku="nothing") == await listed(admin, actor=str(uuid7())) == []
    (first_one,) = (await admin.get(BOOKS, params={"kind": "receive", "warehouse": "main"})).json()["items"]
    assert (first_one["reason"], first_one["reference"], first_one["sku"]) == (
        "delivery",
        "DN-17",
        lamp.variants[0].sku,
    )


async def test_time_counts_from_and_until_to_the_microsecond(it: Alone, shop: Store) -> None:
    lamp, admin = await known(it, store=shop), it.client("store_admin", store=shop)
    for quantity in (1, 2, 3):
        await change(admin, "receive", first(lamp), quantity)
    moments = [m["at"] for m in (await admin.get(BOOKS)).json()["items"]]
    three, two, one = moments
    assert await listed(admin, since=two) == [("receive", 3), ("receive", 2)]
    assert await listed(admin, until=two) == [("receive", 1)]
    assert await listed(admin, since=two, until=three) == [("receive", 2)]
    assert await listed(admin, since=one, until=one) == []
    old = {"since": (datetime.now(UTC) - timedelta(days=365)).isoformat(), "until": one}
    assert await listed(admin, **old) == []


async def test_sellers_see_their_own_and_staff_what_is_in_their_warehouses(it: Alone, shop: Store) -> None:
    lamp, oar = await known(it, store=shop), await known(it, store=shop)
    admin = it.client("store_admin", store=shop)
    await change(admin, "receive", first(lamp), 5)
    await change(admin, "receive", first(oar), 7, "far")
    assert await listed(it.client("seller", seller_id=lamp.seller_id, store=shop)) == [("receive", 5)]
    assert await listed(await staff_of(it, "far", store=shop)) == [("receive", 7)]
    assert await listed(await staff_of(it, store=shop)) == []
    assert await listed(it.client("store_admin")) == [] or shop != it.store
    for client, status in ((it.client("shopper", store=shop), 403), (it.client(store=shop), 401)):
        for path in (BOOKS, BOOKS + ".csv"):
            assert (await client.get(path)).status_code == status
    exported = (await it.client("seller", seller_id=oar.seller_id, store=shop).get(BOOKS + ".csv")).text
    assert exported.count("\r\n") == 2


async def test_the_file_has_what_the_list_has(it: Alone, shop: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(movements, "CHUNK", 3)
    lamp, admin = await known(it, store=shop), it.client("store_admin", store=shop)
    for quantity in range(1, 8):
        await change(admin, "receive", first(lamp), quantity, reason='=HYPERLINK("x")', reference="a,\nb")
    answer = await admin.get(BOOKS + ".csv")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="movements.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [int(row["on_hand_delta"]) for row in rows] == [7, 6, 5, 4, 3, 2, 1]
    assert {(row["reason"], row["reference"]) for row in rows} == {('\'=HYPERLINK("x")', "a,\nb")}
    assert rows[0]["sku"] == lamp.variants[0].sku
    assert UUID(rows[0]["actor"])
    few = (await admin.get(BOOKS + ".csv", params={"kind": "remove"})).text
    assert few.count("\r\n") == 1
    assert (await it.client("store_admin").get(BOOKS + ".csv")).text.find(lamp.variants[0].sku) == -1


@pytest.mark.parametrize("path", [BOOKS, BOOKS + ".csv"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("variant_id", "x"),
        ("sku", "a\x00"),
        ("sku", "x" * 100),
        ("warehouse", "Main"),
        ("warehouse", "\x00"),
        ("kind", "theft"),
        ("actor", "me"),
        ("actor", "01A215B6-27F1-7756-91B7-9F9865E67B17"),
        ("since", "yesterday"),
        ("since", "2026-01-01T00:00:00"),
        ("until", "9" * 40),
        ("until", "2026-13-01T00:00:00Z"),
    ],
)
async def test_bad_filters_are_refused_by_name(it: Alone, path: str, name: str, value: str) -> None:
    answer = await it.client("store_admin").get(path, params={name: value})
    assert answer.status_code in (400, 422), answer.text
    assert {error["field"] for error in answer.json()["errors"]} == {name}


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1999-12-31T23:59:59Z"])
async def test_times_are_of_this_millennium(it: Alone, moment: str) -> None:
    for name in ("since", "until"):
        answer = await it.client("store_admin").get(BOOKS, params={name: moment})
        assert answer.status_code == 422, answer.text


@pytest.mark.parametrize("cursor", ["x", encode_cursor("x"), encode_cursor(1, 2)])
async def test_bad_cursors_are_refused(it: Alone, cursor: str) -> None:
    answer = await it.client("store_admin").get(BOOKS, params={"cursor": cursor})
    assert {error["field"] for error in answer.json()["errors"]} == {"cursor"}
