"""What is quoted is what an order is charged, for every kind of rate; where nothing is offered, nothing can be ordered."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.harness import Alone, eventually, together
from tests.makers import a_product
from tests.services.orders.buying import ADDRESS, body, post
from tests.services.shipping.parcels import a_warehouse
from tradehall.app import load
from tradehall.contracts.catalog import ProductCreated
from tradehall.contracts.orders import OrderPlaced
from tradehall.kernel.settings import Settings

ZONES = [
    {"code": "home", "name": "Home", "countries": ["US"], "zips": ["02139", "04000..04999"]},
    {"code": "north", "name": "North", "countries": ["CA"]},
]
RATES: list[dict[str, Any]] = [
    {"kind": "flat", "price": 500},
    {"kind": "flat", "price": 500, "free_from": 4000},
    {"kind": "flat", "price": 500, "zones": ["home", "north"]},
    {"kind": "flat", "price": 700, "zones": ["rest"]},
    {"kind": "distance", "factor": 2},
    {"kind": "weight", "bands": [{"most": 1000, "price": 490}, {"least": 1001, "most": 4000, "price": 990}]},
    {"kind": "weight", "bands": [{"most": 4000, "price": 490}], "free_from": 3000, "zones": ["home"]},
    {"kind": "price", "bands": [{"most": 2999, "price": 700}, {"least": 3000, "price": 300}]},
    {"kind": "items", "bands": [{"least": 1, "most": 3, "price": 100}]},
    {"kind": "zip", "bands": [{"least": 1000, "most": 4999, "price": 250}]},
    {"kind": "pickup", "warehouse": "w"},
    {"kind": "pickup", "warehouse": "w", "price": 150, "zones": ["home"]},
]
PLACES = [("02139", "US"), ("04101-1234", "US"), ("90210", "US"), ("K1A 0B1", "CA"), ("10115", "DE")]


@pytest.fixture(scope="module")
async def it(servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    async with together(load(["shipping", "orders"]), servers, tmp_path_factory.mktemp("prices")) as harness:
        await a_warehouse(harness, "04000")
        rates = [{"code": f"r{i}", "name": f"Rate {i}", **rate} for i, rate in enumerate(RATES)]
        admin = harness.client("store_admin")
        for path, sent in (("zones", {"zones": ZONES}), ("rates", {"rates": rates})):
            answer = await admin.put(f"/api/v1/shipping/{path}", json=sent)
            assert answer.status_code == 200, answer.text
        yield harness


async def known(it: Alone, product: ProductCreated) -> None:
    async def both() -> bool:
        found = [
            await it.sql("SELECT 1 FROM variants WHERE id = $1", product.variants[0].variant_id, service=service)
            for service in ("shipping", "orders")
        ]
        told = await it.sql("SELECT jsonb_array_length(rates) AS n FROM rates", service="orders")
        return all(found) and bool(told) and told[0]["n"] == len(RATES)

    await it.given(product, key=product.product_id)
    await eventually(both)


@pytest.mark.parametrize("quantity", [1, 2, 4, 9])
async def test_what_is_quoted_is_what_is_charged(it: Alone, quantity: int) -> None:
    product = a_product(1100)  # of 500 g
    await known(it, product)
    client = it.client()
    charged: set[str] = set()
    for zip_code, country in PLACES:
        to = ADDRESS | {"zip": zip_code, "country": country}
        lines = [{"variant_id": str(product.variants[0].variant_id), "quantity": quantity}]
        answer = await client.post("/api/v1/shipping/quotes", json={"lines": lines, "address": to})
        offered = {option["code"]: option["price"]["amount"] for option in answer.json()["options"]}
        for i, rate in enumerate(RATES):
            code, goods = f"r{i}", 1100 * quantity
            wanted = body((product, quantity), total=goods + offered.get(code, 0), address=to, shipping=code)
            made = await post(client, wanted)
            if code in offered:
                assert made.status_code == 201, (rate, to, made.text)
                assert made.json()["shipping"]["price"]["amount"] == offered[code]
                charged.add(rate["kind"])
                wrong = body((product, quantity), total=goods + offered[code] + 1, address=to, shipping=code)
                assert (await post(client, wrong)).status_code == 409
            else:
                assert made.status_code == 422, (rate, to, made.text)
                assert [error["field"] for error in made.json()["errors"]] == ["shipping"]
    assert charged >= {"flat", "distance", "price", "zip", "pickup"}


async def test_a_refusal_says_whether_it_is_the_place_or_the_order(it: Alone) -> None:
    product = a_product(1100)
    await known(it, product)
    client = it.client()
    far = ADDRESS | {"zip": "10115", "country": "DE"}
    for code, quantity, to, words in (
        ("r2", 1, far, "r2 does not reach the zip code 10115 in DE"),
        ("r5", 9, ADDRESS, "r5 does not take an order of this weight"),
        ("r8", 9, ADDRESS, "r8 does not take an order of this size"),
    ):
        made = await post(client, body((product, quantity), address=to, shipping=code))
        assert [error["rule"] for error in made.json()["errors"]] == [words]


async def test_an_order_that_is_picked_up_still_needs_an_address_and_says_where(it: Alone) -> None:
    product = a_product(1100)
    await known(it, product)
    client = it.client()
    without = body((product, 1), shipping="r10")
    del without["address"]
    assert [error["field"] for error in (await post(client, without)).json()["errors"]] == ["address"]
    made = await post(client, body((product, 1), shipping="r10"))
    assert made.status_code == 201, made.text
    order = made.json()
    (told,) = [event for event in await it.published(OrderPlaced) if str(event.order_id) == order["id"]]
    assert told.pickup is not None
    assert told.pickup.address.zip == "04000"

    async def seen() -> Any:
        answer = await client.get(f"/api/v1/orders/{order['id']}/shipments", params={"token": order["link"]})
        return answer.json() if answer.is_success else None

    assert (await eventually(seen))["pickup"]["name"] == "W"
