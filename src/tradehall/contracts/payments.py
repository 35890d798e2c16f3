"""Published by payments."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from tradehall.contracts.values import Event, Task

PaymentStatus = Literal[
    "awaiting",
    "charging",
    "action",
    "authorised",
    "waiting_proof",
    "review",
    "promised",
    "paid",
    "declined",
    "rejected",
    "void",
    "refunding",
    "refunded",
]


class PaymentsEvent(Event, frozen=True, kw_only=True):
    publisher: ClassVar[str] = "payments"


class PaymentOfOrder(PaymentsEvent, frozen=True, kw_only=True):
    order_id: UUID
    payment_id: UUID


class PaymentProcessed(PaymentOfOrder, frozen=True, kw_only=True, tag="PaymentProcessed"):
    """Golden shape. SUCCESS also for a method that is paid on delivery: the order may go on."""

    payment_status: Literal["SUCCESS", "FAILED", "REJECTED"]
    amount: Decimal


class PaymentUpdated(PaymentOfOrder, frozen=True, kw_only=True, tag="payment.updated"):
    """`captured` and `refunded` in minor units of the order's currency."""

    method: str
    status: PaymentStatus
    note: str = ""
    captured: int = 0
    refunded: int = 0


class AccountsUpdated(PaymentsEvent, frozen=True, kw_only=True, tag="accounts.updated"):
    """All that the store has now: names of providers, and `bank-slip` where it has told buyers its own bank account."""

    accounts: list[str]


class InvoiceSettled(PaymentsEvent, frozen=True, kw_only=True, tag="InvoiceSettled"):
    """Of the platform's own invoices; no order is about. Once for each attempt. `saved` stands for a means of payment that can
    be charged again without its owner; empty where there is none."""

    invoice_id: UUID
    attempt: int
    payment_id: UUID
    status: Literal["paid", "declined"]
    saved: str = ""


class PayersTurn(msgspec.Struct, frozen=True, kw_only=True):
    """What has to be done before `until`: pay on the page at `url`, or by `code`, the number of an account at `bank` or the
    reference of a slip into the platform's own account, of which `bank` says all."""

    kind: str
    url: str = ""
    code: str = ""
    bank: str = ""
    until: datetime | None = None


class InvoiceWaiting(PaymentsEvent, frozen=True, kw_only=True, tag="InvoiceWaiting"):
    """Of the platform's own invoices: whoever has to pay it is to do something first."""

    invoice_id: UUID
    attempt: int
    turn: PayersTurn


class ChargeDue(Task, frozen=True, kw_only=True, tag="ChargeDue"):
    """Ask the provider for the money; the answer may be known already."""

    publisher: ClassVar[str] = "payments"
    payment_id: UUID


class RefundDue(Task, frozen=True, kw_only=True, tag="RefundDue"):
    publisher: ClassVar[str] = "payments"
    payment_id: UUID


class PaymentCheckDue(Task, frozen=True, kw_only=True, tag="PaymentCheckDue"):
    """Ask the provider how a payment stands. `again`: until it is settled, which is how none is forgotten; what only
    heard of a change, from a webhook or the buyer's browser, asks once."""

    publisher: ClassVar[str] = "payments"
    payment_id: UUID
    again: bool = True


class VoidDue(Task, frozen=True, kw_only=True, tag="VoidDue"):
    """Its order is gone: what was authorised is let go, what waits for the buyer is closed."""

    publisher: ClassVar[str] = "payments"
    payment_id: UUID


class CaptureDue(Task, frozen=True, kw_only=True, tag="CaptureDue"):
    """Take the money that was authorised."""

    publisher: ClassVar[str] = "payments"
    payment_id: UUID
