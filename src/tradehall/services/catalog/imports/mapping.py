"""Which column of a file says what: a mapping, kept under a name or made from the header, and the rows read by it."""

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tradehall.contracts.values import Minor
from tradehall.kernel.cells import unguard
from tradehall.kernel.errors import FieldError, Invalid
from tradehall.kernel.validate import problems
from tradehall.services.catalog import model
from tradehall.services.catalog.imports.cells import (
    BadCell,
    DecimalSign,
    WeightUnit,
    read_list,
    read_price,
    read_weight,
)
from tradehall.services.catalog.imports.text import Row

MOST_COLUMNS = 2000
PRODUCT_FIELDS = ("name", "description", "brand", "category", "tags", "status")
VARIANT_FIELDS = ("price", "compare_at", "weight")
PLAIN_FIELDS = ("sku", "handle", "parent", "seller", *PRODUCT_FIELDS, *VARIANT_FIELDS)
NUMBERED_OPTIONS = [f"option{n}_{part}" for n in range(1, 6) for part in ("name", "value")]
_NAMED = re.compile(r"(spec|option):(?=.*\S)[^\x00]{1,100}", re.DOTALL)
_BRACES = re.compile(r"\{([^{}]*)\}")

Column = Annotated[str, Meta(min_length=1, max_length=200, pattern=model.ANY_TEXT)]
Template = Annotated[str, Meta(max_length=2000, pattern=model.ANY_TEXT)]
FieldName = Annotated[str, Meta(max_length=110, pattern=model.ANY_TEXT)]
MappingName = Annotated[str, Meta(max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$", description="a short name")]


class Mapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`columns`: column -> field. `constants`: field -> what it is in every row; `defaults`: where the cell is empty.

    Both may name columns in braces: `BOOK-{book_id}`. Fields are sku, handle (the product's slug: rows with the same
    are variants of one product), parent (the same without being the slug), name, description, brand, category (its
    slug), tags, status, seller (its slug; for admins), price, compare_at, weight, `option:<name>` or option1_name,
    option1_value to option5_value, and `spec:<name>`. What no column says stays as it is; an empty cell empties.
    """

    columns: Annotated[dict[Column, FieldName], Meta(max_length=MOST_COLUMNS)] = {}
    constants: Annotated[dict[FieldName, Template], Meta(max_length=200)] = {}
    defaults: Annotated[dict[FieldName, Template], Meta(max_length=200)] = {}
    decimal_sign: DecimalSign = "."
    weight_unit: WeightUnit = "g"
    separator: Annotated[str, Meta(pattern=r"^[,;|/]$", description="one of , ; | /")] = ","


class Problem(msgspec.Struct, frozen=True):
    """Of a row: which field broke which rule with what value."""

    field: str
    rule: str
    value: str


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a row says, of the right types. UNSET: it says nothing about that."""

    sku: model.Sku
    name: model.Name | UnsetType = UNSET
    description: model.Description | UnsetType = UNSET
    brand: model.Brand | UnsetType = UNSET
    category: model.Slug | UnsetType | None = UNSET
    tags: Annotated[list[model.Label], Meta(max_length=30)] | UnsetType = UNSET
    status: model.Status | UnsetType | None = UNSET
    price: Minor | UnsetType = UNSET
    compare_at: Minor | UnsetType | None = UNSET
    weight: model.Grams | UnsetType = UNSET
    options: dict[model.Label, model.Label] | UnsetType = UNSET
    specs: dict[model.Label, model.SpecText] = {}
    handle: model.Slug | None = None
    parent: model.Label | None = None
    seller: model.Slug | None = None


class Line(msgspec.Struct, frozen=True):
    """A row that could be read. `texts` are its values as written, by field."""

    row: Row
    facts: Facts
    texts: dict[str, str]

    @property
    def group(self) -> tuple[str, str]:
        """Rows of the same are variants of one product."""
        facts = self.facts
        if facts.handle:
            return "handle", facts.handle
        return ("parent", facts.parent) if facts.parent else ("sku", facts.sku)


class BadRow(msgspec.Struct, frozen=True):
    row: Row
    problems: list[Problem]


def automatic(header: Sequence[str]) -> Mapping:
    """Columns that are named as fields are those fields."""
    found: dict[str, str] = {}
    for column in header:
        name = column if _NAMED.fullmatch(column) else column.strip().lower()
        if is_field(name) and name not in found.values():
            found[column] = name
    return Mapping(columns=found)


def is_field(name: str) -> bool:
    return name in PLAIN_FIELDS or name in NUMBERED_OPTIONS or _NAMED.fullmatch(name) is not None


def check(mapping: Mapping, header: Sequence[str] | None = None) -> None:
    """Raises Invalid with all that is wrong: with the mapping itself, and, where given, with this header under it."""
    wrong = []
    for part, named in (
        ("columns", mapping.columns.values()),
        ("constants", mapping.constants),
        ("defaults", mapping.defaults),
    ):
        wrong += [
            FieldError(f"{part}.{name}", "must be a field, such as sku, price or spec:Colour")
            for name in named
            if not is_field(name)
        ]
    said = list(mapping.columns.values())
    wrong += [
        FieldError(f"columns.{name}", "must be said by one column only") for name in {*said} if said.count(name) > 1
    ]
    wrong += [
        FieldError(f"constants.{name}", "must not be said by a column as well; a default fills empty cells")
        for name in mapping.constants
        if name in said
    ]
    if "sku" not in said and "sku" not in mapping.constants:
        wrong.append(FieldError("columns.sku", "is required: a column, or a constant that names one"))
    if header is not None:
        wrong += _strangers(mapping, header)
    if wrong:
        raise Invalid("The mapping does not fit.", errors=wrong)


def _strangers(mapping: Mapping, header: Sequence[str]) -> list[FieldError]:
    """What the mapping names and the file does not have, or has twice."""
    wrong = []
    for column in mapping.columns:
        if column not in header:
            wrong.append(FieldError(f"columns.{column}", "must be a column of the file"))
        elif header.count(column) > 1:
            wrong.append(FieldError(f"columns.{column}", "must stand once in the header"))
    for part, templates in (("constants", mapping.constants), ("defaults", mapping.defaults)):
        wrong += [
            FieldError(f"{part}.{name}", f"must name columns of the file in its braces, not {column}")
            for name, template in templates.items()
            for column in _BRACES.findall(template)
            if column not in header
        ]
    return wrong


class Reader:
    """Rows of one file as Lines; `currency` is the store's."""

    def __init__(self, mapping: Mapping, header: Sequence[str], currency: str) -> None:
        self._mapping = mapping
        self._currency = currency
        self._width = len(header)
        self._places = {column: place for place, column in reversed(list(enumerate(header)))}
        found = [(self._places[column], field) for column, field in mapping.columns.items()]
        self._columns = [(field, place) for place, field in sorted(found)]  # specifications in the order of the file

    def read(self, row: Row) -> Line | BadRow:
        if row.error:
            return BadRow(row, [Problem("row", row.error, "")])
        if len(row.cells) > self._width:
            return BadRow(row, [Problem("row", f"must have at most {self._width} cells", str(len(row.cells)))])
        texts = self._texts(row.cells)
        values, wrong = self._values(texts)
        try:
            facts = msgspec.convert(values, Facts)
        except msgspec.ValidationError:
            seen = {problem.field for problem in wrong}
            for error in problems(Facts, values):
                field = _field_of(error.field)
                if field not in seen:
                    wrong.append(Problem(field, _told(error.rule), texts.get(field, "")))
            return BadRow(row, wrong)
        return BadRow(row, wrong) if wrong else Line(row, facts, texts)

    def _texts(self, cells: list[str]) -> dict[str, str]:
        """By field. A row may have fewer cells than the header; an apostrophe before a formula is taken off later."""
        texts = {field: cells[place] if place < len(cells) else "" for field, place in self._columns}
        for field, template in self._mapping.constants.items():
            texts[field] = self._filled(template, cells)
        for field, template in self._mapping.defaults.items():
            if not texts.get(field, "").strip():
                texts[field] = self._filled(template, cells)
        return texts

    def _filled(self, template: str, cells: list[str]) -> str:
        def cell(match: re.Match[str]) -> str:
            place = self._places[match[1]]
            return cells[place] if place < len(cells) else ""

        return _BRACES.sub(cell, template)

    def _values(self, texts: dict[str, str]) -> tuple[dict[str, Any], list[Problem]]:
        """As Facts takes them, and what could not be read at all."""
        values: dict[str, Any] = {}
        specs: dict[str, str] = {}
        wrong: list[Problem] = []
        for field, text in texts.items():
            if field.startswith("spec:"):
                specs[field[5:]] = text
            elif (read := self._reads.get(field)) is not None:
                try:
                    values[field] = read(self, text)
                except BadCell as problem:
                    wrong.append(Problem(field, str(problem), text))
        values = {field: value for field, value in values.items() if value is not UNSET}
        if specs:
            values["specs"] = specs
        options, misfit = _options(texts)
        if options is not None:
            values["options"] = options
        return values, wrong + misfit

    def _price(self, text: str) -> int:
        if not text.strip():
            raise BadCell("is required")
        return read_price(text, self._currency, self._mapping.decimal_sign)

    def _compare_at(self, text: str) -> int | None:
        return read_price(text, self._currency, self._mapping.decimal_sign) if text.strip() else None

    def _weight(self, text: str) -> int:
        return read_weight(text, self._mapping.weight_unit, self._mapping.decimal_sign) if text.strip() else 0

    def _tags(self, text: str) -> list[str]:
        return read_list(text, self._mapping.separator)

    def _text(self, text: str) -> str:
        return unguard(text)

    def _needed(self, text: str) -> str:
        if not text.strip():
            raise BadCell("is required")
        return unguard(text)

    def _name(self, text: str) -> Any:
        """Rows after a product's first one need not say it again."""
        return unguard(text) if text.strip() else UNSET

    def _slug(self, text: str) -> str | None:
        text = unguard(text).strip()
        if not text or re.fullmatch(model.SLUG, text):
            return text or None
        return model.slug_of(text)

    def _parent(self, text: str) -> str | None:
        return unguard(text) if text.strip() else None

    def _status(self, text: str) -> str | None:
        status = text.strip().lower()
        if status not in ("", "draft", "published"):
            raise BadCell("must be draft or published")
        return status or None

    _reads: dict[str, Callable[..., Any]] = {  # noqa: RUF012
        "sku": _needed,
        "handle": _slug,
        "parent": _parent,
        "seller": _slug,
        "name": _name,
        "description": _text,
        "brand": _text,
        "category": _slug,
        "tags": _tags,
        "status": _status,
        "price": _price,
        "compare_at": _compare_at,
        "weight": _weight,
    }


def _options(texts: dict[str, str]) -> tuple[dict[str, str] | None, list[Problem]]:
    """None where no field is about options. An empty cell: the variant has no such option."""
    options: dict[str, str] = {}
    wrong = []
    asked = False
    for field, text in texts.items():
        if field.startswith("option:"):
            asked = True
            if text.strip():
                options[field[7:]] = unguard(text)
    for n in range(1, 6):
        name, value = texts.get(f"option{n}_name"), texts.get(f"option{n}_value")
        if name is None and value is None:
            continue
        asked = True
        if bool((name or "").strip()) != bool((value or "").strip()):
            wrong.append(Problem(f"option{n}_value", "must have both a name and a value", value or name or ""))
        elif name and value and name.strip():
            options[unguard(name)] = unguard(value)
    return (options if asked else None), wrong


def _field_of(path: str) -> str:
    """Of an error in Facts: `tags[2]` is about tags."""
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def _told(rule: str) -> str:
    """Patterns here only keep out what no text may hold."""
    return "must be text without control characters" if "matching regex" in rule else rule
