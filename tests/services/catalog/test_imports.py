"""Files of products: what their rows become."""

import pytest

from tests.harness import Alone
from tests.services.catalog.files import counts, product, report, table, take_in, told
from tests.services.catalog.goods import a_seller

SERVICE = "catalog"


async def test_rows_become_products(it: Alone) -> None:
    _, seller = await a_seller(it, "first")
    done = await take_in(
        seller,
        table(
            "sku,name,description,brand,tags,price,compare_at,weight,status,spec:Height,spec:Colour",
            'T-1,Tent,"Light,\nand strong",Alder,"camp,two persons",129.90,150,2400,published,1.2,Moss',
            "T-2,Tent,,,,99,,,,,",
        ),
    )
    assert (done["status"], done["progress"], counts(done)) == ("done", 1, (2, 0, 0, 0))
    tent = await product(seller, "tent")
    assert tent["description"] == "Light,\nand strong"
    assert (tent["brand"], tent["tags"]) == ("Alder", ["camp", "two persons"])
    assert tent["price"] == {"amount": 12990, "currency": "USD"}
    assert tent["compare_at"]["amount"] == 15000
    assert tent["specifications"] == [{"name": "Height", "value": 1.2}, {"name": "Colour", "value": "Moss"}]
    assert tent["variants"][0]["weight_g"] == 2400
    assert (await it.client().get("/api/v1/products/tent-t-2")).status_code == 404, "it is a draft"
    assert (await product(seller, "tent-t-2"))["price"]["amount"] == 9900


async def test_same_file_again_changes_nothing_and_tells_nothing(it: Alone) -> None:
    _, seller = await a_seller(it, "again")
    text = table("sku,name,price,tags,spec:Year", *(f'G-{n},Lamp {n},{n + 1},"a,b",19{n:02}' for n in range(50)))
    assert counts(await take_in(seller, text)) == (50, 0, 0, 0)
    said = await told(it)
    assert counts(await take_in(seller, text)) == (0, 0, 50, 0)
    assert await told(it) == said
    changed = text.replace("Lamp 7,8,", "Lamp 7,9.50,").replace("Lamp 9,", "Lantern 9,")
    assert counts(await take_in(seller, changed)) == (0, 2, 48, 0)
    assert (await told(it))[len(said) :] == ["product.updated"] * 2
    assert (await product(seller, "lamp-7"))["price"]["amount"] == 950


@pytest.mark.parametrize(
    ("row", "field", "rule"),
    [
        (",Tent,1", "sku", "is required"),
        ("B-1,,1", "name", "is required"),
        ("B-1,Tent,", "price", "is required"),
        ("B-1,Tent,cheap", "price", "must be an amount such as 1299.00"),
        ("B-1,Tent,-1", "price", "must be int >= 0"),
        ("B-1,Tent,1.999", "price", "must have at most 2 decimals"),
        ("B-1,Tent,1,2", "row", "must have at most 3 cells"),
        (f"B-1,{'x' * 201},1", "name", "must be str of length <= 200"),
        ("B-1,Te\0nt,1", "name", "must be text without control characters"),
    ],
)
async def test_bad_row_is_reported_and_the_others_go_in(it: Alone, row: str, field: str, rule: str) -> None:
    _, seller = await a_seller(it, "careless")
    done = await take_in(seller, table("sku,name,price", "A-1,Fine,5", row))
    assert done["bad"] == 1
    (bad,) = await report(seller, done)
    assert (bad["row"], bad["field"], bad["rule"]) == ("3", field, rule)
