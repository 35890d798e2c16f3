"""Rules of stock: what an order takes from where, and what makes up a movement."""

from collections.abc import Iterable, Sequence
from typing import Literal
from uuid import UUID

import msgspec

from tradehall.contracts.inventory import ShortItem
from tradehall.contracts.shipping import zip_number
from tradehall.contracts.values import Line
from tradehall.kernel.errors import Conflict, Invalid, NotFound

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
    """Stock of a variant in a warehouse. Mutable: a batch of orders is allocated against one reading."""

    variant_id: UUID
    warehouse_id: UUID
    product_id: UUID
    on_hand: int
    reserved: int
    zip: str = ""

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


def allocate(
    order_id: UUID, lines: Sequence[Line], levels: Iterable[Level], to_zip: str
) -> list[Take] | list[ShortItem]:
    """All or nothing: what to take from where, nearest warehouse first, spilling over to the next.

    On success `levels` are reduced; where any line falls short nothing changes, and all short lines are named.
    """
    by_variant: dict[UUID, list[Level]] = {}
    for level in levels:
        by_variant.setdefault(level.variant_id, []).append(level)
    wanted: dict[UUID, tuple[UUID, int]] = {}
    for line in lines:
        _, before = wanted.get(line.variant_id, (line.product_id, 0))
        wanted[line.variant_id] = (line.product_id, before + line.quantity)
    short = [
        ShortItem(product_id=product_id, variant_id=variant_id, requested=quantity, available=available)
        for variant_id, (product_id, quantity) in wanted.items()
        if (available := sum(level.available for level in by_variant.get(variant_id, ()))) < quantity
    ]
    if short:
        return short
    takes: list[Take] = []
    for variant_id, (product_id, quantity) in wanted.items():
        for level in sorted(by_variant[variant_id], key=lambda level: _distance(level.zip, to_zip)):
            part = min(quantity, level.available)
            if part > 0:
                level.reserved += part
                quantity -= part
                takes.append(
                    Take(
                        order_id=order_id,
                        variant_id=variant_id,
                        warehouse_id=level.warehouse_id,
                        product_id=product_id,
                        quantity=part,
                    )
                )
    return takes


def _distance(from_zip: str, to_zip: str) -> int:
    start, end = zip_number(from_zip), zip_number(to_zip)
    return abs(start - end) if start is not None and end is not None else 10**9
