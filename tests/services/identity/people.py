"""Accounts for the tests of identity."""

from typing import Any, TypeVar

import httpx

from tests.harness import Alone, eventually
from tradehall.contracts.stores import Store
from tradehall.contracts.values import Event
from tradehall.kernel.ids import uuid7

E = TypeVar("E", bound=Event)
PASSWORD = "correct horse battery"


def an_email() -> str:
    return f"p{uuid7().hex}@example.com"


async def register(it: Alone, *, store: Store | None = None, **changes: Any) -> dict[str, Any]:
    body = {"email": an_email(), "password": PASSWORD, "name": "Ada Lund", **changes}
    answer = await it.client(store=store).post("/api/v1/auth/register", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def login(it: Alone, email: str, password: str = PASSWORD, **more: Any) -> httpx.Response:
    return await it.client().post("/api/v1/auth/login", json={"email": email, "password": password, **more})


def signed_in(it: Alone, tokens: dict[str, Any], *, store: Store | None = None) -> httpx.AsyncClient:
    client = it.client(store=store)
    client.headers["authorization"] = f"Bearer {tokens['access_token']}"
    return client


async def someone(it: Alone, *, store: Store | None = None) -> httpx.AsyncClient:
    return signed_in(it, await register(it, store=store), store=store)


async def told(it: Alone, event: type[E], **facts: Any) -> E:
    """Waits for the event with these facts."""

    async def found() -> E | None:
        events = await it.published(event)
        return next((e for e in events if all(str(getattr(e, k)) == str(v) for k, v in facts.items())), None)

    return await eventually(found)  # type: ignore[no-any-return]
