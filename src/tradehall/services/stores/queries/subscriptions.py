"""SQL of subscriptions and invoices."""

from datetime import datetime
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx
from tradehall.services.stores.subscriptions import Invoice, Subscription

_FIELDS = Subscription.__struct_fields__
_COLUMNS = ", ".join(_FIELDS)
_PLACES = ", ".join(f"${place}" for place in range(1, len(_FIELDS) + 1))
_INVOICE_FIELDS = Invoice.__struct_fields__
_INVOICE = ", ".join(_INVOICE_FIELDS)
_INVOICE_PLACES = ", ".join(f"${place}" for place in range(1, len(_INVOICE_FIELDS) + 1))


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
        f"INSERT INTO invoices ({_INVOICE}) VALUES ({_INVOICE_PLACES})", *msgspec.structs.asdict(invoice).values()
    )


async def save_invoice(tx: Tx, invoice: Invoice) -> None:
    """Of what changes on the way; what is asked for does not."""
    await tx.run(
        "UPDATE invoices SET status = $2, attempt = $3, payment_id = $4, settled_at = $5, method = $6, turn = $7, returned = $8, "
        "period_start = $9, period_end = $10 WHERE id = $1",
        invoice.id,
        invoice.status,
        invoice.attempt,
        invoice.payment_id,
        invoice.settled_at,
        invoice.method,
        invoice.turn,
        invoice.returned,
        invoice.period_start,
        invoice.period_end,
    )


async def invoice(tx: Tx, invoice_id: UUID) -> Invoice | None:
    return await tx.one(Invoice, f"SELECT {_INVOICE} FROM invoices WHERE id = $1", invoice_id)


async def open_invoice(tx: Tx) -> Invoice | None:
    """Neither paid nor given up."""
    return await tx.one(
        Invoice, f"SELECT {_INVOICE} FROM invoices WHERE status IN ('open', 'charging', 'waiting', 'declined')"
    )


async def running(tx: Tx, at: datetime) -> list[Invoice]:
    """Those that are paid, of periods that are not over."""
    return await tx.all(
        Invoice, f"SELECT {_INVOICE} FROM invoices WHERE status = 'paid' AND period_end > $1 ORDER BY number", at
    )


async def invoices(tx: Tx, *, before: int | None, limit: int) -> list[Invoice]:
    """Newest first."""
    return await tx.all(
        Invoice,
        f"SELECT {_INVOICE} FROM invoices WHERE $1::int IS NULL OR number < $1 ORDER BY number DESC LIMIT $2",
        before,
        limit,
    )
