"""Payments of orders: listed, shown, asked about again, taken."""

from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from tradehall.contracts.payments import CaptureDue, PaymentCheckDue, PaymentStatus
from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE, STORE_ADMIN, SUPPORT
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.services.payments import model, queries
from tradehall.services.payments.api.views import PaymentView, is_staff, locked, view_of, visible, whole
from tradehall.services.payments.model import OPEN


@get("/api/v1/payments", access=SUPPORT)
async def list_payments(
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    status: FromQuery[PaymentStatus | None] = None,
    limit: FromQuery[Limit] = 25,
    cursor: FromQuery[str | None] = None,
) -> Page[PaymentView]:
    before = decode_cursor(cursor, UUID)[0] if cursor else None
    async with db.transaction(store.id) as tx:
        found = await queries.listed(tx, status=status, before=before, limit=limit + 1)
    return page([view_of(payment, staff=True) for payment in found], limit, lambda row: (row.id,))


@get("/api/v1/payments/{order_id:uuid}", access=ANYONE)
async def get_payment(
    order_id: FromPath[UUID],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    token: FromQuery[str | None] = None,
) -> PaymentView:
    """Of an order. Guests send the `token` of their order's link."""
    async with db.transaction(store.id) as tx:
        payment = visible(await queries.of_order(tx, order_id), principal, token)
        return await whole(tx, payment, staff=is_staff(principal))


@post("/api/v1/payments/{order_id:uuid}/check", access=ANYONE, status_code=202)
async def check_payment(
    order_id: FromPath[UUID],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    token: FromQuery[str | None] = None,
) -> PaymentView:
    """The buyer is back from the provider's page: how the payment stands is asked at once. It is asked anyway; each return
    counts once, however often the page is reloaded."""
    async with db.transaction(store.id) as tx:
        payment = visible(await queries.of_order(tx, order_id), principal, token)
        if payment.status in OPEN:
            heard = (store.id, f"{payment.id}:back:{payment.status}", payment.id, "back")
            if await queries.first_told(tx, payment.method, [heard]):
                tx.emit(PaymentCheckDue(payment_id=payment.id, again=False), key=payment.about)
        return await whole(tx, payment, staff=is_staff(principal))


@post("/api/v1/payments/{order_id:uuid}/capture", access=STORE_ADMIN, status_code=202)
async def capture_payment(
    order_id: FromPath[UUID], store: NamedDependency[Store], db: NamedDependency[Database]
) -> PaymentView:
    """Takes the money that was authorised, before the first parcel is sent."""
    async with db.transaction(store.id) as tx:
        payment = await locked(tx, order_id)
        if payment.status != "authorised":
            raise model.NotNow(f"This payment is {payment.status}; there is nothing to capture.")
        tx.emit(CaptureDue(payment_id=payment.id), key=payment.about)
        return await whole(tx, payment)


routes = [list_payments, get_payment, check_payment, capture_payment]
