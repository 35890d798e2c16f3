"""SQL of costs."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx, columns


class Known(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    sku: str
    title: str
    seller_id: UUID
    price: int


class Row(msgspec.Struct, frozen=True, kw_only=True):
    variant_id: UUID
    sku: str
    title: str
    seller_id: UUID
    price: int
    unit: int | None
    valid_from: datetime | None


async def known(tx: Tx, skus: Sequence[str]) -> dict[str, list[Known]]:
    """The variants of these SKUs; sellers may have given one twice."""
    rows = await tx.all(Known, "SELECT id, sku, title, seller_id, price FROM variants WHERE sku = ANY($1)", skus)
    found: dict[str, list[Known]] = {}
    for row in rows:
        found.setdefault(row.sku, []).append(row)
    return found


async def variant(tx: Tx, variant_id: UUID) -> Known | None:
    return await tx.one(Known, "SELECT id, sku, title, seller_id, price FROM variants WHERE id = $1", variant_id)


async def listed(tx: Tx, *, q: str, seller_id: UUID | None, after: tuple[str, UUID] | None, limit: int) -> list[Row]:
    """By SKU, each variant with the cost that counts now."""
    sku, id = after or ("", UUID(int=0))
    return await tx.all(
        Row,
        "SELECT v.id AS variant_id, v.sku, v.title, v.seller_id, v.price, c.unit, c.valid_from FROM variants v "
        "LEFT JOIN LATERAL (SELECT unit, valid_from FROM costs WHERE variant_id = v.id AND store_id = v.store_id "
        "AND valid_from <= now() ORDER BY valid_from DESC LIMIT 1) c ON true "
        "WHERE (v.sku, v.id) > ($1, $2) AND ($3::uuid IS NULL OR v.seller_id = $3) "
        "AND ($4 = '' OR position(lower($4) in lower(v.sku)) > 0 OR position(lower($4) in lower(v.title)) > 0) "
        "ORDER BY v.sku, v.id LIMIT $5",
        sku,
        id,
        seller_id,
        q,
        limit,
    )


async def history(tx: Tx, variant_id: UUID) -> list[tuple[datetime, int]]:
    rows = await tx.rows(
        "SELECT valid_from, unit FROM costs WHERE variant_id = $1 ORDER BY valid_from DESC", variant_id
    )
    return [(row["valid_from"], row["unit"]) for row in rows]


async def save(tx: Tx, rows: Sequence[tuple[UUID, datetime, int]]) -> None:
    """Variant, from when, how much. The last of two of the same moment counts."""
    latest = {(variant_id, since): unit for variant_id, since, unit in rows}
    if latest:
        await tx.run(
            "INSERT INTO costs (variant_id, valid_from, unit) SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::bigint[]) "
            "ON CONFLICT (store_id, variant_id, valid_from) DO UPDATE SET unit = excluded.unit",
            *columns([(*key, unit) for key, unit in sorted(latest.items())]),
        )


async def delete(tx: Tx, variant_id: UUID, since: datetime) -> bool:
    return bool(await tx.run("DELETE FROM costs WHERE variant_id = $1 AND valid_from = $2", variant_id, since))
