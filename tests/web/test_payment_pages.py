"""Paying on a provider's page, paying back in parts, and the store's account at the provider."""

import msgspec
import pytest

from tests.web.browser import Browser
from tests.web.conftest import Web
from tradehall.web.words import to_minor

STORE = "motors"
CAR = "chevrolet-chevelle-malibu"
ADDRESS = {"name": "Ray", "line1": "1 Hall", "zip": "43604", "city": "Toledo", "email": "ray@example.com"}


@pytest.fixture(autouse=True)
def _with_stripe(shop: Web) -> None:
    shop.api.store = msgspec.structs.replace(
        shop.api.store,
        payment_methods=["proof", "stripe", "pagarme-pix", "pagarme-boleto", "bank-slip"],
        accounts=["stripe", "pagarme", "bank-slip"],
    )
    shop.it.running.stores.put(shop.api.store)


async def bought(shop: Web, method: str) -> tuple[Browser, str]:
    """A buyer on the page of a new order, and its id."""
    browser = shop.browser()
    await browser.add(CAR)
    await browser.open("/checkout")
    await browser.send("/checkout", **ADDRESS)
    page = await browser.send("/checkout", method=method, phone="(11) 98765-4321", tax_id="529.982.247-25")
    assert page.url.path.startswith("/orders/"), page.text
    return browser, page.url.path.split("/")[2]


async def admin_of(shop: Web) -> Browser:
    admin = shop.browser()
    await admin.log_in("admin@motors.example")
    return admin


async def test_what_the_store_has_no_account_for_is_not_offered(shop: Web) -> None:
    browser = shop.browser()
    await browser.add(CAR)
    store = shop.api.store
    for accounts, offered in ((["pagarme"], {"proof", "pagarme-pix", "pagarme-boleto"}), ([], {"proof"})):
        shop.it.running.stores.put(msgspec.structs.replace(store, accounts=accounts))
        page = await browser.open("/checkout")
        assert {method for method in store.payment_methods if f'value="{method}"' in page.text} == offered
    shop.it.running.stores.put(msgspec.structs.replace(store, payment_methods=["stripe"], accounts=[]))
    page = await browser.open("/checkout")
    assert "cannot take payments yet" in page.text
    assert "Place order" not in page.text
    page = await browser.send("/checkout", method="stripe", **ADDRESS)
    assert page.status_code == 422
    assert not shop.api.orders


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


async def test_a_pix_is_shown_as_a_code_to_scan_and_to_copy(shop: Web) -> None:
    browser, order_id = await bought(shop, "pagarme-pix")
    page = await browser.open(f"/orders/{order_id}?token={shop.api.orders[order_id]['link']}")
    assert "br.gov.bcb.pix" in page.text
    assert "<svg" in page.text.split('class="qr"')[1][:200]
    assert "data-countdown" in page.text
    assert "Pay now" not in page.text
    *_, sent = [body for method, path, _, body in shop.api.asked if (method, path) == ("POST", "/api/v1/orders")]
    assert sent["payment"] == {"method": "pagarme-pix", "tax_id": "529.982.247-25"}


async def test_a_boleto_is_shown_as_its_line_and_to_print(shop: Web) -> None:
    browser, order_id = await bought(shop, "pagarme-boleto")
    page = await browser.open(f"/orders/{order_id}?token={shop.api.orders[order_id]['link']}")
    assert "34191.09008 63521.980020" in page.text
    assert 'href="https://pay.example/slip.pdf"' in page.text
    assert "Banks tell us after one to three working days" in page.text


async def test_a_bank_slip_is_shown_and_said_to_have_come(shop: Web) -> None:
    browser, order_id = await bought(shop, "bank-slip")
    page = await browser.open(f"/orders/{order_id}?token={shop.api.orders[order_id]['link']}")
    assert "with the reference <b>ABCD-2345</b>" in page.text
    assert "First Bank" in page.text
    admin = await admin_of(shop)
    page = await admin.open("/admin/payments?status=action")
    assert "The money has come" in page.text
    path = f"/admin/payments/{shop.api.payments[order_id]['id']}/received"
    for wrong in ("ten", "0", "1,000"):
        await admin.open("/admin/payments?status=action")
        assert (await admin.send(path, amount=wrong)).status_code == 422
    assert shop.api.payments[order_id]["status"] == "action"
    await admin.open("/admin/payments?status=action")
    await admin.send(path, amount="12.50")
    assert shop.api.payments[order_id]["captured"]["amount"] == 1250


async def test_the_stores_own_account_and_its_statements(shop: Web) -> None:
    await bought(shop, "bank-slip")
    admin = await admin_of(shop)
    page = await admin.open("/admin/accounts/bank")
    assert page.status_code == 200
    assert "Saved." in (await admin.send("/admin/accounts/bank", text="Ray's Cars, First Bank")).text
    assert shop.api.bank == "Ray's Cars, First Bank"
    page = await admin.send("/admin/accounts/bank/statement")
    assert page.status_code == 422
    assert "Choose the CSV file" in page.text
    page = await admin.send("/admin/accounts/bank/statement", file=("a.csv", b"x", "text/csv"))
    assert page.status_code == 422
    page = await admin.send("/admin/accounts/bank/statement", file=("a.csv", b"Amount", "text/csv"))
    assert "Booked" in page.text
    assert "1 other line brought money" in page.text
    assert "Ray&#39;s Cars" in page.text, "what shoppers read is still there"


async def test_the_tax_id_goes_only_where_it_is_needed(shop: Web) -> None:
    await bought(shop, "proof")
    *_, sent = [body for method, path, _, body in shop.api.asked if (method, path) == ("POST", "/api/v1/orders")]
    assert sent["payment"] == {"method": "proof"}


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
    made = [asked for asked in shop.api.asked if asked[0] == "POST" and asked[1].endswith("/refunds")]
    assert all(headers.get("idempotency-key") for _, _, headers, _ in made)
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
        ("1,500", "JPY", 1500),
        ("1.500.000", "IDR", None),
        ("1.500.000", "JPY", 1500000),
        ("1,500.000", "JPY", None),
        ("1.000,00", "BRL", None),
        ("", "USD", None),
        ("12.", "USD", None),
        ("١٢", "USD", None),
    ],
)
def test_amounts_are_read_in_one_way_only(typed: str, currency: str, minor: int | None) -> None:
    assert to_minor(typed, currency) == minor


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
