"""A paid signup becomes a store: the row, its subscription, its first invoice and the events, in one transaction."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec

from tradehall.contracts.stores import InvoiceDue, RenewalDue, SignupExpiryDue, Store, StoreOpened
from tradehall.kernel.db import Tx
from tradehall.kernel.ids import NO_STORE
from tradehall.services.stores.changing import open_store
from tradehall.services.stores.model import NameTaken
from tradehall.services.stores.plans import first_look, months_later, on_plan
from tradehall.services.stores.queries import plans, signups, subscriptions
from tradehall.services.stores.signups import RESERVED_FOR, Signup, SignupOver
from tradehall.services.stores.subscriptions import Invoice, Subscription
from tradehall.services.stores.telling import tell


async def charge(tx: Tx, signup: Signup) -> Signup:
    """The address is proven, so the money may be asked for. The name stays until there is an answer. Raises NameTaken."""
    if not await signups.claim_name(tx, signup.slug, signup.opens, until=None):
        raise NameTaken(f"The name {signup.slug} is taken by now; sign up with another one.")
    charged = msgspec.structs.replace(signup, status="charging", attempt=signup.attempt + 1)
    await signups.save(tx, charged)
    if charged.amount == 0:
        return await open_paid(tx, charged, None)
    due = InvoiceDue(
        invoice_id=charged.invoice_id,
        attempt=charged.attempt,
        amount=charged.amount,
        currency=charged.currency,
        method=charged.method,
        token=charged.card,
    )
    tx.emit(due, key=charged.invoice_id)
    return charged


async def decline(tx: Tx, signup: Signup) -> None:
    """The name is kept for another day, for another card."""
    at = datetime.now(UTC) + RESERVED_FOR
    await signups.claim_name(tx, signup.slug, signup.opens, until=RESERVED_FOR)
    await signups.save(tx, msgspec.structs.replace(signup, status="declined", card=None, expires_at=at))
    tx.emit(SignupExpiryDue(signup_id=signup.id), key=signup.id, at=at)


async def expire(tx: Tx, signup: Signup) -> None:
    await signups.drop_name(tx, signup.slug, signup.opens)
    await signups.save(tx, msgspec.structs.replace(signup, status="expired", card=None))


async def open_paid(tx: Tx, signup: Signup, payment_id: UUID | None) -> Signup:
    """`payment_id` None where nothing was to be paid. Raises SignupOver where it is open already."""
    if signup.status != "charging":
        raise SignupOver(f"Signup {signup.id} is {signup.status}.")
    plan = await plans.find(tx, signup.plan)
    assert plan is not None, "plans are never deleted"
    now = datetime.now(UTC)
    end = months_later(now, signup.months, now.day)
    store = on_plan(
        Store(
            id=signup.opens,
            slug=signup.slug,
            name=signup.name,
            hosts=[f"{signup.slug}.{tx.settings.platform_domain}"],
            currency=plan.currency,
            look=first_look(plan, signup.name),
        ),
        plan,
    )
    await tx.enter(store.id)
    await open_store(tx, store)
    tx.emit(StoreOpened(store=store, admin_email=signup.email), key=store.id)
    subscription = Subscription(
        plan=plan.code,
        months=signup.months,
        paid=signup.amount,
        currency=signup.currency,
        period_start=now,
        period_end=end,
        anchor=now.day,
        method=signup.method,
        card=signup.card,
        email=signup.email,
        next_at=end,
    )
    await subscriptions.insert(tx, subscription)
    invoice = Invoice(
        id=signup.invoice_id,
        number=1,
        kind="signup",
        plan=plan.code,
        months=signup.months,
        period_start=now,
        period_end=end,
        amount=signup.amount,
        currency=signup.currency,
        cycle=signup.amount,
        status="paid",
        attempt=signup.attempt,
        payment_id=payment_id,
        created_at=now,
        settled_at=now,
    )
    await subscriptions.add_invoice(tx, invoice)
    tx.emit(RenewalDue(due=end), key=store.id, at=end)
    tell(tx, store, subscription, "paid", invoice)
    await tx.enter(NO_STORE)
    opened = msgspec.structs.replace(signup, status="opened", card=None)
    await signups.save(tx, opened)
    return opened
