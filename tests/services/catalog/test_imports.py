"""Files of products: what their rows become."""

import pytest

from tests.harness import Alone
from tests.services.catalog.files import IMPORTS, counts, product, report, table, take_in, told, upload
from tests.services.catalog.goods import a_seller, make, offer
from tradehall.kernel.ids import uuid7

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


async def test_bad_rows_are_reported_whole_and_the_others_go_in(it: Alone) -> None:
    _, seller = await a_seller(it, "careless")
    rows = [
        ("D-1,Fine,5", "", ""),
        (",No SKU,5", "sku", "is required"),
        ("D-3,,5", "name", "is required"),
        ("D-4,No price,", "price", "is required"),
        ("D-5,Words,cheap", "price", "must be an amount such as 1299.00"),
        ("D-6,Negative,-1", "price", "must be int >= 0"),
        ("D-7,Small change,1.999", "price", "must have at most 2 decimals"),
        ("D-8,Too long,1,2", "row", "must have at most 3 cells"),
        ("D-9,Te\0nt,1", "name", "must be text without control characters"),
        ("D-1,Twice,5", "sku", "must stand once in the file; row 2 has it"),
    ]
    done = await take_in(seller, table("sku,name,price", *(row for row, _, _ in rows)))
    assert counts(done) == (1, 0, 0, 9)
    found = await report(seller, done)
    assert [(bad["row"], bad["field"], bad["rule"]) for bad in found] == [
        (str(number), field, rule) for number, (_, field, rule) in enumerate(rows, 2) if field
    ]
    assert (found[3]["value"], found[3]["sku"], found[3]["name"]) == ("cheap", "D-5", "Words")
    assert await it.dead_letters() == []


async def test_report_is_harmless_in_a_spreadsheet(it: Alone) -> None:
    _, seller = await a_seller(it, "evil")
    done = await take_in(seller, table("sku,name,price", "=cmd(),@x,+y"))
    (bad,) = await report(seller, done)
    assert (bad["sku"], bad["name"], bad["price"], bad["value"]) == ("'=cmd()", "'@x", "'+y", "'+y")


# --- variants


HOODIE = table(
    "handle,sku,name,brand,price,option1_name,option1_value,option2_name,option2_value",
    "hoodie,H-RS,Hoodie,Alder,40,Colour,Red,Size,S",
    "hoodie,H-RM,,,40,Colour,Red,Size,M",
    "hoodie,H-BS,Hoodie,,45,Colour,Blue,Size,S",
)


async def test_rows_of_one_handle_are_variants_of_one_product(it: Alone) -> None:
    _, seller = await a_seller(it, "knitter")
    assert counts(await take_in(seller, HOODIE)) == (3, 0, 0, 0)
    made = await product(seller, "hoodie")
    assert [option["name"] for option in made["options"]] == ["Colour", "Size"]
    assert [(v["sku"], v["options"]) for v in made["variants"]] == [
        ("H-RS", {"Colour": "Red", "Size": "S"}),
        ("H-RM", {"Colour": "Red", "Size": "M"}),
        ("H-BS", {"Colour": "Blue", "Size": "S"}),
    ]
    assert counts(await take_in(seller, HOODIE)) == (0, 0, 3, 0)
    more = "hoodie,H-BM,,,45,Colour,Blue,Size,M\nhoodie,H-BX,,,45,Colour,Blue,Size,M\nhoodie,H-X,,,45,Colour,Blue,,\n"
    done = await take_in(seller, HOODIE + more)
    assert counts(done) == (1, 0, 3, 2)
    assert [bad["field"] for bad in await report(seller, done)] == ["options", "options"]
    assert len((await product(seller, "hoodie"))["variants"]) == 4


async def test_parent_column_joins_rows_also_when_they_stand_apart(it: Alone) -> None:
    _, seller = await a_seller(it, "parents")
    rows = [f"F-{n},Filler {n},1,," for n in range(260)]
    text = table("sku,name,price,parent,option:Size", "P-S,Shirt,5,P,S", *rows, "P-M,,5,P,M", "P-L,Blouse,5,P,L")
    done = await take_in(seller, text)
    assert counts(done) == (262, 0, 0, 1)
    assert [(bad["field"], bad["rule"]) for bad in await report(seller, done)] == [
        ("name", "must be as in row 263, or empty")
    ]
    made = await product(seller, "shirt")
    assert [v["sku"] for v in made["variants"]] == ["P-S", "P-M"]
    assert counts(await take_in(seller, text)) == (0, 0, 262, 1)


async def test_product_larger_than_a_turn_goes_in_whole(it: Alone) -> None:
    _, seller = await a_seller(it, "large")
    rows = [f"large,L-{n},Large,1,Number,{n}" for n in range(300)]
    done = await take_in(seller, table("handle,sku,name,price,option1_name,option1_value", "x,X-1,First,1,,", *rows))
    assert counts(done) == (301, 0, 0, 0)
    assert len((await product(seller, "large"))["variants"]) == 300
    assert (await product(seller, "large"))["options"][0]["name"] == "Number"


