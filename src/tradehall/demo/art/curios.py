"""Curiosities for the shelf between the books."""

from collections.abc import Callable
from typing import Final

from tradehall.demo.art.books import reading_room, shelf
from tradehall.demo.art.canvas import Canvas, Plan, curve, rounded, soft
from tradehall.demo.art.curios_table import (
    BASE,
    BRASS,
    WOOD,
    bookend,
    chess,
    globe,
    hourglass,
    music_box,
    telescope,
)
from tradehall.demo.art.palette import colour, lightness, mix, tone

DYES: Final = ("#7a3b32", "#6b4a32", "#b4934a", "#34506b", "#4f6b4a", "#9c5a3c")


def lamp(c: Canvas, p: str) -> None:
    c.shadow(400, BASE, 140, 20, ink="#3a210f")
    if not c.plan:
        c.circle(400, 340, 380, c.rad((0, "#fff0c0", 0.9), (1, "#fff0c0", 0), cx=0.5, cy=0.5, r=0.5))
    c.path(soft([(290, 660, 20), (510, 660, 20), (522, 690, 8), (278, 690, 8)]), c.cyl(BRASS))
    c.path("M386 300H414V560C420 610 440 640 452 662H348C360 640 380 610 386 560Z", c.cyl(BRASS))
    c.ellipse(400, 540, 34, 22, c.ball(BRASS))
    c.path(
        "M300 170H500L596 400H204Z",
        c.lin((0, tone(p, 0.02)), (0.3, tone(p, 0.16)), (0.6, tone(p, 0.04)), (1, tone(p, -0.1)), to="right"),
    )
    c.path("M204 400H596L590 412H210Z", tone(p, -0.12))
    c.path("M300 170H500L503 180H297Z", tone(p, -0.1))
    c.path(
        "M250 400L330 172M350 400L376 172M450 400L424 172M550 400L470 172",
        light=True,
        stroke="#000",
        stroke_width=2,
        opacity=0.1,
    )
    c.ellipse(400, 330, 120, 80, "#fff3c8", light=True, opacity=0.45, filter=c.blur(22))
    c.stroke("M470 412V500", tone(BRASS, -0.1), 3)
    c.circle(470, 508, 9, c.ball(BRASS))


def candle(c: Canvas, p: str) -> None:
    c.shadow(400, BASE, 140, 22, ink="#3a210f")
    if not c.plan:
        c.circle(400, 240, 300, c.rad((0, "#ffe9ac", 0.95), (1, "#ffe9ac", 0), cx=0.5, cy=0.5, r=0.5))
    c.path(soft([(268, 390, 10), (532, 390, 10), (532, 690, 20), (268, 690, 20)]), c.cyl(p, 1.1))
    c.ellipse(400, 392, 131, 26, tone(p, 0.08))
    c.ellipse(400, 396, 118, 20, c.lin((0, "#e9d5a8"), (1, "#fff3d2")))
    c.path("M400 398C396 372 402 352 400 330", stroke="#3a2a1a", stroke_width=5, stroke_linecap="round")
    c.path(
        "M400 226C436 280 432 332 400 344C368 332 364 280 400 226Z",
        c.lin((0, "#ffcf5c"), (0.6, "#ffb03a"), (1, "#f08a2a")),
    )
    c.path("M400 274C418 304 416 330 400 336C384 330 382 304 400 274Z", "#fff6d2")
    c.rect(316, 474, 168, 130, "#f6eedb", 3)
    c.rect(324, 482, 152, 114, "none", 2, stroke="#6b4a32", stroke_width=1.6)
    c.text(400, 536, "Old Library", 31, "#4a3322", "EB Garamond", font_style="italic")
    c.text(400, 570, "paper · cedar · smoke", 15, "#6b4a32", "EB Garamond")
    c.rect(286, 420, 14, 240, "#fff", 7, light=True, opacity=0.25)


def wall_print(c: Canvas, p: str) -> None:
    d = rounded(176, 96, 448, 560, 4)
    c.cast(d, 16, 22, 16, "#3a210f", 0.4)
    c.path(d, c.lin((0, tone(WOOD, 0.12)), (1, tone(WOOD, -0.05)), to="across"))
    c.rect(194, 114, 412, 524, "#2a180c", opacity=0.4)
    c.rect(198, 118, 404, 516, "#f7efdc")
    sky = mix(p, "#e9d3a8", 0.5)
    c.rect(240, 160, 320, 400, c.lin((0, tone(sky, 0.1)), (1, sky)))
    with c.group(clip_path=c.clip(rounded(240, 160, 320, 400, 0))):
        c.circle(458, 262, 46, "#f7efdc")
        for i, y in enumerate((340, 400, 460, 510)):
            pts = [(220 + j * 60.0, y + c.rng.uniform(-34, 34)) for j in range(7)]
            c.path(curve(pts) + "V580H220Z", mix(sky, tone(p, -0.2), 0.25 + i * 0.22))
    c.text(400, 604, "The Far Hills", 24, "#6b4a32", "EB Garamond", font_style="italic")
    c.path("M176 96L400 30L624 96", stroke="#6b4a32", stroke_width=2.5)
    c.circle(400, 30, 7, c.ball(BRASS))
    c.path("M198 118H420L240 634H198Z", "#fff", light=True, opacity=0.16)


