"""A label of the simulated carrier: one page of PDF, A6, words only."""

from collections.abc import Sequence

from tradehall.kernel.pdf import FONT, new_pdf, printable

_A6 = (105, 148)


def pdf(lines: Sequence[str]) -> bytes:
    """The first line is set large."""
    page = new_pdf(lines[0], format=_A6, margin=8)
    for number, line in enumerate(lines):
        page.set_font(FONT, "", 11 if number else 16)
        page.multi_cell(0, 7, text=printable(line), align="L", new_x="LMARGIN", new_y="NEXT")
    return bytes(page.output())
