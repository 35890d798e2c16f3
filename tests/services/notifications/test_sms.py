"""SMS: handed to the provider once, whatever it answers, and what it tells of them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from tests.harness import Alone, alone, eventually
from tests.makers import an_address
from tests.services.notifications.carriers import HANG_UP, SmsProvider, listening, refusal
from tests.services.notifications.codes import CODE, a_code
from tests.services.notifications.mails import ordered
from tradehall.app import load
from tradehall.contracts.identity import UserCreated, UserPhoneChanged
from tradehall.contracts.notifications import DeliveryDue, NotificationDelivered, NotificationFailed, NotificationSent
from tradehall.contracts.orders import OrderPlaced, OrderShipped
from tradehall.contracts.values import encode
from tradehall.kernel.bus import Message
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings
from tradehall.services.notifications.channels.sms import sign
from tradehall.services.notifications.model import pause, reader_of, stop_token

FROM = "+15550001111"
numbers = iter(f"+49401234{n:04d}" for n in range(1000, 9999))


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[SmsProvider]:
    provider = SmsProvider()
    async with listening(provider.answer) as provider.port:
        yield provider


@pytest.fixture(scope="module")
async def it(
    provider: SmsProvider, servers: Settings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Alone]:
    (service,) = load(["notifications"])
    changes: dict[str, Any] = {
        "sms_url": f"http://127.0.0.1:{provider.port}",
        "sms_account": provider.account,
        "sms_token": provider.token,
        "sms_from": FROM,
    }
    async with alone(service, servers, Path(tmp_path_factory.mktemp("alone")), **changes) as harness:
        yield harness


async def coded(it: Alone, number: str, **changes: Any) -> UUID:
    """A code on its way to a number; the id of its delivery."""
    facts = {"purpose": "phone_verification", "expires_at": datetime.now(UTC) + timedelta(minutes=15)}
    event = a_code(it, phone=number, **(facts | changes))
    await it.given(event, key=event.user_id)
    (row,) = await it.sql("SELECT id FROM deliveries WHERE recipient = $1", number)
    found: UUID = row["id"]
    return found


async def state(it: Alone, delivery_id: UUID, *wanted: str) -> Any:
    async def reached() -> Any:
        (row,) = await it.sql("SELECT * FROM deliveries WHERE id = $1", delivery_id)
        return row if row["status"] in wanted else None

    return await eventually(reached)


async def told(it: Alone, message: dict[str, str], status: str, **changes: str) -> httpx.Response:
    """As the provider does, signed with the account's token."""
    url = changes.pop("url", message["callback"])
    fields = {"MessageSid": message["sid"], "MessageStatus": status, "To": message["to"], **changes}
    fields |= {"ErrorCode": "30005"} if status in ("failed", "undelivered") else {}
    signature = sign(changes.get("token", "twilioTokenOfTheTests"), url, fields)
    path = url.removeprefix(f"http://alpha.localhost:{it.running.settings.port}")
    return await it.client().post(path, data=fields, headers={"x-twilio-signature": signature})


async def test_a_code_goes_to_its_number_and_is_told_of_until_it_has_arrived(it: Alone, provider: SmsProvider) -> None:
    number = next(numbers)
    id = await coded(it, number)
    row = await state(it, id, "sent")
    (message,) = provider.to(number)
    assert (message["from"], message["sid"]) == (FROM, row["provider_id"])
    assert message["body"].startswith(f"Alpha: {CODE} is your code")
    assert "code" not in (await it.sql("SELECT facts FROM notifications WHERE id = $1", row["notification_id"]))[0][0]
    for status in ("sending", "delivered", "sent", "delivered"):
        assert (await told(it, message, status)).status_code == 204
    assert (await state(it, id, "delivered"))["delivered_at"] is not None
    assert (await told(it, message, "failed")).status_code == 204
    assert (await state(it, id, "delivered"))["error"] == "", "what has arrived has arrived"
    for event in (NotificationSent, NotificationDelivered):
        (one,) = [e for e in await it.published(event) if e.notification_id == row["notification_id"]]
        assert (one.channel, one.template) == ("sms", "phone_verification")


async def test_what_was_taken_and_not_brought_has_failed(it: Alone, provider: SmsProvider) -> None:
    number = next(numbers)
    id = await coded(it, number)
    row = await state(it, id, "sent")
    (message,) = provider.to(number)
    await told(it, message, "undelivered")
    assert (await state(it, id, "failed"))["error"] == "not brought: 30005"
    (one,) = [e for e in await it.published(NotificationFailed) if e.notification_id == row["notification_id"]]
    assert one.reason == "undelivered"


