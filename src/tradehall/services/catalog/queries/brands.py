"""SQL of brands and tags."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import asyncpg
import msgspec

from tradehall.kernel.db import Tx, columns
from tradehall.kernel.ids import uuid7
from tradehall.services.catalog.model import BrandTaken, SlugTaken, free_slug, slug_of


class Brand(msgspec.Struct, frozen=True, kw_only=True):
    """`logo` is the key of a picture."""

    id: UUID
    slug: str
    name: str
    description: str = ""
    logo: str | None = None


class CountedBrand(Brand, frozen=True, kw_only=True):
    """`count` has its published products; `key` is what it is sorted by."""

    key: str
    count: int


class CountedTag(msgspec.Struct, frozen=True):
    tag: str
    count: int


_COLUMNS = "id, slug, name, description, logo"
_COUNTED = f"""
SELECT {_COLUMNS}, key, (
  SELECT count(*) FROM products p WHERE p.brand_id = b.id AND p.deleted_at IS NULL AND p.status = 'published') AS count
FROM brands b
"""


async def counted(tx: Tx, *, limit: int, after: tuple[str, UUID] | None) -> list[CountedBrand]:
    key, id = after or ("", UUID(int=0))
    return await tx.all(
        CountedBrand, f"{_COUNTED} WHERE (key, id) > ($1, $2) ORDER BY key, id LIMIT $3", key, id, limit
    )


async def one(tx: Tx, slug: str) -> CountedBrand | None:
    return await tx.one(CountedBrand, f"{_COUNTED} WHERE slug = $1", slug)


async def by_name(tx: Tx, names: Iterable[str]) -> dict[str, Brand]:
    """The brands of these names, capitals or not, by the name as given; those that there are. Names without spaces around."""
    rows = await tx.rows(
        f"SELECT n.said, {', '.join('b.' + column for column in Brand.__struct_fields__)} "
        "FROM unnest($1::text[]) AS n(said) JOIN brands b ON b.key = lower(btrim(n.said))",
        list(names),
    )
    return {row["said"]: msgspec.convert(dict(row), Brand) for row in rows}


async def named(tx: Tx, names: Iterable[str]) -> dict[str, Brand]:
    """As `by_name`; a brand is made where there is none, written as its name is first. Raises BrandTaken."""
    wanted = list(dict.fromkeys(names))
    found: dict[str, Brand] = {}
    for _ in range(6):  # others may take slugs, or make brands themselves, at this very moment
        if not (lacking := [name for name in wanted if name not in found]):
            return found
        if there := await by_name(tx, lacking):
            found |= there
        else:
            await _make(tx, lacking)
    raise BrandTaken(f"{lacking[0]} could not be made a brand at this moment; try again.")


async def _make(tx: Tx, names: Sequence[str]) -> None:
    """With slugs that are free; what somebody else makes at this moment stays theirs."""
    slugs = [slug_of(name, "brand") for name in names]
    numbered = f"^({'|'.join(dict.fromkeys(slugs))})-[0-9]+$"
    taken = {row["slug"] for row in await tx.rows("SELECT slug FROM brands WHERE slug = ANY ($1)", slugs)}
    if taken or len(set(slugs)) < len(slugs):
        taken |= {row["slug"] for row in await tx.rows("SELECT slug FROM brands WHERE slug ~ $1", numbered)}
    new = []
    for name, slug in zip(names, slugs, strict=True):
        free = free_slug(slug, taken)
        taken.add(free)
        new.append((uuid7(), free, name))
    await tx.run(
        "INSERT INTO brands (id, slug, name) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]) "
        "ON CONFLICT DO NOTHING",
        *columns(new),
    )


async def add(tx: Tx, brand: Brand) -> None:
    """Raises SlugTaken, BrandTaken."""
    values = msgspec.structs.astuple(brand)
    if await tx.run(f"INSERT INTO brands ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING", *values):
        return
    if await tx.scalar("SELECT true FROM brands WHERE slug = $1", brand.slug):
        raise SlugTaken(f"Another brand has the slug {brand.slug}.")
    raise BrandTaken(f"There is a brand {brand.name} already.")


async def lock(tx: Tx, slug: str) -> Brand | None:
    return await tx.one(Brand, f"SELECT {_COLUMNS} FROM brands WHERE slug = $1 FOR NO KEY UPDATE", slug)


async def change(tx: Tx, brand: Brand) -> None:
    """Raises SlugTaken, BrandTaken."""
    try:
        await tx.run(
            "UPDATE brands SET slug = $2, name = $3, description = $4, logo = $5 WHERE id = $1",
            *msgspec.structs.astuple(brand),
        )
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name and "slug" in error.constraint_name:
            raise SlugTaken(f"Another brand has the slug {brand.slug}.") from None
        raise BrandTaken(f"There is a brand {brand.name} already.") from None


async def rename_in_products(tx: Tx, brand: Brand) -> list[UUID]:
    """Its products write it as it writes itself; returns them, drafts too, by id."""
    rows = await tx.rows(
        "SELECT id FROM products WHERE brand_id = $1 AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE", brand.id
    )
    await tx.run("UPDATE products SET brand = $2 WHERE brand_id = $1 AND deleted_at IS NULL", brand.id, brand.name)
    return [row["id"] for row in rows]


async def in_use(tx: Tx, brand_id: UUID) -> bool:
    return bool(
        await tx.scalar("SELECT true FROM products WHERE brand_id = $1 AND deleted_at IS NULL LIMIT 1", brand_id)
    )


async def delete(tx: Tx, brand_id: UUID) -> None:
    await tx.run("DELETE FROM brands WHERE id = $1", brand_id)


async def tags(tx: Tx, *, limit: int, after: str | None) -> list[CountedTag]:
    """Those of published products, by name."""
    return await tx.all(
        CountedTag,
        "SELECT t.tag, count(*) AS count FROM product_tags t WHERE ($1::text IS NULL OR t.tag > $1) "  # no join: see filters
        "AND (EXISTS (SELECT FROM products p WHERE p.id = t.product_id AND p.deleted_at IS NULL AND p.status = 'published')) "
        "IS TRUE GROUP BY t.tag ORDER BY t.tag LIMIT $2",
        after,
        limit,
    )
