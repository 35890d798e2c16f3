"""The second factor through the pages: set up, asked for, lost, turned off; and where a store wants it."""

import msgspec
import pytest

from tests.harness import Alone
from tests.services.identity.people import PASSWORD
from tests.web.browser import Browser
from tests.web.people import FACTOR, browser_at, codes_on, log_in, member, next_code, shopper, with_second_factor
from tradehall.kernel.errors import Busy
from tradehall.kernel.sealing import seal
from tradehall.web.visit import refresher


async def test_it_is_set_up_with_a_picture_and_the_secret_to_type_in(it: Alone) -> None:
    browser, client, _ = await shopper(it)
    page = await browser.open(FACTOR)
    page = await browser.send(f"{FACTOR}/begin")
    assert (page.status_code, "Enter your password." in page.text) == (422, True)
    page = await browser.send(f"{FACTOR}/begin", current="wrong horse")
    assert (page.status_code, "This is not your password." in page.text) == (422, True)
    page = await browser.send(f"{FACTOR}/begin", current=PASSWORD)
    assert page.url.path == FACTOR
    assert page.text.count("<svg viewBox") >= 1
    assert 'aria-label="QR code' in page.text
    assert page.headers["cache-control"] == "no-store"
    page = await browser.send(f"{FACTOR}/confirm", code="12345")
    assert (page.status_code, 'id="e-code"' in page.text, 'value="12345"' in page.text) == (422, True, True)
    assert '<code class="secret">' in page.text  # still the same one to scan
    await browser.open(FACTOR)
    _, codes = await with_second_factor(browser, begun=True)
    assert len(set(codes)) == 10
    assert (await client.get("/api/v1/me/totp")).json()["on"] is True
    page = await browser.open(FACTOR)
    assert "10 recovery codes left" in page.text
    assert not any(code in page.text for code in codes)


