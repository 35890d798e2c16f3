"""Returns: asked for by line, decided by who sold it, received once; money and goods as the people say who look at them."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.harness import Alone
from tests.services.orders.buying import SENT, fields, for_sale, history, picture, placed, settle, status_of
from tests.services.orders.test_backorders import seen
from tradehall.contracts.orders import OrderReturned, ReturnUpdated, SaleReduced
from tradehall.contracts.shipping import Rate, ShippingRatesChanged
from tradehall.kernel.ids import uuid7

SERVICE = "orders"
BROKEN = "It came broken"


@pytest.fixture(autouse=True)
async def shipping(it: Alone) -> None:
    """300 an order."""
    await it.given(ShippingRatesChanged(rates=[Rate(code="standard", name="Standard", price=300)]), key="rates")


async def arrived(it: Alone, *quantities: int, price: int = 500, **buyer: Any) -> dict[str, Any]:
    """An order that was delivered, each line of another seller."""
    items = [(await for_sale(it, price), quantity) for quantity in quantities]
    total = sum(price * quantity for quantity in quantities) + 300
    order = await placed(it.client("shopper", **buyer) if buyer else it.client(), *items, total=total)
    await settle(it, order)
    admin = it.client("store_admin")
    assert (await admin.post(f"/api/v1/orders/{order['id']}/ship", json=SENT)).status_code == 200
    assert (await admin.post(f"/api/v1/orders/{order['id']}/deliver", json={})).status_code == 200
    return order


async def ask(
    client: httpx.AsyncClient, order: dict[str, Any], *parts: tuple[Any, int], key: str = "", **params: str
) -> httpx.Response:
    lines = [{"line_id": line["line_id"], "quantity": quantity} for line, quantity in parts]
    body = {"lines": lines, "reason": BROKEN}
    headers = {"idempotency-key": key or uuid7().hex}
    return await client.post(f"/api/v1/orders/{order['id']}/returns", json=body, params=params, headers=headers)


async def asked(it: Alone, order: dict[str, Any], *parts: tuple[Any, int]) -> dict[str, Any]:
    """By the buyer's link; of one parcel."""
    answer = await ask(it.client(), order, *parts, token=order["link"])
    assert answer.status_code == 201, answer.text
    (found,) = answer.json()["items"]
    return found  # type: ignore[no-any-return]


async def act(client: httpx.AsyncClient, asked_for: dict[str, Any], action: str, **body: Any) -> httpx.Response:
    return await client.post(f"/api/v1/returns/{asked_for['id']}/{action}", json=body)


async def told(it: Alone, event: Any, order: dict[str, Any]) -> list[Any]:
    return [e for e in await it.published(event) if str(e.order_id) == order["id"]]


async def test_a_part_comes_back_and_is_paid_for(it: Alone) -> None:
    order = await arrived(it, 3)
    (line,) = order["lines"]
    one = await asked(it, order, (line, 2))
    assert (one["status"], one["reason"], one["lines"][0]["quantity"]) == ("requested", BROKEN, 2)
    assert (await seen(it.client("support"), order))["lines"][0]["coming_back"] == 2
    support = it.client("support")
    assert (await act(support, one, "approve", answer="To the depot")).json()["status"] == "approved"
    done = (await act(support, one, "receive")).json()
    assert (done["status"], done["lines"][0]["received"], done["lines"][0]["refund"]["amount"]) == ("received", 2, 1000)
    now = await seen(support, order)
    assert (now["status"], now["reduced"]["amount"]) == ("DELIVERED", 1000)
    assert (now["lines"][0]["returned"], now["lines"][0]["coming_back"]) == (2, 0)
    (event,) = await told(it, OrderReturned, order)
    assert (event.return_reason, event.refund_amount) == (BROKEN, Decimal("10.00"))
    (less,) = await told(it, SaleReduced, order)
    assert (less.kind, less.whole, less.total, less.lines[0].quantity, less.lines[0].restock) == (
        "returned",
        False,
        1000,
        2,
        True,
    )
    assert [e.status for e in await told(it, ReturnUpdated, order)] == ["requested", "approved", "received"]
    assert (await act(support, one, "receive")).json()["type"] == "return-status"


async def test_the_order_is_returned_when_nothing_of_it_is_left(it: Alone) -> None:
    order = await arrived(it, 2, 1)
    support = it.client("support")
    for line in order["lines"]:
        one = await asked(it, order, (line, line["quantity"]))
        await act(support, one, "approve")
        assert await status_of(it, order) == "DELIVERED"
        shipping = 300 if line is order["lines"][-1] else 0
        assert (await act(support, one, "receive", shipping=shipping)).status_code == 200
    now = await seen(support, order)
    assert (now["status"], now["reduced"], now["actions"]) == ("RETURNED", now["total"], [])
    assert (await history(support, order))[-1]["note"] == BROKEN


