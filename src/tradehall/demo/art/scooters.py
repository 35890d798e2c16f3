"""The scooter: a motorcycle with its own body."""

from tradehall.demo.art.canvas import Canvas, num, soft
from tradehall.demo.art.motorcycles import GROUND, Bike
from tradehall.demo.art.palette import tone


def scooter(c: Canvas, b: Bike) -> None:
    p, g = b.paint, GROUND
    r = 62.0
    fx, rx = 236.0, 556.0
    for x in (fx, rx):
        c.circle(x, g - r, r, "#1b1c1f")
        c.circle(x, g - r, r * 0.74, "none", stroke="#e6e2d6", stroke_width=6)
        c.circle(x, g - r, r * 0.6, c.lin((0, "#eceff1"), (0.5, "#a7aeb5"), (1, "#5b6168"), to="across"))
        c.circle(x, g - r, r * 0.24, c.ball(p))
    paint = c.lin((0, tone(p, 0.16)), (0.4, tone(p, 0.02)), (1, tone(p, -0.16)))
    c.path(
        soft(
            [
                (404, g - 78, 10),
                (420, g - 104, 14),
                (470, g - 120, 10),
                (470, g - 62, 10),
                (330, g - 52, 14),
                (318, g - 78, 10),
            ]
        ),
        c.lin((0, tone(p, -0.02)), (1, tone(p, -0.2))),
    )
    c.stroke(f"M330 {num(g - 66)}H440", "#1a1b1e", 7, light=True, opacity=0.6)
    c.path(
        f"M428 {num(g - 118)}C440 {num(g - 206)} 520 {num(g - 222)} 592 {num(g - 212)}C650 {num(g - 204)} 676 {num(g - 150)} 668 {num(g - 96)}C650 {num(g - 70)} 600 {num(g - 56)} 560 {num(g - 60)}C510 {num(g - 60)} 450 {num(g - 52)} 420 {num(g - 60)}Z",
        paint,
    )
    c.path(
        f"M486 {num(g - 170)}C540 {num(g - 200)} 640 {num(g - 176)} 640 {num(g - 122)}C600 {num(g - 84)} 510 {num(g - 84)} 486 {num(g - 104)}Z",
        c.lin((0, tone(p, 0.2)), (0.5, tone(p, 0.04)), (1, tone(p, -0.12))),
    )
    for i in range(4):
        c.stroke(f"M{520 + i * 22} {num(g - 122)}v26", "#000", 5, light=True, opacity=0.45)
    c.path(
        f"M{rx - r - 6} {num(g - r - 4)}a{r + 6} {r + 6} 0 0 1 {2 * r + 12} 0l-8 6a{r - 4} {r - 4} 0 0 0 -{2 * r - 4} 0Z",
        tone(p, -0.2),
    )
    leather = "#7a4b2d" if b.tan else "#222326"
    c.path(
        soft(
            [
                (444, g - 226, 14),
                (500, g - 236, 14),
                (600, g - 238, 20),
                (664, g - 228, 12),
                (650, g - 204, 12),
                (452, g - 206, 12),
            ]
        ),
        c.lin((0, tone(leather, 0.14)), (1, tone(leather, -0.08))),
    )
    c.stroke(f"M{fx} {num(g - r)}L296 {num(g - 300)}", "#c9ced3", 13)
    c.path(
        soft(
            [
                (258, g - 276, 20),
                (314, g - 292, 14),
                (352, g - 120, 30),
                (382, g - 74, 16),
                (348, g - 56, 14),
                (304, g - 76, 26),
                (286, g - 130, 40),
            ]
        ),
        paint,
    )
    c.stroke(
        f"M268 {num(g - 268)}C284 {num(g - 190)} 290 {num(g - 120)} 318 {num(g - 76)}",
        "#fff",
        4,
        light=True,
        opacity=0.35,
    )
    c.path(
        f"M{fx - 82} {num(g - 76)}C{fx - 76} {num(g - 150)} {fx + 30} {num(g - 168)} {fx + 70} {num(g - 96)}L{fx + 56} {num(g - 80)}C{fx + 34} {num(g - 120)} {fx - 40} {num(g - 120)} {fx - 60} {num(g - 66)}Z",
        paint,
    )
    c.path(soft([(262, g - 316, 16), (312, g - 330, 14), (326, g - 296, 10), (270, g - 282, 12)]), paint)
    c.ellipse(260, g - 302, 15, 23, c.lin((0, "#fffef6"), (1, "#aab6ba")), stroke="#c9ced3", stroke_width=4)
    c.stroke(f"M304 {num(g - 322)}C326 {num(g - 348)} 346 {num(g - 344)} 366 {num(g - 336)}", "#d4d9dd", 8)
    c.stroke(f"M342 {num(g - 346)}l34 12", "#1a1b1e", 13)
    c.rect(664, g - 176, 14, 26, c.lin((0, "#ef5247"), (1, "#8d1a18")), 6)