@pytest.mark.parametrize("wrong", ["signature", "token", "url", "status"])
async def test_what_is_not_signed_so_is_not_believed(it: Alone, provider: SmsProvider, wrong: str) -> None:
    number = next(numbers)
    id = await coded(it, number)
    await state(it, id, "sent")
    (message,) = provider.to(number)
    if wrong == "token":
        answer = await told(it, message, "delivered", token="another")
    elif wrong == "url":
        fields = {"MessageSid": message["sid"], "MessageStatus": "delivered"}
        signature = sign(provider.token, "http://alpha.localhost/elsewhere", fields)
        path = httpx.URL(message["callback"]).path
        answer = await it.client().post(path, data=fields, headers={"x-twilio-signature": signature})
    else:
        fields = {"MessageSid": message["sid"], "MessageStatus": "sent"}
        signature = sign(provider.token, message["callback"], fields) if wrong == "status" else "bm8="
        fields["MessageStatus"] = "delivered"
        path = httpx.URL(message["callback"]).path
        answer = await it.client().post(path, data=fields, headers={"x-twilio-signature": signature})
    assert answer.status_code == 401
    assert (await state(it, id, "sent"))["status"] == "sent"


@pytest.mark.parametrize(
    "answers",
    [
        [refusal(429, 20429)],
        [refusal(503, 20503), refusal(500, 20500)],
        [refusal(401, 20003)],
        [HANG_UP],
    ],
    ids=["too many", "down", "account", "hung up"],
)
async def test_refused_for_now_it_is_tried_again_and_sent_once(
    it: Alone, provider: SmsProvider, answers: list[Any]
) -> None:
    number = next(numbers)
    provider.refusals[number] = list(answers)
    row = await state(it, await coded(it, number), "sent")
    assert row["attempts"] == len(answers) + 1
    assert len(provider.to(number)) == 1


async def test_taken_without_an_answer_it_is_found_again_and_not_sent_again(it: Alone, provider: SmsProvider) -> None:
    number = next(numbers)
    provider.lost.add(number)
    row = await state(it, await coded(it, number), "sent")
    (message,) = provider.to(number)
    assert (row["attempts"], row["provider_id"]) == (2, message["sid"])


async def test_refused_for_good_it_is_given_up(it: Alone, provider: SmsProvider) -> None:
    number = next(numbers)
    provider.refusals[number] = [refusal(400, 21211)]
    id = await coded(it, number)
    assert (await state(it, id, "failed"))["error"] == "the SMS provider refused it: 21211"
    assert provider.to(number) == []
    answer = await it.client("support").post(f"/api/v1/notifications/deliveries/{id}/resend")
    assert (answer.status_code, answer.json()["type"]) == (409, "code-over")


