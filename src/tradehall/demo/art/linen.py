"""Linen: cloth with a weave and a pattern, folded, hung or laid, in the light of the ceramics' room."""

from collections.abc import Callable
from typing import Final

from tradehall.demo.art.canvas import Canvas, num, rounded, soft
from tradehall.demo.art.cloth import PATTERNS, Cloth
from tradehall.demo.art.palette import colour, tone
from tradehall.demo.art.throwing import Glaze
from tradehall.demo.art.vessels import piece, room

DYES: Final = ("#e4d8c2", "#8fa08f", "#6f8496", "#b9694c", "#3f4a57", "#d8b46a", "#a4868c")
_SHADE: Final = "#4a3826"


def _folds(c: Canvas, d: str, xs: list[tuple[float, float]], top: float, low: float, a: float = 1.0) -> None:
    """Soft vertical folds: a shade and a light at each (x, width)."""
    with c.group(clip_path=c.clip(d)):
        for x, w in xs:
            c.rect(
                x,
                top,
                w,
                low - top,
                c.lin(
                    (0, "#2a1c10", 0),
                    (0.35, "#2a1c10", 0.26 * a),
                    (0.5, "#2a1c10", 0.05),
                    (0.72, "#fff", 0.26 * a),
                    (1, "#fff", 0),
                    to="right",
                ),
            )


def _hem(c: Canvas, d: str, cloth: Cloth) -> None:
    c.path(d, stroke=tone(cloth.dye, -0.13), stroke_width=1.6, stroke_dasharray="5 4", opacity=0.8)


def _fringe(c: Canvas, x1: float, x2: float, y: float, cloth: Cloth, long: float = 22) -> None:
    x = x1 + 3
    d = ""
    while x < x2 - 2:
        d += f"M{num(x)} {num(y)}q{num(c.rng.uniform(-3, 3))} {num(long * 0.5)} {num(c.rng.uniform(-2, 2))} {num(long + c.rng.uniform(-4, 3))}"
        x += 6
    c.path(d, stroke=tone(cloth.dye, -0.02), stroke_width=2.6, stroke_linecap="round")


def _table(c: Canvas) -> None:
    """Seen from above: a pale oak board."""
    c.rect(0, 0, 800, 800, c.lin((0, "#f0e5d3"), (1, "#e0cfb4"), to="across"))
    for i in range(4):
        c.rect(i * 212 - 20, 0, 1.6, 800, "#b79d77", opacity=0.4)
    with c.group(opacity=0.5, filter=c.blur(24)):
        c.path("M-40 120L260 -40L560 560L200 700Z", "#fffaf0")


def _flat(c: Canvas, cloth: Cloth, x: float, y: float, w: float, h: float, r: float = 5) -> None:
    d = rounded(x, y, w, h, r)
    c.cast(d, 8, 13, 11, _SHADE, 0.3)
    c.path(d, cloth.fill())
    c.path(d, c.lin((0, "#fff", 0.16), (0.5, "#fff", 0), (1, "#2a1c10", 0.15), to="across"))
    if cloth.pattern == "border":
        c.rect(x + 24, y + 24, w - 48, h - 48, "none", 2, stroke=cloth.line, stroke_width=8)
        c.rect(x + 38, y + 38, w - 76, h - 76, "none", 2, stroke=cloth.line, stroke_width=2)
    _hem(c, rounded(x + 9, y + 9, w - 18, h - 18, 3), cloth)


def _crease(c: Canvas, x1: float, y1: float, x2: float, y2: float) -> None:
    """A pressed fold across a flat cloth."""
    if x1 == x2:
        c.rect(
            x1 - 9,
            y1,
            18,
            y2 - y1,
            c.lin((0, "#2a1c10", 0), (0.45, "#2a1c10", 0.15), (0.55, "#fff", 0.3), (1, "#fff", 0), to="right"),
        )
    else:
        c.rect(
            x1,
            y1 - 9,
            x2 - x1,
            18,
            c.lin((0, "#2a1c10", 0), (0.45, "#2a1c10", 0.15), (0.55, "#fff", 0.3), (1, "#fff", 0)),
        )


