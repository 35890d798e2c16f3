"""SQL of the category tree."""

from uuid import UUID

import asyncpg
import msgspec

from tradehall.kernel.db import Tx
from tradehall.services.catalog.model import SlugTaken


class Category(msgspec.Struct, frozen=True):
    slug: str
    name: str
    parent: str | None = None
    description: str = ""
    position: int = 0


_COLUMNS = "slug, name, parent, description, position"
_STRUCTURE = "hashtextextended('structure ' || current_store()::text, 0)"
_NEXT_VERSION = """
INSERT INTO structures (version) VALUES (1) ON CONFLICT (store_id) DO UPDATE SET version = structures.version + 1
"""


async def hold_structure(tx: Tx) -> None:
    """Until the transaction ends nobody changes categories and attributes. Before any row is locked."""
    await tx.run(f"SELECT pg_advisory_xact_lock_shared({_STRUCTURE})")


async def take_structure(tx: Tx) -> None:
    """Until the transaction ends nobody else changes categories and attributes, or saves a product."""
    await tx.run(f"SELECT pg_advisory_xact_lock({_STRUCTURE})")
    await tx.run(_NEXT_VERSION)


async def version(tx: Tx) -> int:
    """Another one after each change of categories and attributes."""
    return await tx.scalar("SELECT version FROM structures") or 0


async def all_of(tx: Tx) -> list[Category]:
    """In the order of display; made without a detour, since they may be thousands."""
    return [Category(*row) for row in await tx.rows(f"SELECT {_COLUMNS} FROM categories ORDER BY position, name, slug")]


async def published(tx: Tx) -> dict[str, int]:
    """How many products of each category are published, without those below."""
    rows = await tx.rows(
        "SELECT category, count(*) FROM products "
        "WHERE deleted_at IS NULL AND status = 'published' AND category IS NOT NULL GROUP BY category"
    )
    return {row[0]: row[1] for row in rows}


async def one(tx: Tx, slug: str) -> Category | None:
    return await tx.one(Category, f"SELECT {_COLUMNS} FROM categories WHERE slug = $1", slug)


async def known(tx: Tx, slugs: list[str]) -> set[str]:
    return {row["slug"] for row in await tx.rows("SELECT slug FROM categories WHERE slug = ANY ($1)", slugs)}


async def paths(tx: Tx, slugs: list[str]) -> dict[str, list[str]]:
    """Of each that there is the slugs from the top to the category itself."""
    rows = await tx.rows(
        "SELECT category, array_agg(top ORDER BY distance DESC) AS path FROM branches "
        "WHERE category = ANY ($1) GROUP BY category",
        slugs,
    )
    return {row["category"]: row["path"] for row in rows}


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
