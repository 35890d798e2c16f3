"""Motorcycles from the side: cruiser, sport, scrambler, tourer, scooter."""

from dataclasses import dataclass
from math import cos, pi, sin
from typing import Final

from tradehall.demo.art.canvas import Canvas, curve, num, soft
from tradehall.demo.art.palette import tone

GROUND: Final = 590.0
STYLES: Final = ("cruiser", "sport", "scrambler", "tourer", "scooter")
PAINTS: Final = (
    "#9c2b23",
    "#c9782b",
    "#27496d",
    "#2d5a48",
    "#1d1f23",
    "#d8b24a",
    "#5b2a30",
    "#8d9aa3",
    "#e0d7c2",
)


@dataclass(frozen=True)
class Bike:
    style: str
    year: int
    paint: str
    front: float
    rear: float
    wheel: float
    fins: int
    vee: bool
    tan: bool


def bike(c: Canvas, style: str, year: int, paint: str | None) -> Bike:
    rng = c.rng
    base = 462 if style in {"cruiser", "tourer"} else 430
    span = base + rng.uniform(-14, 18)
    chosen = rng.choice(PAINTS)
    return Bike(
        style, year, paint or chosen, 400 - span / 2, 400 + span / 2, rng.uniform(94, 102), rng.randint(5, 7),
        style == "cruiser" or (style == "tourer" and rng.random() < 0.4), rng.random() < 0.45,
    )  # fmt: skip


def side(c: Canvas, b: Bike) -> None:
    y = GROUND - b.wheel
    chrome = _chrome(c)
    if b.style == "tourer":
        _pannier(c, b)
    _fender(c, b, chrome)
    for x in (b.front, b.rear):
        _wheel(c, x, y, b.wheel, 12 if b.style == "scrambler" else 0)
    _frame(c, b, y)
    _engine(c, b, y, chrome)
    _exhaust(c, b, y, chrome)
    _fork(c, b, y, chrome)
    _seat(c, b, y)
    _tank(c, b, y)
    _bars(c, b, y, chrome)


def _chrome(c: Canvas) -> str:
    return c.lin((0, "#fbfcfd"), (0.3, "#bcc3c9"), (0.55, "#565d65"), (0.7, "#a9b0b7"), (1, "#4a5058"))


def _wheel(c: Canvas, x: float, y: float, r: float, knobs: int) -> None:
    if knobs:
        for i in range(40):
            a = i * pi / 20
            c.rect(
                x + cos(a) * (r - 3) - 5,
                y + sin(a) * (r - 3) - 5,
                10,
                10,
                "#17181a",
                2,
                transform=f"rotate({i * 9} {num(x + cos(a) * (r - 3))} {num(y + sin(a) * (r - 3))})",
            )
    c.circle(x, y, r * 0.9, "none", stroke="#1c1d20", stroke_width=r * 0.2)
    c.circle(x, y, r * 0.97, "none", light=True, stroke="#4a4d53", stroke_width=2, opacity=0.6)
    c.circle(x, y, r * 0.79, "none", stroke="#c9ced3", stroke_width=5)
    c.circle(x, y, r * 0.76, "none", light=True, stroke="#5b6168", stroke_width=2)
    spokes = []
    for i in range(36):
        a, turn = i * pi / 18, 0.5 if i % 2 else -0.5
        spokes.append(
            f"M{num(x + cos(a + turn) * r * 0.17)} {num(y + sin(a + turn) * r * 0.17)}L{num(x + cos(a) * r * 0.77)} {num(y + sin(a) * r * 0.77)}"
        )
    c.path("".join(spokes), light=True, stroke="#b9bfc5", stroke_width=1.4)
    c.circle(x, y, r * 0.33, "none", stroke="#8d949b", stroke_width=7, stroke_dasharray="3 3")
    c.circle(x, y, r * 0.19, c.ball("#a5acb3"))
    c.circle(x, y, r * 0.07, "#2a2d31")


def _fender(c: Canvas, b: Bike, chrome: str) -> None:
    y, r = GROUND - b.wheel, b.wheel + 13
    paint = chrome if b.style == "sport" else c.lin((0, tone(b.paint, 0.1)), (0.5, b.paint), (1, tone(b.paint, -0.15)))
    lift = 16 if b.style == "scrambler" else 0

    def arc(x: float, start: float, end: float, width: float) -> str:
        a, e = start * pi / 180, end * pi / 180
        p = [(x + cos(t) * q, y - lift + sin(t) * q) for q in (r, r - width) for t in (a, e)]
        return (
            f"M{num(p[0][0])} {num(p[0][1])}A{num(r)} {num(r)} 0 0 1 {num(p[1][0])} {num(p[1][1])}"
            f"L{num(p[3][0])} {num(p[3][1])}A{num(r - width)} {num(r - width)} 0 0 0 {num(p[2][0])} {num(p[2][1])}Z"
        )

    c.path(arc(b.front, 205, 318, 11), paint)
    c.path(
        arc(b.rear, 215 if b.style != "cruiser" else 200, 355 if b.style in {"cruiser", "tourer"} else 325, 14),
        paint,
    )
    if b.style != "scrambler":
        c.rect(b.rear + r - 14, y - 40, 20, 26, c.lin((0, "#ef5247"), (1, "#8d1a18")), 5)


