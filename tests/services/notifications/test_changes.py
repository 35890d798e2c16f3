"""What changes after an order was placed: parts that are cancelled or come back, money given back, parcels that arrive."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.harness import Alone
from tests.makers import a_product, lines_of
from tests.services.notifications.mails import mails_of, ordered
from tradehall.contracts.orders import (
    OrderCancelled,
    OrderDelivered,
    OrderPlaced,
    OrderShipped,
    ParcelDelivered,
    ReducedLine,
    ReturnUpdated,
    SaleReduced,
)
from tradehall.contracts.payments import PaymentUpdated
from tradehall.kernel.ids import uuid7

SERVICE = "notifications"


async def subjects(it: Alone, order: OrderPlaced, *templates: str) -> list[str]:
    return [mail["subject"] for mail in await mails_of(it, order) if mail["template"] in templates]


async def paid_back(it: Alone, order: OrderPlaced, payment: UUID, refunded: int, **changes: Any) -> None:
    facts = {"method": "stripe", "status": "paid", "captured": 2800, **changes}
    event = PaymentUpdated(order_id=order.order_id, payment_id=payment, refunded=refunded, **facts)
    await it.given(event, key=order.order_id)


async def test_each_amount_that_goes_back_is_told_once(it: Alone) -> None:
    order, payment = await ordered(it), uuid7()
    for refunded in (0, 500, 500, 1200, 1200, 2800):
        await paid_back(it, order, payment, refunded)
    await it.redeliver(it.sent[-6:])
    mails = [mail for mail in await mails_of(it, order) if mail["template"] == "refund_done"]
    amounts = [("5.00 USD", False), ("7.00 USD", True), ("16.00 USD", True)]
    assert len(mails) == 3
    for mail, (amount, in_all) in zip(mails, amounts, strict=True):
        assert f"We have given back {amount}" in mail["text"]
        assert ("in all" in mail["text"]) is in_all
    assert "28.00 USD in all" in mails[-1]["html"]


async def test_a_refund_that_failed_is_told_once_and_one_on_its_way_not_at_all(it: Alone) -> None:
    order, payment = await ordered(it), uuid7()
    failed = {"note": "A refund failed: expired card"}
    await paid_back(it, order, payment, 0, status="refunding", **failed)
    assert await subjects(it, order, "refund_failed") == []
    for _ in range(2):
        await paid_back(it, order, payment, 0, **failed)
    assert await subjects(it, order, "refund_failed") == [f"A refund for order {order.number} did not go through"]
    assert "expired card" not in str(await mails_of(it, order))
    await paid_back(it, order, payment, 2800, status="refunded", **failed)
    assert len(await subjects(it, order, "refund_failed")) == 1
    assert len(await subjects(it, order, "refund_done")) == 1


def less(order: OrderPlaced, kind: str = "cancelled", **changes: Any) -> SaleReduced:
    line = order.lines[0]
    reduced = ReducedLine(
        line_id=line.line_id,
        product_id=line.product_id,
        variant_id=line.variant_id,
        seller_id=line.seller_id,
        parcel_id=uuid7(),
        quantity=1,
        amount=1250,
    )
    facts = {
        "reduction_id": uuid7(),
        "kind": kind,
        "whole": False,
        "currency": "USD",
        "lines": [reduced],
        "shipping": 0,
        "total": 1250,
        "reason": "Broken.",
        **changes,
    }
    return SaleReduced(order_id=order.order_id, **facts)


@pytest.mark.parametrize(("kind", "words"), [("cancelled", "A part of order"), ("returned", "What you sent back of")])
async def test_what_is_less_is_told_line_by_line(it: Alone, kind: str, words: str) -> None:
    order = await ordered(it)
    event = less(order, kind, shipping=100, total=1350)
    for _ in range(2):
        await it.given(event, key=order.order_id)
    (mail,) = [mail for mail in await mails_of(it, order) if mail["template"] == "order_reduced"]
    for body in (mail["text"], mail["html"]):
        assert f"{words} {'order ' if kind == 'returned' else ''}{order.number}" in body
        assert "1 × Lamp 0" in body
        assert "12.50 USD" in body
        assert "13.50 USD" in body
        assert "Broken." in body


async def test_what_is_cancelled_as_a_whole_is_told_by_its_cancellation(it: Alone) -> None:
    order = await ordered(it)
    await it.given(less(order, whole=True), key=order.order_id)
    await it.given(OrderCancelled(order_id=order.order_id, cancellation_reason="Broken."), key=order.order_id)
    assert [mail["template"] for mail in await mails_of(it, order)] == ["order_placed", "order_cancelled"]


async def test_an_answer_about_a_return_is_told_and_nothing_else_of_it(it: Alone) -> None:
    order = await ordered(it)
    facts = {"return_id": uuid7(), "parcel_id": uuid7(), "seller_id": uuid7(), "reason": "Too small"}
    for status in ("requested", "approved", "approved", "received", "withdrawn", "refused"):
        event = ReturnUpdated(order_id=order.order_id, status=status, answer=f"Said: {status}.", **facts)
        await it.given(event, key=order.order_id)
    told = [mail["text"] for mail in await mails_of(it, order) if mail["template"] == "return_answered"]
    assert ["You can send back" in text for text in told] == [True, False]
    assert ["Said: approved." in told[0], "Said: refused." in told[1]] == [True, True]


def of_two_sellers() -> Any:
    return [*lines_of(a_product(1250), 1), *lines_of(a_product(300), 1)]


async def arrives(it: Alone, order: OrderPlaced, *parcels: UUID) -> None:
    for parcel in parcels:
        sent = OrderShipped(order_id=order.order_id, shipment_id=parcel, carrier="Gull", tracking_number="G")
        await it.given(sent, key=order.order_id)
    for parcel in parcels:
        await it.given(ParcelDelivered(order_id=order.order_id, shipment_id=parcel), key=order.order_id)


async def test_a_parcel_that_is_not_the_last_is_told_of(it: Alone) -> None:
    order = await ordered(it, lines=of_two_sellers())
    await arrives(it, order, uuid7())
    assert await subjects(it, order, "parcel_delivered") == [f"A parcel of order {order.number} has arrived"]
    await arrives(it, order, uuid7())
    await it.given(OrderDelivered(order_id=order.order_id), key=order.order_id)
    told = [mail["template"] for mail in await mails_of(it, order)]
    assert sorted(told[1:]) == ["order_delivered", "order_shipped", "order_shipped", "parcel_delivered"]


async def test_an_only_parcel_is_told_of_by_its_order(it: Alone) -> None:
    order = await ordered(it)
    await arrives(it, order, uuid7())
    assert await subjects(it, order, "parcel_delivered") == []


async def notes(client: httpx.AsyncClient) -> list[tuple[str, str, str]]:
    found = (await client.get("/api/v1/me/notifications")).json()["items"]
    return [(note["kind"], note["text"], note["link"]) for note in found]


async def test_a_customer_is_told_here_too_unless_they_chose_otherwise(it: Alone) -> None:
    who = uuid7()
    client = it.client("shopper", user_id=who)
    order = await ordered(it, customer_id=who)
    await arrives(it, order, uuid7())
    ((kind, text, link),) = await notes(client)
    assert (kind, link) == ("order_shipped", f"/orders/{order.order_id}")
    assert text == f"A parcel of order {order.number} is on its way with Gull, G."
    answer = await client.put(
        "/api/v1/me/message-choices", json={"kinds": {"parcels": {"in_app": False, "email": False}}}
    )
    assert answer.status_code == 200
    later = await ordered(it, customer_id=who)
    await arrives(it, later, uuid7())
    assert len(await notes(client)) == 1
    assert [mail["template"] for mail in await mails_of(it, later)] == ["order_placed"]
    await paid_back(it, later, uuid7(), 500)
    assert [kind for kind, *_ in await notes(client)] == ["refund_done", "order_shipped"]
    rows = await it.client("support").get("/api/v1/notifications/deliveries", params={"order_id": str(later.order_id)})
    states = sorted((one["template"], one["channel"], one["status"]) for one in rows.json()["items"])
    assert states == [
        ("order_shipped", "email", "skipped"),
        ("order_shipped", "in_app", "skipped"),
        ("refund_done", "in_app", "delivered"),
    ]


async def test_what_has_to_be_known_cannot_be_switched_off(it: Alone) -> None:
    client = it.client("shopper")
    kinds = (await client.get("/api/v1/me/message-choices")).json()["kinds"]
    assert "email" not in kinds["orders"]["channels"]
    assert set(kinds["orders"]["always"]) >= {"order_placed", "order_confirmed", "order_cancelled", "refund_done"}
    assert set(kinds["account"]["always"]) >= {"password_reset", "phone_verification", "staff_invitation"}
    for kind in ("orders", "account", "selling"):
        answer = await client.put("/api/v1/me/message-choices", json={"kinds": {kind: {"email": False}}})
        assert answer.status_code == 422
