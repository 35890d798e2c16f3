"""Payments of several stores in one transaction and one task: each charged once, booked and told of in its own store."""

from uuid import UUID

import pytest

from tests.harness import Alone
from tests.services.payments.paying import by_card, payment, validated
from tradehall.contracts.orders import OrderPlaced
from tradehall.contracts.payments import ChargeDue, PaymentProcessed
from tradehall.contracts.stores import Store
from tradehall.contracts.values import Event, encode
from tradehall.kernel.bus import Message
from tradehall.kernel.ids import uuid7
from tradehall.kernel.service import TaskContext
from tradehall.services.payments.tasks import charge

SERVICE = "payments"


def message(event: Event, key: UUID, store: Store) -> Message:
    return Message(uuid7(), event.publisher, event.event_name(), str(key), store.id, encode(event))


async def begun(it: Alone, *orders: tuple[OrderPlaced, Store]) -> None:
    await it.at_once(
        *((event, order.order_id, store) for order, store in orders for event in (order, validated(order)))
    )


async def told(it: Alone, order: OrderPlaced, store: Store) -> str:
    for event in await it.published(PaymentProcessed, store=store):
        if event.order_id == order.order_id:
            return event.payment_status
    raise AssertionError("nothing was told")


@pytest.mark.parametrize("again", [False, True])
async def test_each_is_charged_in_its_own_store(it: Alone, again: bool) -> None:
    mine, declined, theirs = by_card(), by_card("tok_declined"), by_card(total=7700)
    await begun(it, (mine, it.store), (declined, it.other), (theirs, it.other))
    rows = {
        o.order_id: (await payment(it, o, s), s)
        for o, s in ((mine, it.store), (declined, it.other), (theirs, it.other))
    }
    tasks = [ChargeDue(payment_id=row["id"]) for row, _ in rows.values()]
    origins = {id(t): message(t, t.payment_id, s) for t, (_, s) in zip(tasks, rows.values(), strict=True)}
    context = TaskContext(it.db, frozenset({it.store.id, it.other.id}), it.running, origins)
    for _ in range(2 if again else 1):
        await charge(tasks, context)
    assert await told(it, mine, it.store) == "SUCCESS"
    assert await told(it, declined, it.other) == "FAILED"
    assert await told(it, theirs, it.other) == "SUCCESS"
    assert (await payment(it, theirs, it.other))["captured"] == 7700
    for order, store, others in ((mine, it.store, it.other), (theirs, it.other, it.store)):
        row, _ = rows[order.order_id]
        books = "SELECT amount FROM simulated_charges WHERE key = $1"
        assert [r["amount"] for r in await it.sql(books, row["id"], store=store)] == [order.total]
        assert await it.sql(books, row["id"], store=others) == []
        events = "SELECT count(*) AS n FROM provider_events WHERE payment_id = $1"
        assert [r["n"] for r in await it.sql(events, row["id"], store=store)] == [1]
