"""Subscriptions in time: invoices are made and charged, their answers move the subscription and the store's status.

Each function works in a transaction of the store, with its subscription locked first: what happens to one subscription
happens one after another. What is charged by itself is charged again only when the try before was declined for good; who pays by hand may
begin anew, which gives up the try before.
"""

from datetime import UTC, datetime
from uuid import UUID

import msgspec

from tradehall.contracts.payments import InvoiceSettled, InvoiceWaiting
from tradehall.contracts.stores import (
    InvoiceDue,
    InvoiceReturned,
    InvoiceWithdrawn,
    PlatformMethod,
    RenewalDue,
    Store,
)
from tradehall.contracts.values import Money
from tradehall.kernel.db import Tx
from tradehall.kernel.ids import uuid7
from tradehall.kernel.stores import base_url
from tradehall.services.stores import bills
from tradehall.services.stores import subscriptions as rules
from tradehall.services.stores.changing import change
from tradehall.services.stores.plans import Plan, months_later, stricter
from tradehall.services.stores.queries import plans, stores, subscriptions, terms
from tradehall.services.stores.subscriptions import (
    Invoice,
    InvoiceKind,
    NoSubscription,
    Subscription,
    invoice_number,
    store_status,
)
from tradehall.services.stores.telling import tell

SLIP: PlatformMethod = "bank-slip"


class Means(msgspec.Struct, frozen=True):
    """What is charged: with a token at once, without one its owner is led somewhere first."""

    method: PlatformMethod
    token: str | None


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
        return await _period_ends(tx, store_id, subscription, invoice)
    assert invoice is not None, "grace is about an invoice that was not paid"
    return await _grace_goes_on(tx, store_id, subscription, invoice)


async def _period_ends(tx: Tx, store_id: UUID, subscription: Subscription, invoice: Invoice | None) -> Store:
    """Or will soon, where a bill is to be sent first."""
    if invoice is not None and invoice.kind == "upgrade":
        await _give_up(tx, invoice)
        invoice = None
    if subscription.ends:
        return await _end(tx, store_id, subscription)
    if subscription.card:
        return await charge_renewal(tx, store_id, subscription)
    if invoice is None:
        return await _bill(tx, store_id, subscription)
    late = rules.declined(subscription, datetime.now(UTC))
    store = await _save(tx, store_id, subscription, late)
    tell(tx, store, late, "overdue", invoice)
    return store


async def _grace_goes_on(tx: Tx, store_id: UUID, subscription: Subscription, invoice: Invoice) -> Store:
    if subscription.retries < len(rules.RETRIES):
        next_try = msgspec.structs.replace(subscription, retries=subscription.retries + 1)
        if subscription.card:
            return await charge_again(tx, store_id, next_try, invoice)
        reminded = rules.declined(next_try, datetime.now(UTC))
        store = await _save(tx, store_id, subscription, reminded)
        tell(tx, store, reminded, "overdue", invoice)
        return store
    if invoice.status != "declined":
        await _give_up(tx, invoice)
    suspended = rules.suspended(subscription)
    store = await _save(tx, store_id, subscription, suspended)
    tell(tx, store, suspended, "suspended", invoice)
    return store


async def _bill(tx: Tx, store_id: UUID, subscription: Subscription) -> Store:
    """For the next period, to whoever is not charged by itself. A slip says where to; else they choose how to pay."""
    plan = await _plan(tx, subscription.next_plan or subscription.plan)
    months = subscription.next_months or subscription.months
    start, end, _ = rules.next_period(subscription, datetime.now(UTC))
    price = plan.renewal_total(months)
    invoice = await _invoice(tx, "renewal", plan, months, (start, end), price, price, subscription.method, due=start)
    until_then = _timed(subscription, subscription.period_end)
    store = await _save(tx, store_id, subscription, until_then)
    if subscription.method == SLIP or not invoice.amount:
        return await charge_again(tx, store_id, until_then, invoice)
    tell(tx, store, until_then, "due", invoice)
    return store


async def charge_renewal(tx: Tx, store_id: UUID, subscription: Subscription, means: Means | None = None) -> Store:
    """Makes the invoice of the next period. What was not paid before is given up: its time was not sold."""
    if (left := await subscriptions.open_invoice(tx)) is not None:
        await _give_up(tx, left)
    plan = await _plan(tx, subscription.next_plan or subscription.plan)
    months = subscription.next_months or subscription.months
    start, end, _ = rules.next_period(subscription, datetime.now(UTC))
    price = plan.renewal_total(months)
    invoice = await _invoice(tx, "renewal", plan, months, (start, end), price, price, subscription.method)
    return await charge_again(tx, store_id, subscription, invoice, means)


