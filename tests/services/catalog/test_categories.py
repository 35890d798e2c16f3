"""The category tree: shown with counts, changed by admins, never a circle."""

import asyncio
import random
from typing import Any

import httpx
import pytest

from tests.harness import Alone
from tests.services.catalog.goods import a_seller, make

SERVICE = "catalog"


@pytest.fixture(scope="module")
async def admin(it: Alone) -> httpx.AsyncClient:
    return it.client("store_admin")


async def add(admin: httpx.AsyncClient, slug: str, parent: str | None = None, **more: Any) -> httpx.Response:
    body = {"slug": slug, "name": slug.title(), "parent": parent, **more}
    return await admin.post("/api/v1/categories", json=body)


async def test_tree_counts_published_products_with_those_below(it: Alone, admin: httpx.AsyncClient) -> None:
    for slug, parent, position in [
        ("b", None, 1),
        ("a", None, 2),
        ("b-2", "b", 2),
        ("b-1", "b", 1),
        ("deep", "b-1", 0),
    ]:
        assert (await add(admin, slug, parent, position=position)).status_code == 201
    _, seller = await a_seller(it, "counted")
    for category, status in [("deep", "published"), ("b", "published"), ("b-2", "draft"), (None, "published")]:
        await make(seller, category=category, status=status)
    tree = (await it.client().get("/api/v1/categories")).json()
    assert [(c["slug"], c["count"]) for c in tree] == [("b", 2), ("a", 0)]
    assert [(c["slug"], c["count"]) for c in tree[0]["children"]] == [("b-1", 1), ("b-2", 0)]
    assert tree[0]["children"][0]["children"][0]["slug"] == "deep"
    assert (await it.client(store=it.other).get("/api/v1/categories")).json() == []


async def test_only_admins_change_the_tree_of_their_store(it: Alone, admin: httpx.AsyncClient) -> None:
    await add(admin, "guarded")
    _, seller = await a_seller(it, "curious")
    for client, status in [(it.client(), 401), (it.client("shopper"), 403), (seller, 403)]:
        assert (await add(client, "x")).status_code == status
        assert (await client.patch("/api/v1/categories/guarded", json={})).status_code == status
        assert (await client.delete("/api/v1/categories/guarded")).status_code == status
    foreign = it.client("store_admin", store=it.other)
    assert (await foreign.patch("/api/v1/categories/guarded", json={"name": "X"})).status_code == 404
    assert (await foreign.delete("/api/v1/categories/guarded")).status_code == 404
    assert (await add(foreign, "below", "guarded")).status_code == 422


async def test_bad_categories_are_refused(admin: httpx.AsyncClient) -> None:
    assert (await add(admin, "once")).status_code == 201
    assert (await add(admin, "once")).json()["type"] == "slug-taken"
    for body in [
        {},
        {"name": ""},
        {"name": "x\0"},
        {"name": "x", "slug": "NO"},
        {"name": "x", "parent": "nowhere"},
        {"name": "x", "slug": "self", "parent": "self"},
        {"name": "x", "position": -1},
        {"name": "x", "description": "x" * 2001},
    ]:
        assert (await admin.post("/api/v1/categories", json=body)).status_code == 422, body
    assert (await admin.patch("/api/v1/categories/%00", json={})).status_code == 404
    assert (await admin.delete("/api/v1/categories/%00")).status_code == 404


async def test_tree_has_no_circles_and_ten_levels_at_most(admin: httpx.AsyncClient) -> None:
    parent = None
    for n in range(10):
        assert (await add(admin, f"level-{n}", parent)).status_code == 201
        parent = f"level-{n}"
    assert (await add(admin, "level-10", parent)).status_code == 422
    for below in ("level-0", "level-1", "level-9"):
        answer = await admin.patch("/api/v1/categories/level-0", json={"parent": below})
        assert answer.status_code == 422, below
    await add(admin, "above")
    assert (await admin.patch("/api/v1/categories/level-0", json={"parent": "above"})).status_code == 422
    moved = await admin.patch("/api/v1/categories/level-9", json={"parent": None, "name": "Top"})
    assert (moved.status_code, moved.json()["parent"], moved.json()["name"]) == (200, None, "Top")


