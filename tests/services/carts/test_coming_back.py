"""What an order took out of a cart comes back if the order comes to nothing."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from tests.harness import Alone
from tests.makers import confirmed, lines_of, placed
from tests.services.carts.filling import CART, ITEMS, add, cart_of, changed, first, for_sale, quantities
from tradehall.contracts.catalog import ProductCreated
from tradehall.contracts.identity import UserLoggedIn
from tradehall.contracts.orders import OrderCancelled, OrderPlaced
from tradehall.kernel.ids import uuid7


async def order(
    it: Alone, product: ProductCreated, *amounts: int, cart: dict[str, Any], who: UUID | None
) -> OrderPlaced:
    event = placed(lines_of(product, *amounts), cart_id=UUID(cart["id"]), customer_id=who)
    await it.given(event, key=event.order_id)
    return event


async def end(it: Alone, event: OrderPlaced) -> None:
    ended = OrderCancelled(order_id=event.order_id, cancellation_reason="The payment was declined.")
    await it.given(ended, key=event.order_id)


@pytest.mark.parametrize("signed_in", [False, True])
async def test_lines_of_an_order_that_came_to_nothing_are_back_once(it: Alone, signed_in: bool) -> None:
    lamp, user = await for_sale(it, 100, 200, 300), uuid7() if signed_in else None
    client = it.client("shopper", user_id=user) if user else it.client()
    for variant in lamp.variants:
        cart = await add(client, variant.variant_id, 3)
    before = quantities(cart)
    event = await order(it, lamp, 3, 3, cart=cart, who=user)
    assert quantities(await cart_of(client)) == {str(lamp.variants[2].variant_id): 3}, "the rest stays"
    await end(it, event)
    assert quantities(await cart_of(client)) == before
    await client.delete(CART)
    await end(it, event)
    assert (await cart_of(client))["items"] == []


async def test_lines_that_the_shopper_put_there_again_stay_as_they_are(it: Alone) -> None:
    lamp, guest = await for_sale(it, 100, 200), it.client()
    one, two = (variant.variant_id for variant in lamp.variants)
    await add(guest, one, 3)
    cart = await add(guest, two, 3)
    event = await order(it, lamp, 3, 3, cart=cart, who=None)
    await add(guest, one, 1)
    await end(it, event)
    assert quantities(await cart_of(guest)) == {str(one): 1, str(two): 3}


async def test_nothing_comes_back_of_an_order_that_was_confirmed(it: Alone) -> None:
    lamp, guest = await for_sale(it, 100), it.client()
    cart = await add(guest, first(lamp), 3)
    event = await order(it, lamp, 3, cart=cart, who=None)
    await it.given(confirmed(event), key=event.order_id)
    await end(it, event)
    assert (await cart_of(guest))["items"] == []
    assert await it.sql("SELECT FROM ordered WHERE order_id = $1", event.order_id) == []


async def test_what_comes_back_is_flagged_if_it_has_changed_since_it_was_ordered(it: Alone) -> None:
    lamp, guest = await for_sale(it, 100), it.client()
    await changed(it, lamp, variants=[msgspec.structs.replace(lamp.variants[0], title="Second")])
    cart = await add(guest, first(lamp), 3)
    event = await order(it, lamp, 3, cart=cart, who=None)
    await end(it, event)
    assert (await cart_of(guest))["items"][0]["changed"] is None
    event = await order(it, lamp, 3, cart=cart, who=None)
    await changed(it, lamp, variants=[msgspec.structs.replace(lamp.variants[0], title="Second", price=110)])
    await end(it, event)
    assert set((await cart_of(guest))["items"][0]["changed"]) == {"price"}


async def test_after_a_log_in_lines_come_back_into_the_accounts_cart(it: Alone) -> None:
    lamp, user, guest = await for_sale(it, 100, 200), uuid7(), it.client()
    await add(guest, first(lamp), 2)
    cart = await add(guest, lamp.variants[1].variant_id, 1)
    event = await order(it, lamp, 2, cart=cart, who=None)
    await it.given(UserLoggedIn(user_id=user, cart_id=UUID(cart["id"])), key=user)
    await end(it, event)
    assert (await cart_of(guest))["items"] == []
    shopper = it.client("shopper", user_id=user)
    assert quantities(await cart_of(shopper)) == {str(v.variant_id): 2 - n for n, v in enumerate(lamp.variants)}


async def test_orders_of_others_and_without_a_cart_bring_nothing_back(it: Alone) -> None:
    lamp, user = await for_sale(it, 100), uuid7()
    shopper = it.client("shopper", user_id=user)
    cart = await add(shopper, first(lamp), 3)
    for event in (
        await order(it, lamp, 3, cart=cart, who=uuid7()),
        await order(it, lamp, 3, cart=cart, who=None),
        placed(lines_of(lamp, 3), customer_id=user),
    ):
        await end(it, event)
    assert await cart_of(shopper) == cart
    await shopper.put(f"{ITEMS}/{first(lamp)}", json={"quantity": 1})
    assert (await cart_of(shopper))["count"] == 1


async def test_events_of_an_order_that_come_as_one_batch_take_out_and_put_back(it: Alone) -> None:
    lamp, guest = await for_sale(it, 100), it.client()
    cart = await add(guest, first(lamp), 3)
    event = placed(lines_of(lamp, 3), cart_id=UUID(cart["id"]), customer_id=None)
    ended = OrderCancelled(order_id=event.order_id, cancellation_reason="Out of stock.")
    await it.given_all([(event, event.order_id), (ended, event.order_id)])
    after = await cart_of(guest)
    assert (quantities(after), after["version"]) == (quantities(cart), 3)
    assert await it.dead_letters() == []
