"""Every page of every store, as a guest, a shopper and an admin meet it."""

from collections.abc import AsyncIterator

import msgspec
import pytest
from playwright.async_api import Browser, expect

from tests.browser import reading
from tests.browser.visitor import PHONE, Visitor, visitor
from tests.journeys.program import Program
from tests.journeys.shop import People
from tradehall.demo import content
from tradehall.web.sections import SECTIONS

LIMIT = 100_000  # bytes of HTML, styles and scripts
ADD = {"motors": "Buy this vehicle", "boutique": "Add to basket"}
ACCOUNT = (
    "/account",
    "/account/addresses",
    "/account/addresses/new",
    "/account/sessions",
    "/account/phone?done=sent",
    "/account/second-factor",
    "/notifications",
    "/account/reviews",
)
PEOPLE = ("/admin/staff", "/admin/keys", "/admin/issuers", "/admin/issuers/new?like=google", "/admin/audit")
STOCK = ("/admin/movements", "/admin/counts", "/admin/backorders", "/admin/warehouses")
MISSING = "/there-is-no-such-page"


class Walk(msgspec.Struct):
    """By path."""

    weights: dict[str, int] = {}
    structure: dict[str, list[str]] = {}
    contrast: dict[str, list[str]] = {}
    focus: dict[str, list[str]] = {}
    overflow: dict[str, list[str]] = {}
    complaints: list[str] = []

    async def see(self, who: Visitor, path: str) -> None:
        """Goes there, unless already there, and looks closely."""
        if path:
            await who.open(path)
        path = who.page.url.removeprefix(who.address).partition("?token")[0]
        await who.page.wait_for_load_state()
        self.weights[path] = await reading.weight(who.page)
        self.structure[path] = await reading.structure(who.page)
        self.contrast[path] = await reading.contrast(who.page)
        self.overflow[path] = await reading.overflow(who.page, PHONE[0])
        self.focus[path] = await reading.focus(who.page)
        self.complaints += [complaint for complaint in who.complaints if not complaint.endswith(MISSING)]
        who.complaints.clear()


async def reviewed(people: People, store: str) -> list[str]:
    """Pages of a product with a review, and of the review; of stores that have one."""
    admin = await people.admin(store)
    found = (await admin.get("/api/v1/manage/reviews", limit=1))["items"]
    return [path for one in found for path in (f"/products/{one['product_id']}", f"/reviews/{one['id']}")]


@pytest.fixture(scope="module", params=content.STORES)
async def walk(request: pytest.FixtureRequest, chromium: Browser, program: Program) -> AsyncIterator[Walk]:
    store: str = request.param
    address = f"http://{store}.localhost:{program.port}"
    people, seen = People(program), Walk()
    guest, shopper, admin = [await visitor(chromium, address) for _ in range(3)]
    cast = content.people().stores[store]
    mode = content.store(store).checkout_mode
    variant = await people.guest(store).choose(least=1)
    try:
        for path in (
            "/",
            "/products",
            "/products?sort=price&in_stock=1&q=a",
            MISSING,
            "/mailbox",
            "/cart",
            "/login",
            "/forgot",
            "/reset",
            "/invitation",
        ):
            await seen.see(guest, path)
        await guest.add(variant, ADD.get(store, "Add to cart"))
        await seen.see(guest, "")
        await seen.see(guest, "/cart")
        if mode != "guest":
            await seen.see(guest, "/register")
        if mode == "account":
            await shopper.sign_in(cast.shoppers[1].email)
            await shopper.add(variant, ADD.get(store, "Add to cart"))
            await seen.see(shopper, "/checkout")
            for path in ACCOUNT:
                await seen.see(shopper, path)
            await seen.see(shopper, "/orders")
            await shopper.page.get_by_role("main").get_by_role("row").get_by_role("link").first.click()
        else:
            shopper = guest
            await seen.see(guest, "/checkout")
            await guest.fill_in()
            await guest.place_order()
        await seen.see(shopper, "")
        await guest.open("/mailbox")
        await guest.page.get_by_role("main").get_by_role("link").first.click()
        await seen.see(guest, "")
        if store == "motors":
            await guest.open("/products")
            for box in (await guest.page.get_by_role("checkbox", name="Compare").all())[:3]:
                await box.check()
            await guest.button("Compare chosen").click()
            await seen.see(guest, "")
        await admin.sign_in(cast.admin.email, "/login?next=/admin/orders")
        await seen.see(admin, "/admin/orders")
        await admin.page.get_by_role("main").get_by_role("row").get_by_role("link").first.click()
        await seen.see(admin, "")
        for status in ("review", "paid"):
            await seen.see(admin, f"/admin/payments?status={status}")
        for path in (*PEOPLE, "/admin/reviews", "/admin/reviews?look=all"):
            await seen.see(admin, path)
        for path in await reviewed(people, store):
            await seen.see(guest, path)
        yield seen
    finally:
        for who in (guest, shopper, admin):
            await who.page.context.close()
        await people.close()


async def test_all_parts_of_the_back_office_fit_on_a_phone(chromium: Browser, program: Program) -> None:
    """Their tables too: a row becomes a card, and nothing has to be pushed aside to be read."""
    admin = await visitor(chromium, f"http://atlantic.localhost:{program.port}", size=PHONE)
    await admin.sign_in(content.people().stores["atlantic"].admin.email, "/login?next=/admin/orders")
    wide: dict[str, list[str]] = {}
    for path in (*(section.path for section in SECTIONS), *STOCK):
        await admin.open(path)
        boxes = await admin.page.evaluate(
            "[...document.querySelectorAll('.scroll')].filter((box) => box.scrollWidth > box.clientWidth + 1).length"
        )
        wide[path] = await reading.overflow(admin.page, PHONE[0]) + ["a table"] * boxes
    assert faults(wide) == {}
    await admin.page.get_by_text("Menu").click()
    await expect(admin.link("Plan and bills")).to_be_visible()
    await admin.page.context.close()


def faults(found: dict[str, list[str]]) -> dict[str, list[str]]:
    return {path: what for path, what in found.items() if what}


async def test_no_page_fails_to_load_something_or_breaks_its_content_policy(walk: Walk) -> None:
    assert walk.complaints == []


async def test_pages_are_light(walk: Walk) -> None:
    assert {path: weight for path, weight in walk.weights.items() if weight > LIMIT} == {}
    assert min(walk.weights.values()) > 28_000  # it was measured at all


async def test_pages_fit_on_a_phone(walk: Walk) -> None:
    assert faults(walk.overflow) == {}


async def test_everything_has_a_name_and_a_place(walk: Walk) -> None:
    assert faults(walk.structure) == {}


async def test_text_stands_out_from_its_ground(walk: Walk) -> None:
    assert faults(walk.contrast) == {}


async def test_keyboard_focus_is_seen(walk: Walk) -> None:
    assert faults(walk.focus) == {}
