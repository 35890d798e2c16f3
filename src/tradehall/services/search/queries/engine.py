"""SQL of what an engine outside the database has of an index, and of what is still to be sent to it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradehall.contracts.catalog import ProductUpdated
from tradehall.kernel.db import Tx

HELD = "30 seconds"  # by whoever sends, without a word


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    generation: int
    version: int
    choices: int
    model: str | None
    settings: str | None
    attributes: list[str]
    sales_at: datetime


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """`units` are those sold."""

    number: int
    shown: bool
    available: int
    name: str
    product: ProductUpdated | None
    units: int


_STANDING = "generation, version, choices, model, settings, attributes, sales_at"
# Of sales those are too many to send each at once.
_PENDING = """
SELECT s.store_id, g.generation FROM shelves s CROSS JOIN unnest(ARRAY[s.generation, s.building]) AS g(generation)
LEFT JOIN engine_indexes i ON i.store_id = s.store_id AND i.generation = g.generation
WHERE g.generation IS NOT NULL AND coalesce(i.held_until < now(), true)
  AND (i.version IS NULL OR i.version < s.version OR i.choices < s.choices OR i.model IS DISTINCT FROM $1
       OR (i.sales_at < now() - interval '2 minutes'
           AND EXISTS (SELECT FROM sales t WHERE t.store_id = s.store_id AND t.changed_at > i.sales_at)))
ORDER BY s.store_id, g.generation
"""
_CLAIM = f"""
INSERT INTO engine_indexes AS i (generation, held_by, held_until) VALUES ($1, $2, now() + interval '{HELD}')
ON CONFLICT (store_id, generation) DO UPDATE SET held_by = excluded.held_by, held_until = excluded.held_until
WHERE i.held_until < now() RETURNING {_STANDING}
"""
_CHANGED = """
SELECT d.number, d.shown, d.available, d.name, CASE WHEN d.shown THEN d.product END AS product,
       coalesce(s.units, 0) AS units
FROM documents d LEFT JOIN sales s ON s.id = d.id
WHERE d.number > $1 AND (d.version > $2 OR s.changed_at > $3) ORDER BY d.number LIMIT $4
"""
_OLD = """
SELECT i.store_id, i.generation FROM engine_indexes i JOIN shelves s ON s.store_id = i.store_id
WHERE i.generation <> s.generation AND i.generation IS DISTINCT FROM s.building ORDER BY 1, 2
"""


async def standing(tx: Tx, generation: int) -> Standing | None:
    return await tx.one(Standing, f"SELECT {_STANDING} FROM engine_indexes WHERE generation = $1", generation)


async def pending(tx: Tx, model: str) -> list[tuple[UUID, int]]:
    """Stores and generations, but for those that somebody sends at the moment."""
    return [(row["store_id"], row["generation"]) for row in await tx.rows(_PENDING, model)]


async def old(tx: Tx) -> list[tuple[UUID, int]]:
    """Stores and generations that answer no more."""
    return [(row["store_id"], row["generation"]) for row in await tx.rows(_OLD)]


async def claim(tx: Tx, generation: int, holder: UUID) -> Standing | None:
    """None where somebody else sends."""
    return await tx.one(Standing, _CLAIM, generation, holder)


async def hold(tx: Tx, generation: int, holder: UUID) -> bool:
    """For longer; False where somebody else has taken over."""
    return bool(
        await tx.run(
            f"UPDATE engine_indexes SET held_until = now() + interval '{HELD}' WHERE generation = $1 AND held_by = $2",
            generation,
            holder,
        )
    )


async def settle(tx: Tx, now: Standing, holder: UUID) -> None:
    """The engine has it."""
    await tx.run(
        "UPDATE engine_indexes SET version = $3, choices = $4, model = $5, settings = $6, attributes = $7, sales_at = $8 "
        "WHERE generation = $1 AND held_by = $2",
        now.generation,
        holder,
        now.version,
        now.choices,
        now.model,
        now.settings,
        now.attributes,
        now.sales_at,
    )


async def release(tx: Tx, generation: int, holder: UUID) -> None:
    await tx.run(
        "UPDATE engine_indexes SET held_by = NULL, held_until = '-infinity' WHERE generation = $1 AND held_by = $2",
        generation,
        holder,
    )


async def forget(tx: Tx, generations: Sequence[int]) -> None:
    """The engine has nothing of it: all is to be sent again."""
    await tx.run("DELETE FROM engine_indexes WHERE generation = ANY ($1)", generations)


async def changed(tx: Tx, after: int, since: Standing, limit: int) -> list[Changed]:
    """By number, what the engine lacks."""
    return await tx.all(Changed, _CHANGED, after, since.version, since.sales_at, limit)


async def pinned(tx: Tx, query: str) -> list[int]:
    """Numbers of the products that come first for it, in their order."""
    rows = await tx.rows(
        "SELECT d.number FROM pins p CROSS JOIN unnest(p.products) WITH ORDINALITY AS one(id, place) "
        "JOIN documents d ON d.id = one.id AND d.shown WHERE p.query = $1 ORDER BY one.place",
        query,
    )
    return [row["number"] for row in rows]


async def now(tx: Tx) -> datetime:
    at: datetime = await tx.scalar(
        "SELECT now() - interval '1 minute'"
    )  # sales are committed later than they are dated
    return at


async def count(tx: Tx) -> int:
    """Of documents that are shown."""
    return int(await tx.scalar("SELECT count(*) FROM documents WHERE shown"))
