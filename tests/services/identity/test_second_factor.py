"""The second factor: what it takes to turn on, what it asks for, what helps when the authenticator is lost."""

import asyncio
import time
from typing import Any

import httpx
import msgspec
import pyotp
import pytest

from tests.harness import Alone
from tests.services.identity.people import PASSWORD, login, register, signed_in

SERVICE = "identity"
TOTP = "/api/v1/me/totp"


async def turned_on(it: Alone) -> tuple[str, httpx.AsyncClient, str, list[str]]:
    """E-mail, client, secret, recovery codes."""
    made = await register(it)
    client = signed_in(it, made)
    proposal = (await client.post(TOTP, json={"current": PASSWORD})).json()
    answer = await client.post(f"{TOTP}/confirm", json={"code": pyotp.TOTP(proposal["secret"]).now()})
    assert answer.status_code == 200, answer.text
    return made["user"]["email"], client, proposal["secret"], answer.json()["recovery_codes"]


def later(secret: str, steps: int = 1) -> str:
    """The code of a step to come: the one of now was used for turning it on."""
    return pyotp.TOTP(secret).at(int(time.time()) + 30 * steps)


def wrong(secret: str) -> str:
    right = {pyotp.TOTP(secret).at(int(time.time()) + 30 * n) for n in range(-3, 4)}
    return next(code for code in map("{:06d}".format, range(10)) if code not in right)


async def test_it_counts_when_a_code_has_come_back(it: Alone) -> None:
    made = await register(it)
    client, email = signed_in(it, made), made["user"]["email"]
    assert (await client.get(TOTP)).json() == {"on": False, "required": False, "recovery_codes_left": 0}
    proposal = (await client.post(TOTP, json={"current": PASSWORD})).json()
    uri = pyotp.parse_uri(proposal["uri"])
    assert (uri.secret, uri.name, uri.issuer) == (proposal["secret"], email, "Alpha")
    assert (await login(it, email)).status_code == 200  # not yet
    assert (await client.post(f"{TOTP}/confirm", json={"code": wrong(proposal["secret"])})).status_code == 422
    answer = await client.post(f"{TOTP}/confirm", json={"code": pyotp.TOTP(proposal["secret"]).now()})
    assert len(set(answer.json()["recovery_codes"])) == 10
    assert (await client.get(TOTP)).json() == {"on": True, "required": False, "recovery_codes_left": 10}
    assert (await client.get("/api/v1/me")).json()["totp"] is True


async def test_the_password_alone_is_not_enough(it: Alone) -> None:
    email, _, secret, _ = await turned_on(it)
    answer = await login(it, email)
    assert (answer.status_code, answer.json()["type"]) == (401, "second-factor-needed")
    answer = await login(it, email, second_factor=wrong(secret))
    assert (answer.status_code, answer.json()["type"]) == (401, "wrong-second-factor")
    answer = await login(it, email, "not the password", second_factor=later(secret))
    assert answer.json()["type"] == "wrong-credentials"  # and not a word of the code
    assert (await login(it, email, second_factor=later(secret))).status_code == 200


