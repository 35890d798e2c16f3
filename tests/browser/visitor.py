"""Somebody in a browser of their own, at one store: what they do there, and what the browser complained about."""

import os
import re
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Request, Response, async_playwright, expect

from tests.journeys.shop import ADDRESS
from tradehall.demo import DEMO_PASSWORD

NAMES = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)
PATIENCE = 20_000  # ms; the machine may be busy with other things
DESKTOP = (1440, 900)
PHONE = (390, 844)
CHECKOUT = {
    "name": "Name on the parcel",
    "line1": "Street and number",
    "city": "Town or city",
    "region": "State or region",
    "zip": "Zip or postal code",
}
BOUGHT = re.compile(r"/orders/([0-9a-f-]{36})(\?|$)")


def executable() -> str:
    """Debian's chromium; never a build that Playwright would download."""
    found = os.environ.get("TRADEHALL_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        raise FileNotFoundError("no chromium: apt-get install chromium, or set TRADEHALL_CHROMIUM")
    return found


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable(), args=list(SWITCHES))
        yield browser
        await browser.close()


class Visitor:
    """`complaints`: errors of scripts and of the content policy, requests that failed, answers from 400 on."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.email = f"{uuid4().hex[:12]}@browser.example"
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)

    def _heard(self, message: ConsoleMessage) -> None:
        # A page that is not found is heard of as an answer, with its address.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(f"console: {message.text} ({self.page.url})")

    def _failed(self, request: Request) -> None:
        # Going to another page ends what the last one was still asking for.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.failure}: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.status}: {response.request.method} {response.url}")

    def refused(self, status: int) -> None:
        """What was complained about is that answer, and was meant to come."""
        assert [complaint[:3] for complaint in self.complaints] == [str(status)], self.complaints
        self.complaints.clear()

    async def open(self, path: str = "/") -> None:
        await self.page.goto(self.address + path)

    async def open_until(self, path: str, there: Locator) -> None:
        """Again and again, where what was done a moment ago may not be shown yet."""
        for _ in range(PATIENCE // 1000):
            await self.open(path)
            with suppress(AssertionError):
                await expect(there).to_be_visible(timeout=1000)
                return
        raise AssertionError(f"{path} does not show it: {there}")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=name, exact=True)

    def field(self, label: str) -> Locator:
        """By the beginning of its label: what is optional says so behind."""
        return self.page.get_by_label(re.compile(f"^{re.escape(label)}"))

    def title(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    async def sign_in(self, email: str, path: str = "/login") -> None:
        await self.open(path)
        await self.field("E-mail").fill(email)
        await self.field("Password").fill(DEMO_PASSWORD)
        await self.button("Log in").click()
        self.email = email
        await expect(self.title()).not_to_have_text("Log in")

    async def search(self, words: str) -> None:
        """In the search box, which is a combobox where there is script."""
        box = self.page.get_by_role("search").locator("input[name=q]").first
        await box.fill(words)
        await box.press("Enter")

    async def register(self) -> None:
        await self.link("Log in").click()
        await self.link("Make an account").click()
        await self.field("Name").fill(ADDRESS["name"])
        await self.field("E-mail").fill(self.email)
        await self.field("Password").fill(DEMO_PASSWORD)
        await self.button("Make the account").click()
        await expect(self.page.get_by_text("Account", exact=True)).to_be_visible()

    async def choose(self, options: dict[str, str]) -> None:
        """The variant, by one choice for each of its options."""
        for name, value in options.items():
            group = self.page.get_by_role("group", name=name)
            if await group.count():  # one variant alone leaves nothing to choose
                await group.get_by_role("radio", name=value, exact=True).check()

    async def add(self, variant: dict[str, Any], button: str = "Add to cart", quantity: int = 1) -> None:
        """From the product's page, where the visitor is taken."""
        await self.open(f"/products/{variant['slug']}")
        await self.choose(variant["options"])
        await self.field("Quantity").fill(str(quantity))
        await self.button(button).click()
        await expect(self.page.get_by_role("status").filter(has_text="is in your")).to_be_visible()

    async def fill_in(self, place: dict[str, str] = ADDRESS, *, email: bool = True) -> None:
        """The address, until the total is known."""
        if email:
            await self.field("E-mail").fill(self.email)
        for name, label in CHECKOUT.items():
            await self.field(label).fill(place[name])
        await self.field("Country").select_option(place["country"])
        await expect(self.summary).not_to_contain_text("after the zip code")

    @property
    def summary(self) -> Locator:
        return self.page.get_by_role("complementary", name="Your order")

    async def place_order(self) -> str:
        """The order's number. The visitor stands at its page."""
        await self.button("Place order").click()
        await self.page.wait_for_url(BOUGHT)
        return await self.number()

    async def number(self) -> str:
        found = re.search(r"Order (\S+), placed", await self.page.get_by_role("main").inner_text())
        assert found, await self.page.get_by_role("main").inner_text()
        return found[1]

    def order_id(self) -> str:
        found = BOUGHT.search(self.page.url)
        assert found, self.page.url
        return found[1]

    async def sees(self, *statuses: str) -> None:
        """The order's page comes to show these, one after the other, without being loaded anew."""
        await self.page.evaluate("window.stayed = true")
        for status in statuses:
            await expect(self.title()).to_have_text(status)
        assert await self.page.evaluate("window.stayed"), "the page was loaded anew"

    async def reads_mail(self, subject: str, about: Iterable[str] = ()) -> None:
        """In the store's mailbox; it may take a moment to arrive."""
        letter = self.page.get_by_role("link").filter(has_text=subject).filter(has_text=self.email)
        await self.open_until("/mailbox", letter)
        await letter.click()
        await expect(self.title()).to_have_text(subject)
        shown = self.page.frame_locator("iframe").locator("body")
        for words in about:
            await expect(shown).to_contain_text(words)


async def visitor(browser: Browser, address: str, *, script: bool = True, size: tuple[int, int] = DESKTOP) -> Visitor:
    context = await browser.new_context(
        java_script_enabled=script, viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce"
    )
    return Visitor(await context.new_page(), address)


def slip(folder: Path, content: bytes) -> Path:
    path = folder / "receipt.png"
    path.write_bytes(content)
    return path
