"""Who is asking. Access tokens are EdDSA JWTs, verified in every process without a call.

API keys are looked up with identity, and the answer is kept for a minute. Ended sessions and keys reach every process as
events and are refused for as long as a token of theirs could still be valid.
"""

import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import jwt
import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tradehall.contracts.identity import SessionEnded
from tradehall.kernel.errors import Forbidden, NotFound, Unauthorized

ACCESS_LIFE = timedelta(minutes=15)
ALGORITHM = "EdDSA"
API_KEY = "thk_"  # what API keys begin with

Role = Literal["shopper", "seller", "store_admin", "warehouse_manager", "warehouse_staff", "support", "operator"]
STAFF = frozenset({"store_admin", "warehouse_manager", "warehouse_staff", "support", "operator"})


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """`store_id` is None for a platform operator, who may act in every store. `seller_id` is set for sellers.

    `scopes` is None for a person who is signed in. For an API key it holds all that the key may do on behalf of its user;
    the key's id is the `session_id`.
    """

    user_id: UUID
    session_id: UUID
    store_id: UUID | None
    roles: frozenset[str]
    seller_id: UUID | None = None
    scopes: frozenset[str] | None = None

    def has(self, *roles: str) -> bool:
        return not self.roles.isdisjoint(roles)

    @property
    def is_admin(self) -> bool:
        return self.has("store_admin", "operator")

    @property
    def is_staff(self) -> bool:
        return self.has(*STAFF)

    def confined_to(self, *unless: Role) -> UUID | None:
        """The seller whose things they work with; None for who sees the whole store: admins, and the roles `unless`.

        Raises Forbidden for who is neither.
        """
        if self.is_admin or self.has(*unless):
            return None
        if self.seller_id is None:
            raise Forbidden("You have no seller profile in this store.")
        return self.seller_id


def same_secret(given: str | None, kept: str) -> bool:
    """Takes as long for a wrong one, so that it cannot be guessed piece by piece."""
    return given is not None and hmac.compare_digest(given.encode(), kept.encode())


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    sub: UUID
    sid: UUID
    jti: str
    iat: int
    exp: int
    roles: list[str]
    store: UUID | None = None
    seller: UUID | None = None


class KeyHolder(msgspec.Struct, frozen=True, kw_only=True):
    """What an API key stands for: its user as they are now, within the key's scopes. `id` is the key's."""

    id: UUID
    user_id: UUID
    roles: list[str]
    seller_id: UUID | None
    scopes: list[str]


def key_digest(api_key: str) -> str:
    """What is kept of a key, in hexadecimal. A key has 256 random bits: no salt, nothing to try out."""
    return hashlib.sha256(api_key.encode()).hexdigest()


