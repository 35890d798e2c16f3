"""Making and changing products: who may, what is refused, what is told."""

from typing import Any

import httpx
import pytest

from tests.harness import Alone
from tests.services.catalog.goods import a_seller, make, offer, product
from tradehall.contracts.catalog import ProductCreated, ProductDeleted, ProductUpdated
from tradehall.kernel.ids import uuid7

SERVICE = "catalog"


@pytest.fixture(scope="module")
async def seller(it: Alone) -> httpx.AsyncClient:
    return (await a_seller(it, "northlight"))[1]


@pytest.fixture(scope="module")
async def rival(it: Alone) -> httpx.AsyncClient:
    return (await a_seller(it, "rival"))[1]


def fields(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {error["field"] for error in answer.json()["errors"]}


async def test_seller_makes_a_product_that_is_shown_and_told(it: Alone, seller: httpx.AsyncClient) -> None:
    made = await make(
        seller,
        "Alder trekking tent",
        brand="Northlight",
        description="Two doors.",
        specifications={"Weight": "1.69 kg", "Seasons": 3, "Freestanding": True},
        options=["Color", "Size"],
        tags=["deal"],
        variants=[
            offer("ALDER-3P", 38900, options={"Color": "Moss", "Size": "3P"}, compare_at=42900, weight_g=2110),
            offer("ALDER-2P", 32900, options={"Color": "Moss", "Size": "2P"}),
        ],
    )
    shown = (await it.client().get("/api/v1/products/alder-trekking-tent")).json()
    assert shown["price"] == {"amount": 32900, "currency": "USD"}
    assert shown["compare_at"] is None
    assert shown["specifications"] == [
        {"name": "Weight", "value": "1.69 kg"},
        {"name": "Seasons", "value": 3},
        {"name": "Freestanding", "value": True},
    ]
    assert shown["options"] == [{"name": "Color", "values": ["Moss"]}, {"name": "Size", "values": ["3P", "2P"]}]
    assert [v["sku"] for v in shown["variants"]] == ["ALDER-3P", "ALDER-2P"]
    assert shown["variants"][0]["compare_at"] == {"amount": 42900, "currency": "USD"}
    assert shown["variants"][0]["weight_g"] == 2110
    assert shown["seller"]["slug"] == "northlight"
    told = next(e for e in await it.published(ProductCreated) if str(e.product_id) == made["id"])
    assert (told.status, told.currency, told.slug) == ("published", "USD", "alder-trekking-tent")
    first = told.variants[0]
    assert (first.sku, first.title, first.price) == ("ALDER-3P", "Alder trekking tent, Moss, 3P", 38900)
    assert (first.compare_at, first.weight_g, first.image) == (42900, 2110, None)


async def test_slugs_made_from_names_are_ascii_and_unique(seller: httpx.AsyncClient) -> None:
    assert [(await make(seller, "Café Größe №1"))["slug"] for _ in range(3)] == [
        "cafe-grosse-no1",
        "cafe-grosse-no1-2",
        "cafe-grosse-no1-3",
    ]
    assert (await make(seller, "三脚"))["slug"] == "product"
    taken = await seller.post("/api/v1/products", json=product("Other", slug="cafe-grosse-no1"))
    assert (taken.status_code, taken.json()["type"]) == (409, "slug-taken")


async def test_duplicate_skus_are_named(it: Alone, seller: httpx.AsyncClient, rival: httpx.AsyncClient) -> None:
    await make(seller, "Twice", variants=[offer("TWICE-1")])
    answer = await rival.post("/api/v1/products", json=product(variants=[offer("TWICE-1")]))
    assert (answer.status_code, answer.json()["extra"]["skus"]) == (409, ["TWICE-1"])
    body = product(options=["A"], variants=[offer("TWICE-2", options={"A": "1"}), offer("TWICE-2", options={"A": "2"})])
    answer = await rival.post("/api/v1/products", json=body)
    assert (answer.status_code, answer.json()["extra"]["skus"]) == (409, ["TWICE-2"])
    assert not await it.sql("SELECT FROM variants WHERE sku = 'TWICE-2'")


async def test_options_and_variants_must_fit(seller: httpx.AsyncClient) -> None:
    body = product(
        options=["Color"],
        variants=[
            offer(options={"Color": "Red"}, compare_at=5),
            offer(options={"Size": "L"}),
            offer(options={"Color": "Red"}),
        ],
    )
    answer = await seller.post("/api/v1/products", json=body)
    assert fields(answer) == {"variants[0].compare_at", "variants[1].options", "variants[2].options"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " \n"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "nul \0"}, "name"),
        ({"name": None}, "name"),
        ({"description": "x" * 20_001}, "description"),
        ({"description": "nul \0"}, "description"),
        ({"variants": []}, "variants"),
        ({"variants": [{"sku": "X"}]}, "variants[0].price"),
        ({"variants": [offer(price=-1)]}, "variants[0].price"),
        ({"variants": [offer(price=10**13 + 1)]}, "variants[0].price"),
        ({"variants": [offer(price=10**400)]}, "variants[0].price"),
        ({"variants": [{"sku": "X", "price": 1.5}]}, "variants[0].price"),
        ({"variants": [offer("\0")]}, "variants[0].sku"),
        ({"variants": [offer("x" * 65)]}, "variants[0].sku"),
        ({"variants": [offer(weight_g=2**40)]}, "variants[0].weight_g"),
        ({"variants": [offer(options={"\0": "x"})]}, "variants[0].options"),
        ({"specifications": {str(n): "x" for n in range(101)}}, "specifications"),
        ({"specifications": {"a": "nul \0"}}, "specifications"),
        ({"specifications": {"a": 10**30}}, "specifications"),
        ({"specifications": [{"name": "a"}]}, "specifications"),
        ({"slug": "No Slug"}, "slug"),
        ({"category": "nowhere"}, "category"),
        ({"tags": ["x"] * 31}, "tags"),
        ({"status": "gone"}, "status"),
        ({"seller_id": str(uuid7())}, "seller_id"),
    ],
)
async def test_bad_input_is_refused_by_field(seller: httpx.AsyncClient, change: dict[str, Any], field: str) -> None:
    named = fields(await seller.post("/api/v1/products", json=product() | change))
    assert any(name.startswith(field) for name in named), named


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"name": "\\ud800"}', b"1e999"])
async def test_broken_bodies_are_refused(seller: httpx.AsyncClient, body: bytes) -> None:
    answer = await seller.post("/api/v1/products", content=body, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500, answer.text


async def test_texts_come_back_verbatim(it: Alone, seller: httpx.AsyncClient) -> None:
    nasty = """'; DROP TABLE products; -- <script>alert("1")</script> {{7*7}} %s $1 \\ 😀 \u202e"""
    made = await make(
        seller,
        nasty,
        description=nasty,
        brand=nasty[:60],
        tags=[nasty],
        options=[nasty],
        specifications={nasty: nasty},
        variants=[offer(nasty[:60], options={nasty: nasty})],
    )
    shown = (await it.client().get(f"/api/v1/products/{made['slug']}")).json()
    assert (shown["name"], shown["description"], shown["tags"]) == (nasty, nasty, [nasty])
    assert shown["specifications"] == [{"name": nasty, "value": nasty}]
    assert shown["variants"][0]["options"] == {nasty: nasty}
    found = await it.client().get("/api/v1/products", params={"q": nasty})
    assert [item["name"] for item in found.json()["items"]] == [nasty]


async def test_change_merges_variants_by_sku(it: Alone, seller: httpx.AsyncClient) -> None:
    made = await make(
        seller,
        "Mug",
        options=["Size"],
        variants=[offer("MUG-S", options={"Size": "S"}), offer("MUG-M", options={"Size": "M"})],
    )
    ids = {v["sku"]: v["id"] for v in made["variants"]}
    await it.sql("UPDATE variants SET available = 7 WHERE sku = 'MUG-M' RETURNING id")
    answer = await seller.patch(
        f"/api/v1/products/{made['id']}",
        json={
            "name": "Big mug",
            "variants": [offer("MUG-L", 900, options={"Size": "L"}), offer("MUG-M", 800, options={"Size": "M"})],
        },
    )
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    assert [(v["sku"], v["price"]["amount"], v["available"]) for v in changed["variants"]] == [
        ("MUG-L", 900, 0),
        ("MUG-M", 800, 7),
    ]
    assert changed["variants"][1]["id"] == ids["MUG-M"]
    assert (changed["name"], changed["slug"], changed["price"]["amount"]) == ("Big mug", made["slug"], 800)
    assert changed["version"] == made["version"] + 1
    told = next(e for e in await it.published(ProductUpdated) if str(e.product_id) == made["id"])
    assert {v.sku for v in told.variants} == {"MUG-L", "MUG-M"}
    await make(seller, "Takes the free SKU", variants=[offer("MUG-S")])


async def test_change_of_an_old_version_is_refused(seller: httpx.AsyncClient) -> None:
    made = await make(seller, "Contested")
    path = f"/api/v1/products/{made['id']}"
    assert (await seller.patch(path, json={"name": "First", "version": 1})).status_code == 200
    late = await seller.patch(path, json={"name": "Second", "version": 1})
    assert (late.status_code, late.json()["type"]) == (409, "changed")


async def test_change_keeps_the_rules(seller: httpx.AsyncClient) -> None:
    made, other = await make(seller, "Ruled"), await make(seller, "Other ruled")
    path = f"/api/v1/products/{made['id']}"
    assert fields(await seller.patch(path, json={"options": ["Color"]})) == {"variants[0].options"}
    assert fields(await seller.patch(path, json={"category": "nowhere"})) == {"category"}
    assert (await seller.patch(path, json={"slug": other["slug"]})).status_code == 409
    taken = await seller.patch(path, json={"variants": [offer(other["variants"][0]["sku"])]})
    assert taken.json()["extra"]["skus"] == [other["variants"][0]["sku"]]
    assert (await seller.get(f"/api/v1/manage/products/{made['id']}")).json()["version"] == 1


async def test_drafts_are_seen_by_their_seller_and_admins_only(
    it: Alone, seller: httpx.AsyncClient, rival: httpx.AsyncClient
) -> None:
    made = await make(seller, "Secret tent", status="draft")
    shown, listed = f"/api/v1/products/{made['slug']}", "/api/v1/products?q=secret"
    admin, guest = it.client("store_admin"), it.client()
    assert [(await c.get(shown)).status_code for c in (guest, rival, it.client("shopper"))] == [404] * 3
    assert [(await c.get(shown)).status_code for c in (seller, admin)] == [200, 200]
    assert (await guest.get(listed)).json() == {"items": [], "next": None, "total": 0}

    published = await seller.post(f"/api/v1/products/{made['id']}/publish")
    assert (published.status_code, published.json()["status"]) == (200, "published")
    assert (await guest.get(shown)).status_code == 200
    assert (await guest.get(listed)).json()["total"] == 1

    assert (await seller.post(f"/api/v1/products/{made['id']}/unpublish")).json()["status"] == "draft"
    assert (await guest.get(shown)).status_code == 404
    assert (await guest.get(listed)).json()["total"] == 0
    told = [e.status for e in await it.published(ProductUpdated) if str(e.product_id) == made["id"]]
    assert told == ["published", "draft"]


async def test_deleted_product_is_gone_and_its_names_are_free(it: Alone, seller: httpx.AsyncClient) -> None:
    made = await make(seller, "Short lived", variants=[offer("SHORT-1")])
    path = f"/api/v1/products/{made['id']}"
    assert (await seller.delete(path)).status_code == 204
    assert (await it.client().get("/api/v1/products/short-lived")).status_code == 404
    answers = [await seller.delete(path), await seller.patch(path, json={}), await seller.post(f"{path}/publish")]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert str((await it.published(ProductDeleted))[-1].product_id) == made["id"]
    assert (await make(seller, "Short lived", variants=[offer("SHORT-1")]))["slug"] == "short-lived"


async def test_nobody_touches_anothers_product(it: Alone, seller: httpx.AsyncClient, rival: httpx.AsyncClient) -> None:
    made = await make(seller, "Mine")
    path = f"/api/v1/products/{made['id']}"
    stranger = (await a_seller(it, "northlight", store=it.other))[1]
    foreign_admin = it.client("store_admin", store=it.other)
    for client, status in [
        (rival, 404),
        (stranger, 404),
        (foreign_admin, 404),
        (it.client("shopper"), 403),
        (it.client(), 401),
    ]:
        answers = [
            await client.patch(path, json={"name": "Theirs"}),
            await client.delete(path),
            await client.post(f"{path}/publish"),
            await client.post(f"{path}/unpublish"),
            await client.get(f"/api/v1/manage/products/{made['id']}"),
            await client.post(f"{path}/images", files={"image": b"x"}),
            await client.delete(f"{path}/images/abc"),
        ]
        assert [answer.status_code for answer in answers] == [status] * 7
    assert (await it.client(store=it.other).get("/api/v1/products/mine")).status_code == 404
    assert (await it.client(store=it.other).get("/api/v1/products?q=mine")).json()["total"] == 0
    assert (await it.client().get("/api/v1/products/mine")).json()["name"] == "Mine"


async def test_admin_sells_for_sellers_of_the_store_and_imports_ratings(it: Alone, seller: httpx.AsyncClient) -> None:
    seller_id, theirs = await a_seller(it, "helped")
    admin = it.client("store_admin")
    assert fields(await admin.post("/api/v1/products", json=product())) == {"seller_id"}
    unknown = await admin.post("/api/v1/products", json=product(seller_id=str(uuid7())))
    assert fields(unknown) == {"seller_id"}
    rated: dict[str, Any] = {"rating": {"average": 4.4, "count": 10}}
    made = await make(admin, "Helped", seller_id=str(seller_id), **rated)
    assert made["rating"] == {"average": 4.4, "count": 10}
    assert made["seller"]["slug"] == "helped"
    assert (await seller.post("/api/v1/products", json=product(**rated))).status_code == 403
    assert (await theirs.patch(f"/api/v1/products/{made['id']}", json=rated)).status_code == 403
    assert (await theirs.patch(f"/api/v1/products/{made['id']}", json={"name": "Own"})).status_code == 200


async def test_seller_whose_profile_has_not_arrived_is_asked_to_wait(it: Alone) -> None:
    early = it.client("seller", seller_id=uuid7())
    assert (await early.post("/api/v1/products", json=product())).status_code == 409
    assert (await it.client("seller").post("/api/v1/products", json=product())).status_code == 403


async def test_back_office_lists_own_products_with_drafts(it: Alone) -> None:
    one, other = (await a_seller(it, "one"))[1], (await a_seller(it, "two"))[1]
    names = [(await make(one, f"Own {n}", status="draft" if n % 2 else "published"))["name"] for n in range(5)]
    await make(other, "Not own")
    seen, cursor = [], ""
    while True:
        answer = await one.get(
            "/api/v1/manage/products", params={"limit": 2, "cursor": cursor} if cursor else {"limit": 2}
        )
        seen += [item["name"] for item in answer.json()["items"]]
        if not (cursor := answer.json()["next"]):
            break
    assert seen == names[::-1]
    drafts = (await one.get("/api/v1/manage/products?status=draft")).json()["items"]
    assert [item["name"] for item in drafts] == ["Own 3", "Own 1"]
    everything = (await it.client("store_admin").get("/api/v1/manage/products?q=own&limit=100")).json()["items"]
    assert {"Own 0", "Not own"} <= {item["name"] for item in everything}


async def test_the_document_of_the_api_names_the_limits(it: Alone) -> None:
    document = (await it.client().get("/api/docs/openapi.json")).json()
    limit = next(p for p in document["paths"]["/api/v1/products"]["get"]["parameters"] if p["name"] == "limit")
    assert (limit["schema"]["minimum"], limit["schema"]["maximum"]) == (1, 100)
    assert "multipart/form-data" in str(document["paths"]["/api/v1/products/{product_id}/images"]["post"])
