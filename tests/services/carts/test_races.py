"""Carts written to from several sides at once: what was accepted is there, once."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.harness import Alone
from tests.makers import lines_of, placed
from tests.services.carts.filling import CART, ITEMS, add, cart_of, fields, first, for_sale, quantities
from tradehall.contracts.identity import UserLoggedIn
from tradehall.kernel.ids import uuid7

BODIES = [{}, {"quantity": 0}, {"quantity": 1000}, {"quantity": -1}, {"quantity": 2**70}, {"quantity": None}]


async def tries(client: httpx.AsyncClient, variant_ids: list[UUID]) -> Counter[str]:
    """Adds one of each at once; how many of which were accepted."""

    async def one(variant_id: UUID) -> list[str]:
        answer = await client.post(ITEMS, json={"variant_id": str(variant_id), "quantity": 1})
        if answer.status_code == 201:
            return [str(variant_id)]
        assert (answer.status_code, answer.json()["type"]) == (409, "cart-conflict"), answer.text
        return []

    return Counter(id for done in await asyncio.gather(*map(one, variant_ids)) for id in done)


@pytest.mark.parametrize("signed_in", [False, True])
async def test_of_thirty_adds_at_once_none_that_was_accepted_is_lost(it: Alone, signed_in: bool) -> None:
    shelf = await for_sale(it, 100, 200, 300)
    client = it.client("shopper", user_id=uuid7()) if signed_in else it.client()
    if not signed_in:
        client.headers["cart-id"] = str(uuid4())
    done = await tries(client, [shelf.variants[n % 3].variant_id for n in range(30)])
    cart = await cart_of(client)
    assert quantities(cart) == done
    assert cart["version"] == done.total() >= 8


async def test_a_log_in_during_adds_loses_none(it: Alone) -> None:
    lamp, user, id = await for_sale(it, 100), uuid7(), uuid4()
    guest, shopper = it.client(), it.client("shopper", user_id=user)
    guest.headers["cart-id"] = str(id)
    await add(guest, first(lamp), 1)
    done = 1
    for _ in range(6):
        as_guest, as_shopper, _event = await asyncio.gather(
            tries(guest, [first(lamp)] * 4),
            tries(shopper, [first(lamp)] * 4),
            it.given(UserLoggedIn(user_id=user, cart_id=id), key=user),
        )
        done += as_guest.total() + as_shopper.total()
    assert (await cart_of(guest))["count"] + (await cart_of(shopper))["count"] == done
    assert await it.dead_letters() == []


async def test_orders_during_adds_take_out_what_they_hold_and_no_more(it: Alone) -> None:
    lamp, guest, id = await for_sale(it, 100), it.client(), uuid4()
    guest.headers["cart-id"] = str(id)
    await add(guest, first(lamp), 100)
    done = 100
    for _ in range(6):
        order = placed(lines_of(lamp, 5), cart_id=id)
        accepted, _event = await asyncio.gather(tries(guest, [first(lamp)] * 4), it.given(order, key=order.order_id))
        done += accepted.total() - 5
    assert (await cart_of(guest))["count"] == done


async def test_log_ins_that_come_as_one_batch_merge_each_cart_once(it: Alone) -> None:
    lamp, user = await for_sale(it, 100), uuid7()
    ids = [uuid4() for _ in range(5)]
    for n, id in enumerate(ids):
        guest = it.client()
        guest.headers["cart-id"] = str(id)
        await add(guest, first(lamp), n + 1)
    events = [UserLoggedIn(user_id=user, cart_id=id) for id in ids]
    await it.given_all([(event, user) for event in [*events, *events]])
    assert (await cart_of(it.client("shopper", user_id=user)))["count"] == 15


@pytest.mark.parametrize("body", BODIES)
async def test_a_wrong_quantity_to_set_is_named(it: Alone, body: dict[str, Any]) -> None:
    assert fields(await it.client().put(f"{ITEMS}/{uuid7()}", json=body)) == {"quantity"}


@pytest.mark.parametrize("id", ["x", "5", "%00", "%ff", "' OR 1=1", "a" * 5000])
async def test_an_impossible_variant_in_the_path_is_404(it: Alone, id: str) -> None:
    assert (await it.client().put(f"{ITEMS}/{id}", json={"quantity": 1})).status_code == 404
    assert (await it.client().delete(f"{ITEMS}/{id}")).status_code == 404


@pytest.mark.parametrize("cookie", ["cart=", "cart=x; cart=y", "cart", "=;;=", 'cart="\\000"', "cart=%00", "c" * 4000])
async def test_a_broken_cookie_is_as_none(it: Alone, cookie: str) -> None:
    guest = it.client()
    for answer in (
        await guest.get(CART, headers={"cookie": cookie}),
        await guest.delete(CART, headers={"cookie": cookie}),
    ):
        assert (answer.status_code, answer.json()["items"]) == (200, [])
