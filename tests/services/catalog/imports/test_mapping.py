"""Mappings: which columns say what, what is wrong with one, and what rows say under it."""

from typing import Any

import pytest
from msgspec import UNSET

from tradehall.kernel.errors import Invalid
from tradehall.services.catalog.imports.mapping import BadRow, Line, Mapping, Reader, automatic, check
from tradehall.services.catalog.imports.text import Row

HEADER = ["Article", "Title", "Cost", "Notes"]
PLAIN = {"Article": "sku", "Title": "name", "Cost": "price"}


def wrong(mapping: Mapping, header: list[str] | None = None) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        check(mapping, header)
    return {error.field: error.rule for error in caught.value.errors}


def read(mapping: Mapping, *cells: str, header: list[str] = HEADER) -> Line | BadRow:
    check(mapping, header)
    return Reader(mapping, header, "USD").read(Row(2, list(cells), 0))


def facts(mapping: Mapping, *cells: str, header: list[str] = HEADER) -> Any:
    line = read(mapping, *cells, header=header)
    assert isinstance(line, Line), line
    return line.facts


def test_columns_named_as_fields_are_those_fields() -> None:
    header = ["Row", " SKU ", "Price", "price", "spec:Sleeve Length", "option:Size", "option1_name", "image"]
    assert automatic(header).columns == {
        " SKU ": "sku",
        "Price": "price",
        "spec:Sleeve Length": "spec:Sleeve Length",
        "option:Size": "option:Size",
        "option1_name": "option1_name",
    }


def test_all_that_is_wrong_is_said_at_once() -> None:
    mapping = Mapping(
        columns={"a": "price", "b": "price", "c": "colour"},
        constants={"price": "1", "spec:": "x"},
        defaults={"seller id": "y"},
    )
    assert set(wrong(mapping)) == {
        "columns.colour",
        "columns.price",
        "columns.sku",
        "constants.price",
        "constants.spec:",
        "defaults.seller id",
    }


def test_mapping_names_columns_that_the_file_has_once() -> None:
    mapping = Mapping(
        columns={"Article": "sku", "Cost": "price", "Twice": "brand"}, constants={"name": "{Titel} {Cost}"}
    )
    assert wrong(mapping, ["Article", "Twice", "Cost", "Twice"]) == {
        "columns.Twice": "must stand once in the header",
        "constants.name": "must name columns of the file in its braces, not Titel",
    }


def test_constants_hold_for_every_row_and_defaults_where_a_cell_is_empty() -> None:
    mapping = Mapping(
        columns={"Title": "name", "Cost": "price"},
        constants={"sku": "ART-{Article}", "status": "published"},
        defaults={"price": "12.90", "brand": "{Notes}"},
    )
    said = facts(mapping, "7", "Lamp", " ", "Alder")
    assert (said.sku, said.price, said.status, said.brand) == ("ART-7", 1290, "published", "Alder")
    assert facts(mapping, "7", "Lamp", "3").price == 300


def test_what_no_column_says_is_not_said() -> None:
    said = facts(Mapping(columns={"Article": "sku"}), "A", "", "", "")
    assert (said.name, said.price, said.tags, said.options, said.specs) == (UNSET, UNSET, UNSET, UNSET, {})


def test_row_may_be_shorter_than_the_header_and_not_longer() -> None:
    assert facts(Mapping(columns=PLAIN | {"Notes": "description"}), "A", "Lamp", "5").description == ""
    assert isinstance(read(Mapping(columns=PLAIN), "A", "Lamp", "5", "", "more"), BadRow)


def test_all_that_is_wrong_in_a_row_is_said_with_its_values() -> None:
    header = ["sku", "name", "price", "compare_at", "weight", "status", "tags", "option1_name", "option1_value"]
    bad = read(
        automatic(header), "x" * 65, "n" * 201, "one", "two", "heavy", "sold", "t" * 101, "Size", "", header=header
    )
    assert isinstance(bad, BadRow)
    assert {problem.field for problem in bad.problems} == {*header} - {"option1_name"}
    assert next(problem.value for problem in bad.problems if problem.field == "price") == "one"


def test_options_are_named_by_columns_or_in_cells() -> None:
    header = ["sku", "option:Size", "option1_name", "option1_value"]
    assert facts(automatic(header), "A", "L", "Colour", "Red", header=header).options == {"Size": "L", "Colour": "Red"}
    assert facts(automatic(header), "A", "", "", "", header=header).options == {}


def test_category_and_handle_become_slugs() -> None:
    header = ["sku", "category", "handle"]
    said = facts(automatic(header), "A", "Camping & Tents", "Blue Tent", header=header)
    assert (said.category, said.handle) == ("camping-tents", "blue-tent")
