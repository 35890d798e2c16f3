"""The back office's search page without JavaScript, in front of the real search: why, synonyms, pinned, hidden."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.harness import Alone, together
from tests.services.search.shelf import names, product, stock_up
from tests.web.browser import Browser, Form
from tests.web.owners import at_the_back_office
from tradehall.app import load
from tradehall.kernel.settings import Settings

HERE = "/admin/search"


@pytest.fixture(scope="module")
async def it(servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    services = load(["search", "identity", "web"])
    async with together(services, servers, Path(tmp_path_factory.mktemp("search"))) as harness:
        yield harness


@pytest.fixture
async def admin(it: Alone) -> Browser:
    return at_the_back_office(it, it.client("store_admin"))


async def test_a_search_is_tried_and_says_why(it: Alone, admin: Browser) -> None:
    await stock_up(it, [product("Walnut tray", rating_average=5.0, rating_count=40), product("Walnut bowl")])
    page = await admin.open(f"{HERE}?q=wallnut+tray")
    assert page.status_code == 200
    assert "understood as “walnut tray”" in page.text
    assert "Why products are where they are" in page.text
    assert page.text.index("Walnut tray") < page.text.index("</tbody>")
    assert "Walnut tray to this search" in page.text
    page = await admin.open(f"{HERE}?q=<b>")
    assert "<b>" not in page.text
    assert 'value="&lt;b&gt;"' in page.text


async def test_words_that_mean_the_same_are_kept_and_removed(it: Alone, admin: Browser) -> None:
    await stock_up(it, [product("Green settee")])
    await admin.open(HERE)
    page = await admin.send(f"{HERE}/synonyms", words="chesterfield, ")
    assert page.status_code == 422
    assert "must be two at least" in page.text
    assert 'value="chesterfield,"' in page.text, "what was typed is kept"
    page = await admin.send(f"{HERE}/synonyms", words="Chesterfield, settee")
    assert "The synonyms are kept" in page.text
    assert "chesterfield, settee" in page.text
    assert (await names(it.client(), "green chesterfield"))[0] == "Green settee"
    (path,) = {part.split('"')[0] for part in page.text.split('action="') if part.startswith(f"{HERE}/synonyms/")}
    page = await admin.send(path)
    assert "It is removed" in page.text
    assert "chesterfield" not in page.text


async def test_products_are_pinned_one_behind_the_other_and_unpinned(it: Alone, admin: Browser) -> None:
    hooks = [product(f"Coat hook {name}") for name in ("one", "two", "three")]
    await stock_up(it, hooks)
    for hook in (hooks[2], hooks[1]):
        await admin.open(f"{HERE}?q=coat+hook")
        page = await admin.send(f"{HERE}/pin", product=str(hook.product_id))
        assert "It comes first for this query from now on" in page.text
    assert "Coat hook three, Coat hook two" in page.text
    assert (await names(it.client(), "coat hook"))[:2] == ["Coat hook three", "Coat hook two"]
    (path,) = {part.split('"')[0] for part in page.text.split('action="') if part.startswith(f"{HERE}/pins/")}
    page = await admin.send(path)
    assert "Try a search above, and pin" in page.text


async def test_a_product_is_hidden_and_shown_again(it: Alone, admin: Browser) -> None:
    await stock_up(it, [product("Recalled heater")])
    await admin.open(f"{HERE}?q=recalled+heater")
    form = {"product": "", "query": "recalled heater"}
    page = await admin.client.post(f"{HERE}/hide", data=form, follow_redirects=True)
    assert page.status_code in (400, 403, 404), "without the form's token nothing is done"
    fields = Form(admin.page.text, f"{HERE}/pin").fields  # of two buttons, the other one
    page = await admin.client.post(f"{HERE}/hide", data=fields, follow_redirects=True)
    assert "No search shows it any more" in page.text
    assert "Recalled heater" not in await names(it.client(), "recalled heater")
    admin.page = page
    (path,) = {part.split('"')[0] for part in page.text.split('action="') if part.startswith(f"{HERE}/hidden/")}
    page = await admin.send(path)
    assert "It is removed" in page.text
    assert "Recalled heater" in await names(it.client(), "recalled heater")


async def test_it_is_for_admins(it: Alone) -> None:
    for role in ("seller", "support", "shopper"):
        page = await at_the_back_office(it, it.client(role)).open(HERE)
        assert "Synonyms" not in page.text, role
    guest = Browser(it.client())
    assert "Synonyms" not in (await guest.open(HERE)).text
