"""Mails by SMTP: handed over once, to a server that does not always agree."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.harness import Alone, eventually
from tests.makers import confirmed
from tests.services.notifications.codes import CODE, a_code
from tests.services.notifications.mails import mails_of, ordered
from tests.services.notifications.postbox import Postbox, a_buyer, arrived, is_sent, kept_of, listening, mailing
from tradehall.contracts.notifications import DeliveryDue, MailDue, NotificationSent
from tradehall.contracts.orders import OrderShipped
from tradehall.contracts.values import encode
from tradehall.kernel.bus import Message
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings
from tradehall.services.notifications.channels import Parcel
from tradehall.services.notifications.channels.email import message_of
from tradehall.services.notifications.rendering import Mail


@pytest.fixture(scope="module")
async def box() -> AsyncIterator[Postbox]:
    async with listening() as box:
        yield box


@pytest.fixture(scope="module")
async def it(box: Postbox, servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    async with mailing(box, servers, Path(tmp_path_factory.mktemp("alone"))) as harness:
        yield harness


async def due_again(it: Alone, delivery_id: UUID) -> None:
    """Hands the task out once more, as a broker may."""
    task = DeliveryDue(delivery_id=delivery_id)
    message = Message(uuid7(), "notifications", "DeliveryDue", str(delivery_id), it.store.id, encode(task))
    await it.running.bus.publish([message])


async def test_a_code_goes_to_its_reader_and_is_kept_no_longer(it: Alone, box: Postbox) -> None:
    event = a_code(it, expires_at=datetime.now(UTC) + timedelta(minutes=15))
    await it.given(event, key=event.user_id)

    async def gone() -> Any:
        return await it.sql(
            "SELECT n.* FROM notifications n JOIN deliveries d ON d.notification_id = n.id "
            "WHERE n.recipient = $1 AND d.status = 'sent'",
            event.email,
        )

    (row,) = await eventually(gone)
    (message,) = box.to(event.email)
    for part in ("plain", "html"):
        body = message.get_body((part,))
        assert body is not None
        assert CODE in body.get_content()
    assert "code" not in row["facts"]
    mail = (await it.client().get(f"/api/v1/mailbox/{row['id']}")).json()
    assert CODE not in str(mail)


async def test_a_mail_is_handed_over_once_and_told_of(it: Alone, box: Postbox) -> None:
    order = await a_buyer(it)
    (message,) = await arrived(box, order)
    row = await is_sent(it, order)
    assert row["sent_at"] is not None
    assert row["attempts"] == 1
    told = [e for e in await it.published(NotificationSent) if e.order_id == order.order_id]
    assert [(e.notification_id, e.template) for e in told] == [(row["notification_id"], "order_placed")]
    await it.idle()
    assert box.to(order.email) == [message]
    assert [mail["status"] for mail in await mails_of(it, order)] == ["sent"]


async def test_headers_say_what_a_mail_program_needs(it: Alone, box: Postbox) -> None:
    order = await a_buyer(it)
    (message,) = await arrived(box, order)
    row = await is_sent(it, order)
    assert message["From"] == "Alpha <shop@mail.example>"
    assert message["To"] == order.email
    assert message["Subject"] == f"We have your order {order.number}"
    assert message["Message-ID"] == f"<{row['notification_id']}@mail.example>"
    assert message["Date"].datetime == row["created_at"].replace(microsecond=0)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    shown = (await mails_of(it, order))[0]
    assert text.get_content().replace("\r\n", "\n") == shown["text"]
    assert html.get_content().replace("\r\n", "\n").strip() == shown["html"].strip()
    (sender,) = {envelope for envelope, recipients, _ in box.got if order.email in recipients}
    assert sender == "shop@mail.example"


async def test_it_is_tried_again_after_a_refusal_under_the_same_id(it: Alone, box: Postbox) -> None:
    email = f"b{uuid7().hex}@example.org"
    box.refusals[email] = ["451 later, please"]
    order = await a_buyer(it, email=email)
    (message,) = await arrived(box, order)
    row = await is_sent(it, order)
    assert row["attempts"] == 2
    assert message["Message-ID"] == f"<{row['notification_id']}@mail.example>"


async def test_a_dead_mail_server_delays_and_does_not_lose(it: Alone, box: Postbox) -> None:
    email = f"b{uuid7().hex}@example.org"
    box.refusals[email] = ["421 closing"]
    order = await a_buyer(it, email=email)
    await it.stop()
    await it.start()
    assert len(await arrived(box, order)) == 1
    await is_sent(it, order)


async def test_a_task_handed_out_again_sends_nothing(it: Alone, box: Postbox) -> None:
    order = await a_buyer(it)
    row = await is_sent(it, order)
    for _ in range(3):
        await due_again(it, row["id"])
    await it.idle()
    assert len(box.to(order.email)) == 1
    assert (await kept_of(it, order))["attempts"] == 1


async def test_a_task_handed_out_while_it_is_at_work_sends_nothing(it: Alone, box: Postbox) -> None:
    box.open.clear()
    talks = box.talking
    order = await a_buyer(it)

    async def at_work() -> bool:
        return box.talking > talks

    async def put_off() -> Any:
        return await it.sql(
            "SELECT 1 FROM outbox WHERE type = 'DeliveryDue' AND available_at > now() AND payload LIKE $1",
            f"%{row['id']}%",
        )

    await eventually(at_work)
    row = await kept_of(it, order)
    await due_again(it, row["id"])
    await eventually(put_off)
    box.open.set()
    await is_sent(it, order)
    assert box.talking == talks + 1
    assert len(box.to(order.email)) == 1
    await it.sql("UPDATE outbox SET available_at = now() WHERE payload LIKE $1", f"%{row['id']}%")
    await it.idle()
    assert len(box.to(order.email)) == 1


async def test_what_a_dead_process_had_in_hand_is_sent_when_its_lease_ends(it: Alone, box: Postbox) -> None:
    order = await a_buyer(it)
    row = await is_sent(it, order)
    box.got.clear()
    await it.sql(
        "UPDATE deliveries SET status = 'sending', sent_at = NULL, claimed_until = now() + interval '0.4 s' "
        "WHERE id = $1",
        row["id"],
    )
    await due_again(it, row["id"])
    (message,) = await arrived(box, order)
    assert message["Message-ID"] == f"<{row['notification_id']}@mail.example>"
    assert (await is_sent(it, order))["attempts"] == 2


async def test_redelivered_events_send_nothing_twice(it: Alone, box: Postbox) -> None:
    order = await a_buyer(it)
    parcels = [
        OrderShipped(order_id=order.order_id, shipment_id=uuid7(), carrier="Gull", tracking_number=f"G-{i}")
        for i in range(2)
    ]
    for event in (confirmed(order), *parcels):
        await it.given(event, key=order.order_id)
    messages = await arrived(box, order, 4)
    assert len({message["Message-ID"] for message in messages}) == 4
    await it.redeliver(it.sent)
    for event in parcels:  # told again, as another event
        await it.given(event, key=order.order_id)
    await it.idle()
    assert len(box.to(order.email)) == 4


@pytest.mark.parametrize("email", ["x@=?utf-8?q?a=0ABcc:y?=.example", "a,b@example.org", "a:b@example.org;"])
async def test_an_address_that_is_none_is_kept_and_not_mailed(it: Alone, box: Postbox, email: str) -> None:
    before = len(box.got)
    order = await ordered(it, email=email)
    await it.idle()
    assert [mail["status"] for mail in await mails_of(it, order)] == ["kept"]
    assert len(box.got) == before


async def test_nothing_was_given_up(it: Alone) -> None:
    assert await it.dead_letters() == []


INJECTIONS = [
    "Shop\r\nBcc: evil@example.org",
    "Shop\nBcc: evil@example.org\n\nBody",
    "Shop\u2028Bcc: evil@example.org",
    "Shop\x85Bcc: evil@example.org\x00\x0b\x0c",
    '"Shop" <evil@example.org>, "',
    "Shop <evil@example.org>",
    "a@b.c, Shop",
    "=?utf-8?q?a=0ABcc:evil=40example.org?=",
    "=?utf-8?q?a=0D=0ABcc:_evil=40example.org?= shop",
    "=\n?utf-8?q?a=0ABcc:evil?=",
    "\\",
    "",
    "ÜÑÍ " * 20,
]


@pytest.mark.parametrize("text", INJECTIONS)
def test_no_text_becomes_a_header(text: str) -> None:
    parcel = Parcel(
        id=uuid7(),
        notification_id=uuid7(),
        recipient="ada@example.org",
        sender=text,
        mail=Mail(text, "text", "<p>html</p>", "", "http://x"),
    )
    settings = Settings(mail_from="shop@mail.example")
    message = message_of(parcel, datetime.now(UTC), settings)
    names = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Correlation-Id", "MIME-Version"}
    for raw in (message.as_bytes(), message.as_bytes(policy=policy.SMTP)):
        read = message_from_bytes(raw, policy=policy.default)
        assert set(read.keys()) == {*names, "Content-Type"}
        assert len(read.keys()) == len(names) + 1
        assert [address.addr_spec for address in read["From"].addresses] == ["shop@mail.example"]
        assert [address.addr_spec for address in read["To"].addresses] == ["ada@example.org"]
        assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]


async def test_what_was_due_before_an_upgrade_goes_out(it: Alone, box: Postbox) -> None:
    order = await a_buyer(it)
    row = await is_sent(it, order)
    await it.sql("UPDATE deliveries SET status = 'queued', sent_at = NULL WHERE id = $1", row["id"])
    task = MailDue(notification_id=row["notification_id"])
    await it.running.bus.publish([Message(uuid7(), "notifications", "MailDue", "x", it.store.id, encode(task))])
    assert len(await arrived(box, order, 2)) == 2
    await is_sent(it, order)
