"""Checkout with a discount and instalments: the total of each way is seen before it is ordered, with and without JavaScript."""

import msgspec
import pytest

from tests.web.conftest import Web
from tradehall.contracts.stores import PaymentTerms

STORE = "motors"
CAR = "chevrolet-chevelle-malibu"
ADDRESS = {"name": "Ray", "line1": "1 Hall", "zip": "43604", "city": "Toledo", "email": "ray@example.com"}
TERMS = {
    "proof": PaymentTerms(discount=500),
    "card-simulated": PaymentTerms(instalments=4, interest_free=2, interest=150),
}


@pytest.fixture(autouse=True)
def _terms(shop: Web) -> None:
    changes = {"payment_methods": ["card-simulated", "proof"], "payment_terms": TERMS}
    shop.api.store = msgspec.structs.replace(shop.api.store, **changes)
    shop.it.running.stores.put(shop.api.store)


async def test_a_discount_is_seen_before_it_is_ordered(shop: Web) -> None:
    browser = shop.browser()
    await browser.add(CAR)
    await browser.open("/checkout")
    page = await browser.send("/checkout", method="proof", **ADDRESS)
    assert "Paid this way, with shipping the total is" in page.text, "the total was not known before"
    assert "<dt>Discount" in page.text
    page = await browser.send("/checkout", method="proof", **ADDRESS)
    assert page.url.path.startswith("/orders/")
    assert "<dt>Discount" in page.text
    order = shop.api.orders[page.url.path.split("/")[2]]
    assert order["discount"]["amount"] == order["subtotal"]["amount"] * 5 // 100


async def test_another_way_to_pay_than_the_total_was_seen_for_is_asked_about(shop: Web) -> None:
    browser = shop.browser()
    await browser.add(CAR)
    await browser.open("/checkout")
    await browser.send("/checkout", method="proof", **ADDRESS)
    page = await browser.send("/checkout", method="card-simulated", **ADDRESS)
    assert page.status_code == 409
    assert "<dt>Discount" not in page.text.partition('id="totals"')[2]
    page = await browser.send("/checkout", method="card-simulated", **ADDRESS)
    assert page.url.path.startswith("/orders/")


async def test_instalments_are_chosen_with_what_they_cost(shop: Web) -> None:
    browser = shop.browser()
    await browser.add(CAR)
    await browser.open("/checkout")
    wanted = {"method": "card-simulated", "parts_card-simulated": "4"}
    page = await browser.send("/checkout", **wanted, **ADDRESS)
    assert page.status_code == 409
    assert page.text.count('<option value="4" selected>') == 1
    assert "<dt>Interest <small>4 instalments" in page.text
    assert "without interest" in page.text
    page = await browser.send("/checkout", **wanted, **ADDRESS)
    assert page.url.path.startswith("/orders/"), page.text
    order = shop.api.orders[page.url.path.split("/")[2]]
    assert order["payment"]["instalments"] == 4
    assert order["interest"]["amount"] > 0
    assert "4 instalments" in page.text


async def test_more_instalments_than_there_are_is_paid_at_once(shop: Web) -> None:
    browser = shop.browser()
    await browser.add(CAR)
    await browser.open("/checkout")
    wrong = {"method": "card-simulated", "parts_card-simulated": "99"}
    await browser.send("/checkout", **wrong, **ADDRESS)
    page = await browser.send("/checkout", **wrong, **ADDRESS)
    assert page.url.path.startswith("/orders/")
    assert shop.api.orders[page.url.path.split("/")[2]]["payment"]["instalments"] == 1
