"""SQL of imports, of what they have met and refused, and of the mappings kept for them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx, columns
from tradehall.kernel.ids import uuid7
from tradehall.services.catalog.imports.mapping import BadRow, Mapping
from tradehall.services.catalog.imports.text import Encoding

Status = Literal["uploaded", "waiting", "running", "done", "cancelled", "failed"]
OPEN = ("uploaded", "waiting", "running")


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """`position` and `size` in bytes of the file as it is kept, `row` the last one done."""

    id: UUID
    seller_id: UUID | None
    started_by: UUID | None = None
    status: Status = "uploaded"
    filename: str
    file: str
    size: int
    encoding: Encoding
    delimiter: str
    header: list[str]
    mapping: Mapping | None = None
    position: int
    row: int = 1
    turn: int = 0
    at_once: int
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    bad: int = 0
    error: str = ""
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A mapping under its name; without a seller it is the store's own."""

    name: str
    seller_id: UUID | None
    mapping: Mapping
    updated_at: datetime


class Met(msgspec.Struct, frozen=True):
    sku: str
    row: int
    product_id: UUID
    parent: str | None


class Refused(msgspec.Struct, frozen=True):
    row: int
    problems: list[dict[str, str]]
    cells: list[str]


_COLUMNS = ", ".join(Import.__struct_fields__)


async def add(tx: Tx, new: Import) -> None:
    values = msgspec.structs.asdict(new) | {"mapping": msgspec.to_builtins(new.mapping)}
    places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    await tx.run(f"INSERT INTO imports ({_COLUMNS}) VALUES ({places})", *values.values())


async def one(tx: Tx, import_id: UUID) -> Import | None:
    return await tx.one(Import, f"SELECT {_COLUMNS} FROM imports WHERE id = $1", import_id)


async def lock(tx: Tx, import_id: UUID) -> Import | None:
    return await tx.one(Import, f"SELECT {_COLUMNS} FROM imports WHERE id = $1 FOR UPDATE", import_id)


async def listed(tx: Tx, *, seller_id: UUID | None, before: UUID | None, limit: int) -> list[Import]:
    """Newest first; of a seller, or of the store."""
    return await tx.all(
        Import,
        f"SELECT {_COLUMNS} FROM imports WHERE ($1::uuid IS NULL OR seller_id = $1) "
        "AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        seller_id,
        before,
        limit,
    )


async def count_open(tx: Tx, seller_id: UUID | None) -> int:
    return int(
        await tx.scalar(
            "SELECT count(*) FROM imports WHERE status = ANY($1) AND seller_id IS NOT DISTINCT FROM $2", OPEN, seller_id
        )
    )


async def queue_up(tx: Tx) -> None:
    """Whoever starts or ends an import of the store does so alone, until the transaction ends."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended('imports of ' || current_store()::text, 0))")


async def running(tx: Tx) -> bool:
    return bool(await tx.scalar("SELECT true FROM imports WHERE status = 'running'"))


async def next_waiting(tx: Tx) -> UUID | None:
    found: UUID | None = await tx.scalar("SELECT id FROM imports WHERE status = 'waiting' ORDER BY id LIMIT 1")
    return found


async def run(tx: Tx, import_id: UUID) -> None:
    await tx.run("UPDATE imports SET status = 'running', started_at = now() WHERE id = $1", import_id)


async def wait(tx: Tx, import_id: UUID, mapping: Mapping) -> None:
    await tx.run(
        "UPDATE imports SET status = 'waiting', mapping = $2 WHERE id = $1", import_id, msgspec.to_builtins(mapping)
    )


async def end(tx: Tx, import_id: UUID, status: Status, error: str = "") -> None:
    """What it has met is forgotten; what it refused stays."""
    await tx.run(
        "UPDATE imports SET status = $2, error = $3, finished_at = now() WHERE id = $1", import_id, status, error
    )
    await tx.run("DELETE FROM import_skus WHERE import_id = $1", import_id)


async def advance(tx: Tx, done: Import) -> None:
    """A turn done: how far it is, and its counts."""
    await tx.run(
        "UPDATE imports SET position = $2, row = $3, turn = $4, at_once = $5, created = $6, changed = $7, "
        "unchanged = $8, bad = $9 WHERE id = $1",
        done.id,
        done.position,
        done.row,
        done.turn,
        done.at_once,
        done.created,
        done.changed,
        done.unchanged,
        done.bad,
    )


async def left_behind(tx: Tx, uploaded_for: timedelta) -> list[Import]:
    """Uploads that nobody started."""
    return await tx.all(
        Import,
        f"SELECT {_COLUMNS} FROM imports WHERE status = 'uploaded' AND created_at < now() - $1::interval FOR UPDATE",
        uploaded_for,
    )


async def forget_refused(tx: Tx, finished_for: timedelta) -> None:
    await tx.run(
        "DELETE FROM import_bad_rows WHERE import_id = ANY ("
        "SELECT id FROM imports WHERE bad > 0 AND finished_at < now() - $1::interval)",
        finished_for,
    )


async def met(tx: Tx, import_id: UUID, skus: Sequence[str], parents: Sequence[str]) -> list[Met]:
    return await tx.all(
        Met,
        "SELECT sku, row, product_id, parent FROM import_skus WHERE import_id = $1 AND sku = ANY($2) "
        "UNION SELECT sku, row, product_id, parent FROM import_skus WHERE import_id = $1 AND parent = ANY($3)",
        import_id,
        skus,
        parents,
    )


async def begun(tx: Tx, import_id: UUID, product_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Those of which the import has had a row."""
    rows = await tx.rows(
        "SELECT DISTINCT product_id FROM import_skus WHERE product_id = ANY($2) AND import_id = $1",
        import_id,
        product_ids,
    )
    return frozenset(row["product_id"] for row in rows)


