"""Cursor pages: opaque, and stable while rows come and go."""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from litestar.params import QueryParameter

from tradehall.kernel.errors import Invalid

T = TypeVar("T")

# Of query parameters Litestar keeps the constraints in its own marker, and passes over msgspec.Meta.
Limit = Annotated[int, QueryParameter(ge=1, le=100)]


class Page(msgspec.Struct, Generic[T], frozen=True):
    """`next` is the cursor of the following page, None on the last one."""

    items: list[T]
    next: str | None = None


def encode_cursor(*values: Any) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).decode().rstrip("=")


def decode_cursor(cursor: str, *shape: Any) -> tuple[Any, ...]:
    """The values behind a cursor; raises Invalid where it is not one of ours."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(raw, type=tuple[shape])  # type: ignore[valid-type]
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise Invalid.field("cursor", "must be the `next` of an earlier page of this list") from None


def page(rows: Sequence[T], limit: int, cursor_of: Any) -> Page[T]:
    """`rows` were fetched with limit + 1; `cursor_of(row)` gives the cursor's values."""
    if len(rows) <= limit:
        return Page(list(rows))
    return Page(list(rows[:limit]), encode_cursor(*cursor_of(rows[limit - 1])))
