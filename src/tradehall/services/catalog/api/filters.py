"""The filters of a list of products, as they stand in its address."""

import re
from typing import Annotated, Any
from uuid import UUID

from litestar import Request
from litestar.params import QueryParameter

from tradehall.kernel.db import Tx
from tradehall.kernel.errors import FieldError, Invalid
from tradehall.kernel.filtering import NUMBER, PREFIX, by_attribute, ends_of, several
from tradehall.services.catalog.attributes import LARGEST, Attribute
from tradehall.services.catalog.model import ANY_TEXT
from tradehall.services.catalog.queries import attributes
from tradehall.services.catalog.queries.filters import AnyOf, Span

Words = Annotated[str | None, QueryParameter(max_length=200, pattern=ANY_TEXT)]
Price = Annotated[int | None, QueryParameter(ge=0, le=10**13)]


def ids_of(request: Request[Any, Any, Any]) -> list[UUID]:
    """Of `id`, which may be repeated. Raises Invalid."""
    try:
        return [UUID(value) for value in several(request, "id")]
    except ValueError:
        raise Invalid.field("id", "must be the id of a product") from None


async def attributes_wanted(tx: Tx, request: Request[Any, Any, Any]) -> list[AnyOf]:
    """Of `attr.<code>=<value>` and `attr.<code>=<low>..<high>`. Raises Invalid naming all that is wrong."""
    given = by_attribute(request)
    if not given:
        return []
    codes = [name.removeprefix(PREFIX) for name in given if "\0" not in name]
    known = {f"{PREFIX}{code}": found for code, found in (await attributes.by_code(tx, codes)).items()}
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
        if re.fullmatch(NUMBER, value):
            numbers.append(_number(value))
        elif ends := ends_of(value):
            low, high = (_number(end) if end else None for end in ends)
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
