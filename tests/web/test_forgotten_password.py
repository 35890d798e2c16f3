from tests.web.conftest import Web
from tests.web.fake_api import CODE

STORE = "bazaar"
EMAIL = "nora@bazaar.example"
NEW = "another horse"


async def test_the_way_from_the_log_in_page_to_a_new_password(shop: Web) -> None:
    browser = shop.browser()
    page = await browser.open("/login")
    assert 'href="/forgot"' in page.text
    await browser.open("/forgot")
    page = await browser.send("/forgot", email=EMAIL)
    assert "If there is an account with this address" in page.text
    assert f'value="{EMAIL}"' in page.text
    page = await browser.send("/reset", code=f" {CODE[:3]} {CODE[3:]} ", password=NEW)
    assert page.url.path == "/login"
    assert "Your new password is set" in page.text
    asked = [a for a in shop.api.asked if a[1] == "/api/v1/auth/password/reset"]
    assert asked[-1][3] == {"email": EMAIL, "code": CODE, "password": NEW}


async def test_the_address_stands_in_no_url(shop: Web) -> None:
    browser = shop.browser()
    await browser.open("/forgot")
    page = await browser.send("/forgot", email=EMAIL)
    assert page.url.query == b""


async def test_what_is_wrong_stands_at_its_field(shop: Web) -> None:
    browser = shop.browser()
    await browser.open("/forgot")
    page = await browser.send("/forgot", email="")
    assert page.status_code == 422
    assert 'id="e-email"' in page.text
    await browser.open("/reset")
    page = await browser.send("/reset")
    assert all(f'id="e-{name}"' in page.text for name in ("email", "code", "password"))
    page = await browser.send("/reset", email=EMAIL, code="111111", password=NEW)
    assert page.status_code == 422
    assert "This code is wrong or no longer valid" in page.text
    assert 'id="e-code"' in page.text
    assert f'value="{EMAIL}"' in page.text
    assert NEW not in page.text


async def test_a_reset_ends_this_browsers_session(shop: Web) -> None:
    browser = shop.browser()
    await browser.log_in(EMAIL)
    await browser.open("/reset")
    await browser.send("/reset", email=EMAIL, code=CODE, password=NEW)
    assert (await browser.open("/orders")).url.path == "/login"


async def test_the_forms_are_only_taken_from_their_own_pages(shop: Web) -> None:
    browser = shop.browser()
    await browser.open("/forgot")
    assert (await browser.send("/forgot", email=EMAIL, _csrf="")).status_code == 403
    await browser.open("/reset")
    assert (await browser.send("/reset", email=EMAIL, code=CODE, password=NEW, _csrf="")).status_code == 403
