"""Setting words: how wide they are in the fonts of the covers, and how to break them so that they fill a box.

The widths (thousandths of an em, `advance.json`) were measured in the fonts themselves, so fitting needs none of
them installed. Rendering does; on Debian: fonts-ebgaramond, fonts-bebas-neue, fonts-league-spartan, fonts-quicksand,
fonts-dancingscript, fonts-lobstertwo, fonts-yanone-kaffeesatz, fonts-junicode, fonts-inter (all OFL).
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tradehall.demo.art.canvas import Attr, Canvas


@dataclass(frozen=True)
class Face:
    """A font as SVG asks for it, its widths, the height of its capitals and its usual leading."""

    name: str
    family: str
    weight: int = 400
    italic: bool = False
    caps: float = 0.7
    leading: float = 1.08

    @property
    def attrs(self) -> dict[str, Attr]:
        found: dict[str, Attr] = {"font_weight": self.weight}
        if self.italic:
            found["font_style"] = "italic"
        return found


GARAMOND = Face("EB Garamond", "EB Garamond", 400, caps=0.65, leading=1.06)
GARAMOND_ITALIC = Face("EB Garamond Italic", "EB Garamond", 400, True, caps=0.65, leading=1.08)
BEBAS = Face("Bebas Neue", "Bebas Neue", 700, caps=0.7, leading=0.92)
SPARTAN = Face("League Spartan", "League Spartan", 700, caps=0.7, leading=0.98)
QUICKSAND = Face("Quicksand", "Quicksand", 700, caps=0.7, leading=1.12)
DANCING = Face("Dancing Script", "Dancing Script", 700, caps=0.72, leading=1.04)
LOBSTER = Face("Lobster Two", "Lobster Two", 700, caps=0.7, leading=1.02)
YANONE = Face("Yanone Kaffeesatz", "Yanone Kaffeesatz", 700, caps=0.65, leading=0.98)
JUNICODE = Face("Junicode", "Junicode Two Beta", 700, caps=0.66, leading=1.06)
INTER = Face("Inter", "Inter", 500, caps=0.72, leading=1.25)


@cache
def _widths(name: str) -> dict[str, int]:
    table = json.loads((files("tradehall.demo.art") / "advance.json").read_text("utf-8"))
    return dict(zip(table["characters"], table["widths"][name], strict=True))


def width(words: str, face: Face, size: float, spacing: float = 0) -> float:
    """Pixels the words take, `spacing` (of the size) between letters."""
    table = _widths(face.name)
    return sum(table.get(ch, 600) / 1000 + spacing for ch in words) * size


def _wrap(words: list[str], face: Face, limit: float, spacing: float) -> list[str]:
    lines: list[str] = []
    for word in words:
        if lines and width(f"{lines[-1]} {word}", face, 1, spacing) <= limit:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines


def fit(words: str, face: Face, w: float, h: float, most: float, spacing: float = 0) -> tuple[list[str], float]:
    """Lines and size: as large as the box allows, lines as even as the words allow."""
    parts = words.split()
    size = most
    while size > 9:
        lines = _wrap(parts, face, w / size, spacing)
        tall = len(lines) * face.leading * size <= h
        if tall and max(width(line, face, size, spacing) for line in lines) <= w:
            limit = w / size
            while limit > 0.5 and len(_wrap(parts, face, limit * 0.97, spacing)) == len(lines):
                limit *= 0.97
            even = _wrap(parts, face, limit, spacing)
            if max(width(line, face, size, spacing) for line in even) <= w:
                lines = even
            return lines, size
        size -= max(0.5, size * 0.03)
    return [words], 9


def block(
    c: Canvas, words: str, face: Face, box: tuple[float, float, float, float], fill: str, *, most: float = 90,
    align: str = "middle", valign: str = "middle", spacing: float = 0, opacity: float = 1,
) -> float:  # fmt: skip
    """Set words in box (x, y, width, height); returns the y below the last line."""
    x, y, w, h = box
    lines, size = fit(words, face, w, h, most, spacing)
    tall = (len(lines) - 1) * face.leading * size + face.caps * size
    top = y + {"top": 0.0, "middle": (h - tall) / 2, "bottom": h - tall}[valign]
    at = {"start": x, "middle": x + w / 2 + spacing * size / 2, "end": x + w}[align]
    extra: dict[str, Attr] = {"letter_spacing": round(spacing * size, 2)} if spacing else {}
    if opacity < 1:
        extra["opacity"] = opacity
    for i, line in enumerate(lines):
        c.text(
            at,
            top + face.caps * size + i * face.leading * size,
            line,
            size,
            fill,
            face.family,
            anchor=align,
            **face.attrs,
            **extra,
        )
    return top + tall
