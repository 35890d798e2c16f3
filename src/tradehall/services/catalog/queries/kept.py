"""Variants of products that have many, kept as they were read or written last.

All but what is in stock belongs to one edition of the product: whoever locks that edition again need not read 500 variants.
"""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx
from tradehall.services.catalog.model import Variant
from tradehall.services.catalog.queries.variants import Stock

MANY = 50  # variants; fewer are as quickly read
KEPT = 16  # products, in a process


class Edition(NamedTuple):
    """A version, and when it was made: a store restored from an earlier state counts its versions anew."""

    store_id: UUID | None
    product_id: UUID
    version: int
    updated_at: datetime


_kept: OrderedDict[tuple[UUID | None, UUID], tuple[Edition, list[Variant]]] = OrderedDict()


def get(edition: Edition) -> list[Variant] | None:
    """With what was in stock when they were kept."""
    found = _kept.get(edition[:2])
    if found is None or found[0] != edition:
        return None
    _kept.move_to_end(edition[:2])
    return found[1]


def keep(tx: Tx, edition: Edition, variants: list[Variant]) -> None:
    """Once the transaction is committed: what is rolled back was never an edition."""
    if len(variants) >= MANY:
        tx.after_commit(lambda: _keep(edition, variants))


def _keep(edition: Edition, variants: list[Variant]) -> None:
    _kept[edition[:2]] = edition, variants
    _kept.move_to_end(edition[:2])
    if len(_kept) > KEPT:
        _kept.popitem(last=False)


def stocked(variants: Sequence[Variant], stock: Stock) -> list[Variant]:
    """The same with what is in stock now."""
    return [
        one
        if one.available == available and one.backorder == backorder
        else msgspec.structs.replace(one, available=available, backorder=backorder)
        for one, available, backorder in zip(variants, stock.available, stock.backorder, strict=True)
    ]
