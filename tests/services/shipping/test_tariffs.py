"""Rates by zone, weight, price, number, zip, and at a warehouse."""

from typing import Any

import httpx
import pytest

from tests.harness import Alone
from tests.services.shipping.parcels import a_warehouse, for_sale
from tests.services.shipping.test_rates import FLAT, QUOTES, RATES, accepted, asked, costs, fields, put, shop
from tradehall.contracts.shipping import ShippingRatesChanged
from tradehall.contracts.stores import Store

SERVICE = "shipping"
ZONES = "/api/v1/shipping/zones"
HOME = {"code": "home", "name": "New England", "countries": ["US"], "zips": ["02139", "021*", "03000..03999"]}
NORTH = {"code": "north", "name": "North America", "countries": ["US", "CA"]}
HEAVY = {"code": "heavy", "name": "Freight", "kind": "weight"}
BANDS = [{"most": 500, "price": 490}, {"least": 501, "most": 2000, "price": 990}, {"least": 2001, "price": 2990}]

__all__ = ["shop"]  # fixture


async def zoned(it: Alone, shop: Store, *zones: dict[str, Any]) -> httpx.Response:
    return await it.client("store_admin", store=shop).put(ZONES, json={"zones": zones})


async def there(it: Alone, shop: Store, lamp: Any, zip: str, country: str = "US") -> set[str]:
    """Which options there are for one lamp."""
    answer = await asked(it, shop, (lamp, 1), address={"zip": zip, "country": country})
    assert answer.status_code == 200, answer.text
    return {option["code"] for option in answer.json()["options"]}


async def test_rates_reach_their_zones_and_what_is_in_none_is_the_rest(it: Alone, shop: Store) -> None:
    lamp = await for_sale(it, 100, store=shop)
    assert (await zoned(it, shop, HOME, NORTH)).status_code == 200
    await accepted(
        it,
        shop,
        {**FLAT, "code": "van", "zones": ["home"]},
        {**FLAT, "code": "post", "zones": ["home", "north"]},
        {**FLAT, "code": "air", "zones": ["rest"]},
        {**FLAT, "code": "any"},
    )
    assert await there(it, shop, lamp, "02139-4307") == {"van", "post", "any"}
    assert await there(it, shop, lamp, "02199") == {"van", "post", "any"}
    assert await there(it, shop, lamp, "03500") == {"van", "post", "any"}
    assert await there(it, shop, lamp, "04000") == {"post", "any"}
    assert await there(it, shop, lamp, "K1A 0B1", "CA") == {"post", "any"}
    assert await there(it, shop, lamp, "02139", "DE") == {"air", "any"}
    assert (await zoned(it, shop, {**HOME, "countries": ["DE"]}, NORTH)).status_code == 200
    assert await there(it, shop, lamp, "02139", "DE") == {"van", "post", "any"}
    told = (await it.published(ShippingRatesChanged, count=3, store=shop))[-1].rates
    assert [zone.countries for zone in told[0].reach] == [["DE"]]
    assert [zone.code for zone in told[2].beyond or []] == ["home", "north"]


async def test_a_rate_that_reaches_nobody_leaves_no_option(it: Alone, shop: Store) -> None:
    lamp = await for_sale(it, 100, store=shop)
    await zoned(it, shop, HOME)
    await accepted(it, shop, {**FLAT, "zones": ["home"]})
    assert await there(it, shop, lamp, "90210") == set()


@pytest.mark.parametrize(
    ("zones", "names"),
    [
        ([{**HOME, "code": "rest"}], {"zones[0].code"}),
        ([{**HOME, "code": "A"}], {"zones[0].code"}),
        ([HOME, HOME], {"zones[1].code"}),
        ([{**HOME, "name": ""}], {"zones[0].name"}),
        ([{**HOME, "countries": []}], {"zones[0].countries"}),
        ([{**HOME, "countries": ["US", "usa"]}], {"zones[0].countries[1]"}),
        ([{**HOME, "zips": ["02139", ""]}], {"zones[0].zips[1]"}),
        ([{**HOME, "zips": ["*"]}], {"zones[0].zips[0]"}),
        ([{**HOME, "zips": ["\0\0\0"]}], {"zones[0].zips[0]"}),
        ([{**HOME, "zips": ["1000..20000"]}], {"zones[0].zips[0]"}),
        ([{**HOME, "zips": ["03000..02000"]}], {"zones[0].zips[0]"}),
        ([{**HOME, "zips": ["01000-02999"]}], {"zones[0].zips[0]"}),
        ([{**HOME, "zips": [f"{i:05}" for i in range(500)]}], {"zones"}),
    ],
)
async def test_a_bad_zone_names_the_field(it: Alone, shop: Store, zones: list[Any], names: set[str]) -> None:
    assert fields(await zoned(it, shop, *zones)) == names
    assert (await it.client("store_admin", store=shop).get(ZONES)).json() == {"zones": []}


