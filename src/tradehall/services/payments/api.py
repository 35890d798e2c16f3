"""Routes of the payments service."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody
from msgspec import Meta

from tradehall.contracts.payments import PaymentStatus
from tradehall.contracts.stores import Store
from tradehall.contracts.values import Money
from tradehall.kernel.access import ANYONE, STORE_ADMIN, SUPPORT
from tradehall.kernel.auth import Principal, same_secret
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import Invalid, TooLarge, Unauthorized
from tradehall.kernel.files import files_for
from tradehall.kernel.ids import NO_STORE, uuid7
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.kernel.runtime import Running
from tradehall.services.payments import model, queries
from tradehall.services.payments.model import Payment, Proof
from tradehall.services.payments.providers import Answer
from tradehall.services.payments.providers.simulated import NAME, PLATFORM_WEBHOOK, SIGNATURE, WEBHOOK, sign
from tradehall.services.payments.settling import settle, tell

PROOF_LIMIT = 8 * 1024 * 1024
AROUND_IT = 64 * 1024  # what a form adds to its file
Note = Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*$")]


class Review(msgspec.Struct, frozen=True, kw_only=True):
    note: Note = ""


class ProofView(msgspec.Struct, frozen=True, kw_only=True):
    url: str
    content_type: str
    uploaded_at: datetime


class PaymentView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    order_id: UUID
    method: str
    status: PaymentStatus
    amount: Money
    refunded: Money
    proof: ProofView | None
    note: str
    expires_at: datetime
    created_at: datetime


def view_of(payment: Payment) -> PaymentView:
    """Of an order's."""
    proof = payment.proof
    return PaymentView(
        id=payment.id,
        order_id=payment.about,
        method=payment.method,
        status=payment.status,
        amount=Money(payment.amount, payment.currency),
        refunded=Money(payment.refunded, payment.currency),
        proof=ProofView(
            url=f"/api/v1/payments/{payment.order_id}/proof",
            content_type=proof.content_type,
            uploaded_at=proof.uploaded_at,
        )
        if proof
        else None,
        note=payment.note,
        expires_at=payment.expires_at,
        created_at=payment.created_at,
    )


def _visible(payment: Payment | None, principal: Principal | None, token: str | None) -> Payment:
    """Raises UnknownPayment for whoever is neither its buyer nor support or an admin."""
    if payment is not None:
        if same_secret(token, payment.link) or (principal is not None and principal.has(*SUPPORT.roles)):
            return payment
        if principal is not None and payment.customer_id == principal.user_id:
            return payment
    raise model.UnknownPayment()


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
    return page([view_of(payment) for payment in found], limit, lambda row: (row.id,))


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
        return view_of(_visible(await queries.of_order(tx, order_id), principal, token))


@post(
    "/api/v1/payments/{order_id:uuid}/proof",
    access=ANYONE,
    request_max_body_size=PROOF_LIMIT + AROUND_IT,
    status_code=200,
)
async def upload_proof(
    order_id: FromPath[UUID],
    data: MultipartBody[dict[str, UploadFile]],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    token: FromQuery[str | None] = None,
) -> PaymentView:
    """The field `file`: an image or a PDF of at most 8 MiB. The order waits for its review from then on."""
    file = data.get("file")
    if not isinstance(file, UploadFile):
        raise Invalid.field("file", "is required: a JPEG, PNG, WebP or PDF file")
    now = datetime.now(UTC)
    async with db.transaction(store.id) as tx:
        payment = _visible(await queries.of_order(tx, order_id), principal, token)
    model.expects_proof(payment, now)
    content = await file.read()
    if len(content) > PROOF_LIMIT:
        raise TooLarge("A proof is a file of at most 8 MiB.")
    content_type = model.proof_type(content)
    files = files_for(running.settings)
    key = await files.put(store.id, f"proofs/{uuid7()}", content, content_type)
    try:
        async with db.transaction(store.id) as tx:
            (payment,) = await queries.lock_orders(tx, [order_id])
            after = model.with_proof(payment, Proof(key=key, content_type=content_type, uploaded_at=now), now)
            await queries.save(tx, [after])
            tell(tx, after)
    except Exception:
        await files.delete(store.id, key)
        raise
    if payment.proof is not None:
        await files.delete(store.id, payment.proof.key)
    return view_of(after)


