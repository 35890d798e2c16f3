"""Costs as a file: a row for each SKU."""

import csv
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

import msgspec

from tradehall.contracts.values import decimals
from tradehall.kernel.cells import unguard
from tradehall.kernel.errors import FieldError, Invalid

MOST_ROWS = 20_000
MOST_TOLD = 100  # problems
MOST = 10**13
_DELIMITERS = ",;\t"


class CostRow(msgspec.Struct, frozen=True, kw_only=True):
    """`row` counts as a spreadsheet does: the header is row 1."""

    row: int
    sku: str
    unit: int
    valid_from: date


def read(content: bytes, currency: str, today: date) -> list[CostRow]:
    """Columns sku, cost and, where it is not `today`, valid_from. Raises Invalid with all that is wrong."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid.field("file", "must be in UTF-8") from None
    head = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    try:
        rows = list(csv.reader(text.replace("\0", "").splitlines(), delimiter=delimiter))
    except csv.Error as error:
        raise Invalid.field("file", f"is no CSV: {error}") from None
    names = [name.strip().lower() for name in rows[0]] if rows else []
    if "sku" not in names or "cost" not in names:
        raise Invalid.field("file", "must have the columns sku and cost")
    if len(rows) - 1 > MOST_ROWS:
        raise Invalid.field("file", f"must have at most {MOST_ROWS} rows")
    found: list[CostRow] = []
    wrong: list[FieldError] = []
    for number, cells in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in cells):
            found += _row(number, dict(zip(names, cells, strict=False)), currency, today, wrong)
    refuse(wrong)
    return found


def _row(number: int, cells: dict[str, str], currency: str, today: date, wrong: list[FieldError]) -> Sequence[CostRow]:
    sku = unguard(cells.get("sku", "").strip())
    unit = _amount(cells.get("cost", ""), currency)
    since = _day(cells.get("valid_from", ""), today)
    if not sku:
        wrong.append(FieldError(f"row {number}.sku", "must be given"))
    if unit is None:
        wrong.append(FieldError(f"row {number}.cost", "must be an amount such as 12.50"))
    if since is None:
        wrong.append(FieldError(f"row {number}.valid_from", "must be a day such as 2026-01-31"))
    if not sku or unit is None or since is None:
        return []
    return [CostRow(row=number, sku=sku, unit=unit, valid_from=since)]


def refuse(wrong: Sequence[FieldError]) -> None:
    if wrong:
        raise Invalid(f"{len(wrong)} cells are not right. Nothing was taken.", errors=wrong[:MOST_TOLD])


def _amount(cell: str, currency: str) -> int | None:
    try:
        minor = Decimal(cell.strip()).scaleb(decimals(currency))
    except InvalidOperation:
        return None
    if not minor.is_finite() or minor != minor.to_integral_value() or not 0 <= minor <= MOST:
        return None
    return int(minor)


def _day(cell: str, today: date) -> date | None:
    if not cell.strip():
        return today
    try:
        day = date.fromisoformat(cell.strip())
    except ValueError:
        return None
    return day if 2000 <= day.year < 3000 else None
