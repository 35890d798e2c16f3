"""Who sees an order, and who may move it where."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from tests.harness import Alone, eventually
from tests.services.orders.buying import SENT, body, for_sale, history, picture, placed, post, settle, status_of
from tradehall.contracts.inventory import HoldExpired, InventoryRejected, InventoryReserved, ShortItem
from tradehall.contracts.orders import (
    OrderCancelled,
    OrderConfirmed,
    OrderDelivered,
    OrderShipped,
    OrderValidated,
    ParcelDelivered,
    SaleCreated,
)
from tradehall.contracts.payments import PaymentProcessed, PaymentUpdated
from tradehall.kernel.ids import uuid7

SERVICE = "orders"


async def of(it: Alone, event: Any, order: dict[str, Any]) -> list[Any]:
    return [e for e in await it.published(event) if str(e.order_id) == order["id"]]


async def test_the_way_of_an_order_to_its_end(it: Alone) -> None:
    lamp, desk = await for_sale(it, 100), await for_sale(it, 200)
    order = await placed(it.client(), (lamp, 2), (desk, 1))
    await settle(it, order)
    assert await status_of(it, order) == "CONFIRMED"
    (confirmed,) = await of(it, OrderConfirmed, order)
    assert {p.seller_id: sum(x.quantity for x in p.lines) for p in confirmed.parcels} == {
        lamp.seller_id: 2,
        desk.seller_id: 1,
    }
    assert (await of(it, SaleCreated, order))[0].total == 400
    assert (await of(it, OrderValidated, order))[0].is_valid

    seller, rival = (it.client("seller", seller_id=p.seller_id) for p in (lamp, desk))
    path = f"/api/v1/orders/{order['id']}"
    shipped = (await seller.post(f"{path}/ship", json=SENT)).json()
    assert shipped["status"] == "PROCESSING"
    assert (await seller.post(f"{path}/deliver", json={})).json()["status"] == "PROCESSING"
    assert not [e for e in it.heard if e[1] == OrderDelivered.event_name() and order["id"].encode() in e[2]]
    assert (await rival.post(f"{path}/ship", json=SENT)).json()["status"] == "SHIPPED"
    assert (await rival.post(f"{path}/deliver", json={})).json()["status"] == "DELIVERED"

    await it.published(OrderDelivered)
    assert {e.shipment_id for e in await of(it, OrderShipped, order)} == {UUID(p["id"]) for p in order["parcels"]}
    assert {e.shipment_id for e in await of(it, ParcelDelivered, order)} == {UUID(p["id"]) for p in order["parcels"]}
    assert len(await of(it, OrderDelivered, order)) == 1
    entries = await history(it.client(), order, token=order["link"])
    assert [(e["status"], e["actor"]) for e in entries] == [
        ("PENDING", "guest"),
        ("CONFIRMED", "payments"),
        ("PROCESSING", "seller"),
        ("SHIPPED", "seller"),
        ("DELIVERED", "seller"),
    ]
    assert [e["at"] for e in entries] == sorted(e["at"] for e in entries)


async def test_an_admin_ships_and_delivers_all_at_once(it: Alone) -> None:
    lamp, desk = await for_sale(it, 100), await for_sale(it, 200)
    order = await placed(it.client(), (lamp, 1), (desk, 1))
    await settle(it, order)
    admin, path = it.client("store_admin"), f"/api/v1/orders/{order['id']}"
    assert (await admin.post(f"{path}/ship", json=SENT)).json()["status"] == "SHIPPED"
    first = order["parcels"][0]["id"]
    assert (await admin.post(f"{path}/deliver", json={"parcel_id": first})).json()["status"] == "SHIPPED"
    assert (await admin.post(f"{path}/deliver", json={})).json()["status"] == "DELIVERED"
    statuses = [e["status"] for e in await history(admin, order)]
    assert statuses == ["PENDING", "CONFIRMED", "PROCESSING", "SHIPPED", "DELIVERED"]


async def test_a_seller_moves_no_parcel_of_another(it: Alone) -> None:
    lamp, desk = await for_sale(it, 100), await for_sale(it, 200)
    order = await placed(it.client(), (lamp, 1), (desk, 1))
    await settle(it, order)
    path = f"/api/v1/orders/{order['id']}"
    theirs = next(p["id"] for p in order["parcels"] if p["seller_id"] == str(desk.seller_id))
    seller = it.client("seller", seller_id=lamp.seller_id)
    before = await picture(it)
    for wrong in (theirs, str(uuid7())):
        answer = await seller.post(f"{path}/ship", json={**SENT, "parcel_id": wrong})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "parcel_id"
    for client, status in (
        (it.client("seller", seller_id=uuid7()), 404),
        (it.client("seller"), 403),
        (it.client("shopper"), 403),
        (it.client(), 401),
        (it.client("store_admin", store=it.other), 404),
    ):
        assert (await client.post(f"{path}/ship", json=SENT)).status_code == status
        assert (await client.post(f"{path}/deliver", json={})).status_code == status
    assert await picture(it) == before


async def test_who_cancels(it: Alone) -> None:
    lamp, user = await for_sale(it, 100), uuid7()
    buyer = it.client("shopper", user_id=user)
    order = await placed(buyer, (lamp, 1))
    path = f"/api/v1/orders/{order['id']}/cancel"
    before = await picture(it)
    for client in (
        it.client(),
        it.client("shopper"),
        it.client("seller", seller_id=lamp.seller_id),
        it.client("store_admin", store=it.other),
    ):
        assert (await client.post(path, json={})).status_code == 404
    assert (await it.client().post(path, json={}, params={"token": "x"})).status_code == 404
    assert await picture(it) == before
    answer = await buyer.post(path, json={"reason": "Found it cheaper"})
    assert (answer.status_code, answer.json()["status"]) == (200, "CANCELLED")
    assert answer.json()["actions"] == []
    (event,) = await of(it, OrderCancelled, order)
    assert event.cancellation_reason == "Found it cheaper"
    entries = await history(buyer, order)
    assert [(e["status"], e["actor"], e["note"]) for e in entries][1:] == [
        ("CANCELLED", "customer", "Found it cheaper")
    ]

    guests = await placed(it.client(), (lamp, 1))
    answer = await it.client().post(f"/api/v1/orders/{guests['id']}/cancel", json={}, params={"token": guests["link"]})
    assert answer.json()["status"] == "CANCELLED"
    admins = await placed(buyer, (lamp, 1))
    await settle(it, admins)
    answer = await it.client("store_admin").post(f"/api/v1/orders/{admins['id']}/cancel", json={"reason": "Broken"})
    assert answer.json()["status"] == "CANCELLED"


async def to(it: Alone, order: dict[str, Any], status: str) -> None:
    """Along the table, by what the world does."""
    admin, path = it.client("store_admin"), f"/api/v1/orders/{order['id']}"
    id = UUID(order["id"])
    if status == "PENDING":
        return
    if status == "CANCELLED":
        await admin.post(f"{path}/cancel", json={})
    elif status == "REJECTED":
        await settle(it, order, "REJECTED")
    elif status == "EXPIRED":
        await it.given(HoldExpired(order_id=id), key=id)
    else:
        await settle(it, order)
    if status in ("PROCESSING", "SHIPPED", "DELIVERED"):
        parcels = order["parcels"] if status != "PROCESSING" else order["parcels"][:1]
        for parcel in parcels:
            answer = await admin.post(f"{path}/ship", json={**SENT, "parcel_id": parcel["id"]})
            assert answer.status_code == 200, answer.text
    if status == "DELIVERED":
        await admin.post(f"{path}/deliver", json={})


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        ("PENDING", {"cancel"}),
        ("CONFIRMED", {"cancel", "cancel_lines", "ship"}),
        ("PROCESSING", {"cancel_lines", "ship", "deliver"}),
        ("SHIPPED", {"deliver"}),
        ("DELIVERED", {"return"}),
        ("CANCELLED", set()),
        ("REJECTED", set()),
        ("EXPIRED", set()),
    ],
)
async def test_what_the_table_does_not_hold_is_409_and_changes_nothing(
    it: Alone, status: str, allowed: set[str]
) -> None:
    lamp, desk = await for_sale(it, 100), await for_sale(it, 200)
    order = await placed(it.client(), (lamp, 1), (desk, 1))
    await to(it, order, status)
    assert await status_of(it, order) == status
    admin, path = it.client("store_admin"), f"/api/v1/orders/{order['id']}"
    assert set((await admin.get(path)).json()["actions"]) == allowed
    for command, data in (("cancel", {}), ("ship", SENT), ("deliver", {})):
        if command in allowed:
            continue
        before = await picture(it)
        answer = await admin.post(f"{path}/{command}", json=data)
        assert answer.status_code == 409
        assert answer.json()["type"] == "no-such-transition"
        assert await picture(it) == before


@pytest.mark.parametrize("status", ["CANCELLED", "EXPIRED", "REJECTED"])
async def test_what_has_ended_stays_ended_whatever_is_told(it: Alone, status: str) -> None:
    lamp = await for_sale(it, 100)
    order = await placed(it.client(), (lamp, 1))
    await to(it, order, status)
    id = UUID(order["id"])
    item = ShortItem(product_id=lamp.product_id, variant_id=lamp.variants[0].variant_id, requested=1, available=0)
    before = await history(it.client("store_admin"), order)
    for event in (
        InventoryReserved(order_id=id, items=[]),
        InventoryRejected(order_id=id, items=[item]),
        PaymentProcessed(order_id=id, payment_id=uuid7(), payment_status="SUCCESS", amount=1),  # type: ignore[arg-type]
        PaymentProcessed(order_id=id, payment_id=uuid7(), payment_status="FAILED", amount=1),  # type: ignore[arg-type]
        HoldExpired(order_id=id),
    ):
        await it.given(event, key=id)
    assert await status_of(it, order) == status
    assert await history(it.client("store_admin"), order) == before
    assert len(await of(it, OrderCancelled, order)) == 1
    assert await it.dead_letters() == []


async def test_out_of_stock_names_what_falls_short(it: Alone) -> None:
    lamp = await for_sale(it, 100)
    order = await placed(it.client(), (lamp, 5))
    id = UUID(order["id"])
    item = ShortItem(product_id=lamp.product_id, variant_id=lamp.variants[0].variant_id, requested=5, available=2)
    await it.given(InventoryRejected(order_id=id, items=[item]), key=id)
    assert await status_of(it, order) == "CANCELLED"
    await it.published(OrderCancelled)
    (event,) = await eventually(lambda: of(it, OrderCancelled, order))
    assert "5 asked for, 2 available" in event.cancellation_reason
    assert [e.is_valid for e in await of(it, OrderValidated, order)] == [False]


@pytest.mark.parametrize(("answer", "status"), [("FAILED", "CANCELLED"), ("REJECTED", "REJECTED")])
async def test_an_order_that_is_not_paid_ends(it: Alone, answer: str, status: str) -> None:
    lamp = await for_sale(it, 100)
    order = await placed(it.client(), (lamp, 1))
    await settle(it, order, answer)
    assert await status_of(it, order) == status
    assert len(await eventually(lambda: of(it, OrderCancelled, order))) == 1


async def test_payment_status_is_shown(it: Alone) -> None:
    lamp = await for_sale(it, 100)
    order = await placed(it.client(), (lamp, 1), payment={"method": "proof"})
    assert "upload_proof" in order["actions"]
    id = UUID(order["id"])
    event = PaymentUpdated(order_id=id, payment_id=uuid7(), method="proof", status="review")
    await it.given(event, key=id)
    seen = (await it.client().get(f"/api/v1/orders/{id}", params={"token": order["link"]})).json()
    assert (seen["payment"]["status"], seen["actions"]) == ("review", ["cancel"])


BAD = [
    ("cancel", {"reason": "x" * 501}, "reason"),
    ("cancel", {"reason": "a\x00"}, "reason"),
    ("cancel", {"reason": 5}, "reason"),
    ("ship", {}, "carrier"),
    ("ship", {"carrier": "", "tracking_number": "1"}, "carrier"),
    ("ship", {"carrier": "DHL", "tracking_number": "a\x00"}, "tracking_number"),
    ("ship", {"carrier": "DHL", "tracking_number": "x" * 10_000}, "tracking_number"),
    ("ship", {"carrier": "<b>", "tracking_number": "1"}, "carrier"),
    ("ship", {"carrier": "DHL\n", "tracking_number": "1"}, "carrier"),
    ("ship", {**SENT, "parcel_id": "x"}, "parcel_id"),
    ("ship", {**SENT, "parcel_id": 10**30}, "parcel_id"),
    ("deliver", {"parcel_id": "\x00"}, "parcel_id"),
    ("deliver", {"parcel_id": []}, "parcel_id"),
]


@pytest.mark.parametrize(("command", "data", "field"), BAD, ids=lambda v: repr(v)[:30])
async def test_bad_commands_are_422_and_named(it: Alone, command: str, data: dict[str, Any], field: str) -> None:
    answer = await it.client("store_admin").post(f"/api/v1/orders/{uuid7()}/{command}", json=data)
    assert answer.status_code == 422, answer.text
    assert field in {error["field"] for error in answer.json()["errors"]}


@pytest.mark.parametrize("command", ["cancel", "ship", "deliver"])
@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff", b"null"])
async def test_a_broken_command_is_4xx(it: Alone, command: str, content: bytes) -> None:
    answer = await it.client("store_admin").post(f"/api/v1/orders/{uuid7()}/{command}", content=content)
    assert 400 <= answer.status_code < 500


async def test_a_token_of_another_store_is_no_token(it: Alone) -> None:
    token = it.token("store_admin", store=it.other)
    client = it.client()
    answer = await client.get("/api/v1/orders", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 401


async def test_lines_and_history_cannot_be_rewritten(it: Alone) -> None:
    for table in ("order_lines", "order_history"):
        for sql in (f"UPDATE {table} SET order_id = order_id", f"DELETE FROM {table}"):
            with pytest.raises(Exception, match="permission denied"):
                await it.sql(sql)


async def test_concurrent_cancel_and_ship_end_in_one_of_them(it: Alone) -> None:
    lamp = await for_sale(it, 100)
    for _ in range(5):
        order = await placed(it.client(), (lamp, 1))
        await settle(it, order)
        admin, path = it.client("store_admin"), f"/api/v1/orders/{order['id']}"
        answers = await asyncio.gather(
            admin.post(f"{path}/cancel", json={}),
            admin.post(f"{path}/ship", json=SENT),
            admin.post(f"{path}/cancel", json={}),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
        statuses = [e["status"] for e in await history(admin, order)]
        assert statuses[2:] in (["CANCELLED"], ["PROCESSING", "SHIPPED"])


async def test_signed_in_is_not_enough_to_order_for_another(it: Alone) -> None:
    lamp, user = await for_sale(it, 100), uuid7()
    answer = await post(it.client("shopper", user_id=user), body((lamp, 1), customer_id=str(uuid7())))
    (row,) = await it.sql("SELECT customer_id FROM orders WHERE id = $1", UUID(answer.json()["id"]))
    assert row["customer_id"] == user
