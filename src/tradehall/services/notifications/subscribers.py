"""Each step of an order that its buyer wants to know of becomes a message, once; so does each code for an account."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

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
    UserPhoneChanged,
    UserState,
    UserUpdated,
)
from tradehall.contracts.inventory import ProductLowStock
from tradehall.contracts.notifications import LowStockDigestDue
from tradehall.contracts.orders import (
    OrderCancelled,
    OrderConfirmed,
    OrderDelivered,
    OrderPlaced,
    OrderShipped,
    ParcelDelivered,
    ReturnUpdated,
    SaleReduced,
)
from tradehall.contracts.payments import PaymentUpdated
from tradehall.contracts.reviews import ReviewInvited
from tradehall.contracts.stores import SignupCodeIssued, SubscriptionChanged
from tradehall.kernel.db import Tx
from tradehall.kernel.ids import NO_STORE, uuid7
from tradehall.kernel.service import on, on_batch
from tradehall.services.notifications import queries
from tradehall.services.notifications.languages import ENGLISH, note_words
from tradehall.services.notifications.model import (
    Addressee,
    LowVariant,
    Note,
    Person,
    low_stock_facts,
    reduced_facts,
)
from tradehall.services.notifications.queries import low_stock, people
from tradehall.services.notifications.writing import AboutOrder, tell, write, write_account, write_by_all_ways

GATHERED = timedelta(seconds=60)  # what becomes low within it is told of together


@on_batch(OrderPlaced, across=True, patient=True)
async def placed(events: list[OrderPlaced], tx: Tx) -> None:
    await queries.save_orders(tx, events)
    addressees = {event.order_id: Addressee.of(event) for event in events}
    await write(tx, "order_placed", [AboutOrder(event.order_id, event) for event in events], addressees)


@on_batch(OrderConfirmed, across=True, patient=True)
async def confirmed(events: list[OrderConfirmed], tx: Tx) -> None:
    await write(tx, "order_confirmed", [AboutOrder(event.order_id, event) for event in events])


@on_batch(OrderShipped)
async def shipped(events: list[OrderShipped], tx: Tx) -> None:
    await write_by_all_ways(
        tx,
        "order_shipped",
        [
            AboutOrder(
                event.order_id,
                event,
                str(event.shipment_id),
                {"carrier": event.carrier, "tracking_number": event.tracking_number},
            )
            for event in events
        ],
    )


@on(ParcelDelivered)
async def parcel_delivered(event: ParcelDelivered, tx: Tx) -> None:
    """Not of an order's last parcel: that the whole order has arrived is told then."""
    parcels, arrived = await queries.order_of_parcels(tx, event.order_id)
    if arrived + 1 < parcels:
        about = AboutOrder(event.order_id, event, str(event.shipment_id))
        await write_by_all_ways(tx, "parcel_delivered", [about])


@on_batch(OrderDelivered)
async def delivered(events: list[OrderDelivered], tx: Tx) -> None:
    await write_by_all_ways(tx, "order_delivered", [AboutOrder(event.order_id, event) for event in events])


@on_batch(OrderCancelled)
async def cancelled(events: list[OrderCancelled], tx: Tx) -> None:
    told = [AboutOrder(event.order_id, event, "", {"reason": event.cancellation_reason}) for event in events]
    await write_by_all_ways(tx, "order_cancelled", told)


@on(SaleReduced, when=lambda event: not event.whole)
async def reduced(event: SaleReduced, tx: Tx) -> None:
    """What is cancelled as a whole is told by OrderCancelled."""
    order = (await queries.orders(tx, [event.order_id])).get(event.order_id)
    facts = reduced_facts(event, order)
    await write_by_all_ways(tx, "order_reduced", [AboutOrder(event.order_id, event, str(event.reduction_id), facts)])


@on(ReturnUpdated, when=lambda event: event.status in ("approved", "refused"))
async def return_answered(event: ReturnUpdated, tx: Tx) -> None:
    """What was received is told by what the order is less by."""
    facts = {"status": event.status, "answer": event.answer}
    about = f"{event.return_id} {event.status}"
    await write_by_all_ways(tx, "return_answered", [AboutOrder(event.order_id, event, about, facts)])


REFUND_FAILED = "A refund failed"  # as payments begins its note


def _about_refund(event: PaymentUpdated) -> bool:
    return event.refunded > 0 or event.note.startswith(REFUND_FAILED)


