"""SQL of the typed attributes of categories, and of what products say of them."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import asyncpg
import msgspec

from tradehall.kernel.db import Tx
from tradehall.services.catalog.attributes import Attribute, CodeTaken, Shelf, by_name
from tradehall.services.catalog.model import Spec
from tradehall.services.catalog.queries import categories


class Assigned(Attribute, frozen=True, kw_only=True):
    """`categories` are those it is assigned to; it holds in those below them, too."""

    categories: list[str]


class Described(msgspec.Struct, frozen=True):
    """What refitting needs of a product."""

    id: UUID
    category: str
    specifications: list[Spec]


_FIELDS = "a.id, a.code, a.name, a.kind, a.unit, a.choices, a.filterable, a.required, a.position"
_ASSIGNED = f"""
SELECT {_FIELDS}, ARRAY (SELECT c.category FROM attribute_categories c WHERE c.attribute_id = a.id ORDER BY c.category)
       AS categories
FROM attributes a
"""
_IN_CATEGORIES = f"""
SELECT b.category AS below, {_FIELDS} FROM branches b
JOIN attribute_categories c ON c.category = b.top JOIN attributes a ON a.id = c.attribute_id
WHERE b.category = ANY ($1) ORDER BY b.distance, a.position, a.name, a.id
"""


async def listed(tx: Tx, *, limit: int, after: tuple[str] | None = None, category: str | None = None) -> list[Assigned]:
    """By code; with `category` those assigned to it."""
    return await tx.all(
        Assigned,
        f"{_ASSIGNED} WHERE a.code > $1 AND ($2::text IS NULL OR a.id IN ("
        "  SELECT c.attribute_id FROM attribute_categories c WHERE c.category = $2)) ORDER BY a.code LIMIT $3",
        after[0] if after else "",
        category,
        limit,
    )


async def one(tx: Tx, code: str) -> Assigned | None:
    return await tx.one(Assigned, f"{_ASSIGNED} WHERE a.code = $1", code)


async def by_code(tx: Tx, codes: Sequence[str]) -> dict[str, Attribute]:
    rows = await tx.all(Attribute, f"SELECT {_FIELDS} FROM attributes a WHERE a.code = ANY ($1)", list(codes))
    return {row.code: row for row in rows}


async def of_categories(tx: Tx, slugs: Sequence[str]) -> dict[str, list[Attribute]]:
    """What holds in each: its own first, then what holds in the categories above it."""
    known: dict[UUID, Attribute] = {}
    found: dict[str, list[Attribute]] = {slug: [] for slug in slugs}
    for row in await tx.rows(_IN_CATEGORIES, slugs):
        attribute = known.get(row["id"])
        if attribute is None:
            values = {name: row[name] for name in Attribute.__struct_fields__}
            attribute = known[row["id"]] = msgspec.convert(values, Attribute)
        found[row["below"]].append(attribute)
    return found


async def shelves(tx: Tx, slugs: Iterable[str]) -> dict[str, Shelf]:
    """Of these categories; those that there are."""
    paths = await categories.paths(tx, list(slugs))
    held = await of_categories(tx, list(paths)) if paths else {}
    return {slug: Shelf(path, by_name(held[slug])) for slug, path in paths.items()}


async def misfits(tx: Tx, attribute_id: UUID) -> int:
    """Products that say something that does not fit."""
    sql = "SELECT count(DISTINCT product_id) FROM attribute_values WHERE attribute_id = $1 AND misfit IS NOT NULL"
    return int(await tx.scalar(sql, attribute_id))


async def add(tx: Tx, attribute: Attribute, categories: Sequence[str]) -> None:
    """Raises CodeTaken."""
    values = msgspec.structs.astuple(attribute)
    added = await tx.run(
        "INSERT INTO attributes (id, code, name, kind, unit, choices, filterable, required, position) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
        *values,
    )
    if not added:
        raise CodeTaken(f"Another attribute has the code {attribute.code}.")
    await _assign(tx, attribute.id, categories)


async def change(tx: Tx, attribute: Attribute, categories: Sequence[str]) -> None:
    """Raises CodeTaken."""
    try:
        await tx.run(
            "UPDATE attributes SET (code, name, kind, unit, choices, filterable, required, position) = "
            "($2, $3, $4, $5, $6, $7, $8, $9) WHERE id = $1",
            *msgspec.structs.astuple(attribute),
        )
    except asyncpg.UniqueViolationError:
        raise CodeTaken(f"Another attribute has the code {attribute.code}.") from None
    await _assign(tx, attribute.id, categories)


async def _assign(tx: Tx, attribute_id: UUID, categories: Sequence[str]) -> None:
    await tx.run(
        "WITH gone AS (DELETE FROM attribute_categories WHERE attribute_id = $1 AND NOT (category = ANY ($2))) "
        "INSERT INTO attribute_categories (attribute_id, category) SELECT $1, category FROM unnest($2::text[]) AS category "
        "ON CONFLICT DO NOTHING",
        attribute_id,
        list(dict.fromkeys(categories)),
    )


async def delete(tx: Tx, attribute_id: UUID) -> None:
    """Products keep what they say, as a free specification."""
    await tx.run("DELETE FROM attributes WHERE id = $1", attribute_id)


async def by_category(tx: Tx, tops: Sequence[str]) -> dict[str, list[Attribute]]:
    """What holds in each category of these branches, the nearest first."""
    rows = await tx.rows("SELECT DISTINCT category FROM branches WHERE top = ANY ($1)", tops)
    return await of_categories(tx, [row["category"] for row in rows])


async def described(tx: Tx, tops: Sequence[str], *, after: UUID | None, limit: int) -> list[Described]:
    """Products of these branches, locked, by id."""
    return await tx.all(
        Described,
        "SELECT p.id, p.category, p.specifications FROM products p WHERE p.deleted_at IS NULL "
        "AND p.category IN (SELECT b.category FROM branches b WHERE b.top = ANY ($1)) "
        "AND ($2::uuid IS NULL OR p.id > $2) ORDER BY p.id LIMIT $3 FOR NO KEY UPDATE OF p",
        list(tops),
        after,
        limit,
    )


async def rewrite(tx: Tx, specifications: Mapping[UUID, list[Spec]]) -> None:
    """Of products locked before; each gets its next version."""
    await tx.run(
        "UPDATE products p SET specifications = n.specifications, version = p.version + 1 "
        "FROM jsonb_to_recordset($2::jsonb) AS n(id uuid, specifications jsonb) WHERE p.id = n.id AND p.id = ANY ($1)",
        list(specifications),
        [{"id": str(id), "specifications": msgspec.to_builtins(specs)} for id, specs in specifications.items()],
    )
