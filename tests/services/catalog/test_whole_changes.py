"""What a form needs: a product changed whole, by the ids of its variants and the keys of its images."""

import httpx
import pytest

from tests.harness import Alone
from tests.services.catalog.goods import a_seller, make, offer, picture

SERVICE = "catalog"


@pytest.fixture(scope="module")
async def seller(it: Alone) -> httpx.AsyncClient:
    return (await a_seller(it, "weaver"))[1]


def fields(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {error["field"] for error in answer.json()["errors"]}


async def test_variant_named_by_its_id_takes_another_sku(seller: httpx.AsyncClient) -> None:
    made = await make(
        seller, "Rug", options=["Size"], variants=[offer(f"RUG-{size}", options={"Size": size}) for size in "SML"]
    )
    small, medium, large = (variant["id"] for variant in made["variants"])
    path = f"/api/v1/products/{made['id']}"
    offers = [
        offer("RUG-GIANT", options={"Size": "XL"}, id=large),
        offer("RUG-S", options={"Size": "S"}),
        offer("RUG-L", options={"Size": "L"}),
    ]
    changed = await seller.patch(path, json={"variants": offers, "version": made["version"]})
    assert changed.status_code == 200, changed.text
    first, second, third = changed.json()["variants"]
    assert (first["id"], first["sku"]) == (large, "RUG-GIANT")
    assert second["id"] == small
    assert third["id"] not in (small, medium, large), "its SKU was that of a variant that has another by now"

    twice = [offer("A", options={"Size": "A"}, id=small), offer("B", options={"Size": "B"}, id=small)]
    assert fields(await seller.patch(path, json={"variants": twice})) == {"variants[0].id", "variants[1].id"}
    gone = [offer("A", options={"Size": "A"}, id=medium)]
    assert fields(await seller.patch(path, json={"variants": gone})) == {"variants[0].id"}
    assert (await seller.patch(path, json={"name": "x", "version": made["version"]})).status_code == 409


async def test_images_are_put_in_order_described_and_taken_away(seller: httpx.AsyncClient) -> None:
    made = await make(seller, "Shawl")
    path = f"/api/v1/products/{made['id']}"
    keys = []
    for alt in ("front", "back", "worn"):
        answer = await seller.post(f"{path}/images", files={"image": picture()}, data={"alt": alt})
        keys.append(answer.json()["key"])
    variant = made["variants"][0]
    await seller.patch(f"{path}/variants/{variant['id']}", json={"image": keys[1]})
    shown = [{"key": keys[2], "alt": "Worn outside"}, {"key": keys[0]}]
    changed = await seller.patch(path, json={"images": shown, "name": "Large shawl"})
    assert changed.status_code == 200, changed.text
    assert [(image["key"], image["alt"]) for image in changed.json()["images"]] == [
        (keys[2], "Worn outside"),
        (keys[0], "front"),
    ]
    assert changed.json()["variants"][0]["image"] is None, "its picture is gone"
    assert (changed.json()["name"], changed.json()["variants"][0]["sku"]) == ("Large shawl", variant["sku"])
    wrong = [{"key": keys[0]}, {"key": keys[0]}, {"key": keys[1]}]
    assert fields(await seller.patch(path, json={"images": wrong})) == {"images[1].key", "images[2].key"}
    kept = [offer(variant["sku"], image=keys[0])]
    assert fields(await seller.patch(path, json={"images": [], "variants": kept})) == {"variants[0].image"}


async def test_products_are_found_by_their_ids(it: Alone, seller: httpx.AsyncClient) -> None:
    made = [await make(seller, f"Mat {n}", status="draft") for n in range(3)]
    _, other = await a_seller(it, "basketmaker")
    foreign = await make(other, "Basket", status="draft")
    asked = [("id", made[0]["id"]), ("id", made[2]["id"]), ("id", foreign["id"])]
    found = (await seller.get("/api/v1/manage/products", params=asked)).json()["items"]
    assert {item["name"] for item in found} == {"Mat 0", "Mat 2"}
    found = (await it.client("store_admin").get("/api/v1/manage/products", params=asked)).json()["items"]
    assert {item["name"] for item in found} == {"Mat 0", "Mat 2", "Basket"}
    assert fields(await seller.get("/api/v1/manage/products?id=mat")) == {"id"}


async def test_chosen_products_are_named_to_who_may_see_them(it: Alone, seller: httpx.AsyncClient) -> None:
    mine, draft = await make(seller, "Loom"), await make(seller, "Spindle", status="draft")
    _, other = await a_seller(it, "dyer")
    blue, red = await make(other, "Blue"), await make(other, "Red", status="draft")
    ids = [one["id"] for one in (red, draft, blue)]
    await seller.put(f"/api/v1/products/{mine['id']}/related", json={"products": ids})
    path = f"/api/v1/manage/products/{mine['id']}"
    shown = (await seller.get(path)).json()
    assert shown["related_ids"] == ids
    assert [one["name"] for one in shown["related"]] == ["Spindle", "Blue"]
    shown = (await it.client("store_admin").get(path)).json()
    assert [one["name"] for one in shown["related"]] == ["Red", "Spindle", "Blue"]


async def test_categories_are_found_by_words_of_their_way(it: Alone, seller: httpx.AsyncClient) -> None:
    admin = it.client("store_admin")
    for slug, name, parent in [
        ("home-goods", "Home goods", None),
        ("floors", "Floors", "home-goods"),
        ("floor-lamps", "Lamps", "home-goods"),
        ("carpets", "Carpets", "floors"),
        ("art", "Art", None),
    ]:
        await admin.post("/api/v1/categories", json={"slug": slug, "name": name, "parent": parent})
    path = "/api/v1/manage/categories"
    found = (await seller.get(path, params={"q": "floor"})).json()
    assert [one["slug"] for one in found["items"]] == ["floors", "floor-lamps", "carpets"]
    assert [step["name"] for step in found["items"][2]["path"]] == ["Home goods", "Floors", "Carpets"]
    found = (await seller.get(path, params={"q": "HOME carp"})).json()
    assert [one["slug"] for one in found["items"]] == ["carpets"]
    assert (await seller.get(path, params={"q": "nowhere"})).json() == {"items": [], "total": 0}
    all_of_them = (await seller.get(path, params={"limit": 2})).json()
    assert [one["slug"] for one in all_of_them["items"]] == ["art", "home-goods"]
    assert all_of_them["total"] == 5
    named = (await seller.get(path, params=[("slug", "carpets"), ("slug", "gone"), ("slug", "art")])).json()
    assert [one["slug"] for one in named["items"]] == ["carpets", "art"]
    assert (await it.client("shopper").get(path)).status_code == 403
    assert (await it.client().get(path)).status_code == 401


async def test_options_of_a_variant_stand_in_the_order_of_the_products(it: Alone, seller: httpx.AsyncClient) -> None:
    """The database keeps them by length and alphabet."""
    made = await make(
        seller, "Loom cloth", options=["Width", "Dye"], variants=[offer(options={"Dye": "Red", "Width": "S"})]
    )
    public = (await it.client().get(f"/api/v1/products/{made['slug']}")).json()
    assert list(made["variants"][0]["options"]) == list(public["variants"][0]["options"]) == ["Width", "Dye"]
