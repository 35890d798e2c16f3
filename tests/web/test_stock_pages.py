"""The back office's stock pages, with the real inventory behind them."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.harness import Alone, together
from tests.makers import lines_of, placed
from tests.services.inventory.stocking import a_warehouse, backorder, change, first, known, level, staff_of
from tests.web.browser import Browser
from tradehall.app import load
from tradehall.contracts.catalog import ProductCreated
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings
from tradehall.web.sessions import SESSION, Tokens


@pytest.fixture(scope="module")
async def it(servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    async with together(load(["inventory", "web"]), servers, tmp_path_factory.mktemp("stock-pages")) as harness:
        yield harness


def browser(it: Alone, *roles: str, **who: Any) -> Browser:
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(it.app),
        base_url=f"http://{it.store.hosts[0]}",
        headers={"accept": "text/html"},
        cookies={SESSION: Tokens(it.token(*roles, **who), "none").to_cookie()},
    )
    it.clients.append(client)
    return Browser(client)


async def stocked(it: Alone, quantity: int = 5) -> ProductCreated:
    for code, zip_code in (("main", "02139"), ("far", "90210")):
        await a_warehouse(it, code, zip_code)
    lamp = await known(it)
    if quantity:
        await change(it.client("store_admin"), "receive", first(lamp), quantity)
    return lamp


async def test_stock_is_listed_filtered_and_found(it: Alone) -> None:
    lamp, oar = await stocked(it, 50), await known(it)
    few = await stocked(it, 3)
    admin, sku = browser(it, "store_admin"), lamp.variants[0].sku
    assert "status-warn" in (await admin.open(f"/admin/stock?sku={few.variants[0].sku}")).text
    assert "status-warn" not in (await admin.open(f"/admin/stock?sku={sku}")).text
    assert few.variants[0].sku in (await admin.open("/admin/stock?low=true")).text
    assert sku in (await admin.open("/admin/stock?warehouse=main")).text
    assert sku not in (await admin.open("/admin/stock?warehouse=far")).text
    assert sku not in (await admin.open("/admin/stock?low=true")).text
    assert sku in (await admin.open(f"/admin/stock?sku={sku}")).text
    page = await admin.open(f"/admin/stock/find?sku={oar.variants[0].sku}")
    assert page.url.path == f"/admin/stock/{first(oar)}"
    assert "Nothing of it came in yet" in page.text
    for wrong in ("nothing", "", "a%00", "x" * 200):
        page = await admin.open(f"/admin/stock/find?sku={wrong}")
        assert (page.status_code, "no article with this SKU" in page.text) == (404, True)
    assert (await admin.open("/admin/stock?warehouse=Main")).status_code == 422


async def test_goods_are_moved_and_seen_to_have_moved(it: Alone) -> None:
    lamp = await stocked(it)
    admin, here = browser(it, "store_admin"), f"/admin/stock/{first(lamp)}"
    await admin.open(here)
    page = await admin.send(f"{here}/move", kind="receive", quantity="4", reason="delivery", reference="DN-5")
    assert "It is in the books" in page.text
    assert "DN-5" in page.text
    await admin.send(f"{here}/move", kind="adjust", quantity="-1", reason="broken")
    page = await admin.send(f"{here}/transfer", **{"from": "main", "to": "far", "quantity": "3"})
    assert await level(it, first(lamp)) == (8, 0)
    assert "Brought over" in page.text
    for wrong, says in (
        ({"quantity": "many"}, "Quantity"),
        ({"quantity": "9999", "kind": "remove"}, "are there, 0 of them held"),
        ({"quantity": "1", "kind": "adjust"}, "Reason"),
    ):
        page = await admin.send(f"{here}/move", **wrong)
        assert page.status_code in (409, 422)
        assert says in page.text
    assert (await admin.client.post(f"{here}/move", data={"quantity": "1"})).status_code == 403, "forged"
    assert await level(it, first(lamp)) == (8, 0)


async def test_threshold_and_backorder_are_set_and_who_waits_is_shown(it: Alone) -> None:
    lamp = await stocked(it, 0)
    admin, here = browser(it, "warehouse_manager"), f"/admin/stock/{first(lamp)}"
    await admin.open(here)
    page = await admin.send(f"{here}/threshold", threshold="3")
    assert 'value="3"' in page.text
    page = await admin.send(f"{here}/backorder", policy="allow", limit="2")
    order = placed(lines_of(lamp, 2))
    await it.given(order, key=order.order_id)
    page = await admin.open(here)
    assert "2 of 2" in page.text
    assert f"/admin/orders/{order.order_id}" in (await admin.open("/admin/backorders")).text
    await admin.open(here)
    assert (await admin.send(f"{here}/backorder", policy="allow", limit="-1")).status_code == 422
    await admin.send(f"{here}/backorder", policy="deny", limit="7")
    (row,) = await it.sql("SELECT backorder, backorder_limit FROM variants WHERE id = $1", first(lamp))
    assert (row["backorder"], row["backorder_limit"]) == (False, None)


async def test_movements_are_filtered_and_exported(it: Alone) -> None:
    lamp = await stocked(it)
    admin, sku = browser(it, "store_admin"), lamp.variants[0].sku
    page = await admin.open(f"/admin/movements?sku={sku}")
    assert "Came in" in page.text
    assert page.text.count(f"/admin/stock/{first(lamp)}") == 1
    assert "Nothing moved" in (await admin.open(f"/admin/movements?sku={sku}&kind=remove")).text
    assert "Nothing moved" in (await admin.open(f"/admin/movements?sku={sku}&until=2020-01-01")).text
    assert "Came in" in (await admin.open(f"/admin/movements?sku={sku}&since=2020-01-01&kind=strange")).text
    assert (await admin.open("/admin/movements?since=yesterday")).status_code == 422
    answer = await admin.client.get(f"/admin/movements.csv?sku={sku}")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert sku in answer.text
    assert (await admin.client.get("/admin/movements.csv?since=yesterday")).status_code == 422


async def test_a_warehouse_is_added_changed_staffed_closed_and_opened(it: Alone) -> None:
    await stocked(it)
    await staff_of(it)
    admin, code = browser(it, "store_admin"), f"shed-{uuid7().hex[-6:]}"
    place = {"title": "Shed", "line1": "1 Lane", "zip": "10001", "city": "New York", "country": "US", "priority": "3"}
    await admin.open("/admin/warehouses")
    page = await admin.send("/admin/warehouses", code=code, **{**place, "zip": "?"})
    assert page.status_code == 422
    assert "1 Lane" in page.text, "what was typed stays"
    page = await admin.send("/admin/warehouses", code=code, **place)
    assert page.url.path == f"/admin/warehouses/{code}"
    page = await admin.send(f"/admin/warehouses/{code}/save", title="Big shed", priority="")
    assert "Big shed" in page.text
    (person, *_) = await it.sql("SELECT id FROM people WHERE 'warehouse_staff' = ANY(roles)")
    page = await admin.send(f"/admin/warehouses/{code}/staff", user_id=str(person["id"]))
    assert "checked" in page.text
    assert "Closed" in (await admin.send(f"/admin/warehouses/{code}/deactivate")).text
    assert "Open" in (await admin.send(f"/admin/warehouses/{code}/activate")).text
    await admin.open("/admin/warehouses/main")
    page = await admin.send("/admin/warehouses/main/deactivate")
    assert (page.status_code, "Transfer or remove them first" in page.text) == (409, True)
    await admin.open("/admin/warehouses")
    for taken in ("main", "a b", "ä"):
        assert (await admin.send("/admin/warehouses", code=taken, **place)).status_code in (409, 422)
    assert (await admin.open("/admin/warehouses/nowhere")).status_code == 404


async def test_a_sheet_is_filled_in_and_booked(it: Alone) -> None:
    lamp, oar = await stocked(it), await known(it)
    admin = browser(it, "store_admin")
    await admin.open("/admin/counts")
    page = await admin.send("/admin/counts", warehouse="main", note="Yearly")
    sheet, name = page.url.path, f"counted-{first(lamp)}"
    assert lamp.variants[0].sku in page.text
    page = await admin.send(f"{sheet}/lines", **{name: "4", "sku": oar.variants[0].sku, "sku_counted": "2"})
    assert "2 lines counted, 2 of them differ" in page.text
    assert "-1" in page.text
    assert "+2" in (await admin.open(f"{sheet}?differing=true")).text
    await admin.open(sheet)
    page = await admin.send(f"{sheet}/lines", **{name: "some"})
    assert (page.status_code, 'value="some"' in page.text) == (422, True)
    await admin.open(sheet)
    page = await admin.send(f"{sheet}/book")
    assert "Booked" in page.text
    assert [await level(it, id) for id in (first(lamp), first(oar))] == [(4, 0), (2, 0)]
    assert "Yearly" in (await admin.open("/admin/counts")).text
    page = await admin.send("/admin/counts", warehouse="main")
    assert "Dropped" in (await admin.send(f"{page.url.path}/drop")).text


async def test_each_sees_what_is_theirs(it: Alone) -> None:
    lamp = await stocked(it)
    await backorder(it.client("store_admin"), first(lamp))
    here = f"/admin/stock/{first(lamp)}"
    seller, stranger = (
        browser(it, "seller", seller_id=lamp.seller_id),
        browser(it, "seller", seller_id=uuid7()),
    )
    page = await seller.open(here)
    assert "Backorder" in page.text
    assert "/admin/payments" not in page.text
    assert (await stranger.open(here)).status_code == 404
    assert lamp.variants[0].sku not in (await stranger.open("/admin/movements")).text
    assert (await seller.open("/admin/warehouses/main")).status_code == 403
    sam = browser(it, "warehouse_staff")
    assert (await sam.open("/admin/stock")).status_code == 200
    assert (await sam.open("/admin/backorders")).status_code == 403
    for path in (
        "/admin/stock",
        here,
        "/admin/movements",
        "/admin/movements.csv",
        "/admin/counts",
        "/admin/warehouses",
    ):
        assert (await browser(it, "shopper").open(path)).status_code == 403
        assert (await browser(it, "support").open(path)).status_code == 403
