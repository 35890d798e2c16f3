"""Payments as clients see them, and who sees which."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradehall.contracts.payments import PaymentStatus
from tradehall.contracts.values import Money
from tradehall.kernel.access import SUPPORT
from tradehall.kernel.auth import Principal, same_secret
from tradehall.kernel.db import Tx
from tradehall.services.payments import model, queries
from tradehall.services.payments.model import Action, ActionKind, Payment, Refund

Note = Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*$")]


class ProofView(msgspec.Struct, frozen=True, kw_only=True):
    url: str
    content_type: str
    uploaded_at: datetime


class ActionView(msgspec.Struct, frozen=True, kw_only=True):
    """The buyer pays on the page at `url`, which leads back to the order; or by `code`: a Pix's text, a boleto's line (to be
    printed at `url`), the number of an account at `bank`; a `slip` with `code` as the reference, into the store's own account,
    of which `bank` says all."""

    kind: ActionKind
    url: str
    code: str
    bank: str
    until: datetime | None


class RefundView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    amount: Money
    status: Literal["due", "done", "failed"]
    reason: str
    note: str
    created_at: datetime | None


class PaymentView(msgspec.Struct, frozen=True, kw_only=True):
    """`refundable` is what of the captured money is neither back nor on its way back; `refunds` are listed with one payment
    alone. `back_by_hand`: no provider gives its money back, the store sends it."""

    id: UUID
    order_id: UUID
    method: str
    instalments: int
    status: PaymentStatus
    amount: Money
    captured: Money
    refunded: Money
    refundable: Money
    proof: ProofView | None
    action: ActionView | None
    refunds: list[RefundView]
    back_by_hand: bool
    reference: str | None
    note: str
    expires_at: datetime
    created_at: datetime


def view_of(payment: Payment, refunds: Sequence[Refund] = (), *, staff: bool = False) -> PaymentView:
    """Of an order's. The provider's name of it is for `staff`."""
    proof, action = payment.proof, payment.action

    def money(amount: int) -> Money:
        return Money(amount, payment.currency)

    return PaymentView(
        id=payment.id,
        order_id=payment.about,
        method=payment.method,
        instalments=payment.instalments,
        status=payment.status,
        amount=money(payment.amount),
        captured=money(payment.captured),
        refunded=money(payment.refunded),
        refundable=money(payment.kept),
        proof=ProofView(
            url=f"/api/v1/payments/{payment.order_id}/proof",
            content_type=proof.content_type,
            uploaded_at=proof.uploaded_at,
        )
        if proof
        else None,
        action=_action(action) if action and not payment.cancelled else None,
        refunds=[
            RefundView(
                id=refund.id,
                amount=money(refund.amount),
                status=refund.status,
                reason=refund.reason,
                note=refund.note if staff else "",
                created_at=refund.created_at,
            )
            for refund in refunds
        ],
        back_by_hand=payment.method in model.BACK_BY_HAND,
        reference=payment.named_there or None if staff else None,
        note=payment.note,
        expires_at=payment.expires_at,
        created_at=payment.created_at,
    )


def _action(action: Action) -> ActionView:
    return ActionView(kind=action.kind, url=action.url, code=action.code, bank=action.bank, until=action.until)


def visible(payment: Payment | None, principal: Principal | None, token: str | None) -> Payment:
    """Raises UnknownPayment for whoever is neither its buyer nor support or an admin."""
    if payment is not None:
        if same_secret(token, payment.link) or is_staff(principal):
            return payment
        if principal is not None and payment.customer_id == principal.user_id:
            return payment
    raise model.UnknownPayment()


def is_staff(principal: Principal | None) -> bool:
    return principal is not None and principal.has(*SUPPORT.roles)


async def locked(tx: Tx, payment_id: UUID) -> Payment:
    """By its own id or its order's: the back office knows either. Raises UnknownPayment."""
    found = await queries.lock(tx, [payment_id]) or await queries.lock_orders(tx, [payment_id])
    if not found or found[0].order_id is None:
        raise model.UnknownPayment()
    return found[0]


async def whole(tx: Tx, payment: Payment, *, staff: bool = True) -> PaymentView:
    if payment.action is not None and payment.action.kind == "slip":
        action = msgspec.structs.replace(payment.action, bank=await queries.bank_details(tx))
        payment = msgspec.structs.replace(payment, action=action)
    return view_of(payment, await queries.refunds_of(tx, [payment.id]), staff=staff)
