"""Rules of stock: what an order takes from where, what it may owe, what makes up a movement, who works with what."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from tradehall.contracts.inventory import ShortItem
from tradehall.contracts.places import Measure, Nearness, nearness
from tradehall.contracts.values import Address, Line
from tradehall.kernel.errors import Conflict, Invalid, NotFound

MOST = 100_000_000  # of a variant in a warehouse
LOW = 10  # available of a variant, or fewer, are low where nothing else was set: the default of `variants.threshold`

MovementKind = Literal[
    "receive", "remove", "count", "adjust", "transfer_out", "transfer_in", "hold", "deduct", "release", "restock"
]


class NotEnoughStock(Conflict):
    slug = "not-enough-stock"
    title = "There is not that much in stock"


class UnknownWarehouse(NotFound):
    slug = "unknown-warehouse"
    title = "There is no such warehouse"


class UnknownVariant(NotFound):
    slug = "unknown-variant"
    title = "There is no such variant"


class HoldMissing(Conflict):
    slug = "hold-missing"
    title = "No stock is held for this order"


class WarehouseInUse(Conflict):
    """`extra.variants` is how many variants stand in it."""

    slug = "warehouse-in-use"
    title = "Goods stand in this warehouse"


class LastWarehouse(Conflict):
    slug = "last-warehouse"
    title = "A store needs one open warehouse"


class WarehouseClosed(Conflict):
    slug = "warehouse-closed"
    title = "This warehouse is closed"


class UnknownCount(NotFound):
    slug = "unknown-count"
    title = "There is no such count"


class CountEnded(Conflict):
    slug = "count-ended"
    title = "This count has ended"


class CountOutdated(Conflict):
    """`extra.lines` are those to count again: SKU, and why."""

    slug = "count-outdated"
    title = "Some lines must be counted again"


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """What of the stock somebody works with: all of it (`whole`), or the own variants anywhere and all that stands in
    some warehouses."""

    whole: bool = False
    seller_id: UUID | None = None
    warehouses: frozenset[UUID] = frozenset()

    def has_warehouse(self, warehouse_id: UUID) -> bool:
        return self.whole or warehouse_id in self.warehouses

    def covers(self, seller_id: UUID, warehouse_id: UUID) -> bool:
        return self.has_warehouse(warehouse_id) or self.seller_id == seller_id


class Level(msgspec.Struct, kw_only=True):
    """Stock of a variant in a warehouse, what the warehouse is called and where it is, and by what the store measures that.

    Mutable: a batch of orders is allocated against one reading.
    """

    variant_id: UUID
    warehouse_id: UUID
    product_id: UUID
    on_hand: int
    reserved: int
    code: str = ""
    zip: str = ""
    country: str = "US"
    priority: int = 0
    measure: Measure = "earth"
    store_id: UUID | None = None

    def preference(self, to_zip: str, to_country: str) -> tuple[int, Nearness, str]:
        """To sort by: what gives first for an order that goes there. What `Rate.cost` reckons with."""
        return self.priority, nearness(self.measure, self.zip, self.country, to_zip, to_country), self.code

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved

    def check(self, delta: int) -> None:
        """Whether so many more, or less, may be on hand. Raises NotEnoughStock or Invalid."""
        if self.on_hand + delta < self.reserved:
            raise NotEnoughStock(f"{self.on_hand} are there, {self.reserved} of them held for orders.")
        if self.on_hand + delta > MOST:
            raise Invalid.field("quantity", f"must leave no more than {MOST} in a warehouse")


class Take(msgspec.Struct, frozen=True, kw_only=True):
    """So many of a variant in a warehouse, for an order where there is one; in a count also so many less. `store_id` is None
    where it is the transaction's."""

    order_id: UUID | None
    variant_id: UUID
    warehouse_id: UUID
    product_id: UUID
    quantity: int
    store_id: UUID | None = None


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """So many of a variant that an order takes although they are not there yet."""

    order_id: UUID
    variant_id: UUID
    product_id: UUID
    quantity: int


class Backorder(Owed, frozen=True, kw_only=True):
    """What an order waits for, of which `filled` have come; to be sent to `zip` in `country`."""

    filled: int
    confirmed: bool
    expires_at: datetime | None
    zip: str
    country: str


