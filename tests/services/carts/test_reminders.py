"""An account's cart left alone is told of, once; a guest's is forgotten in the end."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from tests.harness import Alone, eventually
from tests.makers import lines_of, placed
from tests.services.carts.filling import CART, ITEMS, add, cart_of, changed, first, for_sale
from tradehall.contracts.carts import CartAbandoned, LeftLine
from tradehall.kernel.ids import uuid7
from tradehall.services.carts import tasks
from tradehall.services.carts.queries import after


@pytest.fixture(autouse=True)
async def soon(it: Alone, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Carts are left alone when nothing has changed for an hour, which lasts a second here."""
    monkeypatch.setattr(tasks, "HOUR", timedelta(seconds=1))
    it.running.stores.put(msgspec.structs.replace(it.store, cart_reminder_hours=1))
    yield
    it.running.stores.put(it.store)


async def told_of(it: Alone, user: UUID) -> list[CartAbandoned]:
    return [
        event
        for store_id, name, payload in it.heard
        if name == "cart.abandoned" and store_id == it.store.id
        if (event := msgspec.json.decode(payload, type=CartAbandoned)).user_id == user
    ]


async def reminder(it: Alone, user: UUID) -> str:
    rows = await it.sql("SELECT reminded_at FROM reminders WHERE user_id = $1", user)
    return "none" if not rows else "waits" if rows[0]["reminded_at"] is None else "sent"


async def becomes(it: Alone, user: UUID, state: str) -> None:
    async def so() -> bool:
        return await reminder(it, user) == state

    await eventually(so)


def shopper(it: Alone) -> tuple[UUID, httpx.AsyncClient]:
    user = uuid7()
    return user, it.client("shopper", user_id=user)


async def test_a_cart_left_alone_is_told_of_once_with_what_can_still_be_bought(it: Alone) -> None:
    lamp, draft, (user, client) = await for_sale(it, 1250), await for_sale(it, 100), shopper(it)
    await add(client, first(draft))
    cart = await add(client, first(lamp), 2)
    await changed(it, draft, status="draft")
    await becomes(it, user, "sent")
    await it.caught_up()
    (event,) = await told_of(it, user)
    assert (event.cart_id, event.currency) == (UUID(cart["id"]), "USD")
    assert event.lines == [LeftLine(variant_id=first(lamp), title="Lamp 0", quantity=2, unit_price=1250)]
    await add(client, first(lamp))  # not again: no order was made meanwhile
    await it.redeliver([m for m in it.messages if m.type == "CartReminderDue"])
    await it.idle()
    assert len(await told_of(it, user)) == 1


async def test_a_change_begins_the_time_anew(it: Alone) -> None:
    lamp, (user, client) = await for_sale(it, 100), shopper(it)
    for _ in range(4):
        await add(client, first(lamp))
        assert await told_of(it, user) == []
        await it.sql("UPDATE carts SET updated_at = now() - interval '0.6 s' WHERE user_id = $1", user)
    rows = await it.sql("SELECT count(*) AS timers FROM outbox WHERE aggregateid = $1", (await cart_of(client))["id"])
    assert rows[0]["timers"] <= 1, "one timer, however often the cart changes"
    await becomes(it, user, "sent")


async def test_an_order_settles_it_and_what_is_left_may_be_told_of_again(it: Alone) -> None:
    lamp, (user, client) = await for_sale(it, 100, 200), shopper(it)
    for variant in lamp.variants:
        cart = await add(client, variant.variant_id)
    await becomes(it, user, "sent")
    event = placed(lines_of(lamp, 1), cart_id=UUID(cart["id"]), customer_id=user)
    await it.given(event, key=event.order_id)

    async def twice() -> bool:
        return len(await told_of(it, user)) == 2

    await eventually(twice)
    assert [line.variant_id for line in (await told_of(it, user))[1].lines] == [lamp.variants[1].variant_id]
    event = placed(lines_of(lamp, 0, 1)[1:], cart_id=UUID(cart["id"]), customer_id=user)
    await it.given(event, key=event.order_id)
    await becomes(it, user, "none")


@pytest.mark.parametrize("how", ["emptied", "all gone", "never"])
async def test_nothing_is_said_of_a_cart_with_nothing_to_buy_or_where_a_store_never_reminds(
    it: Alone, how: str
) -> None:
    lamp, (user, client) = await for_sale(it, 100), shopper(it)
    await add(client, first(lamp))
    if how == "emptied":
        await client.delete(CART)
    elif how == "all gone":
        await changed(it, lamp, status="draft")
    else:
        it.running.stores.put(msgspec.structs.replace(it.store, cart_reminder_hours=0))
    await becomes(it, user, "none")
    assert await told_of(it, user) == []


async def test_a_cart_filled_again_after_it_was_emptied_is_watched_again(it: Alone) -> None:
    lamp, (user, client) = await for_sale(it, 100), shopper(it)
    await add(client, first(lamp))
    await client.delete(CART)
    await becomes(it, user, "none")
    await add(client, first(lamp))
    await becomes(it, user, "sent")


async def test_guests_are_not_reminded_and_their_carts_are_forgotten_after_a_time(it: Alone) -> None:
    lamp, guest, (_, client) = await for_sale(it, 100), it.client(), shopper(it)
    guest.headers["cart-id"] = str(uuid4())
    carts = [await add(guest, first(lamp)), await add(it.client(), first(lamp)), await add(client, first(lamp))]
    ids = [UUID(cart["id"]) for cart in carts]

    async def all_written() -> bool:
        return len(await it.sql("SELECT FROM carts WHERE id = ANY($1)", ids)) == 3

    await eventually(all_written)
    await it.sql("UPDATE carts SET updated_at = now() - interval '91 d' WHERE id = ANY($1)", [ids[0], ids[2]])
    for store in (it.other, it.store):
        async with it.db.transaction(store.id) as tx:
            pruned = await after.prune_guests(tx, timedelta(days=90))
        assert pruned == (1 if store is it.store else 0)
    left = {row["id"] for row in await it.sql("SELECT id FROM carts WHERE id = ANY($1)", ids)}
    assert left == set(ids[1:])
    assert (await guest.post(ITEMS, json={"variant_id": str(first(lamp))})).status_code == 201
