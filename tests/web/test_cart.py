"""The page of the cart: what is chosen, what has changed, in words."""

from typing import Any

import pytest

from tests.web.browser import Browser
from tests.web.conftest import Web
from tests.web.test_shopping import ADDRESS

STORE = "atlantic"
TENT, SOLO = "alder-trekking-tent", "fell-solo-tent"


def variant_of(shop: Web, slug: str) -> str:
    return str(shop.api.products[slug]["variants"][0]["id"])


async def with_both(shop: Web) -> Browser:
    browser = shop.browser()
    for slug in (TENT, SOLO):
        await browser.open(f"/products/{slug}")
        await browser.send("/cart/items", variant=variant_of(shop, slug))
    return browser


async def test_only_chosen_lines_are_checked_out_and_the_rest_stays(shop: Web) -> None:
    browser = await with_both(shop)
    page = await browser.send("/cart/selection", line=[variant_of(shop, SOLO)], go="1")
    assert page.url.path == "/checkout"
    assert "Fell solo tent" in page.text
    assert "Alder trekking tent" not in page.text
    assert "1 other line stays in your cart" in page.text
    await browser.send("/checkout", **ADDRESS)
    page = await browser.send("/checkout")
    assert page.url.path.startswith("/orders/"), page.text
    order = list(shop.api.orders.values())[-1]
    assert [line["variant_id"] for line in order["lines"]] == [variant_of(shop, SOLO)]
    page = await browser.open("/cart")
    assert "Alder trekking tent" in page.text
    assert "Fell solo tent" not in page.text


async def test_a_choice_is_kept_and_summed(shop: Web) -> None:
    browser = await with_both(shop)
    page = await browser.send("/cart/selection", line=[variant_of(shop, SOLO)])
    assert page.url.path == "/cart"
    assert "1 of 2 lines chosen" in page.text
    assert page.text.count(" checked") == 1
    page = await browser.send("/cart/selection", go="1")
    assert (page.status_code, page.url.path) == (422, "/cart/selection")
    assert "Choose at least one line" in page.text
    assert (await browser.open("/checkout")).url.path == "/cart"
    page = await browser.send("/cart/selection", line=["nonsense"])
    assert page.status_code == 422


@pytest.mark.parametrize(
    ("available", "changed", "said"),
    [
        (None, {"price": {"from": {"amount": 30000, "currency": "USD"}, "to": {"amount": 1, "currency": "USD"}}}, "Price down: it was $300.00"),
        (None, {"price": {"from": {"amount": 30000, "currency": "USD"}, "to": {"amount": 40000, "currency": "USD"}}}, "Price up: it was $300.00"),
        (None, {"title": {"from": "Old <tent>", "to": "x"}}, "Called “Old &lt;tent&gt;” before"),
        (None, {"options": {"from": {"Colour": "Moss"}, "to": {}}}, "Was Moss before"),
        (0, {"availability": "short"}, "Sold out at the moment"),
        (2, {"availability": "short"}, "Only 2 left; you want 3"),
        (9, {"availability": "back"}, "In stock again"),
        (9, {"gone": "deleted"}, "No longer sold"),
        (9, {"gone": "unpublished"}, "Not for sale at the moment"),
    ],
)  # fmt: skip
async def test_what_has_changed_is_said_in_words(shop: Web, available: int | None, changed: Any, said: str) -> None:
    browser = await with_both(shop)
    variant = shop.api.products[TENT]["variants"][0]
    await browser.send(f"/cart/items/{variant['id']}", quantity="3")
    before = variant["available"]
    shop.api.changed[variant["id"]] = changed
    variant["available"] = available
    page = await browser.open("/cart")
    variant["available"] = before
    assert said in page.text
    if "gone" in changed:
        assert "will not be ordered" in page.text
        assert f'value="{variant["id"]}" checked' not in page.text
        shop.api.changed.clear()
    elif changed == {"availability": "short"}:
        assert "Understood" not in page.text, "it is so, understood or not"
        shop.api.changed.clear()
    else:
        page = await browser.send("/cart/acknowledge")
        assert said not in page.text
        assert "Understood" not in page.text


async def test_a_line_that_is_gone_does_not_keep_the_others_from_being_ordered(shop: Web) -> None:
    browser = await with_both(shop)
    shop.api.changed[variant_of(shop, TENT)] = {"gone": "deleted"}
    page = await browser.send("/cart/selection", line=[variant_of(shop, SOLO)], go="1")
    assert page.url.path == "/checkout"
    assert "Fell solo tent" in page.text
    shop.api.changed.clear()


async def test_messages_are_stopped_by_the_link_in_a_mail_or_logged_in(shop: Web) -> None:
    browser = shop.browser()
    page = await browser.open("/reminders?person=5&token=right&kind=reminders")
    assert shop.api.reminders == {}, "looking changes nothing"
    page = await browser.send("/reminders", stop="yes")
    assert "no more mails" in page.text
    assert shop.api.reminders == {"5": False}
    page = await browser.open("/reminders?person=5&token=wrong")
    assert page.status_code == 404
    assert "not complete" in page.text
    assert (await shop.browser().open("/reminders")).url.path in ("/login", "/reminders")
    await browser.log_in("lena@atlantic.example")
    page = await browser.open("/reminders")
    assert page.url.path == "/account/messages"
    page = await browser.send("/account/messages")
    assert "Saved." in page.text


async def test_a_mail_program_stops_them_with_one_click_and_no_cookie(shop: Web) -> None:
    """RFC 8058: one field, posted to the address in the mail's header, by a program that was never here."""
    link = "/reminders?person=7&kind=reminders&token="
    click = {"List-Unsubscribe": "One-Click"}
    program = shop.it.client(store=shop.api.store)
    for token, status in (("wrong", 404), ("right", 200)):
        answer = await program.post(link + token, data=click)
        assert answer.status_code == status
        assert shop.api.reminders.get("7") == (None if token == "wrong" else False)
    assert (await program.post(link + "right", data={"stop": "yes"})).status_code == 403