class Signer:
    """Identity's private keys: the newest signs, all are published, so that keys can be rotated."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not list(folder.glob("*.pem")):
            _make_key(folder / f"{time.time_ns()}.pem")
        self._keys = {path.stem: _read_key(path) for path in sorted(folder.glob("*.pem"))}
        self._newest = max(self._keys)

    def jwks(self) -> dict[str, Any]:
        """RFC 7517 key set of the public halves."""
        keys = []
        for kid, key in self._keys.items():
            public = jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
            keys.append({**public, "kid": kid, "use": "sig", "alg": ALGORITHM})
        return {"keys": keys}

    def sign(self, claims: Claims) -> str:
        return jwt.encode(
            msgspec.to_builtins(claims),
            self._keys[self._newest],
            algorithm=ALGORITHM,
            headers={"kid": self._newest},
        )


def _read_key(path: Path) -> Ed25519PrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path} is not an Ed25519 key")
    return key


def _make_key(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.touch(mode=0o600)
    path.write_bytes(pem)


class Verifier:
    """`fetch` gets the key set, once at the first token and again when a token names an unknown key.

    `look_up` finds who holds an API key of a store, by its digest; raises NotFound.
    """

    REFETCH = 10.0  # seconds between two fetches that an unknown key may cause
    REMEMBERED = 10_000
    KEY_KEPT = 60.0  # seconds for which who holds an API key is not looked up again
    UNKNOWN_KEPT = 5.0  # seconds for which an unknown one is not
    MOST_UNKNOWN = 1000

    def __init__(
        self,
        fetch: Callable[[], Awaitable[dict[str, Any]]],
        look_up: Callable[[str, UUID], Awaitable[KeyHolder]],
    ) -> None:
        self._fetch = fetch
        self._look_up = look_up
        self._unknown: OrderedDict[tuple[str, UUID], float] = OrderedDict()
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = -self.REFETCH
        self._known: OrderedDict[str, tuple[float, Principal]] = OrderedDict()
        self._ended: dict[UUID, float] = {}

    def end_session(self, event: SessionEnded) -> None:
        now = time.time()
        self._ended[event.session_id] = now + ACCESS_LIFE.total_seconds() + 60
        if len(self._ended) % 1000 == 0:
            self._ended = {sid: until for sid, until in self._ended.items() if until > now}

    async def verify(self, token: str, store_id: UUID | None = None) -> Principal:
        """Raises Unauthorized for a token that is malformed, expired, wrongly signed or of an ended session.

        An API key is good where `store_id` names its store. Raises Busy where it cannot be looked up.
        """
        by_key = token.startswith(API_KEY)
        known = self._known.get(token)
        if known is not None and known[0] <= time.time():
            del self._known[token]
            if not by_key:
                raise Unauthorized("The access token has expired.")
            known = None
        if known is None:
            known = await (self._look_up_key(token, store_id) if by_key else self._check(token))
            self._known[token] = known
            if len(self._known) > self.REMEMBERED:
                self._known.popitem(last=False)
        principal = known[1]
        if principal.session_id in self._ended:
            raise Unauthorized("This session has ended." if principal.scopes is None else "This API key was revoked.")
        return principal

    async def _look_up_key(self, key: str, store_id: UUID | None) -> tuple[float, Principal]:
        wrong = Unauthorized("This API key is not valid here.")
        now = time.time()
        if store_id is None or not key.isascii() or self._unknown.get((key, store_id), 0) > now:
            raise wrong
        try:
            holder = await self._look_up(key_digest(key), store_id)
        except NotFound:
            self._unknown[key, store_id] = now + self.UNKNOWN_KEPT
            if len(self._unknown) > self.MOST_UNKNOWN:
                self._unknown.popitem(last=False)
            raise wrong from None
        return now + self.KEY_KEPT, Principal(
            user_id=holder.user_id,
            session_id=holder.id,
            store_id=store_id,
            roles=frozenset(holder.roles),
            seller_id=holder.seller_id,
            scopes=frozenset(holder.scopes),
        )

    async def _check(self, token: str) -> tuple[float, Principal]:
        try:
            kid = str(jwt.get_unverified_header(token).get("kid", ""))
            key = self._keys.get(kid) or await self._key(kid)
            claims = msgspec.convert(
                jwt.decode(token, key, algorithms=[ALGORITHM], options={"require": ["exp", "sub", "jti"]}),
                Claims,
            )
        except jwt.ExpiredSignatureError:
            raise Unauthorized("The access token has expired.") from None
        except (jwt.PyJWTError, msgspec.ValidationError, UnicodeError, ValueError):
            raise Unauthorized("The access token is not valid.") from None
        return claims.exp, Principal(
            user_id=claims.sub,
            session_id=claims.sid,
            store_id=claims.store,
            roles=frozenset(claims.roles),
            seller_id=claims.seller,
        )

    async def _key(self, kid: str) -> jwt.PyJWK:
        if time.monotonic() - self._fetched_at >= self.REFETCH:
            keys: Iterable[dict[str, Any]] = (await self._fetch())["keys"]
            self._keys = {key["kid"]: jwt.PyJWK(key) for key in keys}
            self._fetched_at = time.monotonic()
        if kid not in self._keys:
            raise jwt.InvalidKeyError("unknown key")
        return self._keys[kid]
