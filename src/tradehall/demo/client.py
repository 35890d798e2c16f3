"""A client of one store, as any program outside: HTTP, the store's host, a token."""

import asyncio
import time
from collections.abc import Collection
from typing import Any

import httpx

PATIENCE = 30.0  # seconds for what another service has to hear of first
_AGAIN = {502, 503, 504}


class DemoError(Exception):
    """The platform did not do as the demo needs; the message says what it answered."""


class Client:
    """`headers` go with every request. At most `room` requests are under way in all clients that share it."""

    def __init__(self, http: httpx.AsyncClient, room: asyncio.Semaphore, host: str, token: str = "") -> None:
        self._http = http
        self._room = room
        self._host = host
        self._headers = {"host": host} | ({"authorization": f"Bearer {token}"} if token else {})

    def signed_in(self, token: str) -> "Client":
        return Client(self._http, self._room, self._host, token)

    def at(self, host: str) -> "Client":
        other = Client(self._http, self._room, host)
        other._headers = self._headers | {"host": host}
        return other

    def with_room(self, room: asyncio.Semaphore) -> "Client":
        other = Client(self._http, room, self._host)
        other._headers = self._headers
        return other

    async def call(
        self, method: str, path: str, body: object = None, *, fine: Collection[int] = (), soon: Collection[int] = (),
        headers: dict[str, str] | None = None, **parts: Any,
    ) -> Any:  # fmt: skip
        """The answer's JSON. None for a status in `fine`, such as "exists already".

        A status in `soon` means that another service has not heard yet: it is asked again. Raises DemoError.
        """
        until = time.monotonic() + PATIENCE
        delay = 0.02
        while True:
            answer = await self._send(method, path, body, headers or {}, parts)
            if answer is not None and answer.is_success:
                return answer.json() if answer.content else None
            if answer is not None and answer.status_code in fine:
                return None
            if not _is_passing(answer, soon) or time.monotonic() > until:
                said = f"{answer.status_code} {answer.text[:500]}" if answer is not None else "no answer"
                raise DemoError(f"{method} http://{self._host}{path}: {said}")
            await asyncio.sleep(delay)
            delay = min(0.5, delay * 1.5)

    async def _send(
        self, method: str, path: str, body: object, headers: dict[str, str], parts: dict[str, Any]
    ) -> httpx.Response | None:
        async with self._room:
            try:
                content: dict[str, Any] = {} if body is None else {"json": body}
                return await self._http.request(method, path, headers=self._headers | headers, **content, **parts)
            except httpx.TransportError:
                return None


def _is_passing(answer: httpx.Response | None, soon: Collection[int]) -> bool:
    if answer is None or answer.status_code in _AGAIN or answer.status_code in soon:
        return True
    return answer.status_code == 404 and '"unknown-store"' in answer.text
