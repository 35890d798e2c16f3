"""The public API, asked in the name of a visitor: their host, their session, their cart, their trace."""

from collections.abc import Mapping
from typing import IO, Any

import httpx
import msgspec

from tradehall.kernel import telemetry
from tradehall.kernel.context import correlation
from tradehall.kernel.errors import Busy, FieldError, Refusal
from tradehall.kernel.runtime import Running

Json = dict[str, Any]
Files = Mapping[str, tuple[str, bytes | IO[bytes], str]]

IN_PROCESS = "http://localhost"


class ApiProblem(Refusal):
    """What the API refused, with its own status, slug and field errors."""

    def __init__(self, status: int, problem: Json) -> None:
        super().__init__(
            str(problem.get("detail") or problem.get("title") or ""),
            errors=[FieldError(str(e.get("field", "")), str(e.get("rule", ""))) for e in problem.get("errors", ())],
            **problem.get("extra", {}),
        )
        self.status = status  # type: ignore[misc]
        self.slug = str(problem.get("type", "error"))  # type: ignore[misc]
        self.title = str(problem.get("title", ""))  # type: ignore[misc]


class Api:
    """Bound to one request. `device` are the headers that tell of the visitor's. Every call returns decoded JSON (None for an empty answer).

    Raises ApiProblem for a refusal, Busy where the API cannot be reached or fails.
    """

    def __init__(
        self, running: Running, host: str, *, access: str = "", cart_id: str = "", device: dict[str, str] | None = None
    ) -> None:
        self._running = running
        self._base = running.settings.peers_url or IN_PROCESS
        self.host = host
        self.access = access
        self.cart_id = cart_id
        self._device = device or {}

    def _headers(self) -> dict[str, str]:
        headers = {"host": self.host, "x-correlation-id": correlation(), **self._device, **telemetry.inject()}
        if self.access:
            headers["authorization"] = f"Bearer {self.access}"
        if self.cart_id:
            headers["cart-id"] = self.cart_id
        return headers

    async def send(
        self,
        method: str,
        path: str,
        *,
        params: Json | None = None,
        json: Any = None,
        files: Files | None = None,
        fields: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """The answer as it came, a refusal too."""
        given = {key: value for key, value in (params or {}).items() if value not in (None, "")}
        sent = self._headers() | (headers or {})
        content = None
        if json is not None:
            content, sent["content-type"] = msgspec.json.encode(json), "application/json"
        try:
            return await self._running.peers.client.request(
                method, self._base + path, params=given or None, content=content, files=files, data=fields, headers=sent
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Busy("The store cannot answer at the moment. Try again in a moment.") from error

    async def stream(self, path: str, params: Json) -> httpx.Response:
        """The answer of a file, still to be read; whoever reads it closes it. Raises as the others do."""
        given = {key: value for key, value in params.items() if value not in (None, "")}
        client = self._running.peers.client
        request = client.build_request("GET", self._base + path, params=given or None, headers=self._headers())
        try:
            answer = await client.send(request, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Busy("The store cannot answer at the moment. Try again in a moment.") from error
        if answer.status_code >= 300:
            await answer.aread()
            read(answer)
        return answer

    async def _json(self, method: str, path: str, **given: Any) -> Any:
        return read(await self.send(method, path, **given))

    async def get(self, path: str, **params: Any) -> Any:
        return await self._json("GET", path, params=params)

    async def post(self, path: str, body: Any = None, *, token: str = "", headers: dict[str, str] | None = None) -> Any:
        """`token` is a guest's order link."""
        body = {} if body is None else body
        return await self._json("POST", path, json=body, params={"token": token}, headers=headers)

    async def put(self, path: str, body: Any, *, token: str = "") -> Any:
        return await self._json("PUT", path, json=body, params={"token": token})

    async def patch(self, path: str, body: Any) -> Any:
        return await self._json("PATCH", path, json=body)

    async def delete(self, path: str, body: Any = None, *, token: str = "") -> Any:
        return await self._json("DELETE", path, json=body, params={"token": token})

    async def upload(
        self,
        path: str,
        files: Files,
        *,
        fields: dict[str, str] | None = None,
        token: str = "",
        method: str = "POST",
        currency: str = "",
    ) -> Any:
        params = {"token": token} | ({"currency": currency} if currency else {})
        return await self._json(method, path, files=files, fields=fields, params=params)


def read(answer: httpx.Response) -> Any:
    """Raises ApiProblem, or Busy for a failure of the API itself."""
    if answer.status_code < 300:
        return msgspec.json.decode(answer.content) if answer.content else None
    if answer.status_code >= 500:
        raise Busy("The store cannot answer at the moment. Try again in a moment.")
    try:
        problem = msgspec.json.decode(answer.content)
    except msgspec.DecodeError:
        problem = {}
    raise ApiProblem(answer.status_code, problem if isinstance(problem, dict) else {})
