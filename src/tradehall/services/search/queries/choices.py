"""SQL of what a store's admin chooses: synonyms, pins, hidden products."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx
from tradehall.services.search.model import Synonyms


class SynonymsRow(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks for one of `words` also finds `finds`; where that is empty, each of them means the others."""

    id: UUID
    words: list[str]
    finds: list[str]
    version: int


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """For this query these products come first, in this order."""

    id: UUID
    query: str
    products: list[UUID]
    version: int


class Hidden(msgspec.Struct, frozen=True, kw_only=True):
    """`id` of the product, `name` as it is, or empty where it is not on the shelf."""

    id: UUID
    note: str
    at: datetime
    name: str


async def synonyms(tx: Tx) -> list[Synonyms]:
    return await tx.all(Synonyms, "SELECT words, finds FROM synonyms ORDER BY id")


async def pins(tx: Tx) -> dict[str, list[UUID]]:
    return {row["query"]: row["products"] for row in await tx.rows("SELECT query, products FROM pins")}


async def hidden_numbers(tx: Tx) -> list[int]:
    rows = await tx.rows("SELECT d.number FROM hidden h JOIN documents d ON d.id = h.id")
    return [row["number"] for row in rows]


# --- lists: oldest first, after the id of the last one seen


async def synonyms_page(tx: Tx, after: UUID | None, limit: int) -> list[SynonymsRow]:
    return await tx.all(
        SynonymsRow,
        "SELECT id, words, finds, version FROM synonyms WHERE $1::uuid IS NULL OR id > $1 ORDER BY id LIMIT $2",
        after,
        limit,
    )


async def pins_page(tx: Tx, after: UUID | None, limit: int) -> list[Pin]:
    return await tx.all(
        Pin,
        "SELECT id, query, products, version FROM pins WHERE $1::uuid IS NULL OR id > $1 ORDER BY id LIMIT $2",
        after,
        limit,
    )


async def hidden_page(tx: Tx, after: UUID | None, limit: int) -> list[Hidden]:
    return await tx.all(
        Hidden,
        "SELECT h.id, h.note, h.at, coalesce(d.card ->> 'name', '') AS name FROM hidden h "
        "LEFT JOIN documents d ON d.id = h.id WHERE $1::uuid IS NULL OR h.id > $1 ORDER BY h.id LIMIT $2",
        after,
        limit,
    )


# --- changes


async def add_synonyms(tx: Tx, id: UUID, words: Sequence[str], finds: Sequence[str]) -> None:
    await tx.run("INSERT INTO synonyms (id, words, finds) VALUES ($1, $2, $3)", id, words, finds)


async def one_synonyms(tx: Tx, id: UUID) -> SynonymsRow | None:
    return await tx.one(SynonymsRow, "SELECT id, words, finds, version FROM synonyms WHERE id = $1 FOR UPDATE", id)


async def change_synonyms(tx: Tx, id: UUID, words: Sequence[str], finds: Sequence[str]) -> None:
    await tx.run("UPDATE synonyms SET words = $2, finds = $3, version = version + 1 WHERE id = $1", id, words, finds)


async def delete_synonyms(tx: Tx, id: UUID) -> bool:
    return bool(await tx.run("DELETE FROM synonyms WHERE id = $1", id))


async def add_pin(tx: Tx, id: UUID, query: str, products: Sequence[UUID]) -> bool:
    """False where the query has some already."""
    return bool(
        await tx.run(
            "INSERT INTO pins (id, query, products) VALUES ($1, $2, $3) ON CONFLICT (store_id, query) DO NOTHING",
            id,
            query,
            products,
        )
    )


async def one_pin(tx: Tx, id: UUID) -> Pin | None:
    return await tx.one(Pin, "SELECT id, query, products, version FROM pins WHERE id = $1 FOR UPDATE", id)


async def change_pin(tx: Tx, id: UUID, query: str, products: Sequence[UUID]) -> bool:
    """False where the query has some already."""
    return bool(
        await tx.run(
            "UPDATE pins SET query = $2, products = $3, version = version + 1 WHERE id = $1 "
            "AND NOT EXISTS (SELECT FROM pins other WHERE other.query = $2 AND other.id <> $1)",
            id,
            query,
            products,
        )
    )


async def delete_pin(tx: Tx, id: UUID) -> bool:
    return bool(await tx.run("DELETE FROM pins WHERE id = $1", id))


async def hide(tx: Tx, product_id: UUID, note: str) -> None:
    await tx.run(
        "INSERT INTO hidden (id, note) VALUES ($1, $2) ON CONFLICT (store_id, id) DO UPDATE SET note = excluded.note",
        product_id,
        note,
    )


async def show(tx: Tx, product_id: UUID) -> bool:
    return bool(await tx.run("DELETE FROM hidden WHERE id = $1", product_id))