async def test_a_zone_that_a_rate_goes_to_stays(it: Alone, shop: Store) -> None:
    await zoned(it, shop, HOME, NORTH)
    await accepted(it, shop, {**FLAT, "zones": ["home"]})
    refused = await zoned(it, shop, NORTH)
    assert fields(refused) == {"zones"}
    assert "home: the rate post goes there" in refused.text
    assert (await zoned(it, shop, HOME)).status_code == 200
    assert fields(await put(it, shop, {**FLAT, "zones": ["home", "south"]})) == {"rates[0].zones[1]"}


async def test_weight_decides_by_the_first_band_that_holds_it(it: Alone, shop: Store) -> None:
    lamp = await for_sale(it, 100, store=shop)  # of 500 g
    await accepted(it, shop, {**HEAVY, "bands": BANDS})
    assert await costs(it, shop, (lamp, 1)) == {"heavy": 490}
    assert await costs(it, shop, (lamp, 2)) == {"heavy": 990}
    assert await costs(it, shop, (lamp, 4)) == {"heavy": 990}
    assert await costs(it, shop, (lamp, 5)) == {"heavy": 2990}
    await accepted(it, shop, {**HEAVY, "bands": BANDS[:2]}, FLAT)
    assert await costs(it, shop, (lamp, 5)) == {"post": 500}, "too heavy for it"


async def test_price_items_and_zip_decide_too(it: Alone, shop: Store) -> None:
    lamp = await for_sale(it, 2500, store=shop)
    await accepted(
        it,
        shop,
        {
            "code": "p",
            "name": "P",
            "kind": "price",
            "bands": [{"most": 4999, "price": 700}, {"least": 5000, "price": 300}],
        },
        {
            "code": "i",
            "name": "I",
            "kind": "items",
            "bands": [{"least": 1, "most": 2, "price": 100}, {"least": 3, "price": 200}],
        },
        {"code": "z", "name": "Z", "kind": "zip", "bands": [{"least": 1000, "most": 2999, "price": 50}]},
    )
    assert await costs(it, shop, (lamp, 1), zip="02139-4307") == {"p": 700, "i": 100, "z": 50}
    assert await costs(it, shop, (lamp, 3), zip="03000") == {"p": 300, "i": 200}
    assert await costs(it, shop, (lamp, 3), zip="SW1A 1AA") == {"p": 300, "i": 200}


async def test_free_from_an_amount_is_free_only_where_it_goes(it: Alone, shop: Store) -> None:
    lamp = await for_sale(it, 2500, store=shop)
    await zoned(it, shop, HOME)
    await accepted(it, shop, {**HEAVY, "bands": BANDS[:2], "free_from": 5000, "zones": ["home"]})
    assert await costs(it, shop, (lamp, 1)) == {"heavy": 490}
    assert await costs(it, shop, (lamp, 2)) == {"heavy": 0}
    assert await costs(it, shop, (lamp, 5)) == {}, "too heavy"
    assert await costs(it, shop, (lamp, 2), zip="90210") == {}


def by_weight(*bands: dict[str, Any]) -> dict[str, Any]:
    return {**HEAVY, "bands": list(bands)}


