"""Covers of crime, horror and adventure."""

from math import cos, pi, sin

from tradehall.demo.art.canvas import Canvas, curve, num, soft
from tradehall.demo.art.covers_story import H, Palette, W, pick, ridge, stars
from tradehall.demo.art.lettering import (
    BEBAS,
    GARAMOND,
    JUNICODE,
    block,
)
from tradehall.demo.art.palette import mix, tone


def crime(c: Canvas, title: str, author: str, p: Palette) -> None:
    ground, second, accent, ink = p
    kind = pick(c, 4)
    c.rect(0, 0, W, H, c.lin((0, ground), (1, tone(ground, -0.07)), to="across"))
    if kind == 0:
        x, y = c.rng.uniform(250, 350), 184
        for i in range(13):
            c.path(
                curve(
                    [
                        (
                            x + cos(a * pi / 6) * (16 + i * 12.5) * c.rng.uniform(0.93, 1.05) * 0.82,
                            y + sin(a * pi / 6) * (16 + i * 12.5) * c.rng.uniform(0.95, 1.05),
                        )
                        for a in range(12)
                    ],
                    close=True,
                ),
                stroke=accent,
                stroke_width=5,
                opacity=0.9,
            )
        band = 384
    elif kind == 1:
        c.path(f"M0 0H{W}V150L0 420Z", accent)
        c.circle(286, 186, 58, ground)
        c.path("M268 214H304L318 318H254Z", ground)
        band = 400
    elif kind == 2:
        for row in range(5):
            for col in range(5):
                lit = (row, col) == (2, 3)
                c.rect(
                    46 + col * 72,
                    48 + row * 66,
                    54,
                    50,
                    accent if lit else second,
                    2,
                    opacity=1 if lit else 0.55,
                )
        c.circle(46 + 3 * 72 + 27, 48 + 2 * 66 + 22, 9, ground)
        c.path(soft([(276, 230, 1), (278, 212, 8), (300, 212, 8), (302, 230, 1)]), ground)
        band = 396
    else:
        c.path("M0 330C120 300 300 350 440 310V0H0Z", second)
        c.circle(330, 110, 44, accent)
        c.path("M176 640L214 330H226L330 640Z", tone(second, 0.08))
        c.path("M218 300q-16 4 -18 30l-4 48h14l4 44h8l4 -44h14l-4 -50q-2 -26 -18 -28Z", "#0c0d10")
        c.circle(218, 286, 12, "#0c0d10")
        c.rect(204, 272, 28, 5, "#0c0d10", 2)
        c.path("M196 422L226 422L170 560L120 560Z", "#0c0d10", opacity=0.35)
        band = 420
    low = block(c, title.upper(), BEBAS, (36, band, W - 72, 160), ink, most=104, align="start", valign="top")
    c.rect(36, max(low + 18, 556), 54, 5, accent)
    block(c, author.upper(), BEBAS, (36, 578, W - 72, 34), ink, most=28, align="start", spacing=0.06)


def horror(c: Canvas, title: str, author: str, p: Palette) -> None:
    ink = p[3]
    (_house, _bats)[pick(c, 2)](c, p)
    block(c, title, JUNICODE, (46, 52, W - 92, 140), ink, most=74)
    block(c, author.upper(), GARAMOND, (50, 566, W - 100, 30), ink, most=22, spacing=0.16)


