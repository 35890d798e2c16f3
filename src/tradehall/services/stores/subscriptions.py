"""Rules of subscriptions: what a payment, a declined card and the end of a period make of them.

active --declined, or not paid--> grace --three more tries, then its end--> suspended --paid--> active, from then on
  |                                 '--paid--> active, as if nothing had been
  '--cancelled, its period over--> ended --paid--> active, from then on
"""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from tradehall.contracts.payments import PayersTurn
from tradehall.contracts.stores import InvoiceFacts, PlatformMethod, Store, StoreStatus
from tradehall.kernel.errors import Conflict, NotFound
from tradehall.services.stores.bills import BILLED_BEFORE
from tradehall.services.stores.plans import months_later

RETRIES = (timedelta(days=1), timedelta(days=3), timedelta(days=5))  # since grace began
GRACE = timedelta(days=7)
LOOK_AGAIN = timedelta(minutes=1)  # where another charge is under way

SubscriptionStatus = Literal["active", "grace", "suspended", "ended"]
InvoiceKind = Literal["signup", "renewal", "upgrade"]
InvoiceStatus = Literal["open", "charging", "waiting", "declined", "paid", "void"]


class NoSubscription(NotFound):
    slug = "no-subscription"
    title = "This store is not billed: an operator opened it"


class PaymentUnderWay(Conflict):
    slug = "payment-under-way"
    title = "A payment is under way; wait for its answer"


class NothingToPay(Conflict):
    slug = "nothing-to-pay"
    title = "Nothing is due"


class NotNow(Conflict):
    slug = "subscription-not-active"
    title = "Pay what is due first"


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """Money in minor units of `currency`; `paid` is what the cycle that runs costs. `card` is charged by itself; without one a
    bill is sent before the period ends. `next_at`: when its timer is due."""

    plan: str
    months: int
    paid: int
    currency: str
    period_start: datetime
    period_end: datetime
    anchor: int
    status: SubscriptionStatus = "active"
    next_plan: str | None = None
    next_months: int | None = None
    ends: bool = False
    method: PlatformMethod
    card: str | None
    email: str
    grace_since: datetime | None = None
    retries: int = 0
    next_at: datetime | None = None

    @property
    def sells_until(self) -> datetime:
        return self.grace_since + GRACE if self.grace_since else self.period_end

    @property
    def wakes_at(self) -> datetime:
        """When the next period is billed."""
        return self.period_end if self.card or self.ends else self.period_end - BILLED_BEFORE


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """`amount` is to be paid, `net` and `tax` what it is made of, `cycle` the price of a whole cycle of the plan, which differs
    for an upgrade. `attempt` 0: nothing was tried yet. `turn` is what has to be done to pay it; `returned` of it went back."""

    id: UUID
    number: int
    kind: InvoiceKind
    plan: str
    months: int
    period_start: datetime
    period_end: datetime
    amount: int
    currency: str
    cycle: int
    status: InvoiceStatus
    attempt: int = 1
    payment_id: UUID | None = None
    created_at: datetime
    settled_at: datetime | None = None
    net: int
    tax: int = 0
    tax_rate: int = 0
    tax_name: str = ""
    tax_included: bool = True
    issuer: str = ""
    method: PlatformMethod
    turn: PayersTurn | None = None
    due_at: datetime | None = None
    returned: int = 0

    @property
    def payable(self) -> bool:
        return self.kind != "upgrade" and self.status in ("open", "waiting", "declined")

    def facts(self, store: Store) -> InvoiceFacts:
        return InvoiceFacts(
            number=invoice_number(store, self.number),
            amount=self.amount,
            currency=self.currency,
            period_start=self.period_start,
            period_end=self.period_end,
            due=self.due_at,
            code=self.turn.code if self.turn else "",
            bank=self.turn.bank if self.turn else "",
        )


def invoice_number(store: Store, number: int) -> str:
    return f"{store.slug.upper()}-{number:04d}"


def store_status(subscription: Subscription) -> StoreStatus:
    if subscription.status in ("suspended", "ended"):
        return "suspended"
    return "grace" if subscription.status == "grace" else "active"


def next_period(subscription: Subscription, at: datetime) -> tuple[datetime, datetime, int]:
    """Begin, end and day of the month: right after the one before, or at a moment, where the store was suspended."""
    months = subscription.next_months or subscription.months
    if subscription.status in ("suspended", "ended"):
        return at, months_later(at, months, at.day), at.day
    return (
        subscription.period_end,
        months_later(subscription.period_end, months, subscription.anchor),
        subscription.anchor,
    )


def paid_by(subscription: Subscription, invoice: Invoice, saved: str) -> Subscription:
    """With what is charged next time: what was kept of this payment, else what was charged by itself so far."""
    if saved:
        return msgspec.structs.replace(subscription, method=invoice.method, card=saved)
    if invoice.method != subscription.method:
        return msgspec.structs.replace(subscription, method=invoice.method, card=None)
    return subscription


def paid(subscription: Subscription, invoice: Invoice) -> Subscription:
    if invoice.kind == "upgrade":
        return msgspec.structs.replace(subscription, plan=invoice.plan, paid=invoice.cycle)
    resumed = subscription.status in ("suspended", "ended")
    after = msgspec.structs.replace(
        subscription,
        plan=invoice.plan,
        months=invoice.months,
        paid=invoice.cycle,
        currency=invoice.currency,
        period_start=invoice.period_start,
        period_end=invoice.period_end,
        anchor=invoice.period_start.day if resumed else subscription.anchor,
        status="active",
        next_plan=None,
        next_months=None,
        ends=subscription.ends and not resumed,
        grace_since=None,
        retries=0,
    )
    return msgspec.structs.replace(after, next_at=after.wakes_at)


def declined(subscription: Subscription, at: datetime) -> Subscription:
    """Of a renewal. Grace begins, or its next step is waited for; who wanted to leave anyway has left."""
    if subscription.status == "active":
        if subscription.ends:
            return ended(subscription)
        return msgspec.structs.replace(subscription, status="grace", grace_since=at, next_at=at + RETRIES[0])
    if subscription.status == "grace" and subscription.grace_since:
        steps = (*RETRIES, GRACE)
        due = max(at, subscription.grace_since + steps[subscription.retries])
        return msgspec.structs.replace(subscription, next_at=due)
    return subscription


def ended(subscription: Subscription) -> Subscription:
    return msgspec.structs.replace(
        subscription,
        status="ended",
        ends=False,
        next_plan=None,
        next_months=None,
        grace_since=None,
        retries=0,
        next_at=None,
    )


def suspended(subscription: Subscription) -> Subscription:
    return msgspec.structs.replace(subscription, status="suspended", grace_since=None, retries=0, next_at=None)