def napkin(c: Canvas, cloth: Cloth) -> None:
    _table(c)
    with c.group(transform="rotate(-9 400 400)"):
        _flat(c, cloth, 216, 176, 390, 390)
        _crease(c, 411, 180, 411, 562)
    with c.group(transform="rotate(7 420 470)"):
        _flat(c, cloth, 250, 296, 330, 330)
        _crease(c, 254, 461, 576, 461)
        d = "M580 296L250 296L250 300L580 626Z"
        c.path(d, cloth.fill(45))
        c.path(d, c.lin((0, "#fff", 0.26), (1, "#2a1c10", 0.10)))
        c.path("M250 299L580 626", stroke="#2a1c10", stroke_width=5, opacity=0.2, filter=c.blur(2))


def _stack(c: Canvas, cloth: Cloth, layers: int, w: float, thick: float, base: float, fringe: bool = False) -> None:
    """A folded pile on the table, seen from the front."""
    c.shadow(400, base + 2, w / 2, 26, ink=_SHADE)
    for i in range(layers):
        y = base - (i + 1) * thick
        dx = c.rng.uniform(-5, 5)
        x = 400 - w / 2 + dx
        d = soft(
            [
                (x, y, thick * 0.5),
                (x + w, y, thick * 0.3),
                (x + w, y + thick, thick * 0.3),
                (x, y + thick, thick * 0.5),
            ]
        )
        c.path(d, cloth.fill())
        c.path(d, c.lin((0, "#fff", 0.22), (0.35, "#fff", 0.03), (0.8, "#2a1c10", 0.20), (1, "#2a1c10", 0.36)))
        c.path(
            f"M{num(x + 14)} {num(y + thick * 0.55)}H{num(x + w - 2)}",
            stroke="#2a1c10",
            stroke_width=1.6,
            opacity=0.25,
        )
    y = base - layers * thick
    d = soft(
        [
            (400 - w / 2 + 34, y - 66, 8),
            (400 + w / 2 - 22, y - 66, 8),
            (400 + w / 2, y + 8, 10),
            (400 - w / 2, y + 8, 14),
        ]
    )
    c.path(d, cloth.fill())
    c.path(d, c.lin((0, "#2a1c10", 0.05), (0.8, "#fff", 0.18), (1, "#fff", 0.26)))
    if cloth.pattern == "border":
        c.path(
            f"M{num(400 - w / 2 + 20)} {num(y - 16)}H{num(400 + w / 2 - 10)}",
            stroke=cloth.line,
            stroke_width=8,
        )
    if fringe:
        _fringe(c, 400 - w / 2 + 8, 400 + w / 2 - 6, base - thick * 0.5, cloth, 34)


def tablecloth(c: Canvas, cloth: Cloth) -> None:
    room(c)
    c.shadow(400, 716, 300, 26, ink=_SHADE)
    drop = "M120 470L680 470C690 540 706 620 716 690C690 704 668 688 640 700C610 712 590 690 560 702C520 716 500 692 462 704C430 714 400 692 366 704C330 716 310 694 272 704C240 712 214 692 186 702C150 710 120 700 84 694C98 620 110 540 120 470Z"
    c.path(drop, cloth.fill())
    c.path(drop, c.lin((0, "#2a1c10", 0.14), (0.3, "#2a1c10", 0), (1, "#2a1c10", 0.16)))
    _folds(c, drop, [(90, 70), (210, 80), (300, 90), (420, 80), (520, 90), (620, 70)], 470, 720)
    top = "M186 404H614L680 470Q684 482 676 484H124Q116 482 120 470Z"
    c.path(top, cloth.fill())
    c.path(top, c.lin((0, "#fff", 0.1), (1, "#fff", 0.32)))
    if cloth.pattern == "border":
        c.path("M92 660Q250 690 400 664T708 660", stroke=cloth.line, stroke_width=9, opacity=0.9)
    piece(c, 330, 446, "bowl", Glaze("#e9e0cf", "speckled"), 1, 0.55)
    piece(c, 492, 452, "pitcher", Glaze("#aebfa9", "gloss"), 1, 0.52)


