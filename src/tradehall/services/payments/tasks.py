"""Asking providers: recorded first, asked under the payment's own key, the answer recorded after."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tradehall.contracts.payments import CaptureDue, ChargeDue, PaymentCheckDue, RefundDue, VoidDue
from tradehall.contracts.stores import WAITING
from tradehall.contracts.values import Event
from tradehall.kernel.db import Tx
from tradehall.kernel.service import TaskContext, work, work_batch
from tradehall.kernel.stores import base_url
from tradehall.services.payments import queries
from tradehall.services.payments.accounts import KNOWN, account_of, provider_of
from tradehall.services.payments.model import (
    BACK_BY_HAND,
    BY_HAND,
    OPEN,
    Payment,
    Refund,
    Standing,
    given_back,
    given_back_after_all,
    not_given_back,
)
from tradehall.services.payments.providers import Charge, Provider, ProviderRefused, ProviderTimeout
from tradehall.services.payments.settling import settle, tell

log = logging.getLogger(__name__)

ASK_AGAIN = timedelta(seconds=3)
SELDOM = timedelta(hours=2)  # between two questions about a payment that has waited for days
WAITS = frozenset({"pending", "action", "approved"})
PAGE = timedelta(hours=1)  # in which the buyer can pay on a provider's page, at least


@work_batch(ChargeDue, across=True)
async def charge(tasks: list[ChargeDue], context: TaskContext) -> None:
    """A cancelled order is not charged. No answer: the reaper is set to ask later."""
    causes = {task.payment_id: task for task in tasks}
    async with context.transaction() as tx:
        payments = await queries.find(tx, list(causes))
    due = [p for p in payments if p.status == "charging" and not p.cancelled]
    by_method: dict[str, list[Payment]] = {}
    for payment in due:
        by_method.setdefault(payment.method, []).append(payment)
    for method, group in by_method.items():
        found = await asyncio.gather(*(_charge(context.of(causes[payment.id]), payment) for payment in group))
        standings = [standing for standing in found if standing is not None]
        async with context.transaction() as tx:
            await settle(tx, method, standings, causes)
            for payment, standing in zip(group, found, strict=True):
                if standing is None or standing.state in WAITS:
                    _ask_later(tx, payment, because=causes[payment.id])
    for payment in payments:
        if payment.status == "charging" and payment.cancelled:
            # Cancelled before the charge, or between two tries of it: the provider knows which.
            await check(PaymentCheckDue(payment_id=payment.id), context.of(causes[payment.id]))


async def _charge(context: TaskContext, payment: Payment) -> Standing | None:
    """None where the outcome is unknown."""
    try:
        provider = await _provider(context, payment)
        charge = await _what_is_due(context, payment, provider)
        reference = payment.reference or ""
        if provider.prepares and not reference:
            reference = await provider.prepare(charge)
            async with context.transaction() as tx:
                await queries.note_reference(tx, payment.id, reference)
        return await provider.charge(charge, reference)
    except ProviderTimeout:
        return None
    except ProviderRefused as error:
        log.warning("payment %s was refused by %s: %s", payment.id, payment.method, error)
        return Standing(key=payment.id, state="declined", note="The payment could not be made this way.")


async def _what_is_due(context: TaskContext, payment: Payment, provider: Provider) -> Charge:
    if provider.name not in KNOWN:
        return Charge(key=payment.id, amount=payment.amount, currency=payment.currency, token=payment.token or "")
    account = await account_of(context.db, context.store_id, provider.name)
    store = await context.running.stores.get(context.store_id)
    shop = base_url(store, context.running.settings.port)
    return Charge(
        key=payment.id,
        method=payment.method,
        amount=payment.amount,
        currency=payment.currency,
        token=payment.token or "",
        instalments=payment.instalments,
        capture=account.capture == "at_once",
        return_url=payment.bill.back if payment.bill else f"{shop}/orders/{payment.about}?token={payment.link}&back=1",
        until=_until(payment),
        label=payment.bill.label if payment.bill else store.name,
        buyer=payment.buyer,
        keep=payment.bill is not None,
    )


def _until(payment: Payment) -> datetime:
    """When the buyer can pay no longer: the same whenever it is asked."""
    if payment.method in WAITING:
        return payment.expires_at - timedelta(seconds=WAITING[payment.method].clearing)
    return max(payment.expires_at, payment.created_at + PAGE)


async def _provider(context: TaskContext, payment: Payment) -> Provider:
    return await provider_of(context.db, context.running, context.store_id, payment.method)


async def _found(context: TaskContext, payment_id: UUID) -> Payment | None:
    async with context.transaction() as tx:
        found = await queries.find(tx, [payment_id])
    return found[0] if found else None


def _ask_later(tx: Tx, payment: Payment, because: Event | None = None) -> None:
    task = PaymentCheckDue(payment_id=payment.id)
    tx.emit(task, key=payment.about, at=_later(payment.created_at), because=because)


def _later(since: datetime) -> datetime:
    """The longer it takes already, the later."""
    now = datetime.now(UTC)
    return now + min(max(ASK_AGAIN, (now - since) / 4), SELDOM)


@work(PaymentCheckDue)
async def check(task: PaymentCheckDue, context: TaskContext) -> None:
    """The reaper: asks until the payment is settled, however long the provider is away."""
    payment = await _found(context, task.payment_id)
    if payment is None or (payment.status not in OPEN and task.again):
        return
    if payment.method in BY_HAND:
        return
    standing: Standing | None = None
    try:
        provider = await _provider(context, payment)
        standing = await provider.find(payment.id, payment.reference or "")
        if standing.state == "approved" and payment.status in OPEN:
            let_go = provider.void if payment.cancelled else provider.complete
            standing = await let_go(payment.id, payment.reference or "")
        if standing.state == "pending" and payment.cancelled:
            standing = await provider.void(payment.id, payment.reference or "")
        if standing.state == "absent" and payment.status == "charging":
            if not payment.cancelled:
                await charge([ChargeDue(payment_id=payment.id)], context)
                return
            if provider.prepares and payment.reference:
                standing = await provider.void(payment.id, payment.reference)  # so that a charge still on its way fails
            if standing.state == "absent":
                standing = Standing(key=payment.id, state="declined")
    except ProviderTimeout:
        pass
    except ProviderRefused as error:
        log.warning("payment %s cannot be asked about: %s", payment.id, error)
    async with context.transaction() as tx:
        if standing is not None:
            await settle(tx, payment.method, [standing])
        if task.again and (standing is None or standing.state in WAITS):
            _ask_later(tx, payment)


@work(VoidDue)
async def void(task: VoidDue, context: TaskContext) -> None:
    """Of a cancelled order. Where the buyer was faster, the money is found, and goes back."""
    payment = await _found(context, task.payment_id)
    if payment is None or payment.status not in OPEN or not payment.cancelled:
        return
    standing = await (await _provider(context, payment)).void(payment.id, payment.reference or "")
    async with context.transaction() as tx:
        if standing.state in WAITS or standing.state == "authorised":
            tx.emit(task, key=payment.about, at=_later(payment.created_at))
            return
        await settle(tx, payment.method, [standing])


@work(CaptureDue)
async def capture(task: CaptureDue, context: TaskContext) -> None:
    payment = await _found(context, task.payment_id)
    if payment is None or payment.status != "authorised" or payment.cancelled:
        return
    provider = await _provider(context, payment)
    standing = await provider.capture(payment.id, payment.reference or "", payment.due)
    async with context.transaction() as tx:
        await settle(tx, payment.method, [standing])


@work(RefundDue)
async def refund(task: RefundDue, context: TaskContext) -> None:
    """All that are due. Banks may take days for one."""
    payment = await _found(context, task.payment_id)
    if payment is None or payment.method in BACK_BY_HAND:
        return
    async with context.transaction() as tx:
        due = [refund for refund in await queries.refunds_of(tx, [payment.id]) if refund.status == "due"]
    if not due:
        return
    provider = await _provider(context, payment)
    for one in due:
        returned = await provider.refund(payment.id, payment.reference or "", one)
        async with context.transaction() as tx:
            if returned.state == "pending":
                tx.emit(task, key=payment.about, at=_later(one.created_at or payment.created_at))
                return
            await end_refund(tx, one, done=returned.state == "done", reference=returned.reference, note=returned.note)


async def end_refund(tx: Tx, refund: Refund, *, done: bool, reference: str = "", note: str = "") -> Payment:
    """Books it once."""
    (payment,) = await queries.lock(tx, [refund.payment_id])
    status = "done" if done else "failed"
    if not await queries.end_refund(tx, refund, status, reference=reference, note=note):
        return payment
    failed = f"A refund failed: {note}" if note else "A refund failed."
    if refund.status == "failed":
        after = given_back_after_all(payment, refund.amount)
    else:
        after = given_back(payment, refund.amount) if done else not_given_back(payment, refund.amount, failed)
    await queries.save(tx, [after])
    tell(tx, payment, after)
    return after
