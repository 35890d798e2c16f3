"""Wheels seen from the side: tyre, rim and one of six faces."""

from math import cos, pi, sin
from typing import Final

from tradehall.demo.art.canvas import Canvas, num, soft
from tradehall.demo.art.palette import tone

_TYRE: Final = "#1b1c1f"


def wheel(c: Canvas, x: float, y: float, r: float, face: str, *, body: str = "#b9bec4", white: bool = False) -> None:
    c.circle(x, y, r, c.rad((0, "#34363b"), (0.55, "#222327"), (1, "#0c0d0f"), cx=0.4, cy=0.2, r=0.9))
    c.circle(x, y, r * 0.94, "none", light=True, stroke="#44474e", stroke_width=1, opacity=0.5)
    if white:
        c.circle(x, y, r * 0.80, "none", stroke="#e9e5da", stroke_width=r * 0.075)
    rim = r * 0.66
    steel = c.lin((0, "#f4f6f8"), (0.35, "#b9c0c7"), (0.52, "#6d757e"), (0.62, "#aeb5bc"), (1, "#4c525a"))
    c.circle(x, y, rim, steel)
    c.circle(x, y, rim * 0.88, c.lin((0, "#3a3e44"), (1, "#15171a")))
    {"hubcap": _hubcap, "rally": _rally, "mag": _mag, "wire": _wire, "turbine": _turbine, "steel": _steel}[face](
        c, x, y, rim * 0.86, body
    )
    c.path(
        f"M{num(x - r * 0.93)} {num(y - r * 0.2)}A{num(r * 0.95)} {num(r * 0.95)} 0 0 1 {num(x + r * 0.2)} {num(y - r * 0.93)}",
        light=True, stroke="#fff", stroke_width=2, opacity=0.14,
    )  # fmt: skip


def _disc(c: Canvas, x: float, y: float, r: float, light: str = "#f2f4f6", dark: str = "#737a83") -> None:
    c.circle(
        x,
        y,
        r,
        c.lin((0, light), (0.48, tone(dark, 0.16)), (0.54, dark), (1, tone(light, -0.12)), to="across"),
    )


def _hubcap(c: Canvas, x: float, y: float, r: float, body: str) -> None:
    _disc(c, x, y, r)
    c.circle(x, y, r * 0.72, "none", stroke="#5a6068", stroke_width=1.5, opacity=0.7)
    for i in range(24):
        a = i * pi / 12
        d = f"M{num(x + cos(a) * r * 0.75)} {num(y + sin(a) * r * 0.75)}L{num(x + cos(a) * r * 0.95)} {num(y + sin(a) * r * 0.95)}"
        c.path(d, light=True, stroke="#3d4249", stroke_width=1.4, opacity=0.65)
    c.circle(x, y, r * 0.46, c.lin((0, tone(body, 0.08)), (1, tone(body, -0.12))))
    _disc(c, x, y, r * 0.26)


def _rally(c: Canvas, x: float, y: float, r: float, body: str) -> None:
    _disc(c, x, y, r)
    for i in range(5):
        a = i * 72 - 90
        c.rect(
            x - r * 0.2,
            y - r * 0.80,
            r * 0.4,
            r * 0.24,
            "#1d1f23",
            r * 0.11,
            transform=f"rotate({a + 90} {num(x)} {num(y)})",
        )
    _disc(c, x, y, r * 0.36, "#fafbfc", "#8b929a")
    c.circle(x, y, r * 0.16, "#2a2d32")


def _mag(c: Canvas, x: float, y: float, r: float, body: str) -> None:
    metal = c.lin((0, "#eceff2"), (0.5, "#a4abb3"), (1, "#6f767f"))
    for i in range(5):
        d = soft(
            [
                (x - r * 0.13, y, 2),
                (x - r * 0.25, y - r * 0.96, 3),
                (x + r * 0.25, y - r * 0.96, 3),
                (x + r * 0.13, y, 2),
            ]
        )
        c.path(d, metal, transform=f"rotate({i * 72} {num(x)} {num(y)})")
    c.circle(x, y, r * 0.31, metal)
    c.circle(x, y, r * 0.15, "#3a3e44")


def _wire(c: Canvas, x: float, y: float, r: float, body: str) -> None:
    spokes = []
    for i in range(32):
        a, b = i * pi / 16, i * pi / 16 + (0.42 if i % 2 else -0.42)
        spokes.append(
            f"M{num(x + cos(b) * r * 0.2)} {num(y + sin(b) * r * 0.2)}L{num(x + cos(a) * r)} {num(y + sin(a) * r)}"
        )
    c.path("".join(spokes), light=True, stroke="#d5dade", stroke_width=1.3, opacity=0.9)
    _disc(c, x, y, r * 0.24)


def _turbine(c: Canvas, x: float, y: float, r: float, body: str) -> None:
    _disc(c, x, y, r, "#e4e7ea", "#868d95")
    for i in range(16):
        d = soft(
            [
                (x - r * 0.03, y - r * 0.42, 1),
                (x + r * 0.02, y - r * 0.9, 2),
                (x + r * 0.16, y - r * 0.87, 2),
                (x + r * 0.06, y - r * 0.42, 1),
            ]
        )
        c.path(d, "#24272b", transform=f"rotate({i * 22.5} {num(x)} {num(y)})")
    _disc(c, x, y, r * 0.3)


def _steel(c: Canvas, x: float, y: float, r: float, body: str) -> None:
    c.circle(x, y, r, c.lin((0, "#8a9097"), (1, "#3c4046")))
    for i in range(8):
        a = i * pi / 4 + 0.2
        c.circle(x + cos(a) * r * 0.68, y + sin(a) * r * 0.68, r * 0.115, "#17181b")
    _disc(c, x, y, r * 0.42)
