"""What a person is told in the application."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.harness import Alone
from tradehall.contracts.identity import UserCreated, UserEmailChanged, UserUpdated
from tradehall.kernel.ids import uuid7
from tradehall.services.notifications.queries import people

SERVICE = "notifications"
NOTES = "/api/v1/me/notifications"


async def told(it: Alone, who: UUID, new_email: str = "new@example.com", minute: int = 0) -> None:
    at = datetime(2026, 1, 1, 9, minute, tzinfo=UTC)
    event = UserEmailChanged(user_id=who, old_email="old@example.com", new_email=new_email, timestamp=at)
    await it.given(event, key=who)


async def seen(client: httpx.AsyncClient, **params: Any) -> dict[str, Any]:
    answer = await client.get(NOTES, params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_note_says_what_happened_until_it_is_read(it: Alone) -> None:
    who = uuid7()
    client = it.client("shopper", user_id=who)
    assert await seen(client) == {"items": [], "next": None, "unread": 0}
    await told(it, who)
    shown = await seen(client)
    (note,) = shown["items"]
    assert (note["text"], note["link"]) == ("The e-mail address of your account is new@example.com now.", "/account")
    assert (note["read"], shown["unread"]) == (False, 1)
    assert (await client.post(f"{NOTES}/read", json={"ids": [note["id"]]})).status_code == 204
    shown = await seen(client)
    assert (shown["items"][0]["read"], shown["unread"]) == (True, 0)
    assert (await seen(client, unread=True))["items"] == []


async def test_a_note_is_told_once(it: Alone) -> None:
    who = uuid7()
    await told(it, who)
    await it.redeliver(it.sent[-1:])
    assert len((await seen(it.client("shopper", user_id=who)))["items"]) == 1


async def test_notes_are_their_readers_own(it: Alone) -> None:
    who = uuid7()
    await told(it, who)
    mine = it.client("shopper", user_id=who)
    (note,) = (await seen(mine))["items"]
    for stranger in (it.client("shopper"), it.client("store_admin"), it.client("shopper", user_id=who, store=it.other)):
        assert (await seen(stranger))["items"] == []
        for body in ({"ids": [note["id"]]}, {}):
            assert (await stranger.post(f"{NOTES}/read", json=body)).status_code == 204
    assert (await seen(mine))["unread"] == 1
    assert (await it.client().get(NOTES)).status_code == 401


async def test_pages_hold_all_notes_newest_first(it: Alone) -> None:
    who = uuid7()
    for n in range(5):
        await told(it, who, f"{n}@example.com", n)
    client = it.client("shopper", user_id=who)
    first = await seen(client, limit=3)
    rest = await seen(client, limit=3, cursor=first["next"])
    texts = [note["text"] for note in first["items"] + rest["items"]]
    assert [text.split("is ")[1][0] for text in texts] == list("43210")
    assert rest["next"] is None
    assert (await client.post(f"{NOTES}/read", json={})).status_code == 204
    assert (await seen(client))["unread"] == 0


@pytest.mark.parametrize("body", [{"ids": []}, {"ids": ["x"]}, {"ids": "all"}, []])
async def test_bad_input_is_refused(it: Alone, body: object) -> None:
    answer = await it.client("shopper").post(f"{NOTES}/read", json=body)
    assert answer.status_code == 422


async def test_people_are_known_by_id_and_role(it: Alone) -> None:
    who = uuid7()
    await it.given(UserCreated(user_id=who, email="a@example.com", name="Ada", roles=["support"]), key=who)
    await it.given(UserUpdated(user_id=who, email="b@example.com", name="Ada", roles=["store_admin"]), key=who)
    async with it.db.transaction(it.store.id) as tx:
        person = await people.person(tx, who)
        assert person is not None
        assert (person.email, person.roles) == ("b@example.com", ["store_admin"])
        assert await people.with_role(tx, "support", "warehouse_manager") == []
        assert await people.with_role(tx, "support", "store_admin") == [person]
    async with it.db.transaction(it.other.id) as tx:
        assert await people.person(tx, who) is None
