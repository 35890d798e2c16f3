"""Covers of quieter shelves: classics, cookery, history, poetry, advice, travel, nature, philosophy."""

from math import cos, pi, sin

from tradehall.demo.art.canvas import Canvas, curve, num, rounded
from tradehall.demo.art.covers_story import H, Palette, W, blossom, peaks, pick, ridge, sprig
from tradehall.demo.art.lettering import (
    BEBAS,
    GARAMOND,
    GARAMOND_ITALIC,
    INTER,
    JUNICODE,
    LOBSTER,
    SPARTAN,
    YANONE,
    block,
)
from tradehall.demo.art.palette import mix, tone


def classic(c: Canvas, title: str, author: str, p: Palette) -> None:
    """Cloth with a repeated ornament and a paper label."""
    ground, second, accent, _ = p
    c.rect(0, 0, W, H, ground)
    leaf = "M0 -26C12 -16 14 -4 0 10C-14 -4 -12 -16 0 -26Z"
    ornaments = (
        f'<g fill="{second}"><path d="{leaf}" transform="translate(27 34)"/><path d="{leaf}" transform="translate(27 34) rotate(72) scale(.7)"/><path d="{leaf}" transform="translate(27 34) rotate(-72) scale(.7)"/><circle cx="0" cy="0" r="3"/><circle cx="55" cy="0" r="3"/><circle cx="0" cy="64" r="3"/><circle cx="55" cy="64" r="3"/></g>',
        f'<g fill="none" stroke="{second}" stroke-width="3"><path d="M0 32A27.5 27.5 0 0 1 55 32M9 32A18.5 18.5 0 0 1 46 32M18 32A9.500 9.500 0 0 1 37 32"/><path d="M-27.500 64A27.500 27.500 0 0 1 27.500 64M-18.500 64A18.500 18.500 0 0 1 18.500 64M27.500 64A27.500 27.500 0 0 1 82.500 64M36.500 64A18.500 18.500 0 0 1 73.500 64"/></g>',
        f'<g fill="{second}"><path d="M27.500 8l5 17l17 5l-17 5l-5 17l-5 -17l-17 -5l17 -5Z"/><circle cx="0" cy="0" r="4"/><circle cx="55" cy="0" r="4"/><circle cx="0" cy="64" r="4"/><circle cx="55" cy="64" r="4"/></g>',
        f'<g fill="none" stroke="{second}" stroke-width="2.600" stroke-linecap="round"><path d="M27 60V14M27 46C14 44 8 34 8 24C20 26 27 34 27 46M27 46C40 44 46 34 46 24C34 26 27 34 27 46M27 24C22 18 22 10 27 2C32 10 32 18 27 24"/></g>',
    )
    c.rect(0, 0, W, H, c.pattern(55, 64, ornaments[pick(c, 4)]))
    c.rect(16, 16, W - 32, H - 32, "none", stroke=accent, stroke_width=3)
    y = c.rng.choice((150, 190))
    c.rect(70, y, W - 140, 250, "#000", 4, opacity=0.2, transform="translate(2 4)")
    c.rect(70, y, W - 140, 250, "#f3ead6", 4)
    c.rect(79, y + 9, W - 158, 232, "none", 2, stroke=ground, stroke_width=1.6)
    block(c, title, GARAMOND, (92, y + 26, W - 184, 134), "#2a2320", most=52)
    c.path(
        f"M190 {y + 180}H212M228 {y + 180}H250M220 {y + 174}l6 6l-6 6l-6 -6Z",
        ground,
        stroke=ground,
        stroke_width=1.4,
    )
    block(c, author.upper(), GARAMOND, (92, y + 198, W - 184, 30), "#2a2320", most=18, spacing=0.12)


