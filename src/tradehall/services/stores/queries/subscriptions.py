"""SQL of subscriptions and invoices."""

from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx
from tradehall.services.stores.subscriptions import Invoice, Subscription

_FIELDS = Subscription.__struct_fields__
_COLUMNS = ", ".join(_FIELDS)
_PLACES = ", ".join(f"${place}" for place in range(1, len(_FIELDS) + 1))
_INVOICE = (
    "id, number, kind, plan, months, period_start, period_end, amount, currency, cycle, status, attempt, payment_id, "
    "created_at, settled_at"
)


async def find(tx: Tx) -> Subscription | None:
    """Of the transaction's store."""
    return await tx.one(Subscription, f"SELECT {_COLUMNS} FROM subscriptions")


async def lock(tx: Tx) -> Subscription | None:
    return await tx.one(Subscription, f"SELECT {_COLUMNS} FROM subscriptions FOR UPDATE")


async def insert(tx: Tx, subscription: Subscription) -> None:
    await tx.run(
        f"INSERT INTO subscriptions ({_COLUMNS}) VALUES ({_PLACES})", *msgspec.structs.asdict(subscription).values()
    )


async def save(tx: Tx, subscription: Subscription) -> None:
    await tx.run(f"UPDATE subscriptions SET ({_COLUMNS}) = ({_PLACES})", *msgspec.structs.asdict(subscription).values())


async def next_number(tx: Tx) -> int:
    """With the subscription locked."""
    return await tx.scalar("SELECT coalesce(max(number), 0) + 1 FROM invoices")  # type: ignore[no-any-return]


async def add_invoice(tx: Tx, invoice: Invoice) -> None:
    await tx.run(
        f"INSERT INTO invoices ({_INVOICE}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        *(getattr(invoice, name) for name in _INVOICE.split(", ")),
    )


async def save_invoice(tx: Tx, invoice: Invoice) -> None:
    await tx.run(
        "UPDATE invoices SET status = $2, attempt = $3, payment_id = $4, settled_at = $5 WHERE id = $1",
        invoice.id,
        invoice.status,
        invoice.attempt,
        invoice.payment_id,
        invoice.settled_at,
    )


async def invoice(tx: Tx, invoice_id: UUID) -> Invoice | None:
    return await tx.one(Invoice, f"SELECT {_INVOICE} FROM invoices WHERE id = $1", invoice_id)


async def open_invoice(tx: Tx) -> Invoice | None:
    """Being charged, or declined and not given up."""
    return await tx.one(Invoice, f"SELECT {_INVOICE} FROM invoices WHERE status IN ('charging', 'declined')")


async def invoices(tx: Tx, *, before: int | None, limit: int) -> list[Invoice]:
    """Newest first."""
    return await tx.all(
        Invoice,
        f"SELECT {_INVOICE} FROM invoices WHERE $1::int IS NULL OR number < $1 ORDER BY number DESC LIMIT $2",
        before,
        limit,
    )
