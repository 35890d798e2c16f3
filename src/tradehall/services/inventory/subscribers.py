"""Stock follows the orders: hold, deduct, release; and what is nearest follows the shipping rates."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

import msgspec

from tradehall.contracts.catalog import ProductCreated, ProductState, ProductUpdated
from tradehall.contracts.identity import UserCreated, UserState, UserUpdated
from tradehall.contracts.inventory import (
    BackorderedItem,
    HoldExpired,
    HoldExpiryDue,
    InventoryRejected,
    InventoryReserved,
    ReservedItem,
    ShortItem,
    StockBackordered,
)
from tradehall.contracts.orders import OrderCancelled, OrderConfirmed, OrderPlaced, SaleReduced
from tradehall.contracts.payments import PaymentUpdated
from tradehall.contracts.shipping import ShippingRatesChanged
from tradehall.contracts.stores import StoreOpened
from tradehall.contracts.values import Address, Event
from tradehall.kernel.db import Tx
from tradehall.kernel.service import on, on_batch
from tradehall.kernel.told import news
from tradehall.services.inventory.changing import (
    settle,
    tell_deducted,
    tell_quantities,
    tell_taken,
    tell_warehouse,
)
from tradehall.services.inventory.model import MOST, HoldMissing, Level, Owed, Take, allocate, by_variant, sums
from tradehall.services.inventory.queries import orders, stock, warehouses
from tradehall.services.inventory.queries.stock import Told
from tradehall.services.inventory.queries.warehouses import Person

# The order expires first and releases its hold; this is for an order that never does.
GRACE = timedelta(hours=1)
FIRST_CODE = "main"


class OneStoreAtATime(Exception):
    """What a batch cannot do across stores; its events then come one by one."""


@on_batch(ProductCreated, ProductUpdated, bulk=True, latest=True)
async def keep_variants(events: list[ProductState], tx: Tx) -> None:
    other, _ = await news(tx, events)
    rows = [
        Told(
            id=variant.variant_id,
            product_id=event.product_id,
            seller_id=event.seller_id,
            sku=variant.sku,
            title=variant.title,
            told=mark,
        )
        for event, variant, mark in other
    ]
    await tx.upsert("variants", rows)


@on(ShippingRatesChanged)
async def follow_measure(event: ShippingRatesChanged, tx: Tx) -> None:
    """Goods leave from the warehouse that shipping is reckoned from."""
    measures = [rate.measure for rate in event.rates if rate.kind == "distance"]
    await warehouses.save_measure(tx, measures[0] if measures else "earth")


@on(UserCreated, UserUpdated)
async def keep_person(event: UserState, tx: Tx) -> None:
    await warehouses.save_person(tx, Person(id=event.user_id, name=event.name, roles=event.roles))


@on(StoreOpened)
async def first_warehouse(event: StoreOpened, tx: Tx) -> None:
    """So that goods can be counted at once. Where it stands its admin will say."""
    if await warehouses.by_code(tx, FIRST_CODE) is not None:
        return
    address = Address(name=event.store.name, line1="Address to be filled in", city="City to be filled in", zip="00000")
    made = await warehouses.save(tx, FIRST_CODE, "Main warehouse", address, 0)
    tell_warehouse(tx, made)


@on_batch(OrderPlaced, across=True)
async def hold(events: list[OrderPlaced], tx: Tx) -> None:
    """All lines of an order or none; orders are served in the order of their events."""
    asked = list({line.variant_id for event in events for line in event.lines})
    known, may_be_owed = await orders.known(tx, [event.order_id for event in events], asked)
    room = await orders.lock_room(tx, may_be_owed)
    levels = _by_store(await stock.lock_levels(tx, asked))
    taken: list[tuple[Take, OrderPlaced]] = []
    owed: list[tuple[Owed, OrderPlaced]] = []
    for event in events:
        if event.order_id in known:
            continue
        store_id = tx.store_of(event)
        here = levels.get(store_id, {})
        result = allocate(event.order_id, event.lines, here, event.address, room.get(store_id))
        short = [item for item in result if isinstance(item, ShortItem)]
        if short:
            tx.emit(InventoryRejected(order_id=event.order_id, items=short), key=event.order_id, because=event)
            continue
        taken += [(item, event) for item in result if isinstance(item, Take)]
        missing = [item for item in result if isinstance(item, Owed)]
        owed += [(item, event) for item in missing]
        _tell_held(tx, event, missing)
    await orders.owe(tx, [(tx.store_of(e), item, e.address, e.expires_at + GRACE) for item, e in owed])
    await orders.hold(tx, [(take, "held", event.expires_at + GRACE) for take, event in taken])
    await stock.move(tx, "hold", [take for take, _ in taken], on_hand=0, reserved=1, actor="orders")
    changes = Counter({(tx.store_of(event), item.variant_id): 0 for item, event in owed})
    for take, event in taken:
        changes[tx.store_of(event), take.variant_id] -= take.quantity
    await tell_taken(tx, changes, levels)


def _by_store(levels: Iterable[Level]) -> dict[UUID | None, dict[UUID, list[Level]]]:
    """By store and variant."""
    found: dict[UUID | None, dict[UUID, list[Level]]] = {}
    for level in levels:
        found.setdefault(level.store_id, {}).setdefault(level.variant_id, []).append(level)
    return found


def _tell_held(tx: Tx, event: OrderPlaced, missing: Sequence[Owed]) -> None:
    _tell_owed(tx, event.order_id, missing, event)
    items = [ReservedItem(product_id=line.product_id, quantity=line.quantity) for line in event.lines]
    tx.emit(InventoryReserved(order_id=event.order_id, items=items), key=event.order_id, because=event)
    until = event.expires_at + GRACE
    tx.emit(HoldExpiryDue(order_id=event.order_id, expires_at=until), key=event.order_id, at=until, because=event)


def _tell_owed(tx: Tx, order_id: UUID, missing: Sequence[Owed], because: Event) -> None:
    if missing:
        items = [
            BackorderedItem(product_id=item.product_id, variant_id=item.variant_id, quantity=item.quantity)
            for item in missing
        ]
        tx.emit(StockBackordered(order_id=order_id, items=items), key=order_id, because=because)


@on_batch(OrderConfirmed, across=True, patient=True)
async def deduct(events: list[OrderConfirmed], tx: Tx) -> None:
    """What was held leaves the warehouse. Available quantities stay as they are."""
    ids = [event.order_id for event in events]
    promised = await orders.lock_promised(tx, ids)
    await stock.lock(tx, {line.variant_id for event in events for parcel in event.parcels for line in parcel.lines})
    waiting = await orders.confirm(tx, ids) if promised else set()
    takes = await orders.end_holds(tx, ids, "deducted")
    lost = set(ids) - waiting - {take.order_id for take in takes}
    if lost:
        if tx.across:
            raise OneStoreAtATime(f"{len(lost)} of {len(ids)} orders were paid when their hold had expired")
        takes += await _take_again(tx, [event for event in events if event.order_id in lost])
    await stock.move(tx, "deduct", takes, on_hand=-1, reserved=-1, actor="orders")
    tell_deducted(tx, takes)


async def _take_again(tx: Tx, events: Sequence[OrderConfirmed]) -> list[Take]:
    """For orders that were paid in the moment in which their hold expired: what is there, the rest is owed to them.

    Raises HoldMissing where nothing was ever held.
    """
    expired = await orders.expired(tx, [event.order_id for event in events])
    if missing := {event.order_id for event in events} - expired:
        raise HoldMissing(f"orders {', '.join(map(str, sorted(missing)))} were confirmed without a hold")
    lines = {event.order_id: [line for parcel in event.parcels for line in parcel.lines] for event in events}
    variant_ids = sorted({line.variant_id for order in lines.values() for line in order})
    levels = by_variant(await stock.lock_levels(tx, variant_ids))
    takes: list[Take] = []
    owed: list[tuple[Owed, OrderConfirmed]] = []
    for event in events:
        room = dict.fromkeys(variant_ids, MOST)  # it was promised
        result = allocate(event.order_id, lines[event.order_id], levels, event.address, room)
        takes += [item for item in result if isinstance(item, Take)]
        missing_items = [item for item in result if isinstance(item, Owed)]
        owed += [(item, event) for item in missing_items]
        _tell_owed(tx, event.order_id, missing_items, event)
    await orders.owe(tx, [(tx.store_of(event), item, event.address, None) for item, event in owed], confirmed=True)
    await orders.hold(tx, [(take, "deducted", None) for take in takes])
    await stock.move(tx, "hold", takes, on_hand=0, reserved=1, actor="orders", reason="hold had expired")
    await tell_quantities(tx, dict.fromkeys((item.variant_id for item, _ in owed), 0) | sums(takes, -1))
    return takes


@on_batch(OrderCancelled)
async def release(events: list[OrderCancelled], tx: Tx) -> None:
    """Held stock is free again; stock that had left for the order comes back; what was to come in is owed no more."""
    ids = [event.order_id for event in events]
    known = await _lock(tx, ids)
    await orders.note_ended(tx, set(ids) - known)
    promised = await orders.wait_no_more(tx, ids, "cancelled")
    await orders.forget_expired(tx, ids)
    held = await orders.end_holds(tx, ids, "released")
    back = await _to_open_warehouses(tx, await orders.undo_deductions(tx, ids))
    await stock.move(tx, "release", held, on_hand=0, reserved=-1, actor="orders", reason="order cancelled")
    await stock.move(tx, "restock", back, on_hand=1, reserved=0, actor="orders", reason="order cancelled")
    changes = Counter(dict.fromkeys(promised, 0))
    changes.update(sums([*held, *back], 1))
    await settle(tx, changes)


@on(SaleReduced, when=lambda event: not event.whole)
async def take_back(event: SaleReduced, tx: Tx) -> None:
    """What a part of an order that is not sent had taken, or what came back of it and can be sold again. What had still to
    come in is given up first."""
    back: Counter[UUID] = Counter()
    for line in event.lines:
        if line.restock:
            back[line.variant_id] += line.quantity
    if not back:
        return
    await _lock(tx, [event.order_id])
    given_up = await orders.wait_for_less(tx, event.order_id, back) if event.kind == "cancelled" else Counter()
    takes = await orders.undo_parts(tx, event.order_id, back - given_up)
    home = await _to_open_warehouses(tx, takes)
    await stock.move(tx, "restock", home, on_hand=1, reserved=0, actor="orders", reason=f"order {event.kind} in part")
    changes = Counter(dict.fromkeys(given_up, 0))
    changes.update(sums(home, 1))
    await settle(tx, changes)


async def _to_open_warehouses(tx: Tx, takes: Sequence[Take]) -> list[Take]:
    """What comes back to a warehouse that was closed meanwhile comes to the first open one instead."""
    if not takes:
        return []
    places = {place.id: place for place in await warehouses.share_open(tx)}
    instead = min(places.values(), key=lambda place: (place.priority, place.code)).id
    moved = [
        take if take.warehouse_id in places else msgspec.structs.replace(take, warehouse_id=instead) for take in takes
    ]
    await stock.ensure_levels(tx, [(t.variant_id, t.warehouse_id, t.product_id) for t in moved if t not in takes])
    return moved


@on(PaymentUpdated, when=lambda event: event.status == "review")
async def keep(event: PaymentUpdated, tx: Tx) -> None:
    """For as long as a person looks at the proof."""
    await orders.keep(tx, event.order_id)


@on_batch(HoldExpiryDue, across=True, patient=True)
async def expire(events: list[HoldExpiryDue], tx: Tx) -> None:
    """Nearly all were paid, or ended, long before."""
    ids = await orders.due(tx, [event.order_id for event in events])
    if not ids:
        return
    if tx.across:
        raise OneStoreAtATime(f"what is held for {len(ids)} of {len(events)} orders expires")
    await _lock(tx, ids)
    promised = await orders.wait_no_more(tx, ids, "expired")
    held = await orders.end_holds(tx, ids, "expired")
    await stock.move(tx, "release", held, on_hand=0, reserved=-1, actor="orders", reason="hold expired")
    await settle(tx, dict.fromkeys(promised, 0) | sums(held, 1))
    for order_id in ids:
        tx.emit(HoldExpired(order_id=order_id), key=order_id)


async def _lock(tx: Tx, order_ids: Sequence[UUID]) -> set[UUID]:
    """All stock that these orders hold or wait for, or did; those of them that there are."""
    await orders.lock_promised(tx, order_ids)
    touched = await orders.touched(tx, order_ids)
    await stock.lock(tx, {variant_id for _, variant_id in touched})
    return {order_id for order_id, _ in touched}
