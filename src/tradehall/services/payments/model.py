"""Rules of payments: one function moves state, whatever brought the answer."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from tradehall.contracts.payments import PaymentStatus
from tradehall.kernel.errors import Conflict, NotFound, Unsupported

Outcome = Literal["succeeded", "declined", "pending", "absent"]


class UnknownPayment(NotFound):
    slug = "unknown-payment"
    title = "There is no such payment"


class NotNow(Conflict):
    slug = "payment-not-open"
    title = "The payment's status does not allow this"


class NoProof(Unsupported):
    slug = "not-a-proof"
    title = "A proof is a JPEG, PNG or WebP image, or a PDF"


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    content_type: str
    uploaded_at: datetime


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """Money in minor units of `currency`. `cancelled`: the order is gone; money that still arrives goes back.

    Of an order, or of an attempt to pay one of the platform's invoices.
    """

    id: UUID
    order_id: UUID | None
    invoice_id: UUID | None = None
    attempt: int | None = None
    customer_id: UUID | None
    link: str
    method: str
    token: str | None
    status: PaymentStatus
    cancelled: bool
    amount: int
    currency: str
    captured: int
    refunded: int
    reference: str | None
    proof: Proof | None
    note: str
    expires_at: datetime
    created_at: datetime

    @property
    def about(self) -> UUID:
        """What it pays: the key of all that is told of it."""
        found = self.order_id or self.invoice_id
        assert found is not None, "a payment is about something"
        return found


def started(method: str) -> PaymentStatus:
    """Where a payment goes when the goods are held."""
    if method == "proof":
        return "waiting_proof"
    return "promised" if method == "cash-on-delivery" else "charging"


def answered(payment: Payment, outcome: Outcome, reference: str) -> Payment:
    """With a provider's answer about a charge. An answer about a settled payment changes nothing: it is told twice.

    Money that arrives for a cancelled order goes straight to be refunded; so does money that arrives after the charge
    was taken for declined, since the order was given up then.
    """
    if outcome == "succeeded" and payment.status in ("charging", "declined"):
        kept = payment.status == "charging" and not payment.cancelled
        return msgspec.structs.replace(
            payment,
            status="paid" if kept else "refunding",
            captured=payment.amount,
            reference=reference,
            token=None,
        )
    if outcome == "declined" and payment.status == "charging":
        return msgspec.structs.replace(payment, status="declined", reference=reference, token=None)
    return payment


def cancelled(payment: Payment) -> Payment:
    """Its order has ended. A charge under way is waited for; what was paid goes back."""
    if payment.status == "paid":
        return msgspec.structs.replace(payment, status="refunding", cancelled=True)
    if payment.status in ("awaiting", "waiting_proof", "review", "promised"):
        return msgspec.structs.replace(payment, status="void", cancelled=True, token=None)
    return msgspec.structs.replace(payment, cancelled=True)


def collected(payment: Payment) -> Payment:
    """The goods are with the buyer, and so the cash with the courier."""
    if payment.status != "promised":
        return payment
    return msgspec.structs.replace(payment, status="paid", captured=payment.amount)


def expects_proof(payment: Payment, at: datetime) -> None:
    """Raises NotNow outside the time for it."""
    if payment.status not in ("waiting_proof", "review"):
        raise NotNow(f"This payment is {payment.status}; no proof can be uploaded.")
    if payment.status == "waiting_proof" and at >= payment.expires_at:
        raise NotNow("The time to pay has run out.")


def with_proof(payment: Payment, proof: Proof, at: datetime) -> Payment:
    """Raises NotNow outside the time for it; a second upload before the review replaces the first."""
    expects_proof(payment, at)
    return msgspec.structs.replace(payment, status="review", proof=proof)


def reviewed(payment: Payment, *, approve: bool, note: str) -> Payment:
    """Raises NotNow where there is no proof to review."""
    if payment.status != "review":
        raise NotNow(f"This payment is {payment.status}; there is no proof to review.")
    if approve:
        return msgspec.structs.replace(payment, status="paid", captured=payment.amount, note=note)
    return msgspec.structs.replace(payment, status="rejected", note=note)


def returned(payment: Payment, *, note: str = "") -> Payment:
    """The money is back with the buyer. Raises NotNow where none is owed."""
    if payment.status != "refunding":
        raise NotNow(f"This payment is {payment.status}; there is nothing to give back.")
    return msgspec.structs.replace(payment, status="refunded", refunded=payment.captured, note=note or payment.note)


SIGNATURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"%PDF-": "application/pdf"}


def proof_type(content: bytes) -> str:
    """By content, not by name. Raises NoProof."""
    for signature, content_type in SIGNATURES.items():
        if content.startswith(signature):
            return content_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    raise NoProof()
