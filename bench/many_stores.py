"""A thousand stores on one installation: copies of one, made in the databases while the platform is down.

Each has the goods of the store that is copied, under ids of its own.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import msgspec

from tradehall.kernel.ids import uuid7

STORES = 1000
SLUG = "many-{}"
SERVICES = ("catalog", "inventory", "carts", "orders", "shipping")
# What happened in the store that is copied, and belongs to nobody else.
HISTORY = {
    "audit", "carts", "holds", "idempotency_keys", "imports", "movements", "order_history", "order_lines", "orders",
    "parcels", "shipment_history", "shipment_lines", "shipments",
}  # fmt: skip


def copy_store(admin_url: str, slug: str) -> list[UUID]:
    """The stores' ids, in the order of their numbers."""
    return asyncio.run(_copy(admin_url, slug))


def copy_of(id: UUID, store_id: UUID) -> UUID:
    """What stands for `id` in the copy."""
    return UUID(hashlib.md5(f"{store_id}{id}".encode()).hexdigest())


async def _copy(admin_url: str, slug: str) -> list[UUID]:
    stores = await _open(admin_url, "stores")
    try:
        row = await stores.fetchrow("SELECT id, settings FROM stores WHERE slug = $1", slug)
        assert row is not None, slug
        made = [(uuid7(), SLUG.format(n)) for n in range(STORES)]
        settings = msgspec.json.decode(row["settings"])
        await stores.executemany(
            "INSERT INTO stores (id, slug, settings) VALUES ($1, $2, $3)",
            [(id, name, msgspec.json.encode(_renamed(settings, id, name)).decode()) for id, name in made],
        )
        await stores.executemany(
            "INSERT INTO hosts (host, store_id, position) VALUES ($1, $2, 1)",
            [(f"{name}.localhost", id) for id, name in made],
        )
    finally:
        await stores.close()
    for service in SERVICES:
        await _copy_rows(admin_url, service, row["id"], [id for id, _ in made])
    return [id for id, _ in made]


def _renamed(settings: dict[str, object], id: UUID, slug: str) -> dict[str, object]:
    return {**settings, "id": str(id), "slug": slug, "name": slug, "hosts": [f"{slug}.localhost"]}


async def _copy_rows(admin_url: str, service: str, source: UUID, targets: Sequence[UUID]) -> None:
    database = await _open(admin_url, service)
    try:
        await database.execute("SET session_replication_role = replica")  # copies need no checks of their own
        for table in await database.fetch("SELECT oid::regclass::text AS name FROM pg_class WHERE relforcerowsecurity"):
            if table["name"] in HISTORY:
                continue
            columns = await database.fetch(
                "SELECT quote_ident(attname) AS name, atttypid = 'uuid'::regtype AS is_id FROM pg_attribute "
                "WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' "
                "AND attname <> 'store_id'",
                table["name"],
            )
            names = ", ".join(column["name"] for column in columns)
            values = ", ".join(
                f"md5(new_store::text || {column['name']}::text)::uuid" if column["is_id"] else column["name"]
                for column in columns
            )
            await database.execute(
                f"INSERT INTO {table['name']} (store_id, {names}) OVERRIDING SYSTEM VALUE "
                f"SELECT new_store, {values} FROM {table['name']} CROSS JOIN unnest($2::uuid[]) AS t(new_store) WHERE store_id = $1",
                source,
                list(targets),
                timeout=600,
            )
        await database.execute("VACUUM ANALYZE", timeout=600)
    finally:
        await database.close()


async def _open(admin_url: str, service: str) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(urlsplit(admin_url)._replace(path=f"/tradehall_{service}").geturl())
