"""What a typed attribute is, and what fits it.

A product says it in its specifications: one whose name is an attribute's (no matter the capitals) is of its type; others
stay free. Where two attributes of one name hold in a category, the one assigned nearest to it counts.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradehall.kernel.errors import Conflict, FieldError, Invalid, NotFound
from tradehall.kernel.folding import fold
from tradehall.services.catalog.model import ANY_TEXT, Label, Spec, SpecNumber, SpecText

CODE = "^[a-z][a-z0-9_]*$"
LONGEST_TEXT = 200  # characters of a text that filters compare
LARGEST = 1e15
MOST_CATEGORIES = 200

Kind = Literal["text", "number", "boolean", "choice"]
Code = Annotated[str, Meta(max_length=50, pattern=CODE, description="a lower-case letter, then letters, digits or _")]
Unit = Annotated[str, Meta(max_length=20, pattern=ANY_TEXT)]
Choices = Annotated[list[Label], Meta(max_length=200)]

_NUMBER = re.compile(r"[-+]?\d{1,16}(\.\d{1,9})?")
_YES, _NO = frozenset({"yes", "true"}), frozenset({"no", "false"})


class UnknownAttribute(NotFound):
    slug = "unknown-attribute"
    title = "There is no such attribute"


class CodeTaken(Conflict):
    slug = "code-taken"
    title = "Another attribute of this store has this code"


class Attribute(msgspec.Struct, frozen=True, kw_only=True):
    """`unit` is a number's, `choices` are those of a choice. A `required` one is asked of what is published."""

    id: UUID
    code: str
    name: str
    kind: Kind
    unit: str = ""
    choices: list[str] = []
    filterable: bool = True
    required: bool = False
    position: int = 0


class Shelf(msgspec.Struct, frozen=True):
    """A category as its products see it: the slugs from the top to its own, and what holds there, by its name."""

    path: list[str] = []
    named: dict[str, Attribute] = {}


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """What the specification at `position` says of an attribute; one of the last three is there."""

    position: int
    attribute_id: UUID
    value: str | None = None
    number: float | None = None
    misfit: str | None = None


class Misfit(Exception):
    """`args[0]` is the rule that the value breaks."""


def check(attribute: Attribute) -> None:
    """Raises Invalid with all that does not go together."""
    wrong: list[FieldError] = []
    if attribute.kind == "choice" and not attribute.choices:
        wrong.append(FieldError("choices", "must name what can be chosen"))
    if attribute.kind != "choice" and attribute.choices:
        wrong.append(FieldError("choices", "are for the kind choice only"))
    if len({fold(choice) for choice in attribute.choices}) < len(attribute.choices):
        wrong.append(FieldError("choices", "must differ from each other"))
    if attribute.unit and attribute.kind != "number":
        wrong.append(FieldError("unit", "is for the kind number only"))
    if wrong:
        raise Invalid("The attribute does not go together.", errors=wrong)


def same_name(one: str) -> str:
    return " ".join(fold(one).split())


def by_name(nearest_first: Sequence[Attribute]) -> dict[str, Attribute]:
    found: dict[str, Attribute] = {}
    for attribute in nearest_first:
        found.setdefault(same_name(attribute.name), attribute)
    return found


def fit(attribute: Attribute, said: SpecText | SpecNumber | float | bool) -> str | float | bool:
    """What is said, as the attribute has it. Raises Misfit.

    A text that is a number, with the unit or without, is that number.
    """
    match attribute.kind:
        case "number":
            return _number(attribute, said)
        case "boolean":
            word = said.strip().lower() if isinstance(said, str) else said
            if word is True or word in _YES:
                return True
            if word is False or word in _NO:
                return False
            raise Misfit("must be true or false")
        case "choice":
            words = fold(_text(said)).strip()
            for choice in attribute.choices:
                if fold(choice).strip() == words:
                    return choice
            raise Misfit(f"must be one of {', '.join(attribute.choices)}")
        case "text":
            words = _text(said).strip()
            if not words or len(words) > LONGEST_TEXT:
                raise Misfit(f"must be a text of 1 to {LONGEST_TEXT} characters")
            return words


def _number(attribute: Attribute, said: str | float) -> float:
    if isinstance(said, str):
        text = said.strip()
        if attribute.unit and text.lower().endswith(attribute.unit.lower()):
            text = text[: -len(attribute.unit)].rstrip()
        if _NUMBER.fullmatch(text):
            said = float(text) if "." in text else int(text)
    if isinstance(said, bool | str) or not -LARGEST <= said <= LARGEST:
        raise Misfit(f"must be a number of {attribute.unit}" if attribute.unit else "must be a number")
    return said


def _text(said: object) -> str:
    """As it stands in a text: 4 of 4.0, true of True."""
    if isinstance(said, bool):
        return "true" if said else "false"
    return str(int(said)) if isinstance(said, float) and said.is_integer() else str(said)


def value_of(attribute: Attribute, position: int, said: SpecText | SpecNumber | float | bool) -> Value:
    try:
        fitting = fit(attribute, said)
    except Misfit:
        return Value(position=position, attribute_id=attribute.id, misfit=_text(said)[:LONGEST_TEXT])
    if attribute.kind == "number":
        return Value(position=position, attribute_id=attribute.id, number=float(fitting))
    return Value(position=position, attribute_id=attribute.id, value=_text(fitting))


def values_of(named: Mapping[str, Attribute], specifications: Sequence[Spec]) -> list[Value]:
    """Of a product whose specifications may not fit any more."""
    return [
        value_of(attribute, position, spec.value)
        for position, spec in enumerate(specifications)
        if (attribute := named.get(same_name(spec.name)))
    ]


def fitted(named: Mapping[str, Attribute], specifications: Sequence[Spec]) -> tuple[list[Spec], dict[int, str]]:
    """The specifications as their attributes have them; and, by its place, the rule that one breaks, which stays as is."""
    fitting: list[Spec] = []
    misfits: dict[int, str] = {}
    for position, spec in enumerate(specifications):
        attribute = named.get(same_name(spec.name))
        try:
            fitting.append(spec if attribute is None else Spec(attribute.name, fit(attribute, spec.value)))
        except Misfit as misfit:
            fitting.append(spec)
            misfits[position] = str(misfit)
    return fitting, misfits


def lacking(named: Mapping[str, Attribute], specifications: Sequence[Spec]) -> list[str]:
    """Names of what a published product has to say, and these do not."""
    said = {same_name(spec.name) for spec in specifications}
    return [attribute.name for name, attribute in named.items() if attribute.required and name not in said]


def typed(named: Mapping[str, Attribute], specifications: Sequence[Spec], *, published: bool) -> list[Spec]:
    """The specifications as their attributes have them. Raises Invalid with all that do not fit."""
    fitting, misfits = fitted(named, specifications)
    wrong = [FieldError(f"specifications[{position}].value", rule) for position, rule in misfits.items()]
    if published:
        wrong += [
            FieldError("specifications", f"must say {name}, as the category requires")
            for name in lacking(named, specifications)
        ]
    if wrong:
        raise Invalid("Specifications do not fit the category's attributes.", errors=wrong)
    return fitting