def runner(c: Canvas, cloth: Cloth) -> None:
    _table(c)
    with c.group(transform="rotate(14 400 400)"):
        c.cast("M262 -160H538V690H262Z", 9, 14, 12, _SHADE, 0.3)
        _fringe(c, 262, 538, 686, cloth, 40)
        c.rect(262, -160, 276, 852, cloth.fill())
        c.rect(262, -160, 276, 852, c.lin((0, "#fff", 0.14), (0.5, "#fff", 0), (1, "#2a1c10", 0.14), to="right"))
        if cloth.pattern == "border":
            c.path("M288 -160V664H512V-160", stroke=cloth.line, stroke_width=8)
        _crease(c, 262, 340, 538, 340)
        c.cast("M290 210a110 110 0 1 0 220 0a110 110 0 1 0 -220 0Z", 9, 12, 9, _SHADE, 0.34)
        c.circle(400, 210, 110, c.ball("#ece3d2", 0.4))
        c.circle(400, 210, 76, "none", stroke="#cbbfa8", stroke_width=3, opacity=0.7)


def placemat(c: Canvas, cloth: Cloth) -> None:
    _table(c)
    with c.group(transform="rotate(-4 400 400)"):
        with c.group(transform="rotate(90 400 400)"):
            _fringe(c, 232, 568, 668, cloth, 24)
        with c.group(transform="rotate(-90 400 400)"):
            _fringe(c, 232, 568, 668, cloth, 24)
        _flat(c, cloth, 132, 232, 536, 336)
        c.cast("M268 400a124 124 0 1 0 248 0a124 124 0 1 0 -248 0Z", 9, 12, 9, _SHADE, 0.36)
        c.circle(392, 400, 124, c.ball("#efe7d8", 0.45))
        c.circle(392, 400, 84, c.lin((0, "#ddd2bd"), (1, "#f4eddf"), to="across"))
        c.circle(392, 400, 80, "#efe7d8")
        for x, w in ((562, 7), (590, 7)):
            c.rect(x + 4, 306, w, 190, _SHADE, 4, opacity=0.3, filter=c.blur(3))
            c.rect(x, 300, w, 190, c.lin((0, "#d9dde0"), (1, "#8d949a"), to="right"), 4)
        c.ellipse(565.500, 312, 11, 24, "#c3c8cc")
        c.rect(588, 296, 13, 84, "#c3c8cc", 6)


def _rail(c: Canvas) -> None:
    room(c)
    c.rect(60, 132, 680, 34, "#4a3826", 4, opacity=0.25, filter=c.blur(8), transform="translate(4 10)")
    c.rect(60, 128, 680, 32, c.lin((0, "#d9b98a"), (1, "#b98f5c")), 4)
    for x in (180, 400, 620):
        c.circle(x, 146, 12, "#4a3826", opacity=0.3)
        c.circle(x - 1, 143, 12, c.ball("#c79f6c"))


def towel(c: Canvas, cloth: Cloth) -> None:
    _rail(c)
    d = "M400 150C380 168 330 190 292 206C276 330 262 520 258 640C330 656 470 656 540 642C536 520 524 330 508 206C470 190 420 168 400 150Z"
    c.cast(d, 14, 16, 12, _SHADE, 0.26)
    c.path(d, cloth.fill(0))
    _folds(c, d, [(280, 80), (350, 70), (402, 70), (456, 70)], 150, 660, 1.1)
    c.path(d, c.lin((0, "#2a1c10", 0.3), (0.14, "#2a1c10", 0), (1, "#2a1c10", 0.1)))
    if cloth.pattern == "border":
        with c.group(clip_path=c.clip(d)):
            c.path("M240 566Q400 584 560 568M240 592Q400 610 560 594", stroke=cloth.line, stroke_width=10)
            c.path("M240 614Q400 632 560 616", stroke=cloth.line, stroke_width=3)
    c.path("M260 628Q400 646 538 630", stroke=tone(cloth.dye, -0.13), stroke_width=1.6, stroke_dasharray="5 4")
    c.path("M400 142q-9 10 0 26q9 -16 0 -26Z", stroke=tone(cloth.dye, -0.1), stroke_width=4)


