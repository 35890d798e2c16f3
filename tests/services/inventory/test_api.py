"""Stock and warehouses by the API, and who may see and move them."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from tests.harness import Alone
from tests.makers import an_address, lines_of, placed
from tests.services.inventory.stocking import ADDRESS, a_warehouse, change, drift, first, known, level, transfer
from tradehall.contracts.inventory import InventoryRejected, InventoryReserved, ProductQuantityUpdated, WarehouseUpdated
from tradehall.kernel.ids import uuid7
from tradehall.kernel.paging import encode_cursor

SERVICE = "inventory"


async def test_goods_come_in_go_out_and_are_counted(it: Alone) -> None:
    await a_warehouse(it)
    lamp = await known(it)
    seller = it.client("seller", seller_id=lamp.seller_id)
    answer = await change(seller, "receive", first(lamp), 10, reason="delivery")
    assert answer.status_code == 201
    assert (answer.json()["on_hand"], answer.json()["available"]) == (10, 10)
    assert (await change(seller, "remove", first(lamp), 3)).json()["on_hand"] == 7
    assert (await change(seller, "count", first(lamp), 5)).json()["on_hand"] == 5
    assert (await change(seller, "count", first(lamp), 5)).json()["on_hand"] == 5
    assert (await change(seller, "receive", first(lamp), 0)).json()["on_hand"] == 5
    movements = (await seller.get(f"/api/v1/stock/{first(lamp)}/movements")).json()["items"]
    assert [(m["kind"], m["on_hand_delta"]) for m in movements] == [("count", -2), ("remove", -3), ("receive", 10)]
    assert movements[-1]["reason"] == "delivery"
    told = [e.available for e in await it.published(ProductQuantityUpdated, count=3) if e.variant_id == first(lamp)]
    assert told == [10, 7, 5]
    assert await drift(it) == []


async def test_stock_is_put_right_with_a_reason(it: Alone) -> None:
    await a_warehouse(it)
    lamp = await known(it)
    seller = it.client("seller", seller_id=lamp.seller_id)
    assert (await change(seller, "adjust", first(lamp), 8, reason="found behind the shelf")).json()["on_hand"] == 8
    assert (await change(seller, "adjust", first(lamp), -3, reason="broken")).json()["on_hand"] == 5
    assert (await change(seller, "adjust", first(lamp), 0, reason="looked")).json()["on_hand"] == 5
    order = placed(lines_of(lamp, 4))
    await it.given(order, key=order.order_id)
    assert (await change(seller, "adjust", first(lamp), -2, reason="broken")).status_code == 409
    for reason in ("", "  ", "\n"):
        answer = await change(seller, "adjust", first(lamp), 1, reason=reason)
        assert answer.status_code == 422
        assert {error["field"] for error in answer.json()["errors"]} == {"reason"}
    data = {"variant_id": str(first(lamp)), "warehouse": "main", "quantity": 1}
    assert (await seller.post("/api/v1/stock/adjust", json=data)).status_code == 422
    movements = (await seller.get(f"/api/v1/stock/{first(lamp)}/movements")).json()["items"]
    assert [(m["kind"], m["on_hand_delta"], m["reason"]) for m in movements if m["kind"] == "adjust"] == [
        ("adjust", -3, "broken"),
        ("adjust", 8, "found behind the shelf"),
    ]
    assert await drift(it) == []


async def test_what_is_not_there_cannot_leave(it: Alone) -> None:
    await a_warehouse(it)
    lamp = await known(it)
    seller = it.client("seller", seller_id=lamp.seller_id)
    await change(seller, "receive", first(lamp), 5)
    order = placed(lines_of(lamp, 3))
    await it.given(order, key=order.order_id)
    for kind, quantity in (("remove", 6), ("remove", 3), ("count", 2), ("count", 0)):
        answer = await change(seller, kind, first(lamp), quantity)
        assert answer.status_code == 409
        assert answer.json()["type"] == "not-enough-stock"
    assert await level(it, first(lamp)) == (5, 3)
    assert (await change(seller, "remove", first(lamp), 2)).json()["available"] == 0


async def test_a_refused_change_leaves_no_trace(it: Alone) -> None:
    await a_warehouse(it)
    lamp = await known(it)
    seller = it.client("seller", seller_id=lamp.seller_id)
    assert (await change(seller, "remove", first(lamp), 1)).status_code == 409
    assert await it.sql("SELECT 1 FROM levels WHERE variant_id = $1", first(lamp)) == []
    assert await it.sql("SELECT 1 FROM movements WHERE variant_id = $1", first(lamp)) == []


async def test_a_stock_take_is_all_or_nothing(it: Alone) -> None:
    await a_warehouse(it)
    lamp = await known(it, 100, 200)
    seller = it.client("seller", seller_id=lamp.seller_id)
    one, two = (str(v.variant_id) for v in lamp.variants)

    async def take(*counts: tuple[str, int]) -> Any:
        rows = [{"variant_id": id, "warehouse": "main", "quantity": n} for id, n in counts]
        return await seller.post("/api/v1/stock/counts", json={"counts": rows})

    assert (await take((one, 4), (two, 6))).status_code == 201
    assert (await take((one, 9), (str(uuid7()), 1))).status_code == 404
    assert await level(it, UUID(one)) == (4, 0)
    order = placed(lines_of(lamp, 0, 6)[1:])
    await it.given(order, key=order.order_id)
    assert (await take((one, 9), (two, 5))).status_code == 409
    assert await level(it, UUID(one)) == (4, 0)
    assert (await take((two, 6), (one, 1), (two, 7))).status_code == 201
    assert await level(it, UUID(two)) == (7, 6)
    assert await drift(it) == []


async def test_a_seller_sees_and_moves_the_own_stock_only(it: Alone) -> None:
    await a_warehouse(it)
    await a_warehouse(it, store=it.other)
    mine, theirs = await known(it), await known(it)
    for product in (mine, theirs):
        await change(it.client("seller", seller_id=product.seller_id), "receive", first(product), 4)
    seller, admin = it.client("seller", seller_id=mine.seller_id), it.client("store_admin")
    seen = (await seller.get("/api/v1/stock", params={"limit": 100})).json()["items"]
    assert {item["variant_id"] for item in seen} == {str(first(mine))}
    everything = (await admin.get("/api/v1/stock", params={"limit": 100})).json()["items"]
    assert {str(first(mine)), str(first(theirs))} <= {item["variant_id"] for item in everything}

    strangers: list[tuple[Any, int]] = [
        (it.client("seller", seller_id=theirs.seller_id), 404),
        (it.client("seller", seller_id=mine.seller_id, store=it.other), 404),
        (it.client("store_admin", store=it.other), 404),
        (it.client("seller"), 403),
        (it.client("shopper"), 403),
        (it.client(), 401),
    ]
    for client, status in strangers:
        assert (await client.get(f"/api/v1/stock/{first(mine)}/movements")).status_code == status
        for kind in ("receive", "remove", "count", "adjust"):
            assert (await change(client, kind, first(mine), 1, reason="mine")).status_code == status
    assert await level(it, first(mine)) == (4, 0)
    assert (await it.client("seller").get("/api/v1/stock")).status_code == 403
    assert (await it.client("store_admin", store=it.other).get("/api/v1/stock")).json()["items"] == []


async def test_only_admins_keep_warehouses(it: Alone) -> None:
    await a_warehouse(it, "north", "04101")
    await a_warehouse(it, "north", "04102")
    kept = (await it.client("seller", seller_id=uuid7()).get("/api/v1/warehouses")).json()
    assert [w["address"]["zip"] for w in kept if w["code"] == "north"] == ["04102"]
    told = [e for e in await it.published(WarehouseUpdated, count=2) if e.code == "north"]
    assert len({e.warehouse_id for e in told}) == 1
    data = {"name": "x", "address": ADDRESS}
    for roles, status in ((("seller",), 403), (("shopper",), 403), ((), 401)):
        assert (await it.client(*roles).put("/api/v1/warehouses/north", json=data)).status_code == status
    theirs = (await it.client("store_admin", store=it.other).get("/api/v1/warehouses")).json()
    assert "north" not in {w["code"] for w in theirs}


async def test_unknown_places_and_variants_are_404(it: Alone) -> None:
    await a_warehouse(it)
    lamp = await known(it)
    admin = it.client("store_admin")
    assert (await change(admin, "receive", first(lamp), 1, warehouse="nowhere")).json()["type"] == "unknown-warehouse"
    assert (await change(admin, "receive", uuid7(), 1)).json()["type"] == "unknown-variant"
    assert (await admin.get(f"/api/v1/stock/{uuid7()}/movements")).status_code == 404


async def test_pages_hold_every_level_and_movement_once(it: Alone) -> None:
    for code in ("main", "east", "west"):
        await a_warehouse(it, code)
    lamp = await known(it, 100, 100)
    seller = it.client("seller", seller_id=lamp.seller_id)
    for variant in lamp.variants:
        for code in ("main", "east", "west"):
            await change(seller, "receive", variant.variant_id, 1, code)
    for path, size in (("/api/v1/stock", 6), (f"/api/v1/stock/{first(lamp)}/movements", 3)):
        found, cursor = [], None
        while True:
            page = (await seller.get(path, params={"limit": 2, **({"cursor": cursor} if cursor else {})})).json()
            found += [(item["variant_id"], item["warehouse"]) for item in page["items"]]
            if (cursor := page["next"]) is None:
                break
        assert len(found) == len(set(found)) == size


BAD: list[tuple[str, Any, str]] = [
    ("quantity", 10**30, "quantity"),
    ("quantity", 1_000_001, "quantity"),
    ("quantity", 1.5, "quantity"),
    ("quantity", "many", "quantity"),
    ("quantity", None, "quantity"),
    ("variant_id", "x", "variant_id"),
    ("variant_id", 1, "variant_id"),
    ("warehouse", "", "warehouse"),
    ("warehouse", "a\x00", "warehouse"),
    ("warehouse", "x" * 10_000, "warehouse"),
    ("warehouse", "'; DROP TABLE levels; --", "warehouse"),
    ("reason", "a\x00b", "reason"),
    ("reason", "x" * 10_000, "reason"),
    ("reason", 5, "reason"),
]


@pytest.mark.parametrize(("field", "value", "named"), BAD, ids=lambda v: repr(v)[:30])
@pytest.mark.parametrize("kind", ["receive", "remove", "count", "adjust"])
async def test_bad_moves_are_422_and_named(it: Alone, kind: str, field: str, value: Any, named: str) -> None:
    data = {"variant_id": str(uuid7()), "warehouse": "main", "quantity": 1, "reason": "r", field: value}
    answer = await it.client("store_admin").post(f"/api/v1/stock/{kind}", json=data)
    assert answer.status_code == 422, answer.text
    assert {error["field"] for error in answer.json()["errors"]} == {named}


@pytest.mark.parametrize(("kind", "quantity"), [("receive", -1), ("remove", -1), ("count", -1), ("adjust", -1_000_001)])
async def test_too_little_is_422(it: Alone, kind: str, quantity: int) -> None:
    answer = await change(it.client("store_admin"), kind, uuid7(), quantity, reason="r")
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"quantity"}


@pytest.mark.parametrize("code", ["Main", "main%0A", "%00", "a b", "x" * 300, "-a", "%C3%A9"])
async def test_bad_warehouse_codes_are_refused(it: Alone, code: str) -> None:
    answer = await it.client("store_admin").put(f"/api/v1/warehouses/{code}", json={"name": "n", "address": ADDRESS})
    assert answer.status_code in (404, 422), answer.text


@pytest.mark.parametrize(
    "data", [{}, {"name": "a\x00", "address": ADDRESS}, {"name": "n", "address": {**ADDRESS, "zip": "?"}}, [], None, 5]
)
async def test_bad_warehouses_are_422(it: Alone, data: Any) -> None:
    answer = await it.client("store_admin").put("/api/v1/warehouses/bad", json=data)
    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize(
    "params",
    [
        {"cursor": "x"},
        {"cursor": encode_cursor(uuid7())},
        {"cursor": encode_cursor(uuid7(), "a\x00b")},
        {"cursor": encode_cursor(uuid7(), 5)},
        {"cursor": "A" * 10_000},
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "9" * 40},
    ],
)
async def test_bad_parameters_are_refused(it: Alone, params: dict[str, str]) -> None:
    answer = await it.client("store_admin").get("/api/v1/stock", params=params)
    assert answer.status_code in (400, 422), answer.text
    assert {error["field"] for error in answer.json()["errors"]} == set(params)


async def test_a_full_warehouse_takes_no_more(it: Alone) -> None:
    await a_warehouse(it)
    lamp = await known(it)
    admin = it.client("store_admin")
    await change(admin, "receive", first(lamp), 1_000_000)
    await it.sql(
        "INSERT INTO movements (id, variant_id, warehouse_id, kind, on_hand_delta, reserved_delta, actor) "
        "SELECT gen_random_uuid(), variant_id, warehouse_id, 'receive', 99000000, 0, 'test' FROM levels "
        "WHERE variant_id = $1",
        first(lamp),
    )
    assert (await change(admin, "receive", first(lamp), 1)).status_code == 422
    assert (await change(admin, "adjust", first(lamp), 1, reason="found")).status_code == 422


async def test_movements_cannot_be_rewritten(it: Alone) -> None:
    for sql in ("UPDATE movements SET reason = 'x'", "DELETE FROM movements", "TRUNCATE movements"):
        with pytest.raises(Exception, match="permission denied"):
            await it.sql(sql)


async def test_levels_change_by_movements_only(it: Alone) -> None:
    await a_warehouse(it)
    lamp = await known(it)
    await change(it.client("store_admin"), "receive", first(lamp), 5)
    for sql in (
        "UPDATE levels SET on_hand = on_hand + 1 WHERE variant_id = $1",
        "UPDATE levels SET reserved = 1 WHERE variant_id = $1",
        "INSERT INTO levels (variant_id, warehouse_id, product_id, on_hand) "
        "SELECT gen_random_uuid(), warehouse_id, product_id, 1 FROM levels WHERE variant_id = $1",
    ):
        with pytest.raises(Exception, match="by movements only"):
            await it.sql(sql, first(lamp))
    with pytest.raises(Exception, match="permission denied"):
        await it.sql("DELETE FROM levels WHERE variant_id = $1", first(lamp))
    assert await drift(it) == []


@pytest.mark.parametrize(
    ("kind", "on_hand", "reserved", "reason"),
    [
        ("receive", -1, 0, ""),
        ("remove", 1, 0, ""),
        ("adjust", 1, 0, ""),
        ("adjust", 0, 1, "why"),
        ("transfer_in", 1, 0, ""),
        ("hold", 1, 1, ""),
        ("hold", 0, -1, ""),
        ("deduct", -1, 0, ""),
        ("release", 0, 1, ""),
        ("restock", 1, 1, ""),
        ("theft", -1, 0, ""),
    ],
)
async def test_a_movement_does_what_its_kind_says(
    it: Alone, kind: str, on_hand: int, reserved: int, reason: str
) -> None:
    await a_warehouse(it)
    lamp = await known(it)
    await change(it.client("store_admin"), "receive", first(lamp), 5)
    with pytest.raises(asyncpg.CheckViolationError):
        await it.sql(
            "INSERT INTO movements (id, variant_id, warehouse_id, kind, on_hand_delta, reserved_delta, actor, reason) "
            "SELECT gen_random_uuid(), variant_id, warehouse_id, $2, $3, $4, 'test', $5 FROM levels "
            "WHERE variant_id = $1",
            first(lamp),
            kind,
            on_hand,
            reserved,
            reason,
        )


async def test_the_last_unit_goes_to_exactly_one(it: Alone) -> None:
    """Removals by the API and orders by events, all at once."""
    await a_warehouse(it)
    admin = it.client("store_admin")
    for _ in range(5):
        lamp = await known(it)
        await change(admin, "receive", first(lamp), 1)
        orders = [placed(lines_of(lamp, 1)) for _ in range(4)]
        results = await asyncio.gather(
            *(change(admin, "remove", first(lamp), 1) for _ in range(4)),
            *(it.given(order, key=order.order_id) for order in orders),
        )
        removed = sum(1 for answer in results[:4] if answer.status_code == 201)  # type: ignore[union-attr]
        ids = {order.order_id for order in orders}
        answers = await _answers(it, ids)
        held = sum(isinstance(answer, InventoryReserved) for answer in answers)
        assert removed + held == 1
        assert await level(it, first(lamp)) == ((0, 0) if removed else (1, 1))
    assert await drift(it) == []


async def test_the_last_units_of_several_warehouses_go_to_exactly_as_many(it: Alone) -> None:
    """One unit here, one there, one elsewhere. Orders of one and of two, removals and transfers, all at once: two units for
    one buyer spill over, and nobody gets what somebody else got."""
    codes = ("main", "mid", "far")
    for code, zip_code in zip(codes, ("02139", "60601", "90210"), strict=True):
        await a_warehouse(it, code, zip_code)
    admin = it.client("store_admin")
    for _ in range(4):
        lamp = await known(it)
        for code in codes:
            await change(admin, "receive", first(lamp), 1, code)
        orders = [
            placed(lines_of(lamp, quantity), address=an_address(zip=zip_code))
            for quantity in (1, 2)
            for zip_code in ("02139", "60601", "90210")
        ]
        results = await asyncio.gather(
            *(change(admin, "remove", first(lamp), 1, code) for code in codes),
            *(transfer(admin, first(lamp), 1, source, target) for source, target in (("main", "far"), ("far", "mid"))),
            *(it.given(order, key=order.order_id) for order in orders),
        )
        removed = sum(1 for answer in results[:3] if answer.status_code == 201)  # type: ignore[union-attr]
        answers = await _answers(it, {order.order_id for order in orders})
        held = sum(
            item.quantity for answer in answers if isinstance(answer, InventoryReserved) for item in answer.items
        )
        on_hand, reserved = await level(it, first(lamp))
        assert (on_hand, reserved) == (3 - removed, held)
        assert held <= on_hand
        left = [order for order in answers if isinstance(order, InventoryRejected)]
        assert held == on_hand or left == [], "somebody was refused although there was one left"
    assert await drift(it) == []


async def test_an_order_of_two_empties_two_warehouses_and_the_next_gets_nothing(it: Alone) -> None:
    for code, zip_code in (("main", "02139"), ("far", "90210")):
        await a_warehouse(it, code, zip_code)
    lamp, admin = await known(it), it.client("store_admin")
    for code in ("main", "far"):
        await change(admin, "receive", first(lamp), 1, code)
    orders = [placed(lines_of(lamp, 2)) for _ in range(6)]
    await it.given_all([(order, order.order_id) for order in orders])
    answers = await _answers(it, {order.order_id for order in orders})
    assert sum(isinstance(answer, InventoryReserved) for answer in answers) == 1
    assert await level(it, first(lamp)) == (2, 2)


async def _answers(it: Alone, ids: set[UUID]) -> list[InventoryReserved | InventoryRejected]:
    await it.idle()
    found: list[InventoryReserved | InventoryRejected] = []
    for event in (InventoryReserved, InventoryRejected):
        for _, name, payload in it.heard:
            if name == event.event_name() and (answer := msgspec.json.decode(payload, type=event)).order_id in ids:
                found.append(answer)
    assert {answer.order_id for answer in found} == ids
    return found