async def test_recovery_codes_are_shown_also_where_the_session_cannot_be_renewed(
    it: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, _, _ = await shopper(it)
    await browser.open(FACTOR)

    async def away(*_: object) -> None:
        raise Busy()

    monkeypatch.setattr(refresher, "refresh", away)
    _, codes = await with_second_factor(browser)
    assert len(codes) == 10


async def logged_out(it: Alone) -> tuple[Browser, str, str, list[str]]:
    """Somebody with a second factor: browser, address, secret, recovery codes."""
    browser, _, email = await shopper(it)
    await browser.open(FACTOR)
    secret, codes = await with_second_factor(browser)
    await browser.open(FACTOR)
    await browser.send("/logout")
    return browser, email, secret, codes


async def test_logging_in_asks_for_it_as_a_second_step(it: Alone) -> None:
    browser, email, secret, _ = await logged_out(it)
    await browser.open("/login?next=/account/sessions")
    page = await browser.send("/login", email=email, password=PASSWORD)
    assert page.url.path == "/login/second-factor"
    assert PASSWORD not in page.text
    assert PASSWORD not in str(browser.client.cookies)
    page = await browser.send("/login/second-factor", code="")
    assert (page.status_code, 'id="e-code"' in page.text) == (401, True)
    page = await browser.send("/login/second-factor", code="1234")
    assert (page.status_code, 'value="1234"' in page.text) == (422, True)
    page = await browser.send("/login/second-factor", code="000000")
    assert (page.status_code, "was used already" in page.text) == (401, True)
    page = await browser.send("/login/second-factor", code=f" {next_code(secret)[:3]} {next_code(secret)[3:]}")
    assert page.url.path == "/account/sessions"
    assert "half_logged_in" not in browser.client.cookies


async def test_a_recovery_code_does_as_well(it: Alone) -> None:
    browser, email, _, codes = await logged_out(it)
    await browser.open("/login")
    await browser.send("/login", email=email, password=PASSWORD)
    page = await browser.send("/login/second-factor", code=codes[0].upper())
    assert (page.url.path, "session" in browser.client.cookies) == ("/", True)


async def test_the_second_step_is_of_the_browser_that_took_the_first(it: Alone) -> None:
    browser, email, secret, _ = await logged_out(it)
    await browser.open("/login")
    await browser.send("/login", email=email, password=PASSWORD)
    sealed = browser.client.cookies["half_logged_in"]
    thief = browser_at(it)
    await thief.open("/")
    thief.client.cookies.set("half_logged_in", sealed, domain="alpha.localhost")
    assert (await thief.open("/login/second-factor")).url.path == "/login"
    elsewhere = browser_at(it, it.other)
    await elsewhere.open("/")
    elsewhere.client.cookies.set("half_logged_in", sealed, domain="beta.localhost")
    assert (await elsewhere.open("/login/second-factor")).url.path == "/login"
    assert (await browser.send("/login/second-factor", code=next_code(secret))).url.path == "/"


@pytest.mark.parametrize("value", ["", "nonsense", "ä" * 10, "A" * 3000])
async def test_a_second_step_without_a_first_begins_again(it: Alone, value: str) -> None:
    browser = browser_at(it)
    await browser.open("/login")
    browser.client.cookies.set("half_logged_in", value.encode().hex(), domain="alpha.localhost")
    assert (await browser.open("/login/second-factor")).url.path == "/login"


async def test_a_first_step_runs_out(it: Alone) -> None:
    browser, _, email = await shopper(it)
    browser.client.cookies.delete("session")
    half = f'0.0 {{"then": "/", "email": "{email}", "password": "{PASSWORD}"}}'
    visitor = browser.client.cookies["visitor"]
    about = f"half_logged_in {it.store.id} {visitor}"
    for until, path in (("9999999999", "/login/second-factor"), ("0.0", "/login")):
        value = seal(it.running.settings.secret, half.replace("0.0", until, 1), about=about)
        browser.client.cookies.set("half_logged_in", value, domain="alpha.localhost")
        assert (await browser.open("/login/second-factor")).url.path == path


async def test_guesses_at_the_second_step_lock_and_it_is_said(it: Alone) -> None:
    browser, email, _, _ = await logged_out(it)
    await browser.open("/login")
    await browser.send("/login", email=email, password=PASSWORD)
    for _ in range(5):
        page = await browser.send("/login/second-factor", code="000000")
    page = await browser.send("/login/second-factor", code="000000")
    assert (page.status_code, "Try again in 15 min." in page.text) == (429, True)


async def test_new_codes_and_turning_it_off_take_both_factors(it: Alone) -> None:
    browser, client, email = await shopper(it)
    await browser.open(FACTOR)
    _, codes = await with_second_factor(browser)
    await browser.open(FACTOR)
    page = await browser.send(f"{FACTOR}/recovery-codes", renew_current=PASSWORD, renew_code="zzz")
    assert (page.status_code, 'id="e-renew_code"' in page.text, 'value="zzz"' in page.text) == (422, True, True)
    page = await browser.send(f"{FACTOR}/recovery-codes", renew_current=PASSWORD, renew_code=codes[0])
    fresh = codes_on(browser)
    assert len(set(fresh) - set(codes)) == 10
    await browser.open(FACTOR)
    page = await browser.send(f"{FACTOR}/off", off_current="wrong", off_code=fresh[0])
    assert (page.status_code, 'id="e-off_current"' in page.text) == (422, True)
    page = await browser.send(f"{FACTOR}/off", off_current=PASSWORD, off_code=codes[1])
    assert (page.status_code, "was used already" in page.text) == (401, True)
    page = await browser.send(f"{FACTOR}/off", off_current=PASSWORD, off_code=fresh[0])
    assert "The second factor is off" in page.text
    assert (await client.get("/api/v1/me/totp")).json()["on"] is False
    assert (await log_in(it, email)).page.url.path == "/"


async def test_a_store_that_wants_it_leads_its_staff_there_first(it: Alone) -> None:
    _, email = await member(it, "store_admin")
    it.running.stores.put(msgspec.structs.replace(it.store, require_totp=True))
    try:
        browser = await log_in(it, email, path="/login?next=/admin/staff")
        assert browser.page.url.path == FACTOR
        assert "wants a second factor of its staff" in browser.page.text
        page = await browser.open("/admin/audit")  # not before
        assert (page.url.path, page.url.params["next"]) == (FACTOR, "/admin/audit")
        page = await browser.client.post("/admin/staff/invitations", data={"_csrf": ""})
        assert page.status_code == 403
        await browser.open("/admin/audit")
        await with_second_factor(browser)
        assert 'href="/admin/audit"' in browser.page.text
        assert (await browser.open("/admin/audit")).status_code == 200
        page = await browser.open(FACTOR)
        assert "it cannot be turned off" in page.text
    finally:
        it.running.stores.put(it.store)
