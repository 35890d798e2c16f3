"""What a store pays for: its plan, its bills, and what its admin may do about them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED

from tradehall.contracts.stores import Store
from tradehall.contracts.values import Money
from tradehall.kernel.access import STORE_ADMIN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.idempotency import Key, Repeated, keep, once
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.kernel.runtime import Running
from tradehall.services.stores import billing
from tradehall.services.stores import subscriptions as rules
from tradehall.services.stores.api.plans import PlanView, known_plan, view_of
from tradehall.services.stores.api.shapes import PlanCode
from tradehall.services.stores.api.signups import CardPayment
from tradehall.services.stores.plans import Months, Plan, Usage, check_fits, check_total, upgrade_price
from tradehall.services.stores.queries import plans, subscriptions
from tradehall.services.stores.subscriptions import (
    Invoice,
    InvoiceKind,
    InvoiceStatus,
    Subscription,
    SubscriptionStatus,
    invoice_number,
)

Change: TypeAlias = Callable[[Tx, Subscription], Awaitable[Store]]
COUNTED_BY = {"products": "catalog", "staff": "identity", "warehouses": "inventory"}


class InvoiceView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    number: str
    kind: InvoiceKind
    plan: str
    months: int
    period_start: datetime
    period_end: datetime
    total: Money
    status: InvoiceStatus
    created_at: datetime
    settled_at: datetime | None


class NextPeriod(msgspec.Struct, frozen=True, kw_only=True):
    plan: str
    months: int
    total: Money


class SubscriptionView(msgspec.Struct, frozen=True, kw_only=True):
    """`next` is None where the subscription ends with the period. `due` is what can be paid now. `sells_until`: in grace, when
    the store is suspended unless it is paid."""

    plan: PlanView
    months: int
    status: SubscriptionStatus
    period_start: datetime
    period_end: datetime
    next: NextPeriod | None
    due: Money | None
    charging: bool
    sells_until: datetime
    email: str


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A change of plan: `now` is paid at once, for the rest of the period; `then` per cycle."""

    plan: PlanCode
    months: Months
    at: Literal["now", "period_end"]
    now: Money
    then: Money


class NewChoice(msgspec.Struct, frozen=True, kw_only=True):
    """`total` is the `now` of the offer that the client saw."""

    plan: PlanCode
    months: Months
    total: Money


class Paying(msgspec.Struct, frozen=True, kw_only=True):
    """`total` is the `due` that the client saw. Without `payment` the card that is kept is charged."""

    total: Money
    payment: CardPayment | None = None


class AnotherCard(msgspec.Struct, frozen=True, kw_only=True):
    payment: CardPayment


@get("/api/v1/store/subscription", access=STORE_ADMIN)
async def show_subscription(store: NamedDependency[Store], db: NamedDependency[Database]) -> SubscriptionView:
    """404 for a store that an operator opened: it is not billed."""
    async with db.transaction(store.id) as tx:
        return await _view(tx, _there(await subscriptions.find(tx)))


@get("/api/v1/store/subscription/offers", access=STORE_ADMIN)
async def list_offers(store: NamedDependency[Store], db: NamedDependency[Database]) -> list[Offer]:
    """Every change of plan there is, with what it costs today."""
    now = datetime.now(UTC)
    async with db.transaction(store.id) as tx:
        subscription = _there(await subscriptions.find(tx))
        public = await plans.listed(tx, public_only=True)
    return [
        _offer(subscription, plan, cycle.months, now)
        for plan in public
        for cycle in plan.cycles
        if (plan.code, cycle.months) != (subscription.plan, subscription.months)
    ]


@get("/api/v1/store/invoices", access=STORE_ADMIN)
async def list_invoices(
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    limit: FromQuery[Limit] = 25,
    cursor: FromQuery[str | None] = None,
) -> Page[InvoiceView]:
    """Newest first."""
    before = decode_cursor(cursor, int)[0] if cursor else None
    async with db.transaction(store.id) as tx:
        found = await subscriptions.invoices(tx, before=before, limit=limit + 1)
    shown = page(found, limit, lambda invoice: (invoice.number,))
    return Page([_invoice_view(invoice, store) for invoice in shown.items], shown.next)


