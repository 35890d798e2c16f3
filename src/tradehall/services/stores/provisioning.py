"""A paid signup becomes a store: the row, its subscription, its first invoice and the events, in one transaction."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec

from tradehall.contracts.payments import PayersTurn
from tradehall.contracts.stores import (
    InvoiceDue,
    InvoiceWithdrawn,
    RenewalDue,
    SignupExpiryDue,
    SignupWaiting,
    Store,
    StoreOpened,
)
from tradehall.contracts.values import Money
from tradehall.kernel.db import Tx
from tradehall.kernel.ids import NO_STORE
from tradehall.kernel.stores import url_of
from tradehall.services.stores.bills import heard_until, payable_until
from tradehall.services.stores.changing import open_store
from tradehall.services.stores.model import NameTaken
from tradehall.services.stores.plans import first_look, months_later, on_plan
from tradehall.services.stores.queries import plans, signups, subscriptions, terms
from tradehall.services.stores.signups import RESERVED_FOR, Signup, SignupOver, link_token
from tradehall.services.stores.subscriptions import Invoice, Subscription
from tradehall.services.stores.telling import tell


async def charge(tx: Tx, signup: Signup) -> Signup:
    """The address is proven, so the money may be asked for. The name stays until there is an answer, or it is too late for one.
    Raises NameTaken."""
    if not await signups.claim_name(tx, signup.slug, signup.opens, until=None):
        raise NameTaken(f"The name {signup.slug} is taken by now; sign up with another one.")
    charged = msgspec.structs.replace(signup, status="charging", attempt=signup.attempt + 1, turn=None)
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
        label=f"{charged.slug.upper()}-0001, {charged.name}",
        back=f"{url_of(tx.settings.platform_domain, tx.settings.port)}{_place(tx, charged)}&back=1",
        until=None if charged.card else payable_until(charged.method, datetime.now(UTC)),
    )
    tx.emit(due, key=charged.invoice_id)
    return charged


async def wait(tx: Tx, signup: Signup, turn: PayersTurn) -> None:
    """Whoever signed up has to pay somewhere else. After that time the name is let go."""
    until = turn.until or payable_until(signup.method, datetime.now(UTC))
    at = heard_until(signup.method, until)
    await signups.save(tx, msgspec.structs.replace(signup, status="waiting", turn=turn, expires_at=at))
    tx.emit(SignupExpiryDue(signup_id=signup.id), key=signup.id, at=at)
    if turn.kind == "slip":
        slip = SignupWaiting(
            signup_id=signup.id,
            email=signup.email,
            store_name=signup.name,
            total=Money(signup.amount, signup.currency),
            reference=turn.code,
            bank=turn.bank,
            until=until,
            place=_place(tx, signup),
        )
        tx.emit(slip, key=signup.id)


def _place(tx: Tx, signup: Signup) -> str:
    """The page on which they go on."""
    return f"/start/signup/{signup.id}?token={link_token(tx.settings.secret, signup.id)}"


async def decline(tx: Tx, signup: Signup) -> None:
    """The name is kept for another day, for another card."""
    at = datetime.now(UTC) + RESERVED_FOR
    await signups.claim_name(tx, signup.slug, signup.opens, until=RESERVED_FOR)
    declined = msgspec.structs.replace(signup, status="declined", card=None, expires_at=at, turn=None)
    await signups.save(tx, declined)
    tx.emit(SignupExpiryDue(signup_id=signup.id), key=signup.id, at=at)


async def expire(tx: Tx, signup: Signup) -> None:
    """What is still paid for it goes back."""
    await signups.drop_name(tx, signup.slug, signup.opens)
    await signups.save(tx, msgspec.structs.replace(signup, status="expired", card=None, turn=None))
    if signup.attempt:
        tx.emit(InvoiceWithdrawn(invoice_id=signup.invoice_id), key=signup.invoice_id)


async def open_paid(tx: Tx, signup: Signup, payment_id: UUID | None, saved: str = "") -> Signup:
    """`payment_id` None where nothing was to be paid. Raises SignupOver where it is open already."""
    if signup.status not in ("charging", "waiting"):
        raise SignupOver(f"Signup {signup.id} is {signup.status}.")
    plan = await plans.find(tx, signup.plan)
    assert plan is not None, "plans are never deleted"
    issuer = (await terms.platform(tx)).issuer
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
        paid=signup.price,
        currency=signup.currency,
        period_start=now,
        period_end=end,
        anchor=now.day,
        method=signup.method,
        card=saved or signup.card,
        email=signup.email,
    )
    subscription = msgspec.structs.replace(subscription, next_at=subscription.wakes_at)
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
        cycle=signup.price,
        status="paid",
        attempt=signup.attempt,
        payment_id=payment_id,
        created_at=now,
        settled_at=now,
        net=signup.amount - signup.tax,
        tax=signup.tax,
        tax_rate=signup.tax_rate,
        tax_name=signup.tax_name,
        tax_included=signup.tax_included,
        issuer=issuer,
        method=signup.method,
        due_at=now,
    )
    await subscriptions.add_invoice(tx, invoice)
    tx.emit(RenewalDue(due=subscription.wakes_at), key=store.id, at=subscription.wakes_at)
    tell(tx, store, subscription, "paid", invoice)
    await tx.enter(NO_STORE)
    opened = msgspec.structs.replace(signup, status="opened", card=None, turn=None)
    await signups.save(tx, opened)
    return opened
