"""Rates, zones and carriers in the back office, labels and parcels on the pages of orders, with the real services behind."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.harness import Alone, eventually, together
from tests.services.inventory.stocking import a_warehouse, change, first, known
from tests.services.orders.buying import placed
from tests.web.browser import Browser, Form
from tradehall.app import load
from tradehall.contracts.payments import PaymentProcessed
from tradehall.contracts.values import to_decimal
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings
from tradehall.web.sessions import SESSION, Tokens

SHIPPING = "/admin/shipping"
SERVICES = ["orders", "shipping", "inventory", "web"]


@pytest.fixture(scope="module")
async def it(servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    folder = tmp_path_factory.mktemp("shipping-pages")
    async with together(load(SERVICES), servers, folder, private_carriers=True) as harness:
        await a_warehouse(harness, "main", "04101")

        async def told() -> bool:
            return bool(await harness.sql("SELECT 1 FROM origins", service="shipping"))

        await eventually(told)
        rates = [{"code": "standard", "name": "Post", "price": 500}]
        await harness.client("store_admin").put("/api/v1/shipping/rates", json={"rates": rates})
        yield harness


def browser(it: Alone, *roles: str, **who: Any) -> Browser:
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(it.app),
        base_url=f"http://{it.store.hosts[0]}",
        headers={"accept": "text/html"},
        cookies={SESSION: Tokens(it.token(*roles, **who), "none").to_cookie()} if roles else {},
    )
    it.clients.append(client)
    return Browser(client)


async def rate(it: Alone, code: str) -> dict[str, Any] | None:
    """Asked by an admin: what guests are told may be a second old."""
    found = (await it.client("store_admin").get("/api/v1/shipping/rates")).json()["rates"]
    return next((one for one in found if one["code"] == code), None)


def row(number: int, least: str, most: str, price: str) -> dict[str, str]:
    return {f"band-{number}-least": least, f"band-{number}-most": most, f"band-{number}-price": price}


async def test_a_table_of_weights_is_typed_put_right_and_changed(it: Alone) -> None:
    admin = browser(it, "store_admin")
    await admin.open(f"{SHIPPING}/rates/new?kind=weight")
    typed = {"code": "heavy", "name": "Freight", "days_from": "2", "days_to": "5"}
    page = await admin.send(f"{SHIPPING}/rates", **typed, **row(0, "0", "1000", "4.90"), **row(1, "1002", "", "9,9x"))
    assert page.status_code == 422
    assert "Enter an amount, like 4.90." in page.text
    page = await admin.send(f"{SHIPPING}/rates", **{"band-1-price": "9.90"})
    assert page.status_code == 422
    assert "must be 1001: it leaves a gap" in page.text
    assert Form(page.text, f"{SHIPPING}/rates").fields["band-0-price"] == "4.90"
    page = await admin.send(f"{SHIPPING}/rates", **{"band-1-least": "1001"})
    assert page.url.path == SHIPPING, page.text
    assert "2–5 days" in page.text
    kept = await rate(it, "heavy")
    assert kept is not None
    assert [(band["least"], band["most"], band["price"]) for band in kept["bands"]] == [
        (0, 1000, 490),
        (1001, None, 990),
    ]
    await admin.open(f"{SHIPPING}/rates/heavy")
    page = await admin.send(f"{SHIPPING}/rates/heavy", more="1")
    assert "band-7-least" in Form(page.text, f"{SHIPPING}/rates/heavy").fields
    page = await admin.send(
        f"{SHIPPING}/rates/heavy",
        more=[],
        name="Freight by road",
        **row(1, "1001", "5000", "9.90"),
        **row(6, "5001", "", "20"),
    )
    kept = await rate(it, "heavy")
    assert kept is not None
    assert (kept["name"], len(kept["bands"]), kept["bands"][2]["price"]) == ("Freight by road", 3, 2000)
    assert (await rate(it, "standard") or {})["price"] == 500, "the others stay"
    await admin.open(f"{SHIPPING}/rates/heavy")
    await admin.send(f"{SHIPPING}/rates/heavy/delete")
    assert await rate(it, "heavy") is None


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("flat", {"price": "7.50", "free_from": "100"}, {"price": 750, "free_from": 10_000}),
        ("distance", {"factor": "3", "measure": "earth"}, {"factor": 3, "measure": "earth"}),
        ("price", row(0, "0", "49.99", "7") | row(1, "50", "", "0"), {"bands": [(0, 4999, 700), (5000, None, 0)]}),
        ("items", row(0, "1", "3", "1") | row(2, "4", "", "2"), {"bands": [(1, 3, 100), (4, None, 200)]}),
        ("zip", row(0, "1000", "2999", "1"), {"bands": [(1000, 2999, 100)]}),
        ("pickup", {"warehouse": "main"}, {"warehouse": "main", "price": 0}),
    ],
)
async def test_every_kind_is_made_on_its_page_and_comes_back_as_typed(
    it: Alone, kind: str, typed: dict[str, str], kept: dict[str, Any]
) -> None:
    admin = browser(it, "store_admin")
    await admin.open(f"{SHIPPING}/rates/new?kind={kind}")
    page = await admin.send(f"{SHIPPING}/rates", code=f"of-{kind}", name="Made here", **typed)
    assert page.url.path == SHIPPING, page.text
    made = await rate(it, f"of-{kind}")
    assert made is not None
    made["bands"] = [(band["least"], band["most"], band["price"]) for band in made["bands"]]
    assert {name: made[name] for name in kept} == kept
    path = f"{SHIPPING}/rates/of-{kind}"
    await admin.open(path)
    page = await admin.send(path)
    assert page.url.path == SHIPPING, page.text
    again = await rate(it, f"of-{kind}")
    assert again is not None
    assert {**again, "bands": [tuple(band.values()) for band in again["bands"]]} == made
    await admin.open(path)
    await admin.send(f"{path}/delete")


async def test_the_last_rate_stays(it: Alone) -> None:
    admin = browser(it, "store_admin")
    await admin.open(f"{SHIPPING}/rates/standard")
    page = await admin.send(f"{SHIPPING}/rates/standard/delete")
    assert page.status_code == 409
    assert "one rate at least" in page.text
    assert (await admin.open(f"{SHIPPING}/rates/nothing")).status_code == 404


async def test_zones_are_made_and_a_rate_goes_there(it: Alone) -> None:
    admin, zones = browser(it, "store_admin"), f"{SHIPPING}/zones"
    assert "No zone yet" in (await admin.open(zones)).text
    await admin.open(f"{zones}/new")
    page = await admin.send(zones, code="home", name="Home", countries="us, ca", zips="01000-02999\n03*")
    assert page.status_code == 422
    assert "“01000-02999” must be written 01000..02999" in page.text
    page = await admin.send(zones, zips="01000..02999\n03*")
    assert page.url.path == zones, page.text
    assert "01000..02999, 03*" in page.text
    await admin.open(f"{SHIPPING}/rates/new?kind=flat")
    await admin.send(f"{SHIPPING}/rates", code="near", name="Near", price="1", zones=["home", "rest"])
    near = await rate(it, "near")
    assert near is not None
    assert (near["zones"], near["reach"][0]["countries"]) == (["home", "rest"], ["CA", "US"])
    assert "Home, Rest of the world" in (await admin.open(SHIPPING)).text
    await admin.open(zones)
    page = await admin.send(f"{zones}/home/delete")
    assert page.status_code == 422
    assert "the rate near goes there" in page.text
    await admin.open(f"{SHIPPING}/rates/near")
    await admin.send(f"{SHIPPING}/rates/near/delete")
    await admin.open(zones)
    assert "No zone yet" in (await admin.send(f"{zones}/home/delete")).text


async def test_carriers_are_added_with_what_is_wrong_at_its_field(it: Alone) -> None:
    admin, here = browser(it, "store_admin"), f"{SHIPPING}/carriers"
    await admin.open(f"{here}/new")
    page = await admin.send(here, code="gulls", name="Gulls", url="http://127.0.0.1:9", api_key="short")
    assert page.status_code == 422
    assert "8 to 200 characters" in page.text
    assert 'value="short"' not in page.text, "keys are not written back"
    page = await admin.send(here, api_key="a-key-of-enough", webhook_secret="a-secret-of-sixteen")
    assert page.status_code == 503
    await admin.open(f"{here}/new?carrier=simulated")
    page = await admin.send(here, code="sim", pace="slow")
    assert "Enter seconds, from 0.1 to 86400." in page.text
    page = await admin.send(here, pace="0.2")
    assert page.url.path == here, page.text
    await admin.open(f"{here}/sim")
    assert "Renamed" in (await admin.send(f"{here}/sim", name="Renamed")).text
    page = await admin.send(f"{here}/sim/delete")
    assert "No carrier yet" in page.text


async def confirmed(it: Alone, shipping: str, cost: int) -> dict[str, Any]:
    """An order with its shipment."""
    lamp = await known(it)

    async def known_everywhere() -> bool:
        found = [
            await it.sql("SELECT 1 FROM variants WHERE id = $1", first(lamp), service=service)
            for service in ("shipping", "inventory")
        ]
        rates = await it.sql("SELECT rates::text AS told FROM rates", service="orders")
        return all(found) and bool(rates) and f'"{shipping}"' in rates[0]["told"]

    await eventually(known_everywhere)
    assert (await change(it.client("store_admin"), "receive", first(lamp), 5)).is_success
    order = await placed(it.client(), (lamp, 1), total=100 + cost, shipping=shipping)
    order_id = UUID(order["id"])

    async def held() -> bool:
        return bool(await it.sql("SELECT 1 FROM orders WHERE id = $1 AND stock_held", order_id))

    await eventually(held)
    amount = to_decimal(order["total"]["amount"], "USD")
    paid = PaymentProcessed(order_id=order_id, payment_id=uuid7(), payment_status="SUCCESS", amount=amount)
    await it.given(paid, key=order_id)

    async def prepared() -> bool:
        return bool(await it.sql("SELECT 1 FROM shipments WHERE order_id = $1", order_id, service="shipping"))

    await eventually(prepared)
    return order


async def test_a_label_is_bought_printed_and_the_buyer_sees_the_way(it: Alone) -> None:
    account = {"carrier": "simulated", "name": "Simulated Post", "pace": 0.2}
    await it.client("store_admin").put("/api/v1/shipping/accounts/post", json=account)
    order = await confirmed(it, "standard", 500)
    staff, path = browser(it, "warehouse_staff"), f"/admin/orders/{order['id']}"
    page = await staff.open(path)
    assert "Simulated Post, second-attempt" in page.text
    page = await staff.send(f"{path}/label", **{"with": "post|by balloon"})
    assert page.status_code == 422
    page = await staff.send(f"{path}/label", **{"with": "post|second-attempt"})
    assert page.url.path == path, page.text
    buyer, link = browser(it), f"/orders/{order['id']}?token={order['link']}"

    async def arrived() -> bool:
        return "Handed over" in (await buyer.open(link)).text

    await eventually(arrived, 15)
    for words in ("Nobody was at home", "Handed over, Boston", "In the van, Boston", "Simulated Post"):
        assert words in buyer.page.text
    assert "Print it" not in buyer.page.text
    parcel = order["parcels"][0]["id"]
    label = await staff.open(f"{path}/label/{parcel}")
    assert (label.headers["content-type"], label.content[:5]) == ("application/pdf", b"%PDF-")
    assert (await browser(it, "seller", seller_id=uuid7()).open(f"{path}/label/{parcel}")).status_code == 404
    assert (await browser(it, "shopper").open(f"{path}/label/{parcel}")).status_code == 403


async def test_who_comes_for_the_goods_is_shown_where_and_no_carrier_is_asked(it: Alone) -> None:
    admin_api = it.client("store_admin")
    rates = [
        {"code": "standard", "name": "Post", "price": 500},
        {"code": "shop", "name": "In the shop", "kind": "pickup", "warehouse": "main"},
    ]
    assert (await admin_api.put("/api/v1/shipping/rates", json={"rates": rates})).status_code == 200
    order = await confirmed(it, "shop", 0)
    buyer = browser(it)
    page = await buyer.open(f"/orders/{order['id']}?token={order['link']}")
    assert "Pick up at" in page.text
    assert "Bill to" in page.text
    parcel = order["parcels"][0]["id"]
    refused = await admin_api.post(f"/api/v1/shipments/{parcel}/label", json={"account": "post"})
    assert (refused.status_code, refused.json()["type"]) == (409, "not-sent")
    admin, path = browser(it, "store_admin"), f"/admin/orders/{order['id']}"
    page = await admin.open(path)
    assert "Buy a label" not in page.text
    page = await admin.send(f"{path}/ship")
    assert "Pick-up" in page.text
    page = await admin.send(f"{path}/deliver")
    assert "Delivered" in page.text


async def test_the_pages_are_for_admins(it: Alone) -> None:
    for who in (browser(it, "seller", seller_id=uuid7()), browser(it, "support"), browser(it, "warehouse_manager")):
        for path in (SHIPPING, f"{SHIPPING}/zones", f"{SHIPPING}/carriers", f"{SHIPPING}/rates/new"):
            assert (await who.open(path)).status_code == 403
