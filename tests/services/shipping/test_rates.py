"""What it costs to get there."""

import asyncio
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness import Alone, a_store
from tests.services.shipping.parcels import a_warehouse, for_sale
from tradehall.contracts.catalog import ProductCreated, ProductDeleted, ProductUpdated
from tradehall.contracts.places import zip_number
from tradehall.contracts.shipping import Rate, ShippingRatesChanged
from tradehall.contracts.stores import Store
from tradehall.kernel.ids import uuid7

SERVICE = "shipping"
RATES = "/api/v1/shipping/rates"
QUOTES = "/api/v1/shipping/quotes"
FLAT = {"code": "post", "name": "Post", "price": 500}
DISTANCE = {"code": "van", "name": "Van", "kind": "distance"}


@pytest.fixture
async def shop(it: Alone) -> Store:
    """A store in which nothing was done yet."""
    store = a_store(f"s{uuid7().hex[-12:]}")
    it.running.stores.put(store)
    return store


async def put(it: Alone, shop: Store, *rates: dict[str, Any]) -> httpx.Response:
    return await it.client("store_admin", store=shop).put(RATES, json={"rates": rates})


async def accepted(it: Alone, shop: Store, *rates: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await put(it, shop, *rates)
    assert answer.status_code == 200, answer.text
    return answer.json()["rates"]  # type: ignore[no-any-return]


def fields(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {error["field"] for error in answer.json()["errors"]}


async def asked(
    it: Alone, shop: Store, *items: tuple[ProductCreated, int], zip: str = "02139", **changes: Any
) -> httpx.Response:
    lines = [{"variant_id": str(product.variants[0].variant_id), "quantity": n} for product, n in items]
    return await it.client(store=shop).post(QUOTES, json={"lines": lines, "address": {"zip": zip}, **changes})


async def costs(it: Alone, shop: Store, *items: tuple[ProductCreated, int], zip: str = "02139") -> dict[str, int]:
    answer = await asked(it, shop, *items, zip=zip)
    assert answer.status_code == 200, answer.text
    return {option["code"]: option["price"]["amount"] for option in answer.json()["options"]}


async def test_a_store_without_rates_delivers_for_nothing(it: Alone, shop: Store) -> None:
    lamp = await for_sale(it, 100, store=shop)
    (rate,) = (await it.client(store=shop).get(RATES)).json()["rates"]
    assert (rate["code"], rate["kind"], rate["price"]) == ("standard", "flat", 0)
    assert await costs(it, shop, (lamp, 1)) == {"standard": 0}


async def test_rates_are_replaced_as_a_whole_in_the_order_given(it: Alone, shop: Store) -> None:
    await accepted(it, shop, FLAT, DISTANCE)
    rates = await accepted(it, shop, {**FLAT, "code": "z"}, {**FLAT, "code": "a", "name": "Ångström"})
    assert [rate["code"] for rate in rates] == ["z", "a"]
    assert (await it.client("shopper", store=shop).get(RATES)).json()["rates"] == rates
    told = await it.published(ShippingRatesChanged, count=2, store=shop)
    assert [rate.code for rate in told[-1].rates] == ["z", "a"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": ""}, "code"),
        ({"code": "Post"}, "code"),
        ({"code": "post\n"}, "code"),
        ({"code": "a" * 42}, "code"),
        ({"code": "-a"}, "code"),
        ({"code": "\0"}, "code"),
        ({"code": None}, "code"),
        ({"name": ""}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"kind": "by balloon"}, "kind"),
        ({"price": -1}, "price"),
        ({"price": 10**13 + 1}, "price"),
        ({"price": 10**40}, "price"),
        ({"price": 1.5}, "price"),
        ({"free_from": -1}, "free_from"),
        ({"factor": -1}, "factor"),
        ({"factor": 10_001}, "factor"),
        ({"origins": ["\0\0\0"]}, "origins"),
        ({"origins": "02139"}, "origins"),
    ],
)
async def test_a_bad_rate_names_the_field(it: Alone, shop: Store, change: dict[str, Any], field: str) -> None:
    answer = await put(it, shop, {**FLAT, **change})
    assert {name.partition("[0].")[2].partition("[")[0] for name in fields(answer)} == {field}
    assert (await it.client(store=shop).get(RATES)).json()["rates"][0]["code"] == "standard"


async def test_codes_differ(it: Alone, shop: Store) -> None:
    assert fields(await put(it, shop, FLAT, DISTANCE, {**FLAT, "name": "Post again"})) == {"rates"}


async def test_there_are_one_to_twenty(it: Alone, shop: Store) -> None:
    rates = [{**FLAT, "code": f"r{i}"} for i in range(21)]
    assert fields(await put(it, shop, *rates)) == {"rates"}
    assert fields(await put(it, shop)) == {"rates"}
    assert len(await accepted(it, shop, *rates[:20])) == 20