async def test_two_admins_make_no_circle_together(admin: httpx.AsyncClient) -> None:
    await add(admin, "ying")
    await add(admin, "yang")
    answers = await asyncio.gather(
        admin.patch("/api/v1/categories/ying", json={"parent": "yang"}),
        admin.patch("/api/v1/categories/yang", json={"parent": "ying"}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 422]


async def test_only_empty_categories_are_deleted(it: Alone, admin: httpx.AsyncClient) -> None:
    await add(admin, "full")
    await add(admin, "inner", "full")
    _, seller = await a_seller(it, "filler")
    made = await make(seller, category="inner")
    assert (await admin.delete("/api/v1/categories/full")).json()["type"] == "category-in-use"
    assert (await admin.delete("/api/v1/categories/inner")).status_code == 409
    await seller.delete(f"/api/v1/products/{made['id']}")
    assert (await admin.delete("/api/v1/categories/inner")).status_code == 204
    assert (await admin.delete("/api/v1/categories/full")).status_code == 204


async def test_upper_levels_of_the_tree_are_counted_with_all_below(it: Alone, admin: httpx.AsyncClient) -> None:
    for slug, parent in [("u-1", None), ("u-2", "u-1"), ("u-3", "u-2")]:
        await add(admin, slug, parent)
    await make((await a_seller(it, "levelled"))[1], category="u-3")
    tree = (await it.client().get("/api/v1/categories?levels=2")).json()
    (top,) = [branch for branch in tree if branch["slug"] == "u-1"]
    assert (top["count"], top["children"][0]["count"], top["children"][0]["children"]) == (1, 1, [])
    for levels in ("0", "11", "x"):
        assert (await it.client().get(f"/api/v1/categories?levels={levels}")).status_code in (400, 422)


async def test_branches_are_those_of_the_tree_whatever_is_moved(it: Alone) -> None:
    """Random moves, renames and deletions; the other store's admin, whose tree is empty."""
    admin = it.client("store_admin", store=it.other)
    chance = random.Random(11)
    slugs: list[str] = []
    refused = 0
    for number in range(250):
        parent = chance.choice([None, *slugs])
        if len(slugs) < 12:
            answer = await add(admin, f"r-{number}", parent)
            slugs += [f"r-{number}"] if answer.status_code == 201 else []
        elif chance.random() < 0.6:
            answer = await admin.patch(f"/api/v1/categories/{chance.choice(slugs)}", json={"parent": parent})
            refused += answer.status_code == 422
        elif chance.random() < 0.5:
            old = slugs.pop(chance.randrange(len(slugs)))
            answer = await admin.patch(f"/api/v1/categories/{old}", json={"slug": f"r-{number}"})
            assert answer.status_code == 200
            slugs.append(f"r-{number}")
        else:
            gone = chance.choice(slugs)
            answer = await admin.delete(f"/api/v1/categories/{gone}")
            slugs = [slug for slug in slugs if slug != gone or answer.status_code == 409]
        if number % 10 == 0:
            await _check_branches(it)
    assert refused > 10
    await _check_branches(it)


async def _check_branches(it: Alone) -> None:
    parents = {
        row["slug"]: row["parent"] for row in await it.sql("SELECT slug, parent FROM categories", store=it.other)
    }
    expected = set()
    for slug in parents:
        top, distance = slug, 0
        while top is not None:
            expected.add((top, slug, distance))
            top, distance = parents[top], distance + 1
            assert distance <= 10
    rows = await it.sql("SELECT top, category, distance FROM branches", store=it.other)
    assert {tuple(row.values()) for row in rows} == expected
    assert len(rows) == len(expected)


async def test_tree_is_read_again_only_when_another_version_of_it_is_there(it: Alone, admin: httpx.AsyncClient) -> None:
    """As another process changes it, of which this one hears nothing."""
    await add(admin, "kept")
    assert await shown(admin, "kept") == (["kept"], [], 200)
    await it.sql(
        "INSERT INTO categories (store_id, slug, name, parent) VALUES ($1, 'unseen', 'Unseen', 'kept')", it.store.id
    )
    assert await shown(admin, "kept") == (["kept"], [], 200)
    await it.sql("UPDATE structures SET version = version + 1 WHERE store_id = $1", it.store.id)
    assert await shown(admin, "kept") == (["kept"], ["unseen"], 200)


async def shown(admin: httpx.AsyncClient, slug: str) -> tuple[list[str], list[str], int]:
    """A category's path, what is below it, and what the tree answers."""
    page = (await admin.get(f"/api/v1/categories/{slug}")).json()
    tree = await admin.get("/api/v1/categories")
    (top,) = [branch for branch in tree.json() if branch["slug"] == page["path"][0]["slug"]]
    assert [child["slug"] for child in top["children"]] == [child["slug"] for child in page["children"]]
    return [one["slug"] for one in page["path"]], [child["slug"] for child in page["children"]], tree.status_code


async def test_counts_are_those_of_now_for_who_changed_them(it: Alone, admin: httpx.AsyncClient) -> None:
    await add(admin, "counting")
    await add(admin, "counted-below", "counting")
    _, seller = await a_seller(it, "counter")
    made = await make(seller, category="counted-below")
    for path, count in (("unpublish", 0), ("publish", 1)):
        page = (await admin.get("/api/v1/categories/counting")).json()
        assert (page["count"], page["children"][0]["count"]) == (1 - count, 1 - count)
        assert (await seller.post(f"/api/v1/products/{made['id']}/{path}")).status_code == 200
        page = (await admin.get("/api/v1/categories/counting")).json()
        assert (page["count"], page["children"][0]["count"]) == (count, count)
    assert (await admin.patch("/api/v1/categories/counted-below", json={"parent": None})).status_code == 200
    page = (await admin.get("/api/v1/categories/counting")).json()
    assert (page["count"], page["children"]) == (0, [])
