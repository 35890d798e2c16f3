"""The one place where a provider's answers become state and events."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tradehall.contracts.payments import InvoiceSettled, PaymentProcessed, PaymentUpdated, RefundDue
from tradehall.contracts.values import Event, to_decimal
from tradehall.kernel.db import Tx
from tradehall.services.payments import queries
from tradehall.services.payments.model import Payment, answered
from tradehall.services.payments.providers import Answer

ASK_AGAIN = timedelta(seconds=3)


async def settle(tx: Tx, provider: str, answers: Sequence[Answer], because: Mapping[UUID, Event] | None = None) -> None:
    """Books the answers and moves the payments they are about. An answer told before is booked once and moves nothing."""
    if not answers:
        return
    causes = because or {}
    booked = [(tx.store_of(causes.get(a.key)), a.event_id, a.key, a.outcome) for a in answers]
    told = await queries.first_told(tx, provider, booked)
    fresh = {answer.key: answer for answer in answers if (answer.key, answer.event_id) in told}
    if not fresh:
        return
    changed = []
    for payment in await queries.lock(tx, list(fresh)):
        after = answered(payment, fresh[payment.id].outcome, fresh[payment.id].reference)
        if after is not payment:
            changed.append(after)
            tell(tx, after, causes.get(payment.id))
    await queries.save(tx, changed)


def tell_status(tx: Tx, payment: Payment, because: Event | None = None) -> None:
    """Of an order; of an invoice nobody wants to know but how it was settled."""
    if payment.order_id is None:
        return
    tx.emit(
        PaymentUpdated(
            order_id=payment.order_id,
            payment_id=payment.id,
            method=payment.method,
            status=payment.status,
            note=payment.note,
        ),
        key=payment.order_id,
        because=because,
    )


def tell(tx: Tx, payment: Payment, because: Event | None = None) -> None:
    """What the others need to know of a payment that has just changed, and what is to be done next."""
    tell_status(tx, payment, because)
    if payment.status in ("paid", "promised", "declined", "rejected"):
        settled = processed(payment) if payment.order_id is not None else invoice_settled(payment)
        tx.emit(settled, key=payment.about, because=because)
    elif payment.status == "refunding" and payment.method not in BY_HAND:
        tx.emit(RefundDue(payment_id=payment.id), key=payment.about, because=because)


BY_HAND = frozenset({"proof", "cash-on-delivery"})  # no provider gives this money back, a person does


def processed(payment: Payment) -> PaymentProcessed:
    """Of an order."""
    assert payment.order_id is not None
    return PaymentProcessed(
        order_id=payment.order_id,
        payment_id=payment.id,
        payment_status="SUCCESS"
        if payment.status in ("paid", "promised")
        else "REJECTED"
        if payment.status == "rejected"
        else "FAILED",
        amount=to_decimal(payment.amount, payment.currency),
    )


def invoice_settled(payment: Payment) -> InvoiceSettled:
    assert payment.invoice_id is not None
    assert payment.attempt is not None
    return InvoiceSettled(
        invoice_id=payment.invoice_id,
        attempt=payment.attempt,
        payment_id=payment.id,
        status="paid" if payment.status == "paid" else "declined",
    )


def later() -> datetime:
    return datetime.now(UTC) + ASK_AGAIN