async def charge_upgrade(
    tx: Tx, store_id: UUID, subscription: Subscription, plan: Plan, price: int, means: Means | None = None
) -> Store:
    """At once, for the rest of the period; the plan changes when it is paid."""
    await _give_up_what_is_open(tx)
    period = (subscription.period_start, subscription.period_end)
    months = subscription.months
    cycle = plan.total(months)
    invoice = await _invoice(tx, "upgrade", plan, months, period, price, cycle, subscription.method)
    return await _charge(tx, store_id, subscription, invoice, means)


async def charge_again(
    tx: Tx, store_id: UUID, subscription: Subscription, invoice: Invoice, means: Means | None = None
) -> Store:
    """Or for the first time. Where nothing is charged by itself time goes on meanwhile."""
    given = means or _means(subscription)
    waiting = subscription if given.token is None else _timed(subscription, None)
    return await _charge(tx, store_id, waiting, invoice, given)


async def settle(tx: Tx, store_id: UUID, event: InvoiceSettled) -> None:
    """A payment's answer, told once per attempt; whatever else comes changes nothing."""
    subscription = await subscriptions.lock(tx)
    invoice = await _under_way(tx, event.invoice_id, event.attempt)
    if subscription is None or invoice is None:
        return
    if event.status == "paid":
        await _paid(tx, store_id, subscription, invoice, event.payment_id, event.saved)
    else:
        await _declined(tx, store_id, subscription, invoice)


async def wait(tx: Tx, store_id: UUID, event: InvoiceWaiting) -> None:
    """For whoever pays. What stands on a slip is mailed, too."""
    subscription = await subscriptions.lock(tx)
    invoice = await _under_way(tx, event.invoice_id, event.attempt)
    if subscription is None or invoice is None:
        return
    waiting = msgspec.structs.replace(invoice, status="waiting", turn=event.turn)
    await subscriptions.save_invoice(tx, waiting)
    if invoice.status == "charging" and event.turn.kind == "slip":
        row = await stores.lock(tx, store_id)
        assert row is not None, "stores are never deleted"
        tell(tx, row.settings, subscription, "due", waiting)


async def leave(tx: Tx, store_id: UUID, subscription: Subscription) -> Store:
    """At the period's end; at once where it is over."""
    if subscription.status != "active":
        return await _end(tx, store_id, subscription)
    await _give_up_what_is_open(tx)
    leaving = msgspec.structs.replace(subscription, ends=True, next_plan=None, next_months=None)
    return await _save(tx, store_id, subscription, _timed(leaving, leaving.wakes_at))


async def keep(tx: Tx, store_id: UUID, subscription: Subscription) -> Store:
    """Who wanted to leave, or another plan, stays as they are. The bill that is open stays as well, where it is for this plan."""
    kept = msgspec.structs.replace(subscription, ends=False, next_plan=None, next_months=None)
    invoice = await subscriptions.open_invoice(tx)
    if invoice is None or not invoice.payable or subscription.next_plan is not None:
        await _give_up_what_is_open(tx)
        kept = _timed(kept, kept.wakes_at)
    return await _save(tx, store_id, subscription, kept)


async def schedule(tx: Tx, store_id: UUID, subscription: Subscription, plan: Plan, months: int) -> Store:
    """For the next period, which is billed anew. What the next plan does not allow, the store cannot make from now on."""
    await _give_up_what_is_open(tx)
    planned = msgspec.structs.replace(subscription, next_plan=plan.code, next_months=months, ends=False)
    return await _save(tx, store_id, subscription, _timed(planned, planned.wakes_at))


async def pay_by(tx: Tx, store_id: UUID, subscription: Subscription, means: Means) -> Store:
    """From now on. Who is billed first is billed in time."""
    changed = msgspec.structs.replace(subscription, method=means.method, card=means.token)
    if changed.status == "active" and await subscriptions.open_invoice(tx) is None:
        changed = _timed(changed, changed.wakes_at)
    return await _save(tx, store_id, subscription, changed)


async def end_now(tx: Tx, store_id: UUID, subscription: Subscription, reason: str, *, give_back: bool) -> Store:
    """As an operator says: the store is suspended, and what was paid for the days to come goes back."""
    now, returned = datetime.now(UTC), 0
    for invoice in await subscriptions.running(tx, now) if give_back else []:
        since = invoice.created_at if invoice.kind == "upgrade" else invoice.period_start
        back = bills.rest(invoice.amount, invoice.period_start, invoice.period_end, since, now) - invoice.returned
        if invoice.payment_id is not None and back > 0:
            after = msgspec.structs.replace(invoice, returned=invoice.returned + back)
            await subscriptions.save_invoice(tx, after)
            owed = InvoiceReturned(invoice_id=invoice.id, payment_id=invoice.payment_id, amount=back, reason=reason)
            tx.emit(owed, key=invoice.id)
            returned += back
    back_to_them = Money(returned, subscription.currency) if returned else None
    return await _end(tx, store_id, subscription, back_to_them)


async def _under_way(tx: Tx, invoice_id: UUID, attempt: int) -> Invoice | None:
    invoice = await subscriptions.invoice(tx, invoice_id)
    fits = invoice is not None and invoice.status in ("charging", "waiting") and invoice.attempt == attempt
    return invoice if fits else None


