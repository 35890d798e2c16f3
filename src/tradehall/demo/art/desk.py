"""Tools and furniture of a desk, in the same black and white."""

from math import cos, pi, sin
from typing import Final

from tradehall.demo.art.canvas import Canvas, num, rounded, soft
from tradehall.demo.art.palette import ink_on, lightness, tone
from tradehall.demo.art.paper import INK, RED, STEEL, sheet
from tradehall.demo.art.writing import Drawing


def ruler(c: Canvas, p: str) -> None:
    with c.group(transform="rotate(-32 400 400)"):
        d = rounded(20, 340, 760, 112, 8)
        c.cast(d, 10, 16, 12, "#1b1c20", 0.28)
        c.path(d, c.lin((0, tone(p, 0.08)), (0.45, p), (0.5, tone(p, 0.05)), (1, tone(p, -0.07))))
        q = ink_on(p)
        for i in range(101):
            c.rect(50 + i * 7, 340, 1.500, 32 if i % 10 == 0 else 24 if i % 5 == 0 else 15, q)
        for i in range(11):
            c.text(50 + i * 70, 398, str(i), 19, q, "Inter", font_weight=500)
        c.circle(744, 420, 11, "#fff")
        c.rect(50, 424, 70, 6, RED, 2)


def scissors(c: Canvas, p: str) -> None:
    with c.group(transform="rotate(28 400 400)"):
        for s in (-1, 1):
            with c.group(transform=f"rotate({s * 13} 400 440)"):
                blade = (
                    f"M{400 - s * 20} 450L{400 - s * 8} 60C{400 + s * 20} 140 {400 + s * 30} 300 {400 + s * 28} 460Z"
                )
                c.cast(blade, 8, 10, 8, "#1b1c20", 0.25)
                c.path(
                    blade,
                    c.lin((0, "#f5f6f7"), (0.5, "#b3b8bd"), (0.55, "#dcdfe2"), (1, "#8b9196"), to="right"),
                )
                x = 400 - s * 56
                loop = f"M{x} 560C{x + 62} 560 {x + 62} 736 {x} 736C{x - 62} 736 {x - 62} 560 {x} 560Z"
                ring = f"M{400 + s * 4} 446C{400 - s * 2} 490 {400 - s * 8} 520 {x + s * 14} 566{loop}"
                if not c.plan:
                    c.path(
                        ring,
                        stroke="#1b1c20",
                        stroke_width=34,
                        opacity=0.22,
                        filter=c.blur(8),
                        transform="translate(8 10)",
                    )
                c.stroke(ring, tone(p, -0.05), 36)
                c.stroke(ring, tone(p, 0.1), 8, light=True, transform="translate(-5 -4)", opacity=0.7)
        c.circle(400, 440, 20, c.ball(STEEL))
        c.circle(400, 440, 8, RED)


def stapler(c: Canvas, p: str) -> None:
    c.shadow(400, 590, 290, 22, ink="#1b1c20")
    c.path(soft([(120, 548, 14), (690, 548, 16), (694, 590, 10), (116, 590, 10)]), c.tube(tone(p, -0.05)))
    c.path(soft([(150, 470, 8), (640, 492, 6), (640, 516, 4), (150, 520, 6)]), c.tube(STEEL))
    c.path(
        "M130 520C110 400 180 366 280 366L560 420C640 440 676 470 672 506L640 500L190 500C170 500 150 506 130 520Z",
        c.lin((0, tone(p, 0.16)), (0.4, tone(p, 0.02)), (1, tone(p, -0.12))),
    )
    c.path(
        "M176 404C220 380 280 384 330 394",
        light=True,
        stroke="#fff",
        stroke_width=8,
        opacity=0.4,
        stroke_linecap="round",
    )
    c.path(soft([(120, 470, 12), (196, 470, 12), (196, 560, 6), (120, 560, 6)]), c.cyl(tone(p, -0.07)))
    c.circle(158, 514, 11, c.ball(STEEL))
    c.rect(596, 542, 54, 9, STEEL, 3)
    c.rect(560, 448, 40, 8, RED, 4, transform="rotate(12 580 452)")


def hole_punch(c: Canvas, p: str) -> None:
    c.shadow(400, 640, 230, 22, ink="#1b1c20")
    c.path(soft([(180, 560, 16), (620, 560, 16), (630, 640, 12), (170, 640, 12)]), c.tube(tone(p, -0.06)))
    for x in (270, 530):
        c.rect(x - 20, 490, 40, 80, c.cyl(STEEL), 5)
    c.path(
        "M190 520C180 400 220 330 400 330S620 400 610 520C560 540 240 540 190 520Z",
        c.lin((0, tone(p, 0.15)), (0.4, tone(p, 0.02)), (1, tone(p, -0.12))),
    )
    c.path(
        "M240 400C280 360 340 350 400 350",
        light=True,
        stroke="#fff",
        stroke_width=10,
        opacity=0.4,
        stroke_linecap="round",
    )
    c.rect(384, 590, 32, 6, RED, 3)


