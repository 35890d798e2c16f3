"""People in front of the pages, their accounts behind them real."""

import re
import time
from typing import Any

import httpx
import pyotp

from tests.harness import Alone
from tests.services.identity.people import PASSWORD, an_email, register, signed_in
from tests.services.identity.test_staff import accept, invited
from tests.web.browser import Browser
from tradehall.contracts.stores import Store

FACTOR = "/account/second-factor"


def browser_at(it: Alone, store: Store | None = None, **headers: str) -> Browser:
    client = it.client(store=store)
    client.headers.update(httpx.Headers({"accept": "text/html", **headers}, encoding="latin-1"))
    return Browser(client)


async def log_in(it: Alone, email: str, *, path: str = "/login", **headers: str) -> Browser:
    browser = browser_at(it, **headers)
    await browser.open(path)
    await browser.send("/login", email=email, password=PASSWORD)
    return browser


async def shopper(it: Alone, **headers: str) -> tuple[Browser, httpx.AsyncClient, str]:
    """Logged in; with a client of the API in their name, and their address."""
    made = await register(it)
    email = made["user"]["email"]
    return await log_in(it, email, **headers), signed_in(it, made), email


async def member(it: Alone, *roles: str) -> tuple[Browser, str]:
    """Of the staff, at the back office."""
    email = an_email()
    answer = await accept(it, await invited(it, email, *roles))
    assert answer.status_code == 200, answer.text
    return await log_in(it, email, path="/login?next=/admin"), email


async def with_second_factor(browser: Browser, *, begun: bool = False) -> tuple[str, list[str]]:
    """Turns it on, from its page: secret and recovery codes."""
    page = browser.page if begun else await browser.send(f"{FACTOR}/begin", current=PASSWORD)
    secret = between(page.text, '<code class="secret">', "</code>").replace(" ", "")
    page = await browser.send(f"{FACTOR}/confirm", code=pyotp.TOTP(secret).now())
    assert page.status_code == 200, page.text
    return secret, codes_on(browser)


def codes_on(browser: Browser) -> list[str]:
    return re.findall(r"<li><code>([a-z0-9-]+)</code>", browser.page.text)


def next_code(secret: str) -> str:
    """The code of now was used for turning it on."""
    return pyotp.TOTP(secret).at(int(time.time()) + 30)


def between(text: str, before: str, after: str) -> str:
    assert before in text, text
    return text.split(before, 1)[1].split(after, 1)[0]


def posted(browser: Browser, **fields: Any) -> dict[str, Any]:
    """A form's fields as this browser would send them from any page."""
    return {"_csrf": between(browser.page.text, 'name="_csrf" value="', '"'), **fields}
