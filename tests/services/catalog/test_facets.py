"""Facets: counts of what a list could be narrowed by, compared with what the lists themselves say."""

import random
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.harness import Alone, eventually
from tests.services.catalog.goods import a_seller, make, offer
from tradehall.services.catalog import counting
from tradehall.services.catalog.api import shop as shop_api
from tradehall.services.catalog.counting import Counts
from tradehall.services.catalog.queries import facets as facets_module
from tradehall.services.catalog.queries import filters as filters_module
from tradehall.services.catalog.queries.facets import Facets

SERVICE = "catalog"
COLOURS, YEARS, BRANDS, TAGS = ["Red", "Blue", "Green"], [1970, 1971, 1975.5], ["Ada", "Bob", ""], ["new", "old"]


@pytest.fixture(scope="module")
async def shelf(it: Alone) -> httpx.AsyncClient:
    admin = it.client("store_admin")
    for slug, parent in [("top", None), ("below", "top"), ("beside", None)]:
        await admin.post("/api/v1/categories", json={"slug": slug, "name": slug, "parent": parent})
    for body in [
        {"code": "colour", "name": "Colour", "kind": "choice", "choices": COLOURS, "categories": ["top"]},
        {"code": "year", "name": "Year", "kind": "number", "unit": "AD", "categories": ["below", "beside"]},
        {"code": "good", "name": "Good", "kind": "boolean", "categories": ["top"]},
        {"code": "hidden", "name": "Hidden", "kind": "text", "categories": ["top"], "filterable": False},
    ]:
        assert (await admin.post("/api/v1/attributes", json=body)).status_code == 201
    chance = random.Random(4)
    sellers = [(await a_seller(it, slug))[1] for slug in ("one", "two")]
    for number in range(40):
        await make(
            chance.choice(sellers),
            f"Thing {number}",
            category=chance.choice(["top", "below", "beside", None]),
            brand=chance.choice(BRANDS),
            tags=chance.sample(TAGS, chance.randint(0, 2)),
            variants=[offer(price=chance.choice([500, 900, 2000]))],
            specifications={
                "Colour": chance.choice(COLOURS),
                "Year": chance.choice(YEARS),
                "Good": chance.random() < 0.5,
                "Hidden": "x",
            },
        )
    return it.client()


async def total(client: httpx.AsyncClient, filters: dict[str, Any], **own: Any) -> int:
    answer = await client.get("/api/v1/products", params={**filters, **own, "limit": 1})
    assert answer.status_code == 200, answer.text
    return int(answer.json()["total"])


async def facets(client: httpx.AsyncClient, filters: dict[str, Any]) -> dict[str, Any]:
    answer = await client.get("/api/v1/products/facets", params=filters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "category": st.sampled_from(["top", "below", "beside"]),
        "brand": st.lists(st.sampled_from(["ada", "bob"]), min_size=1, max_size=2),
        "tag": st.sampled_from(TAGS),
        "seller": st.sampled_from(["one", "two"]),
        "attr.colour": st.lists(st.sampled_from(COLOURS), min_size=1, max_size=2),
        "attr.year": st.sampled_from(["1970", "1970..1971", "1971..", "..1975.5"]),
        "attr.good": st.sampled_from(["true", "false"]),
        "min_price": st.just(800),
        "max_price": st.just(1000),
        "q": st.just("thing"),
    },
)


