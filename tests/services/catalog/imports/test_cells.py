"""What is written into a cell is read back as it was, and harmless in a spreadsheet."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tradehall.services.catalog.imports.cells import (
    BadCell,
    guard,
    read_list,
    read_price,
    read_value,
    read_weight,
    unguard,
    write_list,
    write_price,
    write_value,
)

AWKWARD = st.text(alphabet="=+-@'\"\t\r\n ,;|0123456789.etru{}äß€\u2028a", max_size=12)
TEXT = AWKWARD | st.text(max_size=30)


@given(TEXT)
@example("=1+1")
@example("'=1+1")
@example("-5")
@example("'-5")
def test_text_comes_back(text: str) -> None:
    assert unguard(guard(text)) == text


@given(TEXT)
def test_no_cell_of_text_is_a_formula(text: str) -> None:
    cell = guard(text)
    if cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
        float(cell)  # a plain number does nothing


@given(TEXT | st.booleans() | st.integers(-(10**15), 10**15) | st.floats(-(10**15), 10**15, allow_nan=False))
@example("12")
@example("'12")
@example("true")
@example("-1e+02")
@example(1e-07)
@example("=1")
def test_value_of_a_specification_keeps_what_it_is(value: str | int | float | bool) -> None:
    read = read_value(write_value(value))
    assert read == value
    assert isinstance(read, str) == isinstance(value, str)
    assert isinstance(read, bool) == isinstance(value, bool)


@pytest.mark.parametrize(
    ("cell", "value"),
    [("2008.0", 2008), ("4.34", 4.34), ("007", "007"), ("5e10", "5e10"), ("9" * 20, "9" * 20), ("yes", "yes")],
)
def test_a_cell_is_a_number_only_where_nothing_of_it_is_lost(cell: str, value: str | int | float) -> None:
    assert read_value(cell) == value
    assert type(read_value(cell)) is type(value)


@given(st.lists(TEXT.filter(lambda text: text.strip() != ""), max_size=5))
def test_tags_come_back(tags: list[str]) -> None:
    assert read_list(write_list(tags), ",") == tags


def test_tags_may_be_apart_by_another_sign_and_empty_ones_go() -> None:
    assert read_list("a, b;c;;", ";") == ["a, b", "c"]
    with pytest.raises(BadCell):
        read_list('a\nb"', ",")


@given(st.integers(0, 10**13), st.sampled_from(["USD", "JPY", "KWD"]))
def test_prices_come_back(minor: int, currency: str) -> None:
    assert read_price(write_price(minor, currency), currency, ".") == minor


@pytest.mark.parametrize(
    ("cell", "sign", "minor"),
    [
        ("12.90", ".", 1290),
        ("1,299.00", ".", 129900),
        ("1 299,5", ",", 129950),
        ("1.299,00", ",", 129900),
        ("1'299.00", ".", 129900),
        (" 7 ", ".", 700),
        ("7.", ".", 700),
    ],
)
def test_prices_are_read_as_people_write_them(cell: str, sign: str, minor: int) -> None:
    assert read_price(cell, "USD", sign) == minor  # type: ignore[arg-type]


@pytest.mark.parametrize("cell", ["12,90", "1,29.00", "$5", "1e3", "٣", "1.2.3", "nan", "inf", "9" * 50, "0.001", ""])
def test_what_is_no_amount_is_refused(cell: str) -> None:
    with pytest.raises(BadCell):
        read_price(cell, "USD", ".")


def test_weights_become_grams() -> None:
    assert [read_weight("1.5", unit, ".") for unit in ("g", "kg", "lb", "oz")] == [2, 1500, 680, 43]  # type: ignore[arg-type]
