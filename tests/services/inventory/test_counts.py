"""Count sheets: counted line by line, booked at once or dropped; what moves in between is no difference."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.harness import Alone
from tests.makers import confirmed, lines_of, placed
from tests.services.inventory.stocking import a_warehouse, change, drift, first, known, level, staff_of, transfer
from tradehall.contracts.catalog import ProductCreated
from tradehall.contracts.inventory import ProductQuantityUpdated
from tradehall.kernel.ids import uuid7

SERVICE = "inventory"
COUNTS = "/api/v1/counts"


async def stocked(it: Alone, *quantities: int) -> ProductCreated:
    """So many of each variant, in a warehouse."""
    for code in ("main", "far"):
        await a_warehouse(it, code)
    lamp = await known(it, *(100 for _ in quantities))
    for variant, quantity in zip(lamp.variants, quantities, strict=True):
        await change(it.client("store_admin"), "receive", variant.variant_id, quantity)
    return lamp


async def begun(client: httpx.AsyncClient, warehouse: str = "main", note: str = "") -> str:
    answer = await client.post(COUNTS, json={"warehouse": warehouse, "note": note})
    assert answer.status_code == 201, answer.text
    return f"{COUNTS}/{answer.json()['id']}"


async def counted(client: httpx.AsyncClient, sheet: str, *lines: tuple[UUID | str, int]) -> httpx.Response:
    rows = [{"sku" if isinstance(of, str) else "variant_id": str(of), "counted": n} for of, n in lines]
    return await client.put(f"{sheet}/lines", json={"lines": rows})


async def lines_of_sheet(client: httpx.AsyncClient, sheet: str, **params: Any) -> dict[str, dict[str, Any]]:
    found, cursor = [], ""
    while True:
        page = (await client.get(f"{sheet}/lines", params={**params, "limit": 2, "cursor": cursor})).json()
        found += page["items"]
        if not (cursor := page["next"]):
            assert len({line["variant_id"] for line in found}) == len(found)
            return {line["variant_id"]: line for line in found}


async def test_differences_are_shown_and_booked_at_once(it: Alone) -> None:
    lamp = await stocked(it, 10, 20, 30)
    one, two, three = (variant.variant_id for variant in lamp.variants)
    admin = it.client("store_admin")
    sheet = await begun(admin, note="yearly")
    shown = await lines_of_sheet(admin, sheet)
    assert shown[str(one)]["counted"] is None
    answer = await counted(admin, sheet, (one, 8), (lamp.variants[1].sku, 21))
    assert (answer.status_code, answer.json()["lines"], answer.json()["differing"]) == (200, 2, 2)
    assert (await counted(admin, sheet, (three, 30))).json()["differing"] == 2
    shown = await lines_of_sheet(admin, sheet, differing=True)
    assert {id: line["difference"] for id, line in shown.items()} == {str(one): -2, str(two): 1}
    assert await level(it, one) == (10, 0), "nothing is booked yet"
    booked = (await admin.post(f"{sheet}/book")).json()
    assert (booked["state"], booked["ended_by"] is not None) == ("booked", True)
    assert [(await level(it, id))[0] for id in (one, two, three)] == [8, 21, 30]
    (newest, _) = (await admin.get(f"/api/v1/stock/{one}/movements")).json()["items"]
    assert (newest["kind"], newest["on_hand_delta"], newest["reason"]) == ("count", -2, "yearly")
    assert newest["count_id"] == booked["id"]
    told = [e.available for e in await it.published(ProductQuantityUpdated) if e.variant_id in (one, two, three)]
    assert sorted(told) == [8, 10, 20, 21, 30]
    assert await drift(it) == []


async def test_what_moves_while_it_is_counted_is_no_difference(it: Alone) -> None:
    lamp = await stocked(it, 10)
    admin, id = it.client("store_admin"), first(lamp)
    sheet = await begun(admin)
    await counted(admin, sheet, (id, 9))
    await change(admin, "receive", id, 5)
    await change(admin, "remove", id, 1)
    await transfer(admin, id, 2)
    order = placed(lines_of(lamp, 3))
    await it.given(order, key=order.order_id)
    await it.given(confirmed(order), key=order.order_id)
    line = (await lines_of_sheet(admin, sheet))[str(id)]
    assert (line["expected"], line["counted"], line["difference"], line["on_hand"]) == (10, 9, -1, 9)
    assert (await admin.post(f"{sheet}/book")).status_code == 200
    assert (await level(it, id))[0] == 10 - 1 + 5 - 1 - 3
    assert await drift(it) == []


async def test_what_was_put_right_elsewhere_is_counted_again(it: Alone) -> None:
    lamp = await stocked(it, 10, 10)
    one, two = (variant.variant_id for variant in lamp.variants)
    admin = it.client("store_admin")
    sheet, other = await begun(admin), await begun(admin)
    await counted(admin, sheet, (one, 8), (two, 8))
    await counted(admin, other, (one, 8))
    assert (await admin.post(f"{other}/book")).status_code == 200
    answer = await admin.post(f"{sheet}/book")
    assert (answer.status_code, answer.json()["type"]) == (409, "count-outdated")
    assert answer.json()["extra"]["lines"] == [lamp.variants[0].sku]
    assert [(await level(it, id))[0] for id in (one, two)] == [8, 10], "all or nothing"
    await change(admin, "adjust", two, -1, reason="broken")
    assert len((await admin.post(f"{sheet}/book")).json()["extra"]["lines"]) == 2
    await counted(admin, sheet, (one, 8), (two, 8))
    assert (await admin.post(f"{sheet}/book")).status_code == 200
    assert [(await level(it, id))[0] for id in (one, two)] == [8, 8]


async def test_what_is_held_cannot_be_counted_away(it: Alone) -> None:
    lamp = await stocked(it, 5, 5)
    order = placed(lines_of(lamp, 4))
    await it.given(order, key=order.order_id)
    admin = it.client("store_admin")
    sheet = await begun(admin)
    await counted(admin, sheet, (first(lamp), 3), (lamp.variants[1].variant_id, 3))
    answer = await admin.post(f"{sheet}/book")
    assert (answer.status_code, answer.json()["type"]) == (409, "not-enough-stock")
    assert answer.json()["extra"]["lines"] == [lamp.variants[0].sku]
    assert (await admin.delete(f"{sheet}/lines/{first(lamp)}")).json()["lines"] == 1
    assert (await admin.post(f"{sheet}/book")).status_code == 200
    assert await level(it, first(lamp)) == (5, 4)
    assert await level(it, lamp.variants[1].variant_id) == (3, 0)


async def test_what_was_not_expected_is_found_by_its_sku(it: Alone) -> None:
    await stocked(it, 1)
    oar = await known(it)
    admin = it.client("store_admin")
    sheet = await begun(admin, "far")
    await counted(admin, sheet, (oar.variants[0].sku, 4))
    assert (await lines_of_sheet(admin, sheet))[str(first(oar))]["expected"] == 0
    assert (await admin.post(f"{sheet}/book")).status_code == 200
    assert await level(it, first(oar)) == (4, 0)


async def test_a_dropped_count_changes_nothing_and_an_ended_one_is_closed(it: Alone) -> None:
    lamp = await stocked(it, 5)
    admin = it.client("store_admin")
    sheet = await begun(admin)
    await counted(admin, sheet, (first(lamp), 1))
    assert (await admin.post(f"{sheet}/drop")).json()["state"] == "dropped"
    assert await level(it, first(lamp)) == (5, 0)
    for answer in (
        await counted(admin, sheet, (first(lamp), 1)),
        await admin.delete(f"{sheet}/lines/{first(lamp)}"),
        await admin.post(f"{sheet}/book"),
        await admin.post(f"{sheet}/drop"),
    ):
        assert (answer.status_code, answer.json()["type"]) == (409, "count-ended")


async def test_booked_twice_at_once_counts_once(it: Alone) -> None:
    lamp = await stocked(it, 10)
    admin = it.client("store_admin")
    sheet = await begun(admin)
    await counted(admin, sheet, (first(lamp), 7))
    answers = await asyncio.gather(*(admin.post(f"{sheet}/book") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert await level(it, first(lamp)) == (7, 0)


async def test_counting_and_moving_at_once_keeps_the_books(it: Alone) -> None:
    """Whatever comes first: the count finds 2 missing, 4 come in, 3 are ordered."""
    for _ in range(4):
        lamp = await stocked(it, 10)
        admin, id = it.client("store_admin"), first(lamp)
        sheet = await begun(admin)
        await counted(admin, sheet, (id, 8))
        orders = [placed(lines_of(lamp, 1)) for _ in range(3)]
        await asyncio.gather(
            admin.post(f"{sheet}/book"),
            *(change(admin, "receive", id, 1) for _ in range(4)),
            *(it.given(order, key=order.order_id) for order in orders),
        )
        assert await level(it, id) == (12, 3)
    assert await drift(it) == []


async def test_sellers_count_their_own_goods_only(it: Alone) -> None:
    mine, theirs = await stocked(it, 5), await stocked(it, 7)
    seller = it.client("seller", seller_id=mine.seller_id)
    sheet = await begun(seller)
    assert set(await lines_of_sheet(seller, sheet)) == {str(first(mine))}
    assert (await counted(seller, sheet, (first(theirs), 1))).status_code == 404
    answer = await counted(seller, sheet, (theirs.variants[0].sku, 1))
    assert {error["field"] for error in answer.json()["errors"]} == {"lines[0].sku"}
    await counted(seller, sheet, (first(mine), 4))
    for client, status in (
        (it.client("seller", seller_id=theirs.seller_id), 404),
        (await staff_of(it, "far"), 404),
        (it.client("store_admin", store=it.other), 404),
        (it.client("shopper"), 403),
        (it.client(), 401),
    ):
        for method, path in (
            ("GET", ""),
            ("GET", "/lines"),
            ("POST", "/book"),
            ("POST", "/drop"),
            ("DELETE", f"/lines/{first(mine)}"),
        ):
            assert (await client.request(method, sheet + path)).status_code == status
        assert (await counted(client, sheet, (first(mine), 1))).status_code == status
    assert (await seller.post(f"{sheet}/book")).status_code == 200
    assert await level(it, first(mine)) == (4, 0)
    assert await level(it, first(theirs)) == (7, 0)
    whole = await begun(it.client("store_admin"))
    assert (await seller.get(whole)).status_code == 404


async def test_staff_counts_in_the_own_warehouse(it: Alone) -> None:
    lamp = await stocked(it, 5)
    sam = await staff_of(it, "main")
    sheet = await begun(sam)
    assert (await counted(sam, sheet, (first(lamp), 6))).status_code == 200
    assert (await sam.post(f"{sheet}/book")).status_code == 200
    assert await level(it, first(lamp)) == (6, 0)
    assert (await sam.post(COUNTS, json={"warehouse": "far"})).status_code == 403
    listed = (await sam.get(COUNTS, params={"status": "booked"})).json()["items"]
    assert sheet.rpartition("/")[2] in {item["id"] for item in listed}
    assert {item["warehouse"] for item in listed} == {"main"}


@pytest.mark.parametrize(
    ("lines", "fields"),
    [
        ([], {"lines"}),
        ([{"counted": 1}], {"lines[0]"}),
        ([{"counted": 1, "sku": "A", "variant_id": str(uuid7())}], {"lines[0]"}),
        ([{"counted": -1, "variant_id": str(uuid7())}], {"lines[0].counted"}),
        ([{"counted": 10**30, "variant_id": str(uuid7())}], {"lines[0].counted"}),
        ([{"counted": 1, "variant_id": "x"}], {"lines[0].variant_id"}),
        ([{"counted": 1, "sku": "a\x00"}], {"lines[0].sku"}),
        ([{"counted": 1, "sku": "nothing"}, {"counted": 1}], {"lines[0].sku", "lines[1]"}),
        ([{"counted": 1, "variant_id": "0" * 8 + "-0000-7000-8000-" + "0" * 12}] * 2, {"lines[1]"}),
        ([{"counted": 1, "sku": "x"}] * 501, {"lines"}),
    ],
)
async def test_bad_lines_are_422_and_named(it: Alone, lines: Any, fields: set[str]) -> None:
    await stocked(it, 1)
    admin = it.client("store_admin")
    answer = await admin.put(f"{await begun(admin)}/lines", json={"lines": lines})
    assert answer.status_code == 422, answer.text
    assert {error["field"] for error in answer.json()["errors"]} == fields


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 422), ({"warehouse": "Main"}, 422), ({"warehouse": "main", "note": "\x00"}, 422), ({"warehouse": "no"}, 404)],
)
async def test_bad_counts_are_refused(it: Alone, body: Any, status: int) -> None:
    assert (await it.client("store_admin").post(COUNTS, json=body)).status_code == status


async def test_unknown_counts_and_bad_parameters_are_refused(it: Alone) -> None:
    admin = it.client("store_admin")
    assert (await admin.get(f"{COUNTS}/{uuid7()}")).json()["type"] == "unknown-count"
    for params in ({"status": "lost"}, {"cursor": "x"}, {"limit": "0"}):
        assert (await admin.get(COUNTS, params=params)).status_code in (400, 422)
    assert (await admin.get(f"{await begun(admin)}/lines", params={"cursor": "x"})).status_code == 422
