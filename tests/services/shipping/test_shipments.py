"""Parcels on their way, and who sees them."""

from uuid import UUID

import pytest

from tests.harness import Alone
from tests.makers import LINK
from tests.services.shipping.parcels import of_sellers, preparing, shipments, split, statuses
from tradehall.contracts.orders import OrderCancelled, OrderShipped, ParcelDelivered, ReducedLine, SaleReduced
from tradehall.contracts.shipping import ShipmentCreated
from tradehall.kernel.ids import uuid7

SERVICE = "shipping"


def sent(order_id: UUID, shipment_id: UUID, number: str = "GP-1") -> OrderShipped:
    return OrderShipped(order_id=order_id, shipment_id=shipment_id, carrier="Gull Post", tracking_number=number)


def path(order_id: object) -> str:
    return f"/api/v1/orders/{order_id}/shipments"


async def test_a_confirmed_order_gets_a_shipment_for_each_seller(it: Alone) -> None:
    order, confirmed = await preparing(it, sellers=3)
    found = await shipments(it, order.order_id)
    assert {(s["id"], s["seller_id"]) for s in found} == {
        (str(p.shipment_id), str(p.seller_id)) for p in confirmed.parcels
    }
    for shipment, line in zip(found, order.lines, strict=True):
        assert (shipment["status"], shipment["carrier"], shipment["tracking_number"]) == ("PREPARING", None, None)
        assert statuses(shipment) == ["PREPARING"]
        assert [(x["title"], x["quantity"]) for x in shipment["lines"]] == [(line.title, line.quantity)]
    told = [e for e in await it.published(ShipmentCreated, count=3) if e.order_id == order.order_id]
    assert {e.shipment_id for e in told} == {p.shipment_id for p in confirmed.parcels}


async def test_orders_confirmed_together_get_their_own_shipments(it: Alone) -> None:
    orders = [of_sellers(2) for _ in range(6)]
    confirmed = [split(order) for order in orders]
    await it.given_all([(order, order.order_id) for order in orders])
    await it.given_all([(event, event.order_id) for event in confirmed])
    for event in confirmed:
        found = await shipments(it, event.order_id)
        assert [s["id"] for s in found] == sorted(str(p.shipment_id) for p in event.parcels)


async def test_a_parcel_is_shipped_and_delivered_with_its_history(it: Alone) -> None:
    order, confirmed = await preparing(it, sellers=2)
    first, second = (parcel.shipment_id for parcel in confirmed.parcels)
    await it.given(sent(order.order_id, first), key=order.order_id)
    one, two = await shipments(it, order.order_id)
    assert (one["status"], one["carrier"], one["tracking_number"]) == ("SHIPPED", "Gull Post", "GP-1")
    assert two["status"] == "PREPARING"
    await it.given(ParcelDelivered(order_id=order.order_id, shipment_id=first), key=order.order_id)
    one, two = await shipments(it, order.order_id)
    assert (one["status"], one["tracking_number"]) == ("DELIVERED", "GP-1")
    assert statuses(one) == ["PREPARING", "SHIPPED", "DELIVERED"]
    assert [step["at"] for step in one["history"]] == sorted(step["at"] for step in one["history"])
    assert statuses(two) == ["PREPARING"]
    assert UUID(two["id"]) == second


async def test_a_cancelled_order_stops_what_was_not_sent_yet(it: Alone) -> None:
    order, confirmed = await preparing(it, sellers=2)
    await it.given(sent(order.order_id, confirmed.parcels[0].shipment_id), key=order.order_id)
    await it.given(OrderCancelled(order_id=order.order_id, cancellation_reason="x"), key=order.order_id)
    one, two = await shipments(it, order.order_id)
    assert statuses(one) == ["PREPARING", "SHIPPED"]
    assert statuses(two) == ["PREPARING", "CANCELLED"]
    assert (one["status"], two["status"]) == ("SHIPPED", "CANCELLED")


async def test_a_part_that_is_cancelled_is_not_sent(it: Alone) -> None:
    order, confirmed = await preparing(it, sellers=3)
    (_, second, third) = confirmed.parcels
    less = [
        ReducedLine(
            line_id=line.line_id,
            product_id=line.product_id,
            variant_id=line.variant_id,
            seller_id=line.seller_id,
            parcel_id=parcel.shipment_id,
            quantity=quantity,
            amount=1,
        )
        for parcel, quantity in ((second, 2), (third, 1))
        for line in parcel.lines
    ]
    facts = {"order_id": order.order_id, "whole": False, "currency": "USD", "shipping": 0, "total": 2, "reason": ""}
    reduced = SaleReduced(reduction_id=uuid7(), kind="cancelled", lines=less, **facts)
    await it.given(reduced, key=order.order_id)
    found = await shipments(it, order.order_id)
    assert [(s["status"], [line["quantity"] for line in s["lines"]]) for s in found] == [
        ("PREPARING", [1]),
        ("CANCELLED", []),
        ("PREPARING", [2]),
    ]
    assert statuses(found[1]) == ["PREPARING", "CANCELLED"]


