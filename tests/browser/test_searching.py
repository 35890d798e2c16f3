"""The search box: suggestions while somebody types, by mouse and by keys alone, and what remains of it without script."""

import re
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.journeys.shop import People


@pytest.fixture
async def wanted(people: People) -> dict[str, Any]:
    """A product, and how somebody begins to type it."""
    product = (await people.guest("atlantic").get("/api/v1/products", limit=1, sort="name"))["items"][0]
    words = product["name"].split()
    return product | {"typed": " ".join([*words[:-1], words[-1][:3]])}


def box(buyer: Visitor) -> Locator:
    return buyer.page.get_by_role("combobox", name="Search").first


def options(buyer: Visitor) -> Locator:
    return buyer.page.get_by_role("listbox", name="Suggestions").get_by_role("option")


async def test_suggestions_are_gone_through_by_keys(visit: Visit, wanted: dict[str, Any]) -> None:
    buyer = await visit("atlantic")
    field, shown = box(buyer), options(buyer)
    await expect(field).to_have_attribute("aria-expanded", "false")
    await field.press_sequentially(wanted["typed"])
    product = shown.filter(has_text=wanted["name"]).last
    await expect(product).to_be_visible()
    await expect(field).to_have_attribute("aria-expanded", "true")
    await field.press("ArrowDown")
    await expect(shown.first).to_have_attribute("aria-selected", "true")
    first = await shown.first.get_attribute("id")
    assert first
    await expect(field).to_have_attribute("aria-activedescendant", first)
    await expect(field).to_be_focused()
    await field.press("ArrowUp")
    await expect(field).to_have_attribute("aria-activedescendant", "")
    await field.press("ArrowUp")
    await expect(shown.last).to_have_attribute("aria-selected", "true")
    await field.press("Escape")
    await expect(shown).to_have_count(0)
    await expect(field).to_have_attribute("aria-expanded", "false")
    assert await field.input_value() == wanted["typed"]

    await field.press("Backspace")
    await expect(product).to_be_visible()
    place = await product.evaluate("one => [...one.parentNode.children].indexOf(one)")
    for _ in range(place + 1):
        await field.press("ArrowDown")
    await expect(product).to_have_attribute("aria-selected", "true")
    await field.press("Enter")
    await expect(buyer.title()).to_have_text(wanted["name"])


async def test_suggestions_are_followed_by_mouse_and_go_when_nobody_looks(visit: Visit, wanted: dict[str, Any]) -> None:
    buyer = await visit("atlantic")
    field, shown = box(buyer), options(buyer)
    await field.press_sequentially(wanted["typed"])
    await expect(shown.first).to_be_visible()
    await buyer.title().click()
    await expect(shown).to_have_count(0)
    await field.press("End")
    await field.press("Backspace")
    await shown.filter(has_text=wanted["name"]).last.click()
    await expect(buyer.title()).to_have_text(wanted["name"])


async def test_what_is_typed_is_searched_where_nothing_is_chosen(visit: Visit, wanted: dict[str, Any]) -> None:
    buyer = await visit("atlantic")
    await box(buyer).press_sequentially(wanted["typed"])
    await expect(options(buyer).first).to_be_visible()
    await box(buyer).press("Enter")
    await buyer.page.wait_for_url(re.compile(r"/products\?"))
    await expect(buyer.page.get_by_role("main").get_by_role("link", name=wanted["name"]).first).to_be_visible()


async def test_without_script_the_box_is_a_form(visit: Visit, wanted: dict[str, Any]) -> None:
    buyer = await visit("atlantic", script=False)
    field = buyer.page.get_by_role("search").get_by_role("searchbox", name="Search").first
    await field.fill(wanted["typed"])
    await expect(options(buyer)).to_have_count(0)
    await field.press("Enter")
    await expect(buyer.page.get_by_role("main").get_by_role("link", name=wanted["name"]).first).to_be_visible()