def cooking(c: Canvas, title: str, author: str, p: Palette) -> None:
    ground, second, accent, ink = p
    kind = pick(c, 3)
    c.rect(0, 0, W, H, ground)
    if kind == 0:
        c.rect(
            0,
            0,
            W,
            H,
            c.pattern(
                44,
                44,
                f'<rect width="22" height="44" fill="{accent}" opacity=".5"/><rect width="44" height="22" fill="{accent}" opacity=".5"/>',
            ),
        )
        c.circle(222, 250, 176, "#000", opacity=0.16, filter=c.blur(9))
        c.circle(220, 242, 172, "#fbf7ee")
        c.circle(220, 242, 134, "none", stroke=tone("#fbf7ee", -0.08), stroke_width=3)
        block(c, title, LOBSTER, (108, 152, 224, 170), second, most=62)
        c.rect(0, 510, W, 130, second)
    elif kind == 1:
        for i, (x, y, r) in enumerate(((96, 360, 86), (300, 330, 108), (380, 500, 80), (190, 510, 92), (40, 530, 58))):
            skin = (accent, second, tone(accent, -0.06), tone(second, 0.08), accent)[i]
            c.circle(x, y, r, skin)
            c.circle(x, y, r * 0.9, tone(skin, 0.2))
            for j in range(9):
                a = j * 40
                c.path(
                    f"M0 {num(-r * 0.12)}L{num(-r * 0.24)} {num(-r * 0.74)}Q0 {num(-r * 0.92)} {num(r * 0.24)} {num(-r * 0.74)}Z",
                    tone(skin, 0.06),
                    transform=f"translate({x} {y}) rotate({a})",
                )
        c.rect(0, 0, W, 232, ground)
        block(c, title, YANONE, (36, 44, W - 72, 170), ink, most=78, align="start")
        c.rect(0, 566, W, 74, ground)
        block(c, author, YANONE, (36, 588, W - 72, 30), ink, most=26, align="start")
        return
    else:
        c.path("M0 372H440V640H0Z", second)
        c.path(
            "M112 300C112 268 328 268 328 300L316 446C312 470 128 470 124 446Z",
            c.lin((0, tone(accent, -0.04)), (0.3, tone(accent, 0.1)), (1, tone(accent, -0.14)), to="right"),
        )
        c.ellipse(220, 300, 108, 24, tone(accent, -0.2))
        c.ellipse(220, 302, 96, 19, "#c9692d")
        for x, y in ((180, 300), (224, 306), (258, 298)):
            c.ellipse(x, y, 14, 6, "#efc04a")
        for s in (-1, 1):
            c.path(
                f"M{220 + s * 106} 338q{s * 40} 4 {s * 36} 30q{-s * 6} 16 {-s * 40} 10",
                stroke=tone(accent, -0.12),
                stroke_width=12,
            )
        for i in (-1, 0, 1):
            c.path(
                f"M{220 + i * 44} 262c-18 -20 16 -34 0 -60",
                stroke=ink,
                stroke_width=5,
                stroke_linecap="round",
                opacity=0.5,
            )
        block(c, title, YANONE, (36, 46, W - 72, 140), ink, most=72)
    block(c, author, YANONE, (40, 556, W - 80, 40), "#fbf7ee", most=28)
    if kind == 2:
        sprig(c, 84, 560, 30, 0.6, tone(second, -0.14))


def history(c: Canvas, title: str, author: str, p: Palette) -> None:
    ground, second, accent, ink = p
    c.rect(0, 0, W, H, c.lin((0, tone(ground, 0.03)), (1, tone(ground, -0.05))))
    if c.rng.random() < 0.5:
        c.path("M70 300L220 214L370 300Z", second)
        c.rect(84, 308, 272, 18, second)
        for i in range(5):
            x = 98 + i * 54
            c.rect(x, 332, 28, 180, c.cyl(second, 1.2))
            c.rect(x - 6, 326, 40, 9, second)
        c.rect(70, 512, 300, 16, second)
        c.rect(52, 528, 336, 18, tone(second, -0.06))
    else:
        x, y = 220, 390
        for i in range(9):
            r = 16 + i * 17
            c.path(
                curve(
                    [
                        (
                            x + cos(a * pi / 5) * r * c.rng.uniform(0.92, 1.1),
                            y + sin(a * pi / 5) * r * c.rng.uniform(0.8, 0.95),
                        )
                        for a in range(10)
                    ],
                    close=True,
                ),
                stroke=second,
                stroke_width=2.2,
            )
        c.path(
            "M60 520C140 470 160 400 250 380S360 300 400 262",
            stroke=accent,
            stroke_width=4,
            stroke_dasharray="10 8",
        )
        c.circle(400, 262, 8, accent)
        c.circle(60, 520, 8, accent)
    c.rect(24, 24, W - 48, H - 48, "none", stroke=ink, stroke_width=1.5)
    block(c, title.upper(), GARAMOND, (46, 48, W - 92, 150), ink, most=52, spacing=0.05)
    block(c, author, GARAMOND_ITALIC, (50, 566, W - 100, 36), ink, most=27)


