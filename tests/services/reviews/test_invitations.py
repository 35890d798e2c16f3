"""Buyers are asked how it was: some days after all has arrived, once, unless they have said it already."""

from datetime import UTC, datetime, timedelta

import msgspec

from tests.harness import Alone
from tests.makers import a_product, less
from tests.services.reviews.buying import Bought, arrive, confirmed, delivered, set_rules, write
from tradehall.contracts.reviews import ReviewInvitationDue, ReviewInvited

SERVICE = "reviews"


async def timers(it: Alone, bought: Bought) -> list[datetime]:
    rows = await it.sql(
        "SELECT available_at FROM outbox WHERE type = 'ReviewInvitationDue' AND aggregateid = $1",
        str(bought.order.order_id),
    )
    return [row["available_at"] for row in rows]


async def due(it: Alone, bought: Bought) -> list[ReviewInvited]:
    """As if the days had passed; the invitations there are then."""
    order_id = bought.order.order_id
    await it.given(ReviewInvitationDue(order_id=order_id), key=order_id)
    await it.caught_up()
    found = [
        msgspec.json.decode(payload, type=ReviewInvited)
        for _, name, payload in it.heard
        if name == ReviewInvited.event_name()
    ]
    return [event for event in found if event.order_id == order_id]


async def test_a_timer_waits_from_the_last_parcel_on(it: Alone) -> None:
    bought = await confirmed(it)
    assert await timers(it, bought) == []
    before = datetime.now(UTC).replace(microsecond=0)
    await arrive(it, bought)
    (at,) = await timers(it, bought)
    assert timedelta(0) <= at - before - timedelta(days=7) < timedelta(minutes=1)


async def test_the_store_says_how_many_days_or_never(it: Alone) -> None:
    try:
        await set_rules(it, invite_after_days=30)
        (at,) = await timers(it, await delivered(it))
        assert at > datetime.now(UTC) + timedelta(days=29)
        await set_rules(it, invite_after_days=0)
        assert await timers(it, await delivered(it)) == []
    finally:
        await set_rules(it)


async def test_each_order_once_with_what_has_no_review(it: Alone) -> None:
    bought = await delivered(it, a_product(1, 2))
    await write(bought)
    (invited,) = await due(it, bought)
    assert (invited.customer_id, invited.titles) == (bought.order.customer_id, ["Lamp 1"])
    assert len(await due(it, bought)) == 1


async def test_not_who_has_said_it_nor_who_sent_it_back_nor_where_the_store_stopped(it: Alone) -> None:
    said = await delivered(it)
    await write(said)
    assert await due(it, said) == []
    back = await delivered(it)
    order_id = back.order.order_id
    await it.given(less(back.order, (back.order.lines[0], 1), kind="returned"), key=order_id)
    assert await due(it, back) == []
    stopped = await delivered(it)
    await set_rules(it, invite_after_days=0)
    try:
        assert await due(it, stopped) == []
    finally:
        await set_rules(it)
