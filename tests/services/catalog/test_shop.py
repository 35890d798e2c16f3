"""What shoppers see: lists, filters, pages, details, quantities."""

from typing import Any

import httpx
import pytest

from tests.harness import Alone, eventually
from tests.services.catalog.goods import a_seller, make, offer
from tradehall.contracts.catalog import ProductCreated, ProductUpdated
from tradehall.contracts.inventory import ProductQuantityUpdated
from tradehall.contracts.values import encode
from tradehall.kernel.bus import Message
from tradehall.kernel.ids import uuid7
from tradehall.kernel.paging import encode_cursor

SERVICE = "catalog"


@pytest.fixture(scope="module")
async def goods(it: Alone) -> dict[str, dict[str, Any]]:
    """By name: fourteen products in two branches of the category tree, many of equal price."""
    admin = it.client("store_admin")
    for body in [
        {"slug": "outdoor", "name": "Outdoor", "position": 1},
        {"slug": "shelter", "name": "Tents", "parent": "outdoor"},
        {"slug": "tarps", "name": "Tarps", "parent": "shelter"},
        {"slug": "electronics", "name": "Electronics", "position": 0},
    ]:
        assert (await admin.post("/api/v1/categories", json=body)).status_code == 201
    north_id, north = await a_seller(it, "north")
    _, south = await a_seller(it, "south")
    made = [
        await make(north, "Alder trekking tent", category="shelter", brand="Northlight", tags=["deal"],
                   options=["Size"], variants=[offer("ALDER-3P", 9000, options={"Size": "3P"}, compare_at=9900),
                                               offer("ALDER-2P", 7000, options={"Size": "2P"})]),
        await make(north, "Été tarp", category="tarps", description="Keeps the trekking party dry."),
        await make(south, "USB-C charger", category="electronics", variants=[offer("CHG-100%", 2500)]),
        await make(admin, "Rated lamp", category="outdoor", seller_id=str(north_id),
                   rating={"average": 4.5, "count": 3}),
        await make(admin, "Well rated lamp", category="outdoor", seller_id=str(north_id),
                   rating={"average": 4.5, "count": 30}),
    ]  # fmt: skip
    made += [await make(south, f"Peg {n}", variants=[offer(price=500)]) for n in range(9)]
    return {item["name"]: item for item in made}


async def listed(client: httpx.AsyncClient, **params: Any) -> list[str]:
    answer = await client.get("/api/v1/products", params={"limit": 100, **params})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["total"] == len(body["items"])
    return [item["name"] for item in body["items"]]


async def test_card_has_what_a_list_shows(it: Alone, goods: dict[str, dict[str, Any]]) -> None:
    tent = goods["Alder trekking tent"]
    (item,) = (await it.client().get("/api/v1/products?q=alder")).json()["items"]
    assert item == {
        "id": tent["id"],
        "slug": "alder-trekking-tent",
        "name": "Alder trekking tent",
        "price": {"amount": 7000, "currency": "USD"},
        "price_to": {"amount": 9000, "currency": "USD"},
        "compare_at": None,
        "available": 0,
        "image": None,
        "rating": None,
        "brand": "Northlight",
        "seller": tent["seller"],
        "category": "shelter",
        "variants": [
            {
                "id": variant["id"],
                "sku": variant["sku"],
                "options": variant["options"],
                "price": variant["price"],
                "available": 0,
                "backorder": False,
            }
            for variant in tent["variants"]
        ],
        "variant_count": 2,
    }


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({"category": "shelter"}, {"Alder trekking tent", "Été tarp"}),
        ({"category": "outdoor"}, {"Alder trekking tent", "Été tarp", "Rated lamp", "Well rated lamp"}),
        ({"category": "nowhere"}, set()),
        ({"category": "outdoor", "seller": "south"}, set()),
        ({"seller": "south", "min_price": 501}, {"USB-C charger"}),
        ({"min_price": 2500, "max_price": 2500}, {"USB-C charger"}),
        ({"max_price": 499}, set()),
        ({"in_stock": "true", "category": "outdoor"}, set()),
        ({"in_stock": "false", "category": "tarps"}, {"Été tarp"}),
    ],
)
async def test_filters(it: Alone, goods: object, params: dict[str, Any], names: set[str]) -> None:
    assert set(await listed(it.client(), **params)) == names


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("trek", ["Alder trekking tent", "Été tarp"]),  # in the name, then in the description
        ("TREK ald", ["Alder trekking tent"]),
        ("ete", ["Été tarp"]),
        ("usb-c", ["USB-C charger"]),
        ("CHG-100%", ["USB-C charger"]),
        ("ALDER-2P", ["Alder trekking tent"]),
        ("rekkin", ["Alder trekking tent"]),  # a part of the name
        ("northl", ["Alder trekking tent"]),
        ("%", ["USB-C charger"]),
        ("_", []),
        ("deal", ["Alder trekking tent"]),
        ("' & | ! :* ( <-> \\", []),
    ],
)
async def test_words_are_found(it: Alone, goods: object, q: str, names: list[str]) -> None:
    assert await listed(it.client(), q=q) == names