def kite(c: Canvas, p: str) -> None:
    with c.group(transform="rotate(16 400 360)"):
        d = "M400 90L590 320L400 650L210 320Z"
        c.cast(d, 22, 34, 20, "#3a210f", 0.28)
        for pts, q in (
            ("400,90 590,320 400,320", p),
            ("400,90 400,320 210,320", tone(p, 0.09)),
            ("210,320 400,320 400,650", "#f0dfba"),
            ("400,320 590,320 400,650", mix(p, "#e9a43c", 0.7)),
        ):
            c.path("M" + pts.replace(" ", "L").replace(",", " ") + "Z", c.slab(q))
        c.stroke("M400 90V650M210 320H590", "#5a3a22", 6)
        tail = "M400 650C360 700 460 720 430 770S360 800 400 830"
        c.stroke(tail, "#5a3a22", 3)
        for x, y, r in ((396, 690, 20), (444, 738, -30), (400, 780, 10)):
            c.path(f"M{x} {y}l-24 -13v26ZM{x} {y}l24 -13v26Z", p, transform=f"rotate({r} {x} {y})")


def compass(c: Canvas, p: str) -> None:
    c.shadow(420, BASE, 230, 26, ink="#3a210f")
    c.circle(400, 140, 30, "none", stroke=tone(BRASS, -0.1), stroke_width=13)
    c.rect(384, 160, 32, 50, c.cyl(BRASS), 6)
    c.circle(400, 430, 240, c.lin((0, tone(BRASS, 0.16)), (0.5, BRASS), (1, tone(BRASS, -0.2)), to="across"))
    c.circle(400, 430, 212, c.lin((0, tone(BRASS, -0.2)), (1, tone(BRASS, 0.1)), to="across"))
    c.circle(400, 430, 204, c.rad((0, "#fbf3df"), (1, "#e2cfa6"), cx=0.4, cy=0.35, r=0.75))
    for i in range(32):
        c.rect(399, 238, 2, 22 if i % 4 == 0 else 12, "#5a3a22", transform=f"rotate({i * 11.25} 400 430)")
    for i in range(8):
        long = 150 if i % 2 == 0 else 96
        for s, q in ((-1, p), (1, mix(p, "#fbf3df", 0.55))):
            c.path(f"M400 {430 - long}L{400 + s * 22} 408L400 430Z", q, transform=f"rotate({i * 45} 400 430)")
    for word, x, y in (("N", 400, 276), ("E", 574, 441), ("S", 400, 606), ("W", 226, 441)):
        c.text(x, y, word, 32, "#4a2c1a", "EB Garamond", font_weight=700)
    with c.group(transform=f"rotate({c.rng.randint(15, 60)} 400 430)"):
        c.path("M400 262L410 430H390Z", "#a82c22")
        c.path("M400 598L410 430H390Z", "#2a2f36")
    c.circle(400, 430, 12, c.ball(BRASS))
    c.path(
        "M236 400C250 320 300 264 372 246",
        light=True,
        stroke="#fff",
        stroke_width=15,
        opacity=0.5,
        stroke_linecap="round",
    )


def mug(c: Canvas, p: str) -> None:
    c.shadow(390, BASE, 170, 24, ink="#3a210f")
    c.stroke("M520 400C660 390 660 600 516 600", tone(p, -0.07), 32)
    c.stroke("M520 394C650 386 650 590 516 592", tone(p, 0.1), 8, light=True)
    c.path(soft([(226, 330, 6), (546, 330, 6), (538, 680, 44), (234, 680, 44)]), c.cyl(p, 1.1))
    c.ellipse(386, 332, 160, 28, tone(p, 0.1))
    c.ellipse(386, 336, 148, 22, c.lin((0, "#3a2213"), (1, "#6b4226")))
    for i, word in enumerate(("one more", "chapter")):
        c.text(
            386,
            500 + i * 50,
            word,
            50,
            "#fbf3e2" if lightness(p) < 0.7 else "#3a2617",
            "EB Garamond",
            font_style="italic",
        )
    for i in (-1, 1):
        c.path(
            f"M{386 + i * 34} 300c-20 -26 18 -42 0 -76",
            light=True,
            stroke="#fff",
            stroke_width=10,
            stroke_linecap="round",
            opacity=0.55,
        )
    c.rect(252, 370, 14, 250, "#fff", 7, light=True, opacity=0.28)