def _frame(c: Canvas, b: Bike, y: float) -> None:
    head = b.front + 96
    c.stroke(
        f"M{num(head)} {num(y - 150)}L{num(b.front + 140)} {num(y + 16)}H{num(b.rear - 150)}L{num(b.rear - 120)} {num(y - 60)}",
        "#232529",
        13,
    )
    c.stroke(f"M{num(b.rear)} {num(y)}L{num(b.rear - 150)} {num(y + 10)}", "#2c2f34", 15)
    c.stroke(
        f"M{num(head + 6)} {num(y - 148)}L{num(b.rear - 110)} {num(y - 96)}L{num(b.rear - 20)} {num(y - 104)}",
        "#232529",
        12,
    )
    x1, y1, x2, y2 = b.rear - 4, y - 6, b.rear - 44, y - 108
    c.stroke(f"M{num(x1)} {num(y1)}L{num(x2)} {num(y2)}", "#8d949b", 9)
    for i in range(9):
        t = 0.14 + i * 0.085
        x, yy = x1 + (x2 - x1) * t, y1 + (y2 - y1) * t
        c.stroke(f"M{num(x - 12)} {num(yy + 5)}L{num(x + 12)} {num(yy - 5)}", "#d4d9dd", 5)


def _engine(c: Canvas, b: Bike, y: float, chrome: str) -> None:
    metal = c.lin((0, "#d7dbdf"), (0.4, "#8b929a"), (1, "#3f444a"))
    dark = c.lin((0, "#7d848c"), (1, "#2b2e33"))
    x = (b.front + b.rear) / 2 - 8
    c.path(
        soft(
            [
                (x - 78, y - 34, 18),
                (x + 62, y - 40, 22),
                (x + 82, y + 14, 26),
                (x + 40, y + 34, 20),
                (x - 60, y + 34, 22),
                (x - 88, y + 6, 20),
            ]
        ),
        metal,
    )

    def barrel(tilt: float, cx: float) -> None:
        with c.group(transform=f"rotate({tilt} {num(cx)} {num(y - 20)})"):
            c.rect(cx - 30, y - 112, 60, 90, "#26292d", 4)
            for i in range(b.fins + 2):
                c.rect(cx - 38, y - 40 - i * 11, 76, 6, metal, 3)
            c.path(
                soft(
                    [
                        (cx - 36, y - 118, 6),
                        (cx - 24, y - 142, 12),
                        (cx + 24, y - 142, 12),
                        (cx + 36, y - 118, 6),
                    ]
                ),
                dark,
            )

    if b.vee:
        barrel(26, x + 10)
        barrel(-24, x - 14)
    else:
        barrel(-14, x - 16)
        c.rect(x + 22, y - 92, 44, 32, dark, 9)
        c.circle(x + 80, y - 76, 24, dark)
    c.circle(x - 34, y + 2, 31, chrome)
    c.circle(x - 34, y + 2, 21, c.lin((0, "#9aa1a8"), (1, "#5b6168")))
    c.circle(x + 36, y, 26, dark)
    c.circle(x + 36, y, 15, metal)


def _exhaust(c: Canvas, b: Bike, y: float, chrome: str) -> None:
    x = (b.front + b.rear) / 2
    if b.style == "scrambler":
        c.stroke(
            f"M{num(x - 62)} {num(y - 82)}C{num(x - 110)} {num(y - 60)} {num(x - 70)} {num(y - 34)} {num(x)} {num(y - 40)}L{num(b.rear - 90)} {num(y - 52)}",
            "#aab1b8",
            15,
        )
        c.path(
            soft(
                [
                    (b.rear - 110, y - 66, 8),
                    (b.rear + 44, y - 84, 10),
                    (b.rear + 48, y - 58, 10),
                    (b.rear - 108, y - 38, 8),
                ]
            ),
            chrome,
        )
        return
    c.stroke(
        f"M{num(x - 60)} {num(y - 84)}C{num(x - 124)} {num(y - 60)} {num(x - 110)} {num(y + 30)} {num(x - 50)} {num(y + 36)}L{num(b.rear - 96)} {num(y + 38)}",
        "#c3c9ce",
        15,
    )
    c.stroke(
        f"M{num(x - 64)} {num(y - 86)}C{num(x - 126)} {num(y - 62)} {num(x - 114)} {num(y + 26)} {num(x - 52)} {num(y + 32)}",
        "#fff",
        3,
        light=True,
        opacity=0.6,
    )
    up = 26 if b.style == "sport" else 0
    c.path(
        soft(
            [
                (b.rear - 130, y + 26, 10),
                (b.rear + 74, y + 22 - up, 6),
                (b.rear + 82, y + 52 - up, 6),
                (b.rear - 130, y + 50, 12),
            ]
        ),
        chrome,
    )


