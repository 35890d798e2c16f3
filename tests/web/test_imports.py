"""The back office imports a file, with the catalog itself behind the pages and no JavaScript before them."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.harness import Alone, eventually, together
from tests.services.catalog.goods import a_seller
from tests.web.browser import Browser, Form
from tradehall.app import load
from tradehall.kernel.settings import Settings
from tradehall.web.sessions import SESSION, Tokens

FILE = "Code,name,Cost,Material\nA-1,Lamp,12.50,Oak\nA-2,,3,Steel\nA-3,Rug,x,Wool\n"


@pytest.fixture(scope="module")
async def it(servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    async with together(load(["catalog", "web"]), servers, Path(tmp_path_factory.mktemp("web"))) as harness:
        await a_seller(harness, "northlight")
        yield harness


def browser(it: Alone, *roles: str) -> Browser:
    tokens = Tokens(access=it.token(*roles), refresh="")
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(it.app),
        base_url=f"http://{it.store.hosts[0]}",
        headers={"accept": "text/html"},
        cookies={SESSION: tokens.to_cookie()},
    )
    it.clients.append(client)
    return Browser(client)


async def uploaded(admin: Browser) -> str:
    """The path of the import's page."""
    await admin.open("/admin/imports")
    page = await admin.send("/admin/imports", file=("goods.csv", FILE.encode(), "text/csv"))
    assert page.status_code == 200, page.text
    return page.url.path


async def test_file_is_uploaded_mapped_looked_at_started_and_reported(it: Alone) -> None:
    admin = browser(it, "store_admin")
    path = await uploaded(admin)
    assert "Column of the file" in admin.page.text
    typed = {"column-0": "sku", "column-2": "price", "column-3": "spec:Material", "value-seller": "northlight"}
    page = await send(admin, f"{path}/start", f"{path}/preview", **typed)
    assert page.text.count("Does not go in") == 2
    assert "$12.50" in page.text
    assert "Material: Oak" in page.text
    assert "must be an amount such as 1299.00" in page.text
    page = await admin.send(f"{path}/start", **{"name": "shop", "value-name": "Thing {Code}"})
    assert page.url.path == path
    page = await eventually(lambda: over(admin, path))
    assert '<dt>New</dt><dd class="num">2</dd>' in page.text
    report = await admin.client.get(f"{path}/report")
    assert report.headers["content-type"].startswith("text/csv")
    assert "must be an amount such as 1299.00,x,A-3,Rug,x,Wool" in report.text
    exported = await admin.client.get("/admin/products.csv")
    assert "Thing A-2" in exported.text
    again = await uploaded(admin)
    page = await admin.open(f"{again}?mapping=shop")
    assert 'value="Thing {Code}"' in page.text
    assert '<option value="spec:Material" selected>' in page.text


async def send(admin: Browser, action: str, instead: str, **typed: str) -> httpx.Response:
    """As the form's other button does."""
    fields = Form(admin.page.text, action).fields | typed
    admin.page = await admin.client.post(instead, data=fields, follow_redirects=True)
    return admin.page


async def over(admin: Browser, path: str) -> httpx.Response | None:
    page = await admin.open(path)
    return page if ">Done<" in page.text else None


async def test_what_is_wrong_is_said_and_what_was_chosen_stays(it: Alone) -> None:
    admin = browser(it, "store_admin")
    path = await uploaded(admin)
    page = await admin.send(f"{path}/start", **{"column-2": "price", "value-brand": "Alder"})
    assert page.status_code == 422
    assert "SKU: is required" in page.text
    assert 'value="Alder"' in page.text
    page = await admin.send(f"{path}/start", **{"column-0": "sku", "column-3": "price"})
    assert "Price: must be said by one column only" in page.text


async def test_live_part_moves_until_the_import_is_over(it: Alone) -> None:
    admin = browser(it, "store_admin")
    path = await uploaded(admin)
    page = await admin.client.get(f"{path}/live")
    assert 'hx-trigger="every 1s"' in page.text
    await admin.open(path)
    await admin.send(f"{path}/start", **{"column-0": "sku", "column-2": "price"})
    await eventually(lambda: over(admin, path))
    assert "hx-get" not in (await admin.client.get(f"{path}/live")).text


async def test_page_is_for_admins_and_wants_a_file(it: Alone) -> None:
    shopper = browser(it, "shopper")
    for path in ("/admin/imports", "/admin/products.csv"):
        assert (await shopper.open(path)).status_code == 403
    admin = browser(it, "store_admin")
    await admin.open("/admin/imports")
    page = await admin.send("/admin/imports", file=("", b"", ""))
    assert page.status_code == 422
    await admin.open("/admin/imports")
    page = await admin.send("/admin/imports", file=("a.csv", b"\n\n", "text/csv"))
    assert "The file must begin with a row of column names." in page.text


async def test_import_that_waits_can_be_cancelled(it: Alone) -> None:
    admin = browser(it, "store_admin")
    path = await uploaded(admin)
    answer = await admin.client.post(f"{path}/cancel", data={})
    assert answer.status_code == 403, "not from a page of the store"
    token = Form(admin.page.text, f"{path}/start").fields["_csrf"]
    page = await admin.client.post(f"{path}/cancel", data={"_csrf": token}, follow_redirects=True)
    assert ">Cancelled<" in page.text
