"""Cloth: a dye and a pattern woven as an SVG pattern."""

from typing import Final

from tradehall.demo.art.canvas import Canvas
from tradehall.demo.art.palette import ink_on, lightness, mix, tone

PATTERNS: Final = ("plain", "stripe", "check", "border", "gingham")


class Cloth:
    """A dye and a pattern; `fill` paints a piece of it, threads running along `turn` degrees."""

    def __init__(self, c: Canvas, dye: str, pattern: str) -> None:
        self.c, self.dye, self.pattern = c, dye, pattern
        self.line = mix(dye, ink_on(dye, "#4a3c30", "#f4ecdd"), 0.62)

    def fill(self, turn: float = 0, scale: float = 1) -> str:
        d, k = self.dye, scale
        weave = (
            f'<path d="M0 1.500H6M0 4.500H6" stroke="{tone(d, 0.035)}" stroke-width="1"/>'
            f'<path d="M1.500 0V6M4.500 0V6" stroke="{tone(d, -0.035)}" stroke-width="0.800"/>'
        )
        if self.pattern in {"plain", "border"}:
            return self.c.pattern(6, 6, f'<rect width="6" height="6" fill="{d}"/>{weave}', turn)
        if self.pattern == "stripe":
            inner = f'<rect width="48" height="48" fill="{d}"/><rect x="10" width="5" height="48" fill="{self.line}"/><rect x="19" width="2.500" height="48" fill="{self.line}"/>'
            return self.c.pattern(48, 48, inner, turn)
        if self.pattern == "check":
            inner = f'<rect width="64" height="64" fill="{d}"/><path d="M0 20H64M20 0V64" stroke="{self.line}" stroke-width="3"/><path d="M0 27H64M27 0V64" stroke="{self.line}" stroke-width="1.200"/>'
            return self.c.pattern(64, 64, inner, turn)
        half = 15 * k
        a = tone(d, 0.15) if lightness(d) < 0.8 else "#fbf6ec"
        dark = d if lightness(d) < 0.8 else mix(d, "#8a7860", 0.4)
        inner = (
            f'<rect width="{half * 2}" height="{half * 2}" fill="{a}"/><rect width="{half}" height="{half * 2}" fill="{dark}" opacity="0.5"/>'
            f'<rect width="{half * 2}" height="{half}" fill="{dark}" opacity="0.5"/>'
        )
        return self.c.pattern(half * 2, half * 2, inner, turn)
