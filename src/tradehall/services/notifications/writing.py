"""Writing down what is to be told, to whom and by which ways; in the transaction of what it is about."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

import phonenumbers

from tradehall.contracts.notifications import Channel, DeliveryDue
from tradehall.contracts.values import Event
from tradehall.kernel.db import Tx
from tradehall.kernel.ids import uuid7
from tradehall.services.notifications import queries
from tradehall.services.notifications.accounts import platform_keys
from tradehall.services.notifications.languages import default_subject, order_subject
from tradehall.services.notifications.model import (
    KINDS,
    LASTS,
    Addressee,
    Choices,
    Delivery,
    DeliveryStatus,
    Note,
    Notification,
    OrderTemplate,
    Person,
    Template,
    mailable,
    wants,
)
from tradehall.services.notifications.queries import choices, people, readers, wordings


class AboutOrder(NamedTuple):
    """`about` tells two of one template apart."""

    order_id: UUID
    event: Event
    about: str = ""
    facts: Mapping[str, Any] = MappingProxyType({})


async def write(
    tx: Tx,
    template: OrderTemplate,
    told: Sequence[AboutOrder],
    addressees: Mapping[UUID, Addressee] | None = None,
) -> None:
    """By mail alone, and whatever the reader chose: of many stores at once. `addressees` where they are known already."""
    known = addressees or await queries.addressees(tx, [one.order_id for one in told])
    await _keep(tx, template, [(one, known[one.order_id]) for one in told])


async def write_by_all_ways(tx: Tx, template: OrderTemplate, told: Sequence[AboutOrder]) -> None:
    """By those the reader has and wants; of one store."""
    known = await readers.of_orders(tx, [one.order_id for one in told])
    await _keep(tx, template, [(one, known[one.order_id]) for one in told])
    kind = KINDS[template]
    if "in_app" in kind.ways:
        await people.tell(
            tx,
            [
                Note.new(reader.customer_id, template, f"{one.order_id} {one.about}", _note_facts(one, reader))
                for one in told
                if (reader := known[one.order_id]).customer_id and wants(reader.chosen, template, "in_app")
            ],
        )


def _note_facts(one: AboutOrder, reader: Addressee) -> dict[str, Any]:
    plain = {name: value for name, value in one.facts.items() if isinstance(value, str | int)}
    return {"number": reader.number, "order_id": str(one.order_id), **plain}


async def _keep(tx: Tx, template: OrderTemplate, told: Sequence[tuple[AboutOrder, Addressee]]) -> None:
    new: list[tuple[UUID, Notification]] = []
    ways: list[tuple[UUID, Delivery]] = []
    due: list[tuple[AboutOrder, Delivery]] = []
    for one, reader in told:
        written = Notification(
            id=uuid7(),
            order_id=one.order_id,
            person_id=reader.customer_id,
            template=template,
            about=one.about,
            facts=dict(one.facts),
            recipient=reader.email,
            subject=order_subject(template, reader.locale, reader.number),
            locale=reader.locale,
            created_at=datetime.now(UTC),
        )
        store_id = tx.store_of(one.event)
        new.append((store_id, written))
        for delivery in deliveries_of(tx, written, reader):
            ways.append((store_id, delivery))
            if delivery.status == "queued":
                due.append((one, delivery))
    await queries.insert(tx, new, ways)
    for one, delivery in due:
        tx.emit(DeliveryDue(delivery_id=delivery.id), key=one.order_id, because=one.event)


def deliveries_of(tx: Tx, written: Notification, reader: Addressee, *, lasts: datetime | None = None) -> list[Delivery]:
    """None by a way that nobody is found by, or that the installation does not have. A mail that is not wanted is noted as such,
    so that the mailbox does not have it either."""
    chosen = reader.chosen
    found = []
    for channel, target, recipient in _ways(tx, written.template, reader):
        wanted = wants(chosen, written.template, channel)
        status: DeliveryStatus = "skipped" if not wanted else "delivered" if channel == "in_app" else "queued"
        if (not wanted and channel == "sms") or (wanted and channel == "email" and not _by_mail(tx, recipient)):
            continue
        found.append(
            Delivery(
                id=uuid7(),
                notification_id=written.id,
                channel=channel,
                target=target,
                recipient=recipient,
                status=status,
                error="" if wanted else "not wanted by its reader",
                expires_at=lasts or written.created_at + LASTS,
                created_at=written.created_at,
            )
        )
    return found


def _by_mail(tx: Tx, address: str) -> bool:
    return bool(tx.settings.smtp_url) and mailable(address)


def _ways(tx: Tx, template: Template, reader: Addressee) -> list[tuple[Channel, str, str]]:
    kind = KINDS[template]
    every = kind.always | kind.ways
    found: list[tuple[Channel, str, str]] = []
    if "email" in every:
        found.append(("email", "", reader.email))
    has_sms = reader.has_sms or platform_keys(tx.settings) is not None
    if "sms" in every and has_sms and (number := phone_of(reader.phone, reader.country)):
        found.append(("sms", "", number))
    if "push" in every:
        found += [("push", str(device), "") for device in reader.devices]
    if "in_app" in every and reader.customer_id:
        found.append(("in_app", "", ""))
    return found


def phone_of(typed: str, country: str) -> str:
    """E.164, "" for what is no number of that country."""
    try:
        number = phonenumbers.parse(typed, country or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


async def write_account(
    tx: Tx,
    template: Template,
    key: UUID,
    recipient: str,
    about: str,
    facts: dict[str, Any],
    *,
    locale: str = "",
    person: UUID | None = None,
    phone: str = "",
    lasts: datetime | None = None,
) -> None:
    """About an account, or from the platform. `key`: in whose order it is sent. `lasts`: until when it is of use."""
    assert tx.store_id is not None
    written = Notification(
        id=uuid7(),
        person_id=person,
        template=template,
        about=about,
        facts=facts,
        recipient=phone or recipient,
        subject=default_subject(template, locale, facts=facts),
        locale=locale,
        created_at=datetime.now(UTC),
    )
    kind = KINDS[template]
    reader = Addressee(
        number="",
        email=recipient,
        customer_id=person,
        phone=phone,
        devices=[one.id for one in await readers.devices(tx, person)] if person and "push" in kind.ways else [],
        choices=_listed(await choices.of_reader(tx, person)) if person and kind.ways else [],
        has_sms=bool(phone) and await wordings.sms_account(tx) is not None,
    )
    ways = deliveries_of(tx, written, reader, lasts=lasts)
    await queries.insert(tx, [(tx.store_id, written)], [(tx.store_id, delivery) for delivery in ways])
    for delivery in ways:
        if delivery.status == "queued":
            tx.emit(DeliveryDue(delivery_id=delivery.id), key=key)


def _listed(chosen: Choices) -> list[Any]:
    return [(group, channel, wanted) for (group, channel), wanted in chosen.items()]


async def tell(
    tx: Tx,
    person: Person,
    template: Template,
    key: UUID,
    about: str,
    facts: dict[str, Any],
    *,
    note: Note | None = None,
) -> None:
    """By mail, and with a note where the reader wants that too."""
    await write_account(tx, template, key, person.email, about, facts, person=person.id)
    if note is not None and wants(await choices.of_reader(tx, person.id), template, "in_app"):
        await people.tell(tx, [note])
