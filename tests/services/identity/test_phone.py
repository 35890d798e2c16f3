"""A telephone number is the account's when its code has come back."""

import pytest

from tests.harness import Alone
from tests.services.identity.mailed import a_minute_later, another, code_of
from tests.services.identity.people import register, signed_in, told
from tradehall.contracts.identity import UserCodeIssued, UserPhoneChanged

SERVICE = "identity"
PHONE = "/api/v1/me/phone"
NUMBER = "+49 40 1234567"


async def test_a_code_proves_the_number(it: Alone) -> None:
    made = await register(it)
    client, email = signed_in(it, made), made["user"]["email"]
    assert (await client.post(PHONE, json={"phone": NUMBER})).status_code == 202
    assert (await client.get("/api/v1/me")).json()["phone"] is None  # not yet
    issued = await told(it, UserCodeIssued, email=email, purpose="phone_verification")
    assert issued.phone == "+49401234567"
    code = await code_of(it, email, "phone_verification")
    assert (await client.post(f"{PHONE}/confirm", json={"code": another(code)})).status_code == 422
    answer = await client.post(f"{PHONE}/confirm", json={"code": code})
    assert answer.json()["phone"] == "+49401234567"
    assert (await client.post(f"{PHONE}/confirm", json={"code": code})).status_code == 422  # once
    assert (await client.post(PHONE, json={"phone": NUMBER})).status_code == 409
    await told(it, UserPhoneChanged, user_id=made["user"]["id"], phone="+49401234567")
    assert (await client.delete(PHONE)).status_code == 204
    await told(it, UserPhoneChanged, user_id=made["user"]["id"], phone=None)
    assert (await client.get("/api/v1/me")).json()["phone"] is None


async def test_five_tries_and_one_code_a_minute(it: Alone) -> None:
    made = await register(it)
    client, email = signed_in(it, made), made["user"]["email"]
    await client.post(PHONE, json={"phone": NUMBER})
    code = await code_of(it, email, "phone_verification")
    for _ in range(5):
        assert (await client.post(f"{PHONE}/confirm", json={"code": another(code)})).status_code == 422
    assert (await client.post(f"{PHONE}/confirm", json={"code": code})).status_code == 422
    again = await client.post(PHONE, json={"phone": NUMBER})
    assert (again.status_code, again.json()["type"]) == (429, "code-too-soon")
    await a_minute_later(it)
    assert (await client.post(PHONE, json={"phone": NUMBER})).status_code == 202
    fresh = await code_of(it, email, "phone_verification", count=2)
    assert (await client.post(f"{PHONE}/confirm", json={"code": fresh})).status_code == 200


async def test_a_code_for_a_number_is_none_for_an_address(it: Alone) -> None:
    made = await register(it)
    client, email = signed_in(it, made), made["user"]["email"]
    await client.post(PHONE, json={"phone": NUMBER})
    code = await code_of(it, email, "phone_verification")
    assert (await client.post("/api/v1/auth/email/verify", json={"code": code})).status_code == 422


@pytest.mark.parametrize(
    "number",
    ["", "040 1234567", "+", "+49", "+999 1234567", "+1 555", "+49 40 1234567 ext. 5", "+" + "1" * 40, "+49\0123456"],
)
async def test_what_is_no_number_names_the_field(it: Alone, number: str) -> None:
    client = signed_in(it, await register(it))
    answer = await client.post(PHONE, json={"phone": number})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["phone"]
