"""Asking another service, for pages and back-office reads; never in the order flow.

In one process the question goes straight into the app, in many over HTTP: one client, two transports.
"""

import time
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar

import httpx
import jwt
import msgspec

from tradehall.kernel import telemetry
from tradehall.kernel.context import correlation
from tradehall.kernel.errors import Busy, NotFound

T = TypeVar("T")

AUDIENCE = "tradehall-internal"


class Peers:
    """`gateway` is where all services are reached from inside, internal routes included."""

    def __init__(self, secret: str, transport: httpx.AsyncBaseTransport | None, gateway: str) -> None:
        self._secret = secret
        self.gateway = gateway
        self.client = httpx.AsyncClient(transport=transport, timeout=10, follow_redirects=False)
        # Everyone asks through this one client: a cookie kept for one visitor would be sent for the next.
        self.client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def _token(self) -> str:
        return jwt.encode({"aud": AUDIENCE, "exp": int(time.time()) + 60}, self._secret, algorithm="HS256")

    def accepts(self, token: str) -> bool:
        try:
            jwt.decode(token, self._secret, algorithms=["HS256"], audience=AUDIENCE, options={"require": ["exp"]})
        except jwt.PyJWTError:
            return False
        return True

    async def ask(self, service: str, path: str, shape: type[T], **params: Any) -> T:
        """GET an internal route of a service. Raises NotFound, or Busy where it does not answer well."""
        headers = {
            "authorization": f"Bearer {self._token()}",
            "x-correlation-id": correlation(),
            **telemetry.inject(),
        }
        url = self.gateway + path
        try:
            answer = await self.client.get(url, params=params, headers=headers)
        except httpx.HTTPError as error:
            raise Busy(f"{service} does not answer") from error
        if answer.status_code == 404:
            raise NotFound(f"{service} does not know it")
        if answer.status_code != 200:
            raise Busy(f"{service} answered {answer.status_code}")
        return msgspec.json.decode(answer.content, type=shape)

    async def close(self) -> None:
        await self.client.aclose()
