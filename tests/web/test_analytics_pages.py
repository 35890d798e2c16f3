"""Counting with the visitor's leave, the dashboard, the sales report and costs, without JavaScript. In front of the real services."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.harness import Alone, eventually, together
from tests.makers import a_product, lines_of
from tests.services.analytics.book import sold
from tests.web.browser import Browser
from tests.web.people import browser_at, member
from tradehall.app import load
from tradehall.kernel.settings import Settings
from tradehall.web.visit import shared

SCRIPT, QUESTION = 'src="/static/clicks.', 'class="consent"'
DASHBOARD, REPORT, COSTS = "/admin/dashboard", "/admin/reports/sales", "/admin/costs"


@pytest.fixture(scope="module")
async def it(servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    services = load(["analytics", "identity", "notifications", "web"])
    folder = Path(tmp_path_factory.mktemp("analytics"))
    async with together(services, servers, folder) as running:
        yield running


@pytest.fixture
async def admin(it: Alone) -> Browser:
    browser, _ = await member(it, "store_admin")
    return browser


async def decide(it: Alone, rule: str) -> None:
    answer = await it.client("store_admin").put("/api/v1/analytics/settings", json={"clicks": rule, "margin": 15})
    assert answer.status_code == 200, answer.text
    shared._kept.clear()


async def counts(page_text: str) -> tuple[bool, bool]:
    return SCRIPT in page_text, QUESTION in page_text


async def test_a_store_that_does_not_ask_counts_without_a_question(it: Alone) -> None:
    await decide(it, "counted")
    browser = browser_at(it)
    page = await browser.open("/cart")
    assert await counts(page.text) == (True, False)
    assert "clicks" not in browser.client.cookies
    for header in ("dnt", "sec-gpc"):
        page = await browser.client.get("/cart", headers={header: "1"})
        assert await counts(page.text) == (False, False)


async def test_a_store_that_counts_nothing(it: Alone) -> None:
    await decide(it, "off")
    assert await counts((await browser_at(it).open("/cart")).text) == (False, False)
    assert "counts nothing" in (await browser_at(it).open("/counting")).text


@pytest.mark.parametrize("answer", ["yes", "no"])
async def test_who_is_asked_decides_once_and_may_change_their_mind(it: Alone, answer: str) -> None:
    await decide(it, "asked")
    browser = browser_at(it)
    page = await browser.open("/cart")
    assert await counts(page.text) == (False, True)
    assert "clicks" not in browser.client.cookies
    page = await browser.send("/counting", do=answer, next="/cart")
    assert page.url.path == "/cart"
    assert await counts(page.text) == (answer == "yes", False)
    assert (len(browser.client.cookies["clicks"]) == 36) is (answer == "yes")
    page = await browser.open("/counting")
    assert ("You have agreed" in page.text) is (answer == "yes")
    other = "no" if answer == "yes" else "yes"
    await browser.send("/counting", do=other)
    assert await counts((await browser.open("/cart")).text) == (other == "yes", False)


async def test_the_question_leads_nowhere_else(it: Alone) -> None:
    await decide(it, "asked")
    browser = browser_at(it)
    await browser.open("/cart")
    page = await browser.send("/counting", do="no", next="//evil.example/")
    assert page.url.host != "evil.example"


async def test_nobody_is_counted_in_the_back_office(it: Alone, admin: Browser) -> None:
    await decide(it, "counted")
    assert await counts((await admin.open(DASHBOARD)).text) == (False, False)


async def test_the_dashboard_shows_what_happens(it: Alone, admin: Browser) -> None:
    assert "Nobody has looked at a product yet" in (await admin.open(DASHBOARD)).text
    product = a_product(1234)
    await it.given(product, key=product.product_id)
    await sold(it, *lines_of(product, 2))
    page = await admin.open(f"{DASHBOARD}/live?days=30")
    assert "$24.68" in page.text
    assert page.text.lstrip().startswith('<div id="live"')
    page = await admin.open(f"{DASHBOARD}?days=nonsense")
    assert "<noscript>" in page.text


async def test_settings_are_kept_and_wrong_ones_told(it: Alone, admin: Browser) -> None:
    await admin.open(DASHBOARD)
    page = await admin.send(f"{DASHBOARD}/settings", clicks="asked", margin="140")
    assert page.status_code == 422
    assert "from 0 to 100" in page.text
    assert 'value="140"' in page.text
    page = await admin.send(f"{DASHBOARD}/settings", clicks="asked", margin="40")
    assert "Saved." in page.text
    assert (await it.client("store_admin").get("/api/v1/analytics/settings")).json() == {
        "clicks": "asked",
        "margin": 40,
    }
    await decide(it, "counted")


async def test_the_report_as_a_table_with_files(it: Alone, admin: Browser) -> None:
    await sold(it, *lines_of(a_product(999), 3), shipping=100)
    page = await admin.open(f"{REPORT}?by=product&by=&seller=")
    assert "$29.97" in page.text
    assert "<svg" in page.text
    assert "All together" in page.text
    for format, start in (("csv", b"\xef\xbb\xbfProduct"), ("xlsx", b"PK"), ("pdf", b"%PDF-")):
        path = f"{REPORT}/file?by=product&amp;format={format}"
        assert f'href="{path}"' in page.text
        file = await admin.client.get(path.replace("&amp;", "&"))
        assert file.status_code == 200
        assert file.content.startswith(start)
        assert f'.{format}"' in file.headers["content-disposition"]
    page = await admin.open(f"{REPORT}?since=2026-02-02&until=2026-02-01")
    assert page.status_code == 422
    assert "must not be after until" in page.text
    assert "Nothing was sold" in (await admin.open(f"{REPORT}?since=2020-01-01&until=2020-01-02")).text
    assert (await admin.open(f"{REPORT}/file?format=exe")).status_code == 404


async def test_costs_by_hand_and_from_a_file(it: Alone, admin: Browser) -> None:
    product = a_product(5000)
    await it.given(product, key=product.product_id)
    variant = product.variants[0]
    await admin.open(f"{COSTS}?q={variant.sku}")
    page = await admin.send(f"{COSTS}/{variant.variant_id}", unit="12,345.6", q=variant.sku)
    assert page.status_code == 422
    page = await admin.send(f"{COSTS}/{variant.variant_id}", unit="31.25", q=variant.sku)
    assert "$31.25" in page.text
    wrong = ("costs.csv", b"sku,cost\nnobodys,1\n", "text/csv")
    page = await admin.send(f"{COSTS}/import", file=wrong)
    assert "is no SKU of the store" in page.text
    await admin.send(f"{COSTS}/import", file=("costs.csv", f"sku,cost\n{variant.sku},29\n".encode(), "text/csv"))

    async def shown() -> bool:
        return "$29.00" in (await admin.open(f"{COSTS}?q={variant.sku}")).text

    await eventually(shown)
