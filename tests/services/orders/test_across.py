"""Orders of several stores in one transaction: each is priced, numbered and told of in its own store."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest

from tests.harness import Alone
from tests.services.orders.buying import body, for_sale, history, placed, post, settle, status_of
from tradehall.contracts.orders import OrderCancelled, OrderConfirmed, OrderExpiryDue, OrderPlaced
from tradehall.contracts.payments import PaymentProcessed, PaymentUpdated
from tradehall.contracts.stores import Store
from tradehall.contracts.values import Event
from tradehall.kernel.ids import uuid7
from tradehall.services.orders.api import placing

SERVICE = "orders"


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each batch of orders that is placed was of several stores; one that waits lets others join the next."""
    seen: list[bool] = []
    price = placing.queries.offers

    async def noting(tx: Any, asked: Any) -> Any:
        seen.append(tx.across)
        await asyncio.sleep(0.05)
        return await price(tx, asked)

    monkeypatch.setattr(placing.queries, "offers", noting)
    return seen


async def test_what_another_store_sells_cannot_be_had_here(it: Alone, batches: list[bool]) -> None:
    here, there = await for_sale(it, 1000), await for_sale(it, 500, store=it.other)
    mine, theirs = it.client(), it.client(store=it.other)
    answers = await asyncio.gather(
        *(post(mine, body((here, 1))) for _ in range(4)),
        *(post(theirs, body((there, 2))) for _ in range(4)),
        *(post(mine, body((there, 1))) for _ in range(4)),
        *(post(theirs, body((here, 1), (there, 1))) for _ in range(4)),
    )
    assert [answer.status_code for answer in answers] == [201] * 8 + [422] * 8
    assert any(batches), "the test is about batches of two stores"
    assert {answer.json()["total"]["amount"] for answer in answers[:4]} == {1000}
    assert {answer.json()["total"]["amount"] for answer in answers[4:8]} == {1000}


async def test_one_variant_id_in_two_stores_has_the_price_and_the_shipping_of_each(
    it: Alone, batches: list[bool]
) -> None:
    product = await for_sale(it, 1000)
    dearer = msgspec.structs.replace(product.variants[0], price=7000)
    twin = msgspec.structs.replace(product, variants=[dearer])
    await it.given(twin, key=twin.product_id, store=it.other)
    answers = await asyncio.gather(
        *(post(it.client(), body((product, 1))) for _ in range(4)),
        *(post(it.client(store=it.other), body((twin, 1))) for _ in range(4)),
        *(post(it.client(), body((product, 1), total=7000)) for _ in range(2)),
    )
    assert any(batches)
    assert [answer.status_code for answer in answers] == [201] * 8 + [409] * 2
    for store, total, sold in ((it.store, 1000, answers[:4]), (it.other, 7000, answers[4:8])):
        told = {str(event.order_id): event.total for event in await it.published(OrderPlaced, count=4, store=store)}
        assert [told[answer.json()["id"]] for answer in sold] == [total] * 4


async def test_idempotency_keys_are_those_of_a_store(it: Alone, batches: list[bool]) -> None:
    here, there = await for_sale(it, 1000), await for_sale(it, 500, store=it.other)
    key = uuid7().hex
    first = await asyncio.gather(
        *(post(it.client(), body((here, 1)), key) for _ in range(3)),
        *(post(it.client(store=it.other), body((there, 1)), key) for _ in range(3)),
    )
    assert {answer.status_code for answer in first} == {201}
    assert len({answer.json()["id"] for answer in first[:3]}) == 1
    assert len({answer.json()["id"] for answer in first[3:]}) == 1
    assert first[0].json()["id"] != first[5].json()["id"]
    assert any(batches)


