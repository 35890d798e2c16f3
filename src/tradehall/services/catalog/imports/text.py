"""From bytes to rows. A file is kept in UTF-8, whatever it came in, and read in blocks: never whole."""

import codecs
import csv
from collections.abc import Iterator, Sequence
from typing import IO, Literal

import msgspec

Encoding = Literal["utf-8", "latin-1", "utf-16"]

BLOCK = 512 * 1024
DELIMITERS = (",", ";", "\t", "|")
# Files said to be in Latin-1 are in Windows-1252, which has letters where Latin-1 has controls.
_WINDOWS = {
    byte: bytes([byte]).decode("cp1252")
    for byte in range(0x80, 0xA0)
    if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}  # fmt: skip


class NotInEncoding(ValueError):
    """The message names the encoding."""


class Row(msgspec.Struct, frozen=True):
    """`number` counts as a spreadsheet does: the header is row 1. `end` is the place in the file behind it, in bytes.

    With `error`, the rule it broke, the cells are the raw text.
    """

    number: int
    cells: list[str]
    end: int
    error: str = ""


class Measured(msgspec.Struct, frozen=True):
    """A file, once it is in UTF-8: its size in bytes, its first block."""

    encoding: Encoding
    size: int
    head: bytes


def measure(file: IO[bytes], told: Encoding | None) -> Measured:
    """In the encoding told, else by its byte order mark, else UTF-8 where all of it is, else Latin-1.

    Reads to the end. Raises NotInEncoding for one that was told.
    """
    if told is not None:
        return _measured(file, told)
    file.seek(0)
    if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return _measured(file, "utf-16")
    try:
        return _measured(file, "utf-8")
    except NotInEncoding:
        return _measured(file, "latin-1")


def _measured(file: IO[bytes], encoding: Encoding) -> Measured:
    size, head = 0, b""
    for block in decoded(file, encoding):
        size += len(block)
        if len(head) < BLOCK:
            head += block
    return Measured(encoding, size, head)


def decoded(file: IO[bytes], encoding: Encoding) -> Iterator[bytes]:
    """The file from its beginning, in UTF-8 without a mark, in blocks. Raises NotInEncoding."""
    decoder = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)()
    file.seek(0)
    try:
        while block := file.read(BLOCK):
            yield _letters(decoder.decode(block), encoding)
        yield _letters(decoder.decode(b"", True), encoding)
    except UnicodeError:
        raise NotInEncoding(f"must be in {encoding}") from None


def _letters(text: str, encoding: Encoding) -> bytes:
    return (text.translate(_WINDOWS) if encoding == "latin-1" else text).encode()


def header_of(block: bytes, delimiter: str = "") -> tuple[str, Row] | None:
    """The delimiter, found by which of them makes most columns where it is not told, and the first row."""
    found = []
    for candidate in [delimiter] if delimiter else DELIMITERS:
        row = next(iter(rows(block, candidate, whole=True)), None)
        if row is not None and not row.error and any(row.cells):
            found.append((candidate, row))
    return max(found, key=lambda pair: len(pair[1].cells), default=None)


def rows(block: bytes, delimiter: str, *, whole: bool, number: int = 0, start: int = 0) -> Iterator[Row]:
    """The rows that end within a block of UTF-8; the last one may do so without a newline where the block is `whole`.

    `number` is that of the row before, `start` the block's place in the file. Empty lines count and are left out.
    """
    lines = _Lines(block, whole)
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        lines.taken = []
        error = ""
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            cells, error = ["".join(lines.taken).rstrip("\r\n")], f"cannot be read as CSV: {problem}"
        if lines.ran_out and not whole:
            return
        number += 1
        if cells:
            yield Row(number, cells, start + lines.place, error)


class _Lines:
    """A block's lines, for csv.reader: where it is in the block, and whether it asked for more than there is.

    Not str.splitlines, which ends lines at characters that CSV leaves alone.
    """

    def __init__(self, block: bytes, whole: bool) -> None:
        lines = block.splitlines(keepends=True)
        if lines and not whole and not block.endswith(b"\n"):
            lines.pop()  # it may go on; a \r may have its \n in the next block
        self._lines: Sequence[bytes] = lines
        self._next = 0
        self.place = 0
        self.taken: list[str] = []
        self.ran_out = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._next == len(self._lines):
            self.ran_out = True
            raise StopIteration
        line = self._lines[self._next]
        self._next += 1
        self.place += len(line)
        text = line.decode()
        self.taken.append(text)
        return text
