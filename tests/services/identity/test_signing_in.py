import asyncio
import time
from uuid import UUID

import jwt
import msgspec
import pytest
from argon2 import PasswordHasher

from tests.harness import Alone
from tests.services.identity.people import PASSWORD, an_email, login, register, signed_in, told
from tradehall.contracts.identity import UserCreated, UserLoggedIn
from tradehall.kernel.ids import uuid7

SERVICE = "identity"


async def test_registering_makes_a_shopper_who_is_signed_in(it: Alone) -> None:
    email, cart_id = an_email(), uuid7()
    made = await register(it, email=f"  {email.upper()} ", name="  Ada Lund ", cart_id=str(cart_id))
    assert made["user"] == {
        "id": made["user"]["id"], "email": email, "name": "Ada Lund", "roles": ["shopper"], "seller_id": None,
        "totp": False,
    }  # fmt: skip
    assert (made["expires_in"], made["token_type"]) == (900, "Bearer")
    assert (await signed_in(it, made).get("/api/v1/me")).json()["email"] == email
    event = await told(it, UserCreated, email=email)
    assert (str(event.user_id), event.name, event.roles) == (made["user"]["id"], "Ada Lund", ["shopper"])
    await told(it, UserLoggedIn, user_id=event.user_id, cart_id=cart_id)


async def test_an_email_is_registered_once_per_store(it: Alone) -> None:
    email = an_email()
    await register(it, email=email)
    answer = await it.client().post(
        "/api/v1/auth/register", json={"email": email.title(), "password": PASSWORD, "name": "Eve"}
    )
    assert (answer.status_code, answer.json()["type"]) == (409, "email-taken")
    await register(it, email=email, store=it.other)


async def test_where_guests_buy_nobody_registers_and_staff_log_in(it: Alone) -> None:
    known = await register(it)
    body = {"email": an_email(), "password": PASSWORD, "name": "Ada"}
    it.running.stores.put(msgspec.structs.replace(it.store, checkout_mode="guest"))
    try:
        answer = await it.client().post("/api/v1/auth/register", json=body)
        assert (answer.status_code, answer.json()["type"]) == (403, "no-accounts")
        assert (await login(it, known["user"]["email"])).status_code == 200
    finally:
        it.running.stores.put(it.store)
    assert (await it.client().post("/api/v1/auth/register", json=body)).status_code == 201


async def test_of_registrations_at_once_exactly_one_wins(it: Alone) -> None:
    body = {"email": an_email(), "password": PASSWORD, "name": "Ada"}
    answers = await asyncio.gather(*(it.client().post("/api/v1/auth/register", json=body) for _ in range(5)))
    assert sorted(a.status_code for a in answers) == [201] + [409] * 4


async def test_login_gives_tokens_and_tells_of_the_cart(it: Alone) -> None:
    made, cart_id = await register(it), uuid7()
    answer = await login(it, made["user"]["email"].upper(), cart_id=str(cart_id))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert set(answer.json()) == {
        "access_token", "refresh_token", "expires_in", "token_type", "second_factor_required",
    }  # fmt: skip
    await told(it, UserLoggedIn, user_id=made["user"]["id"], cart_id=cart_id)


async def test_the_access_token_says_who_where_and_for_how_long(it: Alone) -> None:
    made = await register(it)
    keys = (await it.client().get("/.well-known/jwks.json")).json()["keys"]
    kid = jwt.get_unverified_header(made["access_token"])["kid"]
    key = jwt.PyJWK(next(k for k in keys if k["kid"] == kid))
    claims = jwt.decode(made["access_token"], key, algorithms=["EdDSA"])
    assert claims["sub"] == made["user"]["id"]
    assert claims["store"] == str(it.store.id)
    assert claims["roles"] == ["shopper"]
    assert claims["exp"] - claims["iat"] == 900


async def test_unknown_email_and_wrong_password_are_answered_alike(it: Alone) -> None:
    made = await register(it)
    answers, quickest = [], []
    for email in (made["user"]["email"], an_email()):
        seconds = []
        for _ in range(3):
            began = time.perf_counter()
            answer = await login(it, email, "not the password")
            seconds.append(time.perf_counter() - began)
        answers.append(answer)
        quickest.append(min(seconds))
    known, unknown = [{**a.json(), "correlation_id": ""} for a in answers]
    assert known == unknown
    assert (answers[0].status_code, known["type"]) == (401, "wrong-credentials")
    assert quickest[1] > 0.4 * quickest[0], "a hash is made for nobody, too"


async def test_a_password_matches_in_either_unicode_form(it: Alone) -> None:
    made = await register(it, password="caf\u00e9 cr\u00e8me")
    assert (await login(it, made["user"]["email"], "cafe\u0301 cre\u0300me")).status_code == 200


