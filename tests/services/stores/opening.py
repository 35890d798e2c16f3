"""Stores that are really there."""

from typing import Any
from uuid import uuid4

import httpx
import msgspec

from tests.harness import Alone
from tradehall.contracts.stores import Store


async def opened(it: Alone, **changes: Any) -> Store:
    """A new store, made by an operator."""
    slug = changes.pop("slug", f"s{uuid4().hex[:10]}")
    answer = await it.client("operator").post("/api/v1/stores", json={"slug": slug, "name": slug, **changes})
    assert answer.status_code == 201, answer.text
    return msgspec.json.decode(answer.content, type=Store)


async def seen(client: httpx.AsyncClient) -> Store:
    """As anybody sees it."""
    answer = await client.get("/api/v1/store")
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=Store)


def rules(answer: httpx.Response) -> dict[str, str]:
    """Field -> rule of a refusal."""
    assert answer.status_code == 422, answer.text
    return {error["field"]: error["rule"] for error in answer.json()["errors"]}
