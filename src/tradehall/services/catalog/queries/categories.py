"""SQL of the category tree."""

from uuid import UUID

import asyncpg
import msgspec

from tradehall.kernel.db import Tx
from tradehall.services.catalog.model import SlugTaken


class Category(msgspec.Struct, frozen=True, kw_only=True):
    slug: str
    name: str
    parent: str | None = None
    description: str = ""
    position: int = 0


class Counted(Category, frozen=True, kw_only=True):
    """`count` has its published products; of those below it as well where the list says so."""

    count: int


class Below(msgspec.Struct, frozen=True):
    """`count` has the published products of this category and those below it."""

    slug: str
    name: str
    description: str
    count: int


class Above(msgspec.Struct, frozen=True):
    slug: str
    name: str


_COLUMNS = "slug, name, parent, description, position"
_STRUCTURE = "hashtextextended('structure ' || current_store()::text, 0)"
_COUNTED = """
SELECT c.slug, c.name, c.parent, c.description, c.position, coalesce(p.count, 0) AS count
FROM categories c LEFT JOIN (
  SELECT category, count(*) AS count FROM products
  WHERE deleted_at IS NULL AND status = 'published' GROUP BY category
) p ON p.category = c.slug ORDER BY c.position, c.name, c.slug
"""
_UPPER = """
WITH RECURSIVE shown AS (
  SELECT slug, name, parent, description, position, 1 AS level FROM categories WHERE parent IS NULL
  UNION ALL
  SELECT c.slug, c.name, c.parent, c.description, c.position, s.level + 1
  FROM shown s JOIN categories c ON c.parent = s.slug WHERE s.level < $1
), own AS MATERIALIZED (
  SELECT category, count(*) AS count FROM products
  WHERE deleted_at IS NULL AND status = 'published' AND category IS NOT NULL GROUP BY category
), whole AS MATERIALIZED (
  SELECT b.top, sum(own.count)::bigint AS count FROM own JOIN branches b ON b.category = own.category GROUP BY b.top
)
SELECT s.slug, s.name, s.parent, s.description, s.position, coalesce(w.count, 0) AS count
FROM shown s LEFT JOIN whole w ON w.top = s.slug ORDER BY s.position, s.name, s.slug
"""
# Each category with products below $1 is counted for the one above it that is a child of $1.
_CHILDREN = """
WITH own AS MATERIALIZED (
  SELECT b.category, b.distance, count(*) AS count FROM products p
  JOIN branches b ON b.category = p.category AND b.top = $1
  WHERE p.deleted_at IS NULL AND p.status = 'published' AND b.distance > 0 GROUP BY b.category, b.distance
), whole AS MATERIALIZED (
  SELECT up.top, sum(own.count)::bigint AS count FROM own
  JOIN branches up ON up.category = own.category AND up.distance = own.distance - 1 GROUP BY up.top
)
SELECT c.slug, c.name, c.description, coalesce(w.count, 0) AS count
FROM categories c LEFT JOIN whole w ON w.top = c.slug
WHERE c.parent = $1 ORDER BY c.position, c.name, c.slug
"""


async def hold_structure(tx: Tx) -> None:
    """Until the transaction ends nobody changes categories and attributes. Before any row is locked."""
    await tx.run(f"SELECT pg_advisory_xact_lock_shared({_STRUCTURE})")


async def take_structure(tx: Tx) -> None:
    """Until the transaction ends nobody else changes categories and attributes, or saves a product."""
    await tx.run(f"SELECT pg_advisory_xact_lock({_STRUCTURE})")


async def counted(tx: Tx) -> list[Counted]:
    """All of them; made without a detour, since they may be thousands."""
    return [Counted(**dict(row)) for row in await tx.rows(_COUNTED)]


async def upper(tx: Tx, levels: int) -> list[Counted]:
    """Those of the upper levels, each counted with all that is below it."""
    return await tx.all(Counted, _UPPER, levels)


async def one(tx: Tx, slug: str) -> Category | None:
    return await tx.one(Category, f"SELECT {_COLUMNS} FROM categories WHERE slug = $1", slug)


async def known(tx: Tx, slugs: list[str]) -> set[str]:
    return {row["slug"] for row in await tx.rows("SELECT slug FROM categories WHERE slug = ANY ($1)", slugs)}


async def path(tx: Tx, slug: str) -> list[Above]:
    """From the top to the category itself."""
    return await tx.all(
        Above,
        "SELECT c.slug, c.name FROM branches b JOIN categories c ON c.slug = b.top "
        "WHERE b.category = $1 ORDER BY b.distance DESC",
        slug,
    )