async def test_an_order_cancelled_before_it_was_confirmed_has_none(it: Alone) -> None:
    order = of_sellers(1)
    await it.given(order, key=order.order_id)
    await it.given(OrderCancelled(order_id=order.order_id, cancellation_reason="x"), key=order.order_id)
    assert await shipments(it, order.order_id) == []


async def test_events_handed_out_twice_change_nothing(it: Alone) -> None:
    start = len(it.sent)
    order, confirmed = await preparing(it, sellers=2)
    id = confirmed.parcels[0].shipment_id
    await it.given(sent(order.order_id, id), key=order.order_id)
    await it.given(ParcelDelivered(order_id=order.order_id, shipment_id=id), key=order.order_id)
    await it.given(OrderCancelled(order_id=order.order_id, cancellation_reason="x"), key=order.order_id)
    before = await shipments(it, order.order_id)
    await it.idle()
    said = len(it.messages)
    await it.redeliver(it.sent[start:])
    await it.idle()
    assert await shipments(it, order.order_id) == before
    assert len(it.messages) == said


async def test_its_buyer_sees_all_of_it_signed_in_or_by_link(it: Alone) -> None:
    order, _ = await preparing(it, sellers=2)
    account = await preparing(it, sellers=2, customer_id=None)
    for client, order_id, params in (
        (it.client("shopper", user_id=order.customer_id), order.order_id, {}),
        (it.client(), order.order_id, {"token": LINK}),
        (it.client("shopper"), order.order_id, {"token": LINK}),
        (it.client(), account[0].order_id, {"token": LINK}),
        (it.client("store_admin"), order.order_id, {}),
        (it.client("operator"), order.order_id, {"token": "wrong"}),
    ):
        answer = await client.get(path(order_id), params=params)
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["items"]) == 2


async def test_the_buyer_of_an_order_that_is_not_confirmed_sees_none_yet(it: Alone) -> None:
    order = of_sellers(1)
    await it.given(order, key=order.order_id)
    answer = await it.client().get(path(order.order_id), params={"token": LINK})
    assert (answer.status_code, answer.json()) == (200, {"items": []})


async def test_a_seller_sees_the_own_parcel_only(it: Alone) -> None:
    order, confirmed = await preparing(it, sellers=2)
    for parcel in confirmed.parcels:
        seller = it.client("seller", seller_id=parcel.seller_id)
        (only,) = (await seller.get(path(order.order_id))).json()["items"]
        assert only["id"] == str(parcel.shipment_id)
        assert [line["quantity"] for line in only["lines"]] == [line.quantity for line in parcel.lines]


async def test_strangers_cannot_tell_it_from_an_order_that_is_not_there(it: Alone) -> None:
    order, confirmed = await preparing(it, customer_id=None)
    strangers = [
        it.client(),
        it.client("shopper"),
        it.client("seller", seller_id=uuid7()),
        it.client("seller", seller_id=None),
        it.client("store_admin", store=it.other),
        it.client("seller", seller_id=confirmed.parcels[0].seller_id, store=it.other),
        it.client(store=it.other),
    ]
    for stranger in strangers:
        seen = await stranger.get(path(order.order_id))
        missing = await stranger.get(path(uuid7()))
        assert seen.status_code == missing.status_code == 404
        for answer in (seen, missing):
            assert (answer.json()["type"], answer.json()["title"]) == ("unknown-order", "There is no such order")
    assert (await it.client(store=it.other).get(path(order.order_id), params={"token": LINK})).status_code == 404


@pytest.mark.parametrize("query", ["token=", "token=x", "token=%00", "token=%ff", "token=%ed%a0%80", "token=%C3%A9"])
async def test_a_wrong_link_is_404(it: Alone, query: str) -> None:
    order, _ = await preparing(it)
    assert (await it.client().get(f"{path(order.order_id)}?{query}")).status_code == 404


@pytest.mark.parametrize("id", ["5", "x", "%00", "9" * 400])
async def test_an_impossible_order_is_404(it: Alone, id: str) -> None:
    assert (await it.client().get(path(id))).status_code == 404


async def test_nothing_was_given_up(it: Alone) -> None:
    assert await it.dead_letters() == []


async def test_a_parcel_nobody_confirmed_is_a_dead_letter(it: Alone) -> None:
    lost = sent(uuid7(), uuid7())
    await it.given(lost, key=lost.order_id)
    ((service, event, _),) = await it.dead_letters()
    assert (service, event) == ("shipping", "OrderShipped")