def _fork(c: Canvas, b: Bike, y: float, chrome: str) -> None:
    rake = 100 if b.style == "cruiser" else 88
    top = y - 186
    c.stroke(f"M{num(b.front)} {num(y)}L{num(b.front + rake)} {num(top)}", "#dfe3e6", 13)
    c.stroke(f"M{num(b.front - 2)} {num(y)}L{num(b.front + rake * 0.46)} {num(y - 186 * 0.46)}", "#7c838b", 19)
    c.stroke(
        f"M{num(b.front - 5)} {num(y - 4)}L{num(b.front + rake * 0.44)} {num(y - 186 * 0.46)}",
        "#fff",
        3,
        light=True,
        opacity=0.35,
    )
    lx, ly = b.front + rake - 44, y - 168
    if b.style != "sport":
        c.path(
            soft([(lx + 34, ly - 26, 20), (lx - 10, ly - 31, 8), (lx - 10, ly + 31, 8), (lx + 34, ly + 26, 20)]),
            chrome if b.style != "scrambler" else c.ball("#2a2c30"),
        )
        c.path(f"M{num(lx - 9)} {num(ly - 30)}q-16 30 0 60Z", c.lin((0, "#fffef6"), (1, "#b5c0c4")))


def _tank(c: Canvas, b: Bike, y: float) -> None:
    p = b.paint
    h = b.front + 112
    t = y - 196 if b.style != "cruiser" else y - 186
    shapes = {
        "cruiser": [(h - 14, t + 34), (h + 30, t + 2), (h + 92, t + 6), (h + 158, t + 56), (h + 150, t + 72), (h + 40, t + 76), (h - 4, t + 62)],
        "sport": [(h - 16, t + 26), (h + 30, t - 6), (h + 100, t + 2), (h + 160, t + 52), (h + 152, t + 70), (h + 60, t + 70), (h - 6, t + 60)],
        "scrambler": [(h - 10, t + 32), (h + 30, t + 2), (h + 96, t + 6), (h + 138, t + 48), (h + 130, t + 66), (h + 40, t + 72), (h - 2, t + 60)],
        "tourer": [(h - 16, t + 28), (h + 30, t - 6), (h + 106, t - 2), (h + 160, t + 50), (h + 154, t + 70), (h + 50, t + 76), (h - 8, t + 62)],
    }  # fmt: skip
    d = curve(shapes[b.style], close=True)
    c.path(d, c.lin((0, tone(p, 0.2)), (0.25, tone(p, 0.05)), (0.6, tone(p, -0.05)), (1, tone(p, -0.2))))
    with c.group(clip_path=c.clip(d)):
        c.path(
            f"M{num(h - 20)} {num(t + 46)}C{num(h + 50)} {num(t + 22)} {num(h + 110)} {num(t + 34)} {num(h + 170)} {num(t + 62)}v12C{num(h + 110)} {num(t + 44)} {num(h + 50)} {num(t + 34)} {num(h - 20)} {num(t + 58)}Z",
            "#f2ead8" if tone(p, 0) != "#f2ead8" else "#222",
            light=True,
            opacity=0.85,
        )
        c.ellipse(h + 54, t + 10, 60, 9, "#fff", light=True, opacity=0.4)
    c.circle(h + 50, t - 1 if b.style != "sport" else t - 5, 9, "#c9ced3")
    if b.style == "sport":
        fair = soft(
            [
                (h - 92, t + 6, 26),
                (h - 48, t - 34, 30),
                (h + 10, t - 8, 14),
                (h + 14, t + 70, 20),
                (h - 50, t + 74, 26),
            ]
        )
        c.path(
            soft([(h - 66, t - 12, 10), (h - 40, t - 62, 20), (h - 12, t - 58, 12), (h + 4, t - 10, 8)]),
            c.lin((0, "#a9c0ce", 0.75), (1, "#3a4a57", 0.8)),
        )
        c.path(fair, c.lin((0, tone(p, 0.16)), (0.5, p), (1, tone(p, -0.18))))
        c.ellipse(h - 72, t + 24, 15, 25, c.lin((0, "#fffef6"), (1, "#aab6ba")))
    if b.style == "tourer":
        c.path(
            soft([(h - 84, t - 6, 20), (h - 42, t - 112, 26), (h - 14, t - 104, 12), (h - 16, t, 10)]),
            c.lin((0, "#b9ccd8", 0.65), (1, "#4a5a67", 0.75)),
            stroke="#dfe5e9",
            stroke_opacity=0.5,
            stroke_width=2,
        )
        c.path(
            soft(
                [
                    (h - 110, t + 22, 22),
                    (h - 78, t - 20, 26),
                    (h - 6, t - 10, 16),
                    (h - 4, t + 52, 20),
                    (h - 70, t + 66, 26),
                ]
            ),
            c.lin((0, tone(p, 0.16)), (0.5, p), (1, tone(p, -0.18))),
        )
        c.ellipse(h - 92, t + 24, 17, 26, c.lin((0, "#fffef6"), (1, "#aab6ba")))


