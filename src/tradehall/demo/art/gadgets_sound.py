"""Electronics one listens to or speaks into."""

from typing import Final

from tradehall.demo.art.canvas import Canvas, rounded, soft
from tradehall.demo.art.palette import tone

INK: Final = "#1f242b"
STEEL: Final = "#b9c0c7"


def headphones(c: Canvas, p: str) -> None:
    c.shadow(400, 668, 230, 22)
    c.stroke("M196 470C180 220 290 150 400 150S620 220 604 470", tone(p, -0.16), 40)
    c.stroke("M196 466C182 220 292 146 400 146S618 220 604 466", p, 30)
    c.stroke("M262 214C300 170 350 156 400 156", tone(p, 0.2), 8, light=True, opacity=0.6)
    for s in (-1, 1):
        x = 400 + s * 206
        c.rect(x - 13, 380, 26, 70, c.cyl(STEEL), 8)
        c.path(
            soft([(x - s * 4, 420, 50), (x - s * 74, 420, 46), (x - s * 74, 660, 46), (x - s * 4, 660, 50)]),
            c.lin((0, "#3a3f47"), (1, "#191c21")),
        )
        c.path(
            soft([(x - s * 22, 410, 60), (x + s * 64, 430, 70), (x + s * 64, 650, 70), (x - s * 22, 670, 60)]),
            c.lin((0, tone(p, 0.10)), (0.5, p), (1, tone(p, -0.16)), to="across"),
        )
        c.path(
            soft([(x + s * 8, 466, 34), (x + s * 46, 476, 36), (x + s * 46, 604, 36), (x + s * 8, 614, 34)]),
            c.lin((0, tone(p, -0.06)), (1, tone(p, 0.05))),
        )


def earbuds(c: Canvas, p: str) -> None:
    c.shadow(400, 660, 210, 24)
    c.path(
        soft([(214, 330, 80), (586, 330, 80), (586, 470, 14), (214, 470, 14)]),
        c.lin((0, tone(p, -0.02)), (1, tone(p, -0.2))),
    )
    c.path(
        soft([(234, 348, 66), (566, 348, 66), (566, 470, 10), (234, 470, 10)]),
        c.lin((0, tone(p, -0.26)), (1, tone(p, -0.12))),
    )
    for x, s in ((320, 1), (480, -1)):
        c.path(f"M{x - 19} 440V520H{x + 19}V440Z", c.cyl(p))
        c.circle(x, 414, 46, c.ball(p))
        c.ellipse(x + s * 34, 400, 19, 25, c.ball("#4a525b"))
        c.ellipse(x - 14, 398, 11, 7, "#fff", light=True, opacity=0.6)
    c.path(
        soft([(206, 468, 14), (594, 468, 14), (594, 660, 92), (206, 660, 92)]),
        c.lin((0, tone(p, 0.1)), (0.5, p), (1, tone(p, -0.14)), to="across"),
    )
    c.rect(206, 466, 388, 5, "#000", light=True, opacity=0.16)
    c.circle(400, 530, 7, "#7fd08a")
    c.path(
        "M250 500C246 570 270 620 310 640",
        light=True,
        stroke="#fff",
        stroke_width=9,
        opacity=0.35,
        stroke_linecap="round",
    )


