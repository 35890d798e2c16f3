"""Typed attributes of categories: what is refused, what filters find, what a change of the attribute leaves."""

import itertools
from typing import Any

import httpx
import pytest

from tests.harness import Alone, eventually
from tests.services.catalog.goods import a_seller, make, product
from tradehall.contracts.catalog import ProductUpdated
from tradehall.services.catalog.queries import filters

SERVICE = "catalog"


@pytest.fixture(scope="module")
async def admin(it: Alone) -> httpx.AsyncClient:
    client = it.client("store_admin")
    for slug, parent in [("cars", None), ("vans", "cars"), ("small-vans", "vans"), ("boats", None)]:
        await client.post("/api/v1/categories", json={"slug": slug, "name": slug.title(), "parent": parent})
    return client


@pytest.fixture(scope="module")
async def seller(it: Alone) -> httpx.AsyncClient:
    return (await a_seller(it, "dealer"))[1]


async def an_attribute(admin: httpx.AsyncClient, code: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    body = {"code": code, "name": code.title(), "kind": kind, "categories": ["cars"], **more}
    answer = await admin.post("/api/v1/attributes", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def listed(it: Alone, **params: Any) -> set[str]:
    """As somebody signed in sees it: no answer is kept."""
    answer = await it.client("shopper").get("/api/v1/products", params={"limit": 100, **params})
    assert answer.status_code == 200, answer.text
    return {item["name"] for item in answer.json()["items"]}


def errors(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {error["field"]: error["rule"] for error in answer.json()["errors"]}


async def test_category_has_its_own_attributes_and_those_from_above(it: Alone, admin: httpx.AsyncClient) -> None:
    await an_attribute(admin, "seats", "number", position=2)
    await an_attribute(admin, "payload", "number", unit="kg", categories=["vans"], position=1)
    for category, codes in [("small-vans", ["payload", "seats"]), ("cars", ["seats"]), ("boats", [])]:
        shown = (await it.client().get(f"/api/v1/categories/{category}")).json()
        assert [attribute["code"] for attribute in shown["attributes"]] == codes
    shown = (await it.client().get("/api/v1/categories/vans")).json()
    assert [step["slug"] for step in shown["path"]] == ["cars", "vans"]
    assert [child["slug"] for child in shown["children"]] == ["small-vans"]
    assert shown["attributes"][0] == {
        "code": "payload",
        "name": "Payload",
        "kind": "number",
        "unit": "kg",
        "choices": [],
        "filterable": True,
        "required": False,
    }


@pytest.mark.parametrize(
    ("kind", "more", "said", "kept"),
    [
        ("number", {"unit": "hp"}, 130, 130),
        ("number", {"unit": "hp"}, "130 hp", 130),
        ("number", {"unit": "hp"}, " 130.5HP ", 130.5),
        ("number", {}, "-4", -4),
        ("boolean", {}, "Yes", True),
        ("boolean", {}, False, False),
        ("choice", {"choices": ["Rear", "Front"]}, "front", "Front"),
        ("text", {}, 1970, "1970"),
        ("text", {}, "  Blue ", "Blue"),
    ],
)
async def test_what_fits_is_kept_as_the_attribute_has_it(
    it: Alone, admin: httpx.AsyncClient, seller: httpx.AsyncClient, kind: str, more: Any, said: Any, kept: Any
) -> None:
    made = await an_attribute(admin, "fitting", kind, **more)
    shown = await make(seller, category="vans", specifications={"FITTING ": said, "Else": said})
    assert shown["specifications"] == [
        {"name": "Fitting", "value": kept, "attribute": "fitting"} | ({"unit": "hp"} if more.get("unit") else {}),
        {"name": "Else", "value": said},
    ]
    await seller.delete(f"/api/v1/products/{shown['id']}")
    await admin.delete(f"/api/v1/attributes/{made['code']}")


async def test_what_does_not_fit_is_refused_by_its_place_and_rule(
    admin: httpx.AsyncClient, seller: httpx.AsyncClient
) -> None:
    for code, kind, more in [
        ("power", "number", {"unit": "hp"}),
        ("electric", "boolean", {}),
        ("drive", "choice", {"choices": ["Front", "Rear"]}),
        ("maker", "text", {}),
    ]:
        await an_attribute(admin, code, kind, **more)
    specifications = [
        {"name": "Free", "value": "anything"},
        {"name": "Power", "value": "much"},
        {"name": "Electric", "value": "perhaps"},
        {"name": "Drive", "value": "Sideways"},
        {"name": "Maker", "value": "x" * 201},
        {"name": "power", "value": True},
    ]
    wrong = errors(await seller.post("/api/v1/products", json=product(category="cars", specifications=specifications)))
    assert wrong == {
        "specifications[1].value": "must be a number of hp",
        "specifications[2].value": "must be true or false",
        "specifications[3].value": "must be one of Front, Rear",
        "specifications[4].value": "must be a text of 1 to 200 characters",
        "specifications[5].value": "must be a number of hp",
    }
    elsewhere = await make(seller, category="boats", specifications=specifications)
    moved = await seller.patch(f"/api/v1/products/{elsewhere['id']}", json={"category": "vans"})
    assert len(errors(moved)) == 5
    for code in ("power", "electric", "drive", "maker"):
        assert (await admin.delete(f"/api/v1/attributes/{code}")).status_code == 204


async def test_required_is_asked_of_what_is_published(admin: httpx.AsyncClient, seller: httpx.AsyncClient) -> None:
    await an_attribute(admin, "mileage", "number", required=True)
    refused = await seller.post("/api/v1/products", json=product(category="vans"))
    assert errors(refused) == {"specifications": "must say Mileage, as the category requires"}
    draft = await make(seller, category="vans", status="draft")
    assert "Mileage" in errors(await seller.post(f"/api/v1/products/{draft['id']}/publish"))["specifications"]
    await seller.patch(f"/api/v1/products/{draft['id']}", json={"specifications": {"Mileage": 12}})
    assert (await seller.post(f"/api/v1/products/{draft['id']}/publish")).status_code == 200
    await admin.delete("/api/v1/attributes/mileage")


async def test_filters_by_attribute(
    it: Alone, admin: httpx.AsyncClient, seller: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await an_attribute(admin, "year", "number")
    await an_attribute(admin, "colour", "text")
    await an_attribute(admin, "hybrid", "boolean")
    await an_attribute(admin, "secret", "text", filterable=False)
    for name, category, year, colour, hybrid in [
        ("Old red", "cars", 1970, "Red", False),
        ("Mid red", "vans", 1975, "Red", True),
        ("Mid blue", "small-vans", 1975.5, "Blue", True),
        ("New green", "cars", 1982, "Green", False),
    ]:
        specs = {"Year": year, "Colour": colour, "Hybrid": hybrid, "Secret": "x"}
        await make(seller, name, category=category, specifications=specs)
    await make(seller, "Draft red", status="draft", category="cars", specifications={"Colour": "Red"})
    await make(seller, "No car", category="boats", specifications={"Colour": "Red"})
    assert await listed(it, **{"attr.colour": "Red"}) == {"Old red", "Mid red"}
    assert await listed(it, **{"attr.colour": ["Red", "Green"]}) == {"Old red", "Mid red", "New green"}
    assert await listed(it, **{"attr.colour": "Red", "category": "vans"}) == {"Mid red"}
    assert await listed(it, **{"attr.hybrid": "true", "attr.colour": "Blue"}) == {"Mid blue"}
    assert await listed(it, **{"attr.colour": "None of it"}) == set()
    assert await listed(it, **{"attr.colour": ""}) >= {"Old red", "No car"}
    assert (await it.client(store=it.other).get("/api/v1/products?attr.colour=Red")).status_code == 422
    for few, sort in itertools.product((filters.FEW, 0), ("price", "-price", "name", "rating", "newest")):
        monkeypatch.setattr(filters, "FEW", few)
        assert await listed(it, **{"attr.year": "1970..1975"}) == {"Old red", "Mid red"}
        assert await listed(it, **{"attr.year": "1975.."}) == {"Mid red", "Mid blue", "New green"}
        assert await listed(it, **{"attr.year": "..1970"}) == {"Old red"}
        assert await listed(it, **{"attr.year": ["1970", "1980..1990"]}) == {"Old red", "New green"}
        assert await listed(it, **{"attr.year": "1..2", "attr.colour": "Red"}) == set()
        seen: list[str] = []
        params: dict[str, Any] = {"attr.year": "1900..2000", "sort": sort, "limit": 1}
        while True:
            body = (await it.client("shopper").get("/api/v1/products", params=params)).json()
            assert body["total"] == 4
            seen += [item["name"] for item in body["items"]]
            if not body["next"]:
                break
            params["cursor"] = body["next"]
        assert len(seen) == len(set(seen)) == 4


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("attr.nothing", "x"),
        ("attr.", "x"),
        ("attr.secret", "x"),
        ("attr.year", "new"),
        ("attr.year", ".."),
        ("attr.year", "1980..1970"),
        ("attr.year", "1..2..3"),
        ("attr.year", "9999999999999999"),
        ("attr.hybrid", "perhaps"),
        ("attr.colour", "\0"),
        ("attr.colour", "x" * 201),
        ("attr.\0", "x"),
        ("brand", "\0"),
        ("tag", "x" * 201),
        ("seller", "\0"),
        ("attr.colour", [str(n) for n in range(51)]),
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/products", "/api/v1/products/facets"])
async def test_bad_filters_are_named(it: Alone, path: str, name: str, value: Any) -> None:
    """After test_filters_by_attribute made the attributes."""
    answer = await it.client().get(path, params={name: value})
    assert name in errors(answer)


async def test_all_bad_filters_are_named_at_once(it: Alone) -> None:
    answer = await it.client().get("/api/v1/products?attr.a=1&attr.b=2&attr.year=x")
    assert set(errors(answer)) == {"attr.a", "attr.b", "attr.year"}


async def test_attribute_made_later_takes_what_products_say_already(
    it: Alone, admin: httpx.AsyncClient, seller: httpx.AsyncClient
) -> None:
    for name, said in [("Light", "900 kg"), ("Heavy", "2100"), ("Odd", "heavy")]:
        await make(seller, name, category="small-vans", specifications={"Weight": said})
    made = await an_attribute(admin, "weight", "number", unit="kg", categories=["vans"])
    assert made["misfits"] == 1
    assert await listed(it, **{"attr.weight": "800..1000"}) == {"Light"}
    found = await admin.get("/api/v1/manage/products", params={"misfit": "weight"})
    assert [item["name"] for item in found.json()["items"]] == ["Odd"]


async def test_another_kind_reads_products_anew_and_keeps_what_does_not_fit(
    it: Alone, admin: httpx.AsyncClient, seller: httpx.AsyncClient
) -> None:
    await an_attribute(admin, "doors", "text", categories=["cars"])
    three = await make(seller, "Three doors", category="cars", specifications={"Doors": "3"})

    async def told(value: Any) -> bool:
        events = [e for e in await it.published(ProductUpdated) if str(e.product_id) == three["id"]]
        return [(spec.attribute, spec.value) for e in events[-1:] for spec in e.specifications] == [("doors", value)]

    await make(seller, "Some doors", category="cars", specifications={"Doors": "some"})
    changed = (await admin.patch("/api/v1/attributes/doors", json={"kind": "number"})).json()
    assert (changed["kind"], changed["misfits"]) == ("number", 1)
    await eventually(lambda: told(3))
    assert await listed(it, **{"attr.doors": "1..9"}) == {"Three doors"}
    some = (await it.client().get("/api/v1/products/some-doors")).json()
    assert some["specifications"] == [{"name": "Doors", "value": "some"}]
    path = f"/api/v1/products/{some['id']}"
    assert (await seller.patch(path, json={"name": "Some doors yet"})).status_code == 200
    kept = await seller.patch(path, json={"specifications": some["specifications"]})
    assert errors(kept) == {"specifications[0].value": "must be a number"}
    back = (await admin.patch("/api/v1/attributes/doors", json={"kind": "text"})).json()
    assert back["misfits"] == 0
    assert await listed(it, **{"attr.doors": ["3", "some"]}) == {"Three doors", "Some doors yet"}

    await eventually(lambda: told("3"))


async def test_renamed_attribute_is_renamed_in_products_and_found_by_its_new_code(
    it: Alone, admin: httpx.AsyncClient, seller: httpx.AsyncClient
) -> None:
    await an_attribute(admin, "gears", "number", categories=["cars"])
    made = await make(seller, "Geared", category="vans", specifications={"Gears": 5, "Other": "Gears"})
    boat = await make(seller, "Geared boat", category="boats", specifications={"Gears": 5})
    answer = await admin.patch("/api/v1/attributes/gears", json={"code": "speeds", "name": "Speeds"})
    assert answer.status_code == 200, answer.text
    shown = (await seller.get(f"/api/v1/manage/products/{made['id']}")).json()
    assert [spec["name"] for spec in shown["specifications"]] == ["Speeds", "Other"]
    assert shown["version"] > made["version"]
    assert (await it.client().get(f"/api/v1/products/{boat['slug']}")).json()["specifications"][0]["name"] == "Gears"
    assert await listed(it, **{"attr.speeds": "5"}) == {"Geared"}
    assert (await it.client().get("/api/v1/products?attr.gears=5")).status_code == 422

    async def found_by_word() -> bool:
        it.running.answers.drop(it.store.id)
        return await listed(it, q="speeds") == {"Geared"}

    await eventually(found_by_word)
    assert [e.specifications[0].name for e in await it.published(ProductUpdated) if str(e.product_id) == made["id"]]


async def test_nearest_of_two_attributes_of_one_name_counts_and_moves_with_the_tree(
    it: Alone, admin: httpx.AsyncClient, seller: httpx.AsyncClient
) -> None:
    await admin.post("/api/v1/categories", json={"slug": "trucks", "name": "Trucks", "parent": "cars"})
    await an_attribute(admin, "size_text", "text", name="Size", categories=["cars"])
    await an_attribute(admin, "size_number", "number", name="Size", categories=["trucks"])
    await make(seller, "Big truck", category="trucks", specifications={"Size": 9})
    assert await listed(it, **{"attr.size_number": "9"}) == {"Big truck"}
    assert await listed(it, **{"attr.size_text": "9"}) == set()
    await admin.delete("/api/v1/attributes/size_number")
    assert await listed(it, **{"attr.size_text": "9"}) == {"Big truck"}
    assert (await admin.patch("/api/v1/categories/trucks", json={"parent": None})).status_code == 200
    assert await listed(it, **{"attr.size_text": "9"}) == set()
    assert (await admin.patch("/api/v1/categories/trucks", json={"parent": "cars"})).status_code == 200
    assert await listed(it, **{"attr.size_text": "9"}) == {"Big truck"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"code": "Bad Code"}, "code"),
        ({"code": "x" * 51}, "code"),
        ({"name": ""}, "name"),
        ({"name": "\0"}, "name"),
        ({"kind": "colour"}, "kind"),
        ({"kind": "choice"}, "choices"),
        ({"kind": "choice", "choices": ["a", "A"]}, "choices"),
        ({"choices": ["a"]}, "choices"),
        ({"unit": "kg"}, "unit"),
        ({"categories": ["nowhere"]}, "categories"),
        ({"position": -1}, "position"),
    ],
)
async def test_bad_attributes_are_refused(admin: httpx.AsyncClient, body: dict[str, Any], field: str) -> None:
    answer = await admin.post("/api/v1/attributes", json={"code": "refused", "name": "Refused", "kind": "text", **body})
    assert field in errors(answer)


async def test_only_admins_of_the_store_change_attributes(it: Alone, admin: httpx.AsyncClient) -> None:
    await an_attribute(admin, "guarded")
    again = await admin.post("/api/v1/attributes", json={"code": "guarded", "name": "X", "kind": "text"})
    assert (again.status_code, again.json()["type"]) == (409, "code-taken")
    foreign = it.client("store_admin", store=it.other)
    for client, status in [(it.client(), 401), (it.client("shopper"), 403), (foreign, 404)]:
        assert (await client.get("/api/v1/attributes/guarded")).status_code == status
        assert (await client.patch("/api/v1/attributes/guarded", json={"name": "X"})).status_code == status
        assert (await client.delete("/api/v1/attributes/guarded")).status_code == status
    assert (await foreign.get("/api/v1/attributes")).json() == {"items": [], "next": None}
    taken = await foreign.post("/api/v1/attributes", json={"code": "guarded", "name": "X", "kind": "text"})
    assert taken.status_code == 201
    for path in ("%00", "nope", "x" * 300):
        assert (await admin.get(f"/api/v1/attributes/{path}")).status_code == 404


async def test_attributes_are_listed_by_pages(it: Alone, admin: httpx.AsyncClient) -> None:
    whole = [item["code"] for item in (await it.client().get("/api/v1/attributes")).json()["items"]]
    assert whole == sorted(whole)
    seen: list[str] = []
    cursor = ""
    while True:
        params: dict[str, Any] = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        body = (await it.client().get("/api/v1/attributes", params=params)).json()
        seen += [item["code"] for item in body["items"]]
        if not (cursor := body["next"]):
            break
    assert seen == whole
    assert (await it.client().get("/api/v1/attributes?cursor=x")).status_code == 422
    own = (await it.client().get("/api/v1/attributes?category=vans")).json()["items"]
    assert [item["code"] for item in own] == ["payload", "weight"]
