"""Addresses that were: they lead to the product or category of today, until another takes them."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import httpx
import pytest

from tests.harness import Alone, eventually
from tests.services.catalog.goods import a_seller, make, product
from tradehall.contracts.catalog import ProductUpdated

SERVICE = "catalog"


@pytest.fixture(scope="module")
async def seller(it: Alone) -> httpx.AsyncClient:
    return (await a_seller(it, "mover"))[1]


@pytest.fixture(scope="module")
async def admin(it: Alone) -> httpx.AsyncClient:
    return it.client("store_admin")


async def where(it: Alone, path: str) -> tuple[int, str]:
    it.running.answers.drop(it.store.id)
    answer = await it.client().get(f"/api/v1/{path}")
    return answer.status_code, answer.headers.get("location", "").removeprefix("/api/v1/")


async def rename(client: httpx.AsyncClient, id: str, slug: str) -> None:
    answer = await client.patch(f"/api/v1/products/{id}", json={"slug": slug})
    assert answer.status_code == 200, answer.text


async def test_each_earlier_slug_leads_to_the_newest_directly(it: Alone, seller: httpx.AsyncClient) -> None:
    made = await make(seller, "First name")
    await rename(seller, made["id"], "second-name")
    await rename(seller, made["id"], "third-name")
    assert await where(it, "products/first-name") == (301, "products/third-name")
    assert await where(it, "products/second-name") == (301, "products/third-name")
    assert (await where(it, "products/third-name"))[0] == 200
    assert (await it.client(store=it.other).get("/api/v1/products/first-name")).status_code == 404
    await rename(seller, made["id"], "first-name")
    assert (await where(it, "products/first-name"))[0] == 200
    assert await where(it, "products/third-name") == (301, "products/first-name")


async def test_redirect_is_kept_no_longer_than_any_answer(it: Alone, seller: httpx.AsyncClient) -> None:
    made = await make(seller, "Kept briefly")
    await rename(seller, made["id"], "kept-elsewhere")
    answer = await it.client().get("/api/v1/products/kept-briefly", headers={"if-none-match": "*"})
    assert (answer.status_code, answer.headers["cache-control"]) == (301, "public, max-age=1")
    assert "etag" not in answer.headers
    assert answer.headers["vary"] == "authorization, host"
    assert (answer.json()["type"], answer.json()["extra"]) == ("moved", {"slug": "kept-elsewhere"})


async def test_new_product_takes_an_earlier_slug_and_wins(it: Alone, seller: httpx.AsyncClient) -> None:
    made = await make(seller, "Contended")
    await rename(seller, made["id"], "left")
    newer = await make(seller, "Contended")
    assert newer["slug"] == "contended"
    assert (await it.client().get("/api/v1/products/contended")).json()["id"] == newer["id"]
    await rename(seller, newer["id"], "gone-too")
    assert await where(it, "products/contended") == (301, "products/gone-too")
    third = await make(seller, "Third")
    await rename(seller, third["id"], "contended")
    assert (await it.client().get("/api/v1/products/contended")).json()["id"] == third["id"]


async def test_address_of_a_draft_or_a_deleted_product_tells_nothing(it: Alone, seller: httpx.AsyncClient) -> None:
    made = await make(seller, "Hidden move", status="draft")
    await rename(seller, made["id"], "secret-plan")
    assert await where(it, "products/hidden-move") == (404, "")
    own = await seller.get("/api/v1/products/hidden-move")
    assert (own.status_code, own.headers["cache-control"]) == (301, "no-store")
    await seller.post(f"/api/v1/products/{made['id']}/publish")
    assert await where(it, "products/hidden-move") == (301, "products/secret-plan")
    await seller.delete(f"/api/v1/products/{made['id']}")
    assert await where(it, "products/hidden-move") == (404, "")


async def test_slugs_that_are_addresses_of_the_api_are_not_given(seller: httpx.AsyncClient) -> None:
    assert (await make(seller, "Facets"))["slug"] == "facets-2"
    assert (await make(seller, "Facets"))["slug"] == "facets-3"
    refused = await seller.post("/api/v1/products", json=product(slug="facets"))
    assert [error["field"] for error in refused.json()["errors"]] == ["slug"]
    made = await make(seller)
    assert (await seller.patch(f"/api/v1/products/{made['id']}", json={"slug": "facets"})).status_code == 422


async def test_renamed_category_takes_all_that_names_it_along(
    it: Alone, admin: httpx.AsyncClient, seller: httpx.AsyncClient
) -> None:
    for slug, parent in [("upper", None), ("middle", "upper"), ("lower", "middle")]:
        await admin.post("/api/v1/categories", json={"slug": slug, "name": slug, "parent": parent})
    body = {"code": "depth", "name": "Depth", "kind": "number", "categories": ["middle"]}
    await admin.post("/api/v1/attributes", json=body)
    made = await make(seller, "Deep", category="lower", specifications={"Depth": 4})
    answer = await admin.patch("/api/v1/categories/middle", json={"slug": "centre"})
    assert answer.json()["slug"] == "centre"
    assert await where(it, "categories/middle") == (301, "categories/centre")
    shown = (await it.client().get(f"/api/v1/products/{made['slug']}")).json()
    assert [step["slug"] for step in shown["category_path"]] == ["upper", "centre", "lower"]
    found = await it.client().get("/api/v1/products?category=centre&attr.depth=4")
    assert [item["name"] for item in found.json()["items"]] == ["Deep"]
    assert (await admin.get("/api/v1/attributes/depth")).json()["categories"] == ["centre"]

    async def told() -> bool:
        events = [e for e in await it.published(ProductUpdated) if str(e.product_id) == made["id"]]
        return bool(events) and events[-1].categories == ["upper", "centre", "lower"]

    await eventually(told)
    await admin.patch("/api/v1/categories/centre", json={"slug": "heart"})
    assert await where(it, "categories/middle") == (301, "categories/heart")
    assert await where(it, "categories/centre") == (301, "categories/heart")
    await admin.post("/api/v1/categories", json={"slug": "middle", "name": "Newer"})
    assert (await where(it, "categories/middle"))[0] == 200
    taken = await admin.patch("/api/v1/categories/heart", json={"slug": "middle"})
    assert (taken.status_code, taken.json()["type"]) == (409, "slug-taken")


async def test_list_of_an_earlier_category_leads_to_the_list_of_today(
    it: Alone, admin: httpx.AsyncClient, seller: httpx.AsyncClient
) -> None:
    await admin.post("/api/v1/categories", json={"slug": "before", "name": "Before"})
    await make(seller, "Inside", category="before")
    await admin.patch("/api/v1/categories/before", json={"slug": "after"})
    status, location = await where(it, "products?sort=price&category=before&tag=a&tag=b")
    assert (status, location.partition("?")[0]) == (301, "products")
    asked = [("category", "after"), ("sort", "price"), ("tag", "a"), ("tag", "b")]
    assert sorted(parse_qsl(urlsplit(location).query)) == asked
    assert await where(it, "products/facets?category=before") == (301, "products/facets?category=after")
    assert (await where(it, "products?category=nowhere"))[0] == 200
    await admin.patch("/api/v1/categories/after", json={"slug": "before"})
    assert (await where(it, "products?category=before"))[0] == 200


async def test_products_of_a_moved_branch_are_told_with_their_new_path_and_are_not_written(
    it: Alone, seller: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    for slug, parent in [("old-top", None), ("new-top", None), ("moving", "old-top")]:
        await admin.post("/api/v1/categories", json={"name": slug, "slug": slug, "parent": parent})
    made = await make(seller, category="moving", brand="Movers & Co")

    async def written() -> list[Any]:
        return await it.sql("SELECT version, words, updated_at FROM products WHERE id = $1", UUID(made["id"]))

    before = await written()
    assert (await admin.patch("/api/v1/categories/moving", json={"parent": "new-top"})).status_code == 200

    async def told() -> bool:
        events = [e for e in await it.published(ProductUpdated) if str(e.product_id) == made["id"]]
        return bool(events) and (events[-1].categories, events[-1].brand_slug) == (["new-top", "moving"], "movers-co")

    await eventually(told)
    assert await written() == before
