"""What has changed about a line since the shopper saw it, until they say that they have seen it."""

from typing import Any

import msgspec

from tests.harness import Alone
from tests.makers import a_product
from tests.services.carts.filling import CART, add, cart_of, changed, fields, first, for_sale, usd
from tradehall.contracts.catalog import ProductCreated, ProductDeleted
from tradehall.contracts.inventory import ProductQuantityUpdated
from tradehall.kernel.ids import uuid7

ACKNOWLEDGE = f"{CART}/acknowledge"


async def in_stock(
    it: Alone, product: ProductCreated, available: int, *, backorder: bool = False, **given: Any
) -> None:
    event = ProductQuantityUpdated(
        product_id=product.product_id, variant_id=first(product), available=available, backorder=backorder
    )
    await it.given(event, key=first(product), **given)


async def altered(it: Alone, product: ProductCreated, **facts: Any) -> None:
    await changed(it, product, variants=[msgspec.structs.replace(product.variants[0], **facts)])


async def test_an_acknowledged_change_is_flagged_no_more_and_the_next_one_is(it: Alone) -> None:
    lamp, guest = await for_sale(it, 1000), it.client()
    await add(guest, first(lamp), 2)
    await altered(it, lamp, price=900, title="Better lamp")
    assert set((await cart_of(guest))["items"][0]["changed"]) == {"price", "title"}
    answer = await guest.post(ACKNOWLEDGE, json={})
    cart = answer.json()
    assert (answer.status_code, cart["version"], cart["items"][0]["changed"]) == (200, 2, None)
    assert cart == await cart_of(guest)
    assert (await guest.post(ACKNOWLEDGE, json={})).json()["version"] == 2, "nothing to acknowledge, nothing written"
    await altered(it, lamp, price=950, title="Better lamp")
    assert (await cart_of(guest))["items"][0]["changed"] == {"price": {"from": usd(900), "to": usd(950)}}


async def test_a_change_that_is_taken_back_is_none(it: Alone) -> None:
    lamp, guest = await for_sale(it, 1000), it.client()
    await add(guest, first(lamp))
    for title, options in (("Other", {}), ("Lamp 0", {"Colour": "red"}), ("Lamp 0", {})):
        await altered(it, lamp, title=title, options=options)
    assert (await cart_of(guest))["items"][0]["changed"] is None


async def test_lines_are_acknowledged_one_by_one(it: Alone) -> None:
    lamp, rug, guest = await for_sale(it, 100), await for_sale(it, 200), it.client()
    for product in (lamp, rug):
        await add(guest, first(product))
        await altered(it, product, price=300)
    cart = (await guest.post(ACKNOWLEDGE, json={"variant_ids": [str(first(rug))]})).json()
    assert [bool(item["changed"]) for item in cart["items"]] == [True, False]
    assert fields(await guest.post(ACKNOWLEDGE, json={"variant_ids": [str(uuid7())]})) == {"variant_ids[0]"}


async def test_what_is_sold_before_it_is_there_is_never_short(it: Alone) -> None:
    lamp, guest = await for_sale(it, 1000), it.client()
    await in_stock(it, lamp, 0, backorder=True)
    await add(guest, first(lamp), 3)
    assert (await cart_of(guest))["items"][0]["changed"] is None
    await in_stock(it, lamp, 1)
    assert (await cart_of(guest))["items"][0]["changed"] == {"availability": "short"}


async def test_fewer_in_stock_than_wanted_is_flagged_and_so_is_their_return(it: Alone) -> None:
    lamp, guest = await for_sale(it, 1000), it.client()
    cart = await add(guest, first(lamp), 3)
    assert (cart["items"][0]["available"], cart["items"][0]["changed"]) == (None, None)
    await in_stock(it, lamp, 2)
    (item,) = (await cart_of(guest))["items"]
    assert (item["available"], item["changed"], item["gone"]) == (2, {"availability": "short"}, False)
    (item,) = (await guest.post(ACKNOWLEDGE, json={})).json()["items"]
    assert item["changed"] == {"availability": "short"}, "still so"
    await in_stock(it, lamp, 3)
    (item,) = (await cart_of(guest))["items"]
    assert (item["available"], item["changed"]) == (3, {"availability": "back"})
    (item,) = (await guest.post(ACKNOWLEDGE, json={})).json()["items"]
    assert item["changed"] is None


async def test_a_quantity_that_is_in_stock_settles_it(it: Alone) -> None:
    lamp, guest = await for_sale(it, 1000), it.client()
    await in_stock(it, lamp, 2)
    cart = await add(guest, first(lamp), 5)
    assert cart["items"][0]["changed"] == {"availability": "short"}
    answer = await guest.put(f"{CART}/items/{first(lamp)}", json={"quantity": 2})
    assert answer.json()["items"][0]["changed"] is None


async def test_the_stock_may_be_known_before_the_product(it: Alone) -> None:
    lamp, guest = a_product(100), it.client()
    await in_stock(it, lamp, 7)
    await in_stock(it, lamp, 1, store=it.other)
    await it.given(lamp, key=lamp.product_id)
    assert (await add(guest, first(lamp)))["items"][0]["available"] == 7


async def test_a_line_that_is_gone_says_why(it: Alone) -> None:
    hidden, deleted, lost, guest = *[await for_sale(it, 1, 2) for _ in range(3)], it.client()
    for product in (hidden, deleted, lost):
        await add(guest, first(product))
    await changed(it, hidden, status="draft")
    await it.given(ProductDeleted(product_id=deleted.product_id, seller_id=deleted.seller_id), key=deleted.product_id)
    await changed(it, lost, variants=lost.variants[1:])
    items = (await cart_of(guest))["items"]
    assert [item["changed"] for item in items] == [{"gone": "unpublished"}, {"gone": "deleted"}, {"gone": "deleted"}]
    assert all(item["gone"] for item in items)
    items = (await guest.post(ACKNOWLEDGE, json={})).json()["items"]
    assert [bool(item["changed"]) for item in items] == [True] * 3, "a line that is gone has to be removed"
    await it.given(ProductDeleted(product_id=hidden.product_id, seller_id=hidden.seller_id), key=hidden.product_id)
    assert (await cart_of(guest))["items"][0]["changed"] == {"gone": "deleted"}