def _bats(c: Canvas, p: Palette) -> None:
    """A flight of bats across a large moon, over a stormy tower."""
    ground, second, accent, _ = p
    c.rect(0, 0, W, H, c.lin((0, tone(second, -0.1)), (0.5, second), (1, ground)))
    c.circle(
        220,
        350,
        132,
        c.rad((0, tone(accent, 0.1)), (0.9, accent), (1, tone(accent, -0.05)), cx=0.5, cy=0.5, r=0.5),
    )
    black = tone(ground, -0.08)
    for x, y, k in (
        (150, 300, 1.1),
        (238, 254, 0.8),
        (300, 330, 0.95),
        (346, 236, 0.6),
        (92, 236, 0.6),
        (252, 388, 0.5),
    ):
        wing = "M0 0C-14 -16 -34 -22 -56 -14C-46 -8 -44 2 -46 12C-34 4 -26 8 -22 18C-14 12 -6 14 0 24C6 14 14 12 22 18C26 8 34 4 46 12C44 2 46 -8 56 -14C34 -22 14 -16 0 0L5 -10L2 -6H-2L-5 -10Z"
        c.path(wing, black, transform=f"translate({x} {y}) scale({k}) rotate({c.rng.randint(-16, 16)})")
    c.path(
        "M0 560L40 520L80 540L120 470L140 500L160 396V380H170V392H190V380H200V392H220V380H230V396L246 500L300 540L350 500L400 530L440 510V660H0Z",
        black,
    )
    c.rect(188, 420, 14, 26, accent, 7)
    c.rect(0, 560, W, 90, c.lin((0, black), (1, tone(black, -0.05))))


def _house(c: Canvas, p: Palette) -> None:
    ground, second, accent, ink = p
    c.rect(0, 0, W, H, c.lin((0, ground), (0.7, mix(ground, second, 0.6)), (1, second)))
    c.circle(
        c.rng.choice((150, 290)),
        290,
        96,
        c.rad((0, tone(accent, 0.1)), (0.9, accent), (1, tone(accent, -0.05)), cx=0.5, cy=0.5, r=0.5),
    )
    black = tone(ground, -0.1)
    c.path(ridge(c, 470, 12), black)
    c.path("M150 480V350L168 326V300H182V310L220 270L286 350V480Z", black)
    for x, y in ((180, 372), (214, 330), (246, 372)):
        c.rect(x, y, 14, 24, accent, 1)
    c.rect(210, 430, 22, 50, tone(accent, -0.2), 2)
    for x, s in ((60, 1), (372, -1)):
        c.path(
            f"M{x} 520C{x + 8 * s} 400 {x - 12 * s} 360 {x + 6 * s} 250M{x} 400q{44 * s} -30 {52 * s} -96M{x + 2} 350q{-40 * s} -20 {-44 * s} -80M{x + 26 * s} 372q{30 * s} -6 {44 * s} -36M{x - 22 * s} 318q{-18 * s} 6 {-34 * s} -10",
            stroke=black,
            stroke_width=7,
            stroke_linecap="round",
        )
    for i in range(3):
        c.ellipse(c.rng.uniform(80, 360), 476 + i * 26, 200, 12, ink, opacity=0.07)


def adventure(c: Canvas, title: str, author: str, p: Palette) -> None:
    ink = p[3]
    kind = pick(c, 3)
    (_ship, _lighthouse, _chart)[kind](c, p)
    block(c, title.upper(), JUNICODE, (40, 46, W - 80, 172), p[1] if kind == 0 else ink, most=62, spacing=0.02)
    block(c, author.upper(), GARAMOND, (50, 586, W - 100, 28), ink, most=20, spacing=0.16)


def _lighthouse(c: Canvas, p: Palette) -> None:
    ground, second, accent, ink = p
    c.rect(0, 0, W, H, c.lin((0, second), (0.7, mix(second, accent, 0.7)), (1, accent)))
    stars(c, 34, ink, 300)
    c.path("M286 268L-60 180V380Z", ink, opacity=0.24)
    c.path("M286 268L500 220V320Z", ink, opacity=0.18)
    c.path("M264 300H308L322 520H250Z", "#f4ead2")
    c.path("M260 356H312L315 404H257ZM254 452H318L321 500H251Z", accent)
    c.rect(258, 288, 56, 12, tone(second, -0.1))
    c.rect(268, 252, 36, 36, ink)
    c.path("M262 254L286 226L310 254Z", tone(second, -0.1))
    c.path("M160 560C200 520 250 508 300 512S400 530 460 560V660H160Z", tone(second, -0.1))
    for i in range(4):
        y = 540 + i * 30
        d = f"M-20 {y}" + "".join(f"q22 {-15 if (j + i) % 2 else 15} 44 0" for j in range(12)) + f"V{H + 20}H-20Z"
        c.path(d, mix(ground, second, i / 3), opacity=0.94)


