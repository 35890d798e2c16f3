"""Subscriptions in time: invoices are made and charged, their answers move the subscription and the store's status.

Each function works in a transaction of the store, with its subscription locked first: what happens to one subscription
happens one after another. An invoice is charged again only when the try before was declined for good.
"""

from datetime import UTC, datetime
from uuid import UUID

import msgspec

from tradehall.contracts.payments import InvoiceSettled
from tradehall.contracts.stores import InvoiceDue, RenewalDue, Store
from tradehall.kernel.db import Tx
from tradehall.kernel.ids import uuid7
from tradehall.services.stores import subscriptions as rules
from tradehall.services.stores.changing import change
from tradehall.services.stores.plans import Plan, stricter
from tradehall.services.stores.queries import plans, stores, subscriptions
from tradehall.services.stores.subscriptions import Invoice, InvoiceKind, NoSubscription, Subscription, store_status
from tradehall.services.stores.telling import tell


async def locked(tx: Tx) -> Subscription:
    """Raises NoSubscription."""
    found = await subscriptions.lock(tx)
    if found is None:
        raise NoSubscription()
    return found


async def step(tx: Tx, store_id: UUID, due: datetime) -> Store | None:
    """What a timer asks for: the store where it changed by it. Nothing where the timer is not the one that counts."""
    subscription = await subscriptions.lock(tx)
    if subscription is None or subscription.next_at != due:
        return None
    invoice = await subscriptions.open_invoice(tx)
    if invoice is not None and invoice.status == "charging":
        return await _save(tx, store_id, subscription, _timed(subscription, datetime.now(UTC) + rules.LOOK_AGAIN))
    if subscription.status == "active":
        if subscription.ends:
            return await _end(tx, store_id, subscription)
        return await charge_renewal(tx, store_id, subscription)
    assert invoice is not None, "grace is about an invoice that was declined"
    if subscription.retries < len(rules.RETRIES):
        return await charge_again(
            tx, store_id, msgspec.structs.replace(subscription, retries=subscription.retries + 1), invoice
        )
    suspended = rules.suspended(subscription)
    store = await _save(tx, store_id, subscription, suspended)
    tell(tx, store, suspended, "suspended", invoice)
    return store


async def charge_renewal(tx: Tx, store_id: UUID, subscription: Subscription) -> Store:
    """Makes the invoice of the next period. What was declined before is given up: its time was not sold."""
    if (left := await subscriptions.open_invoice(tx)) is not None:
        await subscriptions.save_invoice(tx, msgspec.structs.replace(left, status="void"))
    plan = await _plan(tx, subscription.next_plan or subscription.plan)
    months = subscription.next_months or subscription.months
    start, end, _ = rules.next_period(subscription, datetime.now(UTC))
    total = plan.renewal_total(months)
    invoice = await _invoice(tx, "renewal", plan, months, (start, end), amount=total, cycle=total)
    return await _charge(tx, store_id, _timed(subscription, None), invoice)


async def charge_upgrade(tx: Tx, store_id: UUID, subscription: Subscription, plan: Plan, amount: int) -> Store:
    """At once, for the rest of the period; the plan changes when it is paid."""
    period = (subscription.period_start, subscription.period_end)
    months = subscription.months
    invoice = await _invoice(tx, "upgrade", plan, months, period, amount=amount, cycle=plan.total(months))
    return await _charge(tx, store_id, subscription, invoice)


async def charge_again(tx: Tx, store_id: UUID, subscription: Subscription, invoice: Invoice) -> Store:
    again = msgspec.structs.replace(invoice, status="charging", attempt=invoice.attempt + 1)
    await subscriptions.save_invoice(tx, again)
    return await _charge(tx, store_id, _timed(subscription, None), again)


async def settle(tx: Tx, store_id: UUID, event: InvoiceSettled) -> None:
    """A payment's answer, told once per attempt; whatever else comes changes nothing."""
    subscription = await subscriptions.lock(tx)
    invoice = await subscriptions.invoice(tx, event.invoice_id)
    if subscription is None or invoice is None or invoice.status != "charging" or invoice.attempt != event.attempt:
        return
    if event.status == "paid":
        await _paid(tx, store_id, subscription, invoice, event.payment_id)
    else:
        await _declined(tx, store_id, subscription, invoice)


async def leave(tx: Tx, store_id: UUID, subscription: Subscription) -> Store:
    """At the period's end; at once where it is over."""
    if subscription.status == "active":
        leaving = msgspec.structs.replace(subscription, ends=True, next_plan=None, next_months=None)
        return await _save(tx, store_id, subscription, leaving)
    return await _end(tx, store_id, subscription)


