"""SQL of the payments service."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from tradehall.contracts.orders import OrderPlaced
from tradehall.contracts.stores import InvoiceDue
from tradehall.kernel.db import Tx, columns
from tradehall.kernel.ids import uuid7
from tradehall.services.payments.model import Payment

_COLUMNS = (
    "id, order_id, invoice_id, attempt, customer_id, link, method, token, status, cancelled, amount, currency, captured, refunded, "
    "reference, proof, note, expires_at, created_at"
)


async def insert(tx: Tx, events: Sequence[OrderPlaced]) -> None:
    await tx.run(
        "INSERT INTO payments (store_id, id, order_id, customer_id, link, method, token, status, amount, currency, "
        "expires_at) "
        "SELECT store_id, id, order_id, customer_id, link, method, token, 'awaiting', amount, currency, expires_at "
        "FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::bigint[], "
        "$9::text[], $10::timestamptz[]) "
        "AS t(store_id, id, order_id, customer_id, link, method, token, amount, currency, expires_at)",
        *columns(
            [
                (
                    tx.store_of(e),
                    uuid7(),
                    e.order_id,
                    e.customer_id,
                    e.link,
                    e.payment.method,
                    e.payment.token,
                    e.total,
                    e.currency,
                    e.expires_at,
                )
                for e in events
            ]
        ),
    )


async def insert_for_invoice(tx: Tx, event: InvoiceDue) -> UUID | None:
    """The id of its payment, which is asked for at once. None where there is one for this attempt."""
    return await tx.scalar(  # type: ignore[no-any-return]
        "INSERT INTO payments (id, invoice_id, attempt, link, method, token, status, amount, currency, expires_at) "
        "VALUES ($1, $2, $3, '', $4, $5, 'charging', $6, $7, $8) "
        "ON CONFLICT ON CONSTRAINT one_payment_per_attempt DO NOTHING RETURNING id",
        uuid7(),
        event.invoice_id,
        event.attempt,
        event.method,
        event.token,
        event.amount,
        event.currency,
        event.timestamp,
    )


async def lock_orders(tx: Tx, order_ids: Sequence[UUID]) -> list[Payment]:
    return await tx.all(
        Payment, f"SELECT {_COLUMNS} FROM payments WHERE order_id = ANY($1) ORDER BY id FOR UPDATE", order_ids
    )


async def lock(tx: Tx, ids: Sequence[UUID]) -> list[Payment]:
    """Of orders and of invoices."""
    return await tx.all(Payment, f"SELECT {_COLUMNS} FROM payments WHERE id = ANY($1) ORDER BY id FOR UPDATE", ids)


async def find(tx: Tx, ids: Sequence[UUID]) -> list[Payment]:
    return await tx.all(Payment, f"SELECT {_COLUMNS} FROM payments WHERE id = ANY($1)", ids)


async def of_order(tx: Tx, order_id: UUID) -> Payment | None:
    return await tx.one(Payment, f"SELECT {_COLUMNS} FROM payments WHERE order_id = $1", order_id)


async def listed(tx: Tx, *, status: str | None, before: UUID | None, limit: int) -> list[Payment]:
    """Of orders. What the store itself pays is no business of its sales."""
    return await tx.all(
        Payment,
        f"SELECT {_COLUMNS} FROM payments WHERE order_id IS NOT NULL AND ($1::text IS NULL OR status = $1) AND ($2::uuid IS NULL OR id < $2) "
        "ORDER BY id DESC LIMIT $3",
        status,
        before,
        limit,
    )


async def save(tx: Tx, payments: Sequence[Payment]) -> None:
    if not payments:
        return
    await tx.run(
        "UPDATE payments p SET status = t.status, cancelled = t.cancelled, captured = t.captured, "
        "refunded = t.refunded, reference = t.reference, token = t.token, proof = t.proof, note = t.note, "
        "updated_at = now() FROM unnest($1::uuid[], $2::text[], $3::bool[], $4::bigint[], $5::bigint[], $6::text[], "
        "$7::text[], $8::jsonb[], $9::text[]) "
        "AS t(id, status, cancelled, captured, refunded, reference, token, proof, note) "
        "WHERE p.id = t.id AND p.id = ANY($1)",
        *columns(
            [
                (
                    p.id,
                    p.status,
                    p.cancelled,
                    p.captured,
                    p.refunded,
                    p.reference,
                    p.token,
                    msgspec.to_builtins(p.proof),
                    p.note,
                )
                for p in payments
            ]
        ),
    )


async def first_told(tx: Tx, provider: str, answers: Sequence[tuple[UUID, str, UUID, str]]) -> set[tuple[UUID, str]]:
    """Books answers (store, event id, payment id, outcome); returns payment and event id of those that are new."""
    rows = await tx.rows(
        "INSERT INTO provider_events (provider, store_id, event_id, payment_id, outcome) "
        "SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::text[]) "
        "ON CONFLICT DO NOTHING RETURNING payment_id, event_id",
        provider,
        *columns(answers),
    )
    return {(row["payment_id"], row["event_id"]) for row in rows}
