"""SQL of what carts know of the catalogue and of the stock."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx
from tradehall.services.carts.model import Goods, Line, PastVariant, Variant

_OF_VARIANT = ", ".join(f"v.{name}" for name in Variant.__struct_fields__ if name != "available")  # the last one
# The stock of each by its key, not by a join: planned for a few ids and kept, a join goes over all of them for each.
_VARIANTS = f"""
SELECT {_OF_VARIANT}, (SELECT s.available FROM stock s WHERE s.id = v.id) FROM variants v WHERE v.id = ANY($1)
"""


async def variants(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Variant]:
    if not ids:
        return {}
    return {row[0]: Variant(*row) for row in await tx.rows(_VARIANTS, ids)}


async def goods(tx: Tx, lines: Iterable[Line], besides: Iterable[UUID] = ()) -> Goods:
    """The variants of these lines, what those that changed were when they were seen, and the variants `besides`."""
    lines = list(lines)
    found = await variants(tx, list({*besides, *(line.variant_id for line in lines)}))
    changed = {line.variant_id for line in lines if (v := found.get(line.variant_id)) and v.revision != line.revision}
    return Goods(found, await _past(tx, list(changed)) if changed else {})


async def _past(tx: Tx, variant_ids: Sequence[UUID]) -> dict[tuple[UUID, int], PastVariant]:
    rows = await tx.all(
        PastVariant,
        "SELECT variant_id, revision, title, options FROM past_variants WHERE variant_id = ANY($1)",
        variant_ids,
    )
    return {(past.variant_id, past.revision): past for past in rows}


class VariantRow(msgspec.Struct, frozen=True, kw_only=True):
    """As the catalogue's events say; what else `variants` holds, the database keeps itself."""

    id: UUID
    product_id: UUID
    seller_id: UUID
    slug: str
    sku: str
    title: str
    options: dict[str, str]
    price: int
    currency: str
    image: str | None
    for_sale: bool
    unpublished: bool
    told: int


async def end_variants(tx: Tx, ids: Sequence[UUID]) -> None:
    """They are not for sale any more."""
    if ids:
        await tx.run(
            "UPDATE variants SET for_sale = false, unpublished = false, told = NULL "
            "WHERE id = ANY($1) AND (for_sale OR unpublished OR told IS NOT NULL)",
            ids,
        )


class Stock(msgspec.Struct, frozen=True, kw_only=True):
    """`available` None: as many as anybody wants."""

    store_id: UUID
    id: UUID
    available: int | None


async def save_stock(tx: Tx, rows: Sequence[Stock]) -> None:
    await tx.upsert("stock", rows)
