"""Finding by words, in every engine: what fits, in which order, how pages go on, what it is narrowed by."""

import pytest

from tests.harness import Alone, eventually
from tests.services.search.shelf import (
    BEGAN,
    SEARCH,
    a_seller,
    books,
    find,
    has_vectors,
    names,
    product,
    said,
    stock_up,
    variant_of,
)
from tradehall.contracts.catalog import ProductDeleted, ProductUpdated
from tradehall.contracts.identity import SellerUpdated
from tradehall.contracts.inventory import ProductQuantityUpdated
from tradehall.kernel.ids import uuid7


async def test_a_product_is_found_by_every_word_of_it(it: Alone) -> None:
    await a_seller(it)
    tent = product(
        "Alpine Tent", sku="TN-77", brand="Northlight", brand_slug="northlight", tags=["winter"], categories=["camping"]
    )
    await stock_up(it, [tent, product("Garden Chair")])
    reader = it.client()
    for q in ("alpine", "ALPINE tent", "tent northlight", "tn-77", "TN-77", "winter", "camping", "alp", "Älpine"):
        assert (await names(reader, q))[0] == "Alpine Tent", q
    (card, *_) = (await find(reader, "alpine", specifications=True))["items"]
    assert card["price"] == {"amount": 1000, "currency": "USD"}
    assert card["seller"]["slug"] == "pilcrow"
    assert card["variants"][0]["sku"] == "TN-77"
    assert card["specifications"] == []


async def test_the_very_name_comes_first_and_so_does_the_sku(it: Alone) -> None:
    await stock_up(
        it, [product("Lamp", sku="L-1"), product("Lamp Lamp Lamp", sku="L-2"), product("Lamp, small", sku="L-3")]
    )
    assert (await names(it.client(), "lamp"))[0] == "Lamp"
    assert (await names(it.client(), "L-3"))[0] == "Lamp, small"


async def test_what_is_liked_does_not_come_before_what_fits_better(it: Alone) -> None:
    board = product("Paddle board", description="Comes with a rucksack.", rating_average=5.0, rating_count=900)
    await stock_up(it, [board, product("Ridge rucksack")])
    assert await names(it.client(), "rucksak") == ["Ridge rucksack", "Paddle board"]


async def test_what_is_changed_or_gone_is_found_so(it: Alone) -> None:
    reader = it.client()
    kite = product("Red Kite")
    await stock_up(it, [kite])
    assert await names(reader, "red kite") == ["Red Kite"]
    later = {
        name: getattr(kite, name) for name in ("product_id", "seller_id", "slug", "status", "currency", "variants")
    }
    await it.given(ProductUpdated(**later, name="Blue Heron"), key=kite.product_id)
    assert "Blue Heron" not in await names(reader, "kite")
    assert await names(reader, "heron") == ["Blue Heron"]
    await it.given(ProductUpdated(**later | {"status": "draft"}, name="Blue Heron"), key=kite.product_id)
    assert await names(reader, "heron") == []
    await it.given(ProductUpdated(**later, name="Blue Heron"), key=kite.product_id)
    assert await names(reader, "heron") == ["Blue Heron"]
    await it.given(ProductDeleted(product_id=kite.product_id, seller_id=kite.seller_id), key=kite.product_id)
    assert await names(reader, "heron") == []


async def test_what_is_available_is_shown_as_it_is(it: Alone) -> None:
    reader = it.client()
    jug = product("Tall Jug", prices=[100, 200])
    await it.given(quantity(jug, 0, 3), key=variant_of(jug))  # before the product itself
    await stock_up(it, [jug])
    await it.given(quantity(jug, 1, 4), key=variant_of(jug, 1))
    (card,) = (await find(reader, "tall jug"))["items"]
    assert (card["available"], [variant["available"] for variant in card["variants"]]) == (7, [3, 4])
    assert await names(reader, "tall jug", available=True) == ["Tall Jug"]
    await it.given(quantity(jug, 0, 0), key=variant_of(jug))
    await it.given(quantity(jug, 1, 0), key=variant_of(jug, 1))
    assert await names(reader, "tall jug", available=True) == []
    assert await names(reader, "tall jug", in_stock=False) == ["Tall Jug"]


