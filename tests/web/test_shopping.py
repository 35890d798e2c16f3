import pytest

from tests.web.conftest import Web
from tests.web.fake_api import Refused
from tradehall.web.pages.orders import pace

STORE = "atlantic"
TENT = "alder-trekking-tent"
ADDRESS = {"name": "Lena", "line1": "41 Mill Road", "zip": "05401", "city": "Burlington", "email": "lena@example.com"}


async def test_every_page_for_strangers_is_html_under_a_hundred_kilobytes(shop: Web) -> None:
    for path in ("/", "/products", f"/products/{TENT}", "/cart", "/login", "/register", "/mailbox", "/compare"):
        answer = await shop.browser().open(path)
        assert answer.status_code == 200, path
        assert answer.headers["content-type"].startswith("text/html")
        assert len(answer.content) < 100_000, path
        assert "style=" not in answer.text, path
        assert "onclick" not in answer.text, path


async def test_list_keeps_its_state_in_the_url(shop: Web) -> None:
    answer = await shop.browser().open("/products?category=shelter&sort=price&max_price=100&in_stock=1")
    _, _, headers, _ = shop.api.asked[-1]
    assert headers["host"] == "atlantic.localhost"
    assert 'value="shelter" checked' in answer.text
    assert 'value="price" selected' in answer.text
    assert "Linden camping hammock" in answer.text
    assert "Alder trekking tent" not in answer.text


async def test_a_variant_is_chosen_by_its_url(shop: Web) -> None:
    sand = next(v for v in shop.api.products[TENT]["variants"] if v["options"] == {"Color": "Sand", "Size": "3P"})
    answer = await shop.browser().open(f"/products/{TENT}?variant={sand['id']}")
    assert f'value="{sand["id"]}" checked' in answer.text
    assert "$389.00" in answer.text


async def test_a_sold_out_variant_cannot_be_chosen_and_says_so(shop: Web) -> None:
    gone = shop.api.products["harbor-family-tent"]["variants"][0]
    before, gone["available"] = gone["available"], 0
    answer = await shop.browser().open("/products/harbor-family-tent")
    gone["available"] = before
    assert f'value="{gone["id"]}" disabled' in answer.text
    assert "sold out" in answer.text


async def test_text_of_a_store_is_never_markup(shop: Web) -> None:
    product = shop.api.products["fell-solo-tent"]
    before, product["name"] = product["name"], '<script>alert("x")</script>'
    answer = await shop.browser().open("/products/fell-solo-tent")
    product["name"] = before
    assert "<script>alert" not in answer.text
    answer = await shop.browser().open("/products?q=<script>alert(1)</script>")
    assert "<script>alert" not in answer.text


async def test_a_guest_buys_without_javascript(shop: Web) -> None:
    browser = shop.browser()
    page = await browser.add(TENT, quantity="2")
    assert page.url.path == "/cart"
    assert "$658.00" in page.text
    await browser.open("/checkout")
    page = await browser.send("/checkout", **ADDRESS)
    assert page.status_code == 409, "the total with shipping was not seen yet"
    assert "With shipping the total is $663.90" in page.text
    page = await browser.send("/checkout")
    assert page.url.path.startswith("/orders/"), page.text
    assert "token=" in str(page.url)
    order = list(shop.api.orders.values())[-1]
    assert order["total"] == {"amount": 66390, "currency": "USD"}
    assert "cart-count" in page.text
    assert 'class="badge" hidden' in page.text, "the cart is left behind"


async def test_errors_stand_at_their_fields_and_nothing_typed_is_lost(shop: Web) -> None:
    browser = shop.browser()
    await browser.add(TENT)
    await browser.open("/checkout")
    page = await browser.send("/checkout", email="lena", name="Lena Åström <b>", city="Köln")
    assert page.status_code == 422
    for said in ("Enter the street and number.", "Enter an e-mail address", "Enter the zip or postal code."):
        assert page.text.count(said) == 2, "once at the field, once in the summary"
    assert 'value="Lena Åström &lt;b&gt;"' in page.text
    assert 'value="Köln"' in page.text
    assert 'aria-invalid="true"' in page.text


async def test_errors_of_the_api_reach_the_field(shop: Web) -> None:
    browser = shop.browser()
    await browser.add(TENT)
    await browser.open("/checkout")
    await browser.send("/checkout", **ADDRESS | {"email": "lena@nowhere"})
    page = await browser.send("/checkout")
    assert page.status_code == 422
    assert 'id="e-email"' in page.text


