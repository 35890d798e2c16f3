"""Covers of children's books: hills, a friend, large letters."""

from tradehall.demo.art.canvas import Canvas, soft
from tradehall.demo.art.covers_story import H, Palette, W, pick, ridge
from tradehall.demo.art.lettering import (
    QUICKSAND,
    block,
)
from tradehall.demo.art.palette import tone


def children(c: Canvas, title: str, author: str, p: Palette) -> None:
    ground, second, accent, ink = p
    c.rect(0, 0, W, H, c.lin((0, tone(ground, 0.03)), (1, tone(ground, 0.10))))
    for _ in range(4):
        x, y = c.rng.uniform(0, 420), c.rng.uniform(230, 330)
        for dx, dy, r in ((0, 0, 20), (22, -8, 26), (48, 0, 19)):
            c.circle(x + dx, y + dy, r, "#ffffff", opacity=0.75)
    c.circle(c.rng.choice((80, 360)), 270, 38, tone(accent, 0.12))
    c.path(ridge(c, 440, 26, 5), tone(second, 0.09))
    c.path(ridge(c, 500, 22, 4), second)
    for i in range(6):
        x = 20 + i * 80 + c.rng.uniform(-12, 12)
        c.circle(x, 470 - c.rng.uniform(0, 20), 20, tone(second, -0.07))
        c.rect(x - 2.5, 478, 5, 30, tone("#6f4a33", 0.05))
    (_bear, _fox, _balloon, _whale)[pick(c, 4)](c, accent)
    block(c, title, QUICKSAND, (38, 48, W - 76, 150), ink, most=58)
    block(c, author, QUICKSAND, (50, 586, W - 100, 28), "#ffffff", most=21)


def _face(c: Canvas, x: float, y: float, gap: float) -> None:
    for s in (-1, 1):
        c.circle(x + s * gap, y, 4.5, "#2a211c")
        c.circle(x + s * gap * 1.7, y + 13, 7, "#ef9a8d", opacity=0.6)
    c.path(f"M{x - 8} {y + 18}q8 8 16 0", stroke="#2a211c", stroke_width=3, stroke_linecap="round")


def _bear(c: Canvas, accent: str) -> None:
    fur = "#8a5a3b"
    c.path("M150 560C140 470 180 440 220 440S300 470 290 560Z", fur)
    c.path("M180 560C176 500 200 480 220 480S264 500 260 560Z", tone(fur, 0.12))
    for s in (-1, 1):
        c.circle(220 + s * 46, 358, 20, fur)
        c.circle(220 + s * 46, 358, 11, tone(fur, 0.14))
    c.circle(220, 400, 62, fur)
    c.ellipse(220, 420, 27, 21, tone(fur, 0.2))
    c.ellipse(220, 410, 9, 6.5, "#2a211c")
    _face(c, 220, 392, 25)
    c.path("M166 452q54 26 108 0l4 18q-58 26 -116 0Z", accent)


def _fox(c: Canvas, accent: str) -> None:
    fur = "#d9722f"
    c.path("M286 560C380 560 390 470 340 440C350 500 310 520 270 520Z", fur)
    c.path("M340 440C330 450 334 474 344 490C362 474 358 452 340 440Z", "#fff6ea")
    c.path("M160 560C156 480 190 450 220 450S288 480 284 560Z", fur)
    c.path("M190 560C190 510 206 490 220 490S252 510 252 560Z", "#fff6ea")
    c.path("M150 330L196 362H244L290 330C300 400 270 450 220 462C170 450 140 400 150 330Z", fur)
    c.path(
        "M154 392C176 398 204 410 220 458C236 410 264 398 286 392C276 430 252 456 220 464C188 456 164 430 154 392Z",
        "#fff6ea",
    )
    c.circle(220, 456, 8, "#2a211c")
    for s in (-1, 1):
        c.circle(220 + s * 28, 396, 5, "#2a211c")
    c.path("M172 470q48 22 96 0l2 16q-50 22 -100 0Z", accent)


def _balloon(c: Canvas, accent: str) -> None:
    c.path(
        "M220 236C150 236 126 296 140 340C152 380 196 408 204 432H236C244 408 288 380 300 340C314 296 290 236 220 236Z",
        accent,
    )
    c.path(
        "M220 236C190 240 176 296 184 340C190 380 208 410 212 432H228C232 410 250 380 256 340C264 296 250 240 220 236Z",
        "#fff3df",
    )
    c.path("M204 432l4 26M236 432l-4 26", stroke="#6f4a33", stroke_width=2.5)
    c.path(soft([(200, 458, 4), (240, 458, 4), (235, 492, 9), (205, 492, 9)]), "#b98248")


def _whale(c: Canvas, accent: str) -> None:
    blue = "#3f7fa8"
    c.path(
        "M90 470C90 390 170 366 240 380C300 392 320 430 350 420C338 400 340 380 352 366C362 384 372 390 396 388C398 420 380 450 350 462C340 520 280 540 200 540C130 540 90 520 90 470Z",
        blue,
    )
    c.path("M92 486C140 510 240 516 318 496C296 530 250 540 200 540C130 540 98 520 92 486Z", "#eaf3f5")
    c.circle(140, 456, 6, "#1c2a33")
    c.path("M116 478q14 12 30 4", stroke="#1c2a33", stroke_width=3, stroke_linecap="round")
    c.path("M190 372q-4 -40 -30 -46M196 372q4 -44 32 -48", stroke=accent, stroke_width=6, stroke_linecap="round")