@post("/api/v1/store/subscription/plan", access=STORE_ADMIN, status_code=HTTP_202_ACCEPTED)
async def change_plan(
    request: Request[Any, Any, Any],
    data: JSONBody[NewChoice],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Response[bytes]:
    """A larger plan counts as soon as the rest of the period is paid, anything else from the next period on. A plan that
    allows less than there is is refused with what is too much. Needs an Idempotency-Key."""
    usage = await _usage(running, store)

    async def choose(tx: Tx, subscription: Subscription) -> Store:
        plan = await known_plan(tx, data.plan, public_only=data.plan != subscription.plan)
        offer = _offer(subscription, plan, data.months, datetime.now(UTC))
        check_total(data.total, offer.now.amount, offer.now.currency)
        if subscription.status != "active":
            raise rules.NotNow()
        check_fits(usage, plan)
        if offer.at == "period_end":
            return await billing.schedule(tx, store.id, subscription, plan, data.months)
        if await subscriptions.open_invoice(tx) is not None:
            raise rules.PaymentUnderWay()
        return await billing.charge_upgrade(tx, store.id, subscription, plan, offer.now.amount)

    return await _once(request, caller, store, db, running, choose)


@post("/api/v1/store/subscription/pay", access=STORE_ADMIN, status_code=HTTP_202_ACCEPTED)
async def pay_now(
    request: Request[Any, Any, Any],
    data: JSONBody[Paying],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Response[bytes]:
    """In grace what is due; of a suspended store a new period, which begins now. Needs an Idempotency-Key."""

    async def pay(tx: Tx, subscription: Subscription) -> Store:
        invoice = await subscriptions.open_invoice(tx)
        if invoice is not None and invoice.status == "charging":
            raise rules.PaymentUnderWay()
        due = await _due(tx, subscription, invoice)
        if due is None:
            raise rules.NothingToPay()
        check_total(data.total, due.amount, due.currency)
        given = subscription if data.payment is None else _with_card(subscription, data.payment)
        if invoice is not None and subscription.status == "grace":
            return await billing.charge_again(tx, store.id, given, invoice)
        return await billing.charge_renewal(tx, store.id, given)

    return await _once(request, caller, store, db, running, pay)


@post("/api/v1/store/subscription/card", access=STORE_ADMIN, status_code=HTTP_200_OK)
async def change_card(
    data: JSONBody[AnotherCard], store: NamedDependency[Store], db: NamedDependency[Database]
) -> SubscriptionView:
    """For what is charged from now on."""
    async with db.transaction(store.id) as tx:
        changed = _with_card(await billing.locked(tx), data.payment)
        await subscriptions.save(tx, changed)
        return await _view(tx, changed)


@post("/api/v1/store/subscription/cancel", access=STORE_ADMIN, status_code=HTTP_200_OK)
async def cancel(
    store: NamedDependency[Store], db: NamedDependency[Database], running: NamedDependency[Running]
) -> SubscriptionView:
    """At the end of the period that is paid; at once where that is over. The store is suspended then, and nothing is lost."""
    async with db.transaction(store.id) as tx:
        subscription = await billing.locked(tx)
        await _nothing_charging(tx)
        changed = await billing.leave(tx, store.id, subscription)
        view = await _view(tx, _there(await subscriptions.find(tx)))
    running.stores.put(changed)
    return view


@delete("/api/v1/store/subscription/cancel", access=STORE_ADMIN, status_code=HTTP_200_OK)
async def keep_plan(
    store: NamedDependency[Store], db: NamedDependency[Database], running: NamedDependency[Running]
) -> SubscriptionView:
    """Takes a cancellation, or a plan chosen for the next period, back."""
    async with db.transaction(store.id) as tx:
        subscription = await billing.locked(tx)
        if subscription.status != "active":
            raise rules.NotNow()
        changed = await billing.keep(tx, store.id, subscription)
        view = await _view(tx, _there(await subscriptions.find(tx)))
    running.stores.put(changed)
    return view


async def _once(
    request: Request[Any, Any, Any], caller: Principal, store: Store, db: Database, running: Running, work: Change
) -> Response[bytes]:
    """`work` with the subscription locked, once per Idempotency-Key; the answer is the subscription afterwards."""
    key = await Key.of(request, str(caller.user_id))

    async def done() -> bytes:
        async with db.transaction(store.id) as tx:
            changed = await work(tx, await billing.locked(tx))
            body = msgspec.json.encode(await _view(tx, _there(await subscriptions.find(tx))))
            if not (await keep(tx, [(store.id, key, body)], status=202))[0]:
                raise Repeated()
        running.stores.put(changed)
        return body

    return await once(db, store.id, key, done, status=202)


async def _usage(running: Running, store: Store) -> Usage:
    """As those say who count."""
    counted = {}
    for what, service in COUNTED_BY.items():
        path = f"/internal/v1/{service}/usage"
        counted[what] = await running.peers.ask(service, path, int, store_id=str(store.id))
    return Usage(**counted)


def _there(subscription: Subscription | None) -> Subscription:
    if subscription is None:
        raise rules.NoSubscription()
    return subscription


async def _nothing_charging(tx: Tx) -> None:
    invoice = await subscriptions.open_invoice(tx)
    if invoice is not None and invoice.status == "charging":
        raise rules.PaymentUnderWay()


def _with_card(subscription: Subscription, payment: CardPayment) -> Subscription:
    return msgspec.structs.replace(subscription, method=payment.method, card=payment.token)


def _offer(subscription: Subscription, plan: Plan, months: Months, at: datetime) -> Offer:
    """Raises Invalid where the plan has no such cycle."""
    total = plan.total(months)
    same = plan.currency == subscription.currency and months == subscription.months
    upgrade = same and plan.code != subscription.plan and total > subscription.paid
    now = upgrade_price(subscription.paid, total, subscription.period_start, subscription.period_end, at)
    return Offer(
        plan=plan.code,
        months=months,
        at="now" if upgrade else "period_end",
        now=Money(now if upgrade else 0, plan.currency),
        then=Money(total, plan.currency),
    )


async def _due(tx: Tx, subscription: Subscription, invoice: Invoice | None) -> Money | None:
    if subscription.status == "active":
        return None
    if subscription.status == "grace":
        return Money(invoice.amount, invoice.currency) if invoice else None
    plan = await known_plan(tx, subscription.plan)
    return Money(plan.renewal_total(subscription.months), plan.currency)


async def _view(tx: Tx, subscription: Subscription) -> SubscriptionView:
    plan = await known_plan(tx, subscription.plan)
    following = await known_plan(tx, subscription.next_plan) if subscription.next_plan else plan
    months = subscription.next_months or subscription.months
    invoice = await subscriptions.open_invoice(tx)
    goes_on = not subscription.ends and subscription.status in ("active", "grace")
    return SubscriptionView(
        plan=view_of(plan),
        months=subscription.months,
        status=subscription.status,
        period_start=subscription.period_start,
        period_end=subscription.period_end,
        next=NextPeriod(
            plan=following.code, months=months, total=Money(following.renewal_total(months), following.currency)
        )
        if goes_on
        else None,
        due=await _due(tx, subscription, invoice),
        charging=invoice is not None and invoice.status == "charging",
        sells_until=subscription.sells_until,
        email=subscription.email,
    )


def _invoice_view(invoice: Invoice, store: Store) -> InvoiceView:
    return InvoiceView(
        id=invoice.id,
        number=invoice_number(store, invoice.number),
        kind=invoice.kind,
        plan=invoice.plan,
        months=invoice.months,
        period_start=invoice.period_start,
        period_end=invoice.period_end,
        total=Money(invoice.amount, invoice.currency),
        status=invoice.status,
        created_at=invoice.created_at,
        settled_at=invoice.settled_at,
    )


routes = [
    show_subscription,
    list_offers,
    list_invoices,
    change_plan,
    pay_now,
    change_card,
    cancel,
    keep_plan,
]