async def test_a_changed_total_is_shown_before_anything_is_ordered(shop: Web) -> None:
    browser = shop.browser()
    await browser.add("linden-hammock")
    await browser.open("/checkout")
    await browser.send("/checkout", **ADDRESS)
    variant = shop.api.products["linden-hammock"]["variants"][0]
    orders = len(shop.api.orders)
    before, variant["price"] = variant["price"], {"amount": 9900, "currency": "USD"}
    page = await browser.send("/checkout")
    variant["price"] = before
    assert page.status_code == 409
    assert "$104.90" in page.text
    assert len(shop.api.orders) == orders


async def test_the_cart_is_kept_for_its_visitor_alone(shop: Web) -> None:
    first, second = shop.browser(), shop.browser()
    await first.add(TENT)
    assert "Nothing here yet" in (await second.open("/cart")).text
    await second.add("fell-solo-tent")
    assert "Alder trekking tent" not in (await second.open("/cart")).text
    assert "Fell solo tent" not in (await first.open("/cart")).text


async def test_quantity_is_changed_in_place_and_lines_are_removed(shop: Web) -> None:
    browser = shop.browser()
    await browser.add("fell-solo-tent")
    variant = shop.api.products["fell-solo-tent"]["variants"][0]["id"]
    page = await browser.send(f"/cart/items/{variant}", quantity="3")
    assert 'value="3"' in page.text
    page = await browser.send(f"/cart/items/{variant}", quantity="many")
    assert page.status_code == 422
    assert "whole number from 1 to 999" in page.text
    page = await browser.send(f"/cart/items/{variant}", remove="1")
    assert "Nothing here yet" in page.text


async def test_a_declined_card_is_said_plainly(shop: Web) -> None:
    browser = shop.browser()
    await browser.add(TENT)
    await browser.open("/checkout")
    await browser.send("/checkout", **ADDRESS)
    page = await browser.send("/checkout", card="tok_declined")
    next(reversed(shop.api.orders.values()))["placed"] -= 5
    page = await browser.open(str(page.url))
    assert "The card was declined and nothing was charged." in page.text
    assert "hx-trigger" not in page.text.split('id="live"')[1][:200], "nothing more will happen"


@pytest.mark.parametrize(
    ("status", "paid", "every"),
    [
        ("PENDING", "charging", "1s"),
        ("PENDING", "review", "3s"),
        ("CONFIRMED", "paid", "3s"),
        ("CANCELLED", None, "3s"),
        ("CANCELLED", "awaiting", "1s"),
        ("CANCELLED", "paid", "1s"),
        ("CANCELLED", "refunding", "3s"),
        ("CANCELLED", "void", ""),
        ("REJECTED", "rejected", ""),
        ("EXPIRED", "waiting_proof", "1s"),
        ("DELIVERED", "promised", "1s"),
        ("DELIVERED", "paid", ""),
    ],
)
def test_an_ended_order_is_looked_at_until_its_money_has_ended_too(status: str, paid: str | None, every: str) -> None:
    assert pace({"status": status}, {"status": paid} if paid else None) == every


async def test_live_status_answers_nothing_until_something_changes(shop: Web) -> None:
    browser = shop.browser()
    await browser.add(TENT)
    await browser.open("/checkout")
    await browser.send("/checkout", **ADDRESS)
    page = await browser.send("/checkout")
    path = page.text.split('id="live" hx-get="')[1].split('"')[0].replace("&amp;", "&")
    assert (await browser.client.get(path)).status_code == 204
    next(reversed(shop.api.orders.values()))["placed"] -= 5
    answer = await browser.client.get(path)
    assert answer.status_code == 200
    assert "Confirmed" in answer.text
    assert "<html" not in answer.text


async def test_an_order_is_cancelled_by_its_guest(shop: Web) -> None:
    browser = shop.browser()
    await browser.add(TENT)
    await browser.open("/checkout")
    await browser.send("/checkout", **ADDRESS)
    page = await browser.send("/checkout")
    page = await browser.send(f"{page.url.path}/cancel", reason="Changed my mind")
    assert "Cancelled" in page.text
    assert "Changed my mind" in page.text


async def test_a_failing_cart_does_not_spoil_other_pages(shop: Web) -> None:
    browser = shop.browser()
    await browser.add(TENT)
    shop.api.fail["GET /api/v1/cart"] = Refused(503, "busy")
    assert (await browser.open("/")).status_code == 200
    page = await browser.open("/cart")
    del shop.api.fail["GET /api/v1/cart"]
    assert page.status_code == 503
    assert "We need a moment" in page.text


async def test_errors_are_pages_for_browsers_and_problems_for_programs(shop: Web) -> None:
    page = await shop.browser().open("/products/nothing-like-this")
    assert page.status_code == 404
    assert "There is nothing here" in page.text
    assert (await shop.browser().open("/products/a%00b")).status_code == 404
    assert (await shop.browser().open("/no/such/page")).status_code == 404
    answer = await shop.browser(accept="application/json").client.get("/products/nothing-like-this")
    assert answer.headers["content-type"] == "application/problem+json"
