"""Single variants of a published product, and products chosen to be shown beside one."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import harness
from tests.harness import Alone
from tests.services.catalog.goods import a_seller, make, offer, picture
from tradehall.app import load
from tradehall.contracts.catalog import ProductUpdated
from tradehall.contracts.inventory import ProductQuantityUpdated
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings

SERVICE = "catalog"


@pytest.fixture(scope="module")
async def seller(it: Alone) -> httpx.AsyncClient:
    return (await a_seller(it, "tailor"))[1]


async def a_shirt(seller: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    """Of two sizes."""
    variants = [offer(options={"Size": size}, price=price) for size, price in (("S", 1000), ("M", 1200))]
    return await make(seller, "Shirt", options=["Size"], variants=variants, **more)


def fields(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {error["field"] for error in answer.json()["errors"]}


async def test_variant_is_added_changed_and_removed(it: Alone, seller: httpx.AsyncClient) -> None:
    shirt = await a_shirt(seller)
    path = f"/api/v1/products/{shirt['id']}/variants"
    image = (await seller.post(f"/api/v1/products/{shirt['id']}/images", files={"image": picture()})).json()
    added = await seller.post(
        path, json=offer("SHIRT-L", 800, options={"Size": "L"}, compare_at=900, weight_g=250, image=image["key"])
    )
    assert added.status_code == 201, added.text
    large = added.json()["variants"][2]
    assert (large["sku"], large["price"]["amount"], large["compare_at"]["amount"]) == ("SHIRT-L", 800, 900)
    assert (large["weight_g"], large["image"]) == (250, image["url"])
    assert added.json()["price"]["amount"] == 800

    changed = await seller.patch(
        f"{path}/{large['id']}", json={"sku": "SHIRT-XL", "options": {"Size": "XL"}, "image": None}
    )
    again = changed.json()["variants"][2]
    assert (again["id"], again["sku"], again["options"], again["image"]) == (
        large["id"], "SHIRT-XL", {"Size": "XL"}, None,
    )  # fmt: skip
    assert (again["price"], again["compare_at"]) == (large["price"], large["compare_at"])
    assert changed.json()["options"] == [{"name": "Size", "values": ["S", "M", "XL"]}]

    assert (await seller.delete(f"{path}/{large['id']}")).status_code == 204
    shown = (await it.client().get(f"/api/v1/products/{shirt['slug']}")).json()
    assert [variant["options"]["Size"] for variant in shown["variants"]] == ["S", "M"]
    assert (shown["price"]["amount"], shown["price_to"]["amount"]) == (1000, 1200)
    told = [e for e in await it.published(ProductUpdated) if str(e.product_id) == shirt["id"]]
    assert [len(event.variants) for event in told] == [2, 3, 3, 2]


async def test_order_of_display_is_kept(it: Alone, seller: httpx.AsyncClient) -> None:
    shirt = await a_shirt(seller)
    small, medium = (variant["id"] for variant in shirt["variants"])
    path = f"/api/v1/products/{shirt['id']}/variants/order"
    assert (await seller.put(path, json={"variants": [medium, small]})).status_code == 200
    shown = (await it.client().get(f"/api/v1/products/{shirt['slug']}")).json()
    assert [variant["id"] for variant in shown["variants"]] == [medium, small]
    for wrong in ([medium], [medium, medium], [medium, small, str(uuid7())], []):
        assert fields(await seller.put(path, json={"variants": wrong})) == {"variants"}


async def test_bad_variants_are_refused_by_field(it: Alone, seller: httpx.AsyncClient) -> None:
    shirt, other = await a_shirt(seller), await make(seller, "Other", variants=[offer("TAKEN-1")])
    path = f"/api/v1/products/{shirt['id']}/variants"
    small = shirt["variants"][0]["id"]
    for body, field in [
        (offer(options={"Size": "S"}), "options"),
        (offer(options={"Colour": "Red"}), "options"),
        (offer(options={"Size": "L"}, compare_at=1), "compare_at"),
        (offer(options={"Size": "L"}, image="0" * 32), "image"),
        (offer(options={"Size": "L"}, price=-1), "price"),
    ]:
        assert fields(await seller.post(path, json=body)) == {field}
    for change, field in [
        ({"options": {"Size": "M"}}, "options"),
        ({"compare_at": 1000}, "compare_at"),
        ({"image": "nothing"}, "image"),
        ({"price": None}, "price"),
        ({"sku": "\0"}, "sku"),
    ]:
        assert fields(await seller.patch(f"{path}/{small}", json=change)) == {field}
    for answer in (
        await seller.post(path, json=offer("TAKEN-1", options={"Size": "L"})),
        await seller.patch(f"{path}/{small}", json={"sku": "TAKEN-1"}),
    ):
        assert (answer.status_code, answer.json()["type"]) == (409, "sku-taken")
    unknown = [await seller.patch(f"{path}/{uuid7()}", json={}), await seller.delete(f"{path}/{uuid7()}")]
    assert [answer.json()["type"] for answer in unknown] == ["unknown-variant"] * 2
    only = other["variants"][0]["id"]
    assert (await seller.delete(f"/api/v1/products/{other['id']}/variants/{only}")).json()["type"] == "last-variant"
    kept = (await seller.get(f"/api/v1/manage/products/{shirt['id']}")).json()
    assert kept["variants"] == shirt["variants"]


async def test_images_are_named_in_a_whole_change_too(seller: httpx.AsyncClient) -> None:
    shirt = await a_shirt(seller)
    path = f"/api/v1/products/{shirt['id']}"
    image = (await seller.post(f"{path}/images", files={"image": picture()})).json()
    offers = [
        {"sku": variant["sku"], "price": 1, "options": variant["options"], "image": image["key"]}
        for variant in shirt["variants"]
    ]
    changed = (await seller.patch(path, json={"variants": offers})).json()
    assert [variant["image"] for variant in changed["variants"]] == [image["url"]] * 2
    for one in offers:
        del one["image"]
    changed = (await seller.patch(path, json={"variants": offers})).json()
    assert [variant["image"] for variant in changed["variants"]] == [image["url"]] * 2
    offers[1]["image"] = "f" * 32
    assert fields(await seller.patch(path, json={"variants": offers})) == {"variants[1].image"}
    assert fields(await seller.post("/api/v1/products", json={"name": "X", "variants": [offer(image="f")]})) == {
        "variants[0].image"
    }


async def test_nobody_touches_anothers_variants(it: Alone, seller: httpx.AsyncClient) -> None:
    shirt = await a_shirt(seller)
    path = f"/api/v1/products/{shirt['id']}"
    variant = shirt["variants"][0]["id"]
    rival = (await a_seller(it, "rival"))[1]
    foreign = it.client("store_admin", store=it.other)
    for client, status in [(rival, 404), (foreign, 404), (it.client("shopper"), 403), (it.client(), 401)]:
        answers = [
            await client.post(f"{path}/variants", json=offer(options={"Size": "L"})),
            await client.patch(f"{path}/variants/{variant}", json={"price": 1}),
            await client.delete(f"{path}/variants/{variant}"),
            await client.put(f"{path}/variants/order", json={"variants": [variant]}),
            await client.put(f"{path}/related", json={"products": []}),
        ]
        assert [answer.status_code for answer in answers] == [status] * 5
    assert (await seller.get(f"/api/v1/manage/products/{shirt['id']}")).json()["version"] == 1


async def test_five_hundred_variants_and_no_more(it: Alone, seller: httpx.AsyncClient) -> None:
    variants = [offer(options={"Number": str(n)}, price=1000 + n) for n in range(500)]
    made = await make(seller, "Many", options=["Number"], variants=variants)
    assert [variant["options"]["Number"] for variant in made["variants"]] == [str(n) for n in range(500)]
    one_more = await seller.post(f"/api/v1/products/{made['id']}/variants", json=offer(options={"Number": "x"}))
    assert one_more.json()["type"] == "too-many-variants"
    (card,) = (await it.client().get("/api/v1/products?q=many")).json()["items"]
    assert (card["variant_count"], len(card["variants"]), card["price_to"]["amount"]) == (500, 12, 1499)
    written = await it.sql(
        "SELECT id, xmin::text AS writer FROM variants WHERE product_id = $1 ORDER BY position", made["id"]
    )
    changed = await seller.patch(
        f"/api/v1/products/{made['id']}/variants/{made['variants'][7]['id']}", json={"price": 1}
    )
    assert changed.status_code == 200
    after = await it.sql(
        "SELECT id, xmin::text AS writer FROM variants WHERE product_id = $1 ORDER BY position", made["id"]
    )
    assert [n for n in range(500) if written[n] != after[n]] == [7], "only what changed is written"


async def test_what_is_available_is_that_of_all_variants(it: Alone, seller: httpx.AsyncClient) -> None:
    shirt = await a_shirt(seller)
    small, medium = shirt["variants"]

    async def available() -> int:
        it.running.answers.drop(it.store.id)
        shown = (await it.client().get(f"/api/v1/products/{shirt['slug']}")).json()
        items = (await it.client().get("/api/v1/products?available=true&limit=100")).json()["items"]
        assert (shown["id"] in [item["id"] for item in items]) is (shown["available"] > 0)
        return int(shown["available"])

    for variant, quantity in ((small, 3), (medium, 4)):
        event = ProductQuantityUpdated(product_id=shirt["id"], variant_id=variant["id"], available=quantity)
        await it.given(event, key=variant["id"])
    assert await available() == 7
    await seller.delete(f"/api/v1/products/{shirt['id']}/variants/{medium['id']}")
    assert await available() == 3
    await it.given(ProductQuantityUpdated(product_id=shirt["id"], variant_id=small["id"], available=0), key=small["id"])
    assert await available() == 0


async def test_quantities_and_changes_at_the_same_time_do_not_lock_each_other_out(
    it: Alone, seller: httpx.AsyncClient
) -> None:
    shirts = [await a_shirt(seller) for _ in range(4)]

    async def change(number: int) -> int:
        shirt = shirts[number % 4]
        return (await seller.patch(f"/api/v1/products/{shirt['id']}", json={"description": str(number)})).status_code

    events = [
        (ProductQuantityUpdated(product_id=shirt["id"], variant_id=v["id"], available=n), v["id"])
        for n in range(1, 11)
        for shirt in reversed(shirts)
        for v in shirt["variants"]
    ]
    answers, _ = await asyncio.gather(asyncio.gather(*(change(n) for n in range(40))), it.given_all(events))
    assert answers == [200] * 40
    it.running.answers.drop(it.store.id)
    for shirt in shirts:
        assert (await it.client().get(f"/api/v1/products/{shirt['slug']}")).json()["available"] == 20
    assert await it.dead_letters() == []


async def test_variant_removed_while_it_lies_in_a_cart_is_shown_as_gone(
    servers: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = Path(tmp_path_factory.mktemp("together"))
    async with harness.together(load(["catalog", "carts"]), servers, folder) as both:
        seller = (await a_seller(both, "tailor"))[1]
        shirt = await a_shirt(seller)
        small, medium = (variant["id"] for variant in shirt["variants"])
        guest = both.client()
        await both.idle()
        for variant in (small, medium):
            answer = await guest.post("/api/v1/cart/items", json={"variant_id": variant, "quantity": 1})
            assert answer.is_success, answer.text
        path = f"/api/v1/products/{shirt['id']}/variants"
        assert (await seller.delete(f"{path}/{medium}")).status_code == 204
        assert (await seller.patch(f"{path}/{small}", json={"price": 990, "sku": "OTHER-SKU"})).status_code == 200
        await both.idle()
        lines = {item["variant_id"]: item for item in (await guest.get("/api/v1/cart")).json()["items"]}
        assert (lines[medium]["gone"], lines[small]["gone"]) == (True, False)
        assert (lines[small]["sku"], lines[small]["unit_price"]["amount"]) == ("OTHER-SKU", 990)


# --- related


async def beside(it: Alone, product: dict[str, Any]) -> list[str]:
    it.running.answers.drop(it.store.id)
    shown = (await it.client().get(f"/api/v1/products/{product['slug']}")).json()
    return [other["name"] for other in shown["related"]]


async def test_related_products_are_chosen_in_order(it: Alone, seller: httpx.AsyncClient) -> None:
    one, two, three, draft = [
        await make(seller, name, brand="Kin", status=status)
        for name, status in [("Kin 1", "published"), ("Kin 2", "published"), ("Kin 3", "published"), ("Kin 4", "draft")]
    ]
    foreign = await make((await a_seller(it, "abroad", store=it.other))[1], "Abroad")
    assert await beside(it, one) == ["Kin 3", "Kin 2"]
    path = f"/api/v1/products/{one['id']}/related"
    chosen = await seller.put(path, json={"products": [two["id"], draft["id"], three["id"]]})
    assert chosen.json()["related_ids"] == [two["id"], draft["id"], three["id"]]
    assert await beside(it, one) == ["Kin 2", "Kin 3"]
    await seller.post(f"/api/v1/products/{draft['id']}/publish")
    assert await beside(it, one) == ["Kin 2", "Kin 4", "Kin 3"]
    await seller.delete(f"/api/v1/products/{two['id']}")
    assert await beside(it, one) == ["Kin 4", "Kin 3"]
    for wrong, field in [
        ([one["id"]], "products[0]"),
        ([three["id"], str(uuid7())], "products[1]"),
        ([foreign["id"]], "products[0]"),
        ([two["id"]], "products[0]"),
        ([three["id"], three["id"]], "products"),
        ([three["id"]] * 25, "products"),
        (["x"], "products[0]"),
    ]:
        assert fields(await seller.put(path, json={"products": wrong})) == {field}
    await seller.put(path, json={"products": []})
    assert await beside(it, one) == ["Kin 4", "Kin 3"]


async def test_near_products_are_of_the_category_first_then_of_the_brand(it: Alone, seller: httpx.AsyncClient) -> None:
    admin = it.client("store_admin")
    await admin.post("/api/v1/categories", json={"slug": "hats", "name": "Hats"})
    hat = await make(seller, "Hat", brand="Hatter", category="hats")
    await make(seller, "Hat of another", category="hats")
    await make(seller, "Scarf of the hatter", brand="Hatter")
    assert await beside(it, hat) == ["Hat of another", "Scarf of the hatter"]
