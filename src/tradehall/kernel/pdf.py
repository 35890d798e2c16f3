"""PDF pages in letters that most of our stores write in: Latin with all its marks, Greek, Cyrillic, Vietnamese.

The fonts are Roboto (Apache-2.0), without hints and other scripts; a sign that they lack is shown as a question mark.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from fpdf import FPDF

FONT = "roboto"
_FILES = {"": "Roboto-Regular.ttf", "B": "Roboto-Bold.ttf"}
_FOLDER = Path(__file__).parent / "fonts"


def new_pdf(
    title: str,
    *,
    margin: float,
    orientation: Literal["portrait", "landscape"] = "portrait",
    format: str | tuple[float, float] = "A4",
) -> "FPDF":
    """With its first page and the font FONT, regular and bold. Margin, and a format that has no name, in mm."""
    from fpdf import FPDF  # loaded by whoever prints

    document = FPDF(orientation=orientation, format=format)
    for style, name in _FILES.items():
        document.add_font(FONT, style, _FOLDER / name)
    document.set_title(title)
    document.set_margins(margin, margin)
    document.set_auto_page_break(True, margin=margin)
    document.add_page()
    document.set_font(FONT)
    return document


def printable(text: str) -> str:
    signs = _signs()
    return "".join(sign if ord(sign) in signs else "?" for sign in text)


@cache
def _signs() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(_FOLDER / _FILES[""]) as font:
        return frozenset(font.getBestCmap()) | {ord("\n")}