@pytest.mark.parametrize("content", [b"", b"{", b"null", b"[]", b'{"rates": null}', b'{"rates": [null]}', b"\xff"])
async def test_broken_bodies_are_refused(it: Alone, shop: Store, content: bytes) -> None:
    headers = {"content-type": "application/json"}
    admin = it.client("store_admin", store=shop)
    for answer in (
        await admin.put(RATES, content=content, headers=headers),
        await admin.post(QUOTES, content=content, headers=headers),
    ):
        assert 400 <= answer.status_code < 500, answer.text


@pytest.mark.parametrize(
    ("roles", "status"), [((), 401), (("shopper",), 403), (("seller",), 403), (("operator",), 200)]
)
async def test_rates_are_the_admins(it: Alone, shop: Store, roles: tuple[str, ...], status: int) -> None:
    answer = await it.client(*roles, store=shop).put(RATES, json={"rates": [FLAT]})
    assert answer.status_code == status


async def test_rates_of_one_store_are_not_those_of_another(it: Alone, shop: Store) -> None:
    await accepted(it, shop, FLAT)
    await a_warehouse(it, "90210", store=shop)
    for client in (it.client(), it.client(store=it.other)):
        assert (await client.get(RATES)).json()["rates"][0]["code"] == "standard"
    stranger = it.client("store_admin")
    stranger.headers["host"] = shop.hosts[0]
    assert (await stranger.put(RATES, json={"rates": [DISTANCE]})).status_code == 401


async def test_admins_at_once_leave_the_rates_of_one_of_them(it: Alone, shop: Store) -> None:
    answers = await asyncio.gather(
        *(put(it, shop, {**FLAT, "price": i}, {**DISTANCE, "factor": i}) for i in range(1, 9))
    )
    assert {answer.status_code for answer in answers} == {200}
    post, van = (await it.client("shopper", store=shop).get(RATES)).json()["rates"]
    assert post["price"] == van["factor"]
    told = (await it.published(ShippingRatesChanged, count=8, store=shop))[-1]
    assert [rate.price for rate in told.rates] == [post["price"], 0]


async def test_the_last_telling_has_both_new_rates_and_new_warehouses(it: Alone, shop: Store) -> None:
    for i in range(5):
        await asyncio.gather(put(it, shop, {**DISTANCE, "factor": i}), a_warehouse(it, f"1000{i}", store=shop))
        told = (await it.published(ShippingRatesChanged, count=2 * (i + 1), store=shop))[-1]
        assert told.rates[0].factor == i
        assert sorted(told.rates[0].origins) == [f"1000{n}" for n in range(i + 1)]


async def test_a_warehouse_becomes_an_origin_and_is_told_of(it: Alone, shop: Store) -> None:
    await accepted(it, shop, FLAT, DISTANCE)
    id = await a_warehouse(it, "10001", store=shop)
    await a_warehouse(it, "90210", store=shop)
    await a_warehouse(it, "10002", store=shop, id=id)
    told = (await it.published(ShippingRatesChanged, count=4, store=shop))[-1]
    assert [(rate.code, rate.origins) for rate in told.rates] == [("post", []), ("van", ["10002", "90210"])]
    rates = (await it.client("shopper", store=shop).get(RATES)).json()["rates"]
    assert rates[1]["origins"] == ["10002", "90210"]


async def test_a_warehouse_told_of_twice_counts_once(it: Alone, shop: Store) -> None:
    await accepted(it, shop, DISTANCE)
    await a_warehouse(it, "10001", store=shop)
    before = await it.published(ShippingRatesChanged, count=2, store=shop)
    await it.redeliver(it.sent[-1:])
    await it.idle()
    assert await it.published(ShippingRatesChanged, count=2, store=shop) == before


async def test_distance_counts_from_the_nearest_warehouse_for_each_item(it: Alone, shop: Store) -> None:
    car, part = await for_sale(it, 1_000_000, store=shop), await for_sale(it, 100, store=shop)
    await accepted(it, shop, DISTANCE)
    await a_warehouse(it, "10000", store=shop)
    await a_warehouse(it, "02100", store=shop)
    assert await costs(it, shop, (car, 1), zip="02139") == {"van": 2 * abs(2100 - 2139 + 1)}
    assert await costs(it, shop, (car, 2), (part, 3), zip="02139") == {"van": 2 * 38 * 5}
    assert await costs(it, shop, (car, 1), zip="02139-4307") == {"van": 76}
    assert await costs(it, shop, (car, 1), zip="9990") == {"van": 2 * 11}
    assert await costs(it, shop, (car, 1), zip="02101") == {"van": 0}
    assert await costs(it, shop, (car, 1), zip="02100") == {"van": 2}


