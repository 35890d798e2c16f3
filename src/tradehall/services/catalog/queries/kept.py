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

    product_id: UUID
    version: int
    updated_at: datetime


_kept: OrderedDict[tuple[UUID | None, UUID], tuple[Edition, list[Variant]]] = OrderedDict()


def get(tx: Tx, edition: Edition) -> list[Variant] | None:
    """With what was in stock when they were kept."""
    key = tx.store_id, edition.product_id
    found = _kept.get(key)
    if found is None or found[0] != edition:
        return None
    _kept.move_to_end(key)
    return found[1]


def keep(tx: Tx, edition: Edition, variants: list[Variant]) -> None:
    """Once the transaction is committed: what is rolled back was never an edition."""
    if len(variants) >= MANY:
        store_id = tx.store_id  # a transaction may go on to another's
        tx.after_commit(lambda: _keep(store_id, edition, variants))


def _keep(store_id: UUID | None, edition: Edition, variants: list[Variant]) -> None:
    key = store_id, edition.product_id
    _kept[key] = edition, variants
    _kept.move_to_end(key)
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
