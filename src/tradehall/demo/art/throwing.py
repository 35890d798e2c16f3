"""How a pot is turned: the body from its profile, its surface and glaze; and the branch that stands in one."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from tradehall.demo.art.canvas import Canvas, Point, curve, num
from tradehall.demo.art.palette import lightness, mix, tone

GLAZES: Final = ("#e9e0cf", "#aebfa9", "#7f96a6", "#c1754f", "#3f4a57", "#d7c39c", "#b98a7a", "#55604a")


CLAY: Final = "#c7a583"


FLAT: Final = 0.17  # how round a circle looks from where we stand


@dataclass(frozen=True)
class Glaze:
    paint: str
    finish: str

    @property
    def dark(self) -> bool:
        return lightness(self.paint) < 0.55


def _body(x: float, y: float, prof: list[Point]) -> str:
    right = curve([(x + r, y - h) for r, h in prof])
    left = curve([(x - r, y - h) for r, h in reversed(prof)])
    r0, r1 = prof[0][0], prof[-1][0]
    return (
        f"{right}A{num(r1)} {num(r1 * FLAT)} 0 0 0 {num(x - r1)} {num(y - prof[-1][1])}{left[left.index('C') :]}"
        f"A{num(r0)} {num(r0 * FLAT)} 0 0 0 {num(x + r0)} {num(y - prof[0][1])}Z"
    )


def radius_at(prof: list[Point], h: float) -> float:
    for (r0, h0), (r1, h1) in pairwise(prof):
        if h0 <= h <= h1:
            t = (h - h0) / (h1 - h0)
            t = t * t * (3 - 2 * t)
            return r0 + (r1 - r0) * t
    return prof[-1][0]


def turned(
    c: Canvas, x: float, y: float, prof: list[Point], glaze: Glaze, *, lip: bool = False, closed: bool = False
) -> None:
    """A thrown body with its mouth, on the ground at y."""
    p, d = glaze.paint, _body(x, y, prof)
    top, wide, r1 = prof[-1][1], max(r for r, _ in prof), prof[-1][0]
    c.path(d, c.cyl(p, 1.15 if glaze.finish == "gloss" else 0.92))
    with c.group(clip_path=c.clip(d)):
        c.rect(
            x - wide,
            y - top,
            wide * 2,
            top + 30,
            c.lin((0, "#fff", 0.10), (0.45, "#fff", 0), (1, "#2a1c10", 0.20)),
            light=True,
        )
        _surface(c, x, y, prof, glaze)
        c.ellipse(
            x - wide * 0.42,
            y - top * 0.55,
            wide * 0.16,
            top * 0.34,
            "#fff",
            light=True,
            opacity=0.26 if glaze.finish != "matte" else 0.15,
            filter=c.blur(wide * 0.08),
        )
        c.ellipse(
            x + wide * 0.93,
            y - top * 0.4,
            wide * 0.08,
            top * 0.4,
            "#f6e3c6",
            light=True,
            opacity=0.25,
            filter=c.blur(wide * 0.04),
        )
        if glaze.finish == "gloss":
            h = top * 0.66
            r = radius_at(prof, h)
            c.path(
                f"M{num(x - r * 0.62)} {num(y - h - top * 0.12)}q{num(-r * 0.06)} {num(top * 0.12)} 0 {num(top * 0.24)}l{num(r * 0.14)} 2q{num(-r * 0.05)} {num(-top * 0.12)} 0 {num(-top * 0.25)}Z",
                "#fff",
                light=True,
                opacity=0.7,
            )
        r0 = prof[0][0]
        c.path(
            f"M{num(x - r0)} {num(y - 7)}A{num(r0)} {num(r0 * FLAT)} 0 0 0 {num(x + r0)} {num(y - 7)}V{num(y + 40)}H{num(x - r0)}Z",
            mix(CLAY, "#6b4a33", 0.25),
            opacity=0.85,
        )
    if closed:
        return
    ty = y - top
    inner = mix(p, "#f3ead8", 0.25) if glaze.finish == "dipped" else p
    if lip:
        c.path(
            f"M{num(x - r1 * 0.98)} {num(ty + 2)}C{num(x - r1 * 1.2)} {num(ty - 8)} {num(x - r1 * 1.42)} {num(ty - 22)} {num(x - r1 * 1.46)} {num(ty - 26)}C{num(x - r1 * 1.28)} {num(ty - 6)} {num(x - r1 * 1.12)} {num(ty + 34)} {num(x - r1 * 0.9)} {num(ty + 60)}Z",
            c.lin((0, tone(p, 0.06)), (1, tone(p, -0.07)), to="right"),
        )
        c.path(
            f"M{num(x - r1 * 1.46)} {num(ty - 26)}C{num(x - r1)} {num(ty - 30)} {num(x + r1)} {num(ty - 22)} {num(x + r1)} {num(ty)}C{num(x + r1)} {num(ty + 18)} {num(x - r1)} {num(ty + 18)} {num(x - r1 * 1.1)} {num(ty + 2)}Z",
            c.lin((0, tone(inner, -0.2)), (0.6, tone(inner, -0.1)), (1, tone(inner, 0.02)), to="right"),
            stroke=tone(p, 0.08),
            stroke_width=3,
        )
        return
    c.ellipse(x, ty, r1, r1 * FLAT, tone(p, 0.07))
    w = max(3, r1 * 0.05)
    c.ellipse(
        x,
        ty + 1,
        r1 - w,
        (r1 - w) * FLAT,
        c.lin((0, tone(inner, -0.24)), (0.5, tone(inner, -0.14)), (1, tone(inner, -0.01)), to="right"),
    )


def _surface(c: Canvas, x: float, y: float, prof: list[Point], glaze: Glaze) -> None:
    top = prof[-1][1]

    def line(h: float, width: float, ink: str, a: float) -> None:
        r = radius_at(prof, h) + 3
        c.path(
            f"M{num(x - r)} {num(y - h)}A{num(r)} {num(r * FLAT)} 0 0 0 {num(x + r)} {num(y - h)}",
            stroke=ink,
            stroke_width=width,
            opacity=a,
        )

    if glaze.finish == "dipped":
        h = top * 0.36
        r = max(q for q, _ in prof) + 6
        d = f"M{num(x - r)} {num(y - h)}A{num(r)} {num(r * FLAT)} 0 0 0 {num(x + r)} {num(y - h + top * 0.03)}V{num(y + 60)}H{num(x - r)}Z"
        c.path(d, c.cyl(CLAY, 0.9))
        line(h - 2, 3, tone(glaze.paint, -0.12), 0.5)
    if glaze.finish == "banded":
        ink = "#efe6d4" if glaze.dark else mix("#3f4a57", glaze.paint, 0.15)
        for h, width in ((0.66, 13), (0.60, 4), (0.755, 4)):
            line(top * h, width * top / 260, ink, 0.75)
    for i in range(9):
        h = top * (0.08 + i * 0.105 + c.rng.uniform(-0.02, 0.02))
        line(h, 2.4, "#20150c", 0.05)
        line(h - 3, 1.6, "#fff", 0.07)
    if glaze.finish == "speckled":
        wide = max(q for q, _ in prof)
        for _ in range(110):
            s = c.rng.choice((0.9, 1.2, 1.8, 2.6))
            c.ellipse(
                x + c.rng.uniform(-wide, wide),
                y - c.rng.uniform(0, top),
                s,
                s * 0.85,
                "#efe3cf" if glaze.dark else "#4a3322",
                opacity=c.rng.uniform(0.35, 0.75),
            )


def leaf(c: Canvas, x: float, y: float, turn: float, size: float, fill: str) -> None:
    d = "M0 0C-15 -20 -15 -52 0 -78C15 -52 15 -20 0 0Z"
    c.path(
        d,
        c.lin((0, tone(fill, 0.07)), (1, tone(fill, -0.05)), to="across"),
        transform=f"translate({num(x)} {num(y)}) rotate({num(turn)}) scale({size:.2f})",
    )


def branch(c: Canvas, x: float, y: float, glaze: Glaze) -> None:
    """A tall plain vase with an olive branch."""
    stems = ((-14, 60, -150), (10, 60, 120))
    for dx, _, lean in stems:
        bx, by = x + dx, y - 330
        c.path(
            f"M{num(x)} {num(y - 300)}Q{num(bx)} {num(by - 60)} {num(x + lean)} {num(y - 590)}",
            stroke="#7b6a4c",
            stroke_width=4,
        )
        for i in range(9):
            t = 0.2 + i * 0.09
            px = (1 - t) ** 2 * x + 2 * t * (1 - t) * bx + t * t * (x + lean)
            py = (1 - t) ** 2 * (y - 300) + 2 * t * (1 - t) * (by - 60) + t * t * (y - 590)
            for s in (-1, 1):
                leaf(
                    c,
                    px,
                    py,
                    s * (46 + c.rng.uniform(-12, 12)) + lean * 0.14,
                    0.74 + c.rng.uniform(-0.12, 0.12),
                    c.rng.choice(("#7f8d68", "#94a07c", "#6d7c5a")),
                )
    prof: list[Point] = [(62, 0), (84, 60), (88, 150), (60, 240), (36, 280), (34, 318), (44, 334)]
    c.shadow(x, y + 2, 90, 18, ink="#5a4630")
    turned(c, x, y, prof, Glaze(mix("#efe6d6", glaze.paint, 0.12), "matte"))
