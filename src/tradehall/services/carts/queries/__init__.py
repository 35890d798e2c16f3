"""SQL of carts. What they need of the catalogue is in `goods`, what comes of an order or of forgetting in `after`."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from tradehall.contracts.carts import CartReminderDue
from tradehall.kernel.db import Tx
from tradehall.kernel.ids import uuid7
from tradehall.services.carts.model import Cart, Line, Owner

_COLUMNS = "c.id, c.user_id, c.version, c.variant_ids, c.quantities, c.prices, c.revisions, c.shorts, c.selected"
_CARTS = f"""
SELECT {_COLUMNS} FROM carts c WHERE c.id = ANY($1) AND c.user_id IS NULL AND $3
UNION ALL SELECT {_COLUMNS} FROM carts c WHERE c.user_id = ANY($2) AND $4
"""
_LOCKED = f"""
SELECT {_COLUMNS} FROM carts c
WHERE (c.id = ANY($1) AND c.user_id IS NULL) OR c.user_id = ANY($2) ORDER BY c.id FOR UPDATE
"""


async def carts(tx: Tx, owners: Sequence[Owner], *, lock: bool = False) -> dict[Owner, Cart]:
    """The cart of each, an empty one (version 0) where there is none. With `lock` nobody else changes those that are
    there until the transaction ends."""
    guests = [owner.guest for owner in owners if owner.guest is not None]
    accounts = [owner.account for owner in owners if owner.account is not None]
    if lock:
        rows = await tx.rows(_LOCKED, guests, accounts)
    else:
        rows = await tx.rows(_CARTS, guests, accounts, bool(guests), bool(accounts))
    known = {cart.owner: cart for cart in map(_cart, rows)}
    return {owner: known.get(owner) or Cart.new(owner, uuid7) for owner in dict.fromkeys(owners)}


def _cart(row: asyncpg.Record) -> Cart:
    columns = [row[name] for name in ("variant_ids", "quantities", "prices", "revisions", "shorts", "selected")]
    return Cart(id=row["id"], user_id=row["user_id"], version=row["version"], lines=list(map(Line, *columns)))


_LISTS = "variant_ids, quantities, prices, revisions, shorts, selected"
_ROWS = (
    "jsonb_to_recordset($1) AS t(id uuid, user_id uuid, version int, variant_ids uuid[], quantities int[], "
    "prices bigint[], revisions int[], shorts boolean[], selected boolean[])"
)
_CHANGE = (
    "variant_ids = t.variant_ids, quantities = t.quantities, prices = t.prices, revisions = t.revisions, "
    "shorts = t.shorts, selected = t.selected, updated_at = now()"
)
# A reminder begins with the first change of an account's cart that leaves something in it.
_REMINDED = """
, begun AS (
  INSERT INTO reminders (user_id, due)
  SELECT user_id, now() FROM written WHERE user_id IS NOT NULL AND cardinality(variant_ids) > 0
  ON CONFLICT DO NOTHING RETURNING user_id, due
)
SELECT w.id, b.user_id, b.due FROM written w LEFT JOIN begun b ON b.user_id = w.user_id
"""
_UPDATE = f"""
WITH written AS (
  UPDATE carts c SET version = c.version + 1, {_CHANGE}
  FROM {_ROWS} WHERE c.id = t.id AND c.version = t.version AND c.id = ANY($2)
  RETURNING c.id, c.user_id, c.variant_ids
){_REMINDED}
"""
_INSERT = f"""
WITH written AS (
  INSERT INTO carts (id, user_id, version, {_LISTS}) SELECT id, user_id, 1, {_LISTS} FROM {_ROWS}
  ON CONFLICT DO NOTHING RETURNING id, user_id, variant_ids
){_REMINDED}
"""
_WRITE_BEHIND = f"""
WITH written AS (
  INSERT INTO carts AS c (id, user_id, version, {_LISTS}) SELECT id, user_id, version, {_LISTS} FROM {_ROWS}
  ON CONFLICT (store_id, id) DO UPDATE SET version = excluded.version, variant_ids = excluded.variant_ids,
    quantities = excluded.quantities, prices = excluded.prices, revisions = excluded.revisions,
    shorts = excluded.shorts, selected = excluded.selected, updated_at = now()
  WHERE c.version < excluded.version
  RETURNING c.id, c.user_id, c.variant_ids
){_REMINDED}
"""


async def store(tx: Tx, carts: Sequence[Cart]) -> set[UUID]:
    """Compare-and-set; returns the ids of those whose stored version was still the one they were read at."""
    known, new = [cart for cart in carts if cart.version], [cart for cart in carts if not cart.version]
    written: list[asyncpg.Record] = []
    if known:
        written += await tx.rows(_UPDATE, [_row(cart) for cart in known], [cart.id for cart in known])
    if new:
        written += await tx.rows(_INSERT, [_row(cart) for cart in new])
    return _begin_reminders(tx, written)


async def write_behind(tx: Tx, carts: Sequence[Cart]) -> None:
    """As they are, with their versions, but never an older version over a newer one."""
    if carts:
        _begin_reminders(tx, await tx.rows(_WRITE_BEHIND, [_row(cart) for cart in carts]))


def _begin_reminders(tx: Tx, written: Sequence[asyncpg.Record]) -> set[UUID]:
    for row in written:
        if row["user_id"] is not None:
            tx.emit(CartReminderDue(user_id=row["user_id"], due=row["due"]), key=row["id"])
    return {row["id"] for row in written}


def _row(cart: Cart) -> dict[str, object]:
    return {
        "id": cart.id,
        "user_id": cart.user_id,
        "version": cart.version,
        "variant_ids": [line.variant_id for line in cart.lines],
        "quantities": [line.quantity for line in cart.lines],
        "prices": [line.price for line in cart.lines],
        "revisions": [line.revision for line in cart.lines],
        "shorts": [line.short for line in cart.lines],
        "selected": [line.selected for line in cart.lines],
    }