def _seat(c: Canvas, b: Bike, y: float) -> None:
    leather = "#7a4b2d" if b.tan else "#26272b"
    x, r = b.front + 234, b.rear
    paint = c.lin((0, tone(leather, 0.12)), (0.4, leather), (1, tone(leather, -0.12)))
    d = {
        "cruiser": soft([(x, y - 134, 10), (x + 60, y - 114, 30), (r - 62, y - 120, 20), (r - 40, y - 158, 16), (r + 30, y - 146, 20), (r + 24, y - 116, 16), (r - 60, y - 98, 20), (x + 10, y - 102, 14)]),
        "sport": soft([(x + 2, y - 140, 10), (x + 60, y - 124, 30), (r - 50, y - 130, 20), (r + 10, y - 168, 18), (r + 66, y - 158, 14), (r + 40, y - 128, 20), (r - 40, y - 104, 20), (x + 10, y - 104, 12)]),
        "scrambler": soft([(x - 18, y - 134, 14), (x + 20, y - 138, 14), (r + 24, y - 132, 20), (r + 34, y - 112, 14), (x - 10, y - 102, 14)]),
        "tourer": soft([(x, y - 138, 12), (x + 50, y - 120, 26), (r - 60, y - 124, 18), (r - 44, y - 150, 16), (r + 36, y - 152, 18), (r + 44, y - 118, 14), (x + 8, y - 102, 14)]),
    }[b.style]  # fmt: skip
    c.path(d, paint)
    c.path(
        f"M{num(x + 30)} {num(y - 116)}H{num(r - 70)}",
        light=True,
        stroke=tone(leather, 0.25),
        stroke_width=2,
        stroke_dasharray="6 4",
        opacity=0.7,
    )
    if b.style != "cruiser":
        c.path(
            soft([(x - 4, y - 100, 8), (x + 74, y - 98, 8), (x + 60, y - 52, 16), (x + 16, y - 56, 14)]),
            c.lin((0, tone(b.paint, 0.08)), (1, tone(b.paint, -0.14))),
        )


def _bars(c: Canvas, b: Bike, y: float, chrome: str) -> None:
    hx, hy = b.front + 92, y - 186
    if b.style == "sport":
        c.stroke(f"M{num(hx)} {num(hy - 2)}l26 -4", "#1a1b1e", 12)
        return
    rise = {"cruiser": 62, "scrambler": 44, "tourer": 40}[b.style]
    c.stroke(
        f"M{num(hx)} {num(hy)}C{num(hx + 4)} {num(hy - rise)} {num(hx + 20)} {num(hy - rise - 8)} {num(hx + 52)} {num(hy - rise + 6)}",
        "#d4d9dd",
        8,
    )
    c.stroke(f"M{num(hx + 32)} {num(hy - rise - 1)}L{num(hx + 66)} {num(hy - rise + 14)}", "#1a1b1e", 13)
    if b.style != "tourer":
        c.stroke(f"M{num(hx + 10)} {num(hy - rise * 0.7)}l-6 -34", "#aab1b8", 4)
        c.ellipse(hx + 2, hy - rise * 0.7 - 44, 10, 15, chrome)


def _pannier(c: Canvas, b: Bike) -> None:
    y = GROUND - b.wheel
    p = tone(b.paint, -0.03)
    c.path(
        soft(
            [
                (b.rear + 6, y - 190, 16),
                (b.rear + 108, y - 186, 18),
                (b.rear + 104, y - 112, 14),
                (b.rear + 8, y - 112, 12),
            ]
        ),
        c.lin((0, tone(p, 0.1)), (1, tone(p, -0.12))),
    )