async def test_a_code_is_good_once_also_for_two_at_once(it: Alone) -> None:
    email, _, secret, _ = await turned_on(it)
    code = later(secret)
    answers = await asyncio.gather(*(login(it, email, second_factor=code) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]
    used = pyotp.TOTP(secret).now()  # of an earlier step
    assert (await login(it, email, second_factor=used)).status_code == 401


async def test_a_recovery_code_is_good_once(it: Alone) -> None:
    email, client, _, codes = await turned_on(it)
    answers = await asyncio.gather(*(login(it, email, second_factor=codes[0]) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401]
    assert (await login(it, email, second_factor=codes[1].replace("-", ""))).status_code == 200
    assert (await client.get(TOTP)).json()["recovery_codes_left"] == 8


async def test_guessing_locks_the_account(it: Alone) -> None:
    email, _, secret, _ = await turned_on(it)
    for _ in range(5):
        assert (await login(it, email, second_factor=wrong(secret))).status_code == 401
    answer = await login(it, email, second_factor=later(secret))
    assert (answer.status_code, answer.json()["type"]) == (429, "locked")


async def test_turning_it_off_and_new_recovery_codes_take_both_factors(it: Alone) -> None:
    email, client, _, codes = await turned_on(it)
    for proof in ({"current": "not it", "second_factor": codes[0]}, {"current": PASSWORD, "second_factor": "000000"}):
        for answer in (
            await client.request("DELETE", TOTP, json=proof),
            await client.post(f"{TOTP}/recovery-codes", json=proof),
        ):
            assert answer.status_code in (401, 422, 429)
    await it.sql("DELETE FROM login_failures")
    renewed = await client.post(f"{TOTP}/recovery-codes", json={"current": PASSWORD, "second_factor": codes[1]})
    fresh = renewed.json()["recovery_codes"]
    assert (await login(it, email, second_factor=codes[2])).status_code == 401
    off = await client.request("DELETE", TOTP, json={"current": PASSWORD, "second_factor": fresh[0]})
    assert off.status_code == 204
    assert (await login(it, email)).status_code == 200
    assert (await client.get(TOTP)).json() == {"on": False, "required": False, "recovery_codes_left": 0}


async def test_one_that_is_on_is_not_replaced_by_a_password(it: Alone) -> None:
    _, client, _, _ = await turned_on(it)
    answer = await client.post(TOTP, json={"current": PASSWORD})
    assert (answer.status_code, answer.json()["type"]) == (409, "second-factor-on")


async def test_nothing_of_it_is_kept_in_plain(it: Alone) -> None:
    _, _, secret, codes = await turned_on(it)
    rows = str(await it.sql("SELECT * FROM totp")) + str(await it.sql("SELECT * FROM recovery_codes"))
    assert secret not in rows
    assert not any(code in rows for code in codes)


async def test_it_is_of_one_store(it: Alone) -> None:
    email, _, _, _ = await turned_on(it)
    await register(it, store=it.other, email=email)
    body = {"email": email, "password": PASSWORD}
    assert (await it.client(store=it.other).post("/api/v1/auth/login", json=body)).status_code == 200


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdefghij k", "ABCDE-FGHIJ", "12345\n", "١٢٣٤٥٦"])
async def test_what_is_no_code_names_the_field(it: Alone, code: str) -> None:
    answer = await login(it, "a@example.com", second_factor=code)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["second_factor"]


# --- a store that wants it of its staff


async def an_admin(it: Alone) -> dict[str, Any]:
    made = await register(it)
    await it.sql("UPDATE users SET roles = '{store_admin}' WHERE email = $1", made["user"]["email"])
    return made["user"]  # type: ignore[no-any-return]


async def test_a_store_may_want_it_of_its_staff(it: Alone) -> None:
    admin, shopper = await an_admin(it), (await register(it))["user"]
    it.running.stores.put(msgspec.structs.replace(it.store, require_totp=True))
    try:
        for email, required in ((shopper["email"], False), (admin["email"], True)):
            tokens = (await login(it, email)).json()
            assert tokens["second_factor_required"] is required
        client = signed_in(it, tokens)
        assert (await client.get("/api/v1/staff")).status_code == 403  # not before
        assert (await client.get(TOTP)).json()["required"] is True
        secret = (await client.post(TOTP, json={"current": PASSWORD})).json()["secret"]
        codes = await client.post(f"{TOTP}/confirm", json={"code": pyotp.TOTP(secret).now()})
        renewed = await it.client().post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
        assert renewed.json()["second_factor_required"] is False
        client = signed_in(it, renewed.json())
        assert (await client.get("/api/v1/staff")).status_code == 200
        proof = {"current": PASSWORD, "second_factor": codes.json()["recovery_codes"][0]}
        off = await client.request("DELETE", TOTP, json=proof)
        assert (off.status_code, off.json()["type"]) == (409, "second-factor-required")
    finally:
        it.running.stores.put(it.store)
