"""A store's bills, as its admin and the platform's operators see them: listed, one, as PDF."""

import asyncio
from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from tradehall.contracts.payments import PayersTurn
from tradehall.contracts.stores import PlatformMethod, Store
from tradehall.contracts.values import Money, to_decimal
from tradehall.kernel.access import OPERATOR, STORE_ADMIN
from tradehall.kernel.db import Database
from tradehall.kernel.errors import NotFound
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.kernel.runtime import Running
from tradehall.kernel.stores import UnknownStore
from tradehall.services.stores.api.plans import known_plan
from tradehall.services.stores.printing import Paper, pdf
from tradehall.services.stores.queries import subscriptions
from tradehall.services.stores.subscriptions import Invoice, InvoiceKind, InvoiceStatus, invoice_number


class InvoiceView(msgspec.Struct, frozen=True, kw_only=True):
    """`net` and `tax` are the `total`; `tax_rate` in hundredths of a percent."""

    id: UUID
    number: str
    kind: InvoiceKind
    plan: str
    months: int
    period_start: datetime
    period_end: datetime
    net: Money
    tax: Money
    tax_rate: int
    tax_name: str
    total: Money
    returned: Money
    status: InvoiceStatus
    method: PlatformMethod
    turn: PayersTurn | None
    due_at: datetime | None
    created_at: datetime
    settled_at: datetime | None


class UnknownInvoice(NotFound):
    slug = "unknown-invoice"
    title = "There is no such bill"


class Printed(InvoiceView, frozen=True, kw_only=True):
    """As it stands on paper. `payer` is the store's name and the address of whoever pays for it."""

    issuer: str
    payer: list[str]
    plan_name: str


@get("/api/v1/store/invoices", access=STORE_ADMIN)
async def list_invoices(
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    limit: FromQuery[Limit] = 25,
    cursor: FromQuery[str | None] = None,
) -> Page[InvoiceView]:
    """Newest first."""
    return await _listed(store, db, limit, cursor)


@get("/api/v1/store/invoices/{invoice_id:uuid}", access=STORE_ADMIN)
async def show_invoice(
    invoice_id: FromPath[UUID], store: NamedDependency[Store], db: NamedDependency[Database]
) -> Printed:
    return await _printed(invoice_id, store, db)


@get("/api/v1/store/invoices/{invoice_id:uuid}/pdf", access=STORE_ADMIN)
async def print_invoice(
    invoice_id: FromPath[UUID], store: NamedDependency[Store], db: NamedDependency[Database]
) -> Response[bytes]:
    return await _pdf(await _printed(invoice_id, store, db))


@get("/api/v1/stores/{slug:str}/invoices", access=OPERATOR)
async def list_invoices_of(
    slug: FromPath[str],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    limit: FromQuery[Limit] = 25,
    cursor: FromQuery[str | None] = None,
) -> Page[InvoiceView]:
    """Newest first."""
    return await _listed(_store(running, slug), db, limit, cursor)


@get("/api/v1/stores/{slug:str}/invoices/{invoice_id:uuid}/pdf", access=OPERATOR)
async def print_invoice_of(
    slug: FromPath[str],
    invoice_id: FromPath[UUID],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Response[bytes]:
    return await _pdf(await _printed(invoice_id, _store(running, slug), db))


def _store(running: Running, slug: str) -> Store:
    """Raises UnknownStore."""
    found = running.stores.by_slug(slug)
    if found is None:
        raise UnknownStore()
    return found


async def _listed(store: Store, db: Database, limit: int, cursor: str | None) -> Page[InvoiceView]:
    before = decode_cursor(cursor, int)[0] if cursor else None
    async with db.transaction(store.id) as tx:
        found = await subscriptions.invoices(tx, before=before, limit=limit + 1)
    shown = page(found, limit, lambda invoice: (invoice.number,))
    return Page([_view(invoice, store) for invoice in shown.items], shown.next)


async def _printed(invoice_id: UUID, store: Store, db: Database) -> Printed:
    """Raises UnknownInvoice."""
    async with db.transaction(store.id) as tx:
        found, paying = await subscriptions.invoice(tx, invoice_id), await subscriptions.find(tx)
        if found is None or paying is None:
            raise UnknownInvoice()
        plan = await known_plan(tx, found.plan)
    return Printed(
        **msgspec.structs.asdict(_view(found, store)),
        issuer=found.issuer,
        payer=[store.name, store.hosts[0], paying.email],
        plan_name=plan.name,
    )


async def _pdf(bill: Printed) -> Response[bytes]:
    made = await asyncio.to_thread(pdf, _paper(bill))
    name = f'attachment; filename="{bill.number}.pdf"'
    headers = {"cache-control": "private, no-store", "content-disposition": name}
    return Response(made, media_type="application/pdf", headers=headers)


def _paper(bill: Printed) -> Paper:
    facts = [("Bill", bill.number), ("Date", _day(bill.created_at))]
    if bill.settled_at is not None and bill.status == "paid":
        facts.append(("Paid", _day(bill.settled_at)))
    elif bill.due_at is not None and bill.status != "void":
        facts.append(("To be paid until", _day(bill.due_at)))
    sums = [("Total", _amount(bill.total))]
    if bill.tax_rate:
        percent = f"{bill.tax_rate / 100:g} %"
        sums = [("Without tax", _amount(bill.net)), (f"{bill.tax_name} {percent}", _amount(bill.tax)), *sums]
    note = f"Of this, {_amount(bill.returned)} went back." if bill.returned.amount else ""
    if bill.turn is not None and bill.turn.kind == "slip":
        note = f"Transfer the total to\n{bill.turn.bank}\nwith the reference {bill.turn.code}."
    return Paper(
        title=f"Bill {bill.number}",
        issuer=bill.issuer.splitlines(),
        payer=bill.payer,
        facts=facts,
        item=f"{bill.plan_name}, {_day(bill.period_start)} to {_day(bill.period_end)}",
        sums=sums,
        note="This bill was given up; nothing is to be paid." if bill.status == "void" else note,
    )


def _day(at: datetime) -> str:
    return at.strftime("%-d %B %Y")


def _amount(money: Money) -> str:
    return f"{to_decimal(money.amount, money.currency)} {money.currency}"


def _view(invoice: Invoice, store: Store) -> InvoiceView:
    def money(amount: int) -> Money:
        return Money(amount, invoice.currency)

    return InvoiceView(
        id=invoice.id,
        number=invoice_number(store, invoice.number),
        kind=invoice.kind,
        plan=invoice.plan,
        months=invoice.months,
        period_start=invoice.period_start,
        period_end=invoice.period_end,
        net=money(invoice.net),
        tax=money(invoice.tax),
        tax_rate=invoice.tax_rate,
        tax_name=invoice.tax_name,
        total=money(invoice.amount),
        returned=money(invoice.returned),
        status=invoice.status,
        method=invoice.method,
        turn=invoice.turn,
        due_at=invoice.due_at,
        created_at=invoice.created_at,
        settled_at=invoice.settled_at,
    )


routes = [list_invoices, show_invoice, print_invoice, list_invoices_of, print_invoice_of]
