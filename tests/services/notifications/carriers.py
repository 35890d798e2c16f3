"""Who carries messages, on loopback: an SMS provider that speaks Twilio's Messages API, a push service that is a browser too."""

import asyncio
import base64
import contextlib
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import jwt
import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HANG_UP = (0, {}, b"")  # an answer that never comes


class Asked(msgspec.Struct, frozen=True):
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def fields(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


Answer = tuple[int, dict[str, str], bytes]


@asynccontextmanager
async def listening(answer: Callable[[Asked], Awaitable[Answer]]) -> AsyncIterator[int]:
    """An HTTP server of so much of HTTP as is needed; the port."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while asked := await _read(reader):
                status, headers, body = await answer(asked)
                if not status:
                    break
                lines = [
                    f"HTTP/1.1 {status} X",
                    f"content-length: {len(body)}",
                    *(f"{k}: {v}" for k, v in headers.items()),
                ]
                writer.write("\r\n".join([*lines, "", ""]).encode() + body)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def _read(reader: asyncio.StreamReader) -> Asked | None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    parts = urlsplit(target)
    return Asked(method, parts.path, dict(parse_qsl(parts.query)), headers, body)


def _json(status: int, body: Any, **headers: str) -> Answer:
    return status, {"content-type": "application/json", **headers}, msgspec.json.encode(body)


@dataclass
class SmsProvider:
    """`refusals`: by number, what is answered instead of taking it. After `lost` it is taken, and the answer never comes; nor
    does any while it is `silent`."""

    account: str = "AC0123456789abcdef"
    token: str = "twilioTokenOfTheTests"
    port: int = 0
    messages: list[dict[str, str]] = field(default_factory=list)
    refusals: dict[str, list[Answer]] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    silent: bool = False
    asked: list[Asked] = field(default_factory=list)

    async def answer(self, asked: Asked) -> Answer:
        answer = self._answer(asked)
        while self.silent:
            await asyncio.sleep(0.05)
        return answer

    def _answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        wanted = base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {wanted}":
            return _json(401, {"code": 20003, "message": "Authenticate", "status": 401})
        if asked.path != f"/2010-04-01/Accounts/{self.account}/Messages.json":
            return _json(404, {"code": 20404, "status": 404})
        if asked.method == "GET":
            return _json(200, {"messages": [one for one in self.messages if one["to"] == asked.query["To"]]})
        fields = asked.fields
        missing = {"To", "Body", "From", "StatusCallback"} - fields.keys()
        if missing:
            return _json(400, {"code": 21604, "message": f"missing {missing}", "status": 400})
        if waiting := self.refusals.get(fields["To"]):
            return waiting.pop(0)
        sid = f"SM{uuid4().hex}"
        message = {"sid": sid, "to": fields["To"], "body": fields["Body"], "from": fields["From"], "status": "queued"}
        self.messages.insert(0, message | {"callback": fields["StatusCallback"]})
        if fields["To"] in self.lost:
            self.lost.remove(fields["To"])
            return HANG_UP
        return _json(201, message)

    def to(self, number: str) -> list[dict[str, str]]:
        return [one for one in self.messages if one["to"] == number]


def refusal(status: int, code: int, **headers: str) -> Answer:
    return _json(status, {"code": code, "message": "No", "status": status}, **headers)


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unbase64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Browser:
    """One that subscribed: it can read what was encrypted for it (RFC 8291, section 3.4)."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = b"0123456789abcdef"
    name: str = field(default_factory=lambda: uuid4().hex)

    @property
    def public(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def subscription(self, port: int) -> dict[str, Any]:
        keys = {"p256dh": base64url(self.public), "auth": base64url(self.auth)}
        return {"endpoint": f"http://127.0.0.1:{port}/push/{self.name}", "keys": keys, "name": "Firefox"}

    def read(self, body: bytes) -> dict[str, Any]:
        return msgspec.json.decode(decrypted(body, self.private, self.auth))  # type: ignore[no-any-return]


def decrypted(body: bytes, private: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """Written from the RFCs 8291 and 8188 alone, so that it can disagree with what encrypts."""
    salt, (size,), length = body[:16], struct.unpack("!L", body[16:20]), body[20]
    sender, record = body[21 : 21 + length], body[21 + length :]
    assert len(record) <= size
    shared = private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
    mine = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    ikm = _hkdf(auth, shared, b"WebPush: info\0" + mine + sender, 32)
    key = _hkdf(salt, ikm, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _hkdf(salt, ikm, b"Content-Encoding: nonce\0", 12)
    plain = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\0")
    assert plain[-1:] == b"\x02"
    return plain[:-1]


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


@dataclass
class PushService:
    """It believes who asks only with a token of RFC 8292 for its own origin."""

    port: int = 0
    got: dict[str, list[Asked]] = field(default_factory=dict)
    refusals: dict[str, list[Answer]] = field(default_factory=dict)

    async def answer(self, asked: Asked) -> Answer:
        scheme, _, rest = asked.headers["authorization"].partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unbase64url(parts["k"]))
        claims = jwt.decode(parts["t"], key, algorithms=["ES256"], audience=f"http://127.0.0.1:{self.port}")
        if scheme != "vapid" or not claims["sub"].startswith("mailto:") or "ttl" not in asked.headers:
            return 400, {}, b""
        name = asked.path.rpartition("/")[2]
        if waiting := self.refusals.get(name):
            return waiting.pop(0)
        self.got.setdefault(name, []).append(asked)
        return 201, {}, b""
