"""What a store pays for: its plan, its bills, and what its admin may do about them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED
from msgspec import Meta

from tradehall.contracts.payments import PayersTurn
from tradehall.contracts.stores import InvoicePayerBack, PlatformMethod, Store
from tradehall.contracts.values import Money
from tradehall.kernel.access import OPERATOR, STORE_ADMIN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.idempotency import Key, Repeated, keep, once
from tradehall.kernel.runtime import Running
from tradehall.kernel.stores import UnknownStore
from tradehall.services.stores import billing
from tradehall.services.stores import subscriptions as rules
from tradehall.services.stores.api.plans import PlanView, known_plan, view_of
from tradehall.services.stores.api.shapes import PlanCode
from tradehall.services.stores.api.signups import PlanPayment
from tradehall.services.stores.bills import Tax, asked
from tradehall.services.stores.plans import Months, Plan, Usage, check_fits, check_total, upgrade_price
from tradehall.services.stores.queries import plans, subscriptions, terms
from tradehall.services.stores.subscriptions import Invoice, InvoiceKind, Subscription, SubscriptionStatus

Change: TypeAlias = Callable[[Tx, Subscription], Awaitable[Store]]
COUNTED_BY = {"products": "catalog", "staff": "identity", "warehouses": "inventory"}


class NextPeriod(msgspec.Struct, frozen=True, kw_only=True):
    plan: str
    months: int
    total: Money


class OpenTurn(msgspec.Struct, frozen=True, kw_only=True):
    """Of the bill that is open: what has to be done to pay it."""

    kind: InvoiceKind
    method: PlatformMethod
    total: Money
    turn: PayersTurn


class SubscriptionView(msgspec.Struct, frozen=True, kw_only=True):
    """`next` is None where the subscription ends with the period. `due` is what can be paid now. `turn`: where somebody
    has to do something to pay. `by_itself`: what is due next is charged without anybody
    doing anything. `sells_until`: in grace, when the store is suspended unless it is paid."""

    plan: PlanView
    months: int
    status: SubscriptionStatus
    period_start: datetime
    period_end: datetime
    next: NextPeriod | None
    due: Money | None
    charging: bool
    turn: OpenTurn | None
    method: PlatformMethod
    by_itself: bool
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
    """`total` is the `now` of the offer that the client saw. Without `payment` it is charged as the last bill was."""

    plan: PlanCode
    months: Months
    total: Money
    payment: PlanPayment | None = None


class Paying(msgspec.Struct, frozen=True, kw_only=True):
    """`total` is the `due` that the client saw. Without `payment` it is charged as the last bill was."""

    total: Money
    payment: PlanPayment | None = None


class AnotherWay(msgspec.Struct, frozen=True, kw_only=True):
    payment: PlanPayment


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """`give_back`: what was paid for the days to come. `reason` is for whoever pays."""

    give_back: bool
    reason: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$(?!\n)")]


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
        tax = (await terms.platform(tx)).tax
    return [
        _offer(subscription, plan, cycle.months, now, tax)
        for plan in public
        for cycle in plan.cycles
        if (plan.code, cycle.months) != (subscription.plan, subscription.months)
    ]


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
        platform, now = await terms.platform(tx), datetime.now(UTC)
        offer = _offer(subscription, plan, data.months, now, platform.tax)
        check_total(data.total, offer.now.amount, offer.now.currency)
        if subscription.status != "active":
            raise rules.NotNow()
        check_fits(usage, plan)
        price = _price_now(subscription, plan, data.months, now)
        if price is None:
            return await billing.schedule(tx, store.id, subscription, plan, data.months)
        invoice = await subscriptions.open_invoice(tx)
        if invoice is not None and invoice.payable:
            raise rules.NotNow("Pay the bill that is open first.")
        if invoice is not None and invoice.status != "waiting":
            raise rules.PaymentUnderWay()
        means = data.payment.means(platform, plan.currency) if data.payment else None
        return await billing.charge_upgrade(tx, store.id, subscription, plan, price, means)

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
    """A bill that is open, in grace what is due; of a suspended store a new period, which begins now. What was begun to be paid in
    another way is given up. Needs an Idempotency-Key."""

    async def pay(tx: Tx, subscription: Subscription) -> Store:
        invoice = await subscriptions.open_invoice(tx)
        if invoice is not None and invoice.status == "charging":
            raise rules.PaymentUnderWay()
        due = await _due(tx, subscription, invoice)
        if due is None:
            raise rules.NothingToPay()
        check_total(data.total, due.amount, due.currency)
        means = data.payment.means(await terms.platform(tx), due.currency) if data.payment else None
        if means is not None and means.token is not None:
            subscription = msgspec.structs.replace(subscription, method=means.method, card=means.token)
        if invoice is not None and subscription.status in ("active", "grace"):
            return await billing.charge_again(tx, store.id, subscription, invoice, means)
        return await billing.charge_renewal(tx, store.id, subscription, means)

    return await _once(request, caller, store, db, running, pay)


@post("/api/v1/store/subscription/card", access=STORE_ADMIN, status_code=HTTP_200_OK)
async def change_card(
    data: JSONBody[AnotherWay], store: NamedDependency[Store], db: NamedDependency[Database]
) -> SubscriptionView:
    """For what is charged, or billed, from now on."""
    async with db.transaction(store.id) as tx:
        subscription = await billing.locked(tx)
        means = data.payment.means(await terms.platform(tx), subscription.currency)
        await billing.pay_by(tx, store.id, subscription, means)
        return await _view(tx, _there(await subscriptions.find(tx)))


@post("/api/v1/store/subscription/back", access=STORE_ADMIN, status_code=HTTP_202_ACCEPTED)
async def come_back(store: NamedDependency[Store], db: NamedDependency[Database]) -> SubscriptionView:
    """From the page they were led to: the provider is asked at once."""
    async with db.transaction(store.id) as tx:
        invoice = await subscriptions.open_invoice(tx)
        if invoice is not None and invoice.status == "waiting":
            tx.emit(InvoicePayerBack(invoice_id=invoice.id), key=invoice.id)
        return await _view(tx, _there(await subscriptions.find(tx)))


@post("/api/v1/stores/{slug:str}/subscription/end", access=OPERATOR, status_code=HTTP_200_OK)
async def end_subscription(
    slug: FromPath[str],
    data: JSONBody[Ending],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> SubscriptionView:
    """At once. What goes back goes the way it came, for each day that has not begun, never more than was paid."""
    found = running.stores.by_slug(slug)
    if found is None:
        raise UnknownStore()
    async with db.transaction(found.id) as tx:
        subscription = await billing.locked(tx)
        await _nothing_charging(tx)
        if subscription.status == "ended":
            raise rules.NotNow("It has ended already.")
        changed = await billing.end_now(tx, found.id, subscription, data.reason, give_back=data.give_back)
        view = await _view(tx, _there(await subscriptions.find(tx)))
    running.stores.put(changed)
    return view


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


def _price_now(subscription: Subscription, plan: Plan, months: Months, at: datetime) -> int | None:
    """Of a larger plan, for the rest of the period; None for any other change. Raises Invalid where the plan has no such cycle."""
    total = plan.total(months)
    same = plan.currency == subscription.currency and months == subscription.months
    if not same or plan.code == subscription.plan or total <= subscription.paid:
        return None
    return upgrade_price(subscription.paid, total, subscription.period_start, subscription.period_end, at)


def _offer(subscription: Subscription, plan: Plan, months: Months, at: datetime, tax: Tax) -> Offer:
    """Raises Invalid where the plan has no such cycle."""
    now = _price_now(subscription, plan, months, at)
    return Offer(
        plan=plan.code,
        months=months,
        at="period_end" if now is None else "now",
        now=Money(asked(now or 0, tax).amount, plan.currency),
        then=Money(asked(plan.total(months), tax).amount, plan.currency),
    )


async def _due(tx: Tx, subscription: Subscription, invoice: Invoice | None) -> Money | None:
    if subscription.status in ("active", "grace"):
        return Money(invoice.amount, invoice.currency) if invoice is not None and invoice.payable else None
    plan = await known_plan(tx, subscription.plan)
    tax = (await terms.platform(tx)).tax
    return Money(asked(plan.renewal_total(subscription.months), tax).amount, plan.currency)


def _turn(invoice: Invoice) -> OpenTurn | None:
    if invoice.turn is None:
        return None
    total = Money(invoice.amount, invoice.currency)
    return OpenTurn(kind=invoice.kind, method=invoice.method, total=total, turn=invoice.turn)


async def _view(tx: Tx, subscription: Subscription) -> SubscriptionView:
    plan = await known_plan(tx, subscription.plan)
    following = await known_plan(tx, subscription.next_plan) if subscription.next_plan else plan
    months = subscription.next_months or subscription.months
    invoice = await subscriptions.open_invoice(tx)
    tax = (await terms.platform(tx)).tax
    goes_on = not subscription.ends and subscription.status in ("active", "grace")
    total = asked(following.renewal_total(months), tax).amount
    return SubscriptionView(
        plan=view_of(plan, tax),
        months=subscription.months,
        status=subscription.status,
        period_start=subscription.period_start,
        period_end=subscription.period_end,
        next=NextPeriod(plan=following.code, months=months, total=Money(total, following.currency))
        if goes_on
        else None,
        due=await _due(tx, subscription, invoice),
        charging=invoice is not None and invoice.status == "charging",
        turn=_turn(invoice) if invoice else None,
        method=subscription.method,
        by_itself=bool(subscription.card),
        sells_until=subscription.sells_until,
        email=subscription.email,
    )


routes = [
    show_subscription,
    list_offers,
    change_plan,
    pay_now,
    change_card,
    come_back,
    end_subscription,
    cancel,
    keep_plan,
]
