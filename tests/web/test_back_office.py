from tests.web.conftest import Web
from tests.web.fake_api import PIXEL

STORE = "motors"
CAR = "chevrolet-chevelle-malibu"
ADDRESS = {"name": "Ray", "line1": "1 Hall", "zip": "43604", "city": "Toledo", "email": "ray@example.com"}


async def bought(shop: Web) -> tuple[str, str]:
    """An order waiting for its proof: (id, its page)."""
    browser = shop.browser()
    await browser.add(CAR)
    await browser.open("/checkout")
    await browser.send("/checkout", **ADDRESS)
    page = await browser.send("/checkout", method="proof")
    assert page.url.path.startswith("/orders/"), page.text
    return page.url.path.split("/")[2], str(page.url)


async def test_the_back_office_is_for_admins(shop: Web) -> None:
    assert (await shop.browser().open("/admin")).url.path == "/login"
    shopper = shop.browser()
    await shopper.log_in("ray@motors.example")
    for path in ("/admin", "/admin/orders", "/admin/payments", "/admin/stock"):
        page = await shopper.open(path)
        assert page.status_code == 403
        assert "not open to you" in page.text


async def test_a_receipt_is_uploaded_checked_and_the_car_sent(shop: Web) -> None:
    order_id, link = await bought(shop)
    buyer = shop.browser()
    page = await buyer.open(link)
    assert "data-countdown" in page.text
    page = await buyer.send(f"/orders/{order_id}/proof", file=("r.txt", b"hello", "text/plain"))
    assert page.status_code == 422
    assert "must be a JPEG, PNG, WebP or PDF" in page.text
    page = await buyer.send(f"/orders/{order_id}/proof", file=("r.png", PIXEL, "image/png"))
    assert "We are checking your receipt" in page.text

    admin = shop.browser()
    await admin.log_in("admin@motors.example")
    page = await admin.open("/admin/payments")
    assert f"/orders/{order_id}/proof" in page.text
    receipt = await admin.client.get(f"/orders/{order_id}/proof")
    assert receipt.headers["content-type"] == "image/png"
    payment = shop.api.payments[order_id]["id"]
    await admin.send(f"/admin/payments/{payment}/approve", note="Seen")
    page = await admin.open(f"/admin/orders/{order_id}")
    assert "Confirmed" in page.text
    page = await admin.send(f"/admin/orders/{order_id}/ship", carrier="UPS", tracking_number="1Z999")
    assert "1Z999" in page.text
    page = await admin.send(f"/admin/orders/{order_id}/deliver")
    assert "Delivered" in page.text
    assert "has arrived" in (await buyer.open(link)).text


async def test_an_order_is_shown_to_nobody_without_its_link(shop: Web) -> None:
    order_id, link = await bought(shop)
    assert (await shop.browser().open(f"/orders/{order_id}")).url.path == "/login"
    page = await shop.browser().open(f"/orders/{order_id}?token=wrong")
    assert page.status_code == 404
    assert (await shop.browser().open(link)).status_code == 200


async def test_cars_are_compared_by_their_figures(shop: Web) -> None:
    page = await shop.browser().open(f"/compare?p={CAR}&p=buick-skylark-320")
    assert "130 hp" in page.text
    assert "165 hp" in page.text


async def test_a_mail_is_shown_in_a_frame_that_can_do_nothing(shop: Web) -> None:
    await bought(shop)
    browser = shop.browser()
    page = await browser.open("/mailbox")
    path = page.text.split('<a href="/mailbox/')[1].split('"')[0]
    page = await browser.open(f"/mailbox/{path}")
    assert "sandbox" in page.text
    answer = await browser.client.get(f"/mailbox/{path}/html")
    policy = answer.headers.get_list("content-security-policy")
    assert len(policy) == 1
    assert policy[0].startswith("default-src 'none'")
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