async def test_who_looks_at_it_says_what_it_is_worth(it: Alone) -> None:
    order = await arrived(it, 3)
    (line,) = order["lines"]
    one = await asked(it, order, (line, 3))
    support = it.client("support")
    await act(support, one, "approve")
    part = {"line_id": line["line_id"], "quantity": 2, "amount": 700, "restock": False}
    done = (await act(support, one, "receive", lines=[part], shipping=100)).json()
    assert (done["lines"][0]["received"], done["lines"][0]["restock"]) == (2, False)
    (less,) = await told(it, SaleReduced, order)
    assert (less.total, less.shipping, less.lines[0].restock) == (800, 100, False)
    now = await seen(support, order)
    assert (now["lines"][0]["returned"], now["lines"][0]["coming_back"]) == (2, 0), "the third can be asked for again"
    assert (await ask(it.client(), order, (line, 1), token=order["link"])).status_code == 201


async def test_what_cannot_be_received_is_refused_by_field(it: Alone) -> None:
    order = await arrived(it, 2)
    (line,) = order["lines"]
    one = await asked(it, order, (line, 2))
    support, id = it.client("support"), line["line_id"]
    assert (await act(support, one, "receive")).status_code == 409, "it was not approved yet"
    await act(support, one, "approve")
    before = await picture(it)
    for body, wrong in (
        ({"lines": [{"line_id": id, "quantity": 3}]}, {"lines[0].quantity"}),
        ({"lines": [{"line_id": id, "quantity": 2, "amount": 1001}]}, {"lines[0].amount"}),
        ({"lines": [{"line_id": id, "quantity": 1}, {"line_id": id, "quantity": 1}]}, {"lines[1].line_id"}),
        ({"lines": [{"line_id": str(uuid7()), "quantity": 1}]}, {"lines[0].line_id"}),
        ({"lines": [{"line_id": id, "quantity": 0}]}, {"lines"}),
        ({"shipping": 301}, {"shipping"}),
    ):
        answer = await act(support, one, "receive", **body)
        assert (answer.status_code, fields(answer)) == (422, wrong)
    assert await picture(it) == before


async def test_refused_or_withdrawn_it_can_be_asked_for_again(it: Alone) -> None:
    order = await arrived(it, 1)
    (line,) = order["lines"]
    one = await asked(it, order, (line, 1))
    again = await ask(it.client(), order, (line, 1), token=order["link"])
    assert (again.status_code, fields(again)) == (422, {"lines[0].quantity"})
    refused = (await act(it.client("support"), one, "refuse", answer="It was used")).json()
    assert (refused["status"], refused["answer"]) == ("refused", "It was used")
    two = await asked(it, order, (line, 1))
    await act(it.client("support"), two, "approve")
    path = f"/api/v1/returns/{two['id']}/withdraw"
    assert (await it.client().post(path)).status_code == 404
    assert (await it.client().post(path, params={"token": order["link"]})).json()["status"] == "withdrawn"
    assert (await it.client().post(path, params={"token": order["link"]})).status_code == 409
    three = await asked(it, order, (line, 1))
    found = (await it.client().get(f"/api/v1/orders/{order['id']}/returns", params={"token": order["link"]})).json()
    assert [(r["id"], r["status"]) for r in found["items"]] == [
        (one["id"], "refused"),
        (two["id"], "withdrawn"),
        (three["id"], "requested"),
    ]


async def test_each_seller_decides_on_the_own_parcel(it: Alone) -> None:
    order = await arrived(it, 1, 1)
    answer = await ask(it.client(), order, *((line, 1) for line in order["lines"]), token=order["link"])
    mine, theirs = sorted(answer.json()["items"], key=lambda r: r["seller_id"] != order["lines"][0]["seller_id"])
    seller = it.client("seller", seller_id=UUID(mine["seller_id"]))
    listed = (await seller.get("/api/v1/returns", params={"status": "requested"})).json()["items"]
    assert [row["id"] for row in listed] == [mine["id"]]
    assert (await act(seller, theirs, "approve")).status_code == 404
    assert (await act(seller, mine, "approve")).status_code == 200
    assert (await act(seller, mine, "receive")).status_code == 200
    seen_by = (await seller.get(f"/api/v1/orders/{order['id']}/returns")).json()["items"]
    assert [row["id"] for row in seen_by] == [mine["id"]]
    every = (await it.client("support").get("/api/v1/returns", params={"limit": 100})).json()["items"]
    assert {mine["id"], theirs["id"]} <= {row["id"] for row in every}


