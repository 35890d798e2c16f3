"""Orders against the book of sales. As an export of a store it reads the services' own tables, each as that service."""

import asyncio
from collections.abc import Collection
from decimal import Decimal
from uuid import UUID

import asyncpg
import msgspec

from tradehall.contracts.stores import Store
from tradehall.contracts.values import to_decimal
from tradehall.kernel import provision
from tradehall.kernel.settings import Settings

AT_ONCE = 5_000  # orders
PATIENCE = 2.0  # seconds that an event is given to arrive

# What the store has earned of each: nothing of an order that was never confirmed, or ended.
_ORDERS = """
SELECT id, number, CASE WHEN status IN ('CONFIRMED', 'PROCESSING', 'SHIPPED', 'DELIVERED', 'RETURNED') THEN total - reduced ELSE 0 END AS amount
FROM orders WHERE id > $1 AND ($2::uuid[] IS NULL OR id = ANY($2)) ORDER BY id LIMIT $3
"""
_BOOK = """
SELECT order_id AS id, sum(amount)::bigint AS amount FROM entries
WHERE order_id > $1 AND order_id <= $2 AND ($3::uuid[] IS NULL OR order_id = ANY($3)) GROUP BY order_id
"""
_NOTHING, _LAST = UUID(int=0), UUID(int=2**128 - 1)


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    number: str
    owed: Decimal
    booked: Decimal


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    orders: int
    amount: Decimal
    booked: Decimal
    differences: list[Difference]


async def compare(settings: Settings, store: Store) -> Compared:
    here = await _pass(settings, store, None)
    if not here.differences:
        return here
    await asyncio.sleep(PATIENCE)
    again = await _pass(settings, store, [difference.id for difference in here.differences])
    return msgspec.structs.replace(here, differences=again.differences)


async def _pass(settings: Settings, store: Store, only: Collection[UUID] | None) -> Compared:
    """All orders, or these."""
    connections = [await asyncpg.connect(provision.dsn(settings, service)) for service in ("orders", "analytics")]
    orders, book = connections
    try:
        for connection in connections:
            await connection.execute("SELECT set_config('app.store_id', $1, false)", str(store.id))
        ids = None if only is None else list(only)
        count = owed = booked = 0
        differences: list[Difference] = []
        last = _NOTHING
        while True:
            rows = await orders.fetch(_ORDERS, last, ids, AT_ONCE)
            end = rows[-1]["id"] if len(rows) == AT_ONCE else _LAST
            sums = {row["id"]: row["amount"] for row in await book.fetch(_BOOK, last, end, ids)}
            told = {row["id"]: row for row in rows}
            count += len(rows)
            owed += sum(row["amount"] for row in rows)
            booked += sum(sums.values())
            for id in told.keys() | sums.keys():
                amount = told[id]["amount"] if id in told else 0
                if amount != sums.get(id, 0):
                    differences.append(
                        Difference(
                            id=id,
                            number=told[id]["number"] if id in told else "",
                            owed=to_decimal(amount, store.currency),
                            booked=to_decimal(sums.get(id, 0), store.currency),
                        )
                    )
            if len(rows) < AT_ONCE:
                return Compared(
                    orders=count,
                    amount=to_decimal(owed, store.currency),
                    booked=to_decimal(booked, store.currency),
                    differences=sorted(differences, key=lambda difference: difference.id),
                )
            last = end
    finally:
        for connection in connections:
            await connection.close()