async def keep(tx: Tx, store_id: UUID, subscription: Subscription) -> Store:
    """Who wanted to leave, or a smaller plan, stays as they are."""
    kept = msgspec.structs.replace(subscription, ends=False, next_plan=None, next_months=None)
    return await _save(tx, store_id, subscription, kept)


async def schedule(tx: Tx, store_id: UUID, subscription: Subscription, plan: Plan, months: int) -> Store:
    """For the next period. What the next plan does not allow, the store cannot make from now on."""
    planned = msgspec.structs.replace(subscription, next_plan=plan.code, next_months=months, ends=False)
    return await _save(tx, store_id, subscription, planned)


async def _invoice(
    tx: Tx, kind: InvoiceKind, plan: Plan, months: int, period: tuple[datetime, datetime], *, amount: int, cycle: int
) -> Invoice:
    invoice = Invoice(
        id=uuid7(),
        number=await subscriptions.next_number(tx),
        kind=kind,
        plan=plan.code,
        months=months,
        period_start=period[0],
        period_end=period[1],
        amount=amount,
        currency=plan.currency,
        cycle=cycle,
        status="charging",
        created_at=datetime.now(UTC),
    )
    await subscriptions.add_invoice(tx, invoice)
    return invoice


async def _charge(tx: Tx, store_id: UUID, subscription: Subscription, invoice: Invoice) -> Store:
    store = await _save(tx, store_id, subscription, subscription)
    if invoice.amount == 0:
        return await _paid(tx, store_id, subscription, invoice, None)
    due = InvoiceDue(
        invoice_id=invoice.id,
        attempt=invoice.attempt,
        amount=invoice.amount,
        currency=invoice.currency,
        method=subscription.method,
        token=subscription.card,
    )
    tx.emit(due, key=invoice.id)
    return store


async def _paid(tx: Tx, store_id: UUID, before: Subscription, invoice: Invoice, payment_id: UUID | None) -> Store:
    settled = msgspec.structs.replace(invoice, status="paid", payment_id=payment_id, settled_at=datetime.now(UTC))
    await subscriptions.save_invoice(tx, settled)
    after = rules.paid(before, settled)
    store = await _save(tx, store_id, before, after)
    resumed = before.status in ("suspended", "ended")
    tell(tx, store, after, "plan_changed" if invoice.kind == "upgrade" else "resumed" if resumed else "paid", settled)
    return store


async def _declined(tx: Tx, store_id: UUID, before: Subscription, invoice: Invoice) -> None:
    now = datetime.now(UTC)
    after = before if invoice.kind == "upgrade" else rules.declined(before, now)
    left = after.status == "ended" and before.status == "active"
    given_up = left or invoice.kind == "upgrade"
    settled = msgspec.structs.replace(invoice, status="void" if given_up else "declined", settled_at=now)
    await subscriptions.save_invoice(tx, settled)
    store = await _save(tx, store_id, before, after)
    last_try = after.status == "grace" and after.retries == len(rules.RETRIES)
    tell(tx, store, after, "ended" if left else "grace_ending" if last_try else "declined", settled)


async def _end(tx: Tx, store_id: UUID, subscription: Subscription) -> Store:
    if (left := await subscriptions.open_invoice(tx)) is not None:
        await subscriptions.save_invoice(tx, msgspec.structs.replace(left, status="void"))
    ended = rules.ended(subscription)
    store = await _save(tx, store_id, subscription, ended)
    tell(tx, store, ended, "ended")
    return store


def _timed(subscription: Subscription, at: datetime | None) -> Subscription:
    return msgspec.structs.replace(subscription, next_at=at)


async def _save(tx: Tx, store_id: UUID, before: Subscription, after: Subscription) -> Store:
    """With a timer where it names a new one, and what the store is and may by it."""
    await subscriptions.save(tx, after)
    if after.next_at is not None and after.next_at != before.next_at:
        tx.emit(RenewalDue(due=after.next_at), key=store_id, at=after.next_at)
    limits = (await _plan(tx, after.plan)).limits
    if after.next_plan is not None:
        limits = stricter(limits, (await _plan(tx, after.next_plan)).limits)
    row = await stores.lock(tx, store_id)
    status = row.held if row is not None and row.held else store_status(after)
    return await change(tx, store_id, plan=after.plan, limits=limits, status=status)


async def _plan(tx: Tx, code: str) -> Plan:
    plan = await plans.find(tx, code)
    assert plan is not None, "plans are never deleted"
    return plan
