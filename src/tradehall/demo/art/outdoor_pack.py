"""What goes on the back and in the pocket."""

from tradehall.demo.art.canvas import Canvas, curve, rounded, soft
from tradehall.demo.art.palette import mix, tone

STEEL = "#b4bcc3"
DARK = "#2a3038"


def backpack(c: Canvas, p: str) -> None:
    c.shadow(402, 690, 190, 24)
    c.stroke("M350 150C350 96 450 96 450 150", tone(p, -0.2), 15)
    for s in (-1, 1):
        x = 400 + s * 196
        c.path(
            soft([(x - 30, 430, 24), (x + 30, 430, 24), (x + 28, 640, 30), (x - 28, 640, 30)]),
            c.cyl(tone(p, -0.07)),
        )
        c.rect(x - 22, 412, 44, 22, DARK, 8)
    c.path(
        "M236 250C236 160 300 132 400 132S564 160 564 250L580 640C580 676 560 690 530 690H270C240 690 220 676 220 640Z",
        c.lin((0, tone(p, -0.06)), (0.2, tone(p, 0.06)), (0.55, p), (1, tone(p, -0.14)), to="right"),
    )
    c.path(
        "M226 286C226 190 300 160 400 160S574 190 574 286V326C520 352 280 352 226 326Z",
        c.lin((0, tone(p, 0.12)), (1, tone(p, -0.04))),
    )
    c.path(
        "M228 300Q400 346 572 300",
        light=True,
        stroke="#fff",
        stroke_width=3,
        stroke_dasharray="7 5",
        opacity=0.35,
    )
    pocket = rounded(268, 440, 264, 206, 36)
    c.path(pocket, "#000", light=True, opacity=0.2, filter=c.blur(7), transform="translate(3 6)")
    c.path(pocket, c.lin((0, tone(p, 0.10)), (1, tone(p, -0.05)), to="across"))
    c.stroke("M286 486Q400 470 514 486", DARK, 7)
    c.rect(506, 482, 14, 34, "#e9a43c", 6)
    for x in (320, 480):
        c.rect(x - 11, 300, 22, 150, tone(p, -0.2), 4)
        c.rect(x - 19, 384, 38, 30, DARK, 6)
        c.rect(x - 12, 392, 24, 14, "#59626c", 3)
    c.rect(368, 568, 64, 38, mix(p, "#f3ead8", 0.8), 5)
    c.path("M382 594l12 -16l9 10l6 -7l10 13Z", p)


def bottle(c: Canvas, p: str) -> None:
    c.shadow(400, 690, 122, 20)
    c.path(
        soft([(326, 290, 60), (360, 232, 20), (440, 232, 20), (474, 290, 60), (478, 690, 30), (322, 690, 30)]),
        c.cyl(p, 1.15),
    )
    c.rect(352, 196, 96, 44, c.cyl(STEEL), 6)
    c.path(soft([(346, 128, 18), (454, 128, 18), (458, 202, 8), (342, 202, 8)]), c.cyl(DARK))
    c.stroke("M366 132C366 84 434 84 434 132", DARK, 15)
    for i in range(7):
        c.rect(356 + i * 14, 142, 4, 48, "#000", 2, light=True, opacity=0.3)
    c.rect(348, 320, 14, 330, "#fff", 7, light=True, opacity=0.3)
    c.path("M374 520l26 -44l18 26l10 -14l22 32Z", mix(p, "#f7f1e4", 0.9))
    c.rect(324, 652, 152, 6, "#000", light=True, opacity=0.14)


def knife(c: Canvas, p: str) -> None:
    with c.group(transform="rotate(-28 400 400)"):
        blade = "M400 372L664 362C704 366 726 392 736 420C700 440 560 446 400 440Z"
        c.cast(blade, 8, 12, 8)
        c.path(blade, c.lin((0, "#e9edf0"), (0.5, "#aeb7be"), (0.56, "#d5dbe0"), (1, "#868f98")))
        c.path("M424 388H560", stroke="#6d757e", stroke_width=6, stroke_linecap="round")
        body = "M70 380C100 356 200 372 280 366C340 362 400 358 428 366C440 400 440 430 428 452C380 466 320 456 260 460C180 466 110 470 76 446C58 424 58 400 70 380Z"
        c.cast(body, 9, 14, 9)
        c.path(body, c.tube(p, 1.1))
        c.rect(396, 364, 34, 88, c.lin((0, "#e4e8eb"), (1, "#818a93")), 6)
        for x in (130, 240, 350):
            c.circle(x, 412, 10, c.ball("#c9a45a"))
        c.path(
            "M96 388C170 372 270 380 380 374",
            light=True,
            stroke="#fff",
            stroke_width=4,
            opacity=0.4,
            stroke_linecap="round",
        )


def dry_bag(c: Canvas, p: str) -> None:
    c.shadow(400, 690, 170, 24)
    c.path(
        "M262 330C240 440 240 590 256 660C262 684 280 690 300 690H500C520 690 538 684 544 660C560 590 560 440 538 330C530 290 540 250 536 220H264C260 250 270 290 262 330Z",
        c.cyl(p, 1.1),
    )
    for d in ("M290 240C300 290 280 320 284 350", "M500 240C494 290 520 310 512 360", "M400 244V320"):
        c.path(d, light=True, stroke="#000", stroke_width=5, opacity=0.15, stroke_linecap="round")
    c.path(soft([(248, 176, 18), (552, 176, 18), (556, 236, 14), (244, 236, 14)]), c.tube(tone(p, -0.08)))
    c.stroke("M252 200C230 110 330 96 396 112", DARK, 13)
    c.stroke("M548 200C570 110 470 96 404 112", DARK, 13)
    c.rect(370, 92, 60, 42, DARK, 10)
    c.rect(382, 102, 36, 20, "#59626c", 5)
    c.path("M352 520l38 -62l26 38l14 -20l34 44Z", mix(p, "#f7f1e4", 0.9))
    c.path(
        curve([(352, 552), (376, 544), (400, 552), (424, 544), (448, 552), (464, 546)]),
        stroke=mix(p, "#f7f1e4", 0.9),
        stroke_width=7,
        stroke_linecap="round",
    )
    c.rect(286, 280, 15, 360, "#fff", 7, light=True, opacity=0.22)
