"""Brands and tags: they come about with products, are counted, renamed, and filter."""

from typing import Any

import httpx
import pytest

from tests.harness import Alone, eventually
from tests.services.catalog.goods import a_seller, make, picture
from tradehall.contracts.catalog import ProductUpdated

SERVICE = "catalog"


@pytest.fixture(scope="module")
async def seller(it: Alone) -> httpx.AsyncClient:
    return (await a_seller(it, "maker"))[1]


@pytest.fixture(scope="module")
async def admin(it: Alone) -> httpx.AsyncClient:
    return it.client("store_admin")


async def names(client: httpx.AsyncClient, **params: Any) -> set[str]:
    answer = await client.get("/api/v1/products", params={"limit": 100, **params})
    assert answer.status_code == 200, answer.text
    return {item["name"] for item in answer.json()["items"]}


async def whole(client: httpx.AsyncClient, path: str, key: str) -> list[str]:
    """All pages, two by two."""
    seen: list[str] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        body = (await client.get(path, params=params)).json()
        seen += [item[key] for item in body["items"]]
        if not body["next"]:
            return seen
        params["cursor"] = body["next"]


async def test_brand_comes_about_with_the_first_product_that_names_it(it: Alone, seller: httpx.AsyncClient) -> None:
    first = await make(seller, "First", brand=" Ünder Cöver ")
    other = await make(seller, "Other", brand="ünder CÖVER")
    await make(seller, "Not yet", brand="Ünder Cöver", status="draft")
    assert (first["brand"], first["brand_slug"]) == ("Ünder Cöver", "under-cover")
    assert (other["brand"], other["brand_slug"]) == ("Ünder Cöver", "under-cover")
    shown = (await it.client().get("/api/v1/brands/under-cover")).json()
    assert shown == {"slug": "under-cover", "name": "Ünder Cöver", "description": "", "logo": None, "count": 2}
    assert await names(it.client(), brand="under-cover") == {"First", "Other"}
    assert (await make(seller, brand="三"))["brand_slug"] == "brand"
    assert (await make(seller, brand="二"))["brand_slug"] == "brand-2"
    assert (await make(seller, brand="  "))["brand_slug"] is None
    assert (await it.client(store=it.other).get("/api/v1/brands")).json()["items"] == []


async def test_filter_takes_any_of_several_brands_and_tags(it: Alone, seller: httpx.AsyncClient) -> None:
    await make(seller, "A", brand="Alef", tags=["Deal", "New"])
    await make(seller, "B", brand="Bet", tags=["New"])
    await make(seller, "C", brand="Gimel", tags=["Old", "Old"])
    guest = it.client()
    assert await names(guest, brand=["alef", "bet"]) == {"A", "B"}
    assert await names(guest, brand=["alef", "nobody"], tag="New") == {"A"}
    assert await names(guest, tag=["Deal", "Old"]) == {"A", "C"}
    assert await names(guest, tag="' OR true --") == set()


async def test_tags_follow_their_products(it: Alone, seller: httpx.AsyncClient) -> None:
    made = await make(seller, "Tagged", tags=["x-one", "x-two"])
    path = f"/api/v1/products/{made['id']}"

    async def counted() -> dict[str, int]:
        it.running.answers.drop(it.store.id)
        items = (await it.client().get("/api/v1/tags?limit=100")).json()["items"]
        return {item["tag"]: item["count"] for item in items if item["tag"].startswith("x-")}

    assert await counted() == {"x-one": 1, "x-two": 1}
    await seller.patch(path, json={"tags": ["x-two", "x-three"]})
    assert await counted() == {"x-two": 1, "x-three": 1}
    await seller.post(f"{path}/unpublish")
    assert await counted() == {}
    await seller.delete(path)
    assert await it.sql("SELECT FROM product_tags WHERE tag LIKE 'x-%'") == []


