import asyncio
from typing import Any

import pytest

from tests.harness import Alone
from tests.services.identity.people import register, signed_in, someone, told
from tradehall.contracts.identity import UserUpdated
from tradehall.kernel.ids import uuid7

SERVICE = "identity"
BOOK = "/api/v1/me/addresses"
HOME: dict[str, Any] = {
    "name": "Ada Lund", "line1": "41 Cooper Mill Road", "line2": "", "city": "Burlington", "region": "VT",
    "zip": "05401", "country": "US", "phone": "+1 802 555 0110",
}  # fmt: skip


async def test_a_user_changes_the_own_name(it: Alone) -> None:
    made = await register(it)
    client = signed_in(it, made)
    assert (await client.patch("/api/v1/me", json={"name": " Ada Byron "})).json()["name"] == "Ada Byron"
    found = (await client.get("/api/v1/me")).json()
    assert {k: found[k] for k in ("id", "email", "name", "roles")} == {
        "id": made["user"]["id"], "email": made["user"]["email"], "name": "Ada Byron", "roles": ["shopper"],
    }  # fmt: skip
    event = await told(it, UserUpdated, user_id=made["user"]["id"])
    assert (event.name, event.email) == ("Ada Byron", made["user"]["email"])


async def test_nobody_makes_an_admin_of_themselves(it: Alone) -> None:
    client = await someone(it)
    await client.patch("/api/v1/me", json={"roles": ["store_admin"], "id": str(uuid7())})
    assert (await client.get("/api/v1/me")).json()["roles"] == ["shopper"]


async def test_an_empty_change_changes_nothing(it: Alone) -> None:
    assert (await (await someone(it)).patch("/api/v1/me", json={})).json()["name"] == "Ada Lund"


async def test_a_token_of_no_account_finds_nothing(it: Alone) -> None:
    client = it.client("shopper")
    assert (await client.get("/api/v1/me")).status_code == 404
    assert (await client.patch("/api/v1/me", json={"name": "X"})).status_code == 404
    assert (await client.post(BOOK, json=HOME)).status_code == 404
    assert (await client.get(BOOK)).json() == {"items": [], "next": None}


async def test_guests_have_no_profile(it: Alone) -> None:
    for path in ("/api/v1/me", BOOK, "/api/v1/me/sessions"):
        assert (await it.client().get(path)).status_code == 401


async def test_the_first_address_is_the_default_until_another_is(it: Alone) -> None:
    client = await someone(it)
    first = (await client.post(BOOK, json=HOME | {"is_default": False})).json()
    assert first == {**HOME, "id": first["id"], "is_default": True}
    second = (await client.post(BOOK, json=HOME)).json()
    third = (await client.post(BOOK, json=HOME | {"is_default": True})).json()
    kept = (await client.get(BOOK)).json()["items"]
    assert [(a["id"], a["is_default"]) for a in kept] == [
        (third["id"], True), (second["id"], False), (first["id"], False),
    ]  # fmt: skip


async def test_an_address_is_changed_and_stays_or_becomes_the_default(it: Alone) -> None:
    client = await someone(it)
    first, second = [(await client.post(BOOK, json=HOME)).json() for _ in range(2)]
    answer = await client.put(f"{BOOK}/{first['id']}", json=HOME | {"city": "Denver"})
    assert (answer.json()["city"], answer.json()["is_default"]) == ("Denver", True)
    refused = await client.put(f"{BOOK}/{first['id']}", json=HOME | {"is_default": False})
    assert (refused.status_code, refused.json()["type"]) == (409, "default-needed")
    await client.put(f"{BOOK}/{second['id']}", json=HOME | {"is_default": True})
    kept = (await client.get(BOOK)).json()["items"]
    assert [(a["id"], a["is_default"]) for a in kept] == [(second["id"], True), (first["id"], False)]


async def test_when_the_default_goes_the_newest_follows(it: Alone) -> None:
    client = await someone(it)
    first, second, third = [(await client.post(BOOK, json=HOME)).json() for _ in range(3)]
    assert (await client.delete(f"{BOOK}/{first['id']}")).status_code == 204
    kept = (await client.get(BOOK)).json()["items"]
    assert [(a["id"], a["is_default"]) for a in kept] == [(third["id"], True), (second["id"], False)]
    for gone in (third, second):
        await client.delete(f"{BOOK}/{gone['id']}")
    assert (await client.get(BOOK)).json()["items"] == []


async def test_changes_at_once_leave_one_default(it: Alone) -> None:
    client = await someone(it)
    made = await asyncio.gather(*(client.post(BOOK, json=HOME | {"is_default": True}) for _ in range(6)))
    assert {a.status_code for a in made} == {201}
    ids = [a.json()["id"] for a in made]
    changes = [client.put(f"{BOOK}/{id}", json=HOME | {"is_default": True}) for id in ids[:3]]
    await asyncio.gather(*changes, *(client.delete(f"{BOOK}/{id}") for id in ids[3:]))
    kept = (await client.get(BOOK)).json()["items"]
    assert [a["is_default"] for a in kept] == [True, False, False]


async def test_an_address_book_has_an_end(it: Alone) -> None:
    client = await someone(it)
    for _ in range(50):
        await client.post(BOOK, json=HOME)
    answer = await client.post(BOOK, json=HOME)
    assert (answer.status_code, answer.json()["type"]) == (409, "too-many-addresses")


async def test_an_address_is_its_owners_alone(it: Alone) -> None:
    owner = await someone(it)
    kept = (await owner.post(BOOK, json=HOME)).json()
    for stranger in (await someone(it), await someone(it, store=it.other), it.client("store_admin")):
        assert (await stranger.get(BOOK)).json()["items"] == []
        assert (await stranger.put(f"{BOOK}/{kept['id']}", json=HOME | {"city": "Nowhere"})).status_code == 404
        assert (await stranger.delete(f"{BOOK}/{kept['id']}")).status_code == 404
    assert (await owner.get(BOOK)).json()["items"] == [kept]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", None), ("line1", "x" * 201), ("line1", "nul\0"), ("line2", "nul\0"),
        ("city", 5), ("region", "nul\0"), ("region", "x" * 101), ("zip", "x"), ("zip", "'; --"), ("country", "us"),
        ("country", "USA"), ("phone", "call me"), ("is_default", "yes"),
    ],
)  # fmt: skip
async def test_bad_addresses_name_the_field(it: Alone, field: str, value: object) -> None:
    answer = await (await someone(it)).post(BOOK, json=HOME | {field: value})
    assert answer.status_code == 422, answer.text
    assert [e["field"] for e in answer.json()["errors"]] == [field]
