"""Five stores, each bought from in the way it sells, until the page itself says that the order is confirmed."""

from pathlib import Path
from typing import Any

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor, slip
from tests.journeys.shop import ADDRESS, People
from tradehall.demo import content
from tradehall.demo.stories import receipt


async def confirmed(buyer: Visitor, label: str = "Confirmed") -> None:
    """The page moves there by itself, and the mails tell the same. `label`: what the store calls it."""
    number = await buyer.number()
    await buyer.sees(label)
    await expect(buyer.page.get_by_role("list", name="Progress")).to_contain_text("Confirmed")
    await buyer.reads_mail(f"We have your order {number}", [number])
    await buyer.reads_mail(f"Order {number} is confirmed", [number])


async def test_bookshop_with_a_new_account(visit: Visit, people: People) -> None:
    book = await people.guest("bazaar").choose(sort="-price")
    name = await title(people, "bazaar", book)
    buyer = await visit("bazaar")
    await buyer.register()
    await buyer.search(name)
    await expect(buyer.title()).to_have_text(f"“{name}”")
    await buyer.page.get_by_role("main").get_by_role("link", name=name, exact=True).first.click()
    await expect(buyer.title()).to_have_text(name)
    await buyer.choose(book["options"])
    await buyer.button("Add to cart").click()
    await buyer.link("Check out").click()
    await expect(buyer.field("E-mail")).to_have_value(buyer.email)
    await buyer.fill_in(email=False)
    number = await buyer.place_order()
    await confirmed(buyer)
    await buyer.open("/orders")
    row = buyer.page.get_by_role("row").filter(has_text=number)
    await expect(row).to_contain_text("Confirmed")
    await row.get_by_role("link", name=number).click()
    await expect(buyer.page.get_by_role("main")).to_contain_text(name)


async def test_stationer_with_a_known_account_pays_on_delivery(visit: Visit, people: People) -> None:
    guest = people.guest("mini")
    one, other = await guest.choose(sort="price"), await guest.choose(sort="-price")
    shopper = content.people().stores["mini"].shoppers[0]
    buyer = await visit("mini")
    await buyer.sign_in(shopper.email)
    await emptied(buyer)
    await buyer.add(one, quantity=2)
    await buyer.add(other)
    await buyer.link("See cart").click()
    await expect(buyer.page.get_by_role("article")).to_have_count(2)
    await buyer.button("Check out").click()
    await expect(buyer.field("Street and number")).to_have_value(shopper.address.line1)
    await buyer.page.get_by_role("radio", name="Cash on delivery").check()
    await buyer.place_order()
    await expect(buyer.page.get_by_text("To be paid on delivery")).to_be_visible()
    await confirmed(buyer)


async def test_boutique_sells_to_guests_only(visit: Visit, people: People) -> None:
    piece = await people.guest("boutique").choose()
    buyer = await visit("boutique")
    await buyer.add(piece, "Add to basket")
    await buyer.link("Check out").click()
    await expect(buyer.title()).to_have_text("Checkout")
    await buyer.fill_in()
    for path in ("/", "/products", "/cart", "/checkout"):
        await buyer.open(path)
        await expect(buyer.page.get_by_role("link", name="Log in")).to_have_count(0)
        await expect(buyer.page.get_by_role("link", name="account")).to_have_count(0)
    await buyer.fill_in()
    await buyer.place_order()
    await expect(buyer.page.get_by_text("it is your link to the order")).to_be_visible()
    await confirmed(buyer)


async def test_car_is_paid_by_a_proof_that_an_admin_approves(visit: Visit, people: People, tmp_path: Path) -> None:
    car = await people.guest("motors").choose(least=1)
    buyer, admin = await visit("motors"), await visit("motors")
    await buyer.add(car, "Buy this vehicle")
    await buyer.link("Check out").click()
    await buyer.fill_in()
    await expect(buyer.page.get_by_role("radio", name="Bank transfer")).to_be_checked()
    number = await buyer.place_order()
    await expect(buyer.page.get_by_role("heading", name="Upload the receipt")).to_be_visible()
    await expect(buyer.page.get_by_role("timer")).to_contain_text("left")
    await buyer.field("Receipt").set_input_files(slip(tmp_path, receipt(number, "USD 1.00", ADDRESS["name"])))
    await buyer.button("Upload the receipt").click()
    await expect(buyer.page.get_by_text("We are checking your receipt")).to_be_visible()

    await admin.sign_in(content.people().stores["motors"].admin.email)
    await admin.page.get_by_text("Account", exact=True).click()
    await admin.link("Store admin").click()
    await (
        admin.page.get_by_role("navigation", name="Store admin").get_by_role("link", name="Orders", exact=True).click()
    )
    await admin.link(number).click()
    await admin.link("Check it").click()
    review = admin.page.get_by_role("article").filter(
        has=admin.page.locator(f'a[href="/admin/orders/{buyer.order_id()}"]')
    )
    picture = review.get_by_role("img", name="Uploaded receipt")
    await picture.scroll_into_view_if_needed()
    await expect(picture).to_have_js_property("naturalWidth", 640)
    await review.get_by_label("Note").fill("Received, thank you.")
    await review.get_by_role("button", name="Approve payment").click()
    await buyer.sees("Paid")
    await expect(buyer.page.get_by_text("Received, thank you.")).to_be_visible()
    await confirmed(buyer, "Paid")


async def test_two_sellers_in_one_order_send_two_parcels(visit: Visit, people: People) -> None:
    guest = people.guest("atlantic")
    tent, stove = await guest.choose(seller="northlight"), await guest.choose(seller="foldworks")
    buyer, admin = await visit("atlantic"), await visit("atlantic")
    await buyer.add(tent)
    await buyer.add(stove)
    await buyer.link("Check out").click()
    await buyer.fill_in()
    number = await buyer.place_order()
    await buyer.sees("Confirmed")
    for seller in ("Northlight Outfitters", "Foldworks"):
        parcel = buyer.page.get_by_role("listitem").filter(has_text=f"{seller} Not sent yet")
        await expect(parcel).to_be_visible()

    await admin.sign_in(content.people().stores["atlantic"].admin.email, "/login?next=/admin/orders")
    await admin.link(number).click()
    await ship(admin, "Northlight Outfitters", "HP-1")
    await buyer.sees("Being packed")
    await ship(admin, "Foldworks", "HP-2")
    await buyer.sees("On its way")
    for tracked in ("HP-1", "HP-2"):
        await expect(buyer.page.get_by_text(tracked, exact=True)).to_be_visible()
    await buyer.reads_mail(f"Order {number} is confirmed", [number])


async def ship(admin: Visitor, seller: str, tracking: str) -> None:
    """By hand, below the label that could be bought."""
    by_hand = admin.page.locator("details").filter(has_text=f"Parcel from {seller}")
    await by_hand.locator("summary").click()
    form = by_hand.locator("form")
    await form.get_by_label("Carrier").fill("Harbor Parcel")
    await form.get_by_label("Tracking number").fill(tracking)
    await form.get_by_role("button", name="Mark as sent").click()
    await expect(admin.page.get_by_text(tracking, exact=True)).to_be_visible()


async def title(people: People, store: str, variant: dict[str, Any]) -> str:
    return str((await people.guest(store).get(f"/api/v1/products/{variant['slug']}"))["name"])


async def emptied(buyer: Visitor) -> None:
    """Whatever another visit left in the account's cart."""
    await buyer.open("/cart")
    while await buyer.page.get_by_role("button", name="Remove").count():
        await buyer.page.get_by_role("button", name="Remove").first.click()
        await buyer.page.wait_for_load_state()