async def paths(tx: Tx, slugs: list[str]) -> dict[str, list[str]]:
    """Of each that there is the slugs from the top to the category itself."""
    rows = await tx.rows(
        "SELECT category, array_agg(top ORDER BY distance DESC) AS path FROM branches "
        "WHERE category = ANY ($1) GROUP BY category",
        slugs,
    )
    return {row["category"]: row["path"] for row in rows}


async def children(tx: Tx, slug: str) -> list[Below]:
    return await tx.all(Below, _CHILDREN, slug)


async def count(tx: Tx, slug: str) -> int:
    """Its own published products, without those below."""
    return int(
        await tx.scalar(
            "SELECT count(*) FROM products WHERE deleted_at IS NULL AND status = 'published' AND category = $1", slug
        )
    )


async def hold(tx: Tx, slug: str) -> bool:
    """True where there is such a category; it cannot be deleted before the transaction ends."""
    return bool(await tx.scalar("SELECT true FROM categories WHERE slug = $1 FOR KEY SHARE", slug))


async def is_below(tx: Tx, slug: str, top: str) -> bool:
    """Or is it itself."""
    return bool(await tx.scalar("SELECT true FROM branches WHERE top = $1 AND category = $2", top, slug))


async def levels(tx: Tx, slug: str, parent: str | None) -> int:
    """How many there would be with the branch of `slug` below `parent`; a category not made yet is a branch of one."""
    height = await tx.scalar("SELECT max(distance) FROM branches WHERE top = $1", slug)
    depth = await tx.scalar("SELECT max(distance) + 1 FROM branches WHERE category = $1", parent)
    return int(depth or 0) + 1 + int(height or 0)


async def add(tx: Tx, category: Category) -> None:
    """Raises SlugTaken."""
    added = await tx.run(
        f"INSERT INTO categories ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        *msgspec.structs.astuple(category),
    )
    if not added:
        raise SlugTaken(f"Another category has the slug {category.slug}.")
    await tx.run(
        "INSERT INTO branches (top, category, distance) SELECT $1, $1, 0 "
        "UNION ALL SELECT top, $1, distance + 1 FROM branches WHERE category = $2",
        category.slug,
        category.parent,
    )
    await tx.run("DELETE FROM category_redirects WHERE slug = $1", category.slug)


async def change(tx: Tx, earlier: Category, category: Category) -> None:
    """Raises SlugTaken. What names the category by its slug follows."""
    if category.slug != earlier.slug:
        await _rename(tx, earlier.slug, category.slug)
    await tx.run(
        "UPDATE categories SET name = $2, parent = $3, description = $4, position = $5 WHERE slug = $1",
        *msgspec.structs.astuple(category),
    )
    if category.parent != earlier.parent:
        await _move(tx, category.slug, category.parent)


async def _rename(tx: Tx, earlier: str, slug: str) -> None:
    await tx.run("DELETE FROM category_redirects WHERE slug = $1", slug)
    try:
        await tx.run("UPDATE categories SET slug = $2 WHERE slug = $1", earlier, slug)
    except asyncpg.UniqueViolationError:
        raise SlugTaken(f"Another category has the slug {slug}.") from None
    await tx.run("INSERT INTO category_redirects (slug, category) VALUES ($1, $2)", earlier, slug)


async def _move(tx: Tx, slug: str, parent: str | None) -> None:
    """The branch of `slug` leaves all that was above it, and comes below `parent` and what is above that."""
    await tx.run(
        "DELETE FROM branches WHERE category IN (SELECT category FROM branches WHERE top = $1) "
        "AND top NOT IN (SELECT category FROM branches WHERE top = $1)",
        slug,
    )
    await tx.run(
        "INSERT INTO branches (top, category, distance) "
        "SELECT up.top, down.category, up.distance + 1 + down.distance FROM branches up, branches down "
        "WHERE up.category = $2 AND down.top = $1",
        slug,
        parent,
    )


async def moved_to(tx: Tx, slug: str) -> str | None:
    """The slug of today of the category that had this one earlier."""
    found: str | None = await tx.scalar("SELECT category FROM category_redirects WHERE slug = $1", slug)
    return found


async def in_use(tx: Tx, slug: str) -> bool:
    return bool(
        await tx.scalar(
            "SELECT true WHERE EXISTS (SELECT FROM categories WHERE parent = $1) "
            "OR EXISTS (SELECT FROM products WHERE category = $1)",
            slug,
        )
    )


async def delete(tx: Tx, slug: str) -> None:
    await tx.run("DELETE FROM categories WHERE slug = $1", slug)


async def products_of(tx: Tx, tops: list[str]) -> list[UUID]:
    """Of these categories and those below them, drafts too, by id."""
    rows = await tx.rows(
        "SELECT p.id FROM products p WHERE p.deleted_at IS NULL "
        "AND p.category IN (SELECT b.category FROM branches b WHERE b.top = ANY ($1)) ORDER BY p.id",
        tops,
    )
    return [row["id"] for row in rows]
