"""Products made and changed on pages, without JavaScript, in front of the real catalog."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.harness import Alone, together
from tests.services.catalog.goods import a_seller, make, offer, picture
from tests.web.owners import LIMIT, NEW, Owner, at_the_back_office, fields, kitchen, place_of, shown
from tradehall.app import load
from tradehall.kernel.settings import Settings


@pytest.fixture(scope="module")
async def it(servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    services = load(["catalog", "identity", "web"])
    async with together(services, servers, Path(tmp_path_factory.mktemp("products"))) as harness:
        yield harness


@pytest.fixture(scope="module")
async def owner(it: Alone) -> Owner:
    return Owner(it, *await a_seller(it, "potter"))


@pytest.fixture(scope="module")
async def shelves(it: Alone) -> httpx.AsyncClient:
    return await kitchen(it)


async def test_product_is_made_with_everything(it: Alone, owner: Owner, shelves: httpx.AsyncClient) -> None:
    page = owner.page
    await page.open(NEW)
    assert 'name="seller"' not in page.page.text, "a seller sells as nobody else"
    await page.send(NEW, do="category", category="mugs", name="Field mug", description="Thrown\r\nby hand.")
    kept = fields(page, NEW)
    assert (kept["name"], kept["description"], kept["category"]) == ("Field mug", "Thrown\nby hand.", "mugs")
    names = {kept[f"spec-{n}-name"]: f"spec-{n}-value" for n in range(3)}
    assert set(names) == {"Volume", "Glaze", "Oven-proof"}
    await page.send(
        NEW, do="add-spec", **{names["Volume"]: "350,5", names["Glaze"]: "Salt", names["Oven-proof"]: "Yes"}
    )
    await page.send(NEW, do="add-option", **{"spec-3-name": "Made in", "spec-3-value": "Vermont"})
    await page.send(
        NEW,
        do="make",
        tags="blue\n\nhandmade\nblue",
        **{"option-0-name": "Size", "option-0-values": "S, L,L", "base_sku": "MUG", "base_price": "24,5"},
    )
    kept = fields(page, NEW)
    assert (kept["spec-3-name"], kept["spec-3-value"]) == ("Made in", "Vermont")
    assert [kept[f"variant-{n}-sku"] for n in range(2)] == ["MUG-S", "MUG-L"]
    assert [kept[f"variant-{n}-o0"] for n in range(2)] == ["S", "L"]
    await page.send(NEW, do="save", brand="Kiln", **{"variant-0-price": "19.99"})
    path, id = place_of(page)
    assert "nobody sees it before you publish it" in page.page.text
    made = await shown(owner, id)
    assert (made["slug"], made["brand"], made["category"], made["status"]) == ("field-mug", "Kiln", "mugs", "draft")
    assert made["description"] == "Thrown\nby hand."
    assert made["tags"] == ["blue", "handmade"]
    assert {spec["name"]: spec["value"] for spec in made["specifications"]} == {
        "Volume": 350.5,
        "Glaze": "Salt",
        "Oven-proof": True,
        "Made in": "Vermont",
    }
    assert [(one["sku"], one["options"], one["price"]["amount"]) for one in made["variants"]] == [
        ("MUG-S", {"Size": "S"}, 1999),
        ("MUG-L", {"Size": "L"}, 2450),
    ]
    unchanged = await page.send(path, do="save")
    assert "The product is saved" in unchanged.text
    again = await shown(owner, id)
    assert {**again, "version": 0, "updated_at": 0} == {**made, "version": 0, "updated_at": 0}
    page_of_it = await page.send(path, do="publish")
    assert "saved and published" in page_of_it.text
    assert (await it.client().get("/api/v1/products/field-mug")).status_code == 200
    page_of_it = await page.send(f"{path}/unpublish")
    assert "nobody can buy it" in page_of_it.text
    assert (await it.client().get("/api/v1/products/field-mug")).status_code == 404


async def test_every_problem_stands_at_its_field_and_nothing_typed_is_lost(
    it: Alone, owner: Owner, shelves: httpx.AsyncClient
) -> None:
    await make(owner.api, "Taken", slug="taken-slug", variants=[offer("TAKEN")])
    page = owner.page
    await page.open(NEW)
    await page.send(NEW, do="category", category="mugs")
    names = {fields(page, NEW)[f"spec-{n}-name"]: f"spec-{n}-value" for n in range(3)}
    typed = {
        "slug": "Not A Slug",
        "description": "Kept <b>as it is</b>",
        "variant-0-price": "a lot",
        "variant-0-weight": "heavy",
        names["Volume"]: "about a pint",
        "pictures": ("a.png", picture(), "image/png"),
    }
    answer = await page.send(NEW, do="save", **typed)
    assert answer.status_code == 422
    for words in (
        "Enter a name.",
        "Use small letters, digits and hyphens",
        "Enter an amount, like 19.99.",
        "Enter a SKU",
        "Enter whole grams.",
        "Choose the pictures again",
    ):
        assert words in answer.text, words
    kept = fields(page, NEW)
    assert {name: kept[name] for name in typed if name != "pictures"} == {
        name: value for name, value in typed.items() if name != "pictures"
    }
    right = {
        "name": "Pint",
        "slug": "taken-slug",
        "variant-0-price": "8",
        "variant-0-weight": "",
        "variant-0-sku": "TAKEN",
    }
    answer = await page.send(NEW, do="save", **right)
    assert "This must be a number of ml." in answer.text
    answer = await page.send(NEW, do="publish", **{names["Volume"]: ""})
    assert "The category asks for it before the product is published." in answer.text
    answer = await page.send(NEW, do="publish", **{names["Volume"]: "568"})
    assert answer.status_code == 409
    assert "Another product has the slug taken-slug." in answer.text
    answer = await page.send(NEW, do="publish", slug="pint")
    assert "Another variant in this store has this SKU." in answer.text
    answer = await page.send(NEW, do="publish", **{"variant-0-sku": "PINT", "variant-0-compare_at": "7"})
    assert "It must be above the price, or empty." in answer.text
    answer = await page.send(NEW, do="publish", **{"variant-0-compare_at": "9"})
    assert "saved and published" in answer.text


async def test_second_of_two_people_is_told_and_keeps_what_was_typed(it: Alone, owner: Owner) -> None:
    made = await make(
        owner.api, "Bowl", options=["Size"], variants=[offer(f"BOWL-{s}", options={"Size": s}) for s in "SM"]
    )
    path = f"/admin/products/{made['id']}"
    page = owner.page
    await page.open(path)
    added = offer("BOWL-L", 900, options={"Size": "L"})
    await owner.api.post(f"/api/v1/products/{made['id']}/variants", json=added)
    await owner.api.patch(f"/api/v1/products/{made['id']}", json={"name": "Big bowl"})
    answer = await page.send(path, do="save", description="Mine", tags="typed")
    assert answer.status_code == 409
    assert "Somebody else changed this product" in answer.text
    assert "Name is “Big bowl” there." in answer.text
    kept = fields(page, path)
    assert (kept["name"], kept["description"], kept["tags"]) == ("Bowl", "Mine", "typed")
    assert kept["variant-2-sku"] == "BOWL-L", "what they added is not lost by saving again"
    assert (await shown(owner, made["id"]))["description"] == ""
    answer = await page.send(path, do="save", name="Big bowl")
    assert "The product is saved" in answer.text
    now = await shown(owner, made["id"])
    assert (now["name"], now["description"], len(now["variants"])) == ("Big bowl", "Mine", 3)


async def test_what_somebody_else_took_away_is_told_and_can_be_kept(it: Alone, owner: Owner) -> None:
    variants = [offer(f"TRAY-{size}", options={"Size": size}) for size in "SML"]
    made = await make(owner.api, "Tray", options=["Size"], variants=variants)
    path, api, page = f"/admin/products/{made['id']}", f"/api/v1/products/{made['id']}", owner.page
    image = (await owner.api.post(f"{api}/images", files={"image": picture()})).json()
    await page.open(path)
    small, medium, _ = made["variants"]
    await owner.api.delete(f"{api}/variants/{small['id']}")
    await owner.api.patch(f"{api}/variants/{medium['id']}", json={"price": 5})
    await owner.api.delete(f"{api}/images/{image['key']}")
    await page.send(path, do="drop-variant-2")
    answer = await page.send(path, do="save", **{"variant-1-image": "0"})
    assert answer.status_code == 409
    for words in (
        "TRAY-S is gone there: saved again, it is a new variant.",
        "TRAY-M is not as you typed it.",
        "TRAY-L is there too: remove it, if it should go.",
        "A picture is gone there.",
    ):
        assert words in answer.text, words
    answer = await page.send(path, do="save")
    assert "The product is saved" in answer.text, answer.text
    now = await shown(owner, made["id"])
    assert [one["sku"] for one in now["variants"]] == ["TRAY-S", "TRAY-M", "TRAY-L"]
    assert now["variants"][0]["id"] != small["id"]
    assert now["variants"][1]["price"] == medium["price"]


async def test_enter_key_finds_what_was_to_be_found_and_saves_otherwise(it: Alone, owner: Owner) -> None:
    made = await make(owner.api, "Enter key")
    path, page = f"/admin/products/{made['id']}", owner.page
    await page.open(path)
    answer = await page.send(path, do="enter", name="Not yet", related_q="enter")
    assert "The product is saved" not in answer.text
    assert (await shown(owner, made["id"]))["name"] == "Enter key"
    answer = await page.send(path, do="enter", related_q="")
    assert (await shown(owner, made["id"]))["name"] == "Not yet"


async def test_pictures_are_added_told_of_arranged_and_removed(it: Alone, owner: Owner) -> None:
    page = owner.page
    await page.open(NEW)
    given = {"name": "Vase", "variant-0-sku": "VASE", "variant-0-price": "30"}
    answer = await page.send(NEW, do="save", pictures=("one.png", picture(), "image/png"), **given)
    path, id = place_of(page)
    assert answer.status_code == 200, answer.text
    answer = await page.send(path, do="upload", name="Tall vase", pictures=("two.png", picture(), "image/png"))
    assert answer.status_code == 200
    kept = fields(page, path)
    assert kept["name"] == "Tall vase"
    first, second = kept["image-0-key"], kept["image-1-key"]
    answer = await page.send(path, do="up-image-1", **{"image-0-alt": "From the side", "image-1-alt": "From above"})
    kept = fields(page, path)
    assert (kept["image-0-key"], kept["image-0-alt"]) == (second, "From above")
    answer = await page.send(path, do="save", pictures=("no.gif", b"GIF89a", "image/gif"))
    assert answer.status_code == 422
    assert "no.gif: Send a JPEG, PNG or WebP image." in answer.text
    assert "The product is saved." in answer.text
    now = await shown(owner, id)
    assert now["name"] == "Tall vase"
    assert [(one["key"], one["alt"]) for one in now["images"]] == [(second, "From above"), (first, "From the side")]
    await page.send(path, do="drop-image-0")
    assert len((await shown(owner, id))["images"]) == 2, "nothing goes before it is saved"
    await page.send(path, do="save", **{"variant-0-image": "0"})
    now = await shown(owner, id)
    assert [one["key"] for one in now["images"]] == [first]
    assert now["variants"][0]["image"] == now["images"][0]["url"]


async def test_options_are_renamed_and_variants_keep_who_they_are(it: Alone, owner: Owner) -> None:
    variants = [offer(f"PLATE-{c}", options={"Colour": c}) for c in ("Red", "Blue")]
    made = await make(owner.api, "Plate", options=["Colour"], variants=variants)
    path, page = f"/admin/products/{made['id']}", owner.page
    await page.open(path)
    await page.send(path, do="drop-variant-0")
    await page.send(path, do="add-option", **{"option-0-name": "Glaze", "variant-0-sku": "PLATE-SKY"})
    typed = {"option-1-name": "Size", "option-1-values": "S,M", "option-0-values": "Blue", "base_price": "5"}
    await page.send(path, do="make", **typed)
    await page.send(path, do="save")
    now = await shown(owner, made["id"])
    assert [(one["options"], one["sku"]) for one in now["variants"]] == [
        ({"Glaze": "Blue", "Size": "S"}, "PLATE-SKY"),
        ({"Glaze": "Blue", "Size": "M"}, "PLATE-BLUE-M"),
    ]
    assert now["variants"][0]["id"] == made["variants"][1]["id"], "the same in carts, orders and stock"
    await page.open(path)
    answer = await page.send(path, do="save", **{"variant-0-o1": "M"})
    assert "This must differ from those of the other variants." in answer.text
    answer = await page.send(path, do="save", **{"option-1-name": "", "variant-0-o1": "S"})
    assert answer.status_code == 422
    assert answer.text.count('class="wrong"') == 1, "at the option that has lost its name"
    await page.send(path, do="drop-option-1")
    await page.send(path, do="drop-option-0")
    await page.send(path, do="drop-variant-1")
    await page.send(path, do="drop-variant-0")
    answer = await page.send(path, do="save")
    assert answer.status_code == 422


async def test_related_products_are_found_and_chosen(it: Alone, owner: Owner) -> None:
    made = await make(owner.api, "Teapot")
    near = [await make(owner.api, f"Saucer {n}") for n in range(2)]
    path, page = f"/admin/products/{made['id']}", owner.page
    await page.open(path)
    answer = await page.send(path, do="find", related_q="saucer")
    assert f'value="relate-{near[1]["id"]} Saucer 1"' in answer.text
    await page.send(path, do=f"relate-{near[1]['id']} Saucer 1")
    await page.send(path, do=f"relate-{near[0]['id']} Saucer 0")
    await page.send(path, do="up-related-1", related=[f"{near[1]['id']} Saucer 1", f"{near[0]['id']} Saucer 0"])
    await page.send(path, do="save")
    assert (await shown(owner, made["id"]))["related_ids"] == [one["id"] for one in near]
    await page.open(path)
    await page.send(path, do="drop-related-0")
    await page.send(path, do="save")
    assert (await shown(owner, made["id"]))["related_ids"] == [near[1]["id"]]

    await page.open(path)
    await owner.api.put(f"/api/v1/products/{made['id']}/related", json={"products": []})
    kept = {"related": f"{near[1]['id']} Saucer 1"}
    await page.send(path, do="save", name="Teapot, large", **kept)
    now = await shown(owner, made["id"])
    assert (now["name"], now["related_ids"]) == ("Teapot, large", []), "what was not touched here is theirs"
    await owner.api.put(f"/api/v1/products/{made['id']}/related", json={"products": [near[1]["id"]]})
    await page.open(path)
    await owner.api.put(f"/api/v1/products/{made['id']}/related", json={"products": []})
    both = [f"{one['id']} {one['name']}" for one in near]
    answer = await page.send(path, do="save", related=both)
    assert "Somebody else chose what is shown beside it" in answer.text
    await page.send(path, do="save")
    assert (await shown(owner, made["id"]))["related_ids"] == [one["id"] for one in near]


async def test_five_hundred_variants_are_made_and_changed_some_at_a_time(it: Alone, owner: Owner) -> None:
    page = owner.page
    await page.open(NEW)
    await page.send(NEW, do="add-option", name="Tile")
    await page.send(NEW, do="add-option", **{"option-0-name": "Colour"})
    colours, sizes = (",".join(f"{word}{n}" for n in range(most)) for word, most in (("C", 20), ("S", 26)))
    typed = {"option-0-values": colours, "option-1-name": "Size", "option-1-values": sizes, "base_price": "2"}
    answer = await page.send(NEW, do="make", **typed)
    assert "more than 500 variants" in answer.text
    sizes = sizes.rpartition(",")[0]
    answer = await page.send(NEW, do="make", **{"option-1-values": sizes})
    assert "480 more variants" in answer.text
    assert len(answer.content) < LIMIT
    answer = await page.send(NEW, do="save", **{"variant-0-sku": "FIRST", "variant-0-price": "3"})
    path, id = place_of(page)
    assert len(answer.content) < LIMIT
    made = await shown(owner, id)
    assert len(made["variants"]) == 500
    assert (made["variants"][0]["sku"], made["variants"][499]["sku"]) == ("FIRST", "TILE-C19-S24")

    answer = await page.send(path, do="save", name="Wall tile", **{"option-0-name": "Hue"})
    now = await shown(owner, id)
    assert now["name"] == "Wall tile"
    assert [one["id"] for one in now["variants"]] == [one["id"] for one in made["variants"]]
    assert now["variants"][3]["options"] == {"Hue": "C0", "Size": "S3"}

    third = f"{path}/variants?page=3"
    answer = await page.open(third)
    assert len(answer.content) < LIMIT
    assert "51 to 75 of 500 variants" in answer.text
    await page.send(third, do="drop-variant-1")
    changed = {"variant-0-price": "7.25", "variant-0-sku": "CHANGED"}
    answer = await page.send(third, do="save", **{**changed, "variant-1-compare_at": "1"})
    assert answer.status_code == 422
    assert "It must be above the price, or empty." in answer.text
    assert fields(page, third)["variant-0-price"] == "7.25"
    answer = await page.send(third, do="save", **{"variant-1-compare_at": ""})
    assert "The variants are saved" in answer.text
    now = await shown(owner, id)
    assert len(now["variants"]) == 499
    fifty = now["variants"][50]
    assert (fifty["id"], fifty["sku"], fifty["price"]["amount"]) == (made["variants"][50]["id"], "CHANGED", 725)
    assert made["variants"][51]["id"] not in {one["id"] for one in now["variants"]}
    assert [one["id"] for one in now["variants"][:50]] == [one["id"] for one in made["variants"][:50]]

    await page.open(third)
    gone, other = now["variants"][50], now["variants"][51]
    await owner.api.delete(f"/api/v1/products/{id}/variants/{gone['id']}")
    await owner.api.patch(f"/api/v1/products/{id}/variants/{other['id']}", json={"price": 99})
    answer = await page.send(third, do="save", **{"variant-2-price": "1.11"})
    assert answer.status_code == 409
    assert "CHANGED is gone there." in answer.text
    assert f"{other['sku']} is not as you typed it." in answer.text
    assert fields(page, third)["variant-1-price"] == "1.11"
    await page.send(third, do="save")
    assert [one["price"]["amount"] for one in (await shown(owner, id))["variants"][50:52]] == [200, 111]


async def test_pages_stay_light_where_a_product_has_much_of_everything(it: Alone, owner: Owner) -> None:
    names = ["Size", "Colour", "Length"]
    variants = [
        offer(f"HEAVY-{n:020}", options={name: f"{name} of {n}" for name in names}, compare_at=9999) for n in range(60)
    ]
    specifications = {f"Detail number {n}": f"What it says of {n}" for n in range(40)}
    heavy: dict[str, Any] = {"options": names, "specifications": specifications, "description": "Words. " * 500}
    few = await make(owner.api, "Heavy", variants=variants[:20], **heavy)
    many = await make(owner.api, "Many", variants=[one | {"sku": f"M-{one['sku']}"} for one in variants], **heavy)
    for made in (few, many):
        for _ in range(20):
            image = await owner.api.post(
                f"/api/v1/products/{made['id']}/images", files={"image": picture(size=(40, 40))}
            )
            assert image.status_code == 201
    sizes = {}
    for path in (few["id"], many["id"], f"{many['id']}/variants?page=2"):
        answer = await owner.page.open(f"/admin/products/{path}")
        assert answer.status_code == 200
        sizes[path] = len(answer.content)
    assert max(sizes.values()) < LIMIT, sizes


async def test_admin_says_who_sells_and_changes_anybodys(it: Alone, owner: Owner, shelves: httpx.AsyncClient) -> None:
    admin = at_the_back_office(it, shelves)
    await admin.open(NEW)
    answer = await admin.send(NEW, do="save", name="Kiln shelf", **{"variant-0-sku": "KILN", "variant-0-price": "9"})
    assert "Choose who sells it." in answer.text
    answer = await admin.send(NEW, do="save", seller=str(owner.id))
    path, id = place_of(admin)
    assert (await shown(owner, id))["seller"]["id"] == str(owner.id)
    other = Owner(it, *await a_seller(it, "weaver-next-door"))
    for somebody in (path, f"{path}/variants"):
        answer = await other.page.open(somebody)
        assert answer.status_code == 404
        assert "Store admin" in answer.text, "in the back office's own frame"
    await other.page.open("/admin/products")
    token = fields(other.page, "/logout")["_csrf"]
    for somebody in (path, f"{path}/delete", f"{path}/publish", f"{path}/variants"):
        answer = await other.page.client.post(somebody, data={"_csrf": token, "do": "save"})
        assert answer.status_code == 404, somebody
    await admin.open(path)
    answer = await admin.send(f"{path}/delete")
    assert "The product is deleted" in answer.text
    assert (await owner.api.get(f"/api/v1/manage/products/{id}")).status_code == 404
