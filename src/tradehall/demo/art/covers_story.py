"""Covers of stories: fantasy, crime, science fiction, romance, horror, adventure, children."""

from math import cos, pi, sin

from tradehall.demo.art.canvas import Canvas, curve, num
from tradehall.demo.art.lettering import (
    DANCING,
    GARAMOND,
    JUNICODE,
    LOBSTER,
    SPARTAN,
    block,
)
from tradehall.demo.art.palette import mix, tone

W, H = 440, 640
Palette = tuple[str, str, str, str]  # ground, second, accent, ink


def pick(c: Canvas, n: int) -> int:
    """Which of a design's compositions: by the book's place among its genre when that is known, else by chance."""
    chance = c.rng.randrange(n)
    return chance if c.turn is None else c.turn % n


def ridge(c: Canvas, y: float, rough: float, steps: int = 11) -> str:
    pts = [(-20 + i * (W + 40) / steps, y + c.rng.uniform(-rough, rough)) for i in range(steps + 1)]
    return curve(pts) + f"L{W + 20} {H + 20}L-20 {H + 20}Z"


def peaks(c: Canvas, y: float, rough: float, steps: int = 7) -> str:
    pts = []
    for i in range(steps * 2 + 1):
        x = -20 + i * (W + 40) / (steps * 2)
        pts.append(
            f"{num(x)} {num(y + (c.rng.uniform(-rough, -rough * 0.2) if i % 2 else c.rng.uniform(0, rough * 0.5)))}"
        )
    return "M" + "L".join(pts) + f"L{W + 20} {H + 20}L-20 {H + 20}Z"


def fir(x: float, y: float, h: float) -> str:
    d = f"M{num(x)} {num(y - h)}"
    for i in range(4):
        k = (i + 1) / 4
        d += f"L{num(x + h * 0.22 * k)} {num(y - h * (1 - k))}L{num(x + h * 0.09 * k)} {num(y - h * (1 - k))}"
    d += f"L{num(x)} {num(y)}"
    for i in range(3, -1, -1):
        k = (i + 1) / 4
        d += f"L{num(x - h * 0.09 * k)} {num(y - h * (1 - k))}L{num(x - h * 0.22 * k)} {num(y - h * (1 - k))}"
    return d + "Z"


def stars(c: Canvas, n: int, fill: str, low: float = 360) -> None:
    for _ in range(n):
        c.circle(
            c.rng.uniform(20, W - 20),
            c.rng.uniform(20, low),
            c.rng.choice((0.9, 1.2, 1.9)),
            fill,
            opacity=c.rng.uniform(0.4, 0.95),
        )


def fantasy(c: Canvas, title: str, author: str, p: Palette) -> None:
    ground, _, accent, ink = p
    (_castle, _gate, _tree)[pick(c, 3)](c, p)
    c.rect(20, 20, W - 40, H - 40, "none", stroke=accent, stroke_width=2)
    c.rect(27, 27, W - 54, H - 54, "none", stroke=accent, stroke_width=0.8)
    for sx, sy in ((20, 20), (W - 20, 20), (20, H - 20), (W - 20, H - 20)):
        c.path(
            f"M{sx} {sy - 13}L{sx + 13} {sy}L{sx} {sy + 13}L{sx - 13} {sy}Z",
            ground,
            stroke=accent,
            stroke_width=1.6,
        )
    block(c, title, JUNICODE, (52, 62, W - 104, 170), ink, most=68)
    block(c, author.upper(), GARAMOND, (60, 572, W - 120, 30), ink, most=21, spacing=0.14)


def _gate(c: Canvas, p: Palette) -> None:
    """A door of light at the end of stairs."""
    ground, second, accent, ink = p
    c.rect(0, 0, W, H, c.lin((0, tone(ground, -0.03)), (1, tone(ground, 0.03))))
    for i in range(5):
        w, top = 150 - i * 26, 256 + i * 22
        fill = mix(ground, second, 0.25 + i * 0.2) if i < 4 else tone(accent, 0.1)
        c.path(f"M{220 - w} 600V{top + w}A{w} {w} 0 0 1 {220 + w} {top + w}V600Z", fill)
    c.circle(220, 440, 150, c.rad((0, accent, 0.7), (1, accent, 0), cx=0.5, cy=0.5, r=0.5))
    for i in range(6):
        w = 44 + i * 26
        c.rect(220 - w, 512 + i * 18, 2 * w, 19, mix(accent, ground, 0.3 + i * 0.14))
    c.path("M208 504q-4 -30 12 -34q16 4 12 34Z", tone(ground, -0.12))
    c.circle(220, 463, 7, tone(ground, -0.12))
    stars(c, 26, ink, 250)
    for x in (44, 396):
        sprig(c, x, 560, 0, 0.9, second)


