"""The sales report as CSV, XLSX and PDF. The libraries are loaded when the first file is asked for, and work in a thread."""

import asyncio
import csv
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from io import StringIO
from typing import IO, Literal

import msgspec

from tradehall.contracts.values import decimals, to_decimal
from tradehall.kernel.cells import guard
from tradehall.kernel.pdf import FONT, new_pdf, printable
from tradehall.services.analytics.model import Dimension, Figures
from tradehall.services.analytics.queries.reports import Key, Row

Format = Literal["csv", "xlsx", "pdf"]
MOST_ROWS: dict[Format, int] = {"csv": 50_000, "xlsx": 50_000, "pdf": 2_000}
MEDIA: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
BLOCK = 64 * 1024
_MARK = "\ufeff"  # spreadsheets take a file without it for something else than UTF-8
_HEADS: dict[Dimension, list[str]] = {
    "day": ["Day"],
    "week": ["Week of"],
    "month": ["Month"],
    "product": ["Product"],
    "variant": ["Article", "SKU"],
    "seller": ["Seller"],
    "warehouse": ["Warehouse"],
    "area": ["Country", "Region"],
    "type": ["Type"],
}
_NUMBERS = ["Orders", "Quantity", "Price", "Revenue", "Cost", "of it estimated", "Margin", "Margin %", "Shipping"]


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    about: str
    currency: str
    by: list[Dimension]
    rows: Sequence[Row]
    total: Figures

    @property
    def heads(self) -> list[str]:
        return [head for by in self.by for head in _HEADS[by]] + _NUMBERS

    def names(self, row: Row) -> list[str]:
        return [name for by, key in zip(self.by, row.keys, strict=True) for name in _names(by, key)]

    def numbers(self, f: Figures) -> list[str]:
        """As they stand in a file: plain, with a point."""
        price = "" if f.price is None else self._money(f.price)
        money = [self._money(x) for x in (f.revenue, f.cost, f.estimated, f.margin)]
        share = f"{100 * f.margin / f.revenue:.1f}" if f.revenue else ""
        return [str(f.orders), str(f.quantity), price, *money, share, self._money(f.shipping)]

    def _money(self, minor: int) -> str:
        return f"{to_decimal(minor, self.currency):f}"


def _names(by: Dimension, key: Key) -> list[str]:
    if by == "area":
        return [key.id or "", key.name]
    if by == "variant":
        return [key.name, key.id or ""]
    if by == "month":
        return [key.name[:7]]
    return [key.name or _NONE.get(by, "")]


_NONE: dict[Dimension, str] = {"seller": "Shipping", "warehouse": "No warehouse", "type": "No type"}


async def written(sheet: Sheet, format: Format) -> AsyncIterator[bytes]:
    """Made whole in a file that has no name, and sent as it is read."""
    with tempfile.TemporaryFile() as file:
        await asyncio.to_thread(_WRITERS[format], sheet, file)
        file.seek(0)
        while block := file.read(BLOCK):
            yield block


def _csv(sheet: Sheet, file: IO[bytes]) -> None:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(sheet.heads)
    writer.writerows([*map(guard, sheet.names(row)), *sheet.numbers(row.figures)] for row in sheet.rows)
    writer.writerow([*_total(sheet), *sheet.numbers(sheet.total)])
    file.write((_MARK + text.getvalue()).encode(errors="replace"))


def _total(sheet: Sheet) -> list[str]:
    return ["Total", *[""] * (len(sheet.heads) - len(_NUMBERS) - 1)]


def _xlsx(sheet: Sheet, file: IO[bytes]) -> None:
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "tmpdir": tempfile.gettempdir(),
    }
    book = xlsxwriter.Workbook(file, options)
    places = decimals(sheet.currency)
    plain = {"num_format": "#,##0" + ("." + "0" * places if places else "")}
    money, whole, share = (
        book.add_format(plain),
        book.add_format({"num_format": "#,##0"}),
        book.add_format({"num_format": "0.0"}),
    )
    bold = {"bold": True}
    heads = book.add_format(bold | {"bottom": 1})
    page = book.add_worksheet("Sales")
    page.write_string(0, 0, sheet.title, book.add_format(bold))
    page.write_string(1, 0, sheet.about)
    for column, head in enumerate(sheet.heads):
        page.write_string(3, column, head, heads)
    page.freeze_panes(4, 0)
    named = len(sheet.heads) - len(_NUMBERS)
    page.set_column(0, named - 1, 28)
    page.set_column(named, len(sheet.heads) - 1, 14)
    kinds = [whole, whole, money, money, money, money, money, share, money]
    lines = [(sheet.names(row), row.figures) for row in sheet.rows] + [(_total(sheet), sheet.total)]
    for line, (names, figures) in enumerate(lines, start=4):
        for column, name in enumerate(names):
            page.write_string(line, column, name)
        for column, (number, kind) in enumerate(zip(sheet.numbers(figures), kinds, strict=True), start=named):
            if number:
                page.write_number(line, column, float(number), kind)
    book.close()


def _pdf(sheet: Sheet, file: IO[bytes]) -> None:
    from fpdf.fonts import FontFace

    page = new_pdf(sheet.title, orientation="landscape", margin=12)
    page.set_font(FONT, "B", 14)
    page.cell(text=printable(sheet.title), new_x="LMARGIN", new_y="NEXT")
    page.set_font(FONT, "", 9)
    page.cell(text=printable(sheet.about), h=7, new_x="LMARGIN", new_y="NEXT")
    named = len(sheet.heads) - len(_NUMBERS)
    widths = [max(30, 100 // named)] * named + [14, 16, *[20] * 5, 16, 18]
    aligns = ["LEFT"] * named + ["RIGHT"] * len(_NUMBERS)
    page.set_font(FONT, "", 8)
    with page.table(
        col_widths=tuple(widths), text_align=tuple(aligns), borders_layout="HORIZONTAL_LINES", line_height=4.5, padding=0.6,
        headings_style=FontFace(emphasis="BOLD"),
    ) as table:  # fmt: skip
        table.row([printable(head) for head in sheet.heads])
        for row in sheet.rows:
            table.row([printable(text) for text in (*sheet.names(row), *sheet.numbers(row.figures))])
        table.row([*_total(sheet), *sheet.numbers(sheet.total)], style=FontFace(emphasis="BOLD"))
    file.write(bytes(page.output()))


_WRITERS: dict[Format, Callable[[Sheet, IO[bytes]], None]] = {"csv": _csv, "xlsx": _xlsx, "pdf": _pdf}
