"""SQL of what orders are less by, of returns, and of notes."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradehall.contracts.orders import ReturnStatus
from tradehall.kernel.db import Tx, columns
from tradehall.services.orders.model.reducing import Reduction, Return, ReturnLine
from tradehall.services.orders.queries import wait_for_less

_RETURN = (
    "r.id, r.order_id, r.parcel_id, r.seller_id, r.status, r.reason, r.answer, r.reduction_id, r.created_at, r.updated_at, "
    "(SELECT jsonb_agg(jsonb_build_object('line_id', l.line_id, 'quantity', l.quantity) ORDER BY l.line_id) "
    "FROM return_lines l WHERE l.store_id = r.store_id AND l.return_id = r.id) AS lines"
)


class OrderNote(msgspec.Struct, frozen=True, kw_only=True):
    """`author` is what they are to the order: admin, staff, seller."""

    id: UUID
    author_id: UUID
    author: str
    text: str
    at: datetime


async def reduce(tx: Tx, order_id: UUID, reduction: Reduction, actor: str) -> None:
    """Books it: on the order, on its lines, and as an entry that stays."""
    await tx.run(
        "INSERT INTO reductions (id, order_id, kind, whole, shipping, total, reason, actor) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        reduction.id,
        order_id,
        reduction.kind,
        reduction.whole,
        reduction.shipping,
        reduction.total,
        reduction.reason,
        actor,
    )
    parts = columns([(line.line_id, line.quantity, line.amount, line.restock) for line in reduction.lines])
    if parts:
        await tx.run(
            "INSERT INTO reduced_lines (reduction_id, order_id, line_id, quantity, amount, restock) "
            "SELECT $1, $2, * FROM unnest($3::uuid[], $4::int[], $5::bigint[], $6::bool[])",
            reduction.id,
            order_id,
            *parts,
        )
        await tx.run(
            f"UPDATE order_lines l SET {reduction.kind} = l.{reduction.kind} + t.quantity "
            "FROM unnest($2::uuid[], $3::int[]) AS t(id, quantity) WHERE l.order_id = $1 AND l.id = t.id",
            order_id,
            *parts[:2],
        )
    if reduction.kind == "cancelled" and reduction.lines:
        await wait_for_less(tx, [(order_id, line.variant_id, line.quantity) for line in reduction.lines])
    await tx.run(
        "UPDATE orders SET reduced = reduced + $2, shipping_reduced = shipping_reduced + $3, updated_at = now() WHERE id = $1",
        order_id,
        reduction.total,
        reduction.shipping,
    )


async def add_returns(tx: Tx, asked: Sequence[Return]) -> None:
    """Their lines wait to come back from now on."""
    await tx.run(
        "INSERT INTO returns (id, order_id, parcel_id, seller_id, status, reason, answer, created_at, updated_at) "
        "SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], "
        "$8::timestamptz[], $9::timestamptz[])",
        *columns(
            [
                (r.id, r.order_id, r.parcel_id, r.seller_id, r.status, r.reason, r.answer, r.created_at, r.updated_at)
                for r in asked
            ]
        ),
    )
    await tx.run(
        "INSERT INTO return_lines (return_id, order_id, line_id, quantity) "
        "SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[])",
        *columns([(r.id, r.order_id, line.line_id, line.quantity) for r in asked for line in r.lines]),
    )
    for one in asked:
        await _wait(tx, one.order_id, one.lines, 1)


async def wait_no_more(tx: Tx, asked: Return) -> None:
    await _wait(tx, asked.order_id, asked.lines, -1)


async def _wait(tx: Tx, order_id: UUID, lines: Sequence[ReturnLine], sign: int) -> None:
    await tx.run(
        "UPDATE order_lines l SET coming_back = l.coming_back + $4 * t.quantity "
        "FROM unnest($2::uuid[], $3::int[]) AS t(id, quantity) WHERE l.order_id = $1 AND l.id = t.id",
        order_id,
        *columns([(line.line_id, line.quantity) for line in lines]),
        sign,
    )


async def save_return(tx: Tx, asked: Return) -> None:
    await tx.run(
        "UPDATE returns SET status = $2, answer = $3, reduction_id = $4, updated_at = $5 WHERE id = $1",
        asked.id,
        asked.status,
        asked.answer,
        asked.reduction_id,
        asked.updated_at,
    )


async def order_of_return(tx: Tx, return_id: UUID) -> UUID | None:
    return await tx.scalar("SELECT order_id FROM returns WHERE id = $1", return_id)  # type: ignore[no-any-return]


async def return_(tx: Tx, return_id: UUID) -> Return | None:
    return await tx.one(Return, f"SELECT {_RETURN} FROM returns r WHERE r.id = $1", return_id)


async def returns_of(tx: Tx, order_id: UUID) -> list[Return]:
    return await tx.all(Return, f"SELECT {_RETURN} FROM returns r WHERE r.order_id = $1 ORDER BY r.id", order_id)


class ListedReturn(Return, frozen=True, kw_only=True):
    number: str
    name: str
    email: str
    currency: str


async def returns_listed(
    tx: Tx, *, seller_id: UUID | None, status: ReturnStatus | None, before: UUID | None, limit: int
) -> list[ListedReturn]:
    """Newest first, with the order's number and whose it is."""
    return await tx.all(
        ListedReturn,
        f"SELECT {_RETURN}, o.number, o.name, o.email, o.currency FROM returns r "
        "JOIN orders o ON o.id = r.order_id AND o.store_id = r.store_id "
        "WHERE ($1::uuid IS NULL OR r.seller_id = $1) AND ($2::text IS NULL OR r.status = $2) "
        "AND ($3::uuid IS NULL OR r.id < $3) ORDER BY r.id DESC LIMIT $4",
        seller_id,
        status,
        before,
        limit,
    )


class PaidBack(msgspec.Struct, frozen=True, kw_only=True):
    """Of a reduction: what was given back for so many of a line."""

    reduction_id: UUID
    line_id: UUID
    quantity: int
    amount: int
    restock: bool


async def paid_back(tx: Tx, reduction_ids: Sequence[UUID]) -> dict[UUID, list[PaidBack]]:
    rows = await tx.all(
        PaidBack,
        "SELECT reduction_id, line_id, quantity, amount, restock FROM reduced_lines WHERE reduction_id = ANY($1) "
        "ORDER BY line_id",
        reduction_ids,
    )
    found: dict[UUID, list[PaidBack]] = {reduction_id: [] for reduction_id in reduction_ids}
    for row in rows:
        found[row.reduction_id].append(row)
    return found


async def add_note(tx: Tx, note: OrderNote, *, order_id: UUID, seller_id: UUID | None) -> None:
    await tx.run(
        "INSERT INTO order_notes (id, order_id, seller_id, author_id, author, text, at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        note.id,
        order_id,
        seller_id,
        note.author_id,
        note.author,
        note.text,
        note.at,
    )


async def notes(tx: Tx, order_id: UUID, *, seller_id: UUID | None) -> list[OrderNote]:
    """Newest first; a seller's own, or all."""
    return await tx.all(
        OrderNote,
        "SELECT id, author_id, author, text, at FROM order_notes WHERE order_id = $1 AND ($2::uuid IS NULL OR seller_id = $2) "
        "ORDER BY id DESC",
        order_id,
        seller_id,
    )


async def remove_note(tx: Tx, order_id: UUID, note_id: UUID, *, author_id: UUID) -> bool:
    """By who wrote it."""
    return bool(
        await tx.run(
            "DELETE FROM order_notes WHERE order_id = $1 AND id = $2 AND author_id = $3", order_id, note_id, author_id
        )
    )
