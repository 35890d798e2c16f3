"""A file is read the same in whatever blocks, from whatever row on, in whatever encoding it came."""

import csv
from io import BytesIO, StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradehall.services.catalog.imports.text import NotInEncoding, Row, decoded, header_of, measure, rows

CELLS = st.text(alphabet='ab"\r\n,;€\u2028\x0b ', max_size=8)
TABLES = st.lists(st.lists(CELLS, min_size=2, max_size=3), min_size=1, max_size=12)


def text_of(table: list[list[str]]) -> bytes:
    out = StringIO()
    csv.writer(out).writerows(table)
    return out.getvalue().encode()


def all_rows(content: bytes) -> list[Row]:
    return list(rows(content, ",", whole=True))


@given(TABLES)
def test_rows_are_what_was_written(table: list[list[str]]) -> None:
    assert [row.cells for row in all_rows(text_of(table))] == table


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_end_as_they_do_anywhere(newline: str) -> None:
    assert [row.cells for row in all_rows(newline.join(["a,b", "1,2", "3,4"]).encode())] == [
        ["a", "b"],
        ["1", "2"],
        ["3", "4"],
    ]


@given(TABLES, st.integers(1, 40))
def test_rows_read_on_from_any_row_in_blocks_of_any_size(table: list[list[str]], size: int) -> None:
    content = text_of(table)
    found: list[Row] = []
    position, length = 0, size
    while position < len(content):
        whole = position + length >= len(content)
        number = found[-1].number if found else 0
        block = content[position : position + length]
        new = list(rows(block, ",", whole=whole, number=number, start=position))
        found += new
        if new:
            position, length = new[-1].end, size
        elif whole:
            break
        else:
            length *= 2
    assert found == all_rows(content)


def test_empty_lines_count_and_are_left_out() -> None:
    assert [(row.number, row.cells) for row in all_rows(b"a,b\n\n1,2\n\n\n3,4")] == [
        (1, ["a", "b"]),
        (3, ["1", "2"]),
        (6, ["3", "4"]),
    ]


def test_row_that_is_no_csv_does_not_end_the_file() -> None:
    found = all_rows(b'a,b\n"' + b"x" * 200_000 + b'\n1,2\n"ok","fine"\n')
    assert "field larger than field limit" in found[1].error
    assert found[-1].cells == ["ok", "fine"]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("sku,né\n1,€".encode("utf-8-sig"), "utf-8"),
        ("sku,né\n1,€".encode(), "utf-8"),
        ("sku,né\n1,€".encode("cp1252"), "latin-1"),
        ("sku,né\n1,€".encode("utf-16"), "utf-16"),
    ],
)
def test_encoding_is_found_out(content: bytes, encoding: str) -> None:
    file = BytesIO(content)
    measured = measure(file, None)
    assert measured.encoding == encoding
    kept = b"".join(decoded(file, measured.encoding))
    assert kept.decode() == "sku,né\n1,€"
    assert (measured.size, measured.head) == (len(kept), kept)


def test_encoding_that_is_told_and_wrong_is_refused() -> None:
    with pytest.raises(NotInEncoding):
        measure(BytesIO("é".encode("cp1252")), "utf-8")


def test_bytes_no_code_page_knows_are_read_as_latin_1() -> None:
    assert b"".join(decoded(BytesIO(b"\x81\xe9"), "latin-1")).decode() == "\x81é"


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_delimiter_is_found_out(sign: str) -> None:
    found = header_of(f'sku{sign}"a name, or; so"{sign}price\n'.encode())
    assert found is not None
    assert (found[0], found[1].cells) == (sign, ["sku", "a name, or; so", "price"])


@pytest.mark.parametrize("content", [b"", b"\n\n", b'""\n'])
def test_without_column_names_there_is_no_header(content: bytes) -> None:
    found = header_of(content)
    assert found is None