def tape(c: Canvas, p: str) -> None:
    strip = "M410 566L740 560l-6 18l8 16l-8 18l6 16L380 640Z"
    c.cast(strip, 5, 7, 6, "#1b1c20", 0.2)
    c.path(strip, tone(p, 0.03))
    if not c.plan:
        c.circle(408, 440, 163, "none", stroke="#1b1c20", stroke_width=86, opacity=0.24, filter=c.blur(14))
    ring = "M190 420a206 206 0 1 0 412 0a206 206 0 1 0 -412 0ZM276 420a120 120 0 1 1 240 0a120 120 0 1 1 -240 0Z"
    c.path(ring, c.lin((0, tone(p, 0.08)), (0.5, p), (1, tone(p, -0.08)), to="across"), fill_rule="evenodd")
    for r in (190, 172, 155):
        c.circle(396, 420, r, "none", light=True, stroke="#000", stroke_width=1.5, opacity=0.12)
    c.circle(396, 420, 127, "none", stroke="#c9b08a", stroke_width=14)
    c.circle(396, 420, 121, "none", light=True, stroke="#000", stroke_width=2, opacity=0.2)
    c.circle(396, 250, 7, RED)


def clip(c: Canvas, p: str) -> None:
    for x, y, turn, q in (
        (250, 300, -24, p),
        (500, 260, 18, p),
        (380, 500, 64, RED),
        (590, 520, -40, p),
        (200, 560, 30, p),
    ):
        d = f"M{x + 30} {y - 60}V{y + 80}C{x + 30} {y + 124} {x - 34} {y + 124} {x - 34} {y + 80}V{y - 84}C{x - 34} {y - 116} {x + 12} {y - 116} {x + 12} {y - 84}V{y + 70}C{x + 12} {y + 92} {x - 16} {y + 92} {x - 16} {y + 70}V{y - 50}"
        with c.group(transform=f"rotate({turn} {x} {y}) translate({x} {y}) scale(1.25) translate({-x} {-y})"):
            if not c.plan:
                c.path(
                    d,
                    stroke="#1b1c20",
                    stroke_width=9,
                    opacity=0.28,
                    filter=c.blur(4),
                    transform="translate(6 8)",
                    stroke_linecap="round",
                )
            c.stroke(d, tone(q, -0.08), 9)
            c.stroke(d, tone(q, 0.2), 3, light=True, transform="translate(-1.500 -1.500)", opacity=0.8)


def desk_lamp(c: Canvas, p: str) -> None:
    c.shadow(300, 690, 150, 18, ink="#1b1c20")
    if not c.plan:
        c.path("M430 330L340 680H720L610 300Z", "#ffe9b0", opacity=0.4, filter=c.blur(26))
    c.path(soft([(190, 662, 16), (410, 662, 16), (424, 692, 10), (176, 692, 10)]), c.tube(p))
    c.stroke("M300 664L214 420", tone(p, -0.02), 15)
    c.stroke("M214 420L470 220", tone(p, 0.03), 15)
    for x, y in ((214, 420), (300, 656)):
        c.circle(x, y, 19, c.ball(STEEL))
    c.circle(214, 420, 8, RED)
    with c.group(transform="rotate(28 500 230)"):
        c.path(
            "M462 180H540C580 200 610 270 616 330H386C392 270 422 200 462 180Z",
            c.lin((0, tone(p, -0.02)), (0.3, tone(p, 0.13)), (0.6, p), (1, tone(p, -0.12)), to="right"),
        )
        c.ellipse(501, 330, 115, 19, "#fff3cf")
        c.rect(470, 156, 62, 30, c.cyl(tone(p, -0.05)), 9)


def tray(c: Canvas, p: str) -> None:
    with c.group(transform="rotate(-4 400 400)"):
        d = rounded(130, 220, 540, 370, 34)
        c.cast(d, 10, 18, 15, "#1b1c20", 0.28)
        c.path(d, c.lin((0, tone(p, 0.06)), (1, tone(p, -0.06)), to="across"))
        c.path(
            rounded(150, 240, 500, 330, 22),
            c.lin((0, tone(p, -0.12)), (0.2, tone(p, -0.05)), (1, tone(p, 0.02)), to="across"),
        )
        c.stroke("M400 246V566", tone(p, 0.03), 9)
        c.stroke("M404 420H648", tone(p, 0.03), 9)
        c.rect(190, 290, 20, 230, c.cyl(INK), 9)
        c.rect(238, 280, 20, 250, c.cyl(tone(p, 0.1) if lightness(p) < 0.7 else STEEL), 9)
        c.rect(284, 300, 20, 210, c.cyl(RED), 9)
        sheet(c, 440, 276, 170, 110, "#fbfbf9", 3, 0.4)
        for i in range(4):
            c.circle(460 + i * 44, 500, 14, "none", stroke="#8d9196", stroke_width=4)