@on(PaymentUpdated, when=_about_refund)
async def refunded(event: PaymentUpdated, tx: Tx) -> None:
    """Each amount that went back, once; the same is told again with each change of the payment."""
    told = await queries.refund_told(tx, event.order_id, event.payment_id)
    if event.refunded > told:
        facts = {"amount": event.refunded - told, "refunded": event.refunded}
        about = f"{event.payment_id} {event.refunded}"
        await write_by_all_ways(tx, "refund_done", [AboutOrder(event.order_id, event, about, facts)])
    elif event.note.startswith(REFUND_FAILED) and event.status not in ("refunding", "refunded"):
        about = f"{event.payment_id} {event.refunded}"
        await write_by_all_ways(tx, "refund_failed", [AboutOrder(event.order_id, event, about)])


@on(ReviewInvited)
async def review_invited(event: ReviewInvited, tx: Tx) -> None:
    facts = {"titles": event.titles}
    await write_by_all_ways(tx, "review_invited", [AboutOrder(event.order_id, event, "", facts)])


@on(UserCodeIssued)
async def code_issued(event: UserCodeIssued, tx: Tx) -> None:
    await write_account(
        tx,
        event.purpose,
        event.user_id,
        event.email,
        str(event.code_id),
        {"code": event.code, "until": event.expires_at.isoformat()},
        locale=event.locale,
        phone=event.phone,
        lasts=event.expires_at,
    )


@on(StaffInvited)
async def staff_invited(event: StaffInvited, tx: Tx) -> None:
    await write_account(
        tx,
        "staff_invitation",
        event.invitation_id,
        event.email,
        str(event.invitation_id),
        {"code": event.token, "roles": event.roles, "until": event.expires_at.isoformat()},
        locale=event.locale,
        lasts=event.expires_at,
    )


@on(UserEmailChanged)
async def email_changed(event: UserEmailChanged, tx: Tx) -> None:
    """To the old address: whoever reads it may not have wanted that."""
    about = f"{event.user_id} {event.timestamp.isoformat()}"
    facts = {"new_email": event.new_email}
    person = Person(id=event.user_id, email=event.old_email, name="", roles=[])
    note = Note.new(event.user_id, "email_changed", about, facts)
    await tell(tx, person, "email_changed", event.user_id, about, facts, note=note)


@on(SellerApplied)
async def seller_applied(event: SellerApplied, tx: Tx) -> None:
    admins = await people.with_role(tx, "store_admin")
    about = f"{event.seller_id} {event.timestamp.isoformat()}"
    await people.tell(tx, [Note.new(admin.id, "seller_applied", about, {"name": event.name}) for admin in admins])


@on(SellerDecided)
async def seller_decided(event: SellerDecided, tx: Tx) -> None:
    about = f"{event.seller_id} {event.timestamp.isoformat()} {event.decision}"
    kind, said = f"seller_{event.decision}", {"name": event.name, "note": event.note}
    note = Note.new(event.user_id, kind, about, said)
    person = await people.person(tx, event.user_id)
    if person is None:
        await people.tell(tx, [note])
        return
    text = note_words(kind, said, ENGLISH).strip()
    facts = {"text": text, "decision": event.decision, **said}
    await tell(tx, person, "seller_decided", event.user_id, about, facts, note=note)


@on(UserCreated, UserUpdated)
async def keep_person(event: UserState, tx: Tx) -> None:
    await people.save(tx, [event])


@on(UserPhoneChanged)
async def keep_phone(event: UserPhoneChanged, tx: Tx) -> None:
    await people.save_phone(tx, event.user_id, event.phone or "")


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
    for person, low in readers:
        facts = low_stock_facts(low)
        note = Note.new(person.id, "low_stock", about, {"what": facts["what"]})
        await tell(tx, person, "low_stock", person.id, f"{about} {person.id}", facts, note=note)


@on(CartAbandoned)
async def cart_left(event: CartAbandoned, tx: Tx) -> None:
    """To those who still have an account and want such messages."""
    person = await people.person(tx, event.user_id)
    if person is None:
        return
    facts = {
        "name": person.name,
        "lines": [
            {"title": line.title, "quantity": line.quantity, "total": line.unit_price * line.quantity}
            for line in event.lines
        ],
        "currency": event.currency,
    }
    about = f"{event.cart_id} {event.timestamp.isoformat()}"
    await write_account(tx, "cart_left", person.id, person.email, about, facts, person=person.id)


@on(SignupCodeIssued)
async def signup_code_issued(event: SignupCodeIssued, tx: Tx) -> None:
    """In the platform's own name, as the event is."""
    facts = {"code": event.code, "until": event.expires_at.isoformat()}
    about = str(event.code_id)
    await write_account(tx, "signup_code", event.signup_id, event.email, about, facts, lasts=event.expires_at)


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
    about = f"{store.id} {event.change} {event.timestamp.isoformat()} {invoice.number if invoice else ''}"
    await tx.enter(NO_STORE)
    await write_account(tx, "subscription", store.id, event.email, about, facts)
