"""How values stand in the cells of a CSV: written here, and read back as what they were.

A spreadsheet takes a cell that begins with = + - @ for a formula, and runs it. Such text is written behind an
apostrophe, the spreadsheets' own mark for text, and so is text of a specification that looks like a number or like
true and false. Reading takes one apostrophe off, from those and nothing else.
"""

import csv
import re
from decimal import ROUND_HALF_UP, Decimal
from io import StringIO
from typing import Literal

from tradehall.contracts.values import decimals, to_decimal
from tradehall.kernel.cells import NUMBER, guard, unguard

WeightUnit = Literal["g", "kg", "oz", "lb"]
DecimalSign = Literal[".", ","]
Value = str | int | float | bool

_GRAMS = {"g": Decimal(1), "kg": Decimal(1000), "oz": Decimal("28.349523125"), "lb": Decimal("453.59237")}
_TYPED = re.compile(rf"'*({NUMBER.pattern}|true|false)")
_LARGEST = 10**15


class BadCell(ValueError):
    """The message is the rule that was broken."""


def write_value(value: Value) -> str:
    """Of a specification."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return guard("'" + value if _TYPED.fullmatch(value) else value)
    return str(int(value)) if abs(value) <= _LARGEST and value == int(value) else repr(value)


def read_text(cell: str) -> str:
    """Text of a specification, whatever it looks like."""
    text = unguard(cell)
    return text[1:] if text[:1] == "'" and _TYPED.fullmatch(text) else text


def read_value(cell: str) -> Value:
    """A number, true, false, or text; 2008.0 is the whole number 2008."""
    text = unguard(cell)
    if text[:1] == "'" and _TYPED.fullmatch(text):
        return text[1:]
    if text in ("true", "false"):
        return text == "true"
    if not NUMBER.fullmatch(text):
        return text
    number = float(text)
    if abs(number) > _LARGEST:  # more digits than a number keeps
        return text
    return int(number) if number == int(number) else number


def write_list(values: list[str]) -> str:
    """A line of CSV within the cell, so that a tag may hold a comma."""
    out = StringIO()
    quoting: Literal[0, 1] = csv.QUOTE_ALL if any(value[0].isspace() for value in values) else csv.QUOTE_MINIMAL
    csv.writer(out, lineterminator="\r\n", quoting=quoting).writerow(values)  # what ends lines is quoted in values
    return guard(out.getvalue().removesuffix("\r\n"))


def read_list(cell: str, separator: str) -> list[str]:
    """Raises BadCell where the quotes do not fit together."""
    if not cell:
        return []
    try:
        (values,) = csv.reader([unguard(cell)], delimiter=separator, skipinitialspace=True)
    except (csv.Error, ValueError):
        raise BadCell(f"must be a list separated by {separator}") from None
    return [value for value in values if value.strip()]


def write_price(minor: int | None, currency: str) -> str:
    return "" if minor is None else f"{to_decimal(minor, currency):f}"


def read_price(cell: str, currency: str, sign: DecimalSign) -> int:
    """Minor units. "1,299.00" is read where the decimal sign is a point, "1.299,00" where it is a comma."""
    places = decimals(currency)
    amount = _decimal(cell, sign)
    if amount is None:
        raise BadCell(f"must be an amount such as 1299{sign}00")
    minor = amount.scaleb(places)
    if minor != minor.to_integral_value():
        raise BadCell(f"must have at most {places} decimals")
    return int(minor)


def read_weight(cell: str, unit: WeightUnit, sign: DecimalSign) -> int:
    """Grams, rounded."""
    amount = _decimal(cell, sign)
    if amount is None:
        raise BadCell(f"must be a weight in {unit} such as 1{sign}5")
    return int((amount * _GRAMS[unit]).to_integral_value(ROUND_HALF_UP))


def _decimal(cell: str, sign: DecimalSign) -> Decimal | None:
    """None for anything but a plain number; groups of three may be set apart."""
    group = "," if sign == "." else "."
    text = cell.strip().replace("\u00a0", " ")
    grouped = rf"-?[0-9]{{1,3}}(?:[{group} '][0-9]{{3}})+" if re.search(rf"[{group} ']", text) else r"-?[0-9]{1,30}"
    if not re.fullmatch(rf"{grouped}(?:[{sign}][0-9]{{0,30}})?", text, re.ASCII) or len(text) > 40:
        return None
    return Decimal(re.sub(rf"[{group} ']", "", text).replace(sign, "."))
