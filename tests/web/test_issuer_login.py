"""Logging in with another issuer through the pages, at a real OpenID provider."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pyotp
import pytest

from tests.harness import Alone, eventually
from tests.oidc import at_the_provider, running_provider
from tests.services.identity.mailed import code_of
from tests.services.identity.people import PASSWORD, an_email, register, signed_in
from tests.web.browser import Browser
from tests.web.people import browser_at, next_code
from tradehall.kernel.ids import uuid7


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with running_provider() as url:
        yield url


@pytest.fixture(autouse=True)
async def offered(it: Alone, provider: str) -> None:
    data = {"name": "Acme", "issuer": provider, "client_id": "shop", "client_secret": "s3cret"}
    answer = await it.client("store_admin").put("/api/v1/auth/issuers/acme", json=data)
    assert answer.status_code == 200, answer.text


async def sent_away(browser: Browser, then: str = "/") -> str:
    """To which address."""
    answer = await browser.client.get("/login/with/acme", params={"next": then})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def came_back(it: Alone, browser: Browser, provider: str, then: str = "/", **claims: Any) -> dict[str, str]:
    subject = uuid7().hex
    back = await at_the_provider(provider, await sent_away(browser, then), subject, **claims)
    browser.page = await browser.client.get("/login/back", params=back, follow_redirects=True)
    return back


async def test_the_log_in_page_offers_it_and_it_leads_on(it: Alone, provider: str) -> None:
    browser, email = browser_at(it), an_email()

    async def shown() -> bool:
        page = await browser.open("/login?next=/account")
        return 'href="/login/with/acme?next=%2Faccount"' in page.text and "Log in with Acme" in page.text

    await eventually(shown)
    await came_back(it, browser, provider, "/account", email=email, email_verified=True, name="Ada Lund")
    assert browser.page.url.path == "/account"
    assert email in browser.page.text
    assert "sent_to_issuer" not in browser.client.cookies


async def test_only_the_browser_that_was_sent_comes_back(it: Alone, provider: str) -> None:
    browser, other = browser_at(it), browser_at(it)
    claims = {"email": an_email(), "email_verified": True}
    back = await at_the_provider(provider, await sent_away(browser), uuid7().hex, **claims)
    await sent_away(other)  # has a state of its own
    for stranger in (browser_at(it), other):
        page = await stranger.client.get("/login/back", params=back)
        assert (page.status_code, "did not begin here" in page.text) == (422, True)
        assert "session" not in stranger.client.cookies
    page = await browser.client.get("/login/back", params=back)
    assert (page.status_code, "session" in browser.client.cookies) == (303, True)


async def test_once_is_enough(it: Alone, provider: str) -> None:
    browser = browser_at(it)
    back = await came_back(it, browser, provider, email=an_email(), email_verified=True)
    page = await browser.client.get("/login/back", params=back)
    assert (page.status_code, "did not begin here" in page.text) == (422, True)


async def test_a_refusal_there_is_said_in_words_and_the_way_kept(it: Alone) -> None:
    browser = browser_at(it)
    await sent_away(browser, "/account")
    state = await state_of(browser, "/account")
    page = await browser.client.get("/login/back", params={"state": state, "error": "access_denied"})
    assert (page.status_code, "did not go through" in page.text) == (422, True)
    assert 'name="next" value="/account"' in page.text


async def state_of(browser: Browser, then: str) -> str:
    query = urlsplit(await sent_away(browser, then)).query
    return next(part.removeprefix("state=") for part in query.split("&") if part.startswith("state="))


@pytest.mark.parametrize("claims", [{}, {"email": "a@example.com", "email_verified": False}])
async def test_who_is_not_vouched_for_is_told_why(it: Alone, provider: str, claims: dict[str, Any]) -> None:
    browser = browser_at(it)
    await came_back(it, browser, provider, **claims)
    assert browser.page.status_code == 401
    assert "has not verified your e-mail address" in browser.page.text


async def test_somebody_elses_address_is_said_to_be_taken(it: Alone, provider: str) -> None:
    made, browser = await register(it), browser_at(it)
    await came_back(it, browser, provider, email=made["user"]["email"], email_verified=True)
    assert browser.page.status_code == 409
    assert "There is an account with this e-mail address already" in browser.page.text


async def test_the_second_factor_is_asked_for_here_too(it: Alone, provider: str) -> None:
    email, subject = an_email(), uuid7().hex
    claims = {"email": email, "email_verified": True}
    first = browser_at(it)
    back = await at_the_provider(provider, await sent_away(first), subject, **claims)
    await first.client.get("/login/back", params=back)
    await it.client().post("/api/v1/auth/password/forgot", json={"email": email})
    secret = await second_factor_of(it, email)
    browser = browser_at(it)
    back = await at_the_provider(provider, await sent_away(browser, "/account"), subject, **claims)
    browser.page = await browser.client.get("/login/back", params=back, follow_redirects=True)
    assert browser.page.url.path == "/login/second-factor"
    page = await browser.send("/login/second-factor", code="000000")
    assert page.status_code == 401
    page = await browser.send("/login/second-factor", code=next_code(secret))
    assert page.url.path == "/account"


async def second_factor_of(it: Alone, email: str) -> str:
    """Its secret, turned on over the API."""
    code = await code_of(it, email, "password_reset")
    login = {"email": email, "password": PASSWORD}
    await it.client().post("/api/v1/auth/password/reset", json={**login, "code": code})
    tokens = (await it.client().post("/api/v1/auth/login", json=login)).json()
    client = signed_in(it, tokens)
    secret: str = (await client.post("/api/v1/me/totp", json={"current": PASSWORD})).json()["secret"]
    await client.post("/api/v1/me/totp/confirm", json={"code": pyotp.TOTP(secret).now()})
    return secret


async def test_what_is_no_issuer_is_nothing(it: Alone) -> None:
    browser = browser_at(it)
    page = await browser.open("/login/with/nosuch")
    assert (page.status_code, "no longer offered" in page.text) == (404, True)
    for code in ("NO", "a%00b", "%2e%2e", "x" * 100, "new"):
        assert (await browser.open(f"/login/with/{code}")).status_code == 404


async def test_an_issuer_that_is_away_is_said_to_be(it: Alone) -> None:
    await it.sql("UPDATE issuers SET issuer = 'http://127.0.0.1:9'")
    page = await browser_at(it).open("/login/with/acme")
    assert (page.status_code, "E-mail" in page.text) == (503, True)
