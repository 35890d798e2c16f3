"""Things to write with and to write on, from above, in black and white with one small accent."""

from collections.abc import Callable
from typing import Final

from tradehall.demo.art.canvas import Canvas, num, rounded, soft
from tradehall.demo.art.palette import ink_on, lightness, mix, tone
from tradehall.demo.art.paper import (
    INK,
    RED,
    STEEL,
    calendar,
    cards,
    envelope,
    folder,
    notebook,
    paper,
    planner,
    sheet,
    sticky_notes,
)

Drawing = Callable[[Canvas, str], None]


def desk_mat(c: Canvas, p: str) -> None:
    with c.group(transform="rotate(-3 400 400)"):
        d = rounded(60, 200, 680, 400, 26)
        c.cast(d, 8, 13, 12, "#1b1c20", 0.24)
        c.path(d, c.lin((0, tone(p, 0.07)), (1, tone(p, -0.05)), to="across"))
        felt = c.pattern(
            7,
            7,
            '<path d="M0 2l3 1M4 5l3 1" stroke="#fff" stroke-opacity=".10" stroke-width="1"/><path d="M3 1l2 3" stroke="#000" stroke-opacity=".10" stroke-width="1"/>',
        )
        c.path(d, felt, light=True)
        c.path(
            rounded(72, 212, 656, 376, 18),
            stroke=tone(p, 0.16 if lightness(p) < 0.7 else -0.12),
            stroke_width=1.6,
            stroke_dasharray="7 5",
        )
        sheet(c, 130, 262, 200, 270, "#fbfbf9", 4, 0.7)
        c.rect(700, 380, 42, 24, RED, 3)
    with c.group(transform="rotate(24 520 400)"):
        _barrel(c, 512, 240, 17, 300, INK)


def _barrel(c: Canvas, x: float, y: float, w: float, h: float, p: str, tip: str = STEEL) -> None:
    d = soft(
        [
            (x, y, w * 0.4),
            (x + w, y, w * 0.4),
            (x + w, y + h - 40, 3),
            (x + w * 0.62, y + h, 2),
            (x + w * 0.38, y + h, 2),
            (x, y + h - 40, 3),
        ]
    )
    c.cast(d, 9, 9, 8, "#1b1c20", 0.3)
    c.path(d, c.cyl(p, 1.1))
    c.path(
        soft([(x, y + h - 42, 2), (x + w, y + h - 42, 2), (x + w * 0.62, y + h, 2), (x + w * 0.38, y + h, 2)]),
        c.cyl(tip),
    )


def pen(c: Canvas, p: str) -> None:
    with c.group(transform=f"rotate({num(c.rng.uniform(34, 48))} 400 400)"):
        (_click_pen, _capped_pen)[c.rng.randrange(2)](c, p)


def _click_pen(c: Canvas, p: str) -> None:
    d = soft([(380, 80, 10), (420, 80, 10), (424, 620, 6), (410, 722, 3), (390, 722, 3), (376, 620, 6)])
    c.cast(d, 12, 10, 10, "#1b1c20", 0.3)
    c.path(d, c.cyl(p, 1.15))
    c.path(soft([(376, 612, 3), (424, 612, 3), (410, 722, 3), (390, 722, 3)]), c.cyl(STEEL))
    c.rect(396, 720, 8, 18, "#6d7176", 3)
    c.rect(377, 356, 46, 12, c.cyl(STEEL))
    c.rect(388, 52, 24, 34, c.cyl(STEEL), 8)
    c.rect(414, 96, 15, 200, c.cyl(STEEL), 7)
    c.rect(414, 280, 15, 16, RED, 5)
    c.rect(386, 110, 5, 230, "#fff", 2, light=True, opacity=0.4)


