"""Orders that become less after they were paid, or promised to be: what is too much goes back, once."""

from typing import Any

import pytest

from tests.harness import Alone
from tests.services.payments.paying import by, by_card, cancel, differences, less, payment, reaches, start
from tradehall.contracts.orders import OrderDelivered
from tradehall.contracts.payments import PaymentUpdated

SERVICE = "payments"


async def test_a_card_is_paid_back_in_parts(it: Alone) -> None:
    order = await start(it, by_card(total=5000))
    await reaches(it, order, "paid")
    event = await less(it, order, 2000)
    await it.given(event, key=order.order_id)  # once more, under another id: it is another event to the inbox
    found = await reaches(it, order, "paid")

    assert found["reduced"] == 4000
    await less(it, order, 0)
    await less(it, order, 1000, kind="returned")
    after = await reaches(it, order, "refunded")
    assert (after["captured"], after["refunded"], after["reduced"]) == (5000, 5000, 5000)
    told = [e for e in await it.published(PaymentUpdated) if e.order_id == order.order_id]
    assert [e.refunded for e in told][-1] == 5000
    assert await differences(it) == []


async def test_never_more_than_was_kept_goes_back(it: Alone) -> None:
    order = await start(it, by_card(total=5000))
    await reaches(it, order, "paid")
    answer = await it.client("store_admin").post(
        f"/api/v1/payments/{order.order_id}/refunds",
        json={"reason": "Sorry", "amount": {"amount": 4500, "currency": "USD"}},
        headers={"idempotency-key": "sorry"},
    )
    assert answer.status_code == 201
    await less(it, order, 2000)
    assert (await reaches(it, order, "refunded"))["refunded"] == 5000
    await cancel(it, order)
    await it.idle()
    assert (await payment(it, order))["refunded"] == 5000
    assert await differences(it) == []


async def test_what_was_cancelled_after_parts_of_it_gives_back_the_rest(it: Alone) -> None:
    order = await start(it, by_card(total=5000))
    await reaches(it, order, "paid")
    await less(it, order, 2000)
    await less(it, order, 3000, whole=True)
    await cancel(it, order)
    after = await reaches(it, order, "refunded")
    assert after["refunded"] == 5000
    rows = await it.sql("SELECT amount FROM refunds WHERE payment_id = $1 ORDER BY id", after["id"])
    assert [row["amount"] for row in rows] == [2000, 3000]


@pytest.mark.parametrize("parts", [[1200], [1200, 800]], ids=["one", "two"])
async def test_cash_is_collected_for_what_is_left(it: Alone, parts: Any) -> None:
    order = await start(it, by("cash-on-delivery", total=5000))
    await reaches(it, order, "promised")
    for part in parts:
        await less(it, order, part)
    await it.given(OrderDelivered(order_id=order.order_id), key=order.order_id)
    after = await reaches(it, order, "paid")
    assert (after["captured"], after["refunding"]) == (5000 - sum(parts), 0)
    await less(it, order, 500, kind="returned")
    assert (await payment(it, order))["refunding"] == 500, "by hand: somebody has to say that it is done"
