"""A new password or address, by somebody who is signed in and knows the password."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.harness import Alone
from tests.services.identity.mailed import a_minute_later, another, code_of, sent
from tests.services.identity.people import PASSWORD, an_email, login, register, signed_in, someone, told
from tests.services.identity.test_sessions import refresh, session_of
from tradehall.contracts.identity import SessionEnded, UserEmailChanged, UserUpdated
from tradehall.contracts.stores import Store
from tradehall.services.identity import model
from tradehall.services.identity.operators import ensure_operator

SERVICE = "identity"
NEW = "another horse, another battery"
CHANGE = "email_change"


async def change_password(client: httpx.AsyncClient, current: str = PASSWORD, password: str = NEW) -> httpx.Response:
    return await client.post("/api/v1/me/password", json={"current": current, "password": password})


async def change_email(client: httpx.AsyncClient, email: str, current: str = PASSWORD) -> httpx.Response:
    return await client.post("/api/v1/me/email", json={"email": email, "current": current})


async def confirm(client: httpx.AsyncClient, code: str) -> httpx.Response:
    return await client.post("/api/v1/me/email/confirm", json={"code": code})


async def moving(it: Alone, *, store: Store | None = None) -> tuple[httpx.AsyncClient, dict[str, Any], str, str]:
    """Somebody who asked for a new address: the client, the user, the new address, its code."""
    made, email = await register(it, store=store), an_email()
    client = signed_in(it, made, store=store)
    assert (await change_email(client, email)).status_code == 202
    return client, made["user"], email, await code_of(it, email, CHANGE, store=store)


async def test_a_changed_password_is_the_one_that_counts(it: Alone) -> None:
    made = await register(it)
    assert (await change_password(signed_in(it, made))).status_code == 204
    assert (await login(it, made["user"]["email"])).status_code == 401
    assert (await login(it, made["user"]["email"], NEW)).status_code == 200


async def test_a_changed_password_ends_the_other_sessions_and_keeps_this_one(it: Alone) -> None:
    made = await register(it)
    other, stranger = (await login(it, made["user"]["email"])).json(), await register(it)
    client = signed_in(it, made)
    await change_password(client)
    assert (await client.get("/api/v1/me")).status_code == 200
    assert (await refresh(it, made)).status_code == 200
    assert (await signed_in(it, other).get("/api/v1/me")).status_code == 401
    assert (await refresh(it, other)).status_code == 401
    await told(it, SessionEnded, session_id=session_of(other))
    assert (await signed_in(it, stranger).get("/api/v1/me")).status_code == 200


async def test_a_wrong_password_changes_nothing(it: Alone) -> None:
    made = await register(it)
    client, email = signed_in(it, made), an_email()
    for answer in (await change_password(client, "wrong password"), await change_email(client, email, "wrong one")):
        assert (answer.status_code, answer.json()["type"]) == (422, "wrong-password")
        assert [e["field"] for e in answer.json()["errors"]] == ["current"]
    assert (await login(it, made["user"]["email"])).status_code == 200
    assert sent(it, email, CHANGE) == []


async def test_who_holds_a_session_guesses_at_the_password_five_times(it: Alone) -> None:
    made = await register(it)
    client = signed_in(it, made)
    assert [(await change_password(client, f"wrong {n}")).status_code for n in range(5)] == [422] * 5
    for answer in (await change_password(client), await change_email(client, an_email())):
        assert (answer.status_code, answer.json()["type"]) == (429, "locked")
        assert int(answer.headers["retry-after"]) > 800
    assert (await login(it, made["user"]["email"])).status_code == 429


async def test_of_changes_at_once_exactly_one_wins(it: Alone) -> None:
    client = await someone(it)
    answers = await asyncio.gather(*(change_password(client, password=f"{NEW} {n}") for n in range(4)))
    assert sorted(a.status_code for a in answers) == [204, 422, 422, 422]


async def test_an_operator_changes_the_own_password_and_has_no_address_at_a_store(it: Alone) -> None:
    email = an_email()
    assert await ensure_operator(it.running, email, PASSWORD, "Ruth")
    given = {"email": email, "password": PASSWORD}
    client = signed_in(it, (await it.client().post("/api/v1/platform/login", json=given)).json())
    assert (await change_password(client)).status_code == 204
    assert (await it.client().post("/api/v1/platform/login", json=given)).status_code == 401
    answer = await change_email(client, an_email(), NEW)
    assert (answer.status_code, answer.json()["type"]) == (403, "not-of-a-store")


async def test_a_new_address_counts_once_it_has_proven_itself(it: Alone) -> None:
    client, user, email, code = await moving(it)
    before = (await client.get("/api/v1/me")).json()
    assert (before["email"], before["new_email"]) == (user["email"], email)
    assert (await login(it, email)).status_code == 401
    answer = await confirm(client, code)
    assert answer.status_code == 200
    after = answer.json()
    assert (after["email"], after["new_email"], after["email_verified"]) == (email, None, True)
    assert (await login(it, email)).status_code == 200
    assert (await login(it, user["email"])).status_code == 401
    assert (await told(it, UserUpdated, user_id=user["id"])).email == email


async def test_the_old_address_is_to_be_told(it: Alone) -> None:
    client, user, email, code = await moving(it)
    await confirm(client, code)
    event = await told(it, UserEmailChanged, user_id=user["id"])
    assert (event.old_email, event.new_email) == (user["email"], email)


async def test_a_code_for_an_address_works_once_in_time_and_for_five_tries(it: Alone) -> None:
    client, user, _, code = await moving(it)
    assert [(await confirm(client, another(code))).status_code for _ in range(5)] == [422] * 5
    assert (await confirm(client, code)).status_code == 422
    assert (await client.get("/api/v1/me")).json()["new_email"] is None
    client, user, _, code = await moving(it)
    await it.sql("UPDATE codes SET issued_at = issued_at - interval '1 hour', expires_at = now() WHERE subject = $1",
                 model.subject_of(user["id"]))  # fmt: skip
    assert (await confirm(client, code)).status_code == 422
    assert (await client.get("/api/v1/me")).json()["email"] == user["email"]
    client, _, email, code = await moving(it)
    assert [(await confirm(client, code)).status_code for _ in range(2)] == [200, 422]
    assert (await client.get("/api/v1/me")).json()["email"] == email


async def test_the_last_address_asked_for_is_the_one_and_has_to_wait_a_minute(it: Alone) -> None:
    client, _, _, first = await moving(it)
    email = an_email()
    early = await change_email(client, email)
    assert (early.status_code, early.json()["type"]) == (429, "code-too-soon")
    assert sent(it, email, CHANGE) == []
    await a_minute_later(it)
    assert (await change_email(client, email)).status_code == 202
    second = await code_of(it, email, CHANGE)
    if first != second:
        assert (await confirm(client, first)).status_code == 422
    assert (await confirm(client, second)).json()["email"] == email


async def test_an_address_that_is_an_accounts_is_not_taken_over(it: Alone) -> None:
    """That it is one, only its reader learns."""
    made, client = await register(it), await someone(it)
    taken = made["user"]["email"]
    assert (await change_email(client, taken)).status_code == 202
    answer = await confirm(client, await code_of(it, taken, CHANGE))
    assert (answer.status_code, answer.json()["type"]) == (409, "email-taken")
    assert (await login(it, taken)).status_code == 200
    assert (await client.get("/api/v1/me")).json()["email"] != taken


async def test_an_address_taken_in_one_store_is_free_in_another(it: Alone) -> None:
    client, _, email, code = await moving(it)
    there = await register(it, email=email, store=it.other)
    assert (await confirm(client, code)).status_code == 200
    mine = (await signed_in(it, there, store=it.other).get("/api/v1/me")).json()
    assert (mine["id"], mine["email_verified"]) == (there["user"]["id"], False)


async def test_a_code_sent_to_the_old_address_verifies_no_new_one(it: Alone) -> None:
    client, user, _, code = await moving(it)
    old = await code_of(it, user["email"], "email_verification")
    await confirm(client, code)
    await it.sql("UPDATE users SET email_verified_at = NULL WHERE id = $1", user["id"])
    answer = await client.post("/api/v1/auth/email/verify", json={"code": old})
    assert answer.status_code == 422


async def test_a_reset_code_of_the_old_address_is_of_no_use_after_a_change(it: Alone) -> None:
    client, user, email, code = await moving(it)
    await it.client().post("/api/v1/auth/password/forgot", json={"email": user["email"]})
    old = await code_of(it, user["email"], "password_reset")
    await confirm(client, code)
    body = {"email": user["email"], "code": old, "password": NEW}
    assert (await it.client().post("/api/v1/auth/password/reset", json=body)).status_code == 422
    body["email"] = email
    assert (await it.client().post("/api/v1/auth/password/reset", json=body)).status_code == 422


async def test_the_own_address_is_no_new_one(it: Alone) -> None:
    made = await register(it)
    answer = await change_email(signed_in(it, made), made["user"]["email"].upper())
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "email")


async def test_guests_change_nothing(it: Alone) -> None:
    for client, status in ((it.client(), 401), (it.client("shopper"), 404)):
        assert (await change_password(client)).status_code == status
        assert (await change_email(client, an_email())).status_code == status
    assert (await confirm(it.client(), "123456")).status_code == 401
    assert (await confirm(it.client("shopper"), "123456")).status_code == 422


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("password", {"current": "", "password": NEW}, "current"),
        ("password", {"current": "x" * 129, "password": NEW}, "current"),
        ("password", {"current": PASSWORD, "password": "short"}, "password"),
        ("password", {"current": PASSWORD, "password": "x" * 129}, "password"),
        ("password", {"current": PASSWORD}, "password"),
        ("email", {"current": PASSWORD, "email": "x"}, "email"),
        ("email", {"current": PASSWORD, "email": "a\0b@example.com"}, "email"),
        ("email", {"email": "a@example.com"}, "current"),
        ("email/confirm", {"code": "12"}, "code"),
    ],
)
async def test_bad_input_names_the_field(it: Alone, path: str, body: dict[str, Any], field: str) -> None:
    answer = await (await someone(it)).post(f"/api/v1/me/{path}", json=body)
    assert answer.status_code == 422
    assert [e["field"] for e in answer.json()["errors"]] == [field]