async def test_orders_of_two_stores_are_confirmed_side_by_side(it: Alone) -> None:
    here, there = await for_sale(it, 1000), await for_sale(it, 500, store=it.other)
    mine = [await placed(it.client(), (here, 1)) for _ in range(3)]
    theirs = [await placed(it.client(store=it.other), (there, 1)) for _ in range(3)]
    await asyncio.gather(
        *(settle(it, order) for order in mine), *(settle(it, order, store=it.other) for order in theirs)
    )
    assert {await status_of(it, order) for order in mine} == {"CONFIRMED"}
    assert {await status_of(it, order, it.other) for order in theirs} == {"CONFIRMED"}
    for store, orders in ((it.store, mine), (it.other, theirs)):
        told = {str(event.order_id) for event in await it.published(OrderConfirmed, count=3, store=store)}
        assert {order["id"] for order in orders} <= told
        steps = await history(it.client("store_admin", store=store), orders[0])
        assert [step["status"] for step in steps] == ["PENDING", "CONFIRMED"]


async def test_how_a_payment_stands_and_what_follows_are_heard_in_one_batch(it: Alone) -> None:
    here, there = await for_sale(it, 1000), await for_sale(it, 500, store=it.other)
    mine = [await placed(it.client(), (here, 1)) for _ in range(2)]
    theirs = await placed(it.client(store=it.other), (there, 1))

    def told(order: dict[str, Any], status: Any, answer: Any = None) -> list[Event]:
        id, payment_id = UUID(order["id"]), uuid7()
        news: list[Event] = [PaymentUpdated(order_id=id, payment_id=payment_id, method="card", status=status)]
        if answer:
            news.append(
                PaymentProcessed(order_id=id, payment_id=payment_id, payment_status=answer, amount=Decimal("10.00"))
            )
        return news

    async def stands(order: dict[str, Any], store: Store | None = None) -> tuple[object, ...]:
        rows = await it.sql(
            "SELECT status, payment_status, in_review FROM orders WHERE id = $1", UUID(order["id"]), store=store
        )
        return tuple(rows[0])

    await it.at_once(
        *((event, UUID(mine[0]["id"]), it.store) for event in told(mine[0], "paid", "SUCCESS")),
        *((event, UUID(mine[1]["id"]), it.store) for event in told(mine[1], "review")),
        *((event, UUID(theirs["id"]), it.other) for event in told(theirs, "promised", "SUCCESS")),
    )
    assert [await stands(order) for order in mine] == [("CONFIRMED", "paid", False), ("PENDING", "review", True)]
    assert await stands(theirs, it.other) == ("CONFIRMED", "promised", False)
    (refunded,) = told(mine[0], "refunded")
    await it.at_once((refunded, UUID(mine[0]["id"]), it.store))
    assert await stands(mine[0]) == ("CONFIRMED", "refunded", False)
    steps = await history(it.client("store_admin"), mine[0])
    assert [(step["status"], step["actor"]) for step in steps][1:] == [("CONFIRMED", "payments")]
    assert await it.dead_letters() == []


async def test_deadlines_of_two_stores_that_come_together_end_what_is_unpaid(it: Alone) -> None:
    here, there = await for_sale(it, 1000), await for_sale(it, 500, store=it.other)
    mine = [await placed(it.client(), (here, 1)) for _ in range(3)]
    theirs = [await placed(it.client(store=it.other), (there, 1)) for _ in range(2)]
    await settle(it, mine[0])
    in_review = UUID(mine[1]["id"])
    review = PaymentUpdated(order_id=in_review, payment_id=uuid7(), method="proof", status="review")
    await it.given(review, key=in_review)
    timers = [
        (OrderExpiryDue(order_id=UUID(order["id"])), UUID(order["id"]), store)
        for store, orders in ((it.store, mine), (it.other, theirs))
        for order in orders
    ]
    await it.at_once(*timers)
    await it.at_once(*timers)
    assert [await status_of(it, order) for order in mine] == ["CONFIRMED", "PENDING", "EXPIRED"]
    assert [await status_of(it, order, it.other) for order in theirs] == ["EXPIRED", "EXPIRED"]
    for store, ended in ((it.store, mine[2:]), (it.other, theirs)):
        told = [str(event.order_id) for event in await it.published(OrderCancelled, store=store)]
        assert sorted(told) == sorted(order["id"] for order in ended)
        steps = await history(it.client("store_admin", store=store), ended[0])
        assert [(step["status"], step["actor"]) for step in steps][1:] == [("EXPIRED", "timer")]
    assert await it.dead_letters() == []
