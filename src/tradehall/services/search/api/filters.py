"""The filters of a search, as they stand in its address: those of the catalogue's list."""

import re
from typing import Any

from litestar import Request

from tradehall.kernel.errors import FieldError, Invalid
from tradehall.services.search.model import AnyOf

MOST_ATTRIBUTES = 10
MOST_VALUES = 50
_PREFIX = "attr."
_NUMBER = r"-?\d{1,16}(?:\.\d{1,9})?"
_SPAN = re.compile(rf"({_NUMBER})?\.\.({_NUMBER})?")


def several(request: Request[Any, Any, Any], name: str) -> list[str]:
    """A parameter that may be repeated: any of its values. Raises Invalid."""
    values = [value for value in request.query_params.getall(name, []) if value]
    if len(values) > MOST_VALUES:
        raise Invalid.field(name, f"must be given {MOST_VALUES} times at most")
    if any("\0" in value or len(value) > 200 for value in values):
        raise Invalid.field(name, "must be a text of at most 200 characters, without NUL")
    return list(dict.fromkeys(values))


def attributes(request: Request[Any, Any, Any]) -> list[AnyOf]:
    """Of `attr.<code>=<value>` and `attr.<code>=<low>..<high>`. Raises Invalid naming all that is wrong."""
    names = list(dict.fromkeys(name for name in request.query_params if name.startswith(_PREFIX)))
    given = {name: values for name in names if (values := several(request, name))}
    if len(given) > MOST_ATTRIBUTES:
        raise Invalid.field(names[MOST_ATTRIBUTES], f"must be one of {MOST_ATTRIBUTES} attributes at most")
    wanted, wrong = [], []
    for name, values in given.items():
        try:
            wanted.append(_any_of(name.removeprefix(_PREFIX), values))
        except ValueError as error:
            wrong.append(FieldError(name, str(error)))
    if wrong:
        raise Invalid("Some filters are not right.", errors=wrong)
    return wanted


def _any_of(code: str, values: list[str]) -> AnyOf:
    """A text that looks like a range is one: of a number. Raises ValueError with the rule."""
    spans: list[tuple[float | None, float | None]] = []
    for value in values:
        if (match := _SPAN.fullmatch(value)) and (match[1] or match[2]):
            low, high = (float(end) if end else None for end in match.groups())
            if low is not None and high is not None and low > high:
                raise ValueError("must be a range from the smaller number to the larger one")
            spans.append((low, high))
    return AnyOf(code, values, spans)