def _capped_pen(c: Canvas, p: str) -> None:
    """A roller with its cap beside it."""
    d = soft(
        [
            (372, 140, 20),
            (428, 140, 20),
            (428, 560, 8),
            (416, 650, 4),
            (406, 716, 3),
            (394, 716, 3),
            (384, 650, 4),
            (372, 560, 8),
        ]
    )
    c.cast(d, 12, 10, 10, "#1b1c20", 0.3)
    c.path(d, c.cyl(p, 1.15))
    c.path(soft([(384, 646, 3), (416, 646, 3), (406, 716, 3), (394, 716, 3)]), c.cyl(STEEL))
    c.rect(396, 714, 8, 16, "#6d7176", 3)
    c.rect(371, 548, 58, 10, c.cyl(STEEL))
    c.rect(380, 170, 7, 360, "#fff", 3, light=True, opacity=0.35)
    cap = soft([(462, 200, 22), (526, 200, 22), (526, 470, 6), (462, 470, 6)])
    c.cast(cap, 12, 10, 10, "#1b1c20", 0.3)
    c.path(cap, c.cyl(p, 1.15))
    c.rect(461, 446, 66, 10, RED)
    c.rect(488, 214, 13, 170, c.cyl(STEEL), 6)
    c.rect(472, 222, 6, 210, "#fff", 3, light=True, opacity=0.35)


def fountain_pen(c: Canvas, p: str) -> None:
    with c.group(transform="rotate(40 400 400)"):
        d = soft([(366, 230, 16), (426, 230, 16), (424, 540, 6), (372, 540, 6)])
        c.cast(d, 12, 10, 10, "#1b1c20", 0.3)
        c.path(d, c.cyl(p, 1.2))
        c.rect(370, 532, 56, 14, c.cyl("#d4b25e"))
        c.path(soft([(376, 546, 2), (420, 546, 2), (412, 640, 6), (384, 640, 6)]), c.cyl(tone(p, -0.03)))
        nib = "M382 638H414C424 668 412 704 398 744C384 704 372 668 382 638Z"
        c.path(nib, c.lin((0, "#f0d690"), (0.5, "#cfa94e"), (1, "#94742c"), to="right"))
        c.path("M398 744V688", stroke="#4a3a16", stroke_width=2)
        c.circle(398, 684, 5, "#4a3a16")
        c.rect(380, 250, 8, 270, "#fff", 4, light=True, opacity=0.4)
    with c.group(transform="rotate(40 400 400) translate(96 -130)"):
        d = soft([(362, 270, 18), (432, 270, 18), (432, 560, 8), (362, 560, 8)])
        c.cast(d, 12, 10, 10, "#1b1c20", 0.3)
        c.path(d, c.cyl(p, 1.2))
        c.rect(361, 532, 72, 12, c.cyl("#d4b25e"))
        c.rect(390, 282, 15, 190, c.cyl("#d4b25e"), 7)
        c.rect(376, 290, 8, 220, "#fff", 4, light=True, opacity=0.35)


def _pencil(c: Canvas, x: float, y: float, h: float, p: str, w: float = 30, rubber: bool = True) -> None:
    d = soft([(x, y, 6), (x + w, y, 6), (x + w, y + h - 76, 1), (x + w / 2, y + h, 2), (x, y + h - 76, 1)])
    c.cast(d, 9, 9, 8, "#1b1c20", 0.28)
    third = w / 3
    for i, k in enumerate((0.09, 0.0, -0.11)):
        c.rect(x + i * third, y, third + 0.5, h - 66, tone(p, k))
    wood = f"M{num(x)} {num(y + h - 76)}Q{num(x + w * 0.17)} {num(y + h - 62)} {num(x + w * 0.33)} {num(y + h - 76)}Q{num(x + w * 0.5)} {num(y + h - 60)} {num(x + w * 0.67)} {num(y + h - 76)}Q{num(x + w * 0.83)} {num(y + h - 62)} {num(x + w)} {num(y + h - 76)}L{num(x + w / 2)} {num(y + h)}Z"
    c.path(wood, c.cyl("#e3c49a"))
    c.path(
        f"M{num(x + w * 0.37)} {num(y + h - 20)}H{num(x + w * 0.63)}L{num(x + w / 2)} {num(y + h)}Z",
        INK if lightness(p) > 0.85 or p == INK else tone(p, -0.05),
    )
    if rubber:
        c.rect(x, y - 2, w, 26, c.cyl(STEEL))
        c.rect(x, y - 30, w, 30, c.cyl(RED, 0.8), 7)


