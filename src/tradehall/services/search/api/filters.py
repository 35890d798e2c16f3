"""The filters of a search, as they stand in its address: those of the catalogue's list."""

from typing import Any

from litestar import Request

from tradehall.kernel.errors import FieldError, Invalid
from tradehall.kernel.filtering import PREFIX, by_attribute, ends_of
from tradehall.services.search.model import AnyOf


def attributes(request: Request[Any, Any, Any]) -> list[AnyOf]:
    """Of `attr.<code>=<value>` and `attr.<code>=<low>..<high>`. Raises Invalid naming all that is wrong."""
    wanted, wrong = [], []
    for name, values in by_attribute(request).items():
        try:
            wanted.append(_any_of(name.removeprefix(PREFIX), values))
        except ValueError as error:
            wrong.append(FieldError(name, str(error)))
    if wrong:
        raise Invalid("Some filters are not right.", errors=wrong)
    return wanted


def _any_of(code: str, values: list[str]) -> AnyOf:
    """A text that looks like a range is one: of a number. Raises ValueError with the rule."""
    spans: list[tuple[float | None, float | None]] = []
    for value in values:
        if ends := ends_of(value):
            low, high = (float(end) if end else None for end in ends)
            if low is not None and high is not None and low > high:
                raise ValueError("must be a range from the smaller number to the larger one")
            spans.append((low, high))
    return AnyOf(code, values, spans)
