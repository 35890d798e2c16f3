"""The book of sales, and the report that adds it up."""

import csv
import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from tests.harness import Alone, a_store
from tests.makers import a_product, an_address, lines_of
from tests.pdf import text_of
from tests.services.analytics.book import REPORT, figures, left, less, lines, report, sold
from tradehall.contracts.catalog import ProductCreated
from tradehall.contracts.identity import SellerCreated
from tradehall.contracts.inventory import WarehouseUpdated
from tradehall.contracts.orders import OrderCancelled
from tradehall.contracts.stores import Store
from tradehall.kernel.ids import uuid7

SERVICE = "analytics"


@pytest.fixture
async def shop(it: Alone) -> Store:
    """A store in which nothing was done yet."""
    store = a_store(f"s{uuid7().hex[-12:]}")
    it.running.stores.put(store)
    return store


async def total(it: Alone, shop: Store, **asked: Any) -> tuple[int, int, int, int]:
    return figures((await report(it, store=shop, **asked))["total"])


async def test_a_confirmed_order_is_a_sale_with_its_shipping(it: Alone, shop: Store) -> None:
    await sold(it, *lines_of(a_product(1000, 2500), 2, 1), shipping=490, store=shop)
    found = await report(it, store=shop)
    assert figures(found["total"]) == (3, 4500, 3825, 490)
    assert found["total"]["margin"] == 675
    assert found["total"]["estimated"] == 3825
    assert found["total"]["price"] == 1500
    assert [row["keys"] for row in found["items"]] == [[{"name": datetime.now(UTC).date().isoformat(), "id": None}]]


async def test_what_a_way_to_pay_takes_off_is_taken_off_its_lines(it: Alone, shop: Store) -> None:
    (line,) = lines_of(a_product(1000), 3)
    await sold(it, msgspec.structs.replace(line, adjustment=-150), shipping=490, store=shop)
    assert await total(it, shop) == (3, 2850, 2550, 490)


async def test_what_is_told_twice_is_sold_once(it: Alone, shop: Store) -> None:
    order = await sold(it, store=shop)
    await it.given(order, key=order.order_id, store=shop)
    assert await total(it, shop) == (2, 2000, 1700, 0)


async def test_a_cancelled_order_leaves_nothing(it: Alone, shop: Store) -> None:
    order = await sold(it, shipping=490, store=shop)
    cancelled = OrderCancelled(order_id=order.order_id, cancellation_reason="Changed my mind.")
    whole = less(order, lines(order)[0], 2, shipping=490, kind="cancelled", whole=True)
    for event in (cancelled, whole, cancelled):
        await it.given(event, key=order.order_id, store=shop)
        assert await total(it, shop) == (0, 0, 0, 0)


async def test_an_order_that_was_never_confirmed_is_no_sale(it: Alone, shop: Store) -> None:
    order_id = uuid7()
    await it.given(OrderCancelled(order_id=order_id, cancellation_reason="Expired."), key=order_id, store=shop)
    assert await total(it, shop) == (0, 0, 0, 0)


async def test_parts_come_back_with_what_orders_said_of_them(it: Alone, shop: Store) -> None:
    order = await sold(it, *lines_of(a_product(1000), 3), shipping=490, store=shop)
    (line,) = lines(order)
    await it.given(less(order, line, 1, amount=900, shipping=100), key=order.order_id, store=shop)
    assert await total(it, shop) == (2, 2100, 1700, 390)
    await it.given(less(order, line, 1, restock=False), key=order.order_id, store=shop)
    assert await total(it, shop) == (1, 1100, 1700, 390)  # what is broken has cost what it cost
    await it.given(OrderCancelled(order_id=order.order_id, cancellation_reason="."), key=order.order_id, store=shop)
    assert await total(it, shop) == (0, 0, 0, 0)


async def test_the_cost_of_the_moment_of_the_sale_counts(it: Alone, shop: Store) -> None:
    product = a_product(1000)
    await it.given(product, key=product.product_id, store=shop)
    admin = it.client("store_admin", store=shop)
    path = f"/api/v1/costs/{product.variants[0].variant_id}"
    day = datetime.now(UTC).date()
    for unit, since in ((300, day - timedelta(days=10)), (400, day), (900, day + timedelta(days=2))):
        answer = await admin.put(path, json={"unit": unit, "valid_from": since.isoformat()})
        assert answer.status_code == 200, answer.text
    assert [one["unit"] for one in answer.json()["items"]] == [900, 400, 300]
    await sold(it, *lines_of(product, 2), store=shop)
    assert await total(it, shop) == (2, 2000, 800, 0)
    assert (await report(it, store=shop))["total"]["estimated"] == 0
    assert (await admin.delete(f"{path}/{day}")).status_code == 204
    await sold(it, *lines_of(product, 1), store=shop)
    assert await total(it, shop) == (3, 3000, 1100, 0)


