"""Transfers into the store's own account: where to, and what has come."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post, put
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, MultipartBody
from msgspec import Meta

from tradehall.contracts.stores import Store
from tradehall.contracts.values import Money
from tradehall.kernel.access import STORE_ADMIN
from tradehall.kernel.db import Database
from tradehall.kernel.errors import Invalid
from tradehall.services.payments import model, queries
from tradehall.services.payments.accounts import tell_accounts
from tradehall.services.payments.api.views import PaymentView, locked, whole
from tradehall.services.payments.model import SLIP
from tradehall.services.payments.settling import tell
from tradehall.services.payments.statements import core, named, rows_of

LIMIT = 4 * 1024 * 1024  # bytes


class BankDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What buyers read: whose account, at which bank, its number."""

    text: Annotated[str, Meta(max_length=1000, pattern=r"^[^\x00]*$")]


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the account's statement; without `amount` what was asked for."""

    amount: Money | None = None


class Matched(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a statement about an order. Not `booked`: the order is paid already, or another amount was asked for."""

    line: int
    order_id: UUID
    amount: Money
    asked: Money
    booked: bool


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """`others` are the lines that brought money and name no order, or several."""

    matched: list[Matched]
    others: list[int]


@get("/api/v1/payments/bank-details", access=STORE_ADMIN)
async def get_bank_details(store: NamedDependency[Store], db: NamedDependency[Database]) -> BankDetails:
    async with db.transaction(store.id) as tx:
        return BankDetails(text=await queries.bank_details(tx))


@put("/api/v1/payments/bank-details", access=STORE_ADMIN)
async def save_bank_details(
    data: JSONBody[BankDetails], store: NamedDependency[Store], db: NamedDependency[Database]
) -> BankDetails:
    async with db.transaction(store.id) as tx:
        await queries.save_bank_details(tx, data.text)
        await tell_accounts(tx)
    return data


@post("/api/v1/payments/{payment_id:uuid}/received", access=STORE_ADMIN, status_code=200)
async def receive(
    payment_id: FromPath[UUID], data: JSONBody[Transfer], store: NamedDependency[Store], db: NamedDependency[Database]
) -> PaymentView:
    """The transfer is in the store's account. What came too late, or is another amount, is due to be sent back."""
    if data.amount is not None and (data.amount.currency != store.currency or data.amount.amount < 1):
        raise Invalid.field("amount", f"must be more than nothing, in {store.currency}")
    async with db.transaction(store.id) as tx:
        payment = await locked(tx, payment_id)
        after = model.received(payment, data.amount.amount if data.amount else payment.amount)
        await queries.save(tx, [after])
        tell(tx, payment, after)
        return await whole(tx, after)


@post("/api/v1/payments/statements", access=STORE_ADMIN, request_max_body_size=LIMIT, status_code=200)
async def read_statement(
    data: MultipartBody[dict[str, UploadFile]], store: NamedDependency[Store], db: NamedDependency[Database]
) -> Statement:
    """The field `file`: a bank's statement as CSV with a heading. Each row that names one order and brings what it asks for is
    booked, once, however often the file is sent."""
    return await book_statement(data, store.id, store.currency, db)


async def book_statement(data: dict[str, UploadFile], store_id: UUID, currency: str, db: Database) -> Statement:
    """Raises Invalid."""
    file = data.get("file")
    if not isinstance(file, UploadFile):
        raise Invalid.field("file", "is required: a CSV file")
    rows = rows_of(await file.read(), currency)
    matched: list[Matched] = []
    async with db.transaction(store_id) as tx:
        known = {core(reference): id for id, reference in await queries.slips(tx, currency)}
        about = {row.id: id for row in rows if (id := named(row.text, known)) is not None}
        payments = {payment.id: payment for payment in await queries.lock(tx, list(set(about.values())))}
        for row in rows:
            if row.id not in about:
                continue
            payment = payments[about[row.id]]
            booked = row.amount == payment.amount and not payment.captured
            if booked:
                told = [(store_id, row.id, payment.id, "captured")]
                booked = bool(await queries.first_told(tx, SLIP, told))
            if booked:
                after = model.received(payment, row.amount)
                await queries.save(tx, [after])
                tell(tx, payment, after)
                payments[payment.id] = after
            amount, asked = Money(row.amount, payment.currency), Money(payment.amount, payment.currency)
            matched.append(Matched(line=row.number, order_id=payment.about, amount=amount, asked=asked, booked=booked))
    return Statement(matched=matched, others=[row.number for row in rows if row.id not in about])


routes = [get_bank_details, save_bank_details, receive, read_statement]
