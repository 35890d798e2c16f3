"""Copies of the catalogue's variants: what is told again costs no more than to see that it is the same.

A service keeps them in its table `variants`, each with the mark, in `told`, of what it was made of.
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from tradehall.contracts.catalog import ProductState, VariantFacts
from tradehall.kernel.db import Tx


class News(NamedTuple):
    """`other`: variants of which something else is told than before, each with its product and its mark. `gone`: ids of which
    nothing is told any more."""

    other: list[tuple[ProductState, VariantFacts, int]]
    gone: list[UUID]


async def news(tx: Tx, events: Sequence[ProductState]) -> News:
    """Of each product one event."""
    known = await _known(tx, [event.product_id for event in events])
    marks = {id: mark for event in events for id, mark in event.marks.items()}
    other = [
        (event, variant, mark)
        for event in events
        for variant in event.variants
        if known.get(variant.variant_id) != (mark := marks[variant.variant_id])
    ]
    return News(other, sorted(known.keys() - marks.keys()))


async def variants_of(tx: Tx, product_ids: Sequence[UUID]) -> list[UUID]:
    return sorted(await _known(tx, product_ids))


async def _known(tx: Tx, product_ids: Sequence[UUID]) -> dict[UUID, int | None]:
    """As two arrays: of 500 variants rows would take longer."""
    ((ids, told),) = await tx.rows(
        "SELECT array_agg(id), array_agg(told) FROM variants WHERE product_id = ANY ($1)", product_ids
    )
    return dict(zip(ids or (), told or (), strict=True))
