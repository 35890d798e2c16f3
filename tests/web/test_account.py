from tests.web.browser import Browser
from tests.web.conftest import Web
from tests.web.fake_api import CODE, Refused

STORE = "bazaar"


async def signed_in(shop: Web) -> Browser:
    shop.api.verified = False
    browser = shop.browser()
    await browser.log_in("nora@bazaar.example")
    return browser


async def test_the_account_is_for_who_is_logged_in(shop: Web) -> None:
    assert (await shop.browser().open("/account")).url.path == "/login"
    browser = await signed_in(shop)
    assert 'href="/account"' in browser.page.text


async def test_an_address_is_confirmed_by_its_code(shop: Web) -> None:
    browser = await signed_in(shop)
    page = await browser.open("/account")
    assert "not confirmed yet" in page.text
    page = await browser.send("/account/verify", code="111111")
    assert page.status_code == 422
    assert "This code is wrong or no longer valid" in page.text
    assert 'id="e-code"' in page.text
    page = await browser.send("/account/verify", code=f"{CODE[:3]} {CODE[3:]}")
    assert page.url.path == "/account"
    assert "Your e-mail address is confirmed" in page.text
    assert "not confirmed yet" not in page.text


async def test_another_code_is_sent_or_has_to_wait(shop: Web) -> None:
    browser = await signed_in(shop)
    await browser.open("/account")
    assert "on its way" in (await browser.send("/account/resend")).text
    shop.api.fail["POST /api/v1/auth/email/resend"] = Refused(429, "code-too-soon", "Ask for another one in 42 s.")
    page = await browser.send("/account/resend")
    assert (page.status_code, "Ask for another one in 42 s." in page.text) == (429, True)
    shop.api.fail.clear()


async def test_an_unknown_note_says_nothing(shop: Web) -> None:
    browser = await signed_in(shop)
    page = await browser.open("/account?done=%3Cscript%3E")
    assert "notice-good" not in page.text


async def test_a_password_is_changed_by_who_knows_it(shop: Web) -> None:
    browser = await signed_in(shop)
    await browser.open("/account")
    page = await browser.send("/account/password")
    assert page.status_code == 422
    assert all(f'id="e-{name}"' in page.text for name in ("current", "password"))
    page = await browser.send("/account/password", current="wrong", password="another horse")
    assert (page.status_code, "This is not your password." in page.text) == (422, True)
    assert "another horse" not in page.text
    page = await browser.send("/account/password", current="correct horse", password="another horse")
    assert "Your new password is set" in page.text


async def test_a_new_address_is_asked_for_and_confirmed(shop: Web) -> None:
    browser = await signed_in(shop)
    await browser.open("/account")
    page = await browser.send("/account/email")
    assert all(f'id="e-{name}"' in page.text for name in ("email", "email_current"))
    page = await browser.send("/account/email", email="new@bazaar.example", email_current="wrong")
    assert (page.status_code, 'id="e-email_current"' in page.text) == (422, True)
    assert 'value="new@bazaar.example"' in page.text
    page = await browser.send("/account/email", email_current="correct horse")
    assert "We mailed a code to new@bazaar.example" in page.text
    page = await browser.send("/account/email/confirm", new_code="111111")
    assert (page.status_code, 'id="e-new_code"' in page.text) == (422, True)
    page = await browser.send("/account/email/confirm", new_code=CODE)
    assert "Your new e-mail address counts" in page.text
    assert "We mailed a code" not in page.text


async def test_a_locked_account_is_said_on_the_page(shop: Web) -> None:
    browser = await signed_in(shop)
    await browser.open("/account")
    shop.api.fail["POST /api/v1/me/password"] = Refused(429, "locked", "Try again in 15 min.")
    page = await browser.send("/account/password", current="correct horse", password="another horse")
    assert (page.status_code, "Try again in 15 min." in page.text) == (429, True)
    shop.api.fail.clear()