def _tree(c: Canvas, p: Palette) -> None:
    """A great tree whose leaves are lights, mirrored in its roots."""
    ground, second, accent, ink = p
    c.rect(0, 0, W, H, c.rad((0, second), (0.75, mix(second, ground, 0.8)), (1, ground), cx=0.5, cy=0.6, r=0.7))
    trunk = tone(ground, -0.1)
    c.path("M196 570C212 500 208 460 204 420H236C232 460 228 500 244 570Z", trunk)
    for x, y, sw in (
        (90, 380, 12),
        (140, 300, 11),
        (200, 262, 9),
        (252, 262, 9),
        (304, 300, 11),
        (350, 380, 12),
    ):
        c.path(
            f"M220 450C220 400 {(x + 220) / 2:.0f} {y + 50} {x} {y}",
            stroke=trunk,
            stroke_width=sw,
            stroke_linecap="round",
        )
    for _ in range(120):
        a, r = c.rng.uniform(0, 2 * pi), c.rng.uniform(0.2, 1) ** 0.6
        x, y = 220 + cos(a) * r * 156, 352 + sin(a) * r * 104
        c.ellipse(
            x,
            y,
            c.rng.uniform(6, 13),
            c.rng.uniform(5, 9),
            c.rng.choice((accent, tone(accent, 0.09), mix(accent, second, 0.5), second)),
            opacity=c.rng.uniform(0.55, 1),
        )
    c.path(ridge(c, 560, 7), trunk)
    stars(c, 30, ink, 300)


def _castle(c: Canvas, p: Palette) -> None:
    ground, second, accent, ink = p
    c.rect(0, 0, W, H, c.lin((0, tone(ground, -0.08)), (0.55, second), (1, mix(second, accent, 0.35))))
    stars(c, 46, ink)
    mx, my = c.rng.uniform(140, 300), 366
    c.circle(mx, my, 118, c.rad((0, accent, 0.55), (1, accent, 0), cx=0.5, cy=0.5, r=0.5))
    c.circle(mx, my, 62, tone(accent, 0.1))
    c.circle(mx + 20, my - 8, 56, mix(second, accent, 0.18), light=True, opacity=0.28)
    c.path(peaks(c, 440, 70), mix(second, ground, 0.45))
    c.path(peaks(c, 490, 60, 9), mix(second, ground, 0.75))
    x = c.rng.choice((120, 300))
    tower = mix(ground, "#000000", 0.25)
    for dx, w, h in ((-34, 24, 92), (-6, 30, 140), (28, 22, 108), (52, 18, 74)):
        c.rect(x + dx, 540 - h, w, h + 40, tower)
        c.path(f"M{x + dx - 5} {540 - h}L{x + dx + w / 2} {540 - h - w * 1.5}L{x + dx + w + 5} {540 - h}Z", tower)
        c.rect(x + dx + w / 2 - 2.5, 540 - h + 16, 5, 10, accent, 2.5)
    c.path(ridge(c, 548, 16), tone(ground, -0.1))
    for i in range(12):
        c.path(
            fir(i * 42 + c.rng.uniform(-10, 10), 590 + c.rng.uniform(0, 20), c.rng.uniform(44, 84)),
            tone(ground, -0.16),
        )


def scifi(c: Canvas, title: str, author: str, p: Palette) -> None:
    ground, second, accent, ink = p
    c.rect(0, 0, W, H, c.lin((0, ground), (0.6, mix(ground, second, 0.7)), (1, second)))
    stars(c, 60, ink, 480)
    kind = pick(c, 3)
    if kind == 0:
        x, y, r = c.rng.uniform(150, 290), 330, c.rng.uniform(104, 128)
        c.path(
            f"M{num(x - r * 1.75)} {y + 40}A{num(r * 1.8)} 46 -14 0 1 {num(x + r * 1.75)} {y - 46}",
            stroke=ink,
            stroke_width=7,
            opacity=0.55,
        )
        c.circle(x, y, r, c.lin((0, tone(accent, 0.14)), (0.5, accent), (1, tone(second, -0.14)), to="across"))
        with c.group(
            clip_path=c.clip(
                f"M{num(x - r)} {y}a{num(r)} {num(r)} 0 1 0 {num(2 * r)} 0a{num(r)} {num(r)} 0 1 0 -{num(2 * r)} 0Z"
            )
        ):
            for i in range(6):
                c.rect(
                    x - r,
                    y - r + 30 + i * 34,
                    2 * r,
                    c.rng.uniform(5, 15),
                    tone(accent, -0.09),
                    opacity=0.5,
                    transform=f"rotate(-14 {num(x)} {y})",
                )
        c.path(
            f"M{num(x - r * 1.75)} {y + 40}A{num(r * 1.8)} 46 -14 0 0 {num(x + r * 1.75)} {y - 46}",
            stroke=ink,
            stroke_width=9,
            opacity=0.95,
        )
    elif kind == 1:
        for i in range(9):
            c.rect(0, 300 + i * i * 4.4, W, 2, accent, opacity=0.65)
        for i in range(-9, 10):
            c.path(f"M{220 + i * 26} 300L{220 + i * 130} 660", stroke=accent, stroke_width=1.6, opacity=0.65)
        c.circle(220, 298, 92, c.lin((0, tone(accent, 0.12)), (1, second)))
        for i in range(4):
            c.rect(120, 316 + i * 20, 200, 4 + i * 2, mix(ground, second, 0.6))
        c.rect(0, 392, W, 250, c.lin((0, ground, 0), (1, ground, 0.75)))
    else:
        for i in range(7):
            c.circle(220, 350, 190 - i * 27, mix(accent, ground, i / 7.5))
        c.path("M220 236q34 44 30 126h-60q-4 -82 30 -126Z", ink)
        c.path("M190 336l-28 46v22l32 -22ZM250 336l28 46v22l-32 -22Z", tone(ink, -0.16))
        c.circle(220, 300, 12, second)
        c.path("M204 366h32q-2 40 -16 66q-14 -26 -16 -66Z", tone(accent, 0.12))
    block(
        c,
        title.upper(),
        SPARTAN,
        (40, 50, W - 80, 150),
        ink,
        most=58,
        align="start",
        valign="top",
        spacing=0.02,
    )
    block(c, author.upper(), SPARTAN, (40, 580, W - 80, 28), ink, most=20, align="start", spacing=0.16)


