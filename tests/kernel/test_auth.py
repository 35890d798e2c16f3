"""Who is let in: nobody with a token that identity did not sign, of another store, expired, or of an ended session."""

import base64
import hashlib
import hmac
import json
import time
import warnings
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.harness import Alone, eventually
from tradehall.contracts.identity import SessionEnded
from tradehall.contracts.values import encode
from tradehall.kernel.auth import Claims, KeyHolder, Signer, Verifier, _make_key
from tradehall.kernel.bus import Message
from tradehall.kernel.bus.nats import NatsBus
from tradehall.kernel.errors import NotFound, Unauthorized
from tradehall.kernel.ids import uuid7
from tradehall.kernel.peers import AUDIENCE, Peers


async def me(shop: Alone, token: str | bytes, scheme: bytes = b"Bearer") -> httpx.Response:
    sent = token.encode() if isinstance(token, str) else token
    return await shop.client().get("/api/v1/me", headers=[(b"authorization", scheme + b" " + sent)])


def claims(shop: Alone, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    return {
        "sub": str(uuid7()),
        "sid": str(uuid7()),
        "jti": "x",
        "iat": now,
        "exp": now + 900,
        "roles": ["shopper"],
        "store": str(shop.store.id),
    } | changes


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def signed_by_us(shop: Alone, payload: dict[str, Any]) -> str:
    signer = shop.signer
    return jwt.encode(payload, signer._keys[signer._newest], algorithm="EdDSA", headers={"kid": signer._newest})


async def no_key(digest: str, store_id: UUID) -> KeyHolder:
    raise NotFound


async def test_signed_token_lets_in(shop: Alone) -> None:
    who = uuid7()
    answer = await me(shop, shop.token("shopper", user_id=who))
    assert answer.json() == {"user_id": str(who)}
    assert (await me(shop, shop.token("shopper"), b"bearer")).status_code == 200


async def test_token_of_another_store_is_refused(shop: Alone) -> None:
    answer = await me(shop, shop.token("store_admin", store=shop.other))
    assert answer.status_code == 401
    assert (await shop.client(store=shop.other).get("/api/v1/me")).status_code == 401


async def test_operator_is_let_into_every_store(shop: Alone) -> None:
    token = shop.token("operator")
    for store in (shop.store, shop.other):
        answer = await shop.client(store=store).get("/api/v1/admin", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("shopper", "/api/v1/admin", 403),
        ("seller", "/api/v1/admin", 403),
        ("store_admin", "/api/v1/admin", 200),
        ("shopper", "/api/v1/seller", 403),
        ("seller", "/api/v1/seller", 200),
        ("operator", "/internal/v1/peer", 403),
        ("nonsense", "/api/v1/admin", 403),
    ],
)
async def test_role_opens_its_routes_and_no_others(shop: Alone, role: str, path: str, status: int) -> None:
    assert (await shop.client(role).get(path)).status_code == status


async def test_guest_is_asked_to_sign_in(shop: Alone) -> None:
    for path in ("/api/v1/me", "/api/v1/admin", "/api/v1/seller"):
        assert (await shop.client().get(path)).status_code == 401
    assert (await shop.client().get("/internal/v1/peer")).status_code == 403


async def test_expired_token_is_refused_also_when_it_was_known(shop: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await me(shop, shop.token("shopper", lives=-1))).status_code == 401
    token = shop.token("shopper", lives=60)
    assert (await me(shop, token)).status_code == 200
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    answer = await me(shop, token)
    assert (answer.status_code, answer.json()["detail"]) == (401, "The access token has expired.")


async def test_ended_session_is_refused_as_soon_as_the_event_arrives(shop: Alone) -> None:
    session = uuid7()
    token, other = shop.token("shopper", session_id=session), shop.token("shopper")
    assert (await me(shop, token)).status_code == 200
    event = SessionEnded(session_id=session)
    await shop.running.bus.publish(
        [Message(uuid7(), event.publisher, event.event_name(), str(session), shop.store.id, encode(event))]
    )

    async def refused() -> bool:
        return (await me(shop, token)).status_code == 401

    await eventually(refused)
    assert (await me(shop, shop.token("shopper", session_id=session))).status_code == 401
    assert (await me(shop, other)).status_code == 200


