import asyncio

from tests.web.conftest import Web

STORE = "bazaar"
BOOK = "harry-potter-and-the-sorcerers-stone"


async def test_a_post_without_the_visitors_token_is_refused(shop: Web) -> None:
    browser = shop.browser()
    await browser.open("/login")
    other = shop.browser()
    await other.open("/login")
    page = await browser.send("/login", email="nora@bazaar.example", password="correct horse", _csrf="")
    assert page.status_code == 403
    assert "no longer valid" in page.text
    browser.page = other.page
    assert (await browser.send("/login", email="nora@bazaar.example", password="correct horse")).status_code == 403


async def test_a_post_from_another_site_is_refused(shop: Web) -> None:
    for header in ({"origin": "http://atlantic.localhost"}, {"sec-fetch-site": "same-site"}):
        browser = shop.browser(**header)
        await browser.open("/login")
        page = await browser.send("/login", email="nora@bazaar.example", password="correct horse")
        assert page.status_code == 403


async def test_a_kept_page_carries_each_visitors_own_token(shop: Web) -> None:
    first, second = shop.browser(), shop.browser()
    for browser in (first, second):
        await browser.open(f"/products/{BOOK}")
    assert first.page.text != second.page.text
    assert (await first.send("/cart/items")).url.path == "/cart"
    assert (await second.send("/cart/items")).url.path == "/cart"


async def test_pages_are_asked_for_once_however_many_wait(shop: Web) -> None:
    path = "/products/dune"
    before = sum(asked[1].endswith("/products/dune") for asked in shop.api.asked)
    await asyncio.gather(*(shop.browser().open(path) for _ in range(20)))
    after = sum(asked[1].endswith("/products/dune") for asked in shop.api.asked)
    assert after - before == 1


async def test_log_in_leads_on_and_out(shop: Web) -> None:
    browser = shop.browser()
    page = await browser.open("/orders")
    assert page.url.path == "/login"
    page = await browser.send("/login", email="nora@bazaar.example", password="correct horse")
    assert page.url.path == "/orders"
    page = await browser.send("/logout")
    assert (await browser.open("/orders")).url.path == "/login"


async def test_a_wrong_password_is_said_and_the_address_kept(shop: Web) -> None:
    page = await shop.browser().log_in("nora@bazaar.example", "wrong")
    assert page.status_code == 401
    assert "do not belong together" in page.text
    assert 'value="nora@bazaar.example"' in page.text


async def test_next_never_leads_to_another_site(shop: Web) -> None:
    for bad in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        browser = shop.browser()
        await browser.open("/login")
        page = await browser.send("/login", email="nora@bazaar.example", password="correct horse", next=bad)
        assert str(page.url) == "http://bazaar.localhost/"


async def test_a_guests_cart_comes_along_at_log_in(shop: Web) -> None:
    browser = shop.browser()
    await browser.add(BOOK)
    page = await browser.open("/checkout")
    assert page.url.path == "/login", "this store sells to accounts"
    page = await browser.send("/login", email="carl@bazaar.example", password="correct horse")
    assert page.url.path == "/checkout"
    assert "Sorcerer" in page.text
    assert 'value="lena@atlantic.example"' in page.text, "the account's own e-mail is filled in"


async def test_an_access_token_is_renewed_once_before_it_ends(shop: Web) -> None:
    browser = shop.browser()
    shop.api.lives = 30
    await browser.log_in("ida@bazaar.example")
    stale = dict(browser.client.cookies)
    shop.api.asked.clear()
    shop.api.lives = 900
    await asyncio.gather(*(browser.client.get("/orders") for _ in range(5)))
    refreshed = [asked for asked in shop.api.asked if asked[1] == "/api/v1/auth/refresh"]
    assert len(refreshed) == 1
    assert browser.client.cookies["session"] != stale["session"]
    assert (await browser.open("/orders")).url.path == "/orders"


async def test_a_broken_session_is_dropped_and_the_visitor_goes_on_as_a_guest(shop: Web) -> None:
    for session in ("nonsense", "a.b.c~gone", "~", "x.y.z~"):
        browser = shop.browser(cookie=f"session={session}")
        answer = await browser.client.get("/")
        assert answer.status_code == 200
        assert "Log in" in answer.text


async def test_a_token_of_another_store_counts_for_nothing(shop: Web) -> None:
    token = shop.it.token("store_admin", store=shop.it.other)
    browser = shop.browser(cookie=f"session={token}~r-1")
    assert (await browser.open("/admin/orders")).url.path == "/login"


async def test_register_says_what_is_wrong_and_logs_in(shop: Web) -> None:
    browser = shop.browser()
    await browser.open("/register")
    page = await browser.send("/register", email="taken@bazaar.example", name="Nora", password="short")
    assert "at least 8 characters" in page.text
    page = await browser.send("/register", email="taken@bazaar.example", name="Nora", password="correct horse")
    assert "There is an account with this address already" in page.text
    page = await browser.send("/register", email="new@bazaar.example", name="Nora", password="correct horse")
    assert page.url.path == "/"
    assert "Your orders" in page.text
    assert "session" in browser.client.cookies


async def test_cookies_are_out_of_reach_of_scripts_and_other_sites(shop: Web) -> None:
    answer = await shop.browser().client.get("/")
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "samesite=lax" in answer.headers["set-cookie"].lower()