def apron(c: Canvas, cloth: Cloth) -> None:
    _rail(c)
    tie = tone(cloth.dye, -0.08)
    c.path("M330 262C320 190 372 150 400 146C428 150 480 190 470 262", stroke=tie, stroke_width=11)
    d = "M322 252H478C482 320 500 370 548 400C556 500 560 610 556 700C470 716 330 716 244 700C240 610 244 500 252 400C300 370 318 320 322 252Z"
    c.path(
        "M252 404C210 430 196 470 188 540M548 404C590 430 604 470 612 540",
        stroke=tie,
        stroke_width=9,
        stroke_linecap="round",
    )
    c.cast(d, 14, 16, 12, _SHADE, 0.26)
    c.path(d, cloth.fill())
    _folds(c, d, [(258, 70), (352, 60), (430, 60), (480, 70)], 400, 720, 0.8)
    c.path(d, c.lin((0, "#fff", 0.14), (0.5, "#fff", 0), (1, "#2a1c10", 0.14), to="across"))
    if cloth.pattern == "border":
        with c.group(clip_path=c.clip(d)):
            c.path("M230 668Q400 684 570 668", stroke=cloth.line, stroke_width=9)
    _hem(c, "M330 262H470C474 326 494 378 540 406", cloth)
    pocket = rounded(312, 470, 176, 118, 10)
    c.path(pocket, "#2a1c10", opacity=0.2, filter=c.blur(5), transform="translate(3 5)")
    c.path(pocket, cloth.fill(90 if cloth.pattern == "stripe" else 0))
    c.path(pocket, c.lin((0, "#fff", 0.15), (1, "#2a1c10", 0.08)))
    _hem(c, rounded(320, 478, 160, 102, 6), cloth)
    c.path("M400 482V578", stroke=tone(cloth.dye, -0.13), stroke_width=1.6, stroke_dasharray="5 4")


def throw(c: Canvas, cloth: Cloth) -> None:
    room(c)
    _stack(c, cloth, 4, 470, 58, 690, fringe=True)


def cushion(c: Canvas, cloth: Cloth) -> None:
    room(c)
    d = "M210 250C280 232 520 232 596 246C612 248 620 258 618 274C606 360 606 560 622 650C624 668 614 676 598 674C520 662 280 662 202 676C186 678 178 668 180 652C194 560 192 360 184 276C182 260 194 252 210 250Z"
    c.shadow(402, 672, 222, 28, ink=_SHADE, strength=1.2)
    c.path(d, cloth.fill(0, 1.4))
    with c.group(clip_path=c.clip(d)):
        if cloth.pattern == "border":
            c.path(
                "M236 296Q400 282 564 292Q556 460 570 630Q400 616 230 630Q244 460 236 296Z",
                stroke=cloth.line,
                stroke_width=10,
            )
        c.ellipse(360, 400, 260, 240, c.rad((0, "#fff", 0.38), (1, "#fff", 0), cx=0.5, cy=0.5, r=0.5))
        c.ellipse(400, 700, 300, 150, "#2a1c10", opacity=0.24, filter=c.blur(34))
        c.ellipse(640, 460, 80, 260, "#2a1c10", opacity=0.22, filter=c.blur(26))
        for x, y, ex, ey in (
            (190, 262, 262, 350),
            (610, 258, 540, 340),
            (190, 664, 270, 580),
            (612, 664, 536, 590),
        ):
            c.path(
                f"M{x} {y}Q{(x + ex) / 2 + 14} {(y + ey) / 2 - 8} {ex} {ey}",
                stroke="#2a1c10",
                stroke_width=8,
                opacity=0.14,
                filter=c.blur(4),
            )
    c.path(d, stroke=tone(cloth.dye, -0.11), stroke_width=4, opacity=0.8)


