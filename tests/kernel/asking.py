"""Requests to the test service and what is wrong with them."""

from typing import Any

import httpx

THING = {"name": "a", "price": {"amount": 1, "currency": "USD"}, "parts": [{"sku": "A", "quantity": 1}]}


def fields(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {error["field"]: error["rule"] for error in answer.json()["errors"]}


def problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    body: dict[str, Any] = answer.json()
    assert (body["type"], body["status"]) == (slug, status)
    assert body["title"]
    assert body["correlation_id"] == answer.headers["x-correlation-id"]
    return body
