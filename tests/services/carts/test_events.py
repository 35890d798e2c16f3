"""Carts follow log-ins and orders."""

from typing import Any
from uuid import UUID, uuid4

from tests.harness import Alone
from tests.makers import lines_of, placed
from tests.services.carts.filling import ITEMS, add, cart_of, first, for_sale, quantities
from tradehall.contracts.identity import UserLoggedIn
from tradehall.kernel.ids import uuid7


async def log_in(it: Alone, user: UUID, cart_id: str | None, **given: Any) -> None:
    await it.given(UserLoggedIn(user_id=user, cart_id=UUID(cart_id) if cart_id else None), key=user, **given)


async def test_the_guests_cart_joins_the_accounts_at_log_in(it: Alone) -> None:
    lamp, user, guest = await for_sale(it, 100, 200, 300), uuid7(), it.client()
    shopper = it.client("shopper", user_id=user)
    one, two, three = (variant.variant_id for variant in lamp.variants)
    await add(shopper, one, 1)
    await add(shopper, two, 600)
    await add(guest, two, 600)
    cart = await add(guest, three, 2)
    await log_in(it, user, cart["id"])
    assert quantities(await cart_of(shopper)) == {str(one): 1, str(two): 999, str(three): 2}
    assert (await cart_of(guest))["items"] == []


async def test_a_first_log_in_makes_the_accounts_cart(it: Alone) -> None:
    lamp, user, guest = await for_sale(it, 100), uuid7(), it.client()
    cart = await add(guest, first(lamp), 2)
    await log_in(it, user, cart["id"])
    found = await cart_of(it.client("shopper", user_id=user))
    assert quantities(found) == quantities(cart)
    assert found["id"] != cart["id"]
    # The browser still sends the old id after logging out.
    assert quantities(await add(guest, first(lamp), 5)) == {str(first(lamp)): 5}
    assert (await cart_of(guest))["version"] == 3


async def test_a_log_in_counts_once(it: Alone) -> None:
    lamp, user, guest = await for_sale(it, 100), uuid7(), it.client()
    cart = await add(guest, first(lamp), 2)
    await log_in(it, user, cart["id"])
    logged_in = it.sent[-1:]
    await add(guest, first(lamp), 3)
    await it.redeliver(logged_in)
    shopper = it.client("shopper", user_id=user)
    assert (await cart_of(shopper))["count"] == 2
    assert (await cart_of(guest))["count"] == 3
    await log_in(it, user, cart["id"])
    await log_in(it, user, cart["id"])
    assert (await cart_of(shopper))["count"] == 5


async def test_a_log_in_without_a_cart_changes_nothing(it: Alone) -> None:
    lamp, user = await for_sale(it, 100), uuid7()
    shopper = it.client("shopper", user_id=user)
    cart = await add(shopper, first(lamp))
    for id in (None, str(uuid4()), cart["id"]):
        await log_in(it, user, id)
    assert await cart_of(shopper) == cart


async def test_nobody_logs_in_with_anothers_cart(it: Alone) -> None:
    lamp, there = await for_sale(it, 100), await for_sale(it, 100, store=it.other)
    victim, thief = it.client("shopper"), uuid7()
    cart = await add(victim, first(lamp))
    await log_in(it, thief, cart["id"])
    guest = it.client(store=it.other)
    elsewhere = await add(guest, first(there))
    await log_in(it, thief, elsewhere["id"])
    assert await cart_of(victim) == cart
    assert await cart_of(guest) == elsewhere
    assert (await cart_of(it.client("shopper", user_id=thief)))["items"] == []


async def test_lines_beyond_what_a_cart_holds_stay_with_the_guest(it: Alone) -> None:
    shelf, user, guest = await for_sale(it, *range(1, 202)), uuid7(), it.client()
    shopper = it.client("shopper", user_id=user)
    for variant in shelf.variants[:199]:
        await add(shopper, variant.variant_id)
    for variant in shelf.variants[198:]:
        cart = await add(guest, variant.variant_id)
    await log_in(it, user, cart["id"])
    assert len((await cart_of(shopper))["items"]) == 200
    assert quantities(await cart_of(guest)) == {str(shelf.variants[200].variant_id): 1}
    assert (await it.dead_letters()) == []


async def test_what_was_ordered_leaves_the_cart(it: Alone) -> None:
    lamp, guest = await for_sale(it, 100, 200, 300), it.client()
    for variant in lamp.variants:
        cart = await add(guest, variant.variant_id, 3)
    order = placed(lines_of(lamp, 3, 1), cart_id=UUID(cart["id"]), customer_id=None)
    await it.given(order, key=order.order_id)
    left = {str(lamp.variants[1].variant_id): 2, str(lamp.variants[2].variant_id): 3}
    assert quantities(await cart_of(guest)) == left
    await it.redeliver(it.sent[-1:])
    found = await cart_of(guest)
    assert (quantities(found), found["version"]) == (left, 4)


async def test_orders_without_this_cart_leave_it_alone(it: Alone) -> None:
    lamp, user = await for_sale(it, 100), uuid7()
    shopper = it.client("shopper", user_id=user)
    cart = await add(shopper, first(lamp), 3)
    lines = lines_of(lamp, 3)
    for order in (
        placed(lines, customer_id=user),
        placed(lines, customer_id=user, cart_id=uuid4()),
        placed(lines, customer_id=None, cart_id=UUID(cart["id"])),
        placed(lines, customer_id=uuid7(), cart_id=UUID(cart["id"])),
    ):
        await it.given(order, key=order.order_id)
    theirs = placed(lines, customer_id=user, cart_id=UUID(cart["id"]))
    await it.given(theirs, key=theirs.order_id, store=it.other)
    assert await cart_of(shopper) == cart
    await it.given(theirs, key=theirs.order_id)
    assert (await cart_of(shopper))["items"] == []


async def test_what_was_added_while_the_order_was_under_way_stays(it: Alone) -> None:
    lamp, guest = await for_sale(it, 100), it.client()
    cart = await add(guest, first(lamp), 1)
    await guest.put(f"{ITEMS}/{first(lamp)}", json={"quantity": 4})
    order = placed(lines_of(lamp, 1), cart_id=UUID(cart["id"]))
    await it.given(order, key=order.order_id)
    assert (await cart_of(guest))["count"] == 3
