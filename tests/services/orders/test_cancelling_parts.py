"""Parts of an order that are cancelled before they are sent: money and goods that come to be less, once."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.harness import Alone
from tests.services.orders.buying import SENT, fields, for_sale, history, picture, placed, settle, status_of
from tests.services.orders.test_backorders import item, seen, waits
from tradehall.contracts.orders import OrderCancelled, OrderDelivered, SaleReduced
from tradehall.contracts.shipping import Rate, ShippingRatesChanged
from tradehall.kernel.ids import uuid7

SERVICE = "orders"
TOO_MANY = "Bought too many"


async def cancel(
    client: httpx.AsyncClient, order: dict[str, Any], *parts: tuple[Any, int], key: str = "", **params: str
) -> httpx.Response:
    """So many of each line."""
    lines = [{"line_id": line["line_id"], "quantity": quantity} for line, quantity in parts]
    body = {"lines": lines, "reason": TOO_MANY}
    headers = {"idempotency-key": key or uuid7().hex}
    return await client.post(f"/api/v1/orders/{order['id']}/lines/cancel", json=body, params=params, headers=headers)


@pytest.fixture(autouse=True)
async def shipping(it: Alone) -> None:
    """300 an order."""
    await it.given(ShippingRatesChanged(rates=[Rate(code="standard", name="Standard", price=300)]), key="rates")


async def bought(it: Alone, *quantities: int, price: int = 500) -> dict[str, Any]:
    """A confirmed order, each line of another seller."""
    items = [(await for_sale(it, price), quantity) for quantity in quantities]
    total = sum(price * quantity for quantity in quantities) + 300
    order = await placed(it.client(), *items, total=total)
    await settle(it, order)
    return order


async def told(it: Alone, order: dict[str, Any], count: int) -> list[SaleReduced]:
    """What was told of an order."""
    found = [event for event in await it.published(SaleReduced, count=count) if str(event.order_id) == order["id"]]
    assert len(found) == count
    return found


async def test_a_part_is_cancelled_and_paid_back(it: Alone) -> None:
    order = await bought(it, 3, 2)
    guest, token = it.client(), order["link"]
    line = order["lines"][0]
    assert "cancel_lines" in (await seen(guest, order, token=token))["actions"]
    answer = await cancel(guest, order, (line, 2), token=token)
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert (after["status"], after["reduced"], after["lines"][0]["cancelled"]) == (
        "CONFIRMED",
        {"amount": 1000, "currency": "USD"},
        2,
    )
    (event,) = await told(it, order, 1)
    assert (event.kind, event.whole, event.total, event.shipping, event.reason) == (
        "cancelled",
        False,
        1000,
        0,
        TOO_MANY,
    )
    (part,) = event.lines
    assert (str(part.line_id), part.quantity, part.amount, part.restock) == (line["line_id"], 2, 1000, True)


async def test_the_same_request_twice_cancels_once(it: Alone) -> None:
    order = await bought(it, 5)
    (line,) = order["lines"]
    answers = [await cancel(it.client(), order, (line, 2), key="again", token=order["link"]) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert (await seen(it.client("support"), order))["reduced"]["amount"] == 1000
    other = await cancel(it.client(), order, (line, 1), key="again", token=order["link"])
    assert other.json()["type"] == "idempotency-key-reused"
    bare = await it.client("support").post(
        f"/api/v1/orders/{order['id']}/lines/cancel",
        json={"lines": [{"line_id": line["line_id"], "quantity": 1}], "reason": "x"},
    )
    assert fields(bare) == {"Idempotency-Key"}


async def test_with_the_last_part_the_order_is_cancelled_and_the_shipping_goes_back(it: Alone) -> None:
    order = await bought(it, 2, 1)
    first, second = order["lines"]
    assert (await cancel(it.client("support"), order, (first, 2))).json()["status"] == "CONFIRMED"
    after = (await cancel(it.client("support"), order, (second, 1))).json()
    assert (after["status"], after["reduced"]["amount"]) == ("CANCELLED", order["total"]["amount"])
    one, rest = await told(it, order, 2)
    assert (one.whole, one.total, rest.whole, rest.shipping, rest.total) == (False, 1000, True, 300, 800)
    assert order["id"] in [str(e.order_id) for e in await it.published(OrderCancelled)]
    assert {parcel["status"] for parcel in after["parcels"]} == {"CANCELLED"}


async def test_a_cancelled_order_is_less_by_what_was_left_of_it(it: Alone) -> None:
    order = await bought(it, 3)
    await cancel(it.client("support"), order, (order["lines"][0], 1))
    answer = await it.client().post(
        f"/api/v1/orders/{order['id']}/cancel", json={"reason": "No more"}, params={"token": order["link"]}
    )
    assert answer.json()["reduced"] == order["total"]
    _, rest = await told(it, order, 2)
    assert (rest.whole, rest.lines[0].quantity, rest.total) == (True, 2, 1300)


async def test_an_order_that_was_never_a_sale_is_not_less(it: Alone) -> None:
    lamp = await for_sale(it, 500)
    order = await placed(it.client(), (lamp, 2), total=1300)
    wrong = await cancel(it.client(), order, (order["lines"][0], 1), token=order["link"])
    assert (wrong.status_code, wrong.json()["type"]) == (409, "no-such-transition")
    await it.client().post(f"/api/v1/orders/{order['id']}/cancel", json={}, params={"token": order["link"]})
    await it.published(OrderCancelled)
    assert await it.sql("SELECT FROM reductions WHERE order_id = $1", UUID(order["id"])) == []


async def test_what_is_sent_stays_and_the_order_goes_on_without_the_rest(it: Alone) -> None:
    order = await bought(it, 1, 1)
    admin = it.client("store_admin")
    parcel = order["parcels"][0]
    sent, unsent = sorted(order["lines"], key=lambda line: line["seller_id"] != parcel["seller_id"])
    await admin.post(f"/api/v1/orders/{order['id']}/ship", json={**SENT, "parcel_id": parcel["id"]})
    refused = await cancel(admin, order, (sent, 1))
    assert (refused.status_code, refused.json()["type"]) == (409, "no-such-transition")
    after = (await cancel(admin, order, (unsent, 1))).json()
    assert (after["status"], after["reduced"]["amount"]) == ("SHIPPED", 500)
    assert [entry["status"] for entry in await history(admin, order)] == [
        "PENDING",
        "CONFIRMED",
        "PROCESSING",
        "SHIPPED",
    ]
    answer = await admin.post(f"/api/v1/orders/{order['id']}/deliver", json={})
    assert answer.json()["status"] == "DELIVERED"
    await it.published(OrderDelivered)


async def test_the_rest_of_what_has_arrived_ends_the_order(it: Alone) -> None:
    order = await bought(it, 1, 1)
    admin = it.client("store_admin")
    parcel = order["parcels"][0]
    (unsent,) = [line for line in order["lines"] if line["seller_id"] != parcel["seller_id"]]
    await admin.post(f"/api/v1/orders/{order['id']}/ship", json={**SENT, "parcel_id": parcel["id"]})
    await admin.post(f"/api/v1/orders/{order['id']}/deliver", json={"parcel_id": parcel["id"]})
    assert (await cancel(admin, order, (unsent, 1))).json()["status"] == "DELIVERED"
    assert order["id"] in [str(e.order_id) for e in await it.published(OrderDelivered)]


async def test_a_seller_cancels_the_own_lines_only(it: Alone) -> None:
    order = await bought(it, 2, 2)
    mine, theirs = order["lines"]
    seller = it.client("seller", seller_id=UUID(mine["seller_id"]))
    wrong = await cancel(seller, order, (theirs, 1))
    assert (wrong.status_code, fields(wrong)) == (422, {"lines[0].line_id"})
    assert (await cancel(seller, order, (mine, 1))).status_code == 200
    nobody = it.client("seller", seller_id=uuid7())
    assert (await cancel(nobody, order, (mine, 1))).status_code == 404


@pytest.mark.parametrize("who", ["nobody", "a shopper", "warehouse_staff"])
async def test_others_do_not_even_learn_of_it(it: Alone, who: str) -> None:
    order = await bought(it, 2)
    client = {
        "nobody": it.client(),
        "a shopper": it.client("shopper"),
        "warehouse_staff": it.client("warehouse_staff"),
    }[who]
    before = await picture(it)
    assert (await cancel(client, order, (order["lines"][0], 1))).status_code == 404
    assert await picture(it) == before


async def test_more_than_there_is_is_refused_by_line(it: Alone) -> None:
    order = await bought(it, 2, 1)
    first, second = order["lines"]
    await cancel(it.client("support"), order, (first, 1))
    before = await picture(it)
    answer = await cancel(it.client("support"), order, (first, 1), (first, 1), (second, 1))
    assert (answer.status_code, fields(answer)) == (422, {"lines[1].quantity"})
    unknown = await cancel(it.client("support"), order, ({"line_id": str(uuid7())}, 1))
    assert fields(unknown) == {"lines[0].line_id"}
    assert await picture(it) == before


async def test_what_has_still_to_come_in_is_given_up_first(it: Alone) -> None:
    lamp = await for_sale(it, 500)
    order = await placed(it.client(), (lamp, 3), total=1800)
    await waits(it, order, item(lamp, 2))
    await settle(it, order)
    after = (await cancel(it.client("support"), order, (order["lines"][0], 2))).json()
    assert (after["lines"][0]["backordered"], after["parcels"][0]["waits_for_stock"]) == (0, False)
    assert "ship" in (await seen(it.client("store_admin"), order))["actions"]


async def test_a_store_that_cancels_nothing_cancels_no_parts(it: Alone, with_profile: Any) -> None:
    with_profile(edges={"CONFIRMED": ["PROCESSING"]})
    order = await bought(it, 2)
    answer = await cancel(it.client("support"), order, (order["lines"][0], 1))
    assert (answer.status_code, await status_of(it, order)) == (409, "CONFIRMED")