@pytest.mark.parametrize(
    ("rate", "names"),
    [
        (by_weight(), {"bands"}),
        ({**FLAT, "bands": BANDS}, {"bands"}),
        (by_weight({"most": 500, "price": 1}, {"least": 500, "price": 2}), {"bands[1].least"}),
        (by_weight({"most": 500, "price": 1}, {"least": 400, "most": 900, "price": 2}), {"bands[1].least"}),
        (by_weight({"most": 500, "price": 1}, {"least": 502, "price": 2}), {"bands[1].least"}),
        (by_weight({"price": 1}, {"least": 500, "price": 2}), {"bands[0].most"}),
        (by_weight({"least": 9, "most": 8, "price": 1}), {"bands[0].most"}),
        (by_weight({"least": -1, "price": 1}), {"bands[0].least"}),
        (by_weight({"price": -1}), {"bands[0].price"}),
        (by_weight({"price": 10**13 + 1}), {"bands[0].price"}),
        (by_weight({"most": 10**14, "price": 1}), {"bands[0].most"}),
        (by_weight({}), {"bands[0].price"}),
        (by_weight(*[{"price": 1}] * 51), {"bands"}),
        ({**FLAT, "zones": ["nowhere"]}, {"zones[0]"}),
        ({**FLAT, "reach": [HOME]}, {"reach"}),
        ({**FLAT, "beyond": []}, {"beyond"}),
        ({**FLAT, "days_from": 2}, {"days_to"}),
        ({**FLAT, "days_to": 2}, {"days_from"}),
        ({**FLAT, "days_from": 3, "days_to": 2}, {"days_to"}),
        ({**FLAT, "days_from": -1, "days_to": 2}, {"days_from"}),
        ({**FLAT, "kind": "pickup"}, {"warehouse"}),
        ({**FLAT, "kind": "pickup", "warehouse": "nowhere"}, {"warehouse"}),
        ({**FLAT, "warehouse": "w"}, {"warehouse"}),
        ({**FLAT, "kind": "pickup", "pickup": {}}, {"pickup"}),
    ],
)
async def test_a_bad_table_names_the_field(it: Alone, shop: Store, rate: dict[str, Any], names: set[str]) -> None:
    answer = await put(it, shop, rate)
    assert {name.removeprefix("rates[0].") for name in fields(answer)} == names
    assert (await it.client(store=shop).get(RATES)).json()["rates"][0]["code"] == "standard"


async def test_a_pick_up_costs_nothing_and_says_where(it: Alone, shop: Store) -> None:
    lamp = await for_sale(it, 100, store=shop)
    id = await a_warehouse(it, "04101", store=shop)
    await accepted(it, shop, {"code": "shop", "name": "Our shop", "kind": "pickup", "warehouse": "w"}, FLAT)
    first, second = (await asked(it, shop, (lamp, 1), zip="90210")).json()["options"]
    assert (first["code"], first["kind"], first["price"]["amount"]) == ("shop", "pickup", 0)
    assert (first["pickup"]["name"], first["pickup"]["address"]["zip"]) == ("W", "04101")
    assert second == {"code": "post", "name": "Post", "price": {"amount": 500, "currency": "USD"}}
    await a_warehouse(it, "04102", store=shop, id=id)
    first, _ = (await asked(it, shop, (lamp, 1))).json()["options"]
    assert first["pickup"]["address"]["zip"] == "04102"
    await a_warehouse(it, "04102", store=shop, id=id, active=False)
    assert await costs(it, shop, (lamp, 1)) == {"post": 500}
    told = (await it.published(ShippingRatesChanged, count=4, store=shop))[-1].rates
    assert told[0].pickup is None


async def test_an_option_says_how_long_it_takes(it: Alone, shop: Store) -> None:
    lamp = await for_sale(it, 100, store=shop)
    await accepted(it, shop, {**FLAT, "days_from": 2, "days_to": 4})
    (option,) = (await asked(it, shop, (lamp, 1))).json()["options"]
    assert (option["days_from"], option["days_to"]) == (2, 4)


async def test_what_a_variant_weighs_follows_the_catalogue(it: Alone, shop: Store) -> None:
    lamp = await for_sale(it, 100, store=shop)
    (row,) = await it.sql("SELECT weight_g FROM variants WHERE id = $1", lamp.variants[0].variant_id, store=shop)
    assert row["weight_g"] == 500


async def test_zones_are_the_admins(it: Alone, shop: Store) -> None:
    for roles, status in (((), 401), (("shopper",), 403), (("seller",), 403), (("warehouse_manager",), 403)):
        client = it.client(*roles, store=shop)
        assert (await client.get(ZONES)).status_code == status
        assert (await client.put(ZONES, json={"zones": []})).status_code == status
    await zoned(it, shop, HOME)
    assert (await it.client("store_admin").get(ZONES)).json() == {"zones": []}
    assert (await it.client(store=shop).post(QUOTES, content=b"")).status_code in (400, 422)
