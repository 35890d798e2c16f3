"""SQL of stores and hosts. These are platform tables: they hold no store's rows but the stores themselves."""

from uuid import UUID

import asyncpg
import msgspec

from tradehall.contracts.stores import Store, StoreStatus
from tradehall.kernel.db import Tx
from tradehall.services.stores.model import NameTaken


class Row(msgspec.Struct, frozen=True):
    settings: Store
    currency_fixed: bool = False
    held: StoreStatus | None = None


async def all_stores(tx: Tx) -> list[Store]:
    return [row.settings for row in await tx.all(Row, "SELECT settings FROM stores ORDER BY id")]


async def listed(tx: Tx, *, status: str | None, after: UUID | None, limit: int) -> list[Store]:
    """Oldest first."""
    found = await tx.all(
        Row,
        "SELECT settings FROM stores WHERE ($1::text IS NULL OR coalesce(settings ->> 'status', 'active') = $1) "
        "AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3",
        status,
        after,
        limit,
    )
    return [row.settings for row in found]


async def by_slug(tx: Tx, slug: str) -> Store | None:
    row = await tx.one(Row, "SELECT settings FROM stores WHERE slug = $1", slug)
    return row.settings if row else None


async def lock(tx: Tx, store_id: UUID) -> Row | None:
    return await tx.one(Row, "SELECT settings, currency_fixed, held FROM stores WHERE id = $1 FOR UPDATE", store_id)


async def fix_currency(tx: Tx, store_id: UUID) -> None:
    await tx.run("UPDATE stores SET currency_fixed = true WHERE id = $1 AND NOT currency_fixed", store_id)


async def hold(tx: Tx, store_id: UUID, status: StoreStatus | None) -> None:
    """What an operator says of its status; None: no longer anything."""
    await tx.run("UPDATE stores SET held = $2 WHERE id = $1", store_id, status)


async def taken(tx: Tx, slug: str, hosts: list[str]) -> list[str]:
    """Which of these names a store has already."""
    rows = await tx.rows(
        "SELECT slug AS name FROM stores WHERE slug = $1 UNION SELECT host FROM hosts WHERE host = ANY($2)",
        slug,
        hosts,
    )
    return sorted(row["name"] for row in rows)


async def owner(tx: Tx, host: str) -> UUID | None:
    """The store that is found at this host."""
    found: UUID | None = await tx.scalar("SELECT store_id FROM hosts WHERE host = $1", host)
    return found


async def save(tx: Tx, store: Store) -> None:
    """Raises NameTaken where another transaction was quicker."""
    try:
        await tx.run(
            "INSERT INTO stores (id, slug, settings) VALUES ($1, $2, $3) "
            "ON CONFLICT (id) DO UPDATE SET settings = excluded.settings, updated_at = now()",
            store.id,
            store.slug,
            msgspec.to_builtins(store),
        )
        await tx.run("DELETE FROM hosts WHERE store_id = $1 AND host <> ALL($2)", store.id, store.hosts)
        await tx.run(
            "INSERT INTO hosts (host, store_id, position) "
            "SELECT host, $1, position FROM unnest($2::text[]) WITH ORDINALITY AS h(host, position) "
            "ON CONFLICT (host) DO UPDATE SET position = excluded.position WHERE hosts.store_id = $1",
            store.id,
            store.hosts,
        )
        held = await tx.scalar("SELECT count(*) FROM hosts WHERE store_id = $1", store.id)
    except asyncpg.UniqueViolationError:
        raise NameTaken(f"Another store has the name {store.slug} already.") from None
    if held != len(store.hosts):
        raise NameTaken("Another store has one of these hosts already.")
