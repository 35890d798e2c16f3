"""SQL of documents: what the catalogue, inventory, identity and orders tell, and what memory is refreshed with."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradehall.contracts.catalog import ProductState, ProductUpdated
from tradehall.kernel.bulk import gently
from tradehall.kernel.db import Tx, columns
from tradehall.services.search import model
from tradehall.services.search.model import CardFacts


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """What a store's search stands at."""

    store_id: UUID
    version: int
    numbers: int
    generation: int
    building: int | None
    choices: int
    model: str | None

    @property
    def generations(self) -> list[int]:
        """The indexes that are written."""
        return [self.generation] if self.building is None else [self.generation, self.building]


class Document(msgspec.Struct, frozen=True):
    """`product` is None where it is not shown; `told` is the mark of what was told of it."""

    id: UUID
    number: int
    told: int | None
    product: ProductUpdated | None


class CardRow(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    number: int
    available: int
    card: CardFacts


class Stocked(msgspec.Struct, frozen=True):
    id: UUID
    available: int
    backorder: bool


_SHELF = "store_id, version, numbers, generation, building, choices, model"
_UPSERT = """
INSERT INTO documents (id, number, version, shown, available, name, facets, card, product, told)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::bigint[], $4::bool[], $5::int[], $6::text[], $7::jsonb[], $8::jsonb[],
                     $9::jsonb[], $10::bigint[])
ON CONFLICT (store_id, id) DO UPDATE SET version = excluded.version, shown = excluded.shown,
  available = excluded.available, name = excluded.name, facets = excluded.facets, card = excluded.card,
  product = excluded.product, told = excluded.told
"""
# Of products whose quantities changed: what is available now. A document changes where a product comes or goes.
_LEVELS = """
SELECT d.store_id, d.id, d.available AS before, coalesce(sum(s.available), 0)::int AS after
FROM documents d LEFT JOIN stock s ON s.store_id = d.store_id AND s.product_id = d.id
WHERE d.id = ANY ($1) AND (d.store_id, d.id) IN (SELECT * FROM unnest($2::uuid[], $1::uuid[]))
GROUP BY d.store_id, d.id, d.available HAVING d.available IS DISTINCT FROM coalesce(sum(s.available), 0)::int
ORDER BY d.store_id, d.id
"""


async def shelf(tx: Tx) -> Shelf | None:
    return await tx.one(Shelf, f"SELECT {_SHELF} FROM shelves")


async def take(tx: Tx, store_ids: Collection[UUID]) -> dict[UUID, Shelf]:
    """Each at its next version, and nobody else's until the transaction ends."""
    rows = await tx.all(
        Shelf,
        "INSERT INTO shelves AS s (store_id, version) SELECT store_id, 1 FROM unnest($1::uuid[]) AS t(store_id) "
        f"ORDER BY store_id ON CONFLICT (store_id) DO UPDATE SET version = s.version + 1 RETURNING {_SHELF}",
        sorted(set(store_ids)),
    )
    return {row.store_id: row for row in rows}


async def count_choice(tx: Tx) -> int:
    """Synonyms, pins, hidden products or sellers are others from now on. Returns the version of the documents."""
    return int(
        await tx.scalar(
            "INSERT INTO shelves AS s (choices) VALUES (1) "
            "ON CONFLICT (store_id) DO UPDATE SET choices = s.choices + 1 RETURNING version"
        )
    )


async def news(tx: Tx, products: Sequence[ProductState]) -> list[ProductState]:
    """Those of which something else is told than before."""
    ids = [product.product_id for product in products]
    told = {row["id"]: row["told"] for row in await tx.rows("SELECT id, told FROM documents WHERE id = ANY ($1)", ids)}
    return [product for product in products if told.get(product.product_id) != product.mark]


async def save(tx: Tx, now: Shelf, products: Sequence[ProductState]) -> list[Document]:
    """Each once. On a shelf that was taken."""
    ids = [product.product_id for product in products]
    numbers = {
        row["id"]: row["number"] for row in await tx.rows("SELECT id, number FROM documents WHERE id = ANY ($1)", ids)
    }
    new = [id for id in ids if id not in numbers]
    numbers |= {id: now.numbers + place for place, id in enumerate(new)}
    if new:
        await tx.run("UPDATE shelves SET numbers = $1", now.numbers + len(new))
    available = await _available(tx, products)
    saved, rows = [], []
    async for product in gently(products):
        shown = product.status == "published" and bool(product.variants)
        kept = ProductUpdated(**{name: getattr(product, name) for name in ProductState.__struct_fields__})
        number = numbers[product.product_id]
        saved.append(Document(product.product_id, number, product.mark, kept if shown else None))
        rows.append(
            (
                product.product_id,
                number,
                now.version,
                shown,
                available.get(product.product_id, 0),
                model.sort_name(product),
                model.facets_of(product),
                model.card_of(product) if product.variants else None,
                kept,
                product.mark,
            )
        )
    await tx.run(_UPSERT, *columns(rows))
    return saved


async def _available(tx: Tx, products: Sequence[ProductState]) -> dict[UUID, int]:
    """By product; quantities of variants that are no more go."""
    variants = [variant.variant_id for product in products for variant in product.variants]
    ids = [product.product_id for product in products]
    await tx.run("DELETE FROM stock WHERE product_id = ANY ($1) AND id <> ALL ($2)", ids, variants)
    rows = await tx.rows(
        "SELECT product_id, sum(available)::int AS available FROM stock WHERE product_id = ANY ($1) GROUP BY product_id",
        ids,
    )
    return {row["product_id"]: row["available"] for row in rows}


async def delete(tx: Tx, now: Shelf, ids: Sequence[UUID]) -> list[Document]:
    """They keep their numbers."""
    rows = await tx.rows(
        "UPDATE documents SET version = $2, shown = false, facets = NULL, card = NULL, product = NULL, told = NULL "
        "WHERE id = ANY ($1) AND product IS NOT NULL RETURNING id, number",
        ids,
        now.version,
    )
    await tx.run("DELETE FROM stock WHERE product_id = ANY ($1)", ids)
    return [Document(row["id"], row["number"], None, None) for row in rows]


async def stock(tx: Tx, rows: Sequence[tuple[UUID, UUID, UUID, int, bool]]) -> list[Shelf]:
    """Quantities as (store, variant, product, available, backorder), of each variant once. Returns the shelves of which
    a product sold out, or came back: they are taken."""
    rows = sorted(rows)
    await tx.run(
        "INSERT INTO stock AS s (store_id, id, product_id, available, backorder) "
        "SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::bool[]) "
        "ON CONFLICT (store_id, id) DO UPDATE SET available = excluded.available, backorder = excluded.backorder "
        "WHERE (s.available, s.backorder) IS DISTINCT FROM (excluded.available, excluded.backorder)",
        *columns(rows),
    )
    products = sorted({(row[0], row[2]) for row in rows})
    changed = await tx.rows(_LEVELS, [id for _, id in products], [store_id for store_id, _ in products])
    turned = {row["store_id"] for row in changed if (row["before"] > 0) != (row["after"] > 0)}
    shelves = await take(tx, turned) if turned else {}
    if changed:
        await tx.run(
            "UPDATE documents d SET available = t.available, version = coalesce(t.version, d.version) "
            "FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::bigint[]) AS t(store_id, id, available, version) "
            "WHERE d.store_id = t.store_id AND d.id = t.id AND d.id = ANY ($2)",
            *columns(
                [
                    (
                        row["store_id"],
                        row["id"],
                        row["after"],
                        shelves[row["store_id"]].version if (row["before"] > 0) != (row["after"] > 0) else None,
                    )
                    for row in changed
                ]
            ),
        )
    return list(shelves.values())


async def sell(tx: Tx, units: Sequence[tuple[UUID, UUID, int]]) -> None:
    """(store, product, units more), of each product once."""
    await tx.run(
        "INSERT INTO sales AS s (store_id, id, units) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) "
        "ON CONFLICT (store_id, id) DO UPDATE SET units = s.units + excluded.units, changed_at = now()",
        *columns(sorted(units)),
    )


async def save_seller(tx: Tx, seller_id: UUID, slug: str, name: str) -> None:
    await tx.run(
        "INSERT INTO sellers (id, slug, name) VALUES ($1, $2, $3) "
        "ON CONFLICT (store_id, id) DO UPDATE SET slug = excluded.slug, name = excluded.name",
        seller_id,
        slug,
        name,
    )


# --- for memory


async def changed(tx: Tx, since: int, after: int, limit: int) -> list[tuple[int, bool, int, object]]:
    """Number, shown, available, facets of documents changed since that version, by number."""
    rows = await tx.rows(
        "SELECT number, shown, available, CASE WHEN shown THEN facets END AS facets FROM documents "
        "WHERE version > $1 AND number > $2 ORDER BY number LIMIT $3",
        since,
        after,
        limit,
    )
    return [(row["number"], row["shown"], row["available"], row["facets"]) for row in rows]


async def sold(tx: Tx, since: datetime | None) -> list[tuple[int, int]]:
    """Number and units of products sold since."""
    rows = await tx.rows(
        "SELECT d.number, s.units FROM sales s JOIN documents d ON d.id = s.id "
        "WHERE $1::timestamptz IS NULL OR s.changed_at >= $1",
        since,
    )
    return [(row["number"], row["units"]) for row in rows]


async def numbers(tx: Tx, ids: Collection[UUID]) -> dict[UUID, int]:
    """Of those that are shown."""
    rows = await tx.rows("SELECT id, number FROM documents WHERE id = ANY ($1) AND shown", list(ids))
    return {row["id"]: row["number"] for row in rows}


async def names(tx: Tx, ids: Collection[UUID]) -> dict[UUID, str]:
    """Of those that are shown."""
    rows = await tx.rows("SELECT id, card ->> 'name' AS name FROM documents WHERE id = ANY ($1) AND shown", list(ids))
    return {row["id"]: row["name"] for row in rows}


async def sellers(tx: Tx) -> dict[UUID, tuple[str, str]]:
    """Slug and name."""
    return {row["id"]: (row["slug"], row["name"]) for row in await tx.rows("SELECT id, slug, name FROM sellers")}


# --- for answers


async def cards(tx: Tx, numbers: Sequence[int]) -> list[CardRow]:
    """In this order; one that is shown no more is left out."""
    rows = await tx.all(
        CardRow, "SELECT id, number, available, card FROM documents WHERE number = ANY ($1) AND shown", numbers
    )
    found = {row.number: row for row in rows}
    return [found[number] for number in numbers if number in found]


async def stocked(tx: Tx, variant_ids: Sequence[UUID]) -> dict[UUID, Stocked]:
    rows = await tx.all(Stocked, "SELECT id, available, backorder FROM stock WHERE id = ANY ($1)", variant_ids)
    return {row.id: row for row in rows}


async def by_name(tx: Tx, numbers: Sequence[int], after: tuple[str, int] | None, limit: int) -> list[tuple[int, str]]:
    rows = await tx.rows(
        "SELECT number, name FROM documents WHERE number = ANY ($1) "
        "AND ($2::text IS NULL OR (name, number) > ($2, $3::int)) ORDER BY name, number LIMIT $4",
        numbers,
        after[0] if after else None,
        after[1] if after else 0,
        limit,
    )
    return [(row["number"], row["name"]) for row in rows]


# --- for indexes


async def page(tx: Tx, after: int, limit: int) -> list[Document]:
    """By number, all that are shown."""
    return await tx.all(
        Document,
        "SELECT id, number, told, product FROM documents WHERE number > $1 AND shown ORDER BY number LIMIT $2",
        after,
        limit,
    )