async def meet(tx: Tx, import_id: UUID, new: Sequence[Met]) -> None:
    if new:
        await tx.run(
            "INSERT INTO import_skus (import_id, sku, row, product_id, parent) "
            "SELECT $1, * FROM unnest($2::text[], $3::int[], $4::uuid[], $5::text[])",
            import_id,
            *columns([(one.sku, one.row, one.product_id, one.parent) for one in new]),
        )


async def refuse(tx: Tx, import_id: UUID, bad: Sequence[BadRow]) -> None:
    if bad:
        rows = [
            {"row": one.row.number, "problems": msgspec.to_builtins(one.problems), "cells": one.row.cells}
            for one in bad
        ]
        await tx.run(
            "INSERT INTO import_bad_rows (import_id, row, problems, cells) "
            "SELECT $1, row, problems, cells FROM jsonb_to_recordset($2) AS n(row int, problems jsonb, cells jsonb)",
            import_id,
            _without_nul(rows),
        )


def _without_nul(value: Any) -> Any:
    """As PostgreSQL can hold it, whatever stood in a file."""
    return msgspec.json.decode(msgspec.json.encode(value).replace(b"\\u0000", b"\\ufffd"))


async def refused(tx: Tx, import_id: UUID, *, after: int, limit: int) -> list[Refused]:
    return await tx.all(
        Refused,
        "SELECT row, problems, cells FROM import_bad_rows WHERE import_id = $1 AND row > $2 ORDER BY row LIMIT $3",
        import_id,
        after,
        limit,
    )


async def mappings(tx: Tx, seller_id: UUID | None) -> list[Kept]:
    """The store's own, and the seller's."""
    return await tx.all(
        Kept,
        "SELECT name, seller_id, mapping, updated_at FROM import_mappings "
        "WHERE seller_id IS NULL OR seller_id = $1 ORDER BY name, seller_id NULLS FIRST",
        seller_id,
    )


async def mapping(tx: Tx, name: str, seller_id: UUID | None) -> Kept | None:
    """The seller's own before the store's."""
    return await tx.one(
        Kept,
        "SELECT name, seller_id, mapping, updated_at FROM import_mappings "
        "WHERE name = $1 AND (seller_id IS NULL OR seller_id = $2) ORDER BY seller_id NULLS LAST LIMIT 1",
        name,
        seller_id,
    )


async def keep_mapping(tx: Tx, name: str, seller_id: UUID | None, mapping: Mapping) -> None:
    await tx.run(
        "INSERT INTO import_mappings (id, name, seller_id, mapping) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (name, seller_id, store_id) DO UPDATE SET mapping = excluded.mapping, updated_at = now()",
        uuid7(),
        name,
        seller_id,
        msgspec.to_builtins(mapping),
    )


async def drop_mapping(tx: Tx, name: str, seller_id: UUID | None) -> bool:
    return bool(
        await tx.run(
            "DELETE FROM import_mappings WHERE name = $1 AND seller_id IS NOT DISTINCT FROM $2", name, seller_id
        )
    )