async def test_prices_alone_by_sku_reach_all_variants_of_a_product(it: Alone) -> None:
    _, seller = await a_seller(it, "repricer")
    await take_in(seller, HOODIE.replace("hoodie", "jumper").replace("H-", "J-"))
    assert counts(await take_in(seller, table("sku,price", "J-RS,41", "J-RM,40", "J-BS,46"))) == (0, 2, 1, 0)
    made = await product(seller, "jumper")
    assert [v["price"]["amount"] for v in made["variants"]] == [4100, 4000, 4600]
    assert (made["name"], made["brand"]) == ("Hoodie", "Alder")


async def test_options_change_when_all_variants_are_in_the_file(it: Alone) -> None:
    _, seller = await a_seller(it, "chooser")
    await take_in(seller, table("handle,sku,name,price,option:Size", "mat,M-1,Mat,5,S", "mat,M-2,Mat,5,L"))
    done = await take_in(seller, table("handle,sku,price,option:Colour", "mat,M-1,5,Red"))
    assert counts(done) == (0, 0, 0, 1)
    swapped = table("handle,sku,price,option:Size", "mat,M-1,5,L", "mat,M-2,5,S")
    assert counts(await take_in(seller, swapped)) == (0, 2, 0, 0)
    whole = table("handle,sku,price,option:Colour", "mat,M-1,5,Red", "mat,M-2,5,Blue")
    assert counts(await take_in(seller, whole)) == (0, 2, 0, 0)
    assert [v["options"] for v in (await product(seller, "mat"))["variants"]] == [{"Colour": "Red"}, {"Colour": "Blue"}]


# --- whose and where


async def test_seller_brings_and_changes_own_products_only(it: Alone) -> None:
    _, mine = await a_seller(it, "mine")
    _, theirs = await a_seller(it, "theirs")
    text = table("sku,handle,name,price,seller", "O-1,own-lamp,Lamp,5,mine")
    assert counts(await take_in(mine, text)) == (1, 0, 0, 0)
    done = await take_in(
        theirs,
        table(
            "sku,handle,name,price,seller",
            "O-1,,Taken over,1,",
            "O-2,own-lamp,Taken over,1,",
            "O-3,,For another,1,mine",
            "O-4,,Nobody's,1,nobody",
        ),
    )
    assert counts(done) == (0, 0, 0, 4)
    found = await report(theirs, done)
    assert [bad["field"] for bad in found] == ["sku", "handle", "seller", "seller"]
    lamp = await product(mine, "own-lamp")
    assert (lamp["name"], [v["sku"] for v in lamp["variants"]]) == ("Lamp", ["O-1"])


async def test_admin_brings_anybodys_products(it: Alone) -> None:
    first, _ = await a_seller(it, "one")
    await a_seller(it, "two")
    await a_seller(it, "far", store=it.other)
    admin = it.client("store_admin")
    done = await take_in(
        admin,
        table("sku,name,price,seller", "Q-1,Cup,5,one", "Q-2,Jug,5,two", "Q-3,Pot,5,", "Q-4,Pan,5,far"),
    )
    assert counts(done) == (2, 0, 0, 2)
    assert [bad["rule"] for bad in await report(admin, done)] == [
        "is required of an admin",
        "must be a seller of this store",
    ]
    assert (await product(admin, "cup"))["seller"]["id"] == str(first)
    done = await take_in(admin, table("sku,price,seller", "Q-1,6,two", "Q-2,6,two"))
    assert counts(done) == (0, 1, 0, 1)


async def test_category_must_be_the_stores(it: Alone) -> None:
    admin = it.client("store_admin")
    for store, slug in ((it.store, "camping"), (it.other, "elsewhere")):
        answer = await it.client("store_admin", store=store).post(
            "/api/v1/categories", json={"slug": slug, "name": slug}
        )
        assert answer.status_code == 201, answer.text
    _, seller = await a_seller(it, "sorter")
    done = await take_in(
        seller, table("sku,name,price,category", "C-1,A,1,Camping", "C-2,B,1,", "C-3,C,1,elsewhere", "C-4,D,1,none")
    )
    assert counts(done) == (2, 0, 0, 2)
    assert (await product(seller, "a"))["category"] == "camping"
    assert counts(await take_in(seller, table("sku,category", "C-1,"))) == (0, 1, 0, 0)
    assert (await product(admin, "a"))["category"] is None


