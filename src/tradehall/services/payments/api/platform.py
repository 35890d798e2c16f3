"""What the platform itself is paid: its accounts at providers, its bank account, and the payments of its own invoices."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from litestar import delete, get, post, put
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody

from tradehall.contracts.payments import PaymentStatus
from tradehall.contracts.values import Currency, Money
from tradehall.kernel.access import OPERATOR
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import Invalid
from tradehall.kernel.ids import NO_STORE
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.kernel.runtime import Running
from tradehall.services.payments import model, queries
from tradehall.services.payments.api.accounts import (
    AccountView,
    ProviderName,
    accounts_of,
    books_of,
    close_account,
    open_account,
)
from tradehall.services.payments.api.refunds import Done, given_back_by_hand
from tradehall.services.payments.api.slips import LIMIT, BankDetails, Statement, Transfer, book_statement
from tradehall.services.payments.model import Payment
from tradehall.services.payments.providers.keys import AnyAccount
from tradehall.services.payments.reconciling import Books
from tradehall.services.payments.settling import tell

HERE = "/api/v1/platform/payments"


class BillPayment(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt to pay one of the platform's invoices. `code` is a bank slip's reference; `owed` is to be sent back, by hand
    where `by_hand`; `note` says what is wrong."""

    id: UUID
    invoice_id: UUID
    label: str
    method: str
    status: PaymentStatus
    amount: Money
    captured: Money
    refunded: Money
    owed: Money
    by_hand: bool
    code: str
    reference: str
    note: str
    created_at: datetime
    until: datetime


@get(f"{HERE}/accounts", access=OPERATOR)
async def platform_accounts(db: NamedDependency[Database], running: NamedDependency[Running]) -> list[AccountView]:
    """By which stores pay for their plans."""
    return await accounts_of(running.stores.platform, db, running)


@put(f"{HERE}/accounts", access=OPERATOR)
async def save_platform_account(
    data: JSONBody[AnyAccount], db: NamedDependency[Database], running: NamedDependency[Running]
) -> AccountView:
    """As a store's; the money is always taken at once."""
    if data.capture != "at_once":
        raise Invalid.field("capture", "must be at_once: nothing is shipped")
    return await open_account(data, running.stores.platform, db, running)


@delete(f"{HERE}/accounts/{{provider:str}}", access=OPERATOR)
async def delete_platform_account(
    provider: ProviderName, db: NamedDependency[Database], running: NamedDependency[Running]
) -> None:
    """Not while a payment in it is under way."""
    await close_account(provider, running.stores.platform, db)


@get(f"{HERE}/accounts/{{provider:str}}/reconciliation", access=OPERATOR)
async def platform_reconciliation(
    provider: ProviderName,
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
) -> Books:
    """As a store's."""
    return await books_of(provider, running.stores.platform, db, running, since, until)


@get(f"{HERE}/bank-details", access=OPERATOR)
async def platform_bank_details(db: NamedDependency[Database]) -> BankDetails:
    async with db.transaction(NO_STORE) as tx:
        return BankDetails(text=await queries.bank_details(tx))


@put(f"{HERE}/bank-details", access=OPERATOR)
async def save_platform_bank_details(data: JSONBody[BankDetails], db: NamedDependency[Database]) -> BankDetails:
    """On slips from now on; on those that are out it stays as it was."""
    async with db.transaction(NO_STORE) as tx:
        await queries.save_bank_details(tx, data.text)
    return data


@post(f"{HERE}/statements", access=OPERATOR, request_max_body_size=LIMIT, status_code=200)
async def read_platform_statement(
    data: MultipartBody[dict[str, UploadFile]], currency: FromQuery[Currency], db: NamedDependency[Database]
) -> Statement:
    """Of the platform's own account, in one currency; as a store's. `order_id` is the invoice's."""
    return await book_statement(data, NO_STORE, currency, db)


@get(HERE, access=OPERATOR)
async def list_bill_payments(
    db: NamedDependency[Database],
    status: FromQuery[PaymentStatus | Literal["owed"] | None] = None,
    limit: FromQuery[Limit] = 25,
    cursor: FromQuery[str | None] = None,
) -> Page[BillPayment]:
    """Newest first; `owed`: those of which something is still to be given back."""
    before = decode_cursor(cursor, UUID)[0] if cursor else None
    async with db.transaction(NO_STORE) as tx:
        found = await queries.bills(tx, status=status, before=before, limit=limit + 1)
        shown = [await _view(tx, payment) for payment in found]
    return page(shown, limit, lambda row: (row.id,))


@post(f"{HERE}/{{payment_id:uuid}}/received", access=OPERATOR, status_code=200)
async def receive_bill(
    payment_id: FromPath[UUID], data: JSONBody[Transfer], db: NamedDependency[Database]
) -> BillPayment:
    """The transfer is in the platform's account. What came too late, or is another amount, is due to be sent back."""
    async with db.transaction(NO_STORE) as tx:
        payment = await _locked(tx, payment_id)
        came = data.amount or Money(payment.amount, payment.currency)
        if came.currency != payment.currency or came.amount < 1:
            raise Invalid.field("amount", f"must be more than nothing, in {payment.currency}")
        after = model.received(payment, came.amount)
        await queries.save(tx, [after])
        tell(tx, payment, after)
        return await _view(tx, after)


@post(f"{HERE}/{{payment_id:uuid}}/refunded", access=OPERATOR, status_code=200)
async def mark_bill_refunded(
    payment_id: FromPath[UUID], data: JSONBody[Done], db: NamedDependency[Database]
) -> BillPayment:
    """What no provider gives back was sent by hand."""
    async with db.transaction(NO_STORE) as tx:
        return await _view(tx, await given_back_by_hand(tx, await _locked(tx, payment_id), data.note))


async def _locked(tx: Tx, payment_id: UUID) -> Payment:
    """Raises UnknownPayment."""
    found = await queries.lock(tx, [payment_id])
    if not found:
        raise model.UnknownPayment()
    return found[0]


async def _view(tx: Tx, payment: Payment) -> BillPayment:
    def money(amount: int) -> Money:
        return Money(amount, payment.currency)

    refunds = await queries.refunds_of(tx, [payment.id])
    return BillPayment(
        id=payment.id,
        invoice_id=payment.about,
        label=payment.bill.label if payment.bill else "",
        method=payment.method,
        status=payment.status,
        amount=money(payment.amount),
        captured=money(payment.captured),
        refunded=money(payment.refunded),
        owed=money(sum(refund.amount for refund in refunds if refund.status != "done")),
        by_hand=payment.method in model.BACK_BY_HAND or any(refund.status == "failed" for refund in refunds),
        code=payment.action.code if payment.action and payment.action.kind == "slip" else "",
        reference=payment.named_there,
        note=payment.note,
        created_at=payment.created_at,
        until=payment.expires_at,
    )


routes = [
    platform_accounts,
    save_platform_account,
    delete_platform_account,
    platform_reconciliation,
    platform_bank_details,
    save_platform_bank_details,
    read_platform_statement,
    list_bill_payments,
    receive_bill,
    mark_bill_refunded,
]
