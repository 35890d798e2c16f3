"""SQL of payments, their refunds and what providers told."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradehall.contracts.orders import OrderPlaced
from tradehall.contracts.stores import InvoiceDue
from tradehall.kernel.db import Tx, columns
from tradehall.kernel.ids import uuid7
from tradehall.services.payments.model import NAMES_ITS_BUYER, SLIP, Account, Action, Bill, Buyer, Payment, Refund

_COLUMNS = (
    "id, order_id, invoice_id, attempt, customer_id, link, method, token, instalments, status, cancelled, amount, currency, captured, refunded, "
    "reference, proof, note, expires_at, created_at, authorised, refunding, reduced, action, buyer, payer, bill"
)


async def insert(tx: Tx, events: Sequence[OrderPlaced]) -> None:
    await tx.run(
        "INSERT INTO payments (store_id, id, order_id, customer_id, link, method, token, instalments, status, amount, "
        "currency, expires_at, buyer, reference) "
        "SELECT store_id, id, order_id, customer_id, link, method, token, instalments, 'awaiting', amount, currency, "
        "expires_at, buyer, reference FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], "
        "$8::int[], $9::bigint[], $10::text[], $11::timestamptz[], $12::jsonb[], $13::text[]) "
        "AS t(store_id, id, order_id, customer_id, link, method, token, instalments, amount, currency, expires_at, buyer, "
        "reference)",
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
                    e.payment.instalments,
                    e.total,
                    e.currency,
                    e.expires_at,
                    msgspec.to_builtins(buyer_of(e)),
                    e.number if e.payment.method == SLIP else None,
                )
                for e in events
            ]
        ),
    )


def buyer_of(event: OrderPlaced) -> Buyer | None:
    """For the methods whose provider wants to know."""
    if event.payment.method not in NAMES_ITS_BUYER:
        return None
    return Buyer(name=event.name, email=event.email, tax_id=event.payment.tax_id or "", address=event.address)


async def insert_for_invoice(tx: Tx, event: InvoiceDue, payer: UUID | None, slip: Action | None) -> UUID | None:
    """The id of its payment, which is asked for at once; a `slip` waits for its transfer. None where there is one for this
    attempt."""
    return await tx.scalar(  # type: ignore[no-any-return]
        "INSERT INTO payments (id, invoice_id, attempt, link, method, token, status, amount, currency, expires_at, payer, bill, "
        "reference, action) VALUES ($1, $2, $3, '', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) "
        "ON CONFLICT (invoice_id, attempt, store_id) WHERE invoice_id IS NOT NULL DO NOTHING RETURNING id",
        uuid7(),
        event.invoice_id,
        event.attempt,
        event.method,
        event.token,
        "action" if slip else "charging",
        event.amount,
        event.currency,
        event.until or event.timestamp,
        payer,
        Bill(label=event.label, back=event.back),
        slip.code if slip else None,
        slip,
    )


async def lock_bill(tx: Tx, invoice_id: UUID) -> list[Payment]:
    """All attempts to pay one of the platform's invoices, oldest first."""
    return await tx.all(
        Payment, f"SELECT {_COLUMNS} FROM payments WHERE invoice_id = $1 ORDER BY attempt FOR UPDATE", invoice_id
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
    few = "AND in_review" if status in ("review", "refunding") else ""  # they have an index of their own
    return await tx.all(
        Payment,
        f"SELECT {_COLUMNS} FROM payments WHERE order_id IS NOT NULL AND ($1::text IS NULL OR status = $1) {few} "
        "AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        status,
        before,
        limit,
    )


async def bills(tx: Tx, *, status: str | None, before: UUID | None, limit: int) -> list[Payment]:
    """Of the platform's own invoices, newest first. `status` owed: what is to be given back, and is not yet."""
    return await tx.all(
        Payment,
        f"SELECT {_COLUMNS} FROM payments WHERE invoice_id IS NOT NULL AND ($2::uuid IS NULL OR id < $2) AND CASE "
        "WHEN $1 = 'owed' THEN EXISTS (SELECT FROM refunds r WHERE r.payment_id = payments.id AND r.status <> 'done') "
        "WHEN $1 IS NULL THEN true ELSE status = $1 END ORDER BY id DESC LIMIT $3",
        status,
        before,
        limit,
    )


async def save(tx: Tx, payments: Sequence[Payment]) -> None:
    """With the refunds they owe since they were read."""
    if not payments:
        return
    await tx.run(
        "WITH saved AS (UPDATE payments p SET status = t.status, cancelled = t.cancelled, authorised = t.authorised, captured = t.captured, "
        "refunding = t.refunding, reduced = t.reduced, refunded = t.refunded, reference = t.reference, token = t.token, action = t.action, "
        "proof = t.proof, note = t.note, "
        "buyer = CASE WHEN t.status IN ('awaiting', 'charging') THEN p.buyer END, updated_at = now() FROM unnest($1::uuid[], $2::text[], $3::bool[], $4::bigint[], "
        "$5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::text[], $10::text[], $11::jsonb[], $12::jsonb[], $13::text[]) "
        "AS t(id, status, cancelled, authorised, captured, refunding, reduced, refunded, reference, token, action, proof, note) "
        "WHERE p.id = t.id AND p.id = ANY($1) RETURNING p.store_id, p.reference, p.id) "
        f"{_REFER} SELECT * FROM saved WHERE reference IS NOT NULL ON CONFLICT DO NOTHING",
        *columns(
            [
                (
                    p.id,
                    p.status,
                    p.cancelled,
                    p.authorised,
                    p.captured,
                    p.refunding,
                    p.reduced,
                    p.refunded,
                    p.reference,
                    p.token,
                    msgspec.to_builtins(p.action),
                    msgspec.to_builtins(p.proof),
                    p.note,
                )
                for p in payments
            ]
        ),
    )
    owed = [(r.id, r.payment_id, r.amount, r.status, r.reason) for payment in payments for r in payment.owed]
    if owed:
        await tx.run(
            "INSERT INTO refunds (store_id, id, payment_id, amount, status, reason, ended_at) "
            "SELECT p.store_id, t.id, p.id, t.amount, t.status, t.reason, CASE WHEN t.status = 'done' THEN now() END "
            "FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[]) AS t(id, payment_id, amount, status, "
            "reason) JOIN payments p ON p.id = t.payment_id AND p.id = ANY($2)",
            *columns(owed),
        )


_REFER = "INSERT INTO provider_references (store_id, reference, payment_id)"


async def note_reference(tx: Tx, payment_id: UUID, reference: str) -> None:
    await tx.run(
        "WITH saved AS (UPDATE payments SET reference = $2 WHERE id = $1 RETURNING store_id, reference, id) "
        f"{_REFER} SELECT * FROM saved ON CONFLICT DO NOTHING",
        payment_id,
        reference,
    )


async def by_reference(tx: Tx, reference: str) -> UUID | None:
    """The newest, should there be several."""
    return await tx.scalar(  # type: ignore[no-any-return]
        "SELECT payment_id FROM provider_references WHERE reference = $1 ORDER BY payment_id DESC LIMIT 1", reference
    )


async def refunds_of(tx: Tx, payment_ids: Sequence[UUID]) -> list[Refund]:
    return await tx.all(
        Refund,
        "SELECT id, payment_id, amount, status, reason, note, reference, created_at FROM refunds "
        "WHERE payment_id = ANY($1) ORDER BY id",
        payment_ids,
    )


async def end_refund(tx: Tx, refund: Refund, status: str, *, reference: str = "", note: str = "") -> bool:
    """False where it had ended otherwise before."""
    ended = await tx.scalar(
        "UPDATE refunds SET status = $2, reference = $3, note = $4, ended_at = now() WHERE id = $1 AND status = $5 "
        "RETURNING id",
        refund.id,
        status,
        reference,
        note,
        refund.status,
    )
    return ended is not None


class OpenRefund(Refund, frozen=True, kw_only=True):
    order_id: UUID
    method: str
    currency: str


async def open_refunds(tx: Tx, *, after: UUID | None, limit: int) -> list[OpenRefund]:
    return await tx.all(
        OpenRefund,
        "SELECT r.id, r.payment_id, r.amount, r.status, r.reason, r.note, r.reference, r.created_at, p.order_id, p.method, "
        "p.currency FROM refunds r JOIN payments p ON p.id = r.payment_id "
        "WHERE r.status <> 'done' AND p.order_id IS NOT NULL AND ($1::uuid IS NULL OR r.id > $1) ORDER BY r.id LIMIT $2",
        after,
        limit,
    )


async def account(tx: Tx, provider: str) -> Account | None:
    return await tx.one(
        Account,
        "SELECT provider, keys, shown, capture, updated_at FROM provider_accounts WHERE provider = $1",
        provider,
    )


async def accounts(tx: Tx) -> list[Account]:
    return await tx.all(
        Account, "SELECT provider, keys, shown, capture, updated_at FROM provider_accounts ORDER BY provider"
    )


async def names_of_accounts(tx: Tx) -> list[str]:
    """As METHODS_AT has them. One transaction of the store after the other, so that the last one sees all."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended('accounts of ' || current_store()::text, 0))")
    rows = await tx.rows(
        "SELECT provider FROM provider_accounts UNION ALL SELECT 'bank-slip' FROM bank_details WHERE text <> '' ORDER BY 1"
    )
    return [row[0] for row in rows]


async def save_account(tx: Tx, account: Account) -> None:
    await tx.run(
        "INSERT INTO provider_accounts (provider, keys, shown, capture) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (store_id, provider) DO UPDATE SET keys = excluded.keys, shown = excluded.shown, "
        "capture = excluded.capture, updated_at = now()",
        account.provider,
        account.keys,
        account.shown,
        account.capture,
    )


async def delete_account(tx: Tx, provider: str) -> bool:
    return bool(await tx.run("DELETE FROM provider_accounts WHERE provider = $1", provider))


async def under_way(tx: Tx, methods: Sequence[str]) -> int:
    """Payments that the provider may still move, and those whose refund it owes us."""
    return int(
        await tx.scalar(
            "SELECT count(*) FROM payments WHERE method = ANY($1) AND (status IN ('charging', 'action', 'authorised') "
            "OR refunding > 0)",
            methods,
        )
    )


class Booked(Payment, frozen=True, kw_only=True):
    """`moved_at`: when its money last did."""

    moved_at: datetime | None


async def made_between(tx: Tx, methods: Sequence[str], since: datetime, until: datetime) -> list[Booked]:
    return await tx.all(
        Booked,
        f"SELECT {_COLUMNS}, (SELECT max(at) FROM entries e WHERE e.payment_id = payments.id) AS moved_at FROM payments WHERE method = ANY($1) AND created_at >= $2 AND created_at < $3 ORDER BY id",
        methods,
        since,
        until,
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


async def bank_details(tx: Tx) -> str:
    """ "" where the store has given none."""
    return await tx.scalar("SELECT text FROM bank_details") or ""


async def save_bank_details(tx: Tx, text: str) -> None:
    await tx.run(
        "INSERT INTO bank_details (text) VALUES ($1) ON CONFLICT (store_id) DO UPDATE SET text = excluded.text, "
        "updated_at = now()",
        text,
    )


async def slips(tx: Tx, currency: str) -> list[tuple[UUID, str]]:
    """Id and reference of the bank slips of the last three months; those that were paid, too, so that a text which names two is
    as unclear the second time. Of several attempts to pay one invoice the last comes last."""
    rows = await tx.rows(
        "SELECT id, reference FROM payments WHERE method = $1 AND created_at > now() - interval '90 days' AND currency = $2 "
        "ORDER BY id",
        SLIP,
        currency,
    )
    return [(row["id"], row["reference"]) for row in rows]
