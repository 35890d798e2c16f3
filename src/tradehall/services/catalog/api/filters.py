"""The filters of a list of products, as they stand in its address."""

import re
from typing import Annotated, Any
from uuid import UUID

from litestar import Request
from litestar.params import QueryParameter

from tradehall.kernel.db import Tx
from tradehall.kernel.errors import FieldError, Invalid
from tradehall.services.catalog.attributes import LARGEST, Attribute
from tradehall.services.catalog.model import ANY_TEXT
from tradehall.services.catalog.queries import attributes
from tradehall.services.catalog.queries.filters import AnyOf, Span

Words = Annotated[str | None, QueryParameter(max_length=200, pattern=ANY_TEXT)]
Price = Annotated[int | None, QueryParameter(ge=0, le=10**13)]

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


def ids_of(request: Request[Any, Any, Any]) -> list[UUID]:
    """Of `id`, which may be repeated. Raises Invalid."""
    try:
        return [UUID(value) for value in several(request, "id")]
    except ValueError:
        raise Invalid.field("id", "must be the id of a product") from None


async def attributes_wanted(tx: Tx, request: Request[Any, Any, Any]) -> list[AnyOf]:
    """Of `attr.<code>=<value>` and `attr.<code>=<low>..<high>`. Raises Invalid naming all that is wrong."""
    names = list(dict.fromkeys(name for name in request.query_params if name.startswith(_PREFIX)))
    given = {name: values for name in names if (values := several(request, name))}
    if not given:
        return []
    if len(given) > MOST_ATTRIBUTES:
        raise Invalid.field(names[MOST_ATTRIBUTES], f"must be one of {MOST_ATTRIBUTES} attributes at most")
    codes = [name.removeprefix(_PREFIX) for name in given if "\0" not in name]
    known = {f"{_PREFIX}{code}": found for code, found in (await attributes.by_code(tx, codes)).items()}
    wanted: list[AnyOf] = []
    wrong: list[FieldError] = []
    for name, values in given.items():
        attribute = known.get(name)
        if attribute is None or not attribute.filterable:
            wrong.append(FieldError(name, "must be an attribute that products can be filtered by"))
            continue
        try:
            wanted.append(_any_of(attribute, values))
        except ValueError as error:
            wrong.append(FieldError(name, str(error)))
    if wrong:
        raise Invalid("Some filters are not right.", errors=wrong)
    return wanted


def _any_of(attribute: Attribute, values: list[str]) -> AnyOf:
    """Raises ValueError with the rule."""
    if attribute.kind == "boolean" and set(values) - {"true", "false"}:
        raise ValueError("must be true or false")
    if attribute.kind != "number":
        return AnyOf(attribute, texts=values)
    numbers, spans = [], []
    for value in values:
        if re.fullmatch(_NUMBER, value):
            numbers.append(_number(value))
        elif (match := _SPAN.fullmatch(value)) and (match[1] or match[2]):
            low, high = (_number(end) if end else None for end in match.groups())
            if low is not None and high is not None and low > high:
                raise ValueError("must be a range from the smaller number to the larger one")
            spans.append(Span(low, high))
        else:
            raise ValueError("must be a number, or a range such as 10..20, 10.. or ..20")
    return AnyOf(attribute, numbers=numbers, spans=spans)


def _number(text: str) -> float:
    number = float(text)
    if abs(number) > LARGEST:
        raise ValueError(f"must be between -{LARGEST:g} and {LARGEST:g}")
    return number