def quantity(of: object, place: int, available: int) -> ProductQuantityUpdated:
    return ProductQuantityUpdated(product_id=of.product_id, variant_id=variant_of(of, place), available=available)  # type: ignore[attr-defined,arg-type]


async def test_a_seller_is_shown_by_the_present_name(it: Alone) -> None:
    seller_id = await a_seller(it, "old-name")
    await stock_up(it, [product("Odd Spoon", seller_id=seller_id)])
    assert await names(it.client(), "odd spoon", seller="old-name") == ["Odd Spoon"]
    renamed = SellerUpdated(seller_id=seller_id, user_id=uuid7(), slug="new-name", name="New Name", description="")
    await it.given(renamed, key=seller_id)
    (card,) = (await find(it.client(), "odd spoon", seller="new-name"))["items"]
    assert card["seller"]["name"] == "New Name"
    assert await names(it.client(), "odd spoon", seller="old-name") == []


async def test_another_store_finds_nothing_of_it(it: Alone) -> None:
    await stock_up(it, [product("Secret Teapot")])
    assert (await find(it.client(store=it.other), "secret teapot"))["items"] == []
    await stock_up(it, [product("Public Teapot")], it.other)
    assert await names(it.client(store=it.other), "teapot") == ["Public Teapot"]
    assert await names(it.client(), "teapot") == ["Secret Teapot"]


@pytest.mark.parametrize("sort", ["relevance", "newest", "price", "-price", "name", "rating"])
async def test_pages_have_every_book_once_and_in_order(it: Alone, sort: str) -> None:
    if not await names(it.client(), "GB-1", limit=1):
        await stock_up(it, list(books()))
    reader = it.client()
    await find(reader, "the")
    await eventually(lambda: has_vectors(it))
    whole = await find(reader, "the", sort=sort, limit=100)
    seen, cursor = [], None
    while True:
        page = await find(reader, "the", sort=sort, limit=17, **({"cursor": cursor} if cursor else {}))
        seen += page["items"]
        assert page["total"] == whole["total"]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len({one["id"] for one in seen}) == whole["total"]
    assert [one["id"] for one in seen][:100] == [one["id"] for one in whole["items"]]
    amounts = [one["price"]["amount"] for one in seen]
    if sort in ("price", "-price"):
        assert amounts == sorted(amounts, reverse=sort == "-price")
    if sort == "name":
        assert [one["name"].lower() for one in seen] == sorted(one["name"].lower() for one in seen)


async def test_words_without_their_space_are_found(it: Alone) -> None:
    await stock_up(it, [product("Red Wall"), product("Redder Wallpaper")])
    found = await find(it.client(), "redwall")
    assert [item["name"] for item in found["items"]] == ["Red Wall"]
    assert found["did_you_mean"] == "red wall"


async def test_a_cursor_of_another_list_is_refused(it: Alone) -> None:
    for cursor in ("rubbish", "WzFd", "Wy0xLjAsMCw1MV0x"):
        answer = await it.client().get(SEARCH, params={"q": "x", "cursor": cursor})
        assert answer.status_code == 422


