"""SQL of the category tree."""

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
    """`count` has the published products of this category itself."""

    count: int


async def counted(tx: Tx) -> list[Counted]:
    return await tx.all(
        Counted,
        "SELECT c.slug, c.name, c.parent, c.description, c.position, coalesce(p.count, 0) AS count "
        "FROM categories c LEFT JOIN ("
        "  SELECT category, count(*) AS count FROM products "
        "  WHERE deleted_at IS NULL AND status = 'published' GROUP BY category"
        ") p ON p.category = c.slug ORDER BY c.position, c.name, c.slug",
    )


async def lock_all(tx: Tx) -> dict[str, Category]:
    """By slug. Whoever changes the tree holds all of it, so that no circle can come about."""
    rows = await tx.all(
        Category, "SELECT slug, name, parent, description, position FROM categories ORDER BY slug FOR UPDATE"
    )
    return {row.slug: row for row in rows}


async def hold(tx: Tx, slug: str) -> bool:
    """True where there is such a category; it cannot be deleted before the transaction ends."""
    return bool(await tx.scalar("SELECT true FROM categories WHERE slug = $1 FOR KEY SHARE", slug))


async def add(tx: Tx, category: Category) -> None:
    """Raises SlugTaken."""
    added = await tx.run(
        "INSERT INTO categories (slug, name, parent, description, position) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT DO NOTHING",
        *msgspec.structs.astuple(category),
    )
    if not added:
        raise SlugTaken(f"Another category has the slug {category.slug}.")


async def change(tx: Tx, category: Category) -> None:
    await tx.run(
        "UPDATE categories SET name = $2, parent = $3, description = $4, position = $5 WHERE slug = $1",
        *msgspec.structs.astuple(category),
    )


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