def pencil(c: Canvas, p: str) -> None:
    with c.group(transform="rotate(42 400 400)"):
        _pencil(c, 344, 60, 680, p, 38)
        _pencil(c, 420, 150, 640, tone(p, 0.04), 38, rubber=False)


def pencil_set(c: Canvas, p: str) -> None:
    inks = [p, INK, mix(p, "#8d9093", 0.6), RED, mix(p, "#e9dc8a", 0.7), tone(p, 0.12)]
    with c.group(transform="rotate(-7 400 400)"):
        sheet(c, 208, 420, 384, 280, "#ece9e1", 6, 1.2)
        for i, ink in enumerate(inks):
            with c.group(transform=f"translate(0 {num(640 + c.rng.uniform(-10, 10))}) scale(1 -1)"):
                _pencil(c, 236 + i * 57, 40, 520, ink, 38, rubber=False)
        d = rounded(204, 440, 392, 268, 6)
        c.cast(d, 0, -6, 7, "#1b1c20", 0.22)
        c.path(d, c.lin((0, "#f7f5ef"), (1, "#e6e3da")))
        c.text(400, 588, str(len(inks)), 56, INK, "Inter", font_weight=500)
        c.rect(380, 610, 40, 5, RED, 2)


def marker(c: Canvas, p: str) -> None:
    for i in range(3):
        with c.group(transform=f"rotate({38 + i * 4} 400 400) translate({-96 + i * 92} {(1 - i) * 26})"):
            d = soft([(372, 150, 12), (428, 150, 12), (428, 600, 8), (372, 600, 8)])
            c.cast(d, 11, 10, 10, "#1b1c20", 0.28)
            c.path(d, c.cyl("#f4f3ef", 0.7))
            c.rect(371, 150, 58, 178, c.cyl((p, tone(p, 0.09), tone(p, -0.08))[i], 1.1), 12)
            c.rect(371, 548, 58, 56, c.cyl((p, tone(p, 0.09), tone(p, -0.08))[i], 1.1), 8)
            c.rect(420, 170, 13, 130, c.cyl((p, tone(p, 0.09), tone(p, -0.08))[i]), 6)
            c.rect(394, 380, 12, 110, INK, 2, opacity=0.8)


def brush_pen(c: Canvas, p: str) -> None:
    c.path(
        "M120 610C220 520 300 660 420 590S560 560 600 600C560 600 480 640 400 640C300 680 200 600 120 610Z",
        INK,
        opacity=0.92,
    )
    c.path("M590 590q40 4 70 -8", stroke=INK, stroke_width=5, stroke_linecap="round", opacity=0.7)
    with c.group(transform="rotate(38 430 330) translate(20 -40)"):
        d = soft([(386, 20, 14), (434, 20, 14), (438, 480, 8), (426, 540, 4), (394, 540, 4), (382, 480, 8)])
        c.cast(d, 14, 12, 12, "#1b1c20", 0.26)
        c.path(d, c.cyl(p, 1.15))
        c.rect(383, 250, 54, 8, RED)
        c.path(
            "M394 538H426C434 580 424 610 408 650C396 610 386 580 394 538Z",
            c.lin((0, "#5d6166"), (0.4, "#2a2b2f"), (1, "#101114")),
        )
        c.rect(394, 40, 6, 410, "#fff", 3, light=True, opacity=0.35)


def eraser(c: Canvas, p: str) -> None:
    with c.group(transform="rotate(-18 400 410)"):
        c.cast(rounded(180, 320, 440, 180, 22), 12, 18, 14, "#1b1c20", 0.28)
        c.path(rounded(180, 320, 440, 180, 26), c.lin((0, "#ffffff"), (1, "#dfdedb")))
        c.path(rounded(180, 470, 440, 34, 14), "#d3d2ce")
        sleeve = p if lightness(p) < 0.9 else INK
        c.rect(
            300,
            316,
            324,
            190,
            c.lin((0, tone(sleeve, 0.08)), (0.78, sleeve), (0.82, tone(sleeve, -0.1)), (1, tone(sleeve, -0.12))),
            4,
        )
        c.rect(300, 316, 26, 190, RED)
        c.rect(362, 384, 150, 14, ink_on(sleeve), 3, opacity=0.85)
        c.rect(362, 412, 90, 10, ink_on(sleeve), 3, opacity=0.5)
    for _ in range(9):
        c.ellipse(
            c.rng.uniform(150, 300),
            c.rng.uniform(560, 640),
            c.rng.uniform(4, 11),
            3,
            "#8d9093",
            transform="rotate(20 220 600)",
            opacity=0.7,
        )