def poetry(c: Canvas, title: str, author: str, p: Palette) -> None:
    ground, second, accent, ink = p
    c.rect(0, 0, W, H, ground)
    kind = pick(c, 3)
    if kind == 0:
        c.circle(300, 296, 92, accent)
        for i in range(7):
            y = 400 + i * 17
            c.path(
                f"M0 {y}" + "".join(f"q37 {-9 if j % 2 else 9} 74 0" for j in range(7)),
                stroke=second,
                stroke_width=2.4,
                opacity=1 - i * 0.1,
            )
    elif kind == 1:
        sprig(c, 250, 500, 12, 2.5, second, 7)
        c.circle(120, 330, 40, accent)
    else:
        c.path("M-10 420C90 300 210 470 450 260", stroke=accent, stroke_width=46, opacity=0.85)
        c.path("M-10 450C120 340 230 480 450 330", stroke=second, stroke_width=9)
    block(c, title, GARAMOND_ITALIC, (48, 56, 300, 150), ink, most=50, align="start", valign="top")
    block(c, author, GARAMOND, (48, 566, W - 96, 32), ink, most=23, align="start")


def selfhelp(c: Canvas, title: str, author: str, p: Palette) -> None:
    ground, second, accent, ink = p
    c.rect(0, 0, W, H, ground)
    kind = pick(c, 3)
    if kind == 0:
        for i in range(6):
            c.circle(440, 640, 300 - i * 50, (accent, second)[i % 2])
    elif kind == 1:
        for i in range(6):
            c.rect(40 + i * 62, 590 - 34 - i * 36, 46, 24 + i * 36, accent if i == 5 else second, 3)
    else:
        c.circle(220, 420, 128, accent)
        c.path("M92 420a128 128 0 0 0 256 0Z", second)
    block(c, title, SPARTAN, (40, 46, W - 80, 230), ink, most=74, align="start", valign="top")
    block(
        c,
        author,
        SPARTAN,
        (40, 296 if kind == 0 else 590, 200 if kind == 0 else W - 80, 26),
        ink,
        most=20,
        align="start",
    )


def travel(c: Canvas, title: str, author: str, p: Palette) -> None:
    ground, second, accent, ink = p
    c.rect(0, 0, W, H, c.lin((0, tone(accent, 0.12)), (0.7, mix(accent, ground, 0.5)), (1, ground)))
    c.circle(c.rng.choice((140, 310)), 300, 54, "#fff6e2", opacity=0.9)
    c.path(peaks(c, 400, 74, 5), mix(accent, second, 0.5))
    c.path(peaks(c, 470, 44, 7), mix(accent, second, 0.8))
    c.path(ridge(c, 512, 20), second)
    c.path(
        "M150 576C180 550 330 572 276 540S176 536 214 506",
        stroke="#fff6e2",
        stroke_width=9,
        stroke_linecap="round",
    )
    c.path(ridge(c, 584, 8), tone(second, -0.08))
    block(c, title.upper(), BEBAS, (40, 52, W - 80, 170), ink, most=86)
    block(c, author.upper(), BEBAS, (40, 590, W - 80, 30), "#fff6e2", most=26, spacing=0.1)