def blossom(c: Canvas, x: float, y: float, r: float, petal: str, heart: str, n: int = 5) -> None:
    turn = c.rng.uniform(0, 70)
    for i in range(n):
        a = turn + i * 360 / n
        d = f"M0 0C{num(-r * 0.62)} {num(-r * 0.4)} {num(-r * 0.5)} {num(-r)} 0 {num(-r * 0.92)}C{num(r * 0.5)} {num(-r)} {num(r * 0.62)} {num(-r * 0.4)} 0 0Z"
        c.path(
            d,
            c.lin((0, tone(petal, 0.07)), (1, tone(petal, -0.07))),
            transform=f"translate({num(x)} {num(y)}) rotate({num(a)})",
        )
    c.circle(x, y, r * 0.2, heart)
    for i in range(7):
        a = i * 2 * pi / 7
        c.circle(x + cos(a) * r * 0.3, y + sin(a) * r * 0.3, r * 0.035, heart)


def sprig(c: Canvas, x: float, y: float, turn: float, size: float, fill: str, pairs: int = 5) -> None:
    with c.group(transform=f"translate({num(x)} {num(y)}) rotate({num(turn)}) scale({size:.2f})"):
        c.path("M0 0Q6 -60 0 -124", stroke=fill, stroke_width=2.4)
        for i in range(pairs):
            yy = -18 - i * 104 / pairs
            k = 1 - i * 0.1
            for s in (-1, 1):
                c.path(
                    f"M2 {num(yy)}C{num(s * 10 * k)} {num(yy - 22 * k)} {num(s * 30 * k)} {num(yy - 26 * k)} {num(s * 38 * k)} {num(yy - 20 * k)}C{num(s * 32 * k)} {num(yy - 4)} {num(s * 14 * k)} {num(yy + 4)} 2 {num(yy)}Z",
                    fill,
                )
        c.path("M0 -120C-10 -134 -8 -148 0 -158C8 -148 10 -134 0 -120Z", fill)


def romance(c: Canvas, title: str, author: str, p: Palette) -> None:
    ground, second, accent, ink = p
    c.rect(0, 0, W, H, ground)
    for x, y, turn in (
        (40, 150, 150),
        (400, 170, 215),
        (30, 520, 35),
        (410, 510, -35),
        (220, 640, 8),
        (120, 610, -10),
        (330, 610, 20),
        (150, 30, 170),
        (300, 20, 190),
    ):
        sprig(c, x, y, turn + c.rng.uniform(-14, 14), c.rng.uniform(0.75, 1.1), second)
    for x, y, r in (
        (30, 40, 74),
        (150, 8, 48),
        (420, 60, 84),
        (300, 4, 42),
        (10, 600, 80),
        (130, 632, 56),
        (424, 606, 92),
        (300, 640, 58),
    ):
        blossom(
            c,
            x + c.rng.uniform(-12, 12),
            y + c.rng.uniform(-10, 10),
            r,
            accent if c.rng.random() < 0.6 else mix(accent, ground, 0.45),
            tone(second, 0.12),
        )
    c.ellipse(220, 320, 168, 176, ground, opacity=0.82, filter=c.blur(16))
    block(c, title, (DANCING, LOBSTER)[pick(c, 2)], (48, 190, W - 96, 210), ink, most=84)
    block(c, author.upper(), GARAMOND, (60, 436, W - 120, 26), ink, most=19, spacing=0.16)
