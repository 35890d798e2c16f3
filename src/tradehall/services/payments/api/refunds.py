"""Money that goes back: by the provider, or by hand."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from tradehall.contracts.stores import Store
from tradehall.contracts.values import Money
from tradehall.kernel.access import STORE_ADMIN, SUPPORT
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import Invalid
from tradehall.kernel.idempotency import Key, Repeated, keep, once
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.services.payments import model, queries
from tradehall.services.payments.api.views import Note, PaymentView, RefundView, locked, whole
from tradehall.services.payments.model import BACK_BY_HAND, Payment
from tradehall.services.payments.settling import tell
from tradehall.services.payments.tasks import end_refund


class NewRefund(msgspec.Struct, frozen=True, kw_only=True):
    """Without `amount` all that is left."""

    amount: Money | None = None
    reason: Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


class Done(msgspec.Struct, frozen=True, kw_only=True):
    note: Note = ""


class OpenRefund(RefundView, frozen=True, kw_only=True):
    order_id: UUID
    method: str


@post("/api/v1/payments/{order_id:uuid}/refunds", access=STORE_ADMIN)
async def create_refund(
    request: Request[Any, Any, Any],
    order_id: FromPath[UUID],
    data: JSONBody[NewRefund],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> Response[bytes]:
    """In whole or in part, never more than was captured. Needs an Idempotency-Key; a repeated one gets the first answer.

    What no provider can give back is due until somebody says that it is done.
    """
    if data.amount is not None and (data.amount.currency != store.currency or data.amount.amount < 1):
        raise Invalid.field("amount", f"must be more than nothing, in {store.currency}")
    async with db.transaction(store.id) as tx:
        if await queries.of_order(tx, order_id) is None:
            raise model.UnknownPayment()
    key = await Key.of(request, str(principal.user_id))

    async def work() -> bytes:
        async with db.transaction(store.id) as tx:
            payment = await locked(tx, order_id)
            after = model.refunded_in_part(payment, data.amount.amount if data.amount else None, data.reason)
            await queries.save(tx, [after])
            tell(tx, payment, after)
            body = msgspec.json.encode(await whole(tx, after))
            if not (await keep(tx, [(store.id, key, body)], status=201))[0]:
                raise Repeated()
        return body

    return await once(db, store.id, key, work, status=201)


@get("/api/v1/payments/refunds", access=SUPPORT)
async def list_open_refunds(
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    limit: FromQuery[Limit] = 25,
    cursor: FromQuery[str | None] = None,
) -> Page[OpenRefund]:
    """Those that are due and those that failed, oldest first."""
    after = decode_cursor(cursor, UUID)[0] if cursor else None
    async with db.transaction(store.id) as tx:
        found = await queries.open_refunds(tx, after=after, limit=limit + 1)
    shown = [
        OpenRefund(
            id=row.id,
            amount=Money(row.amount, row.currency),
            status=row.status,
            reason=row.reason,
            note=row.note,
            created_at=row.created_at,
            order_id=row.order_id,
            method=row.method,
        )
        for row in found
    ]
    return page(shown, limit, lambda row: (row.id,))


@post("/api/v1/payments/{payment_id:uuid}/refunded", access=STORE_ADMIN, status_code=200)
async def mark_refunded(
    payment_id: FromPath[UUID], data: JSONBody[Done], store: NamedDependency[Store], db: NamedDependency[Database]
) -> PaymentView:
    """What was due of a payment that no provider can give back, or what the provider refused to give back, was given back
    by hand."""
    async with db.transaction(store.id) as tx:
        return await whole(tx, await given_back_by_hand(tx, await locked(tx, payment_id), data.note))


async def given_back_by_hand(tx: Tx, payment: Payment, note: str) -> Payment:
    """Raises NotNow."""
    made = await queries.refunds_of(tx, [payment.id])
    done = [refund for refund in made if refund.status == "due" and payment.method in BACK_BY_HAND]
    for refund in done:
        payment = await end_refund(tx, refund, done=True, note=note)
    for refund in made:
        if refund.status == "failed" and refund.amount <= payment.kept:
            payment = await end_refund(tx, refund, done=True, note=note)
            done.append(refund)
    if not done:
        raise model.NotNow(f"This payment is {payment.status}; there is nothing to give back by hand.")
    return payment


routes = [create_refund, list_open_refunds, mark_refunded]