def tote(c: Canvas, cloth: Cloth) -> None:
    room(c)
    for dx, y, shade in ((14, 330, -0.12), (0, 340, -0.04)):
        c.path(
            f"M{300 + dx} {y}C{304 + dx} 170 {340 + dx} 120 {400 + dx} 120S{496 + dx} 170 {500 + dx} {y}",
            stroke=tone(cloth.dye, shade),
            stroke_width=19,
        )
    d = "M214 320C330 312 470 312 586 320C594 440 600 570 604 684C480 698 320 698 196 684C200 570 206 440 214 320Z"
    c.shadow(402, 692, 212, 22, ink=_SHADE)
    c.path(d, cloth.fill())
    _folds(c, d, [(216, 70), (330, 70), (500, 90)], 320, 700, 0.7)
    c.path(d, c.lin((0, "#fff", 0.16), (0.5, "#fff", 0), (1, "#2a1c10", 0.16), to="across"))
    if cloth.pattern == "border":
        with c.group(clip_path=c.clip(d)):
            c.path("M190 640Q400 652 610 640M190 620Q400 632 610 620", stroke=cloth.line, stroke_width=6)
    _hem(c, "M212 344Q400 334 588 344", cloth)
    for x in (300, 500):
        c.rect(x - 12, 322, 24, 44, tone(cloth.dye, -0.05), 3, stroke=tone(cloth.dye, -0.14), stroke_width=1.4)


def mitt(c: Canvas, cloth: Cloth) -> None:
    _rail(c)
    c.path("M400 150q-22 30 -4 56q22 -26 4 -56Z", stroke=tone(cloth.dye, -0.1), stroke_width=7)
    with c.group(transform="rotate(180 400 420)"):
        d = "M300 640L306 430C260 420 214 380 206 330C204 300 236 290 258 308L312 350C306 290 320 214 400 208C478 204 510 260 506 340L498 640C440 650 360 650 300 640Z"
        c.cast(d, -12, -14, 12, _SHADE, 0.28)
        c.path(d, cloth.fill())
        with c.group(clip_path=c.clip(d)):
            quilt = c.pattern(
                44,
                44,
                '<path d="M0 0H44M0 0V44" stroke="#2a1c10" stroke-opacity="0.200" stroke-width="3"/><path d="M0 3H44M3 0V44" stroke="#fff" stroke-opacity="0.250" stroke-width="2"/>',
                45,
            )
            c.rect(180, 180, 360, 480, quilt)
            c.rect(
                180,
                180,
                360,
                480,
                c.lin((0, "#2a1c10", 0.2), (0.5, "#fff", 0), (1, "#fff", 0.22), to="across"),
            )
            c.rect(280, 592, 240, 60, tone(cloth.dye, -0.1))


KINDS: Final[dict[str, Callable[[Canvas, Cloth], None]]] = {
    "napkin": napkin, "tablecloth": tablecloth, "runner": runner, "placemat": placemat, "apron": apron, "towel": towel,
    "throw": throw, "cushion": cushion, "tote": tote, "mitt": mitt,
}  # fmt: skip


def draw(seed: str, view: int, kind: str = "napkin", color: str = "", pattern: str = "") -> str:
    """In use, close up on the weave, and folded in a pile."""
    if kind not in KINDS:
        raise ValueError(f"unknown linen {kind!r}")
    if pattern and pattern not in PATTERNS:
        raise ValueError(f"unknown pattern {pattern!r}")
    c = Canvas(seed)
    cloth = Cloth(c, colour(color) if color else c.rng.choice(DYES), pattern or c.rng.choice(PATTERNS))
    if view == 2:
        room(c)
        _stack(c, cloth, 3 + c.rng.randrange(3), 430 + c.rng.uniform(-30, 30), 44, 690)
        return c.svg()
    if c.rng.random() < 0.5 and kind in {"napkin", "runner"}:
        with c.group(transform="translate(800 0) scale(-1 1)"):
            KINDS[kind](c, cloth)
    else:
        KINDS[kind](c, cloth)
    if view == 1:
        return c.svg(
            {
                "tablecloth": "330 430 300 300",
                "placemat": "100 200 260 260",
                "cushion": "150 210 300 300",
                "throw": "140 380 320 320",
            }.get(kind, "280 380 240 240")
        )
    close = {"throw": "80 150 640 640", "cushion": "80 130 640 640", "tote": "60 80 680 680"}
    return c.svg(close.get(kind, "40 60 720 720"))