async def test_facets_count_what_the_other_filters_leave(it: Alone) -> None:
    reader = it.client()
    tailor = await a_seller(it, "tailor")
    shirts = [
        product(
            f"Linen Shirt {colour} {size}",
            price=price,
            seller_id=tailor,
            brand=brand,
            brand_slug=brand.lower(),
            categories=["clothes", "shirts"],
            tags=tags,
            specifications=[said("colour", colour), said("size", size, unit="cm"), said("organic", organic)],
            rating_average=rating,
            rating_count=9,
            published_at=BEGAN,
        )
        for colour, size, price, brand, tags, organic, rating in (
            ("red", 38, 100, "Ada", ["new"], True, 4.5),
            ("red", 40, 200, "Ada", ["new", "sale"], False, 3.5),
            ("blue", 40, 300, "Bob", ["sale"], True, 2.0),
        )
    ]
    await stock_up(it, shirts)

    async def facets(**filters: object) -> dict[str, object]:
        found = (await find(reader, "linen shirt", facets=True, **{"seller": "tailor", **filters}))["facets"]
        counts = {
            name: {one["value"]: one["count"] for one in found[name]}
            for name in ("brands", "tags", "categories", "ratings")
        }
        of = {one["code"]: {value["value"]: value["count"] for value in one["values"]} for one in found["attributes"]}
        return counts | of | {"low": found["price"]["low"], "high": found["price"]["high"]}

    every = await facets()
    assert every["brands"] == {"ada": 2, "bob": 1}
    assert every["tags"] == {"new": 2, "sale": 2}
    assert every["categories"] == {"clothes": 3, "shirts": 3}
    assert every["ratings"] == {"4": 1, "3": 2, "2": 3, "1": 3}
    assert every["colour"] == {"red": 2, "blue": 1}
    assert every["size"] == {"40": 2, "38": 1}
    assert every["organic"] == {"true": 2, "false": 1}
    assert every["low"]["amount"], every["high"]["amount"] == (100, 300)  # type: ignore[index]
    red = await facets(**{"attr.colour": "red"})
    assert red["colour"] == every["colour"]  # its own filter does not count
    assert red["brands"] == {"ada": 2}
    both = await facets(**{"attr.colour": "red", "attr.size": "39..", "brand": "ada"})
    assert both["brands"] == {"ada": 1}
    assert both["size"] == {"38": 1, "40": 1}
    cheap = await facets(max_price=200, min_rating=4)
    assert cheap["brands"] == {"ada": 1}
    assert cheap["ratings"] == {"4": 1, "3": 2, "2": 2, "1": 2}
    assert cheap["high"]["amount"] == 100  # type: ignore[index]
    for filters, wanted in (
        ({"category": "shirts"}, 3),
        ({"category": "hats"}, 0),
        ({"tag": ["new", "sale"]}, 3),
        ({"brand": "nobody"}, 0),
        ({"seller": "nobody"}, 0),
        ({"attr.organic": "true"}, 2),
        ({"attr.size": "..39"}, 1),
        ({"attr.size": ["38", "40..41"]}, 3),
    ):
        assert (await find(reader, "linen shirt", **{"seller": "tailor", **filters}))["total"] == wanted, filters  # type: ignore[arg-type]


async def test_a_filter_that_no_product_knows_is_refused(it: Alone) -> None:
    answer = await it.client().get(SEARCH, params={"q": "linen", "attr.nothing": "1"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "attr.nothing"
    answer = await it.client().get(SEARCH, params={"q": "linen", "attr.size": "40..38"})
    assert answer.json()["errors"][0]["field"] == "attr.size"


async def test_a_long_query_finds_what_has_all_of_it_or_else_most(it: Alone) -> None:
    await stock_up(
        it, [product(name) for name in ("Blue enamel camping kettle, lid", "Blue enamel mug", "Kettle descaler")]
    )
    reader = it.client()
    assert (await names(reader, "lid kettle camping enamel blue"))[0] == "Blue enamel camping kettle, lid"
    await eventually(lambda: has_vectors(it))
    found = await find(reader, "blue enamel camping kettle whistle")
    assert found["items"][0]["name"] == "Blue enamel camping kettle, lid"
    assert {"Blue enamel mug", "Kettle descaler"} & {item["name"] for item in found["items"][1:]}


@pytest.mark.parametrize(
    "q", ["", " ", "'", "a'b & c | !d:*", "\\", "<->", "(((", "%", "💡", "word " * 39, "-", "''''"]
)
async def test_whatever_is_typed_is_answered(it: Alone, q: str) -> None:
    await find(it.client(), q)
    answer = await it.client().get(f"{SEARCH}/suggestions", params={"q": q})
    assert answer.status_code == 200
