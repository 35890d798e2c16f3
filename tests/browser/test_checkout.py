"""When buying goes wrong, the page says what happened and nothing typed is lost."""

import asyncio
import re
from typing import Any

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.journeys.shop import ADDRESS, People, Person, equals


async def test_declined_card_cancels_and_says_that_nothing_was_charged(visit: Visit, people: People) -> None:
    variant = await people.guest("atlantic").choose(least=6)
    buyer = await visit("atlantic")
    await buyer.add(variant)
    await buyer.link("Check out").click()
    await buyer.fill_in()
    await buyer.field("Test card").select_option("tok_declined")
    number = await buyer.place_order()
    await buyer.sees("Cancelled")
    main = buyer.page.get_by_role("main")
    await expect(main).to_contain_text("The card was declined and nothing was charged.")
    await expect(main).to_contain_text("Nothing will be sent.")
    await buyer.reads_mail(f"Order {number} was cancelled", [number])
    await buyer.open("/cart")
    await expect(buyer.page.get_by_role("article")).to_have_count(1)  # what was ordered is back


async def test_only_the_lines_that_are_chosen_are_ordered(visit: Visit, people: People) -> None:
    guest = people.guest("atlantic")
    one, other = await guest.choose(seller="northlight"), await guest.choose(seller="foldworks")
    buyer = await visit("atlantic")
    await buyer.add(one)
    await buyer.add(other)
    await buyer.link("See cart").click()
    boxes = buyer.page.get_by_role("checkbox", name=re.compile("^Check out "))
    await expect(boxes).to_have_count(2)
    await boxes.first.uncheck()
    totals = buyer.page.get_by_role("complementary", name="Total")
    await expect(totals).to_contain_text("1 of 2 lines chosen")
    await expect(boxes.first).to_be_focused()
    await buyer.page.reload()
    await expect(boxes.first).not_to_be_checked()
    await buyer.button("Check out").click()
    await expect(buyer.page.get_by_role("complementary", name="Your order")).to_contain_text("1 other line stays")
    await buyer.fill_in()
    await buyer.place_order()
    await buyer.sees("Confirmed")
    await buyer.open("/cart")
    await expect(buyer.page.get_by_role("article")).to_have_count(1)
    await expect(boxes).not_to_be_checked()


async def test_what_is_missing_is_named_and_what_was_typed_stays(visit: Visit, people: People) -> None:
    variant = await people.guest("atlantic").choose(least=6)
    buyer = await visit("atlantic")
    await buyer.add(variant)
    await buyer.link("Check out").click()
    await buyer.field("E-mail").fill("ada at browser")
    await buyer.field("Name on the parcel").fill("Ada <b>Quill</b>")
    await buyer.field("Flat, floor, company").fill("c/o “Quill & Sons”")
    await buyer.page.get_by_role("radio", name="Cash on delivery").check()
    await buyer.button("Place order").click()
    summary = buyer.page.get_by_role("alert")
    await expect(summary).to_be_focused()
    for words in ("Enter an e-mail address", "Enter the street", "Enter the town", "Enter the zip"):
        await expect(summary.get_by_role("link", name=words)).to_be_visible()
    buyer.refused(422)

    for label in ("E-mail", "Street and number", "Zip or postal code", "Town or city"):
        field = buyer.field(label)
        assert await field.get_attribute("aria-invalid") == "true"
        told = await field.get_attribute("aria-describedby")
        assert told
        await expect(buyer.page.locator(f"#{told.split()[0]}")).to_contain_text("Enter ")
    assert await buyer.field("Name on the parcel").get_attribute("aria-invalid") is None
    await expect(buyer.field("E-mail")).to_have_value("ada at browser")
    await expect(buyer.field("Name on the parcel")).to_have_value("Ada <b>Quill</b>")
    await expect(buyer.field("Flat, floor, company")).to_have_value("c/o “Quill & Sons”")
    await expect(buyer.page.get_by_role("radio", name="Cash on delivery")).to_be_checked()

    await summary.get_by_role("link", name="Enter the street").click()
    await expect(buyer.field("Street and number")).to_be_focused()
    await buyer.fill_in(ADDRESS | {"name": "Ada <b>Quill</b>"})
    await buyer.place_order()
    await buyer.sees("Confirmed")
    await expect(buyer.page.get_by_role("main")).to_contain_text("Ada <b>Quill</b>")


async def test_wrong_password_says_so_and_keeps_the_address(visit: Visit) -> None:
    somebody = await visit("bazaar")
    await somebody.link("Log in").click()
    await somebody.field("E-mail").fill(somebody.email)
    await somebody.field("Password").fill("not the password")
    await somebody.button("Log in").click()
    await expect(somebody.page.get_by_role("alert")).to_contain_text("E-mail and password do not belong together")
    await expect(somebody.field("E-mail")).to_have_value(somebody.email)
    await expect(somebody.field("Password")).to_have_value("")
    somebody.refused(401)


async def test_last_unit_goes_to_one_of_two_who_press_at_once(visit: Visit, people: People) -> None:
    guest, admin = people.guest("boutique"), await people.admin("boutique")
    variant = await guest.choose(least=6)
    await count(guest, admin, variant, 1)
    buyers = [await visit("boutique"), await visit("boutique")]
    for buyer in buyers:
        await buyer.add(variant, "Add to basket")
        await buyer.link("Check out").click()
        await buyer.fill_in()
    await asyncio.gather(*(buyer.button("Place order").click() for buyer in buyers))
    ends = await asyncio.gather(*(end(buyer) for buyer in buyers))
    assert sorted(ends) == ["Cancelled", "Confirmed"]
    loser = buyers[ends.index("Cancelled")].page.get_by_role("main")
    await expect(loser).to_contain_text("Nothing was charged.")
    await count(guest, admin, variant, 12)


async def end(buyer: Visitor) -> str:
    """Confirmed or Cancelled, whichever the page comes to show."""
    title = buyer.title()
    await expect(title.filter(has_text="Confirmed").or_(title.filter(has_text="Cancelled"))).to_be_visible()
    return await title.inner_text()


async def count(guest: Person, admin: Person, variant: dict[str, Any], units: int) -> None:
    """Sets what the house's only warehouse has of it, and waits until the store shows that."""
    (warehouse,) = await admin.get("/api/v1/warehouses")
    body = {"variant_id": variant["id"], "warehouse": warehouse["code"], "quantity": units}
    await admin.ask("POST", "/api/v1/stock/count", body)

    async def available() -> int:
        page = await guest.get(f"/api/v1/products/{variant['slug']}")
        (found,) = [v["available"] for v in page["variants"] if v["id"] == variant["id"]]
        return int(found)

    await equals(units, available)