async def test_sorts(it: Alone, goods: object) -> None:
    guest = it.client()
    assert await listed(guest, category="outdoor", sort="newest") == [
        "Well rated lamp", "Rated lamp", "Été tarp", "Alder trekking tent",
    ]  # fmt: skip
    assert (await listed(guest, sort="price"))[-1] == "Alder trekking tent"
    assert (await listed(guest, sort="-price"))[0] == "Alder trekking tent"
    assert (await listed(guest, sort="name", category="outdoor"))[:2] == ["Alder trekking tent", "Été tarp"]
    assert (await listed(guest, sort="rating"))[:2] == ["Well rated lamp", "Rated lamp"]
    assert (await listed(guest, sort="relevance"))[0] == (await listed(guest))[0] == "Peg 8"


@pytest.mark.parametrize("sort", ["newest", "price", "-price", "name", "rating", "relevance"])
@pytest.mark.parametrize("q", ["", "e"])
async def test_pages_over_equal_keys_lose_and_double_nothing(it: Alone, goods: object, sort: str, q: str) -> None:
    guest = it.client()
    whole = await listed(guest, sort=sort, q=q)
    seen: list[str] = []
    params: dict[str, Any] = {"sort": sort, "q": q, "limit": 3}
    while True:
        body = (await guest.get("/api/v1/products", params=params)).json()
        seen += [item["name"] for item in body["items"]]
        assert body["total"] == len(whole)
        if body["next"] is None:
            break
        params["cursor"] = body["next"]
    assert len(whole) >= 5
    assert seen == whole


@pytest.mark.parametrize(
    "params",
    [
        {"limit": 0},
        {"limit": 101},
        {"limit": "x"},
        {"min_price": -1},
        {"max_price": 10**30},
        {"sort": "random"},
        {"in_stock": "perhaps"},
        {"q": "x" * 201},
        {"q": "\0"},
        {"category": "\0"},
        {"seller": "\0"},
        {"cursor": "x"},
        {"cursor": "é"},
        {"cursor": encode_cursor(1)},
        {"cursor": encode_cursor("name", uuid7(), 3)},
        {"cursor": encode_cursor(2**63, uuid7(), 3)},
        {"cursor": encode_cursor(-1, uuid7(), 3)},
        {"cursor": encode_cursor("\0", uuid7(), 3), "sort": "name"},
        {"cursor": encode_cursor(2**63, uuid7(), 3), "sort": "price"},
    ],
)
async def test_bad_parameters_are_refused(it: Alone, params: dict[str, Any]) -> None:
    answer = await it.client().get("/api/v1/products", params=params)
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["errors"][0]["field"] == next(iter(params))


@pytest.mark.parametrize("raw", ["q=%ff", "q=%ed%a0%80", "category=%ff", "q=%00", "sort=%00", "q=a&q=b"])
async def test_undecodable_parameters_do_no_harm(it: Alone, raw: str) -> None:
    assert (await it.client().get(f"/api/v1/products?{raw}")).status_code < 500


@pytest.mark.parametrize("slug", ["nope", "%00", "%ff", "x" * 3000, "a%2Fb", "'--"])
async def test_unknown_slugs_are_404(it: Alone, slug: str) -> None:
    assert (await it.client().get(f"/api/v1/products/{slug}")).status_code == 404


