"""From one warehouse to another: two movements, both or none."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.harness import Alone
from tests.makers import lines_of, placed
from tests.services.inventory.stocking import a_warehouse, change, drift, first, known, level, transfer
from tradehall.contracts.catalog import ProductCreated
from tradehall.contracts.inventory import ProductQuantityUpdated
from tradehall.kernel.ids import uuid7

SERVICE = "inventory"


async def stocked(it: Alone, quantity: int = 10) -> ProductCreated:
    for code, zip_code in (("main", "02139"), ("far", "90210")):
        await a_warehouse(it, code, zip_code)
    lamp = await known(it)
    await change(it.client("seller", seller_id=lamp.seller_id), "receive", first(lamp), quantity)
    return lamp


async def by_place(it: Alone, variant_id: UUID) -> dict[str, tuple[int, int]]:
    rows = await it.sql(
        "SELECT w.code, l.on_hand, l.reserved FROM levels l JOIN warehouses w ON w.id = l.warehouse_id "
        "WHERE l.variant_id = $1",
        variant_id,
    )
    return {row["code"]: (row["on_hand"], row["reserved"]) for row in rows}


async def test_goods_go_to_another_warehouse(it: Alone) -> None:
    lamp = await stocked(it)
    seller = it.client("seller", seller_id=lamp.seller_id)
    answer = await transfer(seller, first(lamp), 4, reason="for the west")
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["from"]["warehouse"], told["from"]["on_hand"]) == ("main", 6)
    assert (told["to"]["warehouse"], told["to"]["on_hand"]) == ("far", 4)
    movements = (await seller.get(f"/api/v1/stock/{first(lamp)}/movements")).json()["items"]
    assert [(m["kind"], m["warehouse"], m["on_hand_delta"], m["reason"], m["transfer_id"]) for m in movements] == [
        ("transfer_in", "far", 4, "for the west", told["transfer_id"]),
        ("transfer_out", "main", -4, "for the west", told["transfer_id"]),
        ("receive", "main", 10, "", None),
    ]
    assert await drift(it) == []


async def test_a_transfer_changes_nothing_for_shoppers(it: Alone) -> None:
    lamp = await stocked(it)
    await transfer(it.client("store_admin"), first(lamp), 4)
    told = [e.available for e in await it.published(ProductQuantityUpdated) if e.variant_id == first(lamp)]
    assert told == [10]


async def test_what_is_held_stays(it: Alone) -> None:
    lamp = await stocked(it, 5)
    order = placed(lines_of(lamp, 3))
    await it.given(order, key=order.order_id)
    admin = it.client("store_admin")
    for quantity in (3, 5, 6):
        answer = await transfer(admin, first(lamp), quantity)
        assert (answer.status_code, answer.json()["type"]) == (409, "not-enough-stock")
    assert await by_place(it, first(lamp)) == {"main": (5, 3)}, "a refused transfer leaves no level behind"
    assert (await transfer(admin, first(lamp), 2)).status_code == 201
    assert await by_place(it, first(lamp)) == {"main": (3, 3), "far": (2, 0)}


async def test_transfers_both_ways_at_once_lose_nothing(it: Alone) -> None:
    """Neither waits for the other forever, and no unit is in two places."""
    lamp = await stocked(it, 6)
    admin = it.client("store_admin")
    await transfer(admin, first(lamp), 3)
    orders = [placed(lines_of(lamp, 1)) for _ in range(4)]
    answers = await asyncio.gather(
        *(transfer(admin, first(lamp), 1, *way) for _ in range(10) for way in (("main", "far"), ("far", "main"))),
        *(it.given(order, key=order.order_id) for order in orders),
    )
    assert {answer.status_code for answer in answers[:20]} <= {201, 409}  # type: ignore[union-attr]
    assert await level(it, first(lamp)) == (6, 4)
    assert await drift(it) == []


async def test_nobody_moves_what_is_anothers(it: Alone) -> None:
    lamp = await stocked(it)
    for code in ("main", "far"):
        await a_warehouse(it, code, store=it.other)
    strangers: list[tuple[Any, int]] = [
        (it.client("seller", seller_id=uuid7()), 404),
        (it.client("seller", seller_id=lamp.seller_id, store=it.other), 404),
        (it.client("store_admin", store=it.other), 404),
        (it.client("seller"), 403),
        (it.client("shopper"), 403),
        (it.client(), 401),
    ]
    for client, status in strangers:
        assert (await transfer(client, first(lamp), 1)).status_code == status
    assert await level(it, first(lamp)) == (10, 0)


async def test_unknown_warehouses_are_404(it: Alone) -> None:
    lamp = await stocked(it)
    admin = it.client("store_admin")
    for places in (("nowhere", "main"), ("main", "nowhere")):
        assert (await transfer(admin, first(lamp), 1, *places)).json()["type"] == "unknown-warehouse"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity", 0),
        ("quantity", -1),
        ("quantity", 1_000_001),
        ("quantity", 10**30),
        ("quantity", None),
        ("quantity", "many"),
        ("from", "a\x00"),
        ("from", "x" * 10_000),
        ("to", ""),
        ("to", None),
        ("to", "main"),
        ("variant_id", "x"),
        ("reason", "a\x00b"),
        ("reason", "x" * 501),
    ],
)
async def test_bad_transfers_are_422_and_named(it: Alone, field: str, value: Any) -> None:
    data = {"variant_id": str(uuid7()), "from": "main", "to": "far", "quantity": 1, field: value}
    answer = await it.client("store_admin").post("/api/v1/stock/transfer", json=data)
    assert answer.status_code == 422, answer.text
    assert {error["field"] for error in answer.json()["errors"]} == {field}


@pytest.mark.parametrize(
    "halves",
    [
        [("transfer_out", "main", -1)],
        [("transfer_in", "far", 1)],
        [("transfer_out", "main", -1), ("transfer_in", "far", 2)],
        [("transfer_out", "main", -1), ("transfer_in", "main", 1)],
    ],
)
async def test_half_a_transfer_cannot_be_written(it: Alone, halves: list[tuple[str, str, int]]) -> None:
    lamp = await stocked(it)
    await transfer(it.client("store_admin"), first(lamp), 2)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="not whole"):
        await it.sql(
            "INSERT INTO movements "
            "(id, variant_id, warehouse_id, kind, on_hand_delta, reserved_delta, actor, transfer_id) "
            "SELECT gen_random_uuid(), $1, w.id, t.kind, t.n, 0, 'test', $2 "
            "FROM unnest($3::text[], $4::text[], $5::int[]) AS t(kind, code, n) JOIN warehouses w USING (code)",
            first(lamp),
            uuid7(),
            *(list(column) for column in zip(*halves, strict=True)),
        )
    assert await by_place(it, first(lamp)) == {"main": (8, 0), "far": (2, 0)}
