"""A wide picture for each store's home page, its logo and its square mark.

The left half of a hero stays calm: the page sets its words there.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Final

from tradehall.demo.art import car_paint, cars, curios, paper, throwing, vessels, writing
from tradehall.demo.art.canvas import Canvas, num
from tradehall.demo.art.palette import lightness, tone
from tradehall.demo.art.throwing import Glaze

WIDE: Final = 1600
HIGH: Final = 640
STORES: Final = ("atlantic", "mini", "motors", "boutique", "bazaar")
_BRAND: Final = {
    "atlantic": ("#1b2d4d", "#e8634d"),
    "mini": ("#17181c", "#d8432f"),
    "motors": ("#f1efe9", "#e2542f"),
    "boutique": ("#4a3f34", "#b5663f"),
    "bazaar": ("#5a2d22", "#c9862f"),
}


def hero(store: str) -> str:
    """A 1600 × 640 SVG; raises ValueError for an unknown store."""
    _known(store)
    c = Canvas(f"hero {store}", prefix=store[:2])
    {
        "atlantic": _coast,
        "mini": _still_life,
        "motors": _night_road,
        "boutique": _long_shelf,
        "bazaar": _library,
    }[store](c)
    return c.svg(f"0 0 {WIDE} {HIGH}", WIDE, HIGH)


def mark(store: str) -> str:
    """The square mark, 96 × 96."""
    _known(store)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" width="96" height="96">{_mark(store)}</svg>'


def logo(store: str) -> str:
    """Mark and wordmark on nothing; the wordmark is outlines, so it needs no font."""
    _known(store)
    word = _wordmarks()[store]
    ink, k = _BRAND[store][0], 0.66
    width = 116 + float(word["width"]) * k
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {num(width)} 96" width="{num(width)}" height="96" role="img">'
        f'<title>{store.title()}</title>{_mark(store)}<path transform="translate(114 71) scale({k})" fill="{ink}" d="{word["d"]}"/></svg>'
    )


def _known(store: str) -> None:
    if store not in STORES:
        raise ValueError(f"unknown store {store!r}")


@cache
def _wordmarks() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads((files("tradehall.demo.art") / "wordmarks.json").read_text("utf-8"))
    return found


def _mark(store: str) -> str:
    ink, accent = _BRAND[store]
    return {
        "atlantic": f'<rect width="96" height="96" rx="22" fill="{ink}"/><circle cx="48" cy="40" r="17" fill="{accent}"/>'
        f'<path d="M0 56q12 -9 24 0t24 0t24 0t24 0V74a22 22 0 0 1 -22 22H22a22 22 0 0 1 -22 -22Z" fill="#f3f7fa"/>'
        f'<path d="M0 74q12 -8 24 0t24 0t24 0t24 0a22 22 0 0 1 -22 22H22a22 22 0 0 1 -22 -22Z" fill="#8fb4cf"/>',
        "mini": f'<rect x="14" y="14" width="68" height="68" rx="4" fill="none" stroke="{ink}" stroke-width="7"/>'
        f'<circle cx="62" cy="62" r="8" fill="{accent}"/>',
        "motors": f'<circle cx="48" cy="48" r="46" fill="#15171a"/><circle cx="48" cy="48" r="42" fill="none" stroke="{ink}" stroke-width="4"/>'
        f'<path d="M20 66L33 30L48 54L63 30L76 66" fill="none" stroke="{ink}" stroke-width="9" stroke-linejoin="round" stroke-linecap="round"/>'
        f'<path d="M30 77H66" stroke="{accent}" stroke-width="6" stroke-linecap="round"/>',
        "boutique": f'<circle cx="48" cy="48" r="46" fill="#efe4d1"/><path d="M38 20H58C58 30 52 32 52 38C68 44 70 62 60 78H36C26 62 28 44 44 38C44 32 38 30 38 20Z" fill="{accent}"/>'
        f'<path d="M31.500 60C42 66 54 66 64.500 60C64 67 62 73 60 78H36C34 73 32 67 31.500 60Z" fill="#d8bf9c"/>',
        "bazaar": f'<rect width="96" height="96" rx="18" fill="{ink}"/><path d="M18 74V40A30 30 0 0 1 78 40V74Z" fill="{accent}"/>'
        f'<path d="M28 74V44A20 20 0 0 1 68 44V74Z" fill="#f6e6c4"/><path d="M36 74V46h8v28ZM46 74V40h7v34ZM55 74V50l7 -2l4 26Z" fill="{ink}"/>'
        f'<path d="M16 74H80" stroke="#f6e6c4" stroke-width="5" stroke-linecap="round"/>',
    }[store]


def _wave(c: Canvas, y: float, swing: float, step: float, fill: str) -> None:
    n = int(WIDE / step) + 2
    d = f"M-20 {num(y)}" + "".join(
        f"q{num(step / 2)} {num(swing if i % 2 else -swing)} {num(step)} 0" for i in range(n)
    )
    c.path(d + f"V{HIGH}H-20Z", fill)


def _coast(c: Canvas) -> None:
    c.rect(
        0,
        0,
        WIDE,
        HIGH,
        c.lin((0, "#14223d"), (0.42, "#3b4f78"), (0.66, "#c9808a"), (0.8, "#f4a587"), (1, "#f7cfa8")),
    )
    for _ in range(60):
        c.circle(
            c.rng.uniform(0, WIDE),
            c.rng.uniform(0, 220),
            c.rng.choice((0.8, 1.2, 1.7)),
            "#fff",
            opacity=c.rng.uniform(0.25, 0.8),
        )
    c.circle(930, 446, 300, c.rad((0, "#ffd9b0", 0.75), (1, "#ffd9b0", 0), cx=0.5, cy=0.5, r=0.5))
    c.circle(930, 446, 62, "#fff0d8")
    for x, y, w in ((160, 214, 300), (560, 300, 360), (1010, 196, 260), (60, 350, 240)):
        c.path(
            f"M{x} {y}C{x + w * 0.2:.0f} {y - 18} {x + w * 0.5:.0f} {y - 22} {x + w * 0.6:.0f} {y - 6}C{x + w * 0.8:.0f} {y - 12} {x + w} {y - 2} {x + w} {y}Z",
            "#f6c3b0",
            opacity=0.32,
        )
    c.path("M0 470C120 440 240 446 340 462C460 440 560 452 640 474H0Z", "#5d5f86", opacity=0.75)
    _wave(c, 470, 0, 400, c.lin((0, "#e79a86"), (0.16, "#6c6f92"), (0.6, "#24406a"), (1, "#14243f")))
    for i in range(15):
        glint = 150 - abs(i - 3) * 9 + c.rng.uniform(-16, 16)
        c.rect(
            930 - glint / 2 + c.rng.uniform(-9, 9),
            480 + i * 10,
            glint,
            3,
            "#ffe0be",
            1.5,
            opacity=0.75 - i * 0.045,
        )
    c.path("M560 506l52 0l-10 16h-34ZM584 500V440l30 56Z", "#f6efe2")
    c.path("M582 500V450l-24 46Z", "#e8634d")
    c.path("M1352 232L-40 120V330Z", c.lin((0, "#fff3d0", 0), (1, "#fff3d0", 0.42), to="right"))
    c.path("M1376 232L1640 196V276Z", "#fff3d0", opacity=0.2)
    cliff = "M1090 640C1100 560 1150 548 1170 500C1200 452 1260 462 1290 430C1340 404 1420 410 1470 398C1530 390 1580 380 1620 372V640Z"
    c.path(cliff, c.lin((0, "#2c3557"), (1, "#111a30")))
    c.path(
        "M1290 430C1340 404 1420 410 1470 398C1530 390 1580 380 1620 372V392C1540 412 1440 420 1390 434C1350 440 1320 470 1290 474C1250 480 1220 480 1170 500C1200 452 1260 462 1290 430Z",
        "#4b5b52",
    )
    c.path(
        "M1334 414L1342 252H1386L1394 414Z",
        c.lin((0, "#cfc4b8"), (0.35, "#fbf3e6"), (1, "#a89a92"), to="right"),
    )
    c.path("M1339.500 300H1388.500L1390.500 342H1337.500ZM1335 384H1393L1394 414H1334Z", "#e8634d")
    c.rect(1332, 244, 64, 10, "#22304f", 3)
    c.rect(1346, 212, 36, 34, "#fff2c4", 3)
    c.path("M1346 212h4v34h-4ZM1362 212h4v34h-4ZM1378 212h4v34h-4Z", "#22304f")
    c.path("M1340 214C1346 188 1382 188 1388 214Z", "#e8634d")
    c.circle(1364, 229, 90, c.rad((0, "#fff3c8", 0.85), (1, "#fff3c8", 0), cx=0.5, cy=0.5, r=0.5))
    c.path("M1410 408V366L1446 340L1482 366V402Z", "#d9d0c4")
    c.path("M1402 370L1446 334L1490 370L1482 376L1446 346L1410 376Z", "#22304f")
    c.rect(1434, 372, 16, 20, "#ffd98a", 2)
    for i, fill in enumerate(("#1d3358", "#182b4b", "#12203a")):
        _wave(c, 556 + i * 28, 9 + i * 2, 110 + i * 30, fill)


def _still_life(c: Canvas) -> None:
    c.rect(0, 0, WIDE, HIGH, "#ffffff")
    c.ellipse(1160, 420, 560, 300, c.rad((0, "#efefec"), (1, "#ffffff", 0), cx=0.5, cy=0.5, r=0.5))
    with c.group(transform="translate(900 -76) rotate(-9 300 400)"):
        paper.sheet(c, 40, 150, 400, 540, "#fbfbf9", 2, 1.1)
        paper.sheet(c, 62, 132, 400, 540, "#fdfdfc", 2, 0.8)
        c.path(
            "M112 330C150 270 170 300 176 340S200 390 230 330S270 280 276 330S300 372 340 330S380 312 404 326",
            stroke="#17181c",
            stroke_width=3.4,
            stroke_linecap="round",
        )
    c.circle(1236, 470, 9, "#d8432f")
    with c.group(transform="translate(985 -115) scale(.9)"):
        writing.fountain_pen(c, "#17181c")


def _night_road(c: Canvas) -> None:
    c.rect(0, 0, WIDE, HIGH, c.lin((0, "#0b0e15"), (0.45, "#1a2233"), (0.64, "#4b3a46"), (0.72, "#b9613f")))
    for _ in range(110):
        c.circle(
            c.rng.uniform(0, WIDE),
            c.rng.uniform(0, 300),
            c.rng.choice((0.7, 1.0, 1.6)),
            "#fff",
            opacity=c.rng.uniform(0.2, 0.85),
        )
    c.circle(1330, 120, 34, "#f3ead6", opacity=0.95)
    c.circle(1344, 112, 30, "#0f141d")
    for y, rough, fill, n in ((420, 60, "#2c2a3a", 12), (446, 34, "#1c1e2a", 16)):
        pts = [(-40 + i * (WIDE + 80) / n, y + c.rng.uniform(-rough, rough * 0.4)) for i in range(n + 1)]
        c.path("M" + "L".join(f"{num(a)} {num(b)}" for a, b in pts) + f"L{WIDE} {HIGH}L0 {HIGH}Z", fill)
    c.rect(0, 470, WIDE, 170, c.lin((0, "#14161b"), (0.3, "#1d2026"), (1, "#0b0c0f")))
    c.rect(0, 470, WIDE, 3, "#e9a06a", opacity=0.35)
    for i in range(9):
        c.rect(-40 + i * 200, 606, 110, 7, "#e9dcb8", 2, opacity=0.6)
    for i in range(8):
        c.rect(60 + i * 220, 440, 6, 34, "#3a3f48")
        c.rect(60 + i * 220, 444, 6, 7, "#e2542f")
    c.rect(0, 452, WIDE, 6, "#4a505a", opacity=0.8)
    car = Canvas("hero car", prefix="hc")
    k = cars.car(car, "coupe", 1971, "#a5301f")
    scale, ground = 0.95, 566.0
    front = 760 + scale * k.x(0)
    c.path(
        f"M{num(front)} 476L140 520C60 548 60 590 140 606L{num(front)} 520Z",
        c.lin((0, "#ffe9b0", 0), (0.55, "#ffe9b0", 0.12), (1, "#fff3cf", 0.62), to="right"),
        filter=c.blur(7),
    )
    c.ellipse(760 + 400 * scale, ground + 2, 350 * scale, 14, "#000", opacity=0.8, filter=c.blur(8))
    car_paint.side(car, k)
    with c.group(transform=f"translate(760 {num(ground - cars.GROUND * scale)}) scale({scale})"):
        c.raw(_inside(car.svg()))
    c.circle(front + 8, 486, 60, c.rad((0, "#fff6d8", 0.95), (1, "#fff6d8", 0), cx=0.5, cy=0.5, r=0.5))
    c.circle(760 + scale * k.x(1), 488, 44, c.rad((0, "#ff5a3c", 0.7), (1, "#ff5a3c", 0), cx=0.5, cy=0.5, r=0.5))


def _inside(svg: str) -> str:
    return svg[svg.index(">") + 1 : svg.rindex("</svg>")]


def _long_shelf(c: Canvas) -> None:
    c.rect(0, 0, WIDE, HIGH, c.lin((0, "#f4ecde"), (1, "#eadcc5")))
    with c.group(opacity=0.65, filter=c.blur(26)):
        for i in range(4):
            x = 140 + i * 240
            c.path(f"M{x} -20H{x + 190}L{x + 440} 600H{x + 230}Z", "#fffaf0")
    c.rect(0, 524, WIDE, 30, c.lin((0, "#dcc19a"), (1, "#b9956a")))
    c.rect(0, 524, WIDE, 3, "#f0dcb8")
    c.rect(0, 554, WIDE, 86, c.lin((0, "#cdb695"), (0.4, "#e2d3bb"), (1, "#e8dbc6")))
    throwing.branch(c, 824, 528, Glaze("#efe6d6", "matte"))
    things = (
        ("bottle", 964, 0.78, "#7d919c", "dipped", 1), ("bowl", 1130, 0.72, "#ece3d2", "speckled", 0),
        ("pitcher", 1302, 0.84, "#a3b79d", "gloss", 1), ("cup", 1426, 0.74, "#b5663f", "matte", 1), ("vase", 1530, 0.86, "#d8cab0", "banded", 0),
    )  # fmt: skip
    for kind, x, k, paint, finish, form in things:
        vessels.piece(c, x, 530, kind, Glaze(paint, finish), form, k)


def _library(c: Canvas) -> None:
    c.rect(0, 0, WIDE, HIGH, c.lin((0, "#4a2a1a"), (1, "#3a1f12")))
    dyes = (
        "#7a2230",
        "#26473c",
        "#c9924f",
        "#22365a",
        "#e0d2b4",
        "#8a5a35",
        "#5a2d3f",
        "#3f5b4a",
        "#b5562f",
        "#d9c08f",
    )
    for row in range(3):
        base = 196.0 + row * 206
        c.rect(0, base - 190, WIDE, 192, c.lin((0, "#1d0f08"), (0.4, "#2e190e"), (1, "#3a2214")))
        x = -10.0
        while x < WIDE:
            if row == 1 and 1090 < x < 1370:
                x = 1375.0
            w, h = c.rng.uniform(22, 50), c.rng.uniform(124, 176)
            if c.rng.random() < 0.06:
                x += w * 0.8
                continue
            _spine(c, x, base, w, h, c.rng.choice(dyes), lean=c.rng.random() < 0.06)
            x += w + 1.5
        c.rect(0, base, WIDE, 18, c.lin((0, "#a8713f"), (0.3, "#8a5630"), (1, "#5f3a20")))
        c.rect(0, base + 18, WIDE, 12, "#140a05", opacity=0.5, filter=c.blur(6))
    for x in (-6, 640, 1586):
        c.rect(x, 0, 22, HIGH, c.lin((0, "#6f4526"), (0.5, "#94603a"), (1, "#5f3a20"), to="right"))
    c.circle(
        1232,
        330,
        520,
        c.rad((0, "#ffd98c", 0.62), (0.5, "#ffb95c", 0.2), (1, "#ffb95c", 0), cx=0.5, cy=0.5, r=0.5),
    )
    with c.group(transform="translate(1092 157) scale(.355)"):
        curios.lamp(c, "#8a3b2a")
    c.rect(
        0,
        0,
        WIDE,
        HIGH,
        c.lin((0, "#1d0d05", 0.86), (0.42, "#1d0d05", 0.5), (0.72, "#1d0d05", 0), to="right"),
    )


def _spine(c: Canvas, x: float, base: float, w: float, h: float, dye: str, *, lean: bool) -> None:
    turn = f"rotate(-6 {num(x)} {num(base)})" if lean else ""
    with c.group(transform=turn):
        c.rect(x, base - h, w, h, c.cyl(dye, 0.95), 3)
        foil = "#e2bf7a" if lightness(dye) < 0.62 else "#6b3a22"
        for y in (0.1, 0.14, 0.84):
            c.rect(x + 1, base - h + h * y, w - 2, 1.8, foil, opacity=0.85)
        if c.rng.random() < 0.6:
            c.rect(x + w * 0.22, base - h * 0.72, w * 0.56, h * 0.24, tone(dye, -0.12), 1.5)
            c.rect(x + w * 0.46, base - h * 0.69, max(2, w * 0.09), h * 0.18, foil, opacity=0.9)
        else:
            c.circle(x + w / 2, base - h * 0.55, w * 0.16, "none", stroke=foil, stroke_width=1.6)