async def test_distance_may_be_that_on_earth(it: Alone, shop: Store) -> None:
    """To Denver it is nearer from Chicago on earth, from Seattle by number."""
    car = await for_sale(it, 100, store=shop)
    for zip_code in ("60601", "98101"):
        await a_warehouse(it, zip_code, store=shop)
    await accepted(it, shop, {**DISTANCE, "measure": "earth", "factor": 3})
    assert (await costs(it, shop, (car, 2), zip="80202"))["van"] == pytest.approx(1478 * 3 * 2, rel=0.01)
    assert await costs(it, shop, (car, 1), zip="60601") == {"van": 0}
    assert await costs(it, shop, (car, 1), zip="99999") == {}, "no such place"
    answer = await asked(it, shop, (car, 1), address={"zip": "60601", "country": "DE"})
    assert answer.json()["options"] == []
    await accepted(it, shop, DISTANCE)
    assert await costs(it, shop, (car, 1), zip="80202") == {"van": 2 * abs(98101 - 80202 + 1)}


async def test_a_warehouse_that_comes_first_is_reckoned_from_however_far(it: Alone, shop: Store) -> None:
    car = await for_sale(it, 100, store=shop)
    await accepted(it, shop, DISTANCE)
    near = await a_warehouse(it, "02100", store=shop, priority=5)
    await a_warehouse(it, "10000", store=shop)
    assert await costs(it, shop, (car, 1), zip="02101") == {"van": 2 * (10000 - 2101 + 1)}
    await a_warehouse(it, "02100", store=shop, id=near, priority=0)
    assert await costs(it, shop, (car, 1), zip="02101") == {"van": 0}
    told = (await it.published(ShippingRatesChanged, count=4, store=shop))[-1].rates[0]
    assert [(origin.zip, origin.country, origin.priority) for origin in told.warehouses] == [
        ("02100", "US", 0),
        ("10000", "US", 0),
    ]


async def test_a_closed_warehouse_is_no_origin(it: Alone, shop: Store) -> None:
    await accepted(it, shop, DISTANCE)
    near = await a_warehouse(it, "02100", store=shop)
    await a_warehouse(it, "10000", store=shop)
    await a_warehouse(it, "02100", store=shop, id=near, active=False)
    told = (await it.published(ShippingRatesChanged, count=4, store=shop))[-1].rates[0]
    assert told.origins == ["10000"]
    await a_warehouse(it, "02100", store=shop, id=near)
    told = (await it.published(ShippingRatesChanged, count=5, store=shop))[-1].rates[0]
    assert told.origins == ["02100", "10000"]


async def test_a_store_measures_all_distances_in_one_way(it: Alone, shop: Store) -> None:
    mixed = [DISTANCE, {**DISTANCE, "code": "plane", "measure": "earth"}]
    assert fields(await put(it, shop, *mixed)) == {"rates"}
    assert fields(await put(it, shop, {**DISTANCE, "measure": "furlong"})) == {"rates[0].measure"}
    given = [{"zip": "02100"}]
    assert fields(await put(it, shop, {**DISTANCE, "warehouses": given})) == {"rates[0].warehouses"}
    await accepted(it, shop, {**FLAT, "measure": "earth"}, DISTANCE)


@pytest.mark.parametrize("zip", ["SW1A 1AA", "K1A-0B1", "ABC"])
async def test_where_a_zip_is_no_number_distance_is_left_out(it: Alone, shop: Store, zip: str) -> None:
    car = await for_sale(it, 100, store=shop)
    await accepted(it, shop, FLAT, DISTANCE)
    await a_warehouse(it, "10000", store=shop)
    assert await costs(it, shop, (car, 1), zip=zip) == {"post": 500}


async def test_without_a_warehouse_distance_is_left_out(it: Alone, shop: Store) -> None:
    car = await for_sale(it, 100, store=shop)
    await accepted(it, shop, DISTANCE)
    assert await costs(it, shop, (car, 1)) == {}
    await a_warehouse(it, "SW1A 1AA", store=shop)
    assert await costs(it, shop, (car, 1)) == {}


async def test_delivery_is_free_from_a_subtotal_on(it: Alone, shop: Store) -> None:
    lamp = await for_sale(it, 2500, store=shop)
    await accepted(it, shop, {**FLAT, "free_from": 5000}, {**DISTANCE, "free_from": 7500})
    assert await costs(it, shop, (lamp, 1)) == {"post": 500}
    assert await costs(it, shop, (lamp, 2)) == {"post": 0}
    assert await costs(it, shop, (lamp, 3)) == {"post": 0, "van": 0}