async def _invoice(
    tx: Tx,
    kind: InvoiceKind,
    plan: Plan,
    months: int,
    period: tuple[datetime, datetime],
    price: int,
    cycle: int,
    method: PlatformMethod,
    *,
    due: datetime | None = None,
) -> Invoice:
    platform = await terms.platform(tx)
    asked, now = bills.asked(price, platform.tax), datetime.now(UTC)
    invoice = Invoice(
        id=uuid7(),
        number=await subscriptions.next_number(tx),
        kind=kind,
        plan=plan.code,
        months=months,
        period_start=period[0],
        period_end=period[1],
        amount=asked.amount,
        currency=plan.currency,
        cycle=cycle,
        status="open",
        attempt=0,
        created_at=now,
        net=asked.net,
        tax=asked.tax,
        tax_rate=platform.tax.rate,
        tax_name=platform.tax.name,
        tax_included=platform.tax.included,
        issuer=platform.issuer,
        method=method,
        due_at=due or now,
    )
    await subscriptions.add_invoice(tx, invoice)
    return invoice


async def _charge(
    tx: Tx, store_id: UUID, subscription: Subscription, invoice: Invoice, means: Means | None = None
) -> Store:
    """As one attempt more."""
    given = means or _means(subscription)
    tried = msgspec.structs.replace(
        invoice, status="charging", attempt=invoice.attempt + 1, method=given.method, turn=None
    )
    await subscriptions.save_invoice(tx, tried)
    store = await _save(tx, store_id, subscription, subscription)
    if tried.amount == 0:
        return await _paid(tx, store_id, subscription, tried, None)
    due = InvoiceDue(
        invoice_id=tried.id,
        attempt=tried.attempt,
        amount=tried.amount,
        currency=tried.currency,
        method=given.method,
        token=given.token,
        label=f"{invoice_number(store, tried.number)}, {store.name}",
        back=f"{base_url(store, tx.settings.port)}/admin/plan?back=1",
        until=None if given.token else bills.payable_until(given.method, datetime.now(UTC)),
    )
    tx.emit(due, key=tried.id)
    return store


async def _paid(
    tx: Tx, store_id: UUID, before: Subscription, invoice: Invoice, payment_id: UUID | None, saved: str = ""
) -> Store:
    now = datetime.now(UTC)
    settled = msgspec.structs.replace(invoice, status="paid", payment_id=payment_id, settled_at=now, turn=None)
    resumed = before.status in ("suspended", "ended")
    if resumed:  # the days until it was paid were not sold
        start, end = now, months_later(now, invoice.months, now.day)
        settled = msgspec.structs.replace(settled, period_start=start, period_end=end)
    await subscriptions.save_invoice(tx, settled)
    after = rules.paid(rules.paid_by(before, settled, saved), settled)
    store = await _save(tx, store_id, before, after)
    tell(tx, store, after, "plan_changed" if invoice.kind == "upgrade" else "resumed" if resumed else "paid", settled)
    return store


async def _declined(tx: Tx, store_id: UUID, before: Subscription, invoice: Invoice) -> None:
    """Who paid by hand may try again at once, and has seen that it failed."""
    now = datetime.now(UTC)
    by_hand = invoice.status == "waiting" or (invoice.kind != "upgrade" and before.next_at is not None)
    after = before if invoice.kind == "upgrade" or by_hand else rules.declined(before, now)
    left = after.status == "ended" and before.status == "active"
    given_up = left or invoice.kind == "upgrade"
    settled = msgspec.structs.replace(invoice, status="void" if given_up else "declined", settled_at=now, turn=None)
    await subscriptions.save_invoice(tx, settled)
    store = await _save(tx, store_id, before, after)
    last_try = after.status == "grace" and after.retries == len(rules.RETRIES)
    if not by_hand:
        tell(tx, store, after, "ended" if left else "grace_ending" if last_try else "declined", settled)


async def _give_up_what_is_open(tx: Tx) -> None:
    """What is just being charged is not."""
    left = await subscriptions.open_invoice(tx)
    if left is not None and left.status != "charging":
        await _give_up(tx, left)


async def _give_up(tx: Tx, invoice: Invoice) -> None:
    """Whatever is paid for it now goes back."""
    await subscriptions.save_invoice(tx, msgspec.structs.replace(invoice, status="void", turn=None))
    if invoice.status == "waiting":
        tx.emit(InvoiceWithdrawn(invoice_id=invoice.id), key=invoice.id)


async def _end(tx: Tx, store_id: UUID, subscription: Subscription, returned: Money | None = None) -> Store:
    await _give_up_what_is_open(tx)
    ended = rules.ended(subscription)
    store = await _save(tx, store_id, subscription, ended)
    tell(tx, store, ended, "ended", returned=returned)
    return store


def _means(subscription: Subscription) -> Means:
    return Means(subscription.method, subscription.card)


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
