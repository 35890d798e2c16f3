"""A square of SVG to draw on: shapes, gradients that model light from the upper left, soft shadows.

Everything goes through `Canvas`, so that one drawing can be shown twice: painted, or as a line drawing
(`plan` set), where fills become paper, edges become ink and lights and shades are left out.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import hypot
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from tradehall.demo.art.palette import tone

Point = tuple[float, float]
Attr = str | int | float
Stop = tuple[float, str] | tuple[float, str, float]
SIZE: Final = 800


@dataclass(frozen=True)
class Plan:
    """Ink, paper and weight of a line drawing."""

    ink: str
    paper: str
    width: float = 2.0


def num(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def soft(points: Sequence[tuple[float, float] | tuple[float, float, float]], *, close: bool = True) -> str:
    """A polygon with rounded corners; a point may carry its radius (default 8)."""
    pts = [(p[0], p[1], p[2] if len(p) > 2 else 8.0) for p in points]
    n = len(pts)
    out: list[str] = []
    for i, (x, y, r) in enumerate(pts):
        if not close and i in (0, n - 1):
            out.append(f"{'M' if i == 0 else 'L'}{num(x)} {num(y)}")
            continue
        ax, ay, _ = pts[i - 1]
        bx, by, _ = pts[(i + 1) % n]
        la, lb = _length(ax - x, ay - y), _length(bx - x, by - y)
        k = min(r, la * 0.48, lb * 0.48)
        sx, sy = x + (ax - x) * k / la, y + (ay - y) * k / la
        ex, ey = x + (bx - x) * k / lb, y + (by - y) * k / lb
        out.append(f"{'L' if out else 'M'}{num(sx)} {num(sy)}Q{num(x)} {num(y)} {num(ex)} {num(ey)}")
    return "".join(out) + ("Z" if close else "")


def curve(points: Sequence[Point], *, close: bool = False, tension: float = 1.0) -> str:
    """A smooth curve through the points (Catmull–Rom)."""
    n = len(points)
    out = [f"M{num(points[0][0])} {num(points[0][1])}"]
    for i in range(n if close else n - 1):
        p1, p2 = points[i], points[(i + 1) % n]
        p0 = points[i - 1] if close or i else p1
        p3 = points[(i + 2) % n] if close or i + 2 < n else p2
        k = tension / 6
        out.append(
            f"C{num(p1[0] + (p2[0] - p0[0]) * k)} {num(p1[1] + (p2[1] - p0[1]) * k)} "
            f"{num(p2[0] - (p3[0] - p1[0]) * k)} {num(p2[1] - (p3[1] - p1[1]) * k)} {num(p2[0])} {num(p2[1])}"
        )
    return "".join(out) + ("Z" if close else "")


def _length(x: float, y: float) -> float:
    return max(1e-6, hypot(x, y))


class Canvas:
    """Collects elements; `rng` is the drawing's only source of chance, `turn` its place in a series if it has one."""

    def __init__(self, seed: str, plan: Plan | None = None, prefix: str = "a") -> None:
        self._seed = seed
        self.rng = random.Random(seed)
        self.plan = plan
        self.turn: int | None = None
        self._defs: list[str] = []
        self._body: list[str] = []
        self._prefix = prefix

    def reseed(self, part: str) -> None:
        """Start chance anew for one part of the picture, so that the part is the same whatever was drawn before it."""
        self.rng = random.Random(f"{self._seed} {part}")

    def _define(self, element: str) -> str:
        name = f"{self._prefix}{len(self._defs)}"
        self._defs.append(element.replace("@", name, 1))
        return name

    def _ref(self, element: str) -> str:
        return f"url(#{self._define(element)})"

    def lin(self, *stops: Stop, to: str = "down") -> str:
        """A linear gradient over the shape's box; `to` is down, right or across."""
        x2, y2 = {"down": (0, 1), "right": (1, 0), "across": (1, 1)}[to]
        head = f'<linearGradient id="@" x1="0" y1="0" x2="{x2}" y2="{y2}">'
        return self._ref(head + _stops(stops) + "</linearGradient>")

    def rad(self, *stops: Stop, cx: float = 0.36, cy: float = 0.3, r: float = 0.8) -> str:
        head = f'<radialGradient id="@" cx="{cx}" cy="{cy}" r="{r}">'
        return self._ref(head + _stops(stops) + "</radialGradient>")

    def cyl(self, c: str, depth: float = 1.0) -> str:
        """Paint of an upright cylinder."""
        d = depth
        return self.lin(
            (0, tone(c, -0.10 * d)), (0.1, tone(c, -0.03 * d)), (0.28, tone(c, 0.07 * d)), (0.5, c),
            (0.86, tone(c, -0.15 * d)), (1, tone(c, -0.10 * d)), to="right",
        )  # fmt: skip

    def tube(self, c: str, depth: float = 1.0) -> str:
        """Paint of a lying cylinder."""
        d = depth
        return self.lin(
            (0, tone(c, 0.02 * d)),
            (0.25, tone(c, 0.09 * d)),
            (0.5, c),
            (0.88, tone(c, -0.16 * d)),
            (1, tone(c, -0.1 * d)),
        )

    def slab(self, c: str, depth: float = 1.0) -> str:
        """Paint of a flat face."""
        return self.lin((0, tone(c, 0.055 * depth)), (0.5, c), (1, tone(c, -0.06 * depth)), to="across")

    def ball(self, c: str, depth: float = 1.0) -> str:
        d = depth
        return self.rad((0, tone(c, 0.13 * d)), (0.45, c), (0.85, tone(c, -0.16 * d)), (1, tone(c, -0.2 * d)))

    def pattern(self, width: float, height: float, inner: str, turn: float = 0) -> str:
        size = f'width="{num(width)}" height="{num(height)}" patternTransform="rotate({num(turn)})"'
        return self._ref(f'<pattern id="@" patternUnits="userSpaceOnUse" {size}>{inner}</pattern>')

    def clip(self, d: str) -> str:
        return self._ref(f'<clipPath id="@"><path d="{d}"/></clipPath>')

    def blur(self, deviation: float) -> str:
        area = 'x="-50%" y="-50%" width="200%" height="200%"'
        inner = f'<feGaussianBlur stdDeviation="{num(deviation)}"/>'
        return self._ref(f'<filter id="@" {area}>{inner}</filter>')

    def raw(self, element: str) -> None:
        self._body.append(element)

    def _shape(self, tag: str, geometry: str, fill: str, light: bool, attrs: dict[str, Attr]) -> None:
        if self.plan:
            if light:
                return
            attrs = {k: v for k, v in attrs.items() if k in {"transform", "stroke_dasharray"}}
            attrs |= {"stroke": self.plan.ink, "stroke_width": self.plan.width, "stroke_linejoin": "round"}
            fill = "none" if fill == "none" else self.plan.paper
        rest = _attributes(attrs)
        self._body.append(f'<{tag} {geometry} fill="{fill}"{rest}/>')

    def path(self, d: str, fill: str = "none", *, light: bool = False, **attrs: Attr) -> None:
        self._shape("path", f'd="{d}"', fill, light, attrs)

    def rect(
        self,
        x: float,
        y: float,
        w: float,
        h: float,
        fill: str,
        r: float = 0,
        *,
        light: bool = False,
        **attrs: Attr,
    ) -> None:
        geometry = f'x="{num(x)}" y="{num(y)}" width="{num(w)}" height="{num(h)}"' + (f' rx="{num(r)}"' if r else "")
        self._shape("rect", geometry, fill, light, attrs)

    def circle(self, cx: float, cy: float, r: float, fill: str, *, light: bool = False, **attrs: Attr) -> None:
        self._shape("circle", f'cx="{num(cx)}" cy="{num(cy)}" r="{num(r)}"', fill, light, attrs)

    def ellipse(
        self, cx: float, cy: float, rx: float, ry: float, fill: str, *, light: bool = False, **attrs: Attr
    ) -> None:
        self._shape("ellipse", f'cx="{num(cx)}" cy="{num(cy)}" rx="{num(rx)}" ry="{num(ry)}"', fill, light, attrs)

    def stroke(self, d: str, colour: str, width: float, *, light: bool = False, **attrs: Attr) -> None:
        """An open line with round ends; in a line drawing a thick one becomes its two edges."""
        if self.plan:
            if light:
                return
            ink, paper, w = self.plan.ink, self.plan.paper, self.plan.width
            turn = f' transform="{attrs["transform"]}"' if "transform" in attrs else ""
            ends = 'fill="none" stroke-linecap="round" stroke-linejoin="round"'
            self._body.append(f'<path d="{d}" {ends} stroke="{ink}" stroke-width="{num(max(width, w))}"{turn}/>')
            if width > 3 * w:
                self._body.append(f'<path d="{d}" {ends} stroke="{paper}" stroke-width="{num(width - 2 * w)}"{turn}/>')
            return
        attrs.setdefault("stroke_linecap", "round")
        attrs.setdefault("stroke_linejoin", "round")
        self._shape("path", f'd="{d}"', "none", light, {"stroke": colour, "stroke_width": width, **attrs})

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        fill: str,
        font: str,
        *,
        anchor: str = "middle",
        **attrs: Attr,
    ) -> None:
        rest = _attributes(attrs)
        if self.plan:
            fill = self.plan.ink
        self._body.append(
            f'<text x="{num(x)}" y="{num(y)}" font-family={quoteattr(font)} font-size="{num(size)}" fill="{fill}" '
            f'text-anchor="{anchor}"{rest}>{escape(words)}</text>'
        )

    @contextmanager
    def group(self, **attrs: Attr) -> Iterator[None]:
        """`transform`, `opacity`, `clip_path`, `filter` for everything drawn inside."""
        if self.plan:
            attrs.pop("opacity", None)
            attrs.pop("filter", None)
        self._body.append(f"<g{_attributes(attrs)}>")
        yield
        self._body.append("</g>")

    def shadow(
        self, cx: float, cy: float, rx: float, ry: float = 0, ink: str = "#1d2430", strength: float = 1.0
    ) -> None:
        """Where a thing touches the ground: a wide soft pool and a narrow dark core, thrown to the right."""
        if self.plan:
            return
        ry = ry or rx * 0.11
        wide, core = self.blur(max(8, rx * 0.09)), self.blur(max(3.5, rx * 0.028))
        self.ellipse(cx + rx * 0.07, cy + ry * 0.2, rx * 1.04, ry, ink, opacity=0.20 * strength, filter=wide)
        self.ellipse(cx + rx * 0.02, cy, rx * 0.93, ry * 0.42, ink, opacity=0.42 * strength, filter=core)

    def cast(
        self,
        d: str,
        dx: float = 10,
        dy: float = 16,
        spread: float = 12,
        ink: str = "#1d2430",
        a: float = 0.28,
    ) -> None:
        """The shadow of a thing that lies flat, seen from above."""
        if self.plan:
            return
        self.path(d, ink, opacity=a, filter=self.blur(spread), transform=f"translate({dx} {dy})")
        self.path(
            d,
            ink,
            opacity=a * 0.9,
            filter=self.blur(max(2, spread * 0.22)),
            transform=f"translate({dx * 0.25} {dy * 0.25})",
        )

    def svg(self, box: str = "0 0 800 800", width: int = SIZE, height: int = SIZE) -> str:
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" width="{width}" height="{height}">'
            f"<defs>{''.join(self._defs)}</defs>{''.join(self._body)}</svg>"
        )


def _attributes(attrs: dict[str, Attr]) -> str:
    return "".join(f" {k.replace('_', '-')}={quoteattr(_value(v))}" for k, v in attrs.items())


def _value(v: Attr) -> str:
    return f"{v:.2f}".rstrip("0").rstrip(".") if isinstance(v, float) else str(v)


def _stops(stops: Sequence[Stop]) -> str:
    return "".join(
        f'<stop offset="{s[0]:g}" stop-color="{s[1]}"' + (f' stop-opacity="{s[2]:g}"' if len(s) > 2 else "") + "/>"
        for s in stops
    )


def rounded(x: float, y: float, w: float, h: float, r: float) -> str:
    """The path of a rounded rectangle."""
    return soft([(x, y, r), (x + w, y, r), (x + w, y + h, r), (x, y + h, r)])