async def test_a_code_that_is_over_is_not_sent(it: Alone, provider: SmsProvider) -> None:
    number = next(numbers)
    id = await coded(it, number, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    row = await state(it, id, "failed")
    assert provider.to(number) == []
    (one,) = [e for e in await it.published(NotificationFailed) if e.notification_id == row["notification_id"]]
    assert one.reason == "expired"


async def a_parcel(it: Alone, order: OrderPlaced) -> None:
    event = OrderShipped(order_id=order.order_id, shipment_id=uuid7(), carrier="Gull", tracking_number="G-1")
    await it.given(event, key=order.order_id)


async def test_parcels_come_by_sms_to_who_asked_for_it(it: Alone, provider: SmsProvider) -> None:
    number = next(numbers)
    order = await ordered(it, customer_id=None, address=an_address(phone=f"0{number[3:]}", country="DE"))
    await a_parcel(it, order)
    assert await it.sql("SELECT 1 FROM deliveries WHERE recipient = $1", number) == []
    reader = reader_of(it.store.id, None, order.email)
    link = {"person": str(reader), "token": stop_token(it.running.settings.secret, it.store.id, reader)}
    body = link | {"kinds": {"parcels": {"sms": True}}}
    assert (await it.client().put("/api/v1/message-choices", json=body)).status_code == 200
    await a_parcel(it, order)
    (row,) = await it.sql("SELECT id FROM deliveries WHERE recipient = $1", number)
    await state(it, row["id"], "sent")
    (message,) = provider.to(number)
    assert f"order {order.number} is on its way with Gull, G-1." in message["body"]
    assert f"/orders/{order.order_id}?token=" in message["body"]


async def test_the_number_an_account_has_proven_is_the_one(it: Alone, provider: SmsProvider) -> None:
    """Until it is taken back; then the one of the address counts again."""
    proven, typed, reader = next(numbers), next(numbers), uuid7()
    person = UserCreated(user_id=reader, email="ada@north.example", name="Ada", roles=["shopper"])
    await it.given(person, key=reader)
    choice = {"kinds": {"parcels": {"sms": True}}}
    await it.client("shopper", user_id=reader).put("/api/v1/me/message-choices", json=choice)
    order = await ordered(it, customer_id=reader, address=an_address(phone=typed, country="DE"))
    for phone, counts in ((proven, (1, 0)), (None, (1, 1))):
        await it.given(UserPhoneChanged(user_id=reader, phone=phone), key=reader)
        await it.given(msgspec.structs.replace(person, name="Ada Lund"), key=reader)
        await a_parcel(it, order)
        sql = "SELECT count(*) FROM deliveries WHERE recipient = $1"
        assert tuple([(await it.sql(sql, number))[0]["count"] for number in (proven, typed)]) == counts


async def test_what_a_killed_process_had_given_away_is_found_again(it: Alone, provider: SmsProvider) -> None:
    """Between the provider's yes and our note of it: the row says that somebody has it in hand, and nobody has."""
    number, reader = next(numbers), uuid7()
    choice = {"kinds": {"parcels": {"sms": True}}}
    await it.client("shopper", user_id=reader).put("/api/v1/me/message-choices", json=choice)
    orders = [await ordered(it, customer_id=reader, address=an_address(phone=number, country="DE")) for _ in range(2)]
    for order in orders:
        await a_parcel(it, order)
    rows = await it.sql("SELECT id FROM deliveries WHERE recipient = $1", number)
    sids = {(await state(it, row["id"], "sent"))["provider_id"] for row in rows}
    left = rows[0]["id"]
    await it.sql(
        "UPDATE deliveries SET status = 'sending', sent_at = NULL, provider_id = '', claimed_until = now() WHERE id = $1",
        left,
    )
    task = encode(DeliveryDue(delivery_id=left))
    await it.running.bus.publish([Message(uuid7(), "notifications", "DeliveryDue", "x", it.store.id, task)])
    assert (await state(it, left, "sent"))["attempts"] == 2
    assert len(provider.to(number)) == 2
    assert {row["provider_id"] for row in await it.sql("SELECT * FROM deliveries WHERE recipient = $1", number)} == sids


async def test_a_store_has_an_account_of_its_own(it: Alone, provider: SmsProvider) -> None:
    admin, path = it.client("store_admin"), "/api/v1/notifications/sms-account"
    assert (await admin.get(path)).status_code == 404
    own = {"account": provider.account, "sender": "+15552223333"}
    refused = await admin.put(path, json=own)
    assert [error["field"] for error in refused.json()["errors"]] == ["token"]
    for wrong in ({"account": "nobody"}, {"sender": "12"}, {"token": "short"}):
        assert (await admin.put(path, json=own | {"token": provider.token} | wrong)).status_code == 422
    assert (await admin.put(path, json=own | {"token": provider.token})).status_code == 200
    shown = await admin.get(path)
    assert shown.json()["sender"] == "+15552223333"
    assert provider.token not in shown.text
    assert provider.token not in str(await it.sql("SELECT * FROM sms_accounts"))
    assert (await admin.put(path, json=own | {"sender": "+15552224444"})).json()["sender"] == "+15552224444"
    number = next(numbers)
    await state(it, await coded(it, number), "sent")
    assert provider.to(number)[0]["from"] == "+15552224444"
    assert (await admin.delete(path)).status_code == 204
    assert (await admin.delete(path)).status_code == 404
    number = next(numbers)
    await state(it, await coded(it, number), "sent")
    assert provider.to(number)[0]["from"] == FROM


@pytest.mark.parametrize(
    ("attempts", "asked", "seconds"),
    [
        (1, None, 2.0),
        (2, None, 4.0),
        (8, None, 256.0),
        (40, None, 1440.0),
        (1, 30.0, 30.0),
        (3, 5.0, 8.0),
        (1, 9e9, 3600.0),
    ],
)
def test_pauses_grow_and_heed_what_the_provider_asks(attempts: int, asked: float | None, seconds: float) -> None:
    assert pause(attempts, 0.2, asked) == timedelta(seconds=seconds)


def test_the_signature_is_the_providers() -> None:
    """The example of its own documentation."""
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "From": "+12349013030",
        "To": "+18005551212",
        "Caller": "+12349013030",
        "Digits": "1234",
    }
    assert sign("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", fields) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


async def test_nothing_was_given_up(it: Alone) -> None:
    assert await it.dead_letters() == []
