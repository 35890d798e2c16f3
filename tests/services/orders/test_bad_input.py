"""POST /api/v1/orders with what no order can be made of."""

from typing import Any

import pytest

from tests.harness import Alone
from tests.services.orders.buying import ADDRESS, body, count, fields, for_sale, placed, post

SERVICE = "orders"

HUGE, LONG, NUL = 10**30, "x" * 10_000, "a\x00b"
WRONG: list[tuple[str, Any, str]] = [
    ("lines", [], "lines"),
    ("lines", None, "lines"),
    ("lines", "x", "lines"),
    ("lines", [1], "lines[0]"),
    ("lines", [{}], "lines[0].variant_id"),
    ("lines[0].variant_id", "1", "lines[0].variant_id"),
    ("lines[0].variant_id", NUL, "lines[0].variant_id"),
    ("lines[0].variant_id", "01a1fd69-fc00-7147-80cd-16a1e0000000", "lines[0].variant_id"),
    ("lines[0].quantity", 0, "lines[0].quantity"),
    ("lines[0].quantity", -1, "lines[0].quantity"),
    ("lines[0].quantity", 1000, "lines[0].quantity"),
    ("lines[0].quantity", HUGE, "lines[0].quantity"),
    ("lines[0].quantity", 1.5, "lines[0].quantity"),
    ("lines[0].quantity", "2", "lines[0].quantity"),
    ("lines[0].quantity", "two", "lines[0].quantity"),
    ("lines[0].quantity", None, "lines[0].quantity"),
    ("cart_id", "x", "cart_id"),
    ("cart_version", -1, "cart_version"),
    ("cart_version", 2**31, "cart_version"),
    ("email", None, "email"),
    ("email", 1, "email"),
    ("email", "ada", "email"),
    ("email", "a@b", "email"),
    ("email", "a@b.example, c@d.example", "email"),
    ("email", "=?utf-8?q?a?=@b.example", "email"),
    ("email", '"a b"@c.example', "email"),
    ("email", "a@b.c\r\nBcc: x@y.z", "email"),
    ("email", "a@b.\x00c", "email"),
    ("email", LONG + "@b.example", "email"),
    ("name", "", "name"),
    ("name", NUL, "name"),
    ("name", LONG, "name"),
    ("address", None, "address"),
    ("address", {}, "address.name"),
    ("address.name", NUL, "address.name"),
    ("address.line1", LONG, "address.line1"),
    ("address.line2", NUL, "address.line2"),
    ("address.region", NUL, "address.region"),
    ("address.city", "", "address.city"),
    ("address.zip", "'; DROP", "address.zip"),
    ("address.zip", "02139\n", "address.zip"),
    ("address.country", "USA", "address.country"),
    ("address.country", "US\n", "address.country"),
    ("address.phone", "call me", "address.phone"),
    ("shipping", "", "shipping"),
    ("shipping", NUL, "shipping"),
    ("shipping", LONG, "shipping"),
    ("payment", None, "payment"),
    ("payment.method", NUL, "payment.method"),
    ("payment.method", LONG, "payment.method"),
    ("payment.token", "tok_ok\x00", "payment.token"),
    ("payment.token", "tok_", "payment.token"),
    ("payment.token", "tok_" + LONG, "payment.token"),
    ("expected_total", None, "expected_total"),
    ("expected_total", 5, "expected_total"),
    ("expected_total.amount", -1, "expected_total.amount"),
    ("expected_total.amount", HUGE, "expected_total.amount"),
    ("expected_total.amount", "much", "expected_total.amount"),
    ("expected_total.currency", "EUR", "expected_total.currency"),
    ("expected_total.currency", "usd", "expected_total.currency"),
]


@pytest.mark.parametrize(("place", "value", "field"), WRONG, ids=lambda v: repr(v)[:30])
async def test_bad_input_is_422_and_named(it: Alone, place: str, value: Any, field: str) -> None:
    lamp = await for_sale(it, 100)
    data: Any = body((lamp, 1))
    data["address"] = dict(ADDRESS)
    *path, last = [int(p) if p.isdigit() else p for p in place.replace("[", ".").replace("]", "").split(".")]
    target = data
    for part in path:
        target = target[part]
    target[last] = value
    before = await count(it)
    answer = await post(it.client(), data)
    assert answer.status_code == 422, answer.text
    assert field in fields(answer), answer.text
    assert await count(it) == before


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"lines": [', b"[" * 5000, b'{"email": "\\ud800"}']
)
async def test_a_broken_body_is_refused(it: Alone, content: bytes) -> None:
    answer = await it.client().post(
        "/api/v1/orders", content=content, headers={"idempotency-key": "k", "content-type": "application/json"}
    )
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_of_ten_megabytes_is_413(it: Alone) -> None:
    answer = await post(it.client(), {"name": "x" * 10_000_000})
    assert answer.status_code == 413


async def test_html_and_sql_are_just_text(it: Alone) -> None:
    lamp = await for_sale(it, 100)
    nasty = "<script>alert(1)</script>'; DROP TABLE orders; --"
    order = await placed(it.client(), (lamp, 1), name=nasty, address={**ADDRESS, "line1": nasty})
    assert (order["name"], order["address"]["line1"]) == (nasty, nasty)