async def test_session_that_ended_before_this_process_began_is_refused(shop: Alone) -> None:
    session = uuid7()
    event = SessionEnded(session_id=session)
    await shop.stop()
    bus = await NatsBus.connect(shop.running.settings.nats_url, stream=shop.running.settings.stream)
    await bus.publish(
        [Message(uuid7(), event.publisher, event.event_name(), str(session), shop.store.id, encode(event))]
    )
    await bus.close()
    await shop.start()

    async def known() -> bool:
        return session in shop.running.verifier._ended

    await eventually(known)
    assert (await me(shop, shop.token("shopper", session_id=session))).status_code == 401


@pytest.mark.parametrize(
    "token",
    [
        b"",
        b".",
        b"..",
        b"x",
        b"a.b.c",
        b"\xff\xfe",
        b"x" * 30_000,
        part(b"[" * 8000).encode() + b".e30.",
        part([]).encode() + b".e30.",
        part({"alg": "EdDSA", "kid": []}).encode() + b".e30.",
        part({"alg": "EdDSA", "kid": {"a": 1}}).encode() + b".e30.AAAA",
        part({"alg": "EdDSA"}).encode() + b".e30.AAAA",
        part({"alg": 3, "kid": "x"}).encode() + b".e30.AAAA",
        part({"alg": "EdDSA", "kid": "../../etc/passwd"}).encode() + b".e30.AAAA",
        part({"alg": "EdDSA", "kid": "x", "crit": ["b64"], "b64": False}).encode() + b".e30.AAAA",
    ],
    ids=lambda token: token[:12].hex(),
)
async def test_garbage_is_refused(shop: Alone, token: bytes) -> None:
    answer = await me(shop, token)
    assert answer.status_code == 401, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Token x", "Bearer  ", "bearer"])
async def test_other_schemes_are_refused(shop: Alone, header: str) -> None:
    assert (await shop.client().get("/api/v1/me", headers={"authorization": header})).status_code == 401


async def test_unsigned_token_is_refused(shop: Alone) -> None:
    for algorithm in ("none", "None", "NONE", ""):
        header = {"alg": algorithm, "kid": shop.signer._newest, "typ": "JWT"}
        for signature in ("", "AAAA"):
            assert (await me(shop, f"{part(header)}.{part(claims(shop))}.{signature}")).status_code == 401


async def test_public_key_is_no_shared_secret(shop: Alone) -> None:
    public = shop.signer._keys[shop.signer._newest].public_key()
    secrets = [
        public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw),
        public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        json.dumps(shop.signer.jwks()["keys"][0]).encode(),
    ]
    for secret in secrets:
        signing = f"{part({'alg': 'HS256', 'kid': shop.signer._newest})}.{part(claims(shop))}"
        signature = hmac.new(secret, signing.encode(), hashlib.sha256).digest()
        assert (await me(shop, f"{signing}.{part(signature)}")).status_code == 401


async def test_token_of_another_key_or_kind_is_refused(shop: Alone, tmp_path: Path) -> None:
    stranger = Signer(tmp_path / "keys")
    forged = jwt.encode(
        claims(shop), stranger._keys[stranger._newest], algorithm="EdDSA", headers={"kid": shop.signer._newest}
    )
    assert (await me(shop, forged)).status_code == 401
    curve = jwt.encode(
        claims(shop),
        ec.generate_private_key(ec.SECP256R1()),
        algorithm="ES256",
        headers={"kid": shop.signer._newest, "jwk": shop.signer.jwks()["keys"][0]},
    )
    assert (await me(shop, curve)).status_code == 401


async def test_changed_token_is_refused(shop: Alone) -> None:
    header, _, signature = shop.token("shopper").split(".")
    assert (
        await me(shop, f"{header}.{part(claims(shop, roles=['operator'], store=None))}.{signature}")
    ).status_code == 401


@pytest.mark.parametrize(
    "change",
    [{"sub": None}, {"sub": "me"}, {"exp": None}, {"exp": "soon"}, {"roles": "operator"}, {"roles": None}, {"store": "x"},
     {"sid": 3}, {"jti": None}, {"nbf": 10**10}, {"iat": 10**10}],
    ids=str,
)  # fmt: skip
async def test_signed_token_with_wrong_claims_is_refused(shop: Alone, change: dict[str, Any]) -> None:
    payload = {k: v for k, v in claims(shop, **change).items() if v is not None}
    assert (await me(shop, signed_by_us(shop, payload))).status_code == 401


