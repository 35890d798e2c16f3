"""Asking providers: recorded first, asked under the payment's own key, the answer recorded after."""

import asyncio

from tradehall.contracts.payments import ChargeDue, PaymentCheckDue, RefundDue
from tradehall.kernel.errors import Refusal
from tradehall.kernel.service import TaskContext, work, work_batch
from tradehall.services.payments import queries
from tradehall.services.payments.model import Payment, returned
from tradehall.services.payments.providers import Answer, Charge, Provider, ProviderTimeout
from tradehall.services.payments.providers.simulated import Simulated
from tradehall.services.payments.settling import later, settle, tell


class StillUnknown(Exception):
    """The provider does not know yet; the task is tried again."""


async def provider_of(context: TaskContext, method: str) -> Provider:
    """The store's own account there. Raises Refusal for a method no provider stands behind."""
    if method != Simulated.name:
        raise Refusal(f"no provider for {method}")
    store = await context.running.stores.get(context.store_id)
    return Simulated(context.db, store, context.running)


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
        results = await asyncio.gather(*(_ask(context.of(causes[payment.id]), payment) for payment in group))
        answers = [answer for answer in results if answer is not None]
        unknown = [p for p, a in zip(group, results, strict=True) if a is None or a.outcome == "pending"]
        async with context.transaction() as tx:
            await settle(tx, method, answers, causes)
            for payment in unknown:
                tx.emit(
                    PaymentCheckDue(payment_id=payment.id), key=payment.about, at=later(), because=causes[payment.id]
                )
    for payment in payments:
        if payment.status == "charging" and payment.cancelled:
            # Cancelled before the charge, or between two tries of it: the provider knows which.
            await check(PaymentCheckDue(payment_id=payment.id), context.of(causes[payment.id]))


async def _ask(context: TaskContext, payment: Payment) -> Answer | None:
    provider = await provider_of(context, payment.method)
    charge = Charge(key=payment.id, amount=payment.amount, currency=payment.currency, token=payment.token or "")
    try:
        return await provider.charge(charge)
    except ProviderTimeout:
        return None


@work(PaymentCheckDue)
async def check(task: PaymentCheckDue, context: TaskContext) -> None:
    """The reaper. Raises StillUnknown while the provider has no final answer, so that it asks again."""
    async with context.transaction() as tx:
        found = await queries.find(tx, [task.payment_id])
    if not found or found[0].status != "charging":
        return
    payment = found[0]
    provider = await provider_of(context, payment.method)
    answer = await provider.find(payment.id)
    if answer.outcome == "pending":
        raise StillUnknown(f"payment {payment.id}")
    if answer.outcome == "absent":
        if not payment.cancelled:
            await charge([ChargeDue(payment_id=payment.id)], context)
            return
        answer = Answer(key=payment.id, event_id=f"{payment.id}:never-charged", outcome="declined")
    async with context.transaction() as tx:
        await settle(tx, provider.name, [answer])


@work(RefundDue)
async def refund(task: RefundDue, context: TaskContext) -> None:
    async with context.transaction() as tx:
        found = await queries.find(tx, [task.payment_id])
    if not found or found[0].status != "refunding":
        return
    provider = await provider_of(context, found[0].method)
    answer = await provider.refund(found[0].id, found[0].captured)
    async with context.transaction() as tx:
        told = await queries.first_told(
            tx, provider.name, [(context.store_id, answer.event_id, answer.key, "refunded")]
        )
        (payment,) = await queries.lock(tx, [task.payment_id])
        if told and payment.status == "refunding":
            after = returned(payment)
            await queries.save(tx, [after])
            tell(tx, after)