async def test_the_time_to_ask_runs_out_but_not_for_the_store(it: Alone, with_profile: Any) -> None:
    order = await arrived(it, 2)
    (line,) = order["lines"]
    await it.sql("UPDATE parcels SET delivered_at = now() - interval '31 days' WHERE order_id = $1", UUID(order["id"]))
    late = await ask(it.client(), order, (line, 1), token=order["link"])
    assert (late.status_code, late.json()["type"]) == (409, "no-returns")
    assert "return" not in (await seen(it.client(), order, token=order["link"]))["actions"]
    kind = await ask(it.client("support"), order, (line, 1))
    assert kind.json()["items"][0]["status"] == "approved"
    with_profile(settings={"return_days": 40})
    assert (await ask(it.client(), order, (line, 1), token=order["link"])).status_code == 201


@pytest.mark.parametrize("never", ["no days", "no edge"])
async def test_a_store_may_take_nothing_back(it: Alone, with_profile: Any, never: str) -> None:
    order = await arrived(it, 1)
    if never == "no days":
        with_profile(settings={"return_days": 0})
    else:
        with_profile(edges={"DELIVERED": []})
    assert (await seen(it.client(), order, token=order["link"]))["actions"] == []
    answer = await ask(it.client(), order, (order["lines"][0], 1), token=order["link"])
    assert (answer.status_code, answer.json()["type"]) == (409, "no-returns")


async def test_what_has_not_arrived_cannot_be_sent_back(it: Alone) -> None:
    order = await placed(it.client(), (await for_sale(it, 500), 1), total=800)
    await settle(it, order)
    answer = await ask(it.client(), order, (order["lines"][0], 1), token=order["link"])
    assert (answer.status_code, answer.json()["type"]) == (409, "no-returns")


async def test_asked_twice_with_one_key_is_asked_once(it: Alone) -> None:
    order = await arrived(it, 4)
    (line,) = order["lines"]
    answers = [await ask(it.client(), order, (line, 1), key="twice", token=order["link"]) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert (await seen(it.client("support"), order))["lines"][0]["coming_back"] == 1


async def test_nobody_else_asks_or_looks(it: Alone) -> None:
    user = uuid7()
    order = await arrived(it, 1, user_id=user)
    (line,) = order["lines"]
    before = await picture(it)
    for client in (
        it.client(),
        it.client("shopper"),
        it.client("warehouse_staff"),
        it.client("store_admin", store=it.other),
    ):
        assert (await ask(client, order, (line, 1))).status_code == 404
    for client in (it.client(), it.client("shopper"), it.client("seller", seller_id=uuid7())):
        assert (await client.get(f"/api/v1/orders/{order['id']}/returns")).status_code == 404
    assert await picture(it) == before
    assert (await ask(it.client("shopper", user_id=user), order, (line, 1))).status_code == 201


async def test_notes_are_the_stores_own(it: Alone) -> None:
    order = await arrived(it, 1)
    path = f"/api/v1/orders/{order['id']}/notes"
    support = it.client("support", user_id=uuid7())
    seller = it.client("seller", seller_id=UUID(order["lines"][0]["seller_id"]))
    mine = (await support.post(path, json={"text": " Called twice "})).json()
    assert (mine["text"], mine["author"]) == ("Called twice", "staff")
    theirs = (await seller.post(path, json={"text": "Box was wet"})).json()
    assert [n["id"] for n in (await seller.get(path)).json()["items"]] == [theirs["id"]]
    assert [n["id"] for n in (await support.get(path)).json()["items"]] == [theirs["id"], mine["id"]]
    assert (await support.delete(f"{path}/{theirs['id']}")).status_code == 404
    assert (await support.delete(f"{path}/{mine['id']}")).status_code == 204
    assert [n["id"] for n in (await support.get(path)).json()["items"]] == [theirs["id"]]
    for text in ("", "   ", "x" * 2001):
        assert fields(await support.post(path, json={"text": text})) == {"text"}
    assert (await it.client("seller", seller_id=uuid7()).get(path)).status_code == 404
    assert (await it.client("store_admin", store=it.other).get(path)).status_code == 404
    assert (await it.client("shopper").get(path)).status_code == 403
    assert (await it.client().get(path)).status_code == 401
