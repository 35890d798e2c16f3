"""Paying on a provider's page, paying back in parts, and the store's account at the provider."""

import msgspec
import pytest

from tests.web.browser import Browser
from tests.web.conftest import Web
from tradehall.web.words import exact_minor

STORE = "motors"
CAR = "chevrolet-chevelle-malibu"
ADDRESS = {"name": "Ray", "line1": "1 Hall", "zip": "43604", "city": "Toledo", "email": "ray@example.com"}


@pytest.fixture(autouse=True)
def _with_stripe(shop: Web) -> None:
    shop.api.store = msgspec.structs.replace(shop.api.store, payment_methods=["proof", "stripe"])
    shop.it.running.stores.put(shop.api.store)


async def bought(shop: Web, method: str) -> tuple[Browser, str]:
    """A buyer on the page of a new order, and its id."""
    browser = shop.browser()
    await browser.add(CAR)
    await browser.open("/checkout")
    await browser.send("/checkout", **ADDRESS)
    page = await browser.send("/checkout", method=method)
    assert page.url.path.startswith("/orders/"), page.text
    return browser, page.url.path.split("/")[2]


async def admin_of(shop: Web) -> Browser:
    admin = shop.browser()
    await admin.log_in("admin@motors.example")
    return admin


async def test_the_order_leads_to_the_providers_page_and_asks_when_the_buyer_is_back(shop: Web) -> None:
    browser, order_id = await bought(shop, "stripe")
    link = f"/orders/{order_id}?token={shop.api.orders[order_id]['link']}"
    page = await browser.open(link)
    assert 'href="https://pay.example/1"' in page.text
    assert "Waiting for you to pay" in page.text
    assert not [path for method, path, *_ in shop.api.asked if path.endswith("/check")]
    await browser.open(f"{link}&back=1")
    assert [method for method, path, *_ in shop.api.asked if path.endswith(f"{order_id}/check")] == ["POST"]
    shop.api.payments[order_id] |= {"status": "paid", "action": None}
    assert "https://pay.example" not in (await browser.open(link)).text


async def test_money_is_paid_back_in_part_and_a_typing_error_pays_nothing_back(shop: Web) -> None:
    _, order_id = await bought(shop, "stripe")
    payment = shop.api.payments[order_id]
    total = payment["amount"]
    payment |= {"status": "paid", "captured": total, "refundable": total, "action": None, "reference": "pi_1"}
    admin = await admin_of(shop)
    page = await admin.open(f"/admin/orders/{order_id}")
    assert "pi_1" in page.text
    for wrong in ("ten", "1,000", "1.005", "-5", "0", "1e3"):
        page = await admin.send(f"/admin/orders/{order_id}/refund", amount=wrong, reason="Scratched")
        assert page.status_code == 422, wrong
        assert "Enter the amount to pay back" in page.text
        assert 'value="Scratched"' in page.text
    assert payment["refunds"] == []
    page = await admin.send(f"/admin/orders/{order_id}/refund", amount="12.50", reason="Scratched")
    assert "On its way back" in page.text
    assert [refund["amount"]["amount"] for refund in payment["refunds"]] == [1250]
    page = await admin.send(f"/admin/orders/{order_id}/refund", amount="99999999", reason="All")
    assert page.status_code == 409
    assert "There is not that much." in page.text
    keys = [headers.get("idempotency-key") for _, path, headers, _ in shop.api.asked if path.endswith("/refunds")]
    assert all(keys)
    await admin.send(f"/admin/orders/{order_id}/refund", amount="", reason="The rest")
    assert payment["refundable"]["amount"] == 0
    assert "Pay money back" not in (await admin.open(f"/admin/orders/{order_id}")).text


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("12.50", "USD", 1250),
        ("12,5", "BRL", 1250),
        (" 12 ", "USD", 1200),
        ("12", "JPY", 12),
        ("12.5", "JPY", None),
        ("1,000", "USD", None),
        ("1.000,00", "BRL", None),
        ("", "USD", None),
        ("12.", "USD", None),
        ("١٢", "USD", None),
    ],
)
def test_amounts_that_move_money_are_read_in_one_way_only(typed: str, currency: str, minor: int | None) -> None:
    assert exact_minor(typed, currency) == minor


async def test_an_account_is_set_up_compared_and_taken_out(shop: Web) -> None:
    admin = await admin_of(shop)
    assert "None yet" in (await admin.open("/admin/accounts")).text
    assert (await admin.open("/admin/accounts/nobody")).status_code == 404
    page = await admin.open("/admin/accounts/stripe")
    assert f"http://{shop.api.store.hosts[0]}" in page.text
    assert "/api/v1/payments/webhooks/stripe" in page.text
    page = await admin.send(
        "/admin/accounts/stripe", secret_key="sk_test_wrong", webhook_secret="whsec_1", capture="at_once"
    )
    assert page.status_code == 422
    assert "Stripe does not know this key" in page.text
    assert "sk_test_wrong" not in page.text, "a secret is not sent back"
    page = await admin.send(
        "/admin/accounts/stripe", secret_key="sk_test_1", webhook_secret="whsec_1", capture="on_shipment"
    )
    assert "sk_…cdef" in page.text
    assert 'value="on_shipment" checked' in page.text
    none = {
        "payments": 2,
        "captured": 500,
        "captured_there": 500,
        "refunded": 0,
        "refunded_there": 0,
        "differences": [],
    }
    shop.api.books = none
    assert "They agree, payment by payment." in (await admin.open("/admin/accounts/stripe?days=7")).text
    difference = {"payment_id": "1", "order_id": None, "reference": "pi_9", "what": "unknown here"}
    difference |= {"captured": 0, "captured_there": 700, "refunded": 0, "refunded_there": 0}
    shop.api.books = none | {"differences": [difference]}
    page = await admin.open("/admin/accounts/stripe?days=30")
    assert "pi_9" in page.text
    assert "$7.00" in page.text
    page = await admin.send("/admin/accounts/stripe/delete")
    assert "The account is gone from here" in page.text


async def test_accounts_are_for_admins(shop: Web) -> None:
    assert (await shop.browser().open("/admin/accounts")).url.path == "/login"
    shopper = shop.browser()
    await shopper.log_in("ray@motors.example")
    assert (await shopper.open("/admin/accounts")).status_code == 403