def nature(c: Canvas, title: str, author: str, p: Palette) -> None:
    ground, second, accent, ink = p
    if pick(c, 2) == 1:
        _orbits(c, title, author, p)
        return
    c.rect(0, 0, W, H, ground)
    for x, y, turn, size in (
        (60, 670, 16, 2.1),
        (170, 680, -6, 1.7),
        (290, 680, 10, 2.0),
        (400, 670, -18, 2.2),
    ):
        sprig(
            c,
            x,
            y,
            turn + c.rng.uniform(-6, 6),
            size + c.rng.uniform(-0.2, 0.2),
            c.rng.choice((second, tone(second, 0.1), tone(second, -0.08))),
            c.rng.choice((5, 7)),
        )
    for _ in range(5):
        blossom(
            c,
            c.rng.uniform(40, 400),
            c.rng.uniform(330, 520),
            c.rng.uniform(16, 30),
            accent,
            "#f6e2a8",
            c.rng.choice((5, 8)),
        )
    if c.rng.random() < 0.6:
        x, y = 300, 270
        for s in (-1, 1):
            c.path(
                f"M0 0C{s * 10} -44 {s * 66} -52 {s * 60} -18C{s * 56} 2 {s * 20} 8 0 0C{s * 30} 6 {s * 46} 26 {s * 30} 40C{s * 16} 48 {s * 2} 20 0 0Z",
                accent,
                transform=f"translate({x} {y}) rotate(24)",
            )
        c.rect(x - 2, y - 16, 4, 44, ink, 2, transform=f"rotate(24 {x} {y})")
    block(c, title, GARAMOND, (44, 54, W - 88, 170), ink, most=62)
    c.path(rounded(110, 574, 220, 40, 20), ground)
    block(c, author, GARAMOND_ITALIC, (118, 578, 204, 32), ink, most=22)


def _orbits(c: Canvas, title: str, author: str, p: Palette) -> None:
    """The sky as an old plate shows it."""
    ground, second, accent, ink = p
    c.rect(0, 0, W, H, ground)
    for i in range(7):
        r = 46 + i * 30
        c.circle(220, 398, r, "none", stroke=second, stroke_width=1.8, opacity=0.85)
        a = c.rng.uniform(0, 2 * pi)
        if i:
            c.circle(220 + cos(a) * r, 398 + sin(a) * r, c.rng.uniform(5, 13), (accent, second)[i % 2])
    for i in range(16):
        c.path("M220 352l5 -22l-5 -12l-5 12Z", accent, transform=f"rotate({i * 22.5} 220 398)")
    c.circle(220, 398, 34, accent)
    c.rect(0, 0, W, 190, ground)
    block(c, title, GARAMOND, (44, 50, W - 88, 126), ink, most=60)
    c.rect(0, 566, W, 74, ground)
    block(c, author, GARAMOND_ITALIC, (60, 580, W - 120, 34), ink, most=24)


def philosophy(c: Canvas, title: str, author: str, p: Palette) -> None:
    """A composition on a grid of quarter circles."""
    ground, second, accent, ink = p
    c.rect(0, 0, W, H, ground)
    fills = (second, accent, tone(ground, -0.07), ink)
    for row in range(3):
        for col in range(4):
            x, y = 40 + col * 90, 300 + row * 90
            f = c.rng.choice(fills)
            turn = c.rng.choice((0, 90, 180, 270))
            kind = c.rng.randrange(4)
            with c.group(transform=f"rotate({turn} {x + 45} {y + 45})"):
                if kind == 0:
                    c.path(f"M{x} {y}h90a90 90 0 0 1 -90 90Z", f)
                elif kind == 1:
                    c.circle(x + 45, y + 45, 45, f)
                elif kind == 2:
                    c.path(f"M{x} {y}h90L{x} {y + 90}Z", f)
                else:
                    c.path(f"M{x} {y + 45}a45 45 0 0 1 90 0Z", f)
    block(
        c,
        title,
        JUNICODE if c.rng.random() < 0.3 else INTER,
        (40, 50, W - 80, 170),
        ink,
        most=50,
        align="start",
        valign="top",
    )
    block(c, author, INTER, (40, 240, W - 80, 28), ink, most=19, align="start")
