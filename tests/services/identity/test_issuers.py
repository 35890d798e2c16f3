"""Signing in with another issuer, on a real OpenID provider; and what a dishonest one could try."""

import base64
import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import msgspec
import pyotp
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.harness import Alone
from tests.oidc import at_the_provider, running_provider
from tests.services.identity.mailed import code_of
from tests.services.identity.people import PASSWORD, an_email, register, signed_in, told
from tradehall.contracts.identity import UserCreated, UserLoggedIn
from tradehall.contracts.stores import Store
from tradehall.kernel.ids import uuid7
from tradehall.services.identity import oidc

SERVICE = "identity"
SETTINGS = {"private_issuers": True}
ISSUERS = "/api/v1/auth/issuers"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """Its address."""
    with running_provider() as url:
        yield url


@pytest.fixture
async def offered(it: Alone, provider: str) -> None:
    for store in (it.store, it.other):
        await save(it, "acme", issuer=provider, store=store)


async def save(
    it: Alone, code: str, *, store: Store | None = None, status: int = 200, **changes: Any
) -> httpx.Response:
    data = {"name": "Acme", "issuer": "http://127.0.0.1:1", "client_id": "shop", "client_secret": "s3cret", **changes}
    answer = await it.client("store_admin", store=store).put(f"{ISSUERS}/{code}", json=data)
    assert answer.status_code == status, answer.text
    return answer