def sharpener(c: Canvas, p: str) -> None:
    with c.group(transform="rotate(-14 400 400)"):
        d = soft([(230, 300, 14), (570, 330, 14), (570, 470, 14), (230, 500, 14)])
        c.cast(d, 12, 18, 13, "#1b1c20", 0.3)
        metal = p if lightness(p) < 0.9 else STEEL
        c.path(
            d,
            c.lin((0, tone(metal, 0.14)), (0.45, metal), (0.5, tone(metal, -0.08)), (1, tone(metal, -0.02))),
        )
        for i in range(6):
            c.path(
                f"M{250 + i * 17} {304 + i * 1.5}V{496 - i * 1.5}",
                light=True,
                stroke="#000",
                stroke_width=4,
                opacity=0.18,
            )
        c.path(
            soft([(350, 346, 4), (552, 356, 4), (552, 452, 4), (350, 430, 4)]),
            c.lin((0, "#f3f5f6"), (0.5, "#aeb4b9"), (1, "#e4e7e9"), to="across"),
        )
        c.circle(446, 398, 21, c.lin((0, "#e2c06a"), (1, "#9a7a34"), to="across"))
        c.path("M434 392L458 404", stroke="#5a4520", stroke_width=5)
    c.path(
        "M170 620C150 560 230 530 260 580S220 660 190 630M250 640C240 600 300 590 310 624",
        stroke="#d9b382",
        stroke_width=9,
        stroke_linecap="round",
    )
    c.path(
        "M170 620C150 560 230 530 260 580S220 660 190 630M250 640C240 600 300 590 310 624",
        light=True,
        stroke=RED,
        stroke_width=2.5,
        stroke_linecap="round",
        transform="translate(3 3)",
    )


def ink(c: Canvas, p: str) -> None:
    c.shadow(400, 650, 180, 24, ink="#1b1c20")
    c.path(
        soft([(240, 390, 34), (560, 390, 34), (576, 640, 26), (224, 640, 26)]),
        c.lin((0, "#eef0f1"), (1, "#d4d8db")),
        opacity=0.95,
    )
    c.path(
        soft([(256, 440, 14), (544, 440, 14), (558, 626, 22), (242, 626, 22)]),
        c.lin((0, tone(p, 0.09)), (0.35, p), (1, tone(p, -0.09))),
    )
    c.rect(262, 412, 14, 200, "#fff", 7, light=True, opacity=0.7)
    sheet(c, 318, 476, 164, 108, "#fbfbf9", 3, 0.2)
    c.text(400, 540, "ink", 44, INK, "Inter", font_weight=500)
    c.rect(384, 556, 32, 4, RED, 2)
    c.rect(320, 352, 160, 44, c.lin((0, "#dfe3e5"), (1, "#b9bec2")), 6)
    c.path(soft([(306, 248, 14), (494, 248, 14), (500, 366, 8), (300, 366, 8)]), c.cyl(INK))
    for i in range(12):
        c.rect(316 + i * 14.500, 264, 4, 90, "#000", 2, light=True, opacity=0.4)


KINDS: Final[dict[str, Drawing]] = {
    "notebook": notebook, "planner": planner, "calendar": calendar, "desk-mat": desk_mat, "pen": pen,
    "fountain-pen": fountain_pen, "pencil": pencil, "pencil-set": pencil_set, "marker": marker, "brush-pen": brush_pen,
    "eraser": eraser, "sharpener": sharpener, "ink": ink, "envelope": envelope, "paper": paper, "cards": cards,
    "sticky-notes": sticky_notes, "folder": folder,
}  # fmt: skip
