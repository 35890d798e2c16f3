from typing import Any

import httpx
import pytest

from tests.harness import Alone
from tests.services.identity.mailed import a_minute_later, another, code_of, sent
from tests.services.identity.people import PASSWORD, an_email, login, register, signed_in, someone
from tradehall.services.identity import model
from tradehall.services.identity.operators import ensure_operator

SERVICE = "identity"
VERIFY = "email_verification"


async def registered(it: Alone) -> tuple[httpx.AsyncClient, dict[str, Any], str]:
    """The client, the user and the code that was mailed."""
    made = await register(it)
    return signed_in(it, made), made["user"], await code_of(it, made["user"]["email"], VERIFY)


async def verify(client: httpx.AsyncClient, code: str) -> httpx.Response:
    return await client.post("/api/v1/auth/email/verify", json={"code": code})


async def is_verified(client: httpx.AsyncClient) -> bool:
    return bool((await client.get("/api/v1/me")).json()["email_verified"])


async def test_the_code_mailed_at_registration_verifies_the_address(it: Alone) -> None:
    client, user, code = await registered(it)
    assert not await is_verified(client)
    answer = await verify(client, code)
    assert (answer.status_code, answer.json()["email_verified"]) == (200, True)
    assert await is_verified(client)
    assert len(sent(it, user["email"], VERIFY)) == 1


async def test_not_being_verified_blocks_nothing(it: Alone) -> None:
    made = await register(it)
    assert (await login(it, made["user"]["email"])).status_code == 200
    assert (await signed_in(it, made).patch("/api/v1/me", json={"name": "Ada"})).status_code == 200


async def test_a_registration_that_is_refused_mails_nothing(it: Alone) -> None:
    _, user, _ = await registered(it)
    body = {"email": user["email"], "password": PASSWORD, "name": "Eve"}
    assert (await it.client().post("/api/v1/auth/register", json=body)).status_code == 409
    await it.idle()
    assert len(sent(it, user["email"], VERIFY)) == 1


async def test_a_code_works_once_and_five_wrong_ones_end_it(it: Alone) -> None:
    client, _, code = await registered(it)
    assert [(await verify(client, another(code))).status_code for _ in range(5)] == [422] * 5
    answer = await verify(client, code)
    assert (answer.status_code, answer.json()["type"]) == (422, "wrong-code")
    assert [e["field"] for e in answer.json()["errors"]] == ["code"]
    client, _, code = await registered(it)
    assert [(await verify(client, code)).status_code for _ in range(2)] == [200, 422]


async def test_a_code_expires_after_a_quarter_of_an_hour(it: Alone) -> None:
    client, user, code = await registered(it)
    subject = model.subject_of(user["id"])
    (row,) = await it.sql("SELECT expires_at - issued_at AS life FROM codes WHERE subject = $1", subject)
    assert row["life"].total_seconds() == 900
    await it.sql("UPDATE codes SET issued_at = issued_at - interval '1 hour', expires_at = now()")
    assert (await verify(client, code)).status_code == 422
    assert not await is_verified(client)


async def test_another_code_has_to_wait_a_minute(it: Alone) -> None:
    client, user, first = await registered(it)
    early = await client.post("/api/v1/auth/email/resend")
    assert (early.status_code, early.json()["type"]) == (429, "code-too-soon")
    assert 50 <= int(early.headers["retry-after"]) <= 60
    await a_minute_later(it)
    assert (await client.post("/api/v1/auth/email/resend")).status_code == 202
    second = await code_of(it, user["email"], VERIFY, count=2)
    if first != second:
        assert (await verify(client, first)).status_code == 422
    assert (await verify(client, second)).status_code == 200


async def test_twenty_codes_a_day_are_enough(it: Alone) -> None:
    client, _, _ = await registered(it)
    await it.sql("UPDATE codes SET issued = 20")
    await a_minute_later(it)
    answer = await client.post("/api/v1/auth/email/resend")
    assert answer.status_code == 429
    assert 80_000 < int(answer.headers["retry-after"]) <= 86_400


async def test_a_verified_address_needs_no_other_code(it: Alone) -> None:
    client, _, code = await registered(it)
    await verify(client, code)
    answer = await client.post("/api/v1/auth/email/resend")
    assert (answer.status_code, answer.json()["type"]) == (409, "already-verified")


async def test_a_code_is_good_for_its_own_account_only(it: Alone) -> None:
    _, user, code = await registered(it)
    stranger, _, own = await registered(it)
    if own != code:
        assert (await verify(stranger, code)).status_code == 422
    there = await register(it, email=user["email"], store=it.other)
    client = signed_in(it, there, store=it.other)
    if await code_of(it, user["email"], VERIFY, store=it.other) != code:
        assert (await verify(client, code)).status_code == 422
    assert not await is_verified(client)


async def test_a_code_is_good_for_its_own_purpose_only(it: Alone) -> None:
    _, user, code = await registered(it)
    body = {"email": user["email"], "code": code, "password": PASSWORD}
    assert (await it.client().post("/api/v1/auth/password/reset", json=body)).status_code == 422


async def test_a_reset_proves_the_address_too(it: Alone) -> None:
    _, user, _ = await registered(it)
    email = user["email"]
    await it.client().post("/api/v1/auth/password/forgot", json={"email": email})
    body = {"email": email, "code": await code_of(it, email, "password_reset"), "password": PASSWORD}
    assert (await it.client().post("/api/v1/auth/password/reset", json=body)).status_code == 204
    assert await is_verified(signed_in(it, (await login(it, email)).json()))


async def test_guests_and_tokens_of_no_account_verify_nothing(it: Alone) -> None:
    for path, body in (("verify", {"code": "123456"}), ("resend", {})):
        url = f"/api/v1/auth/email/{path}"
        assert (await it.client().post(url, json=body)).status_code == 401
        assert (await it.client("shopper").post(url, json=body)).status_code in (404, 422)


async def test_operators_get_no_mail_from_a_store(it: Alone) -> None:
    email = an_email()
    assert await ensure_operator(it.running, email, PASSWORD, "Ruth")
    tokens = (await it.client().post("/api/v1/platform/login", json={"email": email, "password": PASSWORD})).json()
    answer = await signed_in(it, tokens).post("/api/v1/auth/email/resend")
    assert (answer.status_code, answer.json()["type"]) == (403, "not-of-a-store")


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "12345\0", "123456\n", None, 123456, "٣٤٥٦٧٨"])
async def test_impossible_codes_name_the_field(it: Alone, code: object) -> None:
    answer = await (await someone(it)).post("/api/v1/auth/email/verify", json={"code": code})
    assert answer.status_code == 422
    assert [e["field"] for e in answer.json()["errors"]] == ["code"]