async def started(it: Alone, store: Store | None = None, **body: Any) -> dict[str, str]:
    answer = await it.client(store=store).post(f"{ISSUERS}/acme/start", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def finish(it: Alone, back: dict[str, str], store: Store | None = None) -> httpx.Response:
    body = {name: back[name] for name in ("state", "code", "second_factor") if name in back}
    return await it.client(store=store).post(f"{ISSUERS}/finish", json=body)


async def signing_in(it: Alone, provider: str, subject: str, **claims: Any) -> httpx.Response:
    begun = await started(it)
    return await finish(it, await at_the_provider(provider, begun["url"], subject, **claims))


async def me(it: Alone, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return (await signed_in(it, answer.json()).get("/api/v1/me")).json()  # type: ignore[no-any-return]


@pytest.mark.usefixtures("offered")
async def test_a_verified_address_makes_an_account_and_the_subject_finds_it_again(it: Alone, provider: str) -> None:
    email, subject, cart = an_email(), uuid7().hex, uuid7()
    begun = await started(it, cart_id=str(cart))
    asked = parse_qs(urlsplit(begun["url"]).query)
    assert asked["redirect_uri"] == [f"http://alpha.localhost:{it.running.settings.port}/login/back"]
    assert asked["code_challenge_method"] == ["S256"]
    back = await at_the_provider(provider, begun["url"], subject, email=email, email_verified=True, name="Ada  Lund")
    assert back["state"] == begun["state"]
    first = await me(it, await finish(it, back))
    assert (first["email"], first["name"], first["roles"]) == (email, "Ada Lund", ["shopper"])
    assert first["email_verified"] is True
    await told(it, UserCreated, email=email)
    assert (await told(it, UserLoggedIn, user_id=first["id"])).cart_id == cart
    moved = await me(it, await signing_in(it, provider, subject, email=an_email(), email_verified=True))
    assert moved["id"] == first["id"]  # the address there may change, the subject does not


@pytest.mark.usefixtures("offered")
async def test_where_guests_buy_a_stranger_gets_no_account_and_who_has_one_comes_in(it: Alone, provider: str) -> None:
    email, subject = an_email(), uuid7().hex
    await me(it, await signing_in(it, provider, subject, email=email, email_verified=True))
    it.running.stores.put(msgspec.structs.replace(it.store, checkout_mode="guest"))
    try:
        answer = await signing_in(it, provider, uuid7().hex, email=an_email(), email_verified=True)
        assert (answer.status_code, answer.json()["type"]) == (403, "no-accounts")
        assert (await me(it, await signing_in(it, provider, subject)))["email"] == email
    finally:
        it.running.stores.put(it.store)


@pytest.mark.usefixtures("offered")
async def test_without_a_password_none_is_right_until_one_is_set_by_mail(it: Alone, provider: str) -> None:
    email = an_email()
    await me(it, await signing_in(it, provider, uuid7().hex, email=email, email_verified=True))
    login = {"email": email, "password": PASSWORD}
    assert (await it.client().post("/api/v1/auth/login", json=login)).status_code == 401
    await it.client().post("/api/v1/auth/password/forgot", json={"email": email})
    code = await code_of(it, email, "password_reset")
    await it.client().post("/api/v1/auth/password/reset", json={**login, "code": code})
    assert (await it.client().post("/api/v1/auth/login", json=login)).status_code == 200


@pytest.mark.usefixtures("offered")
async def test_a_confirmed_account_is_found_by_its_address(it: Alone, provider: str) -> None:
    made = await register(it)
    email = made["user"]["email"]
    code = await code_of(it, email, "email_verification")
    await signed_in(it, made).post("/api/v1/auth/email/verify", json={"code": code})
    found = await me(it, await signing_in(it, provider, uuid7().hex, email=email.upper(), email_verified=True))
    assert found["id"] == made["user"]["id"]


@pytest.mark.usefixtures("offered")
async def test_an_account_somebody_made_with_anothers_address_is_not_shared(it: Alone, provider: str) -> None:
    made = await register(it)  # and never confirmed
    answer = await signing_in(it, provider, uuid7().hex, email=made["user"]["email"], email_verified=True)
    assert (answer.status_code, answer.json()["type"]) == (409, "email-taken")


@pytest.mark.usefixtures("offered")
@pytest.mark.parametrize(
    "claims", [{}, {"email": "a@example.com"}, {"email": "a@example.com", "email_verified": False}]
)
async def test_an_address_the_issuer_did_not_verify_opens_nothing(
    it: Alone, provider: str, claims: dict[str, Any]
) -> None:
    answer = await signing_in(it, provider, uuid7().hex, **claims)
    assert (answer.status_code, answer.json()["type"]) == (401, "not-vouched-for")


@pytest.mark.usefixtures("offered")
async def test_who_has_a_second_factor_shows_it_here_too(it: Alone, provider: str) -> None:
    email, subject = an_email(), uuid7().hex
    client = signed_in(it, (await signing_in(it, provider, subject, email=email, email_verified=True)).json())
    await it.client().post("/api/v1/auth/password/forgot", json={"email": email})
    reset = {"email": email, "password": PASSWORD, "code": await code_of(it, email, "password_reset")}
    await it.client().post("/api/v1/auth/password/reset", json=reset)
    tokens = (await it.client().post("/api/v1/auth/login", json={"email": email, "password": PASSWORD})).json()
    client = signed_in(it, tokens)
    secret = (await client.post("/api/v1/me/totp", json={"current": PASSWORD})).json()["secret"]
    confirmed = await client.post("/api/v1/me/totp/confirm", json={"code": pyotp.TOTP(secret).now()})
    begun = await started(it)
    back = await at_the_provider(provider, begun["url"], subject, email=email, email_verified=True)
    answer = await finish(it, back)
    assert (answer.status_code, answer.json()["type"]) == (401, "second-factor-needed")
    answer = await finish(it, {"state": back["state"], "second_factor": "aaaaa-aaaaa"})
    assert (answer.status_code, answer.json()["type"]) == (401, "wrong-second-factor")
    recovery = confirmed.json()["recovery_codes"][0]
    assert (await finish(it, {"state": back["state"], "second_factor": recovery}, it.other)).status_code == 401
    await me(it, await finish(it, {"state": back["state"], "second_factor": recovery}))
    answer = await finish(it, {"state": back["state"], "second_factor": confirmed.json()["recovery_codes"][1]})
    assert (answer.status_code, answer.json()["type"]) == (401, "sign-in-over")


@pytest.mark.usefixtures("offered")
async def test_what_comes_back_counts_once_in_its_store_and_in_time(it: Alone, provider: str) -> None:
    claims = {"email": an_email(), "email_verified": True}
    begun = await started(it)
    back = await at_the_provider(provider, begun["url"], uuid7().hex, **claims)
    for wrong in ({**back, "state": "x"}, {"state": back["state"]}):
        answer = await finish(it, wrong)
        assert (answer.status_code, answer.json()["type"]) == (401, "sign-in-over")
    assert (await finish(it, back, it.other)).status_code == 401
    assert (await finish(it, back)).status_code == 200
    assert (await finish(it, back)).status_code == 401
    begun = await started(it)
    back = await at_the_provider(provider, begun["url"], uuid7().hex, **claims)
    await it.sql("UPDATE sign_ins SET created_at = now() - interval '11 minutes'")
    assert (await finish(it, back)).status_code == 401


@pytest.mark.usefixtures("offered")
async def test_a_code_for_another_sign_in_is_refused(it: Alone, provider: str) -> None:
    """PKCE and nonce: a stolen code is of no use in the thief's own sign-in."""
    claims = {"email": an_email(), "email_verified": True}
    victim = await at_the_provider(provider, (await started(it))["url"], uuid7().hex, **claims)
    thief = await started(it)
    answer = await finish(it, {"state": thief["state"], "code": victim["code"]})
    assert (answer.status_code, answer.json()["type"]) == (401, "not-vouched-for")


# --- issuers are the admin's


@pytest.mark.usefixtures("offered")
async def test_buttons_name_the_issuers_and_tell_no_secret(it: Alone, provider: str) -> None:
    assert (await it.client().get(ISSUERS)).json() == [{"code": "acme", "name": "Acme"}]
    seen = (await it.client("store_admin").get(f"{ISSUERS}/acme")).json()
    assert seen["redirect_uri"].endswith("/login/back")
    assert "s3cret" not in json.dumps(seen) + str(await it.sql("SELECT * FROM issuers"))
    await save(it, "acme", issuer=provider, name="Acme Inc.", client_secret=None)  # the secret stays
    await me(it, await signing_in(it, provider, uuid7().hex, email=an_email(), email_verified=True))
    assert (await it.client("store_admin").delete(f"{ISSUERS}/acme")).status_code == 204
    assert (await it.client("store_admin").delete(f"{ISSUERS}/acme")).status_code == 404
    assert (await it.client().post(f"{ISSUERS}/acme/start", json={})).status_code == 404


@pytest.mark.parametrize("roles", [(), ("shopper",), ("seller",), ("support",)])
async def test_others_change_no_issuers(it: Alone, roles: tuple[str, ...]) -> None:
    client, expected = it.client(*roles), 403 if roles else 401
    data = {"name": "Evil", "issuer": "http://127.0.0.1:1", "client_id": "x", "client_secret": "x"}
    assert (await client.put(f"{ISSUERS}/evil", json=data)).status_code == expected
    assert (await client.get(f"{ISSUERS}/evil")).status_code == expected
    assert (await client.delete(f"{ISSUERS}/evil")).status_code == expected


async def test_an_issuer_that_is_none_is_not_kept(it: Alone, provider: str) -> None:
    assert (await save(it, "gone", status=503)).json()["type"] == "busy"
    for issuer in (f"{provider}/users", f"http://localhost:{urlsplit(provider).port}/jwks"):
        answer = await save(it, "none", issuer=issuer, status=422)
        assert [error["field"] for error in answer.json()["errors"]] == ["issuer"]
    assert (await it.client("store_admin").get(f"{ISSUERS}/none")).status_code == 404
    for issuer in ("ftp://example.com", "https://", "x", "https://a b", "https://[x", "https://a:b"):
        answer = await save(it, "none", issuer=issuer, status=422)
        assert [error["field"] for error in answer.json()["errors"]] == ["issuer"]
    assert (await save(it, "none", issuer=provider, client_secret=None, status=422)).json()["errors"][0][
        "field"
    ] == "client_secret"


@pytest.mark.parametrize(
    "issuer",
    [
        "http://example.com",
        "https://127.0.0.1",
        "https://localhost",
        "https://[::1]",
        "https://10.0.0.1:5432",
        "https://169.254.169.254",
        "https://\x9c",
        "https://[x",
        "https://a:b",
        "https://" + "a" * 70 + ".example",
    ],
)
async def test_the_platforms_own_network_is_not_asked(it: Alone, issuer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(it.running, "settings", msgspec.structs.replace(it.running.settings, private_issuers=False))
    answer = await save(it, "inside", issuer=issuer, status=422)
    assert [error["field"] for error in answer.json()["errors"]] == ["issuer"]


# --- a token is what it should be, or nothing


@dataclass
class Forger:
    """An issuer that answers with whatever token it is given."""

    key: rsa.RSAPrivateKey
    token: str = ""

    def jwk(self) -> dict[str, Any]:
        return {**jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True), "kid": "1", "use": "sig"}


@pytest.fixture
async def forger(it: Alone, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Forger]:
    forger = Forger(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    about = {
        "issuer": "https://forger.example",
        "authorization_endpoint": "https://forger.example/authorize",
        "token_endpoint": "https://forger.example/token",
        "jwks_uri": "https://forger.example/jwks",
    }

    async def ask(method: str, url: str, *_: Any) -> bytes:
        kind = url.rpartition("/")[2]
        answers: dict[str, Any] = {"token": {"id_token": forger.token}, "jwks": {"keys": [forger.jwk()]}}
        return json.dumps(answers.get(kind, about)).encode()

    monkeypatch.setattr(oidc, "_ask", ask)
    await save(it, "acme", issuer="https://forger.example", client_secret="s")
    yield forger
    oidc._known.clear()


def claims(begun: dict[str, str], **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    nonce = parse_qs(urlsplit(begun["url"]).query)["nonce"][0]
    facts = {"iss": "https://forger.example", "aud": "shop", "sub": uuid7().hex, "iat": now, "exp": now + 60, "nonce": nonce,
             "email": an_email(), "email_verified": True}  # fmt: skip
    return {name: value for name, value in {**facts, **changes}.items() if value is not None}


def signed(forger: Forger, payload: dict[str, Any], **header: Any) -> str:
    return jwt.encode(payload, forger.key, algorithm="RS256", headers={"kid": "1", **header})


async def test_a_right_token_lets_in(it: Alone, forger: Forger) -> None:
    begun = await started(it)
    forger.token = signed(forger, claims(begun))
    assert (await finish(it, {"state": begun["state"], "code": "c"})).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"},
        {"aud": "another-shop"},
        {"aud": ["shop", "another"], "azp": "another"},
        {"exp": 1000},
        {"exp": None},
        {"sub": None},
        {"nonce": "another"},
        {"nonce": None},
        {"email_verified": "no"},
        {"iat": int(time.time()) + 3600},
    ],
)
async def test_a_token_that_says_something_else_does_not(it: Alone, forger: Forger, changes: dict[str, Any]) -> None:
    begun = await started(it)
    forger.token = signed(forger, claims(begun, **changes))
    answer = await finish(it, {"state": begun["state"], "code": "c"})
    assert (answer.status_code, answer.json()["type"]) == (401, "not-vouched-for")


async def test_a_token_that_is_not_signed_by_the_issuer_does_not(it: Alone, forger: Forger) -> None:
    stranger = Forger(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    begun = await started(it)
    unsigned = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({"alg": "none", "kid": "1"}, claims(begun))
    )
    with_public_key = jwt.encode(claims(begun), json.dumps(forger.jwk())[:64], algorithm="HS256", headers={"kid": "1"})
    for token in (signed(stranger, claims(begun)), unsigned + ".", with_public_key, "", "x.y.z",
                  signed(forger, claims(begun), kid="2")):  # fmt: skip
        forger.token = token
        answer = await finish(it, {"state": begun["state"], "code": "c"})
        assert (answer.status_code, answer.json()["type"]) == (401, "not-vouched-for")
        begun = await started(it)
