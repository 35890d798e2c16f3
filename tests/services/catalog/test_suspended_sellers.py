"""What a suspended seller sells is out of sight, and comes back with them."""

import asyncpg
import httpx
import pytest

from tests.harness import Alone, eventually
from tests.services.catalog.goods import a_seller, make, product
from tradehall.contracts.catalog import ProductUpdated
from tradehall.contracts.identity import SellerUpdated
from tradehall.kernel.ids import uuid7

SERVICE = "catalog"


async def now(it: Alone, client: httpx.AsyncClient, slug: str, status: str) -> None:
    """The seller is suspended, or back."""
    seller_id = (await seller_of(client))["seller_id"]
    facts = {"user_id": uuid7(), "slug": slug, "name": slug.title(), "description": ""}
    await it.given(SellerUpdated(seller_id=seller_id, status=status, **facts), key=seller_id)


async def seller_of(client: httpx.AsyncClient) -> dict[str, str]:
    (one, *_) = (await client.get("/api/v1/manage/products")).json()["items"]
    return {"seller_id": one["seller"]["id"]}


async def listed(it: Alone, slug: str) -> set[str]:
    found = (await it.client().get("/api/v1/products", params={"seller": slug, "limit": 60})).json()["items"]
    return {one["id"] for one in found}


async def last_told(it: Alone, product_id: str) -> str:
    events = [event for event in await it.published(ProductUpdated) if str(event.product_id) == product_id]
    return events[-1].status if events else ""


async def test_all_they_sell_goes_and_comes_back(it: Alone) -> None:
    slug = f"s{uuid7().hex[-8:]}"
    _, seller = await a_seller(it, slug)
    sold, draft = await make(seller), await make(seller, status="draft")
    assert await listed(it, slug) == {sold["id"]}
    await now(it, seller, slug, "suspended")
    it.running.answers.drop(it.store.id)
    assert await listed(it, slug) == set()
    assert (await it.client().get(f"/api/v1/products/{sold['slug']}")).status_code == 404
    await eventually(lambda: is_now(it, sold["id"], "draft"))  # so that carts and orders sell it no more
    await now(it, seller, slug, "active")
    it.running.answers.drop(it.store.id)
    assert await listed(it, slug) == {sold["id"]}, "drafts stay drafts"
    await eventually(lambda: is_now(it, sold["id"], "published"))
    assert (await seller.get(f"/api/v1/manage/products/{draft['id']}")).json()["status"] == "draft"


async def is_now(it: Alone, product_id: str, status: str) -> bool:
    return await last_told(it, product_id) == status


async def test_nobody_publishes_meanwhile(it: Alone) -> None:
    slug = f"s{uuid7().hex[-8:]}"
    seller_id, seller = await a_seller(it, slug)
    draft = await make(seller, status="draft")
    await now(it, seller, slug, "suspended")
    for client in (seller, it.client("store_admin")):
        answer = await client.post(f"/api/v1/products/{draft['id']}/publish")
        assert (answer.status_code, answer.json()["type"]) == (409, "seller-suspended")
        answer = await client.post("/api/v1/products", json=product(seller_id=str(seller_id)))
        assert (answer.status_code, answer.json()["type"]) == (409, "seller-suspended")
    with pytest.raises(asyncpg.CheckViolationError):
        await it.sql("UPDATE products SET status = 'published', published_at = now() WHERE id = $1", draft["id"])
    assert (await seller.post("/api/v1/products", json=product(status="draft"))).status_code == 201


async def test_told_twice_it_is_done_once(it: Alone) -> None:
    slug = f"s{uuid7().hex[-8:]}"
    _, seller = await a_seller(it, slug)
    sold = await make(seller)
    for status in ("suspended", "suspended", "active", "active"):
        await now(it, seller, slug, status)
    await eventually(lambda: is_now(it, sold["id"], "published"))
    assert await listed(it, slug) == {sold["id"]}