async def test_unchanged_answers_are_304(it: Alone, goods: object) -> None:
    guest = it.client()
    for path in ("/api/v1/products/alder-trekking-tent", "/api/v1/products?sort=price", "/api/v1/categories"):
        first = await guest.get(path)
        again = await guest.get(path, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_detail_has_path_and_related(it: Alone, goods: object) -> None:
    tarp = (await it.client().get("/api/v1/products/ete-tarp")).json()
    assert [c["slug"] for c in tarp["category_path"]] == ["outdoor", "shelter", "tarps"]
    assert tarp["related"] == []
    lamp = (await it.client().get("/api/v1/products/rated-lamp")).json()
    assert [other["name"] for other in lamp["related"]] == ["Well rated lamp"]
    peg = (await it.client().get("/api/v1/products/peg-1")).json()
    assert (peg["category"], peg["category_path"], peg["related"]) == (None, [], [])


async def test_change_is_seen_at_once_in_this_process(it: Alone) -> None:
    _, seller = await a_seller(it, "quick")
    made = await make(seller, "Before")
    guest = it.client()
    assert (await guest.get("/api/v1/products/before")).json()["name"] == "Before"
    await seller.patch(f"/api/v1/products/{made['id']}", json={"name": "After"})
    assert (await guest.get("/api/v1/products/before")).json()["name"] == "After"


async def test_another_process_forgets_its_answers_when_it_hears_of_a_change(
    it: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await make((await a_seller(it, "distant"))[1], "Distant")
    await it.published(ProductCreated)
    key = (it.store.id, "/api/v1/products/distant", b"")
    monkeypatch.setattr(it.running.answers, "LIFE", 60.0)
    it.running.answers.put(key, [], b"as it was")
    monkeypatch.setattr(it.running.answers, "LIFE", 0.0)
    it.running.answers._due.clear()  # the event that made the product holds nothing up
    event = ProductUpdated(
        product_id=made["id"],
        seller_id=made["seller"]["id"],
        slug="distant",
        name="Distant",
        status="published",
        currency="USD",
        variants=[],
    )
    message = Message(uuid7(), "catalog", event.event_name(), made["id"], it.store.id, encode(event))
    await it.running.bus.publish([message])

    async def forgotten() -> bool:
        return it.running.answers.get(key) is None

    await eventually(forgotten)


async def test_last_quantity_of_a_variant_counts(it: Alone, goods: dict[str, dict[str, Any]]) -> None:
    tent = goods["Alder trekking tent"]
    big, small = (variant["id"] for variant in tent["variants"])
    changes = [(big, 3), (small, 9), (big, 4), (small, 1), (str(uuid7()), 5), (big, 2)]
    await it.at_once(
        *(
            (ProductQuantityUpdated(product_id=tent["id"], variant_id=id, available=available), id, it.store)
            for id, available in changes
        )
    )
    it.running.answers.drop(it.store.id)
    shown = (await it.client().get(f"/api/v1/products/{tent['slug']}")).json()
    assert (shown["available"], [v["available"] for v in shown["variants"]]) == (3, [2, 1])
    assert await listed(it.client(), in_stock="true") == ["Alder trekking tent"]


async def test_what_may_be_ordered_before_it_is_there_says_so(it: Alone, goods: dict[str, dict[str, Any]]) -> None:
    peg = goods["Peg 1"]
    variant_id = peg["variants"][0]["id"]
    for backorder in (True, False):
        event = ProductQuantityUpdated(
            product_id=peg["id"], variant_id=variant_id, available=0, backorder=backorder
        )  # fmt: skip
        await it.given(event, key=variant_id)
        it.running.answers.drop(it.store.id)
        shown = (await it.client().get("/api/v1/products/peg-1")).json()
        (listed,) = [
            p for p in (await it.client().get("/api/v1/products?q=peg+1")).json()["items"] if p["slug"] == "peg-1"
        ]
        assert [v["backorder"] for v in (*shown["variants"], *listed["variants"])] == [backorder, backorder]


async def test_quantity_of_another_store_changes_nothing(it: Alone, goods: dict[str, dict[str, Any]]) -> None:
    peg = goods["Peg 0"]
    variant_id = peg["variants"][0]["id"]
    event = ProductQuantityUpdated(product_id=peg["id"], variant_id=variant_id, available=50)
    await it.given(event, key=variant_id, store=it.other)
    assert (await it.client().get("/api/v1/products/peg-0")).json()["available"] == 0
    await it.given(event, key=variant_id)
    it.running.answers.drop(it.store.id)
    assert (await it.client().get("/api/v1/products/peg-0")).json()["available"] == 50