def bookmark(c: Canvas, p: str) -> None:
    for x, turn, q in ((330, -12, p), (470, 9, mix(p, "#e0c48a", 0.65))):
        with c.group(transform=f"rotate({turn} {x} 400)"):
            d = soft([(x - 64, 120, 14), (x + 64, 120, 14), (x + 64, 600, 14), (x - 64, 600, 14)])
            c.cast(d, 10, 16, 12, "#3a210f", 0.34)
            c.path(d, c.slab(q))
            c.rect(
                x - 52,
                132,
                104,
                456,
                "none",
                8,
                stroke=tone(q, 0.22 if lightness(q) < 0.6 else -0.16),
                stroke_width=2,
                stroke_dasharray="7 5",
            )
            leaf = tone(q, 0.2 if lightness(q) < 0.6 else -0.2)
            c.path(f"M{x} 540V240", stroke=leaf, stroke_width=4)
            for i in range(6):
                for s in (-1, 1):
                    y = 500 - i * 46
                    c.path(
                        f"M{x} {y}C{x + s * 16} {y - 28} {x + s * 36} {y - 34} {x + s * 42} {y - 34}C{x + s * 38} {y - 10} {x + s * 20} {y + 4} {x} {y}Z",
                        leaf,
                    )
            c.circle(x, 150, 10, "#4a2c1a")
            c.stroke(f"M{x} 150C{x - 10} 90 {x + 30} 70 {x + 10} 30", BRASS, 5)
            c.path(f"M{x + 2} 40l-8 -44h34l-8 44Z", BRASS)


def magnifier(c: Canvas, p: str) -> None:
    with c.group(transform="rotate(-38 400 400)"):
        c.cast("M210 300a190 190 0 1 0 380 0a190 190 0 1 0 -380 0Z", 14, 20, 15, "#3a210f", 0.3)
        handle = soft([(376, 520, 6), (424, 520, 6), (436, 770, 26), (364, 770, 26)])
        c.cast(handle, 14, 14, 12, "#3a210f", 0.34)
        c.rect(384, 474, 32, 70, c.cyl(BRASS), 4)
        c.path(handle, c.cyl(p, 1.1))
        c.rect(372, 520, 56, 20, c.cyl(BRASS), 5)
        c.circle(
            400,
            300,
            178,
            c.rad((0, "#fff", 0.75), (0.6, "#eef3f0", 0.5), (1, "#c9d6cf", 0.6), cx=0.35, cy=0.3),
        )
        c.circle(400, 300, 184, "none", stroke=tone(BRASS, -0.14), stroke_width=25)
        c.circle(399, 298, 184, "none", light=True, stroke=tone(BRASS, 0.12), stroke_width=11)
        c.path(
            "M270 270C280 220 320 180 372 170",
            light=True,
            stroke="#fff",
            stroke_width=17,
            stroke_linecap="round",
            opacity=0.9,
        )


KINDS: Final[dict[str, Callable[[Canvas, str], None]]] = {
    "globe": globe, "hourglass": hourglass, "bookend": bookend, "lamp": lamp, "candle": candle, "print": wall_print,
    "kite": kite, "music-box": music_box, "compass": compass, "mug": mug, "bookmark": bookmark, "magnifier": magnifier,
    "telescope": telescope, "chess": chess,
}  # fmt: skip
_HUNG: Final = {"print", "kite", "bookmark", "magnifier"}
_PLAN: Final = Plan("#5a3a22", "#f1e4c9", 3.2)


def draw(seed: str, view: int, kind: str = "globe", color: str = "") -> str:
    """On the shelf, close up, and as an engraving."""
    if kind not in KINDS:
        raise ValueError(f"unknown curio {kind!r}")
    c = Canvas(seed, _PLAN if view == 2 else None)
    dye = colour(color) if color else c.rng.choice(DYES)
    if view == 2:
        c.reseed(kind)
        c.raw('<rect width="800" height="800" fill="#f1e4c9"/>')
        c.raw(
            '<rect x="40" y="40" width="720" height="720" fill="none" stroke="#5a3a22" stroke-opacity=".4" stroke-width="2"/>'
        )
        with c.group(transform="translate(80 76) scale(.8)"):
            KINDS[kind](c, dye)
        return c.svg()
    reading_room(c)
    if kind not in _HUNG:
        shelf(c, 676 if kind != "chess" else 716)
    size = c.rng.uniform(0.93, 1.02)
    c.reseed(kind)
    with c.group(transform=f"translate(400 {BASE:.0f}) scale({size:.3f}) translate(-400 -{BASE:.0f})"):
        KINDS[kind](c, dye)
    return c.svg() if view == 0 else c.svg("215 190 390 390")