async def test_the_stores_margin_says_the_cost_where_none_is_known(it: Alone, shop: Store) -> None:
    admin = it.client("store_admin", store=shop)
    await admin.put("/api/v1/analytics/settings", json={"clicks": "counted", "margin": 33})
    await sold(it, *lines_of(a_product(1001), 1), store=shop)
    assert await total(it, shop) == (1, 1001, 671, 0)  # 330.33 are earned


async def test_goods_are_of_the_warehouses_they_left(it: Alone, shop: Store) -> None:
    near, far = uuid7(), uuid7()
    for id, code in ((near, "near"), (far, "far")):
        told = WarehouseUpdated(warehouse_id=id, code=code, name=code.title(), address=an_address())
        await it.given(told, key=id, store=shop)
    order = await sold(it, *lines_of(a_product(1000, 333), 3, 3), shipping=490, store=shop)
    one, two = lines(order)
    await it.given(left(order, (one, near, 1), (one, far, 2)), key=shop.id, store=shop)
    await it.given(less(order, one, 1, amount=1000), key=order.order_id, store=shop)
    found = await report(it, ["warehouse"], store=shop)
    by_name = {row["keys"][0]["name"]: figures(row) for row in found["items"]}
    assert by_name["Near"][1] + by_name["Far"][1] == 2000
    assert by_name["Near"][0] + by_name["Far"][0] == 2
    assert by_name[""] == (3, 999, 849, 490)  # has not left, and shipping
    whole = [figures(row) for row in found["items"]]
    assert tuple(map(sum, zip(*whole, strict=True))) == figures(found["total"])
    assert (await total(it, shop, warehouse=str(near)))[1] == by_name["Near"][1]
    await it.given(left(order, (two, near, 3)), key=shop.id, store=shop)
    assert (await total(it, shop, warehouse=str(near)))[1] == by_name["Near"][1] + 999


@pytest.mark.parametrize("by", ["day", "week", "month", "product", "variant", "seller", "warehouse", "area", "type"])
async def test_every_way_of_adding_up_adds_up_to_the_same(it: Alone, shop: Store, by: str) -> None:
    product = _typed(a_product(1000, 1250))
    seller = _a_seller(product)
    await it.given(product, key=product.product_id, store=shop)
    await it.given(seller, key=seller.seller_id, store=shop)
    order = await sold(it, *lines_of(product, 1, 2), shipping=100, store=shop, address=an_address(region="MA"))
    await sold(it, *lines_of(a_product(700), 1), store=shop, address=an_address(region="NY"))
    await it.given(less(order, lines(order)[1], 1), key=order.order_id, store=shop)
    found = await report(it, [by], store=shop)
    sums = tuple(map(sum, zip(*map(figures, found["items"]), strict=True)))
    assert sums == figures(found["total"]) == (3, 2950, 2507, 100)
    names = {key["name"] for row in found["items"] for key in row["keys"]}
    wanted = {
        "product": {"Lamp", "Lamp 0", "Shipping"},
        "seller": {"Northlight", ""},
        "area": {"MA", "NY"},
        "type": {"lamps", ""},
    }
    assert names == wanted.get(by, names)


def _typed(product: ProductCreated) -> ProductCreated:
    return msgspec.structs.replace(product, categories=["home", "lamps"])


def _a_seller(product: ProductCreated) -> SellerCreated:
    return SellerCreated(
        seller_id=product.seller_id, user_id=uuid7(), slug="northlight", name="Northlight", description=""
    )


async def test_filters_narrow_it_down(it: Alone, shop: Store) -> None:
    product = _typed(a_product(1000))
    await it.given(product, key=product.product_id, store=shop)
    await sold(it, *lines_of(product, 1), store=shop, address=an_address(zip="98101", region="WA"))
    await sold(it, store=shop)
    for asked in (
        {"type": "home"},
        {"type": "lamps"},
        {"region": "WA"},
        {"zip": "98101"},
        {"product": str(product.product_id)},
        {"seller": str(product.seller_id)},
    ):
        assert (await total(it, shop, **asked))[1] == 1000, asked
    assert (await total(it, shop, country="DE"))[1] == 0
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    assert (await total(it, shop, until=yesterday))[1] == 0


