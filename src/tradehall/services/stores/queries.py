"""SQL of the stores service. Its tables are platform tables: they hold no store's rows but the stores themselves."""

from uuid import UUID

import msgspec

from tradehall.contracts.stores import Store
from tradehall.kernel.db import Tx


class Row(msgspec.Struct, frozen=True):
    settings: Store


async def all_stores(tx: Tx) -> list[Store]:
    return [row.settings for row in await tx.all(Row, "SELECT settings FROM stores ORDER BY id")]


async def lock(tx: Tx, store_id: UUID) -> Store | None:
    row = await tx.one(Row, "SELECT settings FROM stores WHERE id = $1 FOR UPDATE", store_id)
    return row.settings if row else None


async def taken(tx: Tx, slug: str, hosts: list[str], *, besides: UUID | None = None) -> list[str]:
    """Which of these names another store has already."""
    rows = await tx.rows(
        "SELECT slug AS name FROM stores WHERE slug = $1 AND id IS DISTINCT FROM $3 "
        "UNION SELECT host FROM hosts WHERE host = ANY($2) AND store_id IS DISTINCT FROM $3",
        slug,
        hosts,
        besides,
    )
    return sorted(row["name"] for row in rows)


async def save(tx: Tx, store: Store) -> None:
    await tx.run(
        "INSERT INTO stores (id, slug, settings) VALUES ($1, $2, $3) "
        "ON CONFLICT (id) DO UPDATE SET settings = excluded.settings, updated_at = now()",
        store.id,
        store.slug,
        msgspec.to_builtins(store),
    )
    await tx.run("DELETE FROM hosts WHERE store_id = $1", store.id)
    await tx.run(
        "INSERT INTO hosts (host, store_id, position) "
        "SELECT host, $1, position FROM unnest($2::text[]) WITH ORDINALITY AS h(host, position)",
        store.id,
        store.hosts,
    )
