"""Warehouses: who keeps them, when they close, who works in them, which gives first."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from tests.harness import Alone
from tests.makers import an_address, confirmed, lines_of, placed
from tests.services.inventory.stocking import (
    ADDRESS,
    a_warehouse,
    change,
    drift,
    first,
    known,
    level,
    staff_of,
    transfer,
)
from tradehall.contracts.identity import UserUpdated
from tradehall.contracts.inventory import WarehouseUpdated
from tradehall.contracts.orders import OrderCancelled
from tradehall.contracts.shipping import Rate, ShippingRatesChanged
from tradehall.kernel.ids import uuid7

SERVICE = "inventory"
BOSTON, BEVERLY_HILLS = "02139", "90210"


async def two(it: Alone) -> None:
    for code, zip_code in (("main", BOSTON), ("far", BEVERLY_HILLS)):
        await a_warehouse(it, code, zip_code)
        await it.client("store_admin").post(f"/api/v1/warehouses/{code}/activate")


async def a_shed(it: Alone) -> str:
    """A warehouse in Beverly Hills in which nothing ever was."""
    code = f"shed-{uuid7().hex[-8:]}"
    await a_warehouse(it, code, BEVERLY_HILLS)
    return code


async def close(it: Alone, code: str, **who: Any) -> Any:
    return await it.client("store_admin", **who).post(f"/api/v1/warehouses/{code}/deactivate")


async def from_where(it: Alone, order_id: UUID) -> dict[str, int]:
    rows = await it.sql(
        "SELECT w.code, h.quantity FROM holds h JOIN warehouses w ON w.id = h.warehouse_id WHERE h.order_id = $1",
        order_id,
    )
    return {row["code"]: row["quantity"] for row in rows}


async def ordered(it: Alone, product: Any, quantity: int, zip_code: str) -> dict[str, int]:
    order = placed(lines_of(product, quantity), address=an_address(zip=zip_code))
    await it.given(order, key=order.order_id)
    return await from_where(it, order.order_id)


async def test_a_warehouse_closes_when_it_is_empty_and_opens_again(it: Alone) -> None:
    await two(it)
    lamp = await known(it)
    admin = it.client("store_admin")
    await change(admin, "receive", first(lamp), 2, "far")
    answer = await close(it, "far")
    assert (answer.status_code, answer.json()["type"]) == (409, "warehouse-in-use")
    assert answer.json()["extra"]["variants"] >= 1
    await change(admin, "remove", first(lamp), 2, "far")
    answer = await close(it, "far")
    assert (answer.status_code, answer.json()["active"]) == (200, False)
    assert (await close(it, "far")).json()["active"] is False
    for answer in (
        await change(admin, "receive", first(lamp), 1, "far"),
        await transfer(admin, first(lamp), 1, "main", "far"),
        await admin.post("/api/v1/counts", json={"warehouse": "far"}),
    ):
        assert (answer.status_code, answer.json()["type"]) == (409, "warehouse-closed")
    assert (await admin.post("/api/v1/warehouses/far/activate")).json()["active"] is True
    assert (await change(admin, "receive", first(lamp), 1, "far")).status_code == 201
    told = [e.active for e in await it.published(WarehouseUpdated) if e.code == "far"]
    assert told[-2:] == [False, True]


async def test_what_is_held_keeps_a_warehouse_open(it: Alone) -> None:
    await two(it)
    lamp = await known(it)
    await change(it.client("store_admin"), "receive", first(lamp), 1, "far")
    assert await ordered(it, lamp, 1, BOSTON) == {"far": 1}
    assert (await close(it, "far")).json()["type"] == "warehouse-in-use"


async def test_the_last_open_warehouse_stays_open(it: Alone) -> None:
    for code in ("a", "b", "c"):
        await a_warehouse(it, code, store=it.other)
    answers = await asyncio.gather(*(close(it, code, store=it.other) for code in ("a", "b", "c")))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 409]
    assert [a.json()["type"] for a in answers if a.status_code == 409] == ["last-warehouse"]


async def test_goods_do_not_come_into_a_warehouse_that_closes(it: Alone) -> None:
    """Receipts and the closing at once: either it is refused, or they are."""
    for _ in range(5):
        await two(it)
        lamp, admin = await known(it), it.client("store_admin")
        closing, *received = await asyncio.gather(
            close(it, "far"), *(change(admin, "receive", first(lamp), 1, "far") for _ in range(4))
        )
        there = sum(answer.status_code == 201 for answer in received)
        assert (closing.status_code == 200) == (there == 0)
        if there:
            await change(admin, "remove", first(lamp), there, "far")
    assert await drift(it) == []


async def test_what_comes_back_to_a_closed_warehouse_comes_to_an_open_one(it: Alone) -> None:
    await two(it)
    shed = await a_shed(it)
    lamp = await known(it)
    await change(it.client("store_admin"), "receive", first(lamp), 2, shed)
    order = placed(lines_of(lamp, 2))
    await it.given(order, key=order.order_id)
    await it.given(confirmed(order), key=order.order_id)
    assert (await close(it, shed)).status_code == 200
    await it.given(OrderCancelled(order_id=order.order_id, cancellation_reason="r"), key=order.order_id)
    rows = await it.sql(
        "SELECT w.code, l.on_hand FROM levels l JOIN warehouses w ON w.id = l.warehouse_id WHERE variant_id = $1 "
        "AND on_hand > 0",
        first(lamp),
    )
    assert [(row["code"], row["on_hand"]) for row in rows] == [("far", 2)], "the first by priority and code"
    assert await drift(it) == []


async def test_nothing_is_sold_from_a_closed_warehouse_also_if_it_is_nearest(it: Alone) -> None:
    await two(it)
    shed = await a_shed(it)
    lamp = await known(it)
    await change(it.client("store_admin"), "receive", first(lamp), 2, "main")
    assert (await close(it, shed)).status_code == 200
    assert await ordered(it, lamp, 1, BEVERLY_HILLS) == {"main": 1}


async def test_the_smaller_priority_gives_first_however_far(it: Alone) -> None:
    await two(it)
    lamp, admin = await known(it), it.client("store_admin")
    for code in ("main", "far"):
        await change(admin, "receive", first(lamp), 4, code)
    data = {"name": "Far", "address": {**ADDRESS, "zip": BEVERLY_HILLS}}
    assert await ordered(it, lamp, 1, BEVERLY_HILLS) == {"far": 1}
    answer = await admin.put("/api/v1/warehouses/far", json={**data, "priority": 5})
    assert (answer.status_code, answer.json()["priority"]) == (200, 5)
    assert await ordered(it, lamp, 1, BEVERLY_HILLS) == {"main": 1}
    assert await ordered(it, lamp, 5, BEVERLY_HILLS) == {"main": 3, "far": 2}


@pytest.mark.parametrize("measure", ["earth", "zip"])
async def test_goods_leave_from_where_shipping_is_reckoned(it: Alone, measure: Any) -> None:
    """To Denver it is nearer from Chicago on earth, from Seattle by number."""
    store = it.other
    for code, zip_code in (("chicago", "60601"), ("seattle", "98101")):
        await a_warehouse(it, code, zip_code, store=store)
    lamp = await known(it, store=store)
    for code in ("chicago", "seattle"):
        await change(it.client("store_admin", store=store), "receive", first(lamp), 3, code)
    rate = Rate(code="van", name="Van", kind="distance", measure=measure, origins=["60601", "98101"])
    await it.given(ShippingRatesChanged(rates=[rate]), key=str(store.id), store=store)
    order = placed(lines_of(lamp, 1), address=an_address(zip="80202"))
    await it.given(order, key=order.order_id, store=store)
    (row,) = await it.sql(
        "SELECT w.address->>'zip' AS zip FROM holds h JOIN warehouses w ON w.id = h.warehouse_id WHERE order_id = $1",
        order.order_id,
        store=store,
    )
    assert row["zip"] == {"earth": "60601", "zip": "98101"}[measure]
    alone = Rate(code="x", name="X", kind="distance", measure=measure, origins=[row["zip"]])
    assert rate.cost(items=1, subtotal=0, to_zip="80202") == alone.cost(items=1, subtotal=0, to_zip="80202")
    await it.given(ShippingRatesChanged(rates=[Rate(code="f", name="F")]), key=str(store.id), store=store)
    assert [r["measure"] for r in await it.sql("SELECT measure FROM measures", store=store)] == ["earth"]


async def test_staff_works_in_the_own_warehouses_only(it: Alone) -> None:
    await two(it)
    await a_warehouse(it, "mine", "02140")
    lamp, admin = await known(it), it.client("store_admin")
    await change(admin, "receive", first(lamp), 5, "far")
    sam = await staff_of(it, "main", "mine")
    assert (await change(sam, "receive", first(lamp), 6)).status_code == 201
    assert (await change(sam, "remove", first(lamp), 1)).status_code == 201
    assert (await change(sam, "count", first(lamp), 4)).status_code == 201
    assert (await transfer(sam, first(lamp), 1, "main", "mine")).status_code == 201
    for answer in (
        await change(sam, "receive", first(lamp), 1, "far"),
        await change(sam, "remove", first(lamp), 1, "far"),
        await change(sam, "count", first(lamp), 1, "far"),
        await transfer(sam, first(lamp), 1, "main", "far"),
        await transfer(sam, first(lamp), 1, "far", "main"),
        await change(sam, "adjust", first(lamp), 1, reason="mine"),
        await sam.put(f"/api/v1/stock/{first(lamp)}/threshold", json={"threshold": 1}),
        await sam.put(f"/api/v1/stock/{first(lamp)}/backorder", json={"policy": "allow"}),
        await sam.put("/api/v1/warehouses/main", json={"name": "x", "address": ADDRESS}),
        await sam.post("/api/v1/warehouses/main/deactivate"),
        await sam.put("/api/v1/warehouses/main/staff", json={"user_ids": []}),
        await sam.get("/api/v1/backorders"),
    ):
        assert answer.status_code == 403, answer.text
    assert await level(it, first(lamp)) == (9, 0)
    seen = (await sam.get("/api/v1/stock", params={"limit": 100})).json()["items"]
    assert {item["warehouse"] for item in seen} <= {"main", "mine"}
    moved = (await sam.get(f"/api/v1/stock/{first(lamp)}/movements")).json()["items"]
    assert {m["warehouse"] for m in moved} == {"main", "mine"}
    assert {m["actor_name"] for m in moved} == {"Sam Shelf"}
    assert (await change(await staff_of(it), "receive", first(lamp), 1)).status_code == 404


async def test_managers_do_all_stock_work_and_keep_warehouses(it: Alone) -> None:
    await two(it)
    lamp, manager = await known(it), it.client("warehouse_manager")
    assert (await change(manager, "receive", first(lamp), 6)).status_code == 201
    assert (await change(manager, "adjust", first(lamp), 1, reason="found")).status_code == 201
    assert (await transfer(manager, first(lamp), 1)).status_code == 201
    assert (await manager.put(f"/api/v1/stock/{first(lamp)}/threshold", json={"threshold": 1})).status_code == 200
    assert (await manager.put("/api/v1/warehouses/new", json={"name": "x", "address": ADDRESS})).status_code == 200
    assert (await manager.post("/api/v1/warehouses/new/deactivate")).status_code == 200
    assert (await manager.get("/api/v1/warehouses/main/staff")).status_code == 200


async def test_only_warehouse_staff_of_the_store_is_assigned(it: Alone) -> None:
    await two(it)
    admin, sam, id = it.client("store_admin"), await staff_of(it), uuid7()
    stranger = await staff_of(it, store=it.other)
    known_ids = [person["id"] for person in (await admin.get("/api/v1/warehouse-staff")).json()["items"]]
    rows = await it.sql("SELECT id FROM people", store=it.other)
    assert stranger is not sam
    foreign = str(rows[0]["id"])
    assert foreign not in known_ids
    wanted = [known_ids[0], str(id), foreign]
    answer = await admin.put("/api/v1/warehouses/main/staff", json={"user_ids": wanted})
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"user_ids[1]", "user_ids[2]"}
    answer = await admin.put("/api/v1/warehouses/main/staff", json={"user_ids": [known_ids[0]] * 2})
    assert [(p["user_id"], p["name"]) for p in answer.json()["items"]] == [(known_ids[0], "Sam Shelf")]
    demoted = UserUpdated(user_id=UUID(known_ids[0]), email="a@example.com", name="Sam", roles=["shopper"])
    await it.given(demoted, key=demoted.user_id)
    assert known_ids[0] not in str((await admin.get("/api/v1/warehouse-staff")).json())
    assert (await admin.put("/api/v1/warehouses/main/staff", json={"user_ids": []})).json() == {"items": []}


async def test_staff_of_one_store_is_nobody_in_another(it: Alone) -> None:
    await two(it)
    await a_warehouse(it, "main", store=it.other)
    theirs = await known(it, store=it.other)
    sam = await staff_of(it, "main")
    sam.headers["host"] = it.other.hosts[0]
    assert (await change(sam, "receive", first(theirs), 1)).status_code == 401


@pytest.mark.parametrize("path", ["deactivate", "activate"])
async def test_unknown_warehouses_are_404(it: Alone, path: str) -> None:
    admin = it.client("store_admin")
    assert (await admin.post(f"/api/v1/warehouses/nowhere/{path}")).json()["type"] == "unknown-warehouse"
    assert (await admin.put("/api/v1/warehouses/nowhere/staff", json={"user_ids": []})).status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("main/staff", {"user_ids": ["x"]}, "user_ids[0]"),
        ("main/staff", {"user_ids": None}, "user_ids"),
        ("main/staff", {}, "user_ids"),
        ("main/staff", {"user_ids": [str(uuid7())] * 201}, "user_ids"),
        ("main", {"name": "x", "address": ADDRESS, "priority": -1}, "priority"),
        ("main", {"name": "x", "address": ADDRESS, "priority": 10**30}, "priority"),
        ("main", {"name": "x", "address": ADDRESS, "priority": "first"}, "priority"),
    ],
)
async def test_bad_input_is_422_and_named(it: Alone, path: str, body: Any, field: str) -> None:
    answer = await it.client("store_admin").put(f"/api/v1/warehouses/{path}", json=body)
    assert answer.status_code == 422, answer.text
    assert {error["field"] for error in answer.json()["errors"]} == {field}