async def test_days_are_those_of_the_stores_clock(it: Alone) -> None:
    east = a_store(f"s{uuid7().hex[-12:]}", timezone="Pacific/Kiritimati")
    it.running.stores.put(east)
    late = datetime(2026, 3, 31, 11, 30, tzinfo=UTC)  # half past one in the night of the first of April
    order = await sold(it, store=east)
    assert order.timestamp.tzinfo is not None
    moved = msgspec.structs.replace(order, order_id=uuid7(), timestamp=late)
    await it.given(moved, key=moved.order_id, store=east)
    found = await report(it, ["month"], store=east, since="2026-03-01", until="2026-04-30")
    assert [row["keys"][0]["name"] for row in found["items"]] == ["2026-04-01"]


async def test_sellers_see_their_own(it: Alone, shop: Store) -> None:
    mine, others = a_product(1000), a_product(5000)
    await sold(it, *lines_of(mine, 1), *lines_of(others, 1), shipping=490, store=shop)
    seller = it.client("seller", "shopper", seller_id=mine.seller_id, store=shop)
    found = await report(it, ["product"], client=seller, seller=str(others.seller_id))
    assert figures(found["total"]) == (1, 1000, 850, 0)
    assert (await it.client("shopper", store=shop).get(REPORT)).status_code == 403
    assert (await it.client("support", store=shop).get(REPORT)).status_code == 403


async def test_pages_of_a_report(it: Alone, shop: Store) -> None:
    for price in (500, 700, 900):
        await sold(it, *lines_of(a_product(price), 1), store=shop)
    seen, cursor = [], ""
    while cursor is not None:
        page = await report(it, ["product"], store=shop, limit=2, cursor=cursor)
        seen += [row["revenue"] for row in page["items"]]
        cursor = page["next"]
        assert page["total"]["revenue"] == 2100
    assert seen == [900, 700, 500]


async def test_wrong_questions(it: Alone, shop: Store) -> None:
    admin = it.client("store_admin", store=shop)
    for asked in (
        {"by": "moon"},
        {"since": "2026-02-02", "until": "2026-02-01"},
        {"since": "0001-01-01"},
        {"cursor": "x"},
    ):
        assert (await admin.get(REPORT, params=asked)).status_code == 422, asked
    assert (await admin.get(REPORT, params={"by": ["day", "product", "seller", "area"]})).status_code == 422


async def a_file(it: Alone, shop: Store, format: str, *by: str) -> httpx.Response:
    answer = await it.client("store_admin", store=shop).get(f"{REPORT}/file", params={"format": format, "by": list(by)})
    assert answer.status_code == 200, answer.text
    assert f'.{format}"' in answer.headers["content-disposition"]
    return answer


async def evil(it: Alone, shop: Store) -> None:
    product = a_product(1000)
    named = msgspec.structs.replace(product, name='=HYPERLINK("http://evil.example","Lamp")')
    await it.given(named, key=product.product_id, store=shop)
    await sold(it, *lines_of(product, 2), shipping=490, store=shop)


async def test_a_csv_has_the_same_figures_and_no_formula(it: Alone, shop: Store) -> None:
    await evil(it, shop)
    answer = await a_file(it, shop, "csv", "product")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == [
        "Product",
        "Orders",
        "Quantity",
        "Price",
        "Revenue",
        "Cost",
        "of it estimated",
        "Margin",
        "Margin %",
        "Shipping",
    ]
    assert rows[1][0] == '\'=HYPERLINK("http://evil.example","Lamp")'
    assert rows[1][1:] == ["1", "2", "10.00", "20.00", "17.00", "17.00", "3.00", "15.0", "0.00"]
    assert rows[-1] == ["Total", "1", "2", "10.00", "20.00", "17.00", "17.00", "3.00", "15.0", "4.90"]


async def test_an_xlsx_has_numbers_and_no_formula(it: Alone, shop: Store) -> None:
    await evil(it, shop)
    book = zipfile.ZipFile(io.BytesIO((await a_file(it, shop, "xlsx", "product", "area")).content))
    page = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in page
    assert "<v>20</v>" in page
    assert "HYPERLINK" in page or "HYPERLINK" in book.read("xl/sharedStrings.xml").decode()


async def test_a_pdf_says_what_the_table_says(it: Alone, shop: Store) -> None:
    await evil(it, shop)
    asked = ("variant", "seller", "day")
    content = (await a_file(it, shop, "pdf", *asked)).content
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
    printed = text_of(content).splitlines()
    rows = csv.reader(io.StringIO((await a_file(it, shop, "csv", *asked)).content.decode("utf-8-sig")))
    assert printed[2:] == [" ".join(filter(None, row)) for row in rows]
