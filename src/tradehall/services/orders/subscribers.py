"""An order's way: held, paid, confirmed, or ended for a reason."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from tradehall.contracts.catalog import ProductCreated, ProductDeleted, ProductState, ProductUpdated
from tradehall.contracts.identity import UserCreated, UserState, UserUpdated
from tradehall.contracts.inventory import (
    BackorderFilled,
    HoldExpired,
    InventoryRejected,
    InventoryReserved,
    StockBackordered,
)
from tradehall.contracts.orders import (
    OrderCancelled,
    OrderConfirmed,
    OrderExpiryDue,
    OrderValidated,
    ParcelMoved,
    SaleCreated,
)
from tradehall.contracts.payments import PaymentOfOrder, PaymentProcessed, PaymentUpdated
from tradehall.contracts.shipping import ShipmentUpdated, ShippingRatesChanged
from tradehall.contracts.values import Event
from tradehall.kernel.db import Tx
from tradehall.kernel.service import on, on_batch
from tradehall.kernel.told import news, variants_of
from tradehall.services.orders import queries
from tradehall.services.orders.model import Customer, Order, move, noted, settled
from tradehall.services.orders.queries import Told


@on_batch(InventoryReserved, across=True)
async def validate(events: list[InventoryReserved], tx: Tx) -> None:
    """An order that ended meanwhile stays ended: its OrderCancelled releases the hold."""
    pending = await queries.hold_noted(tx, [event.order_id for event in events])
    for event in events:
        if event.order_id in pending:
            tx.emit(
                OrderValidated(order_id=event.order_id, is_valid=True, validation_errors=[]),
                key=event.order_id,
                because=event,
            )


@on_batch(InventoryRejected)
async def reject(events: list[InventoryRejected], tx: Tx) -> None:
    orders = await queries.lock(tx, [event.order_id for event in events])
    lines = await queries.lines(tx, list(orders))
    changes = []
    for event in events:
        order = orders[event.order_id]
        if order.status != "PENDING":
            continue
        titles = {line.variant_id: line.title for line in lines[order.id]}
        errors = [
            f"{titles.get(item.variant_id, item.variant_id)}: {item.requested} asked for, {item.available} available"
            for item in event.items
        ]
        reason = "Out of stock. " + "; ".join(errors)
        orders[order.id] = move(order, "CANCELLED")
        changes.append((orders[order.id], "inventory", reason))
        tx.emit(
            OrderValidated(order_id=order.id, is_valid=False, validation_errors=errors), key=order.id, because=event
        )
        tx.emit(OrderCancelled(order_id=order.id, cancellation_reason=reason), key=order.id, because=event)
    await queries.save(tx, changes)


@on_batch(StockBackordered)
async def wait_for_stock(events: list[StockBackordered], tx: Tx) -> None:
    await queries.wait_for_stock(tx, _by_line(events))


@on_batch(BackorderFilled)
async def stock_came(events: list[BackorderFilled], tx: Tx) -> None:
    await queries.wait_for_less(tx, _by_line(events))


def _by_line(events: Sequence[StockBackordered | BackorderFilled]) -> list[tuple[UUID, UUID, int]]:
    """Order, variant, how many in all."""
    found: Counter[tuple[UUID, UUID]] = Counter()
    for event in events:
        for item in event.items:
            found[event.order_id, item.variant_id] += item.quantity
    return [(*of, quantity) for of, quantity in found.items()]


@on_batch(PaymentUpdated, PaymentProcessed, across=True)
async def settle(events: list[PaymentOfOrder], tx: Tx) -> None:
    """Paid: CONFIRMED. Not paid: CANCELLED, or REJECTED by whoever reviewed the proof. How the payment stands is told right
    before, so both are written at once."""
    before = await queries.lock(tx, [event.order_id for event in events])
    orders = dict(before)
    confirmed: list[PaymentProcessed] = []
    reasons: dict[UUID, str] = {}
    for event in events:
        order = orders[event.order_id]
        if isinstance(event, PaymentUpdated):
            orders[order.id] = noted(order, event.status)
        if not isinstance(event, PaymentProcessed) or order.status != "PENDING":
            # Where it was cancelled or expired while the charge was under way, payments sees that OrderCancelled too and
            # gives the money back.
            continue
        to, reason = settled(event.payment_status)
        orders[order.id], reasons[order.id] = move(order, to), reason
        if to == "CONFIRMED":
            confirmed.append(event)
        else:
            tx.emit(OrderCancelled(order_id=order.id, cancellation_reason=reason), key=order.id, because=event)
    await queries.save(tx, [(orders[order_id], "payments", reason) for order_id, reason in reasons.items()])
    await queries.note_payment(tx, [after for id, after in orders.items() if id not in reasons and after != before[id]])
    await _tell_confirmed(tx, [(event, orders[event.order_id]) for event in confirmed])


async def _tell_confirmed(tx: Tx, confirmed: Sequence[tuple[PaymentProcessed, Order]]) -> None:
    ids = [order.id for _, order in confirmed]
    if not ids:
        return
    parcels = await queries.split(tx, ids)
    for event, order in confirmed:
        split = parcels[order.id]
        lines = sorted((line for parcel in split for line in parcel.lines), key=lambda line: line.line_id)
        tx.emit(
            OrderConfirmed(
                order_id=order.id,
                number=order.number,
                currency=order.currency,
                total=order.total,
                parcels=split,
                address=order.address,
                cart_id=order.cart_id,
            ),
            key=order.id,
            because=event,
        )
        tx.emit(
            SaleCreated(order_id=order.id, currency=order.currency, total=order.total, lines=lines),
            key=order.id,
            because=event,
        )


@on_batch(OrderExpiryDue, across=True, patient=True)
async def expire(events: list[OrderExpiryDue], tx: Tx) -> None:
    """Most orders were paid long before. One whose proof waits for review does not expire: the shopper has done their part."""
    unpaid = await queries.lock_unpaid(tx, [event.order_id for event in events])
    await _expire(tx, unpaid, "timer", "It was not paid in time.", {event.order_id: event for event in events})


@on(HoldExpired)
async def lose_hold(event: HoldExpired, tx: Tx) -> None:
    order = (await queries.lock(tx, [event.order_id]))[event.order_id]
    if order.status == "PENDING":
        await _expire(tx, [order], "inventory", "The goods could not be held any longer.", {event.order_id: event})


async def _expire(tx: Tx, orders: Sequence[Order], actor: str, reason: str, because: Mapping[UUID, Event]) -> None:
    await queries.save(tx, [(move(order, "EXPIRED"), actor, reason) for order in orders])
    for order in orders:
        tx.emit(OrderCancelled(order_id=order.id, cancellation_reason=reason), key=order.id, because=because[order.id])


@on(ShipmentUpdated)
async def follow_shipment(event: ShipmentUpdated, tx: Tx) -> None:
    """Whatever its carrier tells first: it has been picked up."""
    task = ParcelMoved(
        order_id=event.order_id,
        parcel_id=event.shipment_id,
        arrived=event.status == "DELIVERED",
        carrier=event.carrier,
        tracking_number=event.tracking_number,
        note=event.note,
    )
    tx.emit(task, key=event.order_id)


@on(UserCreated, UserUpdated)
async def keep_customer(event: UserState, tx: Tx) -> None:
    await tx.upsert("customers", [Customer(id=event.user_id, email=event.email)])


@on_batch(ProductCreated, ProductUpdated, bulk=True, latest=True)
async def keep_variants(events: list[ProductState], tx: Tx) -> None:
    other, gone = await news(tx, events)
    rows = [
        Told(
            id=variant.variant_id,
            product_id=event.product_id,
            seller_id=event.seller_id,
            sku=variant.sku,
            title=variant.title,
            price=variant.price,
            currency=event.currency,
            weight_g=variant.weight_g,
            for_sale=event.status == "published",
            told=mark,
        )
        for event, variant, mark in other
    ]
    await tx.upsert("variants", rows)
    await queries.end_variants(tx, gone)


@on_batch(ProductDeleted)
async def end_variants(events: list[ProductDeleted], tx: Tx) -> None:
    await queries.end_variants(tx, await variants_of(tx, [event.product_id for event in events]))


@on(ShippingRatesChanged)
async def rates_changed(event: ShippingRatesChanged, tx: Tx) -> None:
    await queries.save_rates(tx, event.rates)
