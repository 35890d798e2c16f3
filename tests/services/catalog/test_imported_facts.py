"""What a file says of products is kept as if it had been typed in: attributes, brands, tags, addresses, events."""

from typing import Any

import httpx
import pytest

from tests.harness import Alone
from tests.services.catalog.files import counts, export, product, report, table, take_in, told
from tests.services.catalog.goods import a_seller, make, offer
from tradehall.contracts.catalog import ProductCreated

SERVICE = "catalog"
OWN = {"store_id", "id", "slug", "words", "keywords", "published_at", "created_at", "updated_at"}


@pytest.fixture(scope="module")
async def admin(it: Alone) -> httpx.AsyncClient:
    client = it.client("store_admin")
    for slug, parent in (("cars", None), ("vans", "cars")):
        await client.post("/api/v1/categories", json={"slug": slug, "name": slug.title(), "parent": parent})
    for body in (
        {"code": "payload", "name": "Payload", "kind": "number", "unit": "kg", "required": True},
        {"code": "fuel", "name": "Fuel", "kind": "choice", "choices": ["Diesel", "Electric"]},
        {"code": "release", "name": "Release", "kind": "text", "categories": ["vans"]},
        {"code": "tow_bar", "name": "Tow bar", "kind": "boolean"},
    ):
        answer = await client.post("/api/v1/attributes", json={"categories": ["cars"], **body})
        assert answer.status_code == 201, answer.text
    return client


@pytest.fixture(scope="module")
async def seller(it: Alone, admin: httpx.AsyncClient) -> httpx.AsyncClient:
    return (await a_seller(it, "vanhire"))[1]


async def facts(it: Alone, made: Any) -> dict[str, Any]:
    """All that is kept of a product and told of it, except what is its own."""
    (row,) = await it.sql("SELECT * FROM products WHERE id = $1::text::uuid", made["id"])
    values = await it.sql(
        "SELECT position, attribute_id, value, number, misfit FROM attribute_values "
        "WHERE product_id = $1::text::uuid ORDER BY position",
        made["id"],
    )
    tags = await it.sql("SELECT tag FROM product_tags WHERE product_id = $1::text::uuid ORDER BY tag", made["id"])
    (event,) = [one for one in await it.published(ProductCreated) if str(one.product_id) == made["id"]]
    return {
        "row": {name: value for name, value in dict(row).items() if name not in OWN},
        "values": [dict(value) for value in values],
        "tags": [tag["tag"] for tag in tags],
        "told": (event.brand, event.brand_slug, event.categories, event.specifications, event.tags, event.description),
        "published": (row["published_at"] is not None, event.published_at == row["published_at"]),
    }


async def test_a_file_and_a_form_write_the_same(it: Alone, seller: httpx.AsyncClient) -> None:
    specs = [{"name": "Payload", "value": 900}, {"name": "Fuel", "value": "Diesel"}, {"name": "Colour", "value": "Red"}]
    typed = await make(
        seller, "Van", category="vans", brand="Fjord", description="Long", tags=["b", "a"], specifications=specs,
        variants=[offer("TYPED", 100)],
    )  # fmt: skip
    done = await take_in(
        seller,
        table(
            "sku,handle,name,category,brand,description,tags,status,price,spec:payload,spec:FUEL,spec:Colour",
            'FILED,filed,Van,vans,FJORD ,Long,"b,a",published,1.00,900 kg,diesel,Red',
        ),
    )
    assert counts(done) == (1, 0, 0, 0), await report(seller, done)
    filed = await product(seller, "filed")
    assert await facts(it, filed) == await facts(it, typed)
    found = (await it.client().get("/api/v1/products", params={"brand": "fjord", "attr.payload": "900"})).json()
    assert {item["slug"] for item in found["items"]} == {"filed", typed["slug"]}


async def test_the_same_file_again_writes_and_tells_nothing(it: Alone, seller: httpx.AsyncClient) -> None:
    text = table(
        "sku,handle,name,category,brand,tags,status,price,spec:payload,spec:Release,spec:tow bar",
        'AG-1,again,Again,vans,again & co,"x,y",published,5,1200 kg,1.10,yes',
    )
    assert counts(await take_in(seller, text)) == (1, 0, 0, 0)
    made = await product(seller, "again")
    said = {spec["name"]: spec["value"] for spec in made["specifications"]}
    assert said == {"Payload": 1200, "Release": "1.10", "Tow bar": True}
    before = await told(it)
    assert counts(await take_in(seller, text)) == (0, 0, 1, 0)
    assert counts(await take_in(seller, text.replace("again & co", "AGAIN & CO"))) == (0, 0, 1, 0)
    exported = await export(seller)
    assert set(counts(await take_in(seller, exported))[:2]) == {0}
    assert await told(it) == before
    assert counts(await take_in(seller, text.replace("1200 kg", "1300"))) == (0, 1, 0, 0)
    (value,) = await it.sql(
        "SELECT v.number FROM attribute_values v JOIN products p ON p.id = v.product_id "
        "WHERE p.slug = 'again' AND v.number IS NOT NULL"
    )
    assert value["number"] == 1300


