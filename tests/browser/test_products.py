"""A product from its form to a buyer and beyond, with script and without."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Browser, expect

from tests.browser import reading
from tests.browser.conftest import Visit
from tests.browser.visitor import CHECKOUT, PHONE, Visitor, visitor
from tests.journeys.program import Program
from tests.journeys.shop import ADDRESS, People, eventually
from tests.services.catalog.goods import picture
from tradehall.demo import content


def a_picture(folder: Path) -> Path:
    path = folder / "lantern.png"
    path.write_bytes(picture(size=(600, 600)))
    return path


async def stocked(people: People, slug: str, sku: str) -> None:
    """Until the shop says so."""
    admin = await people.admin("atlantic")
    warehouse = (await admin.get("/api/v1/warehouses"))[0]["code"]

    async def known() -> list[Any]:
        found: list[Any] = (await admin.get("/api/v1/articles", sku=sku))["items"]
        return found

    [article] = await eventually(known)
    body = {"variant_id": article["variant_id"], "warehouse": warehouse, "quantity": 5}
    await admin.ask("POST", "/api/v1/stock/receive", body)

    async def on_the_shelf() -> int:
        return int((await admin.get(f"/api/v1/products/{slug}"))["available"])

    await eventually(on_the_shelf)


async def made(seller: Visitor, name: str, sku: str, image: Path) -> None:
    """Two options, three variants, a picture; published."""
    await seller.link("New product").click()
    await seller.field("Name").fill(name)
    await seller.button("It comes in several variants").click()
    await seller.page.get_by_label("Option 1", exact=True).fill("Finish")
    await seller.button("Add another option").click()
    await seller.page.get_by_label("Option 2", exact=True).fill("Size")
    await seller.page.get_by_label("What can be chosen, option 1").fill("Brass, Steel")
    await seller.page.get_by_label("What can be chosen, option 2").fill("Small, Large")
    await seller.field("SKUs begin with").fill(sku)
    await seller.field("Price, USD").fill("24.50")
    await seller.button("Make variants").click()
    await expect(seller.field("SKU, variant 4")).to_have_value(f"{sku}-STEEL-LARGE")
    await expect(seller.field("Name")).to_have_value(name)
    await seller.page.get_by_role("button", name="Remove variant 4").click()
    await expect(seller.page.get_by_label("SKU, variant 4")).to_have_count(0)
    await seller.button("Save and publish").click()
    await expect(seller.page.get_by_role("alert")).to_contain_text("Choose who sells it")
    seller.refused(422)
    await seller.field("Sold by").select_option("Northlight Outfitters")
    await seller.field("Add pictures").set_input_files(image)
    await seller.button("Save and publish").click()
    await expect(seller.page.get_by_text("The product is saved and published")).to_be_visible()
    await expect(seller.field("Picture 1 in words")).to_be_visible()


async def renamed(seller: Visitor, name: str, slug: str) -> None:
    await seller.field("Name").fill(name)
    await seller.field("Address in the shop").fill(slug)
    await seller.field("Picture 1 in words").fill("A lantern, lit")
    await seller.button("Save").last.click()
    await expect(seller.page.get_by_text("The product is saved.")).to_be_visible()
    await expect(seller.title()).to_contain_text(name)


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
async def test_product_is_made_sold_renamed_and_found_by_its_old_address(
    visit: Visit, people: People, tmp_path: Path, script: bool
) -> None:
    word = uuid4().hex[:8]
    name, sku, slug = f"Lantern {word}", f"LAN{word}".upper(), f"lantern-{word}"
    seller, buyer = await visit("atlantic", script=script), await visit("atlantic", script=script)
    await seller.sign_in(content.people().stores["atlantic"].admin.email, "/login?next=/admin/products")
    await made(seller, name, sku, a_picture(tmp_path))
    await stocked(people, slug, f"{sku}-BRASS-LARGE")

    await buyer.search(name)
    await buyer.page.get_by_role("main").get_by_role("link", name=name, exact=True).first.click()
    await expect(buyer.title()).to_have_text(name)
    if script:
        await buyer.choose({"Finish": "Brass", "Size": "Large"})
    else:
        await buyer.page.get_by_role("radio", name="Brass · Large").check()
    await buyer.button("Add to cart").click()
    await (buyer.link("Check out") if script else buyer.button("Check out")).first.click()
    if script:
        await buyer.fill_in()
    else:
        await buyer.field("E-mail").fill(buyer.email)
        for field, label in CHECKOUT.items():
            await buyer.field(label).fill(ADDRESS[field])
        await buyer.field("Country").select_option(ADDRESS["country"])
        await buyer.button("Show shipping and total").click()
    await buyer.place_order()
    await expect(buyer.title()).to_have_text("Confirmed")

    await renamed(seller, f"Storm {name}", f"storm-{slug}")
    new_name = buyer.page.get_by_role("heading", name=f"Storm {name}", level=1, exact=True)
    await buyer.open_until(f"/products/{slug}", new_name)
    assert buyer.page.url.endswith(f"/products/storm-{slug}")
    await expect(buyer.page.get_by_role("img", name="A lantern, lit").first).to_be_visible()

    await seller.page.get_by_text("Delete this product").click()
    await expect(seller.page.get_by_text("Orders that were placed go on as they are")).to_be_visible()
    await seller.button("Delete the product").click()
    await expect(seller.page.get_by_text("The product is deleted")).to_be_visible()


async def test_form_reads_well_and_fits_on_a_phone(chromium: Browser, program: Program) -> None:
    who = await visitor(chromium, f"http://atlantic.localhost:{program.port}")
    await who.sign_in(content.people().stores["atlantic"].admin.email, "/login?next=/admin/products")
    found: dict[str, list[str]] = {}
    await who.page.get_by_role("main").get_by_role("row").get_by_role("link").first.click()
    await expect(who.button("Upload now")).to_be_visible()
    product = who.page.url.removeprefix(who.address)
    for path in (product, f"{product}/variants", "/admin/products/new", "/admin/products", "/admin/nowhere"):
        await who.open(path)
        found[path] = [
            *await reading.structure(who.page),
            *await reading.contrast(who.page),
            *await reading.overflow(who.page, PHONE[0]),
            *await reading.focus(who.page),
        ]
        assert await reading.weight(who.page) < 200_000
    assert {path: what for path, what in found.items() if what} == {}
    await who.page.context.close()
