"""Finding products and categories in the back office, without JavaScript, in front of the real catalog."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.harness import Alone, together
from tests.services.catalog.goods import a_seller, make, offer
from tests.web.owners import LIMIT, NEW, Owner, at_the_back_office, fields, kitchen, place_of, shown
from tradehall.app import load
from tradehall.kernel.settings import Settings


@pytest.fixture(scope="module")
async def it(servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    services = load(["catalog", "identity", "web"])
    async with together(services, servers, Path(tmp_path_factory.mktemp("products"))) as harness:
        yield harness


@pytest.fixture(scope="module")
async def owner(it: Alone) -> Owner:
    return Owner(it, *await a_seller(it, "potter"))


@pytest.fixture(scope="module")
async def shelves(it: Alone) -> httpx.AsyncClient:
    return await kitchen(it)


async def test_category_is_found_by_words_where_there_are_thousands(
    it: Alone, owner: Owner, shelves: httpx.AsyncClient
) -> None:
    await it.sql(
        "INSERT INTO categories (slug, name, parent) "
        "SELECT 'depth-' || n, 'Depth ' || n, 'plain' FROM generate_series(1, 5000) n RETURNING slug"
    )
    await shelves.post("/api/v1/categories", json={"name": "Deepest of all", "parent": "depth-7"})
    page = owner.page
    answer = await page.open(NEW)
    assert len(answer.content) < LIMIT / 2
    answer = await page.send(NEW, do="find", name="Lead", category_q="deepest")
    assert "Plain › Depth 7 › Deepest of all" in answer.text
    await page.send(NEW, do="save", category="deepest-of-all", **{"variant-0-sku": "LEAD", "variant-0-price": "1"})
    path, id = place_of(page)
    assert (await shown(owner, id))["category"] == "deepest-of-all"
    assert fields(page, path)["category"] == "deepest-of-all"
    admin = at_the_back_office(it, shelves)
    deep = "/admin/categories/depth-9"
    answer = await admin.open(deep)
    assert len(answer.content) < LIMIT / 2
    answer = await admin.send(deep, do="find", name="Depth nine", parent_q="deepest of")
    assert 'value="Depth nine"' in answer.text
    assert "Plain › Depth 7 › Deepest of all" in answer.text
    await admin.send(deep, parent="deepest-of-all")
    path_of_it = (await it.client().get("/api/v1/categories/depth-9")).json()["path"]
    assert [step["slug"] for step in path_of_it] == ["plain", "depth-7", "deepest-of-all", "depth-9"]
    glaze = "/admin/attributes/glaze"
    await admin.open(glaze)
    assert fields(admin, glaze)["categories"] == "kitchen"
    answer = await admin.send(glaze, do="find", categories_q="depth nine")
    assert "Deepest of all › Depth nine" in answer.text
    await admin.send(glaze, categories=["kitchen", "depth-9"])
    assert fields(admin, glaze)["categories"] == ["depth-9", "kitchen"]
    answer = await page.send(path, do="find", category_q="mug")
    assert "Kitchen › Mugs" in answer.text
    assert fields(page, path)["category"] == "deepest-of-all"


async def test_list_is_searched_by_name_and_sku_and_paged(it: Alone, owner: Owner) -> None:
    for n in range(31):
        await make(owner.api, f"Spoon {n:02}", variants=[offer(f"SPOON-{n:02}")])
    answer = await owner.page.open("/admin/products?q=spoon&status=published")
    assert answer.text.count("Spoon ") >= 30
    assert "Next page" in answer.text
    answer = await owner.page.open("/admin/products?q=SPOON-17")
    assert "Spoon 17" in answer.text
    assert "Spoon 18" not in answer.text
    for path in ("/admin/products?cursor=x", "/admin/products/new?x=%00", "/admin/products?q=%00&category=%00"):
        assert (await owner.page.open(path)).status_code < 500


async def test_audit_log_names_products_and_sellers(it: Alone, owner: Owner, shelves: httpx.AsyncClient) -> None:
    made, gone = await make(owner.api, "Logged jug"), await make(owner.api, "Gone jug")
    await shelves.patch(f"/api/v1/products/{made['id']}", json={"brand": "Kiln"})
    await shelves.delete(f"/api/v1/products/{gone['id']}")
    answer = await at_the_back_office(it, shelves).open("/admin/audit?service=catalog")
    assert f'<a href="/admin/products/{made["id"]}"><span title="{made["id"]}">Logged jug</span></a>' in answer.text
    assert f'<code title="{gone["id"]}">' in answer.text
