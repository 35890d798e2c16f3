"""What the first rows of a file would become."""

from typing import Literal
from uuid import UUID

import msgspec

from tradehall.contracts.stores import Store
from tradehall.contracts.values import Money
from tradehall.kernel.db import Database
from tradehall.kernel.files import Files
from tradehall.services.catalog import importing
from tradehall.services.catalog.imports.mapping import BadRow, Line, Mapping, Problem
from tradehall.services.catalog.imports.merging import Merged, merge
from tradehall.services.catalog.model import Spec
from tradehall.services.catalog.queries.imports import Import
from tradehall.services.catalog.queries.known import known

ROWS = 20


class Previewed(msgspec.Struct, frozen=True, kw_only=True):
    """A variant, with what its row makes of its product. Without `product_id` the product is new."""

    product_id: UUID | None
    slug: str
    name: str
    brand: str
    category: str | None
    status: str
    tags: list[str]
    specifications: list[Spec]
    sku: str
    options: dict[str, str]
    price: Money
    compare_at: Money | None
    weight_g: int


class PreviewRow(msgspec.Struct, frozen=True):
    """Either `becomes` or `problems`."""

    row: int
    outcome: Literal["created", "changed", "unchanged", "bad"]
    becomes: Previewed | None
    problems: list[Problem]


async def preview(db: Database, files: Files, store: Store, uploaded: Import, mapping: Mapping) -> list[PreviewRow]:
    """Raises NoSuchFile where the import is over."""
    looked_at = msgspec.structs.replace(uploaded, mapping=mapping)
    turn = await importing.next_turn(files, store.id, looked_at, store.currency, ROWS)
    async with db.transaction(store.id) as tx:
        merged, misfits = merge(turn.lines, await known(tx, looked_at, turn.lines, store.currency))
    rows = [_bad(bad) for bad in (*turn.bad, *misfits)]
    rows += [
        PreviewRow(line.row.number, outcome, _previewed(line, one, store.currency), [])
        for one in merged
        for line, outcome in one.lines
    ]
    return sorted(rows, key=lambda row: row.row)[:ROWS]


def _bad(bad: BadRow) -> PreviewRow:
    return PreviewRow(bad.row.number, "bad", None, bad.problems)


def _previewed(line: Line, merged: Merged, currency: str) -> Previewed:
    product = merged.product
    variant = next(variant for variant in product.variants if variant.sku == line.facts.sku)
    return Previewed(
        product_id=merged.before.id if merged.before else None,
        slug=product.slug,
        name=product.name,
        brand=product.brand,
        category=product.category,
        status=product.status,
        tags=product.tags,
        specifications=product.specifications,
        sku=variant.sku,
        options=variant.options,
        price=Money(variant.price, currency),
        compare_at=None if variant.compare_at is None else Money(variant.compare_at, currency),
        weight_g=variant.weight_g,
    )