@get("/api/v1/payments/{order_id:uuid}/proof", access=ANYONE)
async def get_proof(
    order_id: FromPath[UUID],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    token: FromQuery[str | None] = None,
) -> Response[bytes]:
    async with db.transaction(store.id) as tx:
        payment = _visible(await queries.of_order(tx, order_id), principal, token)
    if payment.proof is None:
        raise model.UnknownPayment("No proof was uploaded.")
    file = await files_for(running.settings).get(store.id, payment.proof.key)
    return Response(
        file.content,
        media_type=payment.proof.content_type,
        headers={"cache-control": "private, no-store", "content-disposition": "inline"},
    )


@post("/api/v1/payments/{payment_id:uuid}/approve", access=STORE_ADMIN, status_code=200)
async def approve(
    payment_id: FromPath[UUID], data: JSONBody[Review], store: NamedDependency[Store], db: NamedDependency[Database]
) -> PaymentView:
    return await _review(db, store, payment_id, approve=True, note=data.note)


@post("/api/v1/payments/{payment_id:uuid}/reject", access=STORE_ADMIN, status_code=200)
async def reject(
    payment_id: FromPath[UUID], data: JSONBody[Review], store: NamedDependency[Store], db: NamedDependency[Database]
) -> PaymentView:
    return await _review(db, store, payment_id, approve=False, note=data.note)


@post("/api/v1/payments/{payment_id:uuid}/refunded", access=STORE_ADMIN, status_code=200)
async def mark_refunded(
    payment_id: FromPath[UUID], data: JSONBody[Review], store: NamedDependency[Store], db: NamedDependency[Database]
) -> PaymentView:
    """An admin has sent the money of a proof payment back by hand."""
    async with db.transaction(store.id) as tx:
        payment = await _locked(tx, payment_id)
        after = model.returned(payment, note=data.note)
        await queries.save(tx, [after])
        tell(tx, after)
    return view_of(after)


async def _review(db: Database, store: Store, payment_id: UUID, *, approve: bool, note: str) -> PaymentView:
    async with db.transaction(store.id) as tx:
        after = model.reviewed(await _locked(tx, payment_id), approve=approve, note=note)
        await queries.save(tx, [after])
        tell(tx, after)
    return view_of(after)


async def _locked(tx: Tx, payment_id: UUID) -> Payment:
    """By its own id or its order's: the back office knows either."""
    found = await queries.lock(tx, [payment_id]) or await queries.lock_orders(tx, [payment_id])
    if not found or found[0].order_id is None:
        raise model.UnknownPayment()
    return found[0]


@post(WEBHOOK, access=ANYONE, status_code=204)
async def simulated_webhook(
    request: Request[Any, Any, Any],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    """From the simulated provider: signed, may come late, twice, in any order."""
    await _hear(request, store.id, db, running)


@post(PLATFORM_WEBHOOK, access=ANYONE, status_code=204)
async def platform_webhook(
    request: Request[Any, Any, Any], db: NamedDependency[Database], running: NamedDependency[Running]
) -> None:
    """The same, about what the platform itself is paid for stores that are not there yet."""
    await _hear(request, NO_STORE, db, running)


async def _hear(request: Request[Any, Any, Any], store_id: UUID, db: Database, running: Running) -> None:
    body = await request.body()
    signature = request.headers.get(SIGNATURE, "")
    if not same_secret(signature, sign(running.settings.secret, body)):
        raise Unauthorized("The signature does not fit.")
    try:
        answer = msgspec.json.decode(body, type=Answer)
    except msgspec.MsgspecError as error:
        raise Invalid.field("body", str(error)) from None
    async with db.transaction(store_id) as tx:
        await settle(tx, NAME, [answer])


routes = [
    list_payments,
    get_payment,
    upload_proof,
    get_proof,
    approve,
    reject,
    mark_refunded,
    simulated_webhook,
    platform_webhook,
]