# --- keys


def some_claims() -> Claims:
    now = int(time.time())
    return Claims(sub=uuid7(), sid=uuid7(), jti="j", iat=now, exp=now + 60, roles=["shopper"])


async def test_keys_can_be_rotated(tmp_path: Path) -> None:
    signer = Signer(tmp_path)
    fetched = 0

    async def fetch() -> dict[str, Any]:
        nonlocal fetched
        fetched += 1
        return signer.jwks()

    verifier = Verifier(fetch, no_key)
    verifier.REFETCH = 0
    old = signer.sign(some_claims())
    await verifier.verify(old)
    _make_key(tmp_path / f"{time.time_ns()}.pem")
    signer = Signer(tmp_path)
    assert len(signer.jwks()["keys"]) == 2
    await verifier.verify(signer.sign(some_claims()))
    await verifier.verify(old)
    assert fetched == 2


async def test_unknown_keys_cause_no_flood_of_questions(tmp_path: Path) -> None:
    signer, stranger = Signer(tmp_path / "a"), Signer(tmp_path / "b")
    fetched = 0

    async def fetch() -> dict[str, Any]:
        nonlocal fetched
        fetched += 1
        return signer.jwks()

    verifier = Verifier(fetch, no_key)
    for _ in range(20):
        with pytest.raises(Unauthorized):
            await verifier.verify(stranger.sign(some_claims()))
    assert fetched == 1
    await verifier.verify(signer.sign(some_claims()))


async def test_published_keys_hold_no_private_part(tmp_path: Path) -> None:
    (key,) = Signer(tmp_path).jwks()["keys"]
    assert "d" not in key
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("OKP", "Ed25519", "EdDSA", "sig")
    assert [oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()] == ["0o600"]  # noqa: ASYNC240


async def test_what_is_remembered_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signer = Signer(tmp_path)

    async def fetch() -> dict[str, Any]:
        return signer.jwks()

    verifier = Verifier(fetch, no_key)
    monkeypatch.setattr(verifier, "REMEMBERED", 10)
    for _ in range(30):
        await verifier.verify(signer.sign(some_claims()))
    assert len(verifier._known) == 10
    for n in range(3000):
        verifier.end_session(SessionEnded(session_id=UUID(int=n)))
    later = time.time() + 3600
    monkeypatch.setattr(time, "time", lambda: later)
    for n in range(3000, 4000):
        verifier.end_session(SessionEnded(session_id=UUID(int=n)))
    assert len(verifier._ended) == 1000


# --- peers


async def test_peer_is_let_into_internal_routes_and_nowhere_else(shop: Alone) -> None:
    peers = Peers(shop.running.settings.secret, httpx.ASGITransport(shop.app), "http://localhost")
    assert await peers.ask("shop", "/internal/v1/peer", dict[str, bool]) == {"peer": True}
    assert (await me(shop, peers._token())).status_code == 401
    await peers.close()


async def test_peer_with_another_secret_or_an_old_token_is_not_let_in(shop: Alone) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tokens = [
            jwt.encode({"aud": AUDIENCE, "exp": int(time.time()) + 60}, "wrong" * 10, algorithm="HS256"),
            jwt.encode({"aud": AUDIENCE, "exp": int(time.time()) - 1}, shop.running.settings.secret, algorithm="HS256"),
            jwt.encode({"aud": "other", "exp": int(time.time()) + 60}, shop.running.settings.secret, algorithm="HS256"),
            jwt.encode({"aud": AUDIENCE}, shop.running.settings.secret, algorithm="HS256"),
            shop.token("operator"),
            "x",
            part(b"[" * 8000) + ".e30.",
        ]
    for token in tokens:
        answer = await shop.client().get("/internal/v1/peer", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 403, token


def test_claims_are_what_is_signed(tmp_path: Path) -> None:
    given = some_claims()
    payload = jwt.decode(Signer(tmp_path).sign(given), options={"verify_signature": False})
    assert msgspec.convert(payload, Claims) == given