async def test_slugs_are_free_ones_and_words_of_routes_are_taken(it: Alone) -> None:
    _, seller = await a_seller(it, "namer")
    text = table("sku,name,price", "N-1,Globe,1", "N-2,Globe,1", "N-3,Globe,1", "N-4,Imports,1")
    assert counts(await take_in(seller, text)) == (4, 0, 0, 0)
    for slug in ("globe", "globe-n-2", "globe-n-3", "imports-n-4"):
        assert (await product(seller, slug))["slug"] == slug
    done = await take_in(seller, table("sku,handle,name,price", "N-5,imports,X,1"))
    assert [bad["field"] for bad in await report(seller, done)] == ["handle"]
    assert (await make(seller, "Imports"))["slug"] == "imports-2"
    answer = await seller.post("/api/v1/products", json={"name": "X", "slug": "imports", "variants": [offer()]})
    assert (answer.status_code, answer.json()["type"]) == (422, "invalid")
    made = await make(seller, "Other")
    answer = await seller.patch(f"/api/v1/products/{made['id']}", json={"slug": "imports"})
    assert (answer.status_code, answer.json()["type"]) == (422, "invalid")


# --- the file


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b"", "file"),
        (b"\n\n", "file"),
        (",".join(f"c{n}" for n in range(2001)).encode(), "file"),
        (b"name,price\nA,1", "columns.sku"),
    ],
)
async def test_file_without_what_is_needed_is_refused(it: Alone, content: bytes, field: str) -> None:
    _, seller = await a_seller(it, "hasty")
    answer = await seller.post(IMPORTS, files={"file": ("a.csv", content, "text/csv")})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_file_in_latin_1_with_semicolons_and_decimal_commas(it: Alone) -> None:
    _, seller = await a_seller(it, "european")
    mapping = {"columns": {"Nr": "sku", "Bezeichnung": "name", "Preis": "price"}, "decimal_sign": ","}
    kept = await seller.put(f"{IMPORTS}/mappings/german", json=mapping)
    assert kept.status_code == 200, kept.text
    content = "Nr;Bezeichnung;Preis\nE-1;Käse – mild;1.234,50\n".encode("cp1252")
    done = await take_in(seller, content, mapping_name="german")
    assert (done["encoding"], done["delimiter"], counts(done)) == ("latin-1", ";", (1, 0, 0, 0))
    cheese = await product(seller, "kase-mild")
    assert (cheese["name"], cheese["price"]["amount"]) == ("Käse – mild", 123450)
    answer = await seller.post(IMPORTS, files={"file": ("a.csv", content, "text/csv")}, data={"encoding": "utf-8"})
    assert answer.json()["errors"] == [{"field": "file", "rule": "must be in utf-8"}]


async def test_too_large_a_file_is_refused_and_odd_names_are_not(it: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    _, seller = await a_seller(it, "bulky")
    files = {"file": ("../../a\0/b.csv", b"sku,name,price\nZ-1,Z,1\n", "text/csv")}
    answer = await seller.post(IMPORTS, files=files)
    assert answer.status_code == 201, answer.text
    assert "/" not in answer.json()["filename"]
    big = {"file": ("a.csv", b"sku\n" + b"x" * (65 * 1024 * 1024), "text/csv")}
    assert (await seller.post(IMPORTS, files=big)).status_code == 413
    assert (await seller.post(IMPORTS, data={"file": "no file"})).status_code in (400, 422)


async def test_routes_refuse_nonsense_without_failing(it: Alone) -> None:
    _, seller = await a_seller(it, "prober")
    known = await upload(seller, "sku,name,price\n", start="false")
    path = f"{IMPORTS}/{known['id']}"
    asks = [
        await seller.get(IMPORTS, params={"cursor": "x"}),
        await seller.get(IMPORTS, params={"limit": 0}),
        await seller.post(f"{path}/start", json={"mapping": {"columns": []}}),
        await seller.post(f"{path}/preview", json={"mapping": {"columns": {"sku": "sku"}, "decimal_sign": "x"}}),
        await seller.post(f"{path}/preview", json={"mapping_name": "none"}),
        await seller.post(f"{path}/preview", json={"mapping": {"columns": {"nosuch": "sku"}}}),
        await seller.put(f"{IMPORTS}/mappings/a%00b", json={}),
        await seller.put(f"{IMPORTS}/mappings/fine", json={"columns": {"a\0": "sku"}}),
        await seller.put(f"{IMPORTS}/mappings/fine", json={"columns": {"a": "sku"}, "unknown": 1}),
    ]
    assert [answer.status_code for answer in asks] == [422] * len(asks)
    assert all(answer.json()["errors"] for answer in asks)
    missing = [
        await seller.get(f"{IMPORTS}/{uuid7()}"),
        await seller.get(f"{IMPORTS}/mappings/a%00b"),
        await seller.delete(f"{IMPORTS}/mappings/none"),
    ]
    assert [answer.status_code for answer in missing] == [404] * 3