async def test_lists_come_in_pages_by_name(it: Alone, seller: httpx.AsyncClient) -> None:
    for name in ("Beta", "alpha", "Gamma", "delta"):
        await make(seller, brand=f"Paged {name}", tags=[f"paged {name}"])
    brands = [name for name in await whole(it.client(), "/api/v1/brands", "name") if name.startswith("Paged")]
    assert brands == ["Paged alpha", "Paged Beta", "Paged delta", "Paged Gamma"]
    tags = [tag for tag in await whole(it.client(), "/api/v1/tags", "tag") if tag.startswith("paged")]
    assert tags == ["paged Beta", "paged Gamma", "paged alpha", "paged delta"]
    for path in ("/api/v1/brands", "/api/v1/tags"):
        for cursor in ("x", "WyJcdTAwMDAiXQ", "WzFd"):
            assert (await it.client().get(path, params={"cursor": cursor})).status_code == 422, (path, cursor)


async def test_renamed_brand_is_renamed_in_its_products(
    it: Alone, admin: httpx.AsyncClient, seller: httpx.AsyncClient
) -> None:
    made = await make(seller, "Renamed goods", brand="Old name")
    answer = await admin.patch("/api/v1/brands/old-name", json={"name": " Fresh ", "slug": "fresh", "description": "D"})
    assert answer.json() == {"slug": "fresh", "name": "Fresh", "description": "D", "logo": None, "count": 1}
    shown = (await it.client().get(f"/api/v1/products/{made['slug']}")).json()
    assert (shown["brand"], shown["brand_slug"]) == ("Fresh", "fresh")
    assert await names(it.client(), brand="fresh") == {"Renamed goods"}

    async def found_by_word() -> bool:
        it.running.answers.drop(it.store.id)
        return await names(it.client(), q="fresh") == {"Renamed goods"}

    await eventually(found_by_word)
    told = [e for e in await it.published(ProductUpdated) if str(e.product_id) == made["id"]]
    assert (told[-1].brand, told[-1].brand_slug) == ("Fresh", "fresh")
    assert (await it.client().get("/api/v1/brands/old-name")).status_code == 404


async def test_admins_make_change_and_delete_brands(
    it: Alone, admin: httpx.AsyncClient, seller: httpx.AsyncClient
) -> None:
    made = await admin.post("/api/v1/brands", json={"name": "Planned", "description": "Soon"})
    assert (made.status_code, made.json()["slug"]) == (201, "planned")
    assert (await admin.post("/api/v1/brands", json={"name": "planned", "slug": "p"})).json()["type"] == "brand-taken"
    assert (await admin.post("/api/v1/brands", json={"name": "P", "slug": "planned"})).json()["type"] == "slug-taken"
    await admin.post("/api/v1/brands", json={"name": "Second"})
    assert (await admin.patch("/api/v1/brands/second", json={"name": "Planned"})).json()["type"] == "brand-taken"
    assert (await admin.patch("/api/v1/brands/second", json={"slug": "planned"})).json()["type"] == "slug-taken"
    kept = await make(seller, "Planned goods", brand="PLANNED")
    assert kept["brand"] == "Planned"
    assert (await admin.delete("/api/v1/brands/planned")).json()["type"] == "brand-in-use"
    await seller.delete(f"/api/v1/products/{kept['id']}")
    assert (await admin.delete("/api/v1/brands/planned")).status_code == 204
    for body in [{}, {"name": " "}, {"name": "x\0"}, {"name": "x", "slug": "No"}, {"name": "x" * 101}]:
        assert (await admin.post("/api/v1/brands", json=body)).status_code == 422, body
    foreign = it.client("store_admin", store=it.other)
    for client, status in [(it.client(), 401), (seller, 403), (foreign, 404)]:
        assert (await client.patch("/api/v1/brands/second", json={"name": "X"})).status_code == status
        assert (await client.delete("/api/v1/brands/second")).status_code == status
        upload = await client.put("/api/v1/brands/second/logo", files={"image": picture()})
        assert upload.status_code == status
    assert (await admin.get("/api/v1/brands/%00")).status_code == 404


async def test_logo_is_a_picture_of_this_store(it: Alone, admin: httpx.AsyncClient) -> None:
    await admin.post("/api/v1/brands", json={"name": "Pictured"})
    shown = (await admin.put("/api/v1/brands/pictured/logo", files={"image": picture("PNG", (900, 900))})).json()
    served = await it.client().get(shown["logo"])
    assert (served.status_code, served.headers["content-type"]) == (200, "image/webp")
    assert (await it.client(store=it.other).get(shown["logo"])).status_code == 404
    assert (await admin.put("/api/v1/brands/pictured/logo", files={"image": b"no picture"})).status_code == 415