def organizer(c: Canvas, p: str) -> None:
    c.shadow(400, 670, 230, 24, ink="#1b1c20")
    for x, h, q in (
        (270, 300, INK),
        (310, 330, "#d9b382"),
        (352, 290, RED),
        (520, 260, STEEL),
        (560, 290, INK),
    ):
        c.rect(x, 430 - h * 0.6, 22, h, c.cyl(q), 6)
    c.path(soft([(200, 380, 14), (420, 380, 14), (420, 670, 16), (200, 670, 16)]), c.cyl(p))
    c.path(soft([(430, 450, 14), (600, 450, 14), (600, 670, 16), (430, 670, 16)]), c.cyl(tone(p, -0.03)))


def stamp(c: Canvas, p: str) -> None:
    c.rect(470, 572, 196, 84, "none", 8, stroke=RED, stroke_width=5, transform="rotate(-12 566 620)")
    c.text(566, 640, "PAID", 60, RED, "Inter", font_weight=700, transform="rotate(-12 566 620)", letter_spacing=4)
    c.shadow(300, 640, 150, 20, ink="#1b1c20")
    wood = p if lightness(p) < 0.9 else "#d9b382"
    c.path(
        "M300 210C350 210 366 260 350 310C338 350 330 380 340 470H260C270 380 262 350 250 310C234 260 250 210 300 210Z",
        c.cyl(wood),
    )
    c.path(soft([(200, 462, 16), (400, 462, 16), (410, 590, 8), (190, 590, 8)]), c.cyl(wood))
    c.rect(188, 586, 224, 26, c.cyl("#8d9196"), 3)
    c.rect(194, 610, 212, 26, c.cyl(INK), 3)


def cutter(c: Canvas, p: str) -> None:
    with c.group(transform="rotate(-36 400 400)"):
        blade = soft([(560, 372, 2), (730, 372, 2), (770, 432, 2), (560, 432, 2)])
        c.cast(blade, 7, 10, 7, "#1b1c20", 0.22)
        c.path(blade, c.lin((0, "#f2f4f5"), (0.6, "#b9bec2"), (1, "#7d848a")))
        for i in range(5):
            c.path(f"M{600 + i * 32} 372l18 60", light=True, stroke="#6d7378", stroke_width=2)
        d = soft([(60, 350, 26), (560, 350, 8), (600, 366, 8), (600, 438, 8), (560, 456, 8), (60, 456, 26)])
        c.cast(d, 10, 16, 11, "#1b1c20", 0.28)
        c.path(d, c.tube(p))
        c.rect(200, 390, 340, 24, "#0f1012", 8)
        c.rect(380, 372, 80, 58, c.tube(RED), 10)
        for i in range(4):
            c.rect(396 + i * 14, 382, 5, 38, "#000", 2, light=True, opacity=0.25)


def pen_case(c: Canvas, p: str) -> None:
    with c.group(transform="rotate(-16 400 400)"):
        d = rounded(90, 290, 620, 220, 100)
        c.cast(d, 11, 18, 14, "#1b1c20", 0.28)
        c.path(d, c.tube(p))
        c.stroke("M150 392H650", tone(p, -0.25) if lightness(p) > 0.4 else "#55585e", 9)
        c.path("M150 392H650", light=True, stroke="#c9ccd0", stroke_width=4, stroke_dasharray="4 4")
        c.rect(570, 378, 74, 28, RED, 10)
        c.path(
            rounded(104, 304, 592, 192, 88),
            light=True,
            stroke=tone(p, 0.16),
            stroke_width=1.6,
            stroke_dasharray="8 6",
        )


def clock(c: Canvas, p: str) -> None:
    c.cast("M176 400a224 224 0 1 0 448 0a224 224 0 1 0 -448 0Z", 14, 22, 17, "#1b1c20", 0.28)
    c.circle(400, 400, 226, c.lin((0, tone(p, 0.12)), (0.5, p), (1, tone(p, -0.1)), to="across"))
    c.circle(400, 400, 202, c.lin((0, "#ececea"), (0.3, "#fdfdfc"), (1, "#ffffff"), to="across"))
    for i in range(60):
        r = 176 if i % 5 else 166
        a = i * pi / 30
        c.path(
            f"M{num(400 + sin(a) * r)} {num(400 - cos(a) * r)}L{num(400 + sin(a) * 186)} {num(400 - cos(a) * 186)}",
            stroke=INK,
            stroke_width=2 if i % 5 else 6,
        )
    for turn, long, w, ink in ((302, 104, 13, INK), (52, 158, 9, INK), (190, 166, 3.500, RED)):
        c.rect(400 - w / 2, 400 - long, w, long + 28, ink, w / 2, transform=f"rotate({turn} 400 400)")
    c.circle(400, 400, 11, RED)


KINDS: Final[dict[str, Drawing]] = {
    "ruler": ruler, "scissors": scissors, "stapler": stapler, "hole-punch": hole_punch, "tape": tape, "clip": clip,
    "desk-lamp": desk_lamp, "tray": tray, "organizer": organizer, "stamp": stamp, "cutter": cutter, "pen-case": pen_case,
    "clock": clock,
}  # fmt: skip
