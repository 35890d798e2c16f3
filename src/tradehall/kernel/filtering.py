"""Filters of a list of products, as they stand in its address; the catalogue's and search's are the same."""

import re
from typing import Any

from litestar import Request

from tradehall.kernel.errors import Invalid

MOST_ATTRIBUTES = 10
MOST_VALUES = 50
PREFIX = "attr."
NUMBER = r"-?\d{1,16}(?:\.\d{1,9})?"
_SPAN = re.compile(rf"({NUMBER})?\.\.({NUMBER})?")


def several(request: Request[Any, Any, Any], name: str) -> list[str]:
    """A parameter that may be repeated: any of its values. Raises Invalid."""
    values = [value for value in request.query_params.getall(name, []) if value]
    if len(values) > MOST_VALUES:
        raise Invalid.field(name, f"must be given {MOST_VALUES} times at most")
    if any("\0" in value or len(value) > 200 for value in values):
        raise Invalid.field(name, "must be a text of at most 200 characters, without NUL")
    return list(dict.fromkeys(values))


def by_attribute(request: Request[Any, Any, Any]) -> dict[str, list[str]]:
    """The values of each `attr.<code>`, by that name. Raises Invalid."""
    names = list(dict.fromkeys(name for name in request.query_params if name.startswith(PREFIX)))
    given = {name: values for name in names if (values := several(request, name))}
    if len(given) > MOST_ATTRIBUTES:
        raise Invalid.field(names[MOST_ATTRIBUTES], f"must be one of {MOST_ATTRIBUTES} attributes at most")
    return given


def ends_of(value: str) -> tuple[str | None, str | None] | None:
    """Of `<low>..<high>`, where one of them may be missing; None for what is no range."""
    match = _SPAN.fullmatch(value)
    return (match[1], match[2]) if match and (match[1] or match[2]) else None
