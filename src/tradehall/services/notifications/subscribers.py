"""Each step of an order that its buyer wants to know of becomes a mail, once; so does each code for an account."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from tradehall.contracts.carts import CartAbandoned
from tradehall.contracts.identity import (
    SellerApplied,
    SellerCreated,
    SellerDecided,
    SellerUpdated,
    StaffInvited,
    UserCodeIssued,
    UserCreated,
    UserEmailChanged,
    UserState,
    UserUpdated,
)
from tradehall.contracts.inventory import ProductLowStock
from tradehall.contracts.notifications import LowStockDigestDue, MailDue
from tradehall.contracts.orders import OrderCancelled, OrderConfirmed, OrderDelivered, OrderPlaced, OrderShipped
from tradehall.contracts.reviews import ReviewInvited
from tradehall.contracts.stores import SignupCodeIssued, SubscriptionChanged
from tradehall.contracts.values import Event
from tradehall.kernel.db import Tx
from tradehall.kernel.ids import NO_STORE, uuid7
from tradehall.kernel.service import on, on_batch
from tradehall.services.notifications import queries
from tradehall.services.notifications.model import (
    ACCOUNT_SUBJECTS,
    SUBSCRIPTION_SUBJECTS,
    AccountTemplate,
    Addressee,
    LowVariant,
    Note,
    Notification,
    OrderTemplate,
    Person,
    Status,
    Template,
    low_stock_facts,
    mailable,
    stop_token,
    subject_of,
    words_of,
)
from tradehall.services.notifications.queries import choices, low_stock, people

GATHERED = timedelta(seconds=60)  # what becomes low within it is told of together


@on_batch(OrderPlaced, across=True, patient=True)
async def placed(events: list[OrderPlaced], tx: Tx) -> None:
    await queries.save_orders(tx, events)
    addressees = {event.order_id: Addressee(number=event.number, email=event.email) for event in events}
    await _write(tx, "order_placed", [(event.order_id, "", {}, event) for event in events], addressees)


@on_batch(OrderConfirmed, across=True, patient=True)
async def confirmed(events: list[OrderConfirmed], tx: Tx) -> None:
    await _write(tx, "order_confirmed", [(event.order_id, "", {}, event) for event in events])


@on_batch(OrderShipped)
async def shipped(events: list[OrderShipped], tx: Tx) -> None:
    await _write(
        tx,
        "order_shipped",
        [
            (
                event.order_id,
                str(event.shipment_id),
                {"carrier": event.carrier, "tracking_number": event.tracking_number},
                event,
            )
            for event in events
        ],
    )


@on_batch(OrderDelivered)
async def delivered(events: list[OrderDelivered], tx: Tx) -> None:
    await _write(tx, "order_delivered", [(event.order_id, "", {}, event) for event in events])


@on_batch(OrderCancelled)
async def cancelled(events: list[OrderCancelled], tx: Tx) -> None:
    await _write(
        tx,
        "order_cancelled",
        [(event.order_id, "", {"reason": event.cancellation_reason}, event) for event in events],
    )


@on(ReviewInvited)
async def review_invited(event: ReviewInvited, tx: Tx) -> None:
    """Not to a customer who wants no reminders."""
    if event.customer_id and not await choices.wants_reminders(tx, event.customer_id):
        return
    stop = _stop_link(tx, event.customer_id) if event.customer_id else ""
    await _write(tx, "review_invited", [(event.order_id, "", {"titles": event.titles, "stop": stop}, event)])


@on(UserCodeIssued)
async def code_issued(event: UserCodeIssued, tx: Tx) -> None:
    facts = {"code": event.code, "until": event.expires_at.strftime("%H:%M UTC")}
    recipient = event.phone or event.email
    await _write_account(tx, event.purpose, event.user_id, recipient, str(event.code_id), facts)


@on(StaffInvited)
async def staff_invited(event: StaffInvited, tx: Tx) -> None:
    facts = {"code": event.token, "roles": event.roles, "until": event.expires_at.strftime("%-d %B, %H:%M UTC")}
    about = str(event.invitation_id)
    await _write_account(tx, "staff_invitation", event.invitation_id, event.email, about, facts)


@on(UserEmailChanged)
async def email_changed(event: UserEmailChanged, tx: Tx) -> None:
    """To the old address: whoever reads it may not have wanted that."""
    about = f"{event.user_id} {event.timestamp.isoformat()}"
    facts = {"new_email": event.new_email}
    await _write_account(tx, "email_changed", event.user_id, event.old_email, about, facts)
    await people.tell(tx, [Note.new(event.user_id, "email_changed", about, facts)])


@on(SellerApplied)
async def seller_applied(event: SellerApplied, tx: Tx) -> None:
    admins = await people.with_role(tx, "store_admin")
    about = f"{event.seller_id} {event.timestamp.isoformat()}"
    await people.tell(tx, [Note.new(admin.id, "seller_applied", about, {"name": event.name}) for admin in admins])


@on(SellerDecided)
async def seller_decided(event: SellerDecided, tx: Tx) -> None:
    about = f"{event.seller_id} {event.timestamp.isoformat()} {event.decision}"
    note = Note.new(event.user_id, f"seller_{event.decision}", about, {"name": event.name, "note": event.note})
    await people.tell(tx, [note])
    if person := await people.person(tx, event.user_id):
        text = words_of(note)[0].strip()
        await _write_account(tx, "seller_decided", event.user_id, person.email, about, {"text": text})


@on(UserCreated, UserUpdated)
async def keep_person(event: UserState, tx: Tx) -> None:
    await people.save(tx, [event])


@on(SellerCreated)
async def seller_created(event: SellerCreated, tx: Tx) -> None:
    await low_stock.save_seller(tx, event.seller_id, event.user_id)


@on(SellerUpdated)
async def seller_updated(event: SellerUpdated, tx: Tx) -> None:
    await low_stock.save_seller(tx, event.seller_id, event.user_id)


@on_batch(ProductLowStock)
async def became_low(events: list[ProductLowStock], tx: Tx) -> None:
    """Told a little later, with all else that becomes low until then."""
    if not await low_stock.gathering(tx):
        tx.emit(LowStockDigestDue(), key=str(tx.store_id), at=datetime.now(UTC) + GATHERED)
    latest = {event.variant_id: event for event in events}
    await low_stock.gather(
        tx,
        [
            LowVariant(
                variant_id=event.variant_id,
                seller_id=event.seller_id,
                sku=event.sku,
                title=event.title,
                available=event.available,
                threshold=event.threshold,
            )
            for event in latest.values()
        ],
    )


@on(LowStockDigestDue)
async def tell_low_stock(event: LowStockDigestDue, tx: Tx) -> None:
    """Admins and warehouse managers of all of it, sellers of what is theirs; by mail and in the application."""
    low = await low_stock.take(tx)
    readers = {person.id: (person, low) for person in await people.with_role(tx, "store_admin", "warehouse_manager")}
    for seller_id, user_id in (await low_stock.accounts(tx, list({variant.seller_id for variant in low}))).items():
        person = await people.person(tx, user_id)
        if person is not None:
            readers.setdefault(user_id, (person, [variant for variant in low if variant.seller_id == seller_id]))
    if low:
        await _tell_low_stock(tx, list(readers.values()))


async def _tell_low_stock(tx: Tx, readers: Sequence[tuple[Person, Sequence[LowVariant]]]) -> None:
    about = str(uuid7())
    notes = []
    for person, low in readers:
        facts = low_stock_facts(low)
        notes.append(Note.new(person.id, "low_stock", about, {"what": facts["what"]}))
        await _write_account(tx, "low_stock", person.id, person.email, f"{about} {person.id}", facts)
    await people.tell(tx, notes)


@on(CartAbandoned)
async def cart_left(event: CartAbandoned, tx: Tx) -> None:
    """To those who still have an account and want such mails."""
    person = await people.person(tx, event.user_id)
    if person is None or not await choices.wants_reminders(tx, person.id):
        return
    facts = {
        "name": person.name,
        "lines": [
            {"title": line.title, "quantity": line.quantity, "total": line.unit_price * line.quantity}
            for line in event.lines
        ],
        "currency": event.currency,
        "stop": _stop_link(tx, person.id),
    }
    about = f"{event.cart_id} {event.timestamp.isoformat()}"
    await _write_account(tx, "cart_left", person.id, person.email, about, facts)


def _stop_link(tx: Tx, person_id: UUID) -> str:
    assert tx.store_id is not None
    return f"/reminders?person={person_id}&token={stop_token(tx.settings.secret, tx.store_id, person_id)}"


@on(SignupCodeIssued)
async def signup_code_issued(event: SignupCodeIssued, tx: Tx) -> None:
    """In the platform's own name, as the event is."""
    facts = {"code": event.code, "until": event.expires_at.strftime("%H:%M UTC")}
    subject = "Your code to open a store"
    await _write_one(tx, "signup_code", event.signup_id, event.email, str(event.code_id), facts, subject)


