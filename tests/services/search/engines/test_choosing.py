"""What an admin chooses, in every engine: synonyms, pins, hidden products. What it says of its order, and suggests."""

import httpx

from tests.harness import Alone
from tests.services.search.engines import settled
from tests.services.search.shelf import SEARCH, find, names, product, stock_up
from tradehall.contracts.catalog import ProductDeleted
from tradehall.kernel.ids import uuid7


async def test_synonyms_are_looked_for_as_well(it: Alone) -> None:
    admin, reader = it.client("store_admin"), it.client()
    await stock_up(it, [product("Grey couch"), product("Grey stool")])
    found = await find(reader, "grey zorblax")
    assert found["did_you_mean"] is None
    made = await admin.post(f"{SEARCH}/synonyms", json={"words": ["Zorblax", "couch"]})
    assert made.status_code == 201, made.text
    assert made.json()["words"] == ["zorblax", "couch"]
    await settled(it)
    assert (await names(reader, "grey zorblax"))[0] == "Grey couch"
    await stock_up(it, [product("Blue zorblax")])
    path = f"{SEARCH}/synonyms/{made.json()['id']}"
    changed = await admin.put(path, json={"words": ["zorblax"], "finds": ["stool"], "version": 1})
    assert changed.json()["version"] == 2
    await settled(it)
    assert (await names(reader, "grey zorblax"))[0] == "Grey stool"
    assert (await admin.put(path, json={"words": ["a1", "b2"], "version": 1})).status_code == 409
    assert [one["finds"] for one in (await admin.get(f"{SEARCH}/synonyms")).json()["items"]] == [["stool"]]
    assert (await admin.delete(path)).status_code == 204
    assert (await admin.delete(path)).status_code == 404
    await settled(it)
    assert await names(reader, "zorblax") == ["Blue zorblax"]


async def test_pinned_products_come_first_in_their_order(it: Alone) -> None:
    admin, reader = it.client("store_admin"), it.client()
    cups = [product(f"Cup {name}") for name in ("one", "two", "three")]
    saucer = product("Saucer")
    await stock_up(it, [*cups, saucer])
    body = {"query": "CUP", "products": [str(saucer.product_id), str(cups[2].product_id)]}
    pin = (await admin.post(f"{SEARCH}/pins", json=body)).json()
    assert (await names(reader, "cup"))[:2] == ["Saucer", "Cup three"]
    assert (await names(reader, "cúp "))[:2] == ["Saucer", "Cup three"]
    assert (await names(reader, "cup two"))[:1] == ["Cup two"]
    assert "Saucer" not in (await names(reader, "cup", sort="price"))
    assert (await admin.post(f"{SEARCH}/pins", json=body)).status_code == 409
    (listed,) = (await admin.get(f"{SEARCH}/pins")).json()["items"]
    assert [one["name"] for one in listed["products"]] == ["Saucer", "Cup three"]
    changed = await admin.put(
        f"{SEARCH}/pins/{pin['id']}", json={"query": "cup", "products": [str(cups[1].product_id)]}
    )
    assert changed.status_code == 200
    assert (await names(reader, "cup"))[:1] == ["Cup two"]
    await it.given(ProductDeleted(product_id=cups[1].product_id, seller_id=cups[1].seller_id), key=cups[1].product_id)
    assert "Cup two" not in await names(reader, "cup")
    assert (await admin.delete(f"{SEARCH}/pins/{pin['id']}")).status_code == 204


async def test_what_is_hidden_is_in_no_search(it: Alone) -> None:
    admin, reader = it.client("store_admin"), it.client()
    fork = product("Silver fork", sku="FORK-1")
    await stock_up(it, [fork, product("Silver knife")])
    path = f"{SEARCH}/hidden/{fork.product_id}"
    assert (await admin.put(path, json={"note": "recalled"})).status_code == 204
    for q in ("silver", "fork-1", "silver fork"):
        assert "Silver fork" not in await names(reader, q)
    suggested = (await reader.get(f"{SEARCH}/suggestions", params={"q": "silver f"})).json()
    assert suggested["products"] == []
    (one,) = (await admin.get(f"{SEARCH}/hidden")).json()["items"]
    assert (one["name"], one["note"]) == ("Silver fork", "recalled")
    assert (await admin.delete(path)).status_code == 204
    assert "Silver fork" in await names(reader, "silver fork")
    assert (await admin.put(f"{SEARCH}/hidden/{uuid7()}", json={})).status_code == 404


async def test_why_is_told_to_admins_only(it: Alone) -> None:
    await stock_up(it, [product("Copper kettle", rating_average=5.0, rating_count=50)])
    path = f"{SEARCH}/explanation"
    admin = it.client("store_admin")
    told = (await admin.get(path, params={"q": "coper kettle"})).json()
    assert told["understood"] == "copper kettle"
    (first, *_) = told["items"]
    assert first["name"] == "Copper kettle"
    assert first["why"]["by_words"] == 1
    assert first["why"]["rating"] > 0
    for client in (it.client(), it.client("shopper"), it.client("seller"), it.client("support")):
        assert (await client.get(path, params={"q": "x"})).status_code in (401, 403)


async def test_suggestions_know_products_brands_categories_and_words(it: Alone) -> None:
    await stock_up(
        it,
        [product("Maple board", brand="Marlow & Sons", brand_slug="marlow", categories=["kitchen", "maple-wood"])],
    )

    async def suggested(q: str) -> dict[str, list[str]]:
        answer: httpx.Response = await it.client().get(f"{SEARCH}/suggestions", params={"q": q})
        found = answer.json()
        return {name: [one if isinstance(one, str) else one["name"] for one in found[name]] for name in found}

    assert (await suggested("ma"))["brands"] == ["Marlow & Sons"]
    assert (await suggested("map"))["products"] == ["Maple board"]
    assert (await suggested("maple"))["categories"] == ["maple-wood"]
    assert "maple board" in (await suggested("maple bo"))["words"]
    assert (await suggested("mapel"))["products"] == ["Maple board"]
    assert (await find(it.client(), "maple"))["total"] >= 1
