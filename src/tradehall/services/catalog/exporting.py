"""Products, and rows that did not become any, as CSV for spreadsheets: in UTF-8 with its mark, formulas made harmless."""

import csv
from collections.abc import AsyncIterator, Sequence
from io import StringIO

from tradehall.kernel.cells import guard
from tradehall.services.catalog.imports.cells import write_list, write_price, write_value
from tradehall.services.catalog.model import Product
from tradehall.services.catalog.queries.exports import Columns, Exported
from tradehall.services.catalog.queries.imports import Refused

_MARK = "\ufeff"  # spreadsheets take a file without it for something else than UTF-8
_FIELDS = ["handle", "sku", "name", "description", "brand", "category", "tags", "status", "seller", "price", "compare_at", "weight"]  # fmt: skip


async def text(pages: AsyncIterator[Sequence[Sequence[str]]]) -> AsyncIterator[bytes]:
    mark = _MARK
    async for page in pages:
        out = StringIO()
        csv.writer(out, lineterminator="\r\n").writerows(page)
        yield (mark + out.getvalue()).encode(errors="replace")
        mark = ""


async def report(
    header: Sequence[str], pages: AsyncIterator[Sequence[Refused]]
) -> AsyncIterator[Sequence[Sequence[str]]]:
    """A row for each rule that a row of the file broke."""
    yield [["row", "field", "rule", "value", *map(guard, header)]]
    async for page in pages:
        yield [
            [str(one.row), *(guard(problem[key]) for key in ("field", "rule", "value")), *map(guard, one.cells)]
            for one in page
            for problem in one.problems
        ]


async def products(
    columns: Columns, pages: AsyncIterator[Sequence[Exported]]
) -> AsyncIterator[Sequence[Sequence[str]]]:
    """A row for each variant; the header names fields, so that an import needs no mapping."""
    options = [f"option{n}_{part}" for n in range(1, columns.options + 1) for part in ("name", "value")]
    yield [[*_FIELDS, *options, *(f"spec:{name}" for name in columns.specifications)]]
    async for page in pages:
        yield [row for exported in page for row in _rows(exported.product, exported.seller, columns)]


def _rows(product: Product, seller: str, columns: Columns) -> list[list[str]]:
    specs = {spec.name: write_value(spec.value) for spec in reversed(product.specifications)}  # of two the first
    about = [guard(product.name), guard(product.description), guard(product.brand), product.category or ""]
    about += [write_list(product.tags), product.status, seller]
    rows = []
    for variant in product.variants:
        options = [cell for name in product.options for cell in (guard(name), guard(variant.options[name]))]
        options += [""] * (2 * columns.options - len(options))
        row = [product.slug, guard(variant.sku), *about]
        row += [write_price(variant.price, product.currency), write_price(variant.compare_at, product.currency)]
        row += [str(variant.weight_g), *options]
        rows.append(row + [specs.get(name, "") for name in columns.specifications])
    return rows