async def test_the_cheapest_comes_first(it: Alone, shop: Store) -> None:
    lamp = await for_sale(it, 2500, store=shop)
    await accepted(it, shop, *({"code": f"r{p}", "name": f"R {p}", "price": p} for p in (900, 100, 500)))
    options = (await asked(it, shop, (lamp, 1))).json()["options"]
    assert options == [
        {"code": f"r{p}", "name": f"R {p}", "price": {"amount": p, "currency": "USD"}} for p in (100, 500, 900)
    ]


async def test_what_is_not_for_sale_is_named(it: Alone, shop: Store) -> None:
    lamp, gone, draft = (
        await for_sale(it, 100, store=shop),
        await for_sale(it, 100, store=shop),
        await for_sale(it, 100, store=shop, status="draft"),
    )
    elsewhere = await for_sale(it, 100)
    deleted = ProductDeleted(product_id=gone.product_id, seller_id=gone.seller_id)
    await it.given(deleted, key=gone.product_id, store=shop)
    answer = await asked(it, shop, (lamp, 1), (gone, 1), (draft, 1), (elsewhere, 1))
    assert fields(answer) == {f"lines[{i}].variant_id" for i in (1, 2, 3)}


async def test_prices_follow_the_catalogue(it: Alone, shop: Store) -> None:
    lamp = await for_sale(it, 100, 200, store=shop)
    await accepted(it, shop, {**FLAT, "free_from": 150})
    assert await costs(it, shop, (lamp, 1)) == {"post": 500}
    facts = {name: getattr(lamp, name) for name in ("product_id", "seller_id", "slug", "name", "status", "currency")}
    dearer = type(lamp.variants[0])(
        variant_id=lamp.variants[0].variant_id, sku="A", title="Lamp", options={}, price=150
    )
    await it.given(ProductUpdated(**facts, variants=[dearer]), key=lamp.product_id, store=shop)
    assert await costs(it, shop, (lamp, 1)) == {"post": 0}
    lost = {"variant_id": str(lamp.variants[1].variant_id), "quantity": 1}
    assert fields(await asked(it, shop, lines=[lost])) == {"lines[0].variant_id"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lines": []}, "lines"),
        ({"lines": [{"variant_id": str(uuid7()), "quantity": 1}] * 201}, "lines"),
        ({"lines": [{"variant_id": "x", "quantity": 1}]}, "lines[0].variant_id"),
        ({"lines": [{"variant_id": str(uuid7()), "quantity": 0}]}, "lines[0].quantity"),
        ({"lines": [{"variant_id": str(uuid7()), "quantity": 1000}]}, "lines[0].quantity"),
        ({"lines": [{"variant_id": str(uuid7()), "quantity": 2**70}]}, "lines[0].quantity"),
        ({"lines": "x"}, "lines"),
        ({"address": {}}, "address.zip"),
        ({"address": {"zip": "1"}}, "address.zip"),
        ({"address": {"zip": "\0\0\0"}}, "address.zip"),
        ({"address": {"zip": "1" * 13}}, "address.zip"),
        ({"address": {"zip": "02139", "country": "usa"}}, "address.country"),
        ({"address": None}, "address"),
    ],
)
async def test_a_bad_question_names_the_field(it: Alone, shop: Store, change: dict[str, Any], field: str) -> None:
    lamp = await for_sale(it, 100, store=shop)
    assert fields(await asked(it, shop, (lamp, 1), **change)) == {field}


async def test_the_farthest_and_most_is_no_error_of_ours(it: Alone, shop: Store) -> None:
    lamps = [await for_sale(it, 10**13, store=shop) for _ in range(3)]
    await accepted(it, shop, {**DISTANCE, "factor": 10_000})
    await a_warehouse(it, "000", store=shop)
    answer = await asked(it, shop, *((lamp, 999) for lamp in lamps), zip="999999999999")
    assert answer.status_code == 200, answer.text


zips = st.integers(0, 999_999)  # farther off a price could pass the most that money may be


@given(st.lists(zips, min_size=1, max_size=5), zips, st.integers(1, 999), st.integers(0, 10_000))
def test_distance_is_the_least_over_the_warehouses(origins: list[int], to: int, items: int, factor: int) -> None:
    rate = Rate(code="v", name="V", kind="distance", factor=factor, origins=[f"{origin:05}" for origin in origins])
    cost = rate.cost(items=items, subtotal=0, to_zip=f"{to:05}")
    assert cost == min(factor * abs(origin - to + 1) * items for origin in origins)


@given(st.text(max_size=14))
def test_any_zip_is_a_number_or_none(text: str) -> None:
    number = zip_number(text)
    assert number is None or number >= 0
