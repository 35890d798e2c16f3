"""A whole purchase in a browser that runs no script."""

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import CHECKOUT
from tests.journeys.shop import ADDRESS, People


async def test_boutique_sells_to_browsers_that_run_no_script(visit: Visit, people: People) -> None:
    guest = people.guest("boutique")
    piece = await guest.choose()
    name = (await guest.get(f"/api/v1/products/{piece['slug']}"))["name"]
    buyer = await visit("boutique", script=False)
    await buyer.page.get_by_role("banner").get_by_label("Search").first.click()
    await buyer.page.get_by_role("searchbox", name="Search").fill(name)
    await buyer.page.get_by_role("searchbox", name="Search").press("Enter")
    await buyer.page.get_by_role("main").get_by_role("link", name=name, exact=True).first.click()
    await expect(buyer.title()).to_have_text(name)
    choice = buyer.page.get_by_role("radio", name=" · ".join(piece["options"].values()))
    if await choice.count():
        await choice.first.check()
    await buyer.button("Add to basket").click()

    await expect(buyer.title()).to_have_text("Basket")
    await buyer.field(f"Quantity of {name}").fill("2")
    await buyer.button("Update").click()
    await expect(buyer.page.get_by_role("complementary", name="Total")).to_contain_text("2 items")
    await expect(buyer.page.get_by_role("link", name="Log in")).to_have_count(0)
    await buyer.button("Check out").click()

    await buyer.button("Place order").click()
    await expect(buyer.page.get_by_role("alert")).to_contain_text("Enter an e-mail address")
    buyer.refused(422)
    await buyer.field("E-mail").fill(buyer.email)
    for field, label in CHECKOUT.items():
        await buyer.field(label).fill(ADDRESS[field])
    await buyer.field("Country").select_option(ADDRESS["country"])
    await buyer.button("Show shipping and total").click()
    await expect(buyer.summary).not_to_contain_text("after the zip code")
    await expect(buyer.field("Street and number")).to_have_value(ADDRESS["line1"])
    number = await buyer.place_order()
    await expect(buyer.title()).to_have_text("Confirmed")  # the page refreshes itself
    await buyer.reads_mail(f"We have your order {number}", [number])
    await buyer.reads_mail(f"Order {number} is confirmed", [number])
