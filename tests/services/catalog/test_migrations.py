"""A store that was there before brands, branches, tags and attributes has them after the migration."""

from pathlib import Path

import asyncpg

from tests.services.upgrading import before
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings


async def test_what_products_say_is_copied_for_every_store(servers: Settings, tmp_path: Path) -> None:
    async with before("0003_branches.sql", "catalog", servers, tmp_path) as older:
        stores = [uuid7(), uuid7()]
        for store in stores:
            await _fill(older.connection, str(store))
        assert len(await older.upgrade()) >= 4
        for store in stores:
            await _check(older.connection, str(store))


async def _fill(connection: "asyncpg.Connection[asyncpg.Record]", store: str) -> None:
    seller = uuid7()
    await connection.execute(
        "INSERT INTO categories (store_id, slug, name, parent) VALUES ($1, 'a', 'A', NULL), ($1, 'b', 'B', 'a'), "
        "($1, 'c', 'C', 'b')",
        store,
    )
    await connection.execute("INSERT INTO sellers VALUES ($1, $2, 's', 'S')", store, seller)
    for slug, brand, tags, deleted in [
        ("one", "Maker & Co", ["x", "x", "y"], False),
        ("two", "maker & co", [], False),
        ("three", "Maker Co", ["y"], False),
        ("four", "", [], False),
        ("gone", "Nobody", ["z"], True),
    ]:
        product = uuid7()
        await connection.execute(
            "INSERT INTO products (store_id, id, seller_id, category, slug, name, sort_name, brand, description, "
            "specifications, options, tags, status, currency, min_price, keywords, words, published_at, deleted_at) "
            "VALUES ($1, $2, $3, $4, $5, $5, $5, $6, '', '[]', '{}', $7, 'published', 'USD', 100, '', '', now(), $8)",
            store,
            product,
            seller,
            None if deleted else "c",
            slug,
            brand,
            tags,
            None if not deleted else await connection.fetchval("SELECT now()"),
        )
        for position, price in enumerate(() if deleted else (100, 300)):
            await connection.execute(
                "INSERT INTO variants (store_id, id, product_id, sku, options, price, position, available) "
                "VALUES ($1, $2, $3, $4, '{}', $5, $6, 4)",
                store,
                uuid7(),
                product,
                f"{slug}-{position}",
                price,
                position,
            )


async def _check(connection: "asyncpg.Connection[asyncpg.Record]", store: str) -> None:
    async def rows(sql: str) -> list[tuple[object, ...]]:
        return [tuple(row.values()) for row in await connection.fetch(sql, store)]

    assert await rows("SELECT top, category, distance FROM branches WHERE store_id = $1 ORDER BY 2, 3") == [
        ("a", "a", 0), ("b", "b", 0), ("a", "b", 1), ("c", "c", 0), ("b", "c", 1), ("a", "c", 2),
    ]  # fmt: skip
    brands = await rows("SELECT slug, name FROM brands WHERE store_id = $1 ORDER BY slug")
    assert [slug for slug, _ in brands] == ["maker-co", "maker-co-2"]
    assert await rows(
        "SELECT p.slug, b.name IS NOT NULL AND lower(b.name) = lower(p.brand) FROM products p "
        "LEFT JOIN brands b ON b.store_id = p.store_id AND b.id = p.brand_id WHERE p.store_id = $1 ORDER BY p.slug"
    ) == [("four", False), ("gone", False), ("one", True), ("three", True), ("two", True)]
    assert await rows("SELECT tag, count(*) FROM product_tags WHERE store_id = $1 GROUP BY tag ORDER BY tag") == [
        ("x", 1), ("y", 2),
    ]  # fmt: skip
    shelf = "SELECT max_price, variant_count, available FROM products WHERE store_id = $1 AND slug = "
    assert await rows(shelf + "'one'") == [(300, 2, 8)]
    assert await rows(shelf + "'gone'") == [(100, 0, 0)]
    (forced,) = await connection.fetchrow("SELECT bool_and(relforcerowsecurity) FROM pg_class WHERE relrowsecurity")
    assert forced
