"""What a bank's statement says, as far as it is about orders: CSV of any bank, with a heading."""

import csv
import hashlib
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from io import StringIO
from uuid import UUID

import msgspec

from tradehall.kernel.errors import Invalid
from tradehall.services.payments.providers import ProviderRefused
from tradehall.services.payments.providers.asking import to_minor

MOST = 20_000  # rows
CORE = 8
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # none that is taken for another
_AMOUNT = ("amount", "value", "valor", "betrag", "importe", "montant", "credit", "crédito", "credito", "haben")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One that brought money. `id` is the same for the same row of another file, `number` its line here."""

    id: str
    number: int
    amount: int
    text: str


def rows_of(content: bytes, currency: str) -> list[Row]:
    """Raises Invalid."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    lines = text.splitlines()
    if not lines or "\0" in text or len(lines) > MOST:
        raise Invalid.field("file", f"must be CSV with a heading and {MOST:,} rows at most")
    mark = max(";,\t", key=lines[0].count)
    try:
        heading, *rows = list(csv.reader(StringIO(text), delimiter=mark))
    except csv.Error as error:
        raise Invalid.field("file", f"is no CSV: {error}") from None
    names = [name.strip().lower() for name in heading]
    column = next((i for word in _AMOUNT for i, name in enumerate(names) if name.split(" ")[0] == word), None)
    if column is None:
        raise Invalid.field("file", f"must have a column named {', '.join(_AMOUNT[:3])} or the like")
    found: list[Row] = []
    seen: dict[str, int] = {}
    for number, cells in enumerate(rows, 2):
        amount = _minor(cells[column], currency) if len(cells) > column else None
        if amount is None or amount <= 0:
            continue
        same = mark.join(cells)
        seen[same] = seen.get(same, 0) + 1  # two transfers may look alike
        id = hashlib.sha256(f"{seen[same]}\n{same}".encode()).hexdigest()
        others = " ".join(cell for i, cell in enumerate(cells) if i != column)
        found.append(Row(id=id, number=number, amount=amount, text=others))
    return found


def slip_reference(invoice_id: UUID) -> str:
    """By which a transfer for one of the platform's invoices is known: the same for every attempt to pay it."""
    number, letters = invoice_id.int & (2**62 - 1), ""
    for _ in range(8):
        number, place = divmod(number, len(_LETTERS))
        letters += _LETTERS[place]
    return f"{letters[:4]}-{letters[4:]}"


def named(text: str, known: Mapping[str, UUID]) -> UUID | None:
    """The one payment whose reference stands in it, however people write it; None for none or several. `known` is by
    `core`."""
    plain = _plain(text)
    windows = {plain[start : start + CORE] for start in range(len(plain) - CORE + 1)}
    found = {known[window] for window in windows if window in known}
    return found.pop() if len(found) == 1 else None


def core(reference: str) -> str:
    """What of an order's number is its own: its last eight characters; what stands before is the store's."""
    return _plain(reference)[-CORE:]


def _plain(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def _minor(cell: str, currency: str) -> int | None:
    """ "1.234,50", "1,234.50", "1234.5", "+50": the last mark with two digits or one behind it divides; None for nothing."""
    text = re.sub(r"[^0-9.,+-]", "", cell)
    found = re.fullmatch(r"([+-]?)([0-9]{1,3}(?:[.,][0-9]{3})+|[0-9]*)(?:[.,]([0-9]{1,2}))?", text)
    if found is None or not re.search("[0-9]", text):
        return None
    whole = re.sub(r"[.,]", "", found[2]) or "0"
    try:
        return to_minor(Decimal(f"{found[1]}{whole}.{found[3] or 0}"), currency)
    except (InvalidOperation, ProviderRefused):
        return None
