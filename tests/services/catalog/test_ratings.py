"""What reviews add up to is shown with the product, told again with it, and added to what it was imported with."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.harness import Alone
from tests.services.catalog.goods import a_seller, make
from tradehall.contracts.catalog import ProductUpdated
from tradehall.contracts.reviews import RatingAdded
from tradehall.kernel.ids import uuid7
from tradehall.services.catalog.model import MOST_RATINGS, Rating, added

SERVICE = "catalog"


@pytest.fixture(scope="module")
async def seller(it: Alone) -> tuple[UUID, httpx.AsyncClient]:
    return await a_seller(it, "rated")


def told(product_id: str, stars: list[int], version: int) -> RatingAdded:
    count = sum(stars)
    average = sum(star * times for star, times in enumerate(stars, 1)) / count if count else None
    return RatingAdded(
        review_id=uuid7(), product_id=UUID(product_id), seller_id=uuid7(), rating=5, average=average, count=count,
        distribution=stars, version=version,
    )  # fmt: skip


async def page(it: Alone, slug: str) -> dict[str, Any]:
    answer = await it.client("shopper").get(f"/api/v1/products/{slug}")
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def test_the_stars_of_reviews_are_the_products(it: Alone, seller: tuple[UUID, httpx.AsyncClient]) -> None:
    made = await make(seller[1], "Kettle")
    assert (await page(it, made["slug"]))["distribution"] == [0, 0, 0, 0, 0]
    await it.given(told(made["id"], [0, 0, 1, 0, 1], 2), key=made["id"])
    found = await page(it, made["slug"])
    assert (found["rating"], found["distribution"]) == ({"average": 4.0, "count": 2}, [0, 0, 1, 0, 1])
    events = [e for e in await it.published(ProductUpdated) if str(e.product_id) == made["id"]]
    assert [(e.rating_average, e.rating_count, e.name) for e in events] == [(4.0, 2, "Kettle")]
    await it.given(told(made["id"], [0] * 5, 3), key=made["id"])
    assert (await page(it, made["slug"]))["rating"] is None


async def test_an_older_word_is_passed_over(it: Alone, seller: tuple[UUID, httpx.AsyncClient]) -> None:
    made = await make(seller[1], "Pan")
    await it.given_all([(told(made["id"], [0, 0, 0, 0, 1], n), made["id"]) for n in (1, 2)])
    await it.given(told(made["id"], [0, 0, 0, 2, 2], 4), key=made["id"])
    await it.given(told(made["id"], [9, 0, 0, 0, 0], 3), key=made["id"])
    assert (await page(it, made["slug"]))["distribution"] == [0, 0, 0, 2, 2]


async def test_what_was_imported_is_the_base(it: Alone, seller: tuple[UUID, httpx.AsyncClient]) -> None:
    seller_id, client = seller
    admin = it.client("store_admin")
    made = await make(admin, "Atlas", seller_id=str(seller_id), rating={"average": 4.0, "count": 3})
    await it.given(told(made["id"], [1, 0, 0, 0, 0], 1), key=made["id"])
    found = await page(it, made["slug"])
    assert (found["rating"], found["distribution"]) == ({"average": 3.25, "count": 4}, [1, 0, 0, 0, 0])
    path = f"/api/v1/products/{made['id']}"
    edited = (await client.patch(path, json={"description": "Maps."})).json()
    assert edited["rating"] == {"average": 3.25, "count": 4}
    assert edited["imported_rating"] == {"average": 4.0, "count": 3}
    again = (await admin.patch(path, json={"rating": {"average": 2.0, "count": 1}})).json()
    assert again["rating"] == {"average": 1.5, "count": 2}
    without = (await admin.patch(path, json={"rating": None})).json()
    assert (without["rating"], without["imported_rating"]) == ({"average": 1.0, "count": 1}, None)


async def test_lists_are_sorted_by_both_together(it: Alone, seller: tuple[UUID, httpx.AsyncClient]) -> None:
    seller_id, _ = seller
    admin = it.client("store_admin")
    names = ["Quill one", "Quill two", "Quill three"]
    one, two, _ = [
        await make(admin, name, seller_id=str(seller_id), rating={"average": 4.0, "count": 2}) for name in names
    ]
    await it.given(told(one["id"], [2, 0, 0, 0, 0], 1), key=one["id"])
    await it.given(told(two["id"], [0, 0, 0, 0, 2], 1), key=two["id"])
    found = (await it.client("shopper").get("/api/v1/products", params={"q": "quill", "sort": "rating"})).json()
    assert [item["name"] for item in found["items"]] == ["Quill two", "Quill three", "Quill one"]
    assert found["items"][0]["rating"] == {"average": 4.5, "count": 4}


async def test_products_that_are_no_more_are_passed_over(it: Alone, seller: tuple[UUID, httpx.AsyncClient]) -> None:
    made = await make(seller[1], "Gone")
    assert (await seller[1].delete(f"/api/v1/products/{made['id']}")).status_code == 204
    await it.given(told(made["id"], [0, 0, 0, 0, 1], 1), key=made["id"])
    unknown = str(uuid7())
    await it.given(told(unknown, [0, 0, 0, 0, 1], 1), key=unknown)
    assert await it.dead_letters() == []


async def test_a_products_id_leads_to_its_slug(it: Alone, seller: tuple[UUID, httpx.AsyncClient]) -> None:
    made = await make(seller[1], "Basin")
    answer = await it.client().get(f"/api/v1/products/{made['id']}")
    assert (answer.status_code, answer.headers["location"]) == (301, f"/api/v1/products/{made['slug']}")
    draft = await make(seller[1], "Draft", status="draft")
    assert (await it.client().get(f"/api/v1/products/{draft['id']}")).status_code == 404
    assert (await it.client(store=it.other).get(f"/api/v1/products/{made['id']}")).status_code == 404


def test_each_word_has_the_same_weight() -> None:
    votes = Rating(4.27, 4_780_653)
    assert added(None, [0] * 5) is None
    assert added(votes, [0] * 5) == votes
    assert added(votes, [3, 0, 0, 0, 0]) == Rating(4.27, 4_780_656)
    assert added(Rating(5, 1), [0, 0, 0, 0, 2]) == Rating(5.0, 3)
    assert added(Rating(4.2, MOST_RATINGS), [1, 0, 0, 0, 0]) == Rating(4.2, MOST_RATINGS)
