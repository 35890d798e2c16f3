"""Rules of stock: what an order takes from where, and what makes up a movement."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Literal
from uuid import UUID

import msgspec

from tradehall.contracts.inventory import ShortItem
from tradehall.contracts.shipping import zip_number
from tradehall.contracts.values import Address, Line
from tradehall.kernel.errors import Conflict, Invalid, NotFound
from tradehall.services.inventory.places import USA, kilometres, place

MOST = 100_000_000  # of a variant in a warehouse

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


class Level(msgspec.Struct, kw_only=True):
    """Stock of a variant in a warehouse, and what the warehouse is called and where. Mutable: a batch of orders is allocated against one reading."""

    variant_id: UUID
    warehouse_id: UUID
    product_id: UUID
    on_hand: int
    reserved: int
    code: str = ""
    zip: str = ""
    country: str = "US"

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
    """So many of a variant in a warehouse, for an order where there is one."""

    order_id: UUID | None
    variant_id: UUID
    warehouse_id: UUID
    product_id: UUID
    quantity: int


class Available(msgspec.Struct, frozen=True, kw_only=True):
    """Of a variant, over all warehouses."""

    variant_id: UUID
    product_id: UUID
    seller_id: UUID
    sku: str
    title: str
    threshold: int
    available: int

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
    order_id: UUID, lines: Sequence[Line], levels: Mapping[UUID, Sequence[Level]], to: Address
) -> list[Take] | list[ShortItem]:
    """All or nothing: what to take from where. `levels` by variant.

    A line takes from the nearest warehouse that has it all; where none has, from the nearest, spilling over to the
    next. On success `levels` are reduced; where any line falls short nothing changes, and all short lines are named.
    """
    wanted: dict[UUID, tuple[UUID, int]] = {}
    for line in lines:
        _, before = wanted.get(line.variant_id, (line.product_id, 0))
        wanted[line.variant_id] = (line.product_id, before + line.quantity)
    short = [
        ShortItem(product_id=product_id, variant_id=variant_id, requested=quantity, available=available)
        for variant_id, (product_id, quantity) in wanted.items()
        if (available := sum(level.available for level in levels.get(variant_id, ()))) < quantity
    ]
    if short:
        return short
    return [
        take
        for variant_id, (_, quantity) in wanted.items()
        for take in _take(order_id, quantity, _nearest_first(levels[variant_id], to))
    ]


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
            )


def _nearest_first(levels: Sequence[Level], to: Address) -> Sequence[Level]:
    if len(levels) == 1:
        return levels
    return sorted(levels, key=lambda level: (nearness(level.zip, level.country, to.zip, to.country), level.code))


@lru_cache(maxsize=1 << 14)
def nearness(zip_code: str, country: str, to_zip: str, to_country: str) -> tuple[int, float]:
    """To sort by, nearest first: real distances, then how close the numbers of the zips are, then all the rest."""
    here, there = place(zip_code, country), place(to_zip, to_country)
    if here is not None and there is not None:
        return 0, kilometres(here, there)
    start, end = zip_number(zip_code), zip_number(to_zip)
    if start is not None and end is not None and (country == to_country or {country, to_country} <= USA):
        return 1, abs(start - end)
    return 2, 0