@pytest.mark.parametrize("few", [filters_module.FEW, 5, 0])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@example({"brand": ["bob"]})
@example({"seller": "one"})
@example({"tag": "new"})
@example({"attr.colour": ["Red"]})
@example({"min_price": 800})
@given(filters=FILTERS)
async def test_each_count_is_what_the_list_would_have(
    shelf: httpx.AsyncClient, few: int, filters: dict[str, Any]
) -> None:
    """Whatever is filtered: a facet's value, put in the place of the facet's own filter, finds as many as it says."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(filters_module, "FEW", few)
        patched.setattr(facets_module, "FEW", few)
        await compare(shelf, filters)


async def compare(shelf: httpx.AsyncClient, filters: dict[str, Any]) -> None:
    found = await facets(shelf, filters)
    for name, values in [("brand", found["brands"]), ("seller", found["sellers"]), ("tag", found["tags"])]:
        rest = {key: value for key, value in filters.items() if key != name}
        for value in values:
            assert await total(shelf, rest, **{name: value["value"]}) == value["count"], (name, value)
    for facet in found["attributes"]:
        name = f"attr.{facet['code']}"
        rest = {key: value for key, value in filters.items() if key != name}
        assert facet["values"] or name in filters
        for value in facet["values"]:
            assert await total(shelf, rest, **{name: value["value"]}) == value["count"], (name, value)
        if facet["kind"] == "number" and facet["count"]:
            assert await total(shelf, rest, **{name: f"{facet['low']}..{facet['high']}"}) == facet["count"]
    rest = {key: value for key, value in filters.items() if key not in ("min_price", "max_price")}
    if found["price"]["low"]:
        low, high = found["price"]["low"]["amount"], found["price"]["high"]["amount"]
        assert await total(shelf, rest, min_price=low, max_price=high) == await total(shelf, rest) > 0
    else:
        assert await total(shelf, rest) == 0


async def test_nothing_is_left_out(shelf: httpx.AsyncClient) -> None:
    found = await facets(shelf, {})
    assert {value["value"] for value in found["brands"]} == {"ada", "bob"}
    assert {value["name"] for value in found["brands"]} == {"Ada", "Bob"}
    assert {value["value"] for value in found["tags"]} == set(TAGS)
    by_code = {facet["code"]: facet for facet in found["attributes"]}
    assert set(by_code) == {"colour", "year", "good"}
    assert {value["value"] for value in by_code["year"]["values"]} == {"1970", "1971", "1975.5"}
    assert (by_code["year"]["low"], by_code["year"]["high"], by_code["year"]["unit"]) == (1970, 1975.5, "AD")
    assert {value["value"] for value in by_code["good"]["values"]} == {"true", "false"}


async def test_attributes_are_those_of_the_category_and_below_it(shelf: httpx.AsyncClient) -> None:
    for category, codes in [("top", {"colour", "year", "good"}), ("beside", {"year"})]:
        found = await facets(shelf, {"category": category})
        assert {facet["code"] for facet in found["attributes"]} == codes


async def test_what_is_asked_for_is_a_facet_though_nothing_has_it(shelf: httpx.AsyncClient) -> None:
    found = await facets(shelf, {"attr.year": "1970", "q": "nothing has these words"})
    assert [(facet["code"], facet["count"], facet["values"]) for facet in found["attributes"]] == [("year", 0, [])]


async def test_store_without_products_has_no_facets(it: Alone, shelf: httpx.AsyncClient) -> None:
    assert await facets(it.client(store=it.other), {}) == {
        "brands": [],
        "sellers": [],
        "tags": [],
        "price": {"low": None, "high": None},
        "attributes": [],
    }


async def test_facets_are_not_changed_for_who_asks_again(shelf: httpx.AsyncClient) -> None:
    first = await shelf.get("/api/v1/products/facets?category=top")
    again = await shelf.get("/api/v1/products/facets?category=top", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_large_list_is_not_counted_for_everybody(
    it: Alone, shelf: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kept by store and filters; those of a small list are of now."""
    monkeypatch.setattr(counting, "LARGE", 20)
    monkeypatch.setattr(shop_api, "_facets", Counts[Facets](lambda counted: counted.price.count))
    monkeypatch.setattr(shop_api, "_totals", Counts[int](lambda total: total))
    reader, (_, seller) = it.client("shopper"), await a_seller(it, "later")

    async def seen(**filters: Any) -> tuple[bool, int]:
        brands = [one["value"] for one in (await facets(reader, filters))["brands"]]
        return "late" in brands, await total(reader, filters)

    (_, everything), (_, beside) = await seen(), await seen(category="beside")
    await make(seller, "Thing of late", category="beside", brand="Late", variants=[offer(price=500)])
    assert await seen() == (False, everything)
    assert await seen(category="beside") == (True, beside + 1)
    listed = (await reader.get("/api/v1/products", params={"limit": 100})).json()
    assert listed["total"] == len(listed["items"]) == everything + 1
    assert await seen() == (False, everything)
    elsewhere = it.client("shopper", store=it.other)
    assert (await facets(elsewhere, {}))["brands"] == []
    assert await total(elsewhere, {}) == 0

    monkeypatch.setattr(counting, "FRESH", 0.0)
    assert await seen() == (False, everything), "who comes does not wait for it"

    async def counted_anew() -> bool:
        return await seen() == (True, everything + 1)

    await eventually(counted_anew)