def _chart(c: Canvas, p: Palette) -> None:
    """An old chart: an island, a course and a rose."""
    ground, second, accent, ink = p
    c.rect(0, 0, W, H, c.lin((0, second), (1, mix(second, ground, 0.7)), to="across"))
    grid = c.pattern(55, 55, f'<path d="M55 0H0V55" fill="none" stroke="{ink}" stroke-opacity=".13"/>')
    c.rect(0, 0, W, H, grid)
    for i in range(5):
        r = 128 - i * 22
        pts = [
            (
                250 + cos(a * pi / 6) * r * c.rng.uniform(0.88, 1.12),
                420 + sin(a * pi / 6) * r * c.rng.uniform(0.72, 0.95),
            )
            for a in range(12)
        ]
        c.path(curve(pts, close=True), mix(ground, accent, 0.25 + i * 0.17), opacity=0.9)
    c.path(
        "M30 560C90 520 60 440 130 430S190 470 236 430",
        stroke=ink,
        stroke_width=4,
        stroke_dasharray="11 9",
        stroke_linecap="round",
    )
    c.path("M226 408l24 24M250 408l-24 24", stroke="#b3261e", stroke_width=7, stroke_linecap="round")
    for i in range(8):
        long = 54 if i % 2 == 0 else 32
        c.path(
            f"M92 {300 - long}l9 {long - 9}l-9 9l-9 -9Z",
            ink if i % 2 == 0 else accent,
            transform=f"rotate({i * 45} 92 300)",
        )


def _ship(c: Canvas, p: Palette) -> None:
    ground, second, accent, ink = p
    c.rect(0, 0, W, H, c.lin((0, tone(accent, 0.1)), (0.62, mix(accent, ground, 0.35)), (1, second)))
    sx = c.rng.uniform(120, 320)
    c.circle(sx, 330, 70, ink, opacity=0.9)
    for i in range(18):
        c.path(
            f"M{num(sx)} 330L{num(sx + cos(i * pi / 9) * 700)} {num(330 + sin(i * pi / 9) * 700)}L{num(sx + cos(i * pi / 9 + 0.14) * 700)} {num(330 + sin(i * pi / 9 + 0.14) * 700)}Z",
            ink,
            opacity=0.09,
        )
    x = 220 + c.rng.uniform(-20, 20)
    with c.group(transform=f"translate({num(x)} 440) scale(1.1)"):
        dark = tone(second, -0.12)
        c.path("M-84 0H84Q72 46 40 52H-48Q-78 40 -84 0Z", dark)
        for mx, h, w in ((-38, 128, 34), (22, 150, 42)):
            c.rect(mx - 1.5, -h, 3, h, dark)
            for i in range(3):
                y = -h + 8 + i * h * 0.3
                c.path(
                    f"M{mx - w + 6 - i * 3} {num(y)}H{mx + w - 6 + i * 3}Q{mx + w + 4} {num(y + h * 0.13)} {mx + w - 4 + i * 3} {num(y + h * 0.26)}H{mx - w + 4 - i * 3}Q{mx - w + 14} {num(y + h * 0.13)} {mx - w + 6 - i * 3} {num(y)}Z",
                    "#f4ead2",
                )
        c.path("M82 -2L128 -30L64 -90", stroke=dark, stroke_width=2)
        c.path("M22 -152l26 8l-26 8Z", accent)
    for i in range(5):
        y = 486 + i * 34
        d = f"M-20 {y}" + "".join(f"q22 {-15 if (j + i) % 2 else 15} 44 0" for j in range(12)) + f"V{H + 20}H-20Z"
        c.path(d, mix(ground, second, i / 4))