def speaker(c: Canvas, p: str) -> None:
    c.shadow(400, 664, 260, 28)
    mesh = c.pattern(
        12,
        12,
        f'<rect width="12" height="12" fill="{tone(p, -0.03)}"/><circle cx="3" cy="3" r="2.600" fill="{tone(p, -0.15)}"/><circle cx="9" cy="9" r="2.600" fill="{tone(p, -0.15)}"/>',
    )
    if c.rng.random() < 0.8:
        body = rounded(140, 330, 520, 330, 120)
        c.stroke("M250 340C250 270 550 270 550 340", tone(p, -0.2), 20)
        c.path(body, mesh)
        c.path(
            body,
            c.lin((0, "#fff", 0.32), (0.3, "#fff", 0.04), (0.7, "#000", 0.05), (1, "#000", 0.42)),
            light=True,
        )
        for x in (268, 532):
            c.circle(x, 495, 84, "#000", light=True, opacity=0.12)
            c.circle(x, 495, 66, "#000", light=True, opacity=0.08)
        c.path(body, stroke=tone(p, -0.18), stroke_width=11)
    else:
        body = "M260 250C260 180 540 180 540 250V610C540 684 260 684 260 610Z"
        c.path(body, mesh)
        c.path(
            body,
            c.lin((0, "#000", 0.30), (0.25, "#fff", 0.26), (0.55, "#000", 0), (1, "#000", 0.4), to="right"),
            light=True,
        )
        c.ellipse(400, 246, 140, 44, c.lin((0, tone(p, 0.14)), (1, tone(p, -0.06))))
        c.ellipse(400, 244, 92, 26, INK)
        c.stroke("M538 300C600 320 600 420 540 440", tone(p, -0.2), 15)
        c.path("M261 592C300 640 500 640 539 592V612C536 682 264 682 261 612Z", tone(p, -0.2))
    for i, word in enumerate(("M380 490v20M370 500h20", "M412 500h20")):
        c.path(word, stroke="#fff", stroke_width=4, stroke_linecap="round", opacity=0.85 - i * 0.1, light=True)


def microphone(c: Canvas, p: str) -> None:
    c.shadow(400, 684, 150, 22)
    c.ellipse(400, 674, 134, 24, c.lin((0, "#4a525b"), (1, "#1b1f24")))
    c.rect(389, 520, 22, 150, c.cyl("#59626c"), 6)
    c.stroke("M268 330V420C268 560 532 560 532 420V330", "#59626c", 15)
    c.rect(300, 120, 200, 370, c.cyl(p, 1.1), 98)
    mesh = c.pattern(
        13,
        13,
        f'<rect width="13" height="13" fill="{STEEL}"/><circle cx="3.500" cy="3.500" r="2.700" fill="#4a525b"/><circle cx="10" cy="10" r="2.700" fill="#4a525b"/>',
    )
    head = "M300 290V218C300 88 500 88 500 218V290Z"
    c.path(head, mesh)
    c.path(
        head,
        c.lin((0, "#000", 0.4), (0.3, "#fff", 0.36), (0.6, "#000", 0), (1, "#000", 0.45), to="right"),
        light=True,
    )
    c.rect(296, 284, 208, 20, c.cyl(STEEL), 5)
    c.circle(400, 404, 21, c.ball(INK))
    c.circle(400, 354, 6, "#e25a48")
    for s in (-1, 1):
        c.circle(400 + s * 132, 360, 18, c.ball("#444b54"))


def radio(c: Canvas, p: str) -> None:
    c.shadow(400, 664, 280, 26)
    c.stroke("M620 300L724 96", "#9aa3ab", 7)
    c.circle(724, 96, 9, "#c9ced3")
    c.stroke("M200 310C200 220 600 220 600 310", tone(p, -0.2), 22)
    c.path(rounded(124, 300, 552, 360, 46), c.lin((0, tone(p, 0.1)), (0.5, p), (1, tone(p, -0.14)), to="across"))
    grille = c.pattern(14, 14, f'<circle cx="7" cy="7" r="3.600" fill="{tone(p, -0.3)}"/>')
    c.circle(286, 480, 128, tone(p, -0.06))
    c.circle(286, 480, 122, grille)
    c.path(rounded(444, 350, 196, 96, 14), c.lin((0, "#f7edd2"), (1, "#e4d3a8")))
    for i in range(13):
        c.rect(462 + i * 13, 376, 2, 22 if i % 3 == 0 else 13, "#4a3c2c")
    c.text(542, 432, "FM  88  94  100  106", 15, "#4a3c2c", "League Spartan", font_weight=700)
    c.rect(552, 360, 4, 76, "#d8472f", 2)
    for x, r in ((492, 44), (602, 34)):
        c.circle(x, 550, r, c.lin((0, "#f0f2f4"), (1, "#7d858e"), to="across"))
        c.circle(x, 550, r * 0.74, c.ball("#c3c8cc"))
        c.rect(x - 2, 550 - r * 0.7, 4, r * 0.4, "#3a3f45", 2)
