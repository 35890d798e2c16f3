"""Whatever happens in whatever order: levels are the sum of their movements, and stock is never sold twice."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.harness import Alone, eventually
from tests.makers import an_address, confirmed, lines_of, placed
from tests.services.inventory.stocking import a_warehouse, change, drift, first, known, level, transfer
from tradehall.contracts.inventory import HoldExpired, HoldExpiryDue, InventoryRejected, InventoryReserved
from tradehall.contracts.orders import OrderCancelled, OrderPlaced
from tradehall.contracts.payments import PaymentUpdated
from tradehall.kernel.ids import uuid7

SERVICE = "inventory"

OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["receive", "remove", "count"]), st.integers(0, 1), st.integers(0, 6)),
        st.tuples(st.just("adjust"), st.integers(0, 1), st.integers(-4, 4)),
        st.tuples(st.just("transfer"), st.integers(0, 1), st.integers(0, 5)),
        st.tuples(st.just("order"), st.integers(1, 4), st.integers(0, 4)),
        st.tuples(st.sampled_from(["confirm", "cancel"]), st.integers(0, 2), st.just(0)),
        st.tuples(st.sampled_from(["review", "expire"]), st.integers(0, 2), st.just(0)),
        st.tuples(st.just("again"), st.just(0), st.just(0)),
    ),
    min_size=6,
    max_size=16,
)
PLACES = ["main", "far"]


async def setting(it: Alone) -> None:
    await a_warehouse(it, "main", "02139")
    await a_warehouse(it, "far", "90210")


# Not shrunk: an example that fails has waited for retries, hundreds of them would outlast the test's time.
@settings(max_examples=25, deadline=None, database=None, phases=[Phase.generate])
@given(OPERATIONS)
async def test_any_sequence_keeps_the_books(it: Alone, operations: list[tuple[str, int, int]]) -> None:
    await setting(it)
    lamp = await known(it, 100, 200)
    seller = it.client("seller", seller_id=lamp.seller_id)
    orders: dict[UUID, OrderPlaced] = {}
    ended: dict[UUID, str] = {}
    for variant, place, quantity in ((0, "main", 5), (0, "far", 3), (1, "main", 4)):
        await change(seller, "receive", lamp.variants[variant].variant_id, quantity, place)
    operations = [("order", 2, 1), ("order", 4, 2), *operations]  # so that there is something to confirm and cancel
    for kind, a, b in operations:
        if kind in ("receive", "remove", "count", "adjust"):
            answer = await change(seller, kind, lamp.variants[a].variant_id, b, PLACES[b % 2], reason="why")
            assert answer.status_code in (201, 409)
        elif kind == "transfer":
            answer = await transfer(seller, lamp.variants[a].variant_id, b + 1, PLACES[b % 2], PLACES[(b + 1) % 2])
            assert answer.status_code in (201, 409)
        elif kind == "order":
            order = placed(lines_of(lamp, a, b) if b else lines_of(lamp, a))
            orders[order.order_id] = order
            await it.given(order, key=order.order_id)
        elif kind == "again" and it.messages:
            await it.redeliver(given_so_far(it, orders))
        elif orders and kind != "again":
            order = list(orders.values())[a % len(orders)]
            held = await states(it, order.order_id) == {"held"}
            if kind == "confirm" and held and ended.get(order.order_id) is None:
                await it.given(confirmed(order), key=order.order_id)
                ended[order.order_id] = "deducted"
            elif kind == "cancel":
                event = OrderCancelled(order_id=order.order_id, cancellation_reason="r")
                await it.given(event, key=order.order_id)
                ended[order.order_id] = "released"
            elif kind == "review":
                event = PaymentUpdated(
                    order_id=order.order_id, payment_id=uuid7(), method="proof", status="review"
                )  # fmt: skip
                await it.given(event, key=order.order_id)
            elif kind == "expire":
                timer = HoldExpiryDue(order_id=order.order_id, expires_at=datetime.now(UTC))
                await it.given(timer, key=order.order_id)
        assert await drift(it) == []
    for id in orders:
        wanted = ended.get(id, "held")
        assert await states(it, id) in (set(), {wanted})
    known_orders = {row["order_id"] for row in await it.sql("SELECT DISTINCT order_id FROM holds WHERE state = 'held'")}
    everyone = {row["order_id"] for row in await it.sql("SELECT DISTINCT order_id FROM movements WHERE kind = 'hold'")}
    assert known_orders <= everyone
    assert await it.dead_letters() == []


def given_so_far(it: Alone, orders: dict[UUID, OrderPlaced]) -> list:  # type: ignore[type-arg]
    keys = {str(id) for id in orders}
    return [message for message in it.sent if message.key in keys]


async def states(it: Alone, order_id: UUID) -> set[str]:
    return {row["state"] for row in await it.sql("SELECT state FROM holds WHERE order_id = $1", order_id)}


async def test_a_hold_is_deducted_or_released(it: Alone) -> None:
    await setting(it)
    lamp = await known(it)
    seller = it.client("seller", seller_id=lamp.seller_id)
    await change(seller, "receive", first(lamp), 10)
    stays, goes = placed(lines_of(lamp, 3)), placed(lines_of(lamp, 2))
    for order in (stays, goes):
        await it.given(order, key=order.order_id)
    assert await level(it, first(lamp)) == (10, 5)
    await it.given(confirmed(stays), key=stays.order_id)
    assert await level(it, first(lamp)) == (7, 2)
    cancelled = OrderCancelled(order_id=goes.order_id, cancellation_reason="r")
    await it.given(cancelled, key=goes.order_id)
    assert await level(it, first(lamp)) == (7, 0)
    await it.given(OrderCancelled(order_id=stays.order_id, cancellation_reason="r"), key=stays.order_id)
    assert await level(it, first(lamp)) == (10, 0)
    movements = (await seller.get(f"/api/v1/stock/{first(lamp)}/movements")).json()["items"]
    assert [m["kind"] for m in movements] == ["restock", "release", "deduct", "hold", "hold", "receive"]


async def test_the_nearest_warehouse_gives_first_and_the_next_the_rest(it: Alone) -> None:
    await setting(it)
    lamp = await known(it)
    seller = it.client("seller", seller_id=lamp.seller_id)
    for code in PLACES:
        await change(seller, "receive", first(lamp), 5, code)
    order = placed(lines_of(lamp, 7), address=an_address(zip="90001"))
    await it.given(order, key=order.order_id)
    rows = await it.sql(
        "SELECT w.code, h.quantity FROM holds h JOIN warehouses w ON w.id = h.warehouse_id WHERE h.order_id = $1",
        order.order_id,
    )
    assert {(row["code"], row["quantity"]) for row in rows} == {("far", 5), ("main", 2)}


async def test_an_order_that_falls_short_holds_nothing(it: Alone) -> None:
    await setting(it)
    lamp = await known(it, 100, 200)
    seller = it.client("seller", seller_id=lamp.seller_id)
    await change(seller, "receive", first(lamp), 5)
    order = placed(lines_of(lamp, 2, 1))
    await it.given(order, key=order.order_id)
    refused = next(e for e in await it.published(InventoryRejected) if e.order_id == order.order_id)
    assert [(i.variant_id, i.requested, i.available) for i in refused.items] == [(lamp.variants[1].variant_id, 1, 0)]
    assert await level(it, first(lamp)) == (5, 0)
    assert await states(it, order.order_id) == set()


async def test_a_batch_of_orders_is_served_in_its_order(it: Alone) -> None:
    await setting(it)
    lamp = await known(it)
    await change(it.client("seller", seller_id=lamp.seller_id), "receive", first(lamp), 5)
    orders = [placed(lines_of(lamp, n)) for n in (2, 2, 2, 1)]
    await it.given_all([(order, order.order_id) for order in orders])
    assert [bool(await states(it, order.order_id)) for order in orders] == [True, True, False, True]
    assert await level(it, first(lamp)) == (5, 5)


async def test_stock_of_one_store_serves_no_order_of_another(it: Alone) -> None:
    await setting(it)
    lamp = await known(it)
    await change(it.client("seller", seller_id=lamp.seller_id), "receive", first(lamp), 5)
    order = placed(lines_of(lamp, 1))
    await it.given(order, key=order.order_id, store=it.other)
    refused = await it.published(InventoryRejected, store=it.other)
    assert refused[-1].order_id == order.order_id
    assert await level(it, first(lamp)) == (5, 0)


async def test_an_old_hold_expires_unless_a_person_looks_at_the_payment(it: Alone) -> None:
    await setting(it)
    lamp = await known(it)
    await change(it.client("seller", seller_id=lamp.seller_id), "receive", first(lamp), 5)
    past = datetime.now(UTC) - timedelta(hours=1, minutes=-0.02)  # and an hour of grace
    forgotten, review, paid = (placed(lines_of(lamp, 1), expires_at=past) for _ in range(3))
    await it.given_all([(order, order.order_id) for order in (forgotten, review, paid)])
    event = PaymentUpdated(order_id=review.order_id, payment_id=uuid7(), method="proof", status="review")
    await it.given(event, key=review.order_id)
    await it.given(confirmed(paid), key=paid.order_id)

    async def expired() -> bool:
        return await states(it, forgotten.order_id) == {"expired"}

    await eventually(expired)
    assert [e.order_id for e in await it.published(HoldExpired)] == [forgotten.order_id]
    await it.idle()
    assert await states(it, review.order_id) == {"held"}
    assert await states(it, paid.order_id) == {"deducted"}
    assert await level(it, first(lamp)) == (4, 1)


async def test_a_confirmation_without_a_hold_is_not_passed_over(it: Alone) -> None:
    await setting(it)
    lamp = await known(it)
    await change(it.client("seller", seller_id=lamp.seller_id), "receive", first(lamp), 2)
    good, ghost = placed(lines_of(lamp, 1)), placed(lines_of(lamp, 1))
    await it.given(good, key=good.order_id)
    await it.given_all([(confirmed(good), good.order_id), (confirmed(ghost), ghost.order_id)])
    assert await level(it, first(lamp)) == (1, 0)
    letters = await it.dead_letters()
    assert [(service, event) for service, event, _ in letters] == [("inventory", "OrderConfirmed")]
    assert str(ghost.order_id) in letters[0][2]


async def test_events_of_two_stores_in_one_batch_stay_apart(it: Alone) -> None:
    await setting(it)
    await a_warehouse(it, store=it.other)
    here, there = await known(it), await known(it, store=it.other)
    await change(it.client("seller", seller_id=here.seller_id), "receive", first(here), 2)
    theirs = it.client("seller", seller_id=there.seller_id, store=it.other)
    await change(theirs, "receive", first(there), 2)
    orders = [(placed(lines_of(p, 1)), store) for _ in range(2) for p, store in ((here, it.store), (there, it.other))]
    for order, store in orders:
        await it.given(order, key=order.order_id, store=store)
    assert await level(it, first(here)) == (2, 2)
    assert await level(it, first(there), store=it.other) == (2, 2)
    assert len(await it.published(InventoryReserved, store=it.other)) == 2
