"""Orders that are paid with a discount or in instalments: priced by the server, seen by the buyer first, given back as paid."""

from typing import Any

import pytest

from tests.harness import Alone
from tests.services.orders.buying import body, fields, for_sale, post, settle
from tests.services.orders.test_cancelling_parts import cancel, shipping
from tradehall.contracts.orders import OrderCreated, OrderPlaced, SaleCreated, SaleReduced
from tradehall.contracts.stores import PaymentTerms

__all__ = ["shipping"]  # a fixture: 300 an order
SERVICE = "orders"
TERMS = {
    "proof": PaymentTerms(discount=500),
    "card-simulated": PaymentTerms(instalments=6, interest_free=2, interest=200, least=1000),
}


@pytest.fixture(autouse=True)
def terms(with_profile: Any) -> None:
    with_profile(settings={"payment_terms": TERMS, "payment_methods": ["card-simulated", "proof"]})


def by(method: str, instalments: int = 1) -> dict[str, Any]:
    token = {"token": "tok_ok"} if method == "card-simulated" else {}
    return {"method": method, "instalments": instalments, **token}


async def test_a_discount_is_in_the_total_on_the_order_and_in_what_is_told(it: Alone) -> None:
    lamp = await for_sale(it, 999)
    wrong = await post(it.client(), body((lamp, 3), total=2997 + 300, payment=by("proof")))
    assert (wrong.status_code, wrong.json()["type"]) == (409, "total-changed")
    extra = wrong.json()["extra"]
    assert (extra["total"]["amount"], extra["discount"]["amount"]) == (3148, 149)
    answer = await post(it.client(), body((lamp, 3), total=3148, payment=by("proof")))
    order = answer.json()
    assert (order["subtotal"]["amount"], order["discount"]["amount"], order["total"]["amount"]) == (2997, 149, 3148)
    said = next(e for e in await it.published(OrderPlaced) if str(e.order_id) == order["id"])
    assert (said.discount, said.interest, said.total, said.payment.instalments) == (149, 0, 3148, 1)
    assert sum(line.paid for line in said.lines) + said.shipping_price == said.total
    created = next(e for e in await it.published(OrderCreated) if str(e.order_id) == order["id"])
    assert str(created.total_price) == "31.48"
    (row,) = await it.sql("SELECT discount, interest, instalments FROM orders WHERE number = $1", order["number"])
    assert tuple(row) == (149, 0, 1)


async def test_interest_is_in_the_total_and_the_number_on_the_payment(it: Alone) -> None:
    lamp = await for_sale(it, 10_000)
    free = await post(it.client(), body((lamp, 1), total=10_300, payment=by("card-simulated", 2)))
    assert free.json()["interest"]["amount"] == 0
    answer = await post(it.client(), body((lamp, 1), total=10_712, payment=by("card-simulated", 4)))
    order = answer.json()
    assert (order["interest"]["amount"], order["payment"]["instalments"]) == (412, 4)
    said = next(e for e in await it.published(OrderPlaced) if str(e.order_id) == order["id"])
    assert (said.interest, said.payment.instalments, said.total) == (412, 4, 10_712)


@pytest.mark.parametrize(
    ("payment", "price"),
    [
        (by("proof", 2), 10_000),
        (by("card-simulated", 7), 10_000),
        (by("card-simulated", 3), 2_000),
        (by("card-simulated", 0), 10_000),
        (by("card-simulated", 25), 10_000),
    ],
)
async def test_instalments_that_are_not_offered_are_refused(it: Alone, payment: dict[str, Any], price: int) -> None:
    lamp = await for_sale(it, price)
    answer = await post(it.client(), body((lamp, 1), total=price + 300, payment=payment))
    assert answer.status_code in (400, 422)
    assert fields(answer) == {"payment.instalments"}


async def test_what_is_cancelled_gives_back_what_was_paid_for_it(it: Alone) -> None:
    """Three lines of 333 with 49 off in all; piece by piece all of it goes back, and no cent more."""
    lamp, desk = await for_sale(it, 333), await for_sale(it, 5)
    items = ((lamp, 3), (desk, 1))
    answer = await post(it.client(), body(*items, total=1004 - 50 + 300, payment=by("proof")))
    assert answer.status_code == 201, answer.text
    order = answer.json()
    await settle(it, order)
    guest, token = it.client(), order["link"]
    for line, quantity in ((0, 1), (1, 1), (0, 1), (0, 1)):
        done = await cancel(guest, order, (order["lines"][line], quantity), token=token)
        assert done.status_code == 200, done.text
    assert done.json()["reduced"]["amount"] == order["total"]["amount"]
    events = [event for event in await it.published(SaleReduced, count=4) if str(event.order_id) == order["id"]]
    assert sum(event.total for event in events) == order["total"]["amount"]
    assert [event.shipping for event in events] == [0, 0, 0, 300]
    sale = next(e for e in await it.published(SaleCreated) if str(e.order_id) == order["id"])
    assert sum(line.paid for line in sale.lines) + 300 == sale.total == order["total"]["amount"]


async def test_a_store_without_terms_is_as_before(it: Alone, with_profile: Any) -> None:
    with_profile(settings={"payment_terms": {}})
    lamp = await for_sale(it, 1000)
    order = (await post(it.client(), body((lamp, 1), total=1300))).json()
    assert (order["discount"]["amount"], order["interest"]["amount"]) == (0, 0)