async def test_what_does_not_fit_an_attribute_is_a_bad_row_that_names_it(it: Alone, seller: httpx.AsyncClient) -> None:
    done = await take_in(
        seller,
        table(
            "sku,name,category,status,price,spec:Payload,spec:Fuel",
            "MF-1,A,vans,published,1,much,Steam",
            "MF-2,B,cars,published,1,,Diesel",
            "MF-3,C,cars,draft,1,,Diesel",
            "MF-4,D,,published,1,much,Steam",
        ),
    )
    assert counts(done) == (2, 0, 0, 2)
    assert [(bad["row"], bad["field"], bad["rule"], bad["value"]) for bad in await report(seller, done)] == [
        ("2", "spec:Payload", "must be a number of kg", "much"),
        ("2", "spec:Fuel", "must be one of Diesel, Electric", "Steam"),
        ("3", "spec:Payload", "must be said of what is published, as the category requires", ""),
    ]
    done = await take_in(seller, table("sku,status,category", "MF-3,published,cars", "MF-4,published,vans"))
    assert [(bad["row"], bad["field"]) for bad in await report(seller, done)] == [
        ("2", "spec:Payload"),
        ("3", "spec:Payload"),
        ("3", "spec:Fuel"),
    ]


async def test_misfit_that_was_there_before_does_not_keep_a_price_out(
    it: Alone, admin: httpx.AsyncClient, seller: httpx.AsyncClient
) -> None:
    body = {"code": "doors", "name": "Doors", "kind": "text", "categories": ["vans"]}
    assert (await admin.post("/api/v1/attributes", json=body)).status_code == 201
    header = "sku,handle,name,category,status,price,spec:Payload,spec:Doors"
    await take_in(seller, table(header, "DO-1,doors,Doors,vans,published,1,900,five"))
    assert (await admin.patch("/api/v1/attributes/doors", json={"kind": "number"})).status_code == 200
    assert counts(await take_in(seller, table("sku,price", "DO-1,2"))) == (0, 1, 0, 0)
    done = await take_in(seller, table("sku,price,spec:Doors", "DO-1,3,six"))
    assert [bad["field"] for bad in await report(seller, done)] == ["spec:Doors"]
    assert (await product(seller, "doors"))["price"]["amount"] == 200


async def test_brands_of_a_file_are_made_once_whatever_the_capitals(it: Alone, seller: httpx.AsyncClient) -> None:
    rows = [f"BR-{n},Thing {n},{brand},1" for n, brand in enumerate(("Örn", "ÖRN", " örn ", "Orn", "   ", ""))]
    done = await take_in(seller, table("sku,name,brand,price", *rows))
    assert counts(done) == (6, 0, 0, 0), await report(seller, done)
    made = await it.sql("SELECT name, slug FROM brands WHERE slug LIKE 'orn%' ORDER BY slug")
    assert [dict(brand)["name"] for brand in made] == ["Örn", "Orn"]
    written = await it.sql(
        "SELECT p.brand, b.name FROM products p JOIN variants v ON v.product_id = p.id LEFT JOIN brands b ON b.id = p.brand_id "
        "WHERE v.sku LIKE 'BR-%' ORDER BY v.sku"
    )
    assert [tuple(row) for row in written] == [("Örn", "Örn")] * 3 + [("Orn", "Orn")] + [("", None)] * 2


async def test_tags_and_values_that_a_file_takes_away_are_gone_from_filters(
    it: Alone, seller: httpx.AsyncClient
) -> None:
    header = "sku,handle,name,category,status,price,tags,spec:Payload,spec:Fuel"
    await take_in(seller, table(header, 'TA-1,taken,Taken,vans,published,1,"red,blue",900,Diesel'))
    assert counts(await take_in(seller, table(header, "TA-1,taken,Taken,vans,published,1,blue,900,"))) == (0, 1, 0, 0)
    for params, found in (({"tag": "red"}, 0), ({"tag": "blue"}, 1), ({"attr.fuel": "Diesel", "q": "taken"}, 0)):
        items = (await it.client().get("/api/v1/products", params=params)).json()["items"]
        assert len(items) == found, params


async def test_new_product_of_a_file_takes_an_earlier_slug(it: Alone, seller: httpx.AsyncClient) -> None:
    made = await make(seller, "Old name")
    await seller.patch(f"/api/v1/products/{made['id']}", json={"slug": "new-name"})
    answer = await it.client().get(f"/api/v1/products/{made['slug']}", follow_redirects=False)
    assert answer.status_code == 301
    done = await take_in(seller, table("sku,handle,name,price,status", f"RD-1,{made['slug']},Other,1,published"))
    assert counts(done) == (1, 0, 0, 0)
    assert (await product(seller, made["slug"]))["name"] == "Other"
    left = await it.sql("SELECT FROM product_redirects WHERE slug = $1", made["slug"])
    assert not left