class Available(msgspec.Struct, frozen=True, kw_only=True):
    """Of a variant, over all warehouses. `backorder`: an order may take more than that."""

    store_id: UUID
    variant_id: UUID
    product_id: UUID
    seller_id: UUID
    sku: str
    title: str
    threshold: int
    available: int
    backorder: bool

    @property
    def low(self) -> bool:
        return self.available <= self.threshold

    def was_low(self, change: int) -> bool:
        """Before `available` changed by so many."""
        return self.available - change <= self.threshold


def sums(takes: Iterable[Take], sign: Literal[1, -1]) -> dict[UUID, int]:
    """By variant: the takes' quantities, with a sign."""
    found: dict[UUID, int] = {}
    for take in takes:
        found[take.variant_id] = found.get(take.variant_id, 0) + sign * take.quantity
    return found


def by_variant(levels: Iterable[Level]) -> dict[UUID, list[Level]]:
    found: dict[UUID, list[Level]] = {}
    for level in levels:
        found.setdefault(level.variant_id, []).append(level)
    return found


def allocate(
    order_id: UUID,
    lines: Sequence[Line],
    levels: Mapping[UUID, Sequence[Level]],
    to: Address,
    room: dict[UUID, int] | None = None,
) -> list[Take | Owed] | list[ShortItem]:
    """All or nothing: what to take from where, and what to owe. `levels` by variant; `room`, how many of a variant may be
    owed.

    A line takes from the first warehouse, by preference, that has it all; where none has, from the first, spilling over to
    the next. On success `levels` and `room` are reduced; where any line falls short nothing changes, and all short lines
    are named, with what could have been ordered.
    """
    room = {} if room is None else room
    wanted: dict[UUID, tuple[UUID, int]] = {}
    for line in lines:
        _, before = wanted.get(line.variant_id, (line.product_id, 0))
        wanted[line.variant_id] = (line.product_id, before + line.quantity)
    there = {variant_id: sum(level.available for level in levels.get(variant_id, ())) for variant_id in wanted}
    short = [
        ShortItem(product_id=product_id, variant_id=variant_id, requested=quantity, available=orderable)
        for variant_id, (product_id, quantity) in wanted.items()
        if (orderable := there[variant_id] + room.get(variant_id, 0)) < quantity
    ]
    if short:
        return short
    found: list[Take | Owed] = []
    for variant_id, (product_id, quantity) in wanted.items():
        part = min(quantity, there[variant_id])
        found += _take(order_id, part, _preferred(levels.get(variant_id, ()), to.zip, to.country))
        if owed := quantity - part:
            room[variant_id] -= owed
            found.append(Owed(order_id=order_id, variant_id=variant_id, product_id=product_id, quantity=owed))
    return found


def fill(
    waiting: Iterable[Backorder], levels: Mapping[UUID, Sequence[Level]]
) -> list[tuple[Backorder, Sequence[Take]]]:
    """What to take for those that wait: who came first is served first, also in part. `levels` are reduced."""
    found: list[tuple[Backorder, Sequence[Take]]] = []
    for backorder in waiting:
        shelves = levels.get(backorder.variant_id, ())
        part = min(backorder.quantity - backorder.filled, sum(level.available for level in shelves))
        if part:
            preferred = _preferred(shelves, backorder.zip, backorder.country)
            found.append((backorder, list(_take(backorder.order_id, part, preferred))))
    return found


def _take(order_id: UUID, quantity: int, levels: Sequence[Level]) -> Iterator[Take]:
    """`levels` in the order of preference, with enough in all of them together."""
    whole = next((level for level in levels if level.available >= quantity), None)
    for level in levels if whole is None else (whole,):
        part = min(quantity, level.available)
        if part > 0:
            level.reserved += part
            quantity -= part
            yield Take(
                order_id=order_id,
                variant_id=level.variant_id,
                warehouse_id=level.warehouse_id,
                product_id=level.product_id,
                quantity=part,
                store_id=level.store_id,
            )


def _preferred(levels: Sequence[Level], to_zip: str, to_country: str) -> Sequence[Level]:
    return levels if len(levels) < 2 else sorted(levels, key=lambda level: level.preference(to_zip, to_country))
