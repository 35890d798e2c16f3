"""The same cars from the front."""

from typing import Final

from tradehall.demo.art.canvas import Canvas, rounded, soft
from tradehall.demo.art.cars import Car
from tradehall.demo.art.palette import tone

GROUND: Final = 610.0
_SCALE: Final = 1.98


def front(c: Canvas, k: Car) -> None:
    """Symmetric about x = 400, standing on `GROUND`."""
    s, p = k.shape, k.paint
    w = 178 + s.length * 0.12
    if k.body in {"pickup", "van"}:
        w += 8
    high, belt, nose = GROUND - s.height * _SCALE, GROUND - s.belt * _SCALE, GROUND - (s.nose - 4) * _SCALE
    for x in (400 - w + 22, 400 + w - 22 - 62):
        c.rect(x, GROUND - 120, 62, 120, c.cyl("#26272b", 0.8), 16)
    c.rect(400 - w + 60, GROUND - 90, 2 * w - 120, 46, "#08090a", 10)
    if k.body == "roadster":
        _screen(c, k, w, high, belt)
    else:
        _cabin(c, k, w, high, belt)
    shell = soft([
        (400 - w * 0.86, belt - 4, 20), (400 + w * 0.86, belt - 4, 20), (400 + w * 0.985, nose - 8, 40), (400 + w, nose + 60, 30),
        (400 + w * 0.985, GROUND - 92, 26), (400 + w * 0.9, GROUND - 62, 16), (400 - w * 0.9, GROUND - 62, 16),
        (400 - w * 0.985, GROUND - 92, 26), (400 - w, nose + 60, 30), (400 - w * 0.985, nose - 8, 40),
    ])  # fmt: skip
    c.path(
        shell,
        c.lin(
            (0, tone(p, 0.12)),
            (0.22, tone(p, 0.04)),
            (0.32, tone(p, -0.02)),
            (0.7, tone(p, -0.09)),
            (1, tone(p, -0.2)),
        ),
    )
    with c.group(clip_path=c.clip(shell)):
        c.rect(
            400 - w,
            belt - 10,
            w * 2,
            400,
            c.lin(
                (0, "#000", 0.34),
                (0.14, "#fff", 0.1),
                (0.3, "#fff", 0.04),
                (0.8, "#000", 0.04),
                (1, "#000", 0.42),
                to="right",
            ),
            light=True,
        )
        hood = soft(
            [
                (400 - w * 0.7, belt - 8, 6),
                (400 + w * 0.7, belt - 8, 6),
                (400 + w * 0.8, nose + 2, 14),
                (400 - w * 0.8, nose + 2, 14),
            ]
        )
        c.path(
            hood,
            c.lin((0, tone(p, -0.05)), (0.4, tone(p, 0.07)), (1, tone(p, 0.15))),
            stroke="#000",
            stroke_opacity=0.35,
            stroke_width=2,
        )
        c.path(
            soft(
                [
                    (400 - w * 0.18, belt - 8, 4),
                    (400 + w * 0.18, belt - 8, 4),
                    (400 + w * 0.26, nose + 2, 4),
                    (400 - w * 0.26, nose + 2, 4),
                ]
            ),
            "#fff",
            light=True,
            opacity=0.1,
        )
        if k.body == "muscle":
            for side in (-1, 1):
                c.rect(400 + side * 46 - 24, belt + 4, 48, 14, "#0d0e10", 6)
    _face(c, k, w, nose)
    _bumper(c, k, w)
    for side in (-1, 1):
        x = 400 + side * w * 0.94
        c.path(
            soft(
                [
                    (x - 22, belt - 26, 10),
                    (x + 22, belt - 26, 10),
                    (x + 20, belt - 2, 9),
                    (x - 20, belt - 2, 9),
                ]
            ),
            c.lin((0, "#f0f2f4"), (1, "#6f767e")) if k.bumper == "chrome" else "#1a1b1e",
        )


def _cabin(c: Canvas, k: Car, w: float, high: float, belt: float) -> None:
    s, p = k.shape, k.paint
    top, low = (w * 0.66, w * 0.87) if k.body != "van" else (w * 0.84, w * 0.96)
    roof = k.vinyl or p
    c.path(
        soft(
            [
                (400 - low, belt + 10, 4),
                (400 - top, high, 46),
                (400 + top, high, 46),
                (400 + low, belt + 10, 4),
            ]
        ),
        c.lin((0, tone(roof, 0.14)), (0.12, roof), (1, tone(p, -0.12))),
    )
    drop = 20 if k.body != "van" else 62
    glass = soft(
        [
            (400 - low + 18, belt + 4, 14),
            (400 - top + 17, high + drop, 30),
            (400 + top - 17, high + drop, 30),
            (400 + low - 18, belt + 4, 14),
        ]
    )
    c.path(
        glass,
        c.lin((0, "#222c35"), (0.4, "#465766"), (0.75, "#1b232b"), (1, "#0f1419")),
        stroke="#c9cfd4",
        stroke_width=3,
    )
    with c.group(clip_path=c.clip(glass)):
        for x in (400 - w * 0.38, 400 + w * 0.38):
            c.rect(x - 44, belt - s.height * 0.36, 88, 120, "#0b0e11", 22, light=True, opacity=0.75)
        c.path(
            f"M{400 + w * 0.12:.0f} {belt + 12:.0f}a58 46 0 0 1 116 0",
            light=True,
            stroke="#0a0c0e",
            stroke_width=7,
        )
        for dx, span in ((-150, 60), (-66, 20), (90, 70)):
            c.path(
                f"M{400 + dx - 40:.0f} {belt + 10:.0f}l110 -190h{span}l-110 190Z",
                "#fff",
                light=True,
                opacity=0.07,
            )
    c.rect(400 - 32, high + drop + 10, 64, 16, "#0c0e10", 7)
    for x in (400 - w * 0.5, 400 + w * 0.1):
        c.path(
            f"M{x:.0f} {belt + 2:.0f}l{w * 0.42:.0f} -14",
            stroke="#0a0b0c",
            stroke_width=4,
            stroke_linecap="round",
        )


