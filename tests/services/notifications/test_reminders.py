"""The mail about a cart left alone: to those who want it, until they want no more."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.harness import Alone
from tests.services.notifications.test_codes import mails_to
from tradehall.contracts.carts import CartAbandoned, LeftLine
from tradehall.contracts.identity import UserCreated
from tradehall.contracts.stores import Store
from tradehall.kernel.ids import uuid7

SERVICE = "notifications"
CHOICES = "/api/v1/me/message-choices"
STOP = "/api/v1/reminders/stop"
NASTY = '<script>alert("1")</script>'


async def someone(it: Alone, name: str = "Ada", store: Store | None = None) -> UserCreated:
    id = uuid7()
    person = UserCreated(user_id=id, email=f"{id.hex}@example.org", name=name, roles=["shopper"])
    await it.given(person, key=id, store=store)
    return person


async def left(it: Alone, user_id: UUID, *, day: int = 1, title: str = "Lamp", store: Store | None = None) -> None:
    lines = [LeftLine(variant_id=uuid7(), title=title, quantity=2, unit_price=1250)]
    at = datetime(2026, 1, day, tzinfo=UTC)
    event = CartAbandoned(cart_id=uuid7(), user_id=user_id, currency="USD", lines=lines, timestamp=at)
    await it.given(event, key=event.cart_id, store=store)


async def reminders(client: httpx.AsyncClient) -> dict[str, bool]:
    kinds = (await client.get(CHOICES)).json()["kinds"]
    found: dict[str, bool] = kinds["reminders"]["channels"]
    return found


def link_in(mail: dict[str, Any]) -> dict[str, str]:
    found = re.search(r"/reminders\?person=([0-9a-f-]+)&token=(\w+)", mail["text"])
    assert found, mail["text"]
    return {"person": found[1], "token": found[2]}


async def test_a_cart_left_alone_is_mailed_with_a_link_to_it(it: Alone) -> None:
    person = await someone(it)
    await left(it, person.user_id)
    await it.redeliver(it.sent[-1:])
    (mail,) = await mails_to(it, person.email)
    assert (mail["template"], mail["subject"]) == ("cart_left", "You left something in your cart")
    for body in (mail["text"], mail["html"]):
        assert "Hello Ada" in body
        assert "2 × Lamp" in body
        assert "25.00 USD" in body
        assert f"http://alpha.localhost:{it.running.settings.port}/cart" in body
        assert "No more reminders" in body
        assert "an order" not in body


async def test_names_and_titles_are_escaped_in_html_only(it: Alone) -> None:
    person = await someone(it, NASTY)
    await left(it, person.user_id, title=NASTY)
    (mail,) = await mails_to(it, person.email)
    assert "<script>" not in mail["html"]
    assert mail["text"].count(NASTY) == 2


async def test_who_has_no_account_any_more_gets_none(it: Alone) -> None:
    await left(it, uuid7())
    person = await someone(it)
    await left(it, person.user_id, store=it.other)
    assert await mails_to(it, person.email) == await mails_to(it, person.email, store=it.other) == []
    assert await it.dead_letters() == []


async def test_who_wants_none_gets_none_until_they_do(it: Alone) -> None:
    person = await someone(it)
    client = it.client("shopper", user_id=person.user_id)
    assert (await reminders(client)) == {"email": True, "push": True}
    for wanted, mails in ((False, 0), (False, 0), (True, 1)):
        answer = await client.put(CHOICES, json={"kinds": {"reminders": {"email": wanted}}})
        assert answer.status_code == 200, answer.text
        assert answer.json() == (await client.get(CHOICES)).json()
        assert (await reminders(client)) == {"email": wanted, "push": True}
        await left(it, person.user_id, day=2)
        assert len(await mails_to(it, person.email)) == mails


async def test_the_link_in_a_mail_stops_them_without_logging_in(it: Alone) -> None:
    person, other = await someone(it), await someone(it)
    await left(it, person.user_id)
    (mail,) = await mails_to(it, person.email)
    link = link_in(mail)
    stranger = it.client()
    for wrong in (
        link | {"token": link["token"][:-1] + "x"},
        link | {"token": ""},
        link | {"person": str(other.user_id)},
    ):
        answer = await stranger.post(STOP, json=wrong)
        assert (answer.status_code, answer.json()["type"]) == (404, "bad-link")
    assert (await it.client(store=it.other).post(STOP, json=link)).status_code == 404
    stopped = (await stranger.post(STOP, json=link)).json()
    assert stopped["kinds"]["reminders"]["channels"] == {"email": False, "push": True}
    assert (await stranger.post(STOP, json=link)).status_code == 200
    await left(it, person.user_id, day=3)
    await left(it, other.user_id, day=3)
    assert [len(await mails_to(it, who.email)) for who in (person, other)] == [1, 1]


@pytest.mark.parametrize(
    ("path", "method", "body"),
    [
        (CHOICES, "PUT", {}),
        (CHOICES, "PUT", {"kinds": {"reminders": {"email": "yes"}}}),
        (CHOICES, "PUT", {"kinds": {"reminders": {"sms": True}}}),
        (CHOICES, "PUT", {"kinds": {"orders": {"email": False}}}),
        (CHOICES, "PUT", {"kinds": {"gossip": {"email": False}}}),
        (STOP, "POST", {"person": str(uuid7()), "token": "x", "kind": "gossip"}),
        (STOP, "POST", {"person": "x", "token": "y"}),
        (STOP, "POST", {"person": str(uuid7()), "token": "\x00"}),
        (STOP, "POST", {"person": str(uuid7()), "token": "é"}),
        (STOP, "POST", {"person": str(uuid7()), "token": "x" * 101}),
    ],
)
async def test_bad_input_is_refused(it: Alone, path: str, method: str, body: dict[str, Any]) -> None:
    answer: httpx.Response = await it.client("shopper").request(method, path, json=body)
    assert answer.status_code == 422


async def test_choices_are_for_who_is_signed_in(it: Alone) -> None:
    assert (await it.client().get(CHOICES)).status_code == 401
    assert (await it.client().put(CHOICES, json={"kinds": {}})).status_code == 401
