"""Proofs of payment: uploaded by the buyer, looked at by an admin."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody

from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE, STORE_ADMIN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.errors import Invalid, TooLarge
from tradehall.kernel.files import files_for
from tradehall.kernel.ids import uuid7
from tradehall.kernel.runtime import Running
from tradehall.services.payments import model, queries
from tradehall.services.payments.api.views import Note, PaymentView, locked, view_of, visible, whole
from tradehall.services.payments.model import Proof
from tradehall.services.payments.settling import tell

PROOF_LIMIT = 8 * 1024 * 1024
AROUND_IT = 64 * 1024  # what a form adds to its file


class Review(msgspec.Struct, frozen=True, kw_only=True):
    note: Note = ""


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
        payment = visible(await queries.of_order(tx, order_id), principal, token)
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
            tell(tx, payment, after)
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
        payment = visible(await queries.of_order(tx, order_id), principal, token)
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


async def _review(db: Database, store: Store, payment_id: UUID, *, approve: bool, note: str) -> PaymentView:
    async with db.transaction(store.id) as tx:
        payment = await locked(tx, payment_id)
        after = model.reviewed(payment, approve=approve, note=note)
        await queries.save(tx, [after])
        tell(tx, payment, after)
        return await whole(tx, after)


routes = [upload_proof, get_proof, approve, reject]