def _screen(c: Canvas, k: Car, w: float, high: float, belt: float) -> None:
    for x in (400 - w * 0.4, 400 + w * 0.4):
        c.path(
            soft([(x - 58, belt + 20), (x - 48, high + 36, 26), (x + 48, high + 36, 26), (x + 58, belt + 20)]),
            c.lin((0, "#8f5737"), (1, "#3d2216")),
        )
    glass = soft(
        [
            (400 - w * 0.84, belt + 6, 10),
            (400 - w * 0.74, high + 22, 22),
            (400 + w * 0.74, high + 22, 22),
            (400 + w * 0.84, belt + 6, 10),
        ]
    )
    c.path(glass, c.lin((0, "#a8bccb", 0.42), (1, "#2c3944", 0.75)), stroke="#d4d9dd", stroke_width=5)


def _face(c: Canvas, k: Car, w: float, nose: float) -> None:
    dark = c.lin((0, "#0a0b0c"), (1, "#26292d"))
    chrome = c.lin((0, "#fbfcfd"), (0.4, "#aab1b8"), (0.6, "#5b6269"), (1, "#c3c9ce"))
    y, h = nose + 16, 62.0
    if k.body == "van":
        y = nose + 6
    wide = w * 0.90
    c.path(
        rounded(400 - wide, y, wide * 2, h, 12),
        dark,
        stroke=chrome if k.bumper == "chrome" else "#17181b",
        stroke_width=5,
    )
    lamps = wide * (0.36 if k.lamps.startswith("twin") else 0.21)
    grille = wide - lamps - 8
    style = int(k.shape.length * 10) % 3
    if style == 0:
        for i in range(5):
            c.rect(400 - grille, y + 9 + i * 10, grille * 2, 4, chrome, 2)
    elif style == 1:
        n = int(grille / 7)
        for i in range(-n, n + 1):
            c.rect(400 + i * 7 - 1.5, y + 7, 3, h - 14, "#aeb5bc", 1.5)
        c.rect(400 - 9, y + 3, 18, h - 6, c.lin((0, k.paint), (1, tone(k.paint, -0.14))), 3)
    else:
        for i in range(3):
            c.rect(400 - grille, y + 12 + i * 17, grille * 2, 3, "#8d949b")
        n = int(grille / 20)
        for i in range(-n, n + 1):
            c.rect(400 + i * 20 - 1.5, y + 6, 3, h - 12, "#8d949b")
        c.circle(400, y + h / 2, 13, chrome)
    for side in (-1, 1):
        for i in range(2 if k.lamps.startswith("twin") else 1):
            x = 400 + side * (wide - 36 - i * 60)
            _lamp(c, x, y + h / 2, k.lamps.endswith("square"), chrome)
        c.rect(400 + side * w * 0.62 - 34, y + h + 16, 68, 16, c.lin((0, "#f6b25a"), (1, "#c9711b")), 5)


def _lamp(c: Canvas, x: float, y: float, square: bool, chrome: str) -> None:
    glass = c.rad((0, "#fffef8"), (0.5, "#dfe5e4"), (1, "#8f999c"))
    if square:
        c.rect(x - 27, y - 24, 54, 48, chrome, 6)
        c.rect(x - 22, y - 19, 44, 38, glass, 4)
        for i in range(1, 6):
            c.rect(x - 22 + i * 7.3, y - 19, 1, 38, "#7c878b", light=True, opacity=0.6)
    else:
        c.circle(x, y, 28, chrome)
        c.circle(x, y, 23, glass)
        for i in range(-3, 4):
            c.rect(x + i * 6, y - 19, 1, 38, "#7c878b", light=True, opacity=0.5)
    c.path(
        f"M{x - 16:.0f} {y - 4:.0f}q6 -14 20 -13",
        light=True,
        stroke="#fff",
        stroke_width=4,
        stroke_linecap="round",
        opacity=0.9,
    )


def _bumper(c: Canvas, k: Car, w: float) -> None:
    y = GROUND - 158
    if k.bumper == "chrome":
        metal = c.lin((0, "#ffffff"), (0.3, "#c8ced3"), (0.5, "#535a62"), (0.64, "#a7aeb5"), (1, "#3d4248"))
    else:
        metal = c.lin((0, "#54575c"), (0.3, "#2d2f33"), (1, "#0f1012"))
    c.path(
        soft(
            [
                (400 - w - 8, y + 4, 14),
                (400 + w + 8, y + 4, 14),
                (400 + w + 2, y + 44, 16),
                (400 - w - 2, y + 44, 16),
            ]
        ),
        metal,
    )
    if 1973 <= k.year < 1981:
        c.rect(400 - w + 4, y + 19, w * 2 - 8, 7, "#17181a", 3)
        for side in (-1, 1):
            c.rect(400 + side * w * 0.42 - 11, y - 6, 22, 58, metal, 7)
    c.rect(400 - 62, y + 8, 124, 44, "#d9d4c4", 5, stroke="#6c7278", stroke_width=2)
    if not c.plan:
        c.text(
            400,
            y + 41,
            f"TH {k.year % 100}",
            32,
            "#2a3b5a",
            "Yanone Kaffeesatz",
            font_weight=700,
            letter_spacing=3,
        )