async def test_a_hash_of_old_parameters_is_renewed_at_login(it: Alone) -> None:
    made = await register(it)
    old = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    await it.sql("UPDATE users SET password_hash = $2 WHERE id = $1", UUID(made["user"]["id"]), old)
    assert (await login(it, made["user"]["email"])).status_code == 200
    (row,) = await it.sql("SELECT password_hash FROM users WHERE id = $1", UUID(made["user"]["id"]))
    assert "m=19456,t=2,p=1" in row["password_hash"]
    assert (await login(it, made["user"]["email"])).status_code == 200


async def test_no_secret_is_stored_or_published(it: Alone) -> None:
    made = await register(it, password="a very secret phrase")
    await told(it, UserCreated, email=made["user"]["email"])
    published = b"".join(payload for _, _, payload in it.heard)
    for secret in ("a very secret phrase", made["refresh_token"], made["access_token"], "argon2"):
        assert secret.encode() not in published
    for table in ("users", "sessions", "refresh_tokens", "login_failures"):
        rows = str(await it.sql(f"SELECT t::text FROM {table} t"))
        assert made["refresh_token"] not in rows
        assert "a very secret phrase" not in rows


async def test_keys_are_public_and_may_be_kept_for_five_minutes(it: Alone) -> None:
    answer = await it.client().get("http://nowhere.example/.well-known/jwks.json")
    assert answer.headers["cache-control"] == "public, max-age=300"
    (key,) = answer.json()["keys"]
    assert (key["kty"], key["alg"], "d" in key) == ("OKP", "EdDSA", False)


async def test_a_peer_may_fetch_the_keys_with_its_own_token(it: Alone) -> None:
    assert (await it.running.peers.ask("identity", "/.well-known/jwks.json", dict))["keys"]


async def test_an_expired_token_is_refused(it: Alone) -> None:
    assert (await it.client("shopper", lives=-1).get("/api/v1/me")).status_code == 401


async def test_an_account_of_one_store_is_nobody_in_another(it: Alone) -> None:
    made = await register(it)
    there = it.client(store=it.other)
    given = {"email": made["user"]["email"], "password": PASSWORD}
    assert (await there.post("/api/v1/auth/login", json=given)).status_code == 401
    token = {"refresh_token": made["refresh_token"]}
    assert (await there.post("/api/v1/auth/refresh", json=token)).status_code == 401
    assert (await signed_in(it, made, store=it.other).get("/api/v1/me")).status_code == 401
    assert (await it.client().post("/api/v1/auth/refresh", json=token)).status_code == 200


GOOD = {"email": "someone@example.com", "password": PASSWORD, "name": "Someone"}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": "no-at-sign"}, "email"),
        ({"email": "a@b"}, "email"),
        ({"email": "two words@example.com"}, "email"),
        ({"email": "nul\0byte@example.com"}, "email"),
        ({"email": "a@exam\u202eple.com"}, "email"),
        ({"email": "a@ex_ample.com"}, "email"),
        ({"email": "a@-example.com"}, "email"),
        ({"email": "a" * 65 + "@example.com"}, "email"),
        ({"email": "\ufdfa" * 60 + "@example.com"}, "email"),
        ({"email": "a" * 10_000 + "@example.com"}, "email"),
        ({"email": None}, "email"),
        ({"email": 7}, "email"),
        ({"email": ["a@example.com"]}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"password": {"$ne": ""}}, "password"),
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "Ada\0"}, "name"),
        ({"name": "Ada\nBcc: all@example.com"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"cart_id": "not-a-uuid"}, "cart_id"),
    ],
)
async def test_bad_registrations_name_the_field(it: Alone, wrong: dict[str, object], field: str) -> None:
    answer = await it.client().post("/api/v1/auth/register", json={**GOOD, **wrong})
    assert answer.status_code == 422, answer.text
    assert [e["field"] for e in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("path", ["register", "login", "refresh"])
@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b'"x"', b'{"email": "\\ud800"}', b"\xff", b"{}"])
async def test_broken_bodies_are_refused(it: Alone, path: str, body: bytes) -> None:
    answer = await it.client().post(f"/api/v1/auth/{path}", content=body, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500, answer.text


async def test_odd_but_possible_accounts_work(it: Alone) -> None:
    password = "nul\0 \U0001f40e\u202e'; --"
    for email in (f"o'brien+{uuid7().hex}@example.co.uk", f"zo\u00eb{uuid7().hex}@b\u00fccher.example"):
        made = await register(it, email=email, password=password, name="Zo\u00eb <b>'; DROP TABLE users; --")
        assert made["user"]["email"] == email
        assert (await login(it, email, password)).status_code == 200
