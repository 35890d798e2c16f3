"""The visitor's cookies: session tokens, refreshed before they run out, the guest's cart, the token against forgery."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import time
from dataclasses import dataclass

import msgspec

from tradehall.kernel.errors import Refusal
from tradehall.web.client import Api, ApiProblem, Json

SESSION, CART, VISITOR = "session", "cart", "visitor"
COUNTED = "clicks"  # the number of who agreed to be counted and known again, or "no"
COUNTED_LIFE = 180 * 86400
SESSION_LIFE = 7 * 86400
CART_LIFE = 90 * 86400
EARLY = 60  # seconds before its end at which an access token is renewed


class _Expiry(msgspec.Struct):
    exp: int = 0


@dataclass(frozen=True)
class Tokens:
    """`incomplete`: the roles of staff are not among them until there is a second factor."""

    access: str
    refresh: str
    incomplete: bool = False

    @classmethod
    def of(cls, answer: Json) -> "Tokens":
        """As identity hands them out."""
        return cls(answer["access_token"], answer["refresh_token"], answer.get("second_factor_required", False))

    @classmethod
    def from_cookie(cls, value: str) -> "Tokens | None":
        access, *rest = value.split("~")
        return cls(access, rest[0], len(rest) > 1) if rest and access.count(".") == 2 else None

    def to_cookie(self) -> str:
        return f"{self.access}~{self.refresh}{'~incomplete' if self.incomplete else ''}"

    @property
    def stale(self) -> bool:
        """Also for a token nobody can read: the refresh decides."""
        try:
            payload = self.access.split(".")[1]
            claims = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
            return msgspec.json.decode(claims, type=_Expiry).exp - time.time() < EARLY
        except (msgspec.MsgspecError, binascii.Error, ValueError):
            return True


class Refresher:
    """One refresh per token, however many requests of a browser arrive with it: using an old one ends the session."""

    KEPT = 60.0  # seconds in which late requests with the old token still find the new one

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, asyncio.Task[Tokens | None]]] = {}

    async def refresh(self, api: Api, old: Tokens, path: str = "/api/v1/auth/refresh") -> Tokens | None:
        """`path` is the API's, for the kind of session. None where the session is over. Raises Busy where identity does not answer."""
        now = time.monotonic()
        for key in [key for key, (until, _) in self._known.items() if until < now]:
            del self._known[key]
        if old.refresh not in self._known:
            self._known[old.refresh] = (now + self.KEPT, asyncio.create_task(_refresh(api, old.refresh, path)))
        try:
            return await asyncio.shield(self._known[old.refresh][1])
        except Refusal:
            self._known.pop(old.refresh, None)
            raise


async def _refresh(api: Api, refresh_token: str, path: str) -> Tokens | None:
    api.access = ""
    try:
        answer = await api.post(path, {"refresh_token": refresh_token})
    except ApiProblem as problem:
        if problem.status in (400, 401, 403, 422):
            return None
        raise
    return Tokens.of(answer)


def csrf_token(secret: str, visitor: str) -> str:
    return hmac.new(secret.encode(), b"csrf\0" + visitor.encode(), hashlib.sha256).hexdigest()[:40]