@on(SubscriptionChanged)
async def subscription_changed(event: SubscriptionChanged, tx: Tx) -> None:
    """From the platform to whoever pays for a store: not a mail of that store's."""
    store, invoice = event.store, event.invoice
    facts = {
        "change": event.change,
        "store_name": store.name,
        "host": store.hosts[0],
        "plan": event.plan,
        "until": event.until.strftime("%-d %B %Y"),
        "invoice": msgspec.to_builtins(invoice) if invoice else None,
    }
    subject = SUBSCRIPTION_SUBJECTS[event.change].format(store=store.name)
    about = f"{store.id} {event.change} {event.timestamp.isoformat()} {invoice.number if invoice else ''}"
    await tx.enter(NO_STORE)
    await _write_one(tx, "subscription", store.id, event.email, about, facts, subject)


async def _write_account(
    tx: Tx, template: AccountTemplate, key: UUID, recipient: str, about: str, facts: dict[str, Any]
) -> None:
    await _write_one(tx, template, key, recipient, about, facts, ACCOUNT_SUBJECTS[template].format_map(facts))


async def _write_one(
    tx: Tx, template: Template, key: UUID, recipient: str, about: str, facts: dict[str, Any], subject: str
) -> None:
    mail = Notification(
        id=uuid7(),
        template=template,
        about=about,
        facts=facts,
        recipient=recipient,
        subject=subject,
        status=_status(tx, recipient),
        created_at=datetime.now(UTC),
    )
    assert tx.store_id is not None
    await queries.insert(tx, [(tx.store_id, mail)])
    if mail.status == "queued":
        tx.emit(MailDue(notification_id=mail.id), key=key)


def _status(tx: Tx, recipient: str) -> Status:
    """Without a mail server the mails are kept for the mailbox page."""
    return "queued" if tx.settings.smtp_url and mailable(recipient) else "kept"


async def _write(
    tx: Tx,
    template: OrderTemplate,
    about: Sequence[tuple[UUID, str, dict[str, Any], Event]],
    addressees: Mapping[UUID, Addressee] | None = None,
) -> None:
    """`addressees` by order, where they are known already."""
    orders = addressees or await queries.addressees(tx, [order_id for order_id, *_ in about])
    new = [
        Notification(
            id=uuid7(),
            order_id=order_id,
            template=template,
            about=detail,
            facts=facts,
            recipient=orders[order_id].email,
            subject=subject_of(template, orders[order_id].number),
            status=_status(tx, orders[order_id].email),
            created_at=datetime.now(UTC),
        )
        for order_id, detail, facts, _ in about
    ]
    await queries.insert(tx, [(tx.store_of(event), mail) for mail, (*_, event) in zip(new, about, strict=True)])
    for notification, (order_id, _, _, event) in zip(new, about, strict=True):
        if notification.status == "queued":
            tx.emit(MailDue(notification_id=notification.id), key=order_id, because=event)
