"""The variants of a product come as columns of one row: for 500 of them that takes a quarter of what rows or JSON would."""

from typing import Any, NamedTuple

import msgspec

from tradehall.services.catalog.model import Variant

NAMES = Variant.__struct_fields__
# From variants `v` in the order of display.
AS_COLUMNS = ", ".join(f"array_agg(v.{name}{'::text' if name == 'options' else ''}) AS v_{name}" for name in NAMES)

_options = msgspec.json.Decoder(list[dict[str, str]])


class Stock(NamedTuple):
    """Of a product's variants, in the order of display."""

    available: list[int]
    backorder: list[bool]


def of_row(row: Any) -> list[Variant]:
    columns = {name: row[f"v_{name}"] or [] for name in NAMES}
    columns["options"] = _options.decode(f"[{','.join(columns['options'])}]")
    return list(map(Variant, *columns.values()))
