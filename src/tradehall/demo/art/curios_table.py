"""The larger curiosities: globe, hourglass, bookend, music box, telescope, chess."""

from typing import Final

from tradehall.demo.art.canvas import Canvas, curve, num, soft
from tradehall.demo.art.palette import lightness, mix, tone

BRASS: Final = "#c49a48"
WOOD: Final = "#7a4c2b"
BASE: Final = 690.0


def globe(c: Canvas, p: str) -> None:
    c.shadow(400, BASE, 170, 22, ink="#3a210f")
    c.path(soft([(270, 656, 14), (530, 656, 14), (556, 690, 8), (244, 690, 8)]), c.cyl(WOOD))
    c.path("M392 586C394 620 366 646 336 660H464C434 646 426 620 428 586Z", c.cyl(WOOD))
    c.path("M334 116A246 246 0 0 0 486 584", stroke=tone(BRASS, -0.16), stroke_width=19, stroke_linecap="round")
    c.path(
        "M334 116A246 246 0 0 0 486 584",
        light=True,
        stroke=tone(BRASS, 0.1),
        stroke_width=8,
        stroke_linecap="round",
    )
    x, y, r = 410.0, 350.0, 206.0
    sea = mix(p, "#3f6f86", 0.7)
    c.circle(x, y, r, c.ball(sea, 1.1))
    with c.group(
        clip_path=c.clip(f"M{x - r} {y}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 -{2 * r} 0Z"),
        transform=f"rotate(-18 {x} {y})",
    ):
        for i in range(-2, 3):
            c.ellipse(x, y, abs(i) * 90 + 4, r, "none", light=True, stroke="#fff", stroke_width=1.4, opacity=0.25)
            h = (r * r - (i * 70) ** 2) ** 0.5
            c.path(
                f"M{num(x - h)} {y + i * 70}H{num(x + h)}",
                light=True,
                stroke="#fff",
                stroke_width=1.4,
                opacity=0.25,
            )
        land = c.lin((0, "#e9d39c"), (1, "#b9945a"))
        for d in (
            [
                (300, 200),
                (360, 180),
                (420, 196),
                (452, 230),
                (420, 270),
                (440, 300),
                (400, 330),
                (360, 310),
                (340, 270),
                (290, 250),
            ],
            [(400, 350), (450, 340), (490, 380), (480, 440), (440, 500), (416, 540), (400, 480), (380, 400)],
            [(520, 220), (580, 210), (620, 280), (600, 340), (540, 320), (500, 280)],
            [(240, 400), (280, 390), (300, 440), (260, 470)],
        ):
            c.path(curve([(float(a), float(b)) for a, b in d], close=True), land)
    c.circle(
        x,
        y,
        r,
        c.rad((0, "#fff", 0.45), (0.4, "#fff", 0), (0.8, "#1a0f05", 0.25), (1, "#1a0f05", 0.5)),
        light=True,
    )
    for gx, gy in ((338, 128), (482, 572)):
        c.circle(gx, gy, 15, c.ball(BRASS))


def hourglass(c: Canvas, p: str) -> None:
    c.shadow(400, BASE, 150, 20, ink="#3a210f")
    wood = p
    glass = c.lin((0, "#ffffff", 0.62), (0.3, "#ffffff", 0.25), (0.7, "#cfdcd8", 0.3), (1, "#9fb0aa", 0.55), to="right")
    for x in (276, 524):
        c.rect(x - 13, 190, 26, 456, c.cyl(tone(wood, -0.05)), 10)
        for y in (230, 418, 600):
            c.ellipse(x, y, 19, 13, c.ball(wood))
    bulb = "M310 206H490C490 300 480 350 418 404Q410 418 418 432C480 486 490 540 490 634H310C310 540 320 486 382 432Q390 418 382 404C320 350 310 300 310 206Z"
    c.path(
        "M326 300H474C466 340 440 372 408 404V432H392V404C360 372 334 340 326 300Z",
        c.lin((0, "#e9c98a"), (1, "#c2955a")),
    )
    c.path("M318 634C322 580 360 540 400 520C440 540 478 580 482 634Z", c.lin((0, "#ecd09a"), (1, "#c2955a")))
    c.rect(398, 420, 4, 110, "#d9b070")
    c.path(bulb, glass, stroke="#fff", stroke_opacity=0.7, stroke_width=3)
    c.path(
        "M330 224C332 290 346 330 380 364",
        light=True,
        stroke="#fff",
        stroke_width=9,
        opacity=0.8,
        stroke_linecap="round",
    )
    c.path(
        "M330 616C332 560 346 520 372 492",
        light=True,
        stroke="#fff",
        stroke_width=7,
        opacity=0.6,
        stroke_linecap="round",
    )
    for y in (166, 640):
        c.path(soft([(236, y, 12), (564, y, 12), (572, y + 48, 10), (228, y + 48, 10)]), c.cyl(wood))
        c.rect(236, y + 8, 328, 4, tone(BRASS, 0.05), light=True, opacity=0.7)


def bookend(c: Canvas, p: str) -> None:
    c.shadow(390, BASE, 280, 22, ink="#3a210f")
    x = 150.0
    for i in range(5):
        w, h = (52, 44, 62, 40, 50)[i], (420, 380, 440, 360, 404)[i] - c.rng.uniform(0, 20)
        q = ("#7a2230", "#26473c", "#c9924f", "#22365a", "#e0d2b4")[(i + c.rng.randrange(2)) % 5]
        c.rect(x, BASE - h, w, h, c.cyl(q, 0.9), 4)
        for y in (30, h - 50):
            c.rect(x, BASE - h + y, w, 3, "#e2bf7a")
        c.rect(
            x + w * 0.3,
            BASE - h + 70,
            w * 0.4,
            90,
            tone(q, 0.12 if lightness(q) < 0.6 else -0.2),
            2,
            opacity=0.6,
        )
        x += w + 2
    q = p
    c.path(
        soft(
            [
                (x + 4, 340, 8),
                (x + 26, 340, 8),
                (x + 26, 650, 4),
                (x + 238, 650, 8),
                (x + 238, 690, 6),
                (x + 4, 690, 6),
            ]
        ),
        c.slab(tone(q, -0.04)),
    )
    bx = x + 130
    c.path(
        f"M{num(bx - 74)} 650C{num(bx - 96)} 560 {num(bx - 50)} 520 {num(bx - 46)} 470C{num(bx - 60)} 420 {num(bx - 40)} 376 {num(bx)} 372C{num(bx + 46)} 370 {num(bx + 66)} 420 {num(bx + 52)} 466C{num(bx + 70)} 530 {num(bx + 86)} 580 {num(bx + 76)} 650Z",
        c.lin((0, tone(q, 0.13)), (0.5, q), (1, tone(q, -0.15)), to="across"),
    )
    for s in (-1, 1):
        c.path(f"M{num(bx + s * 40)} 396L{num(bx + s * 52)} 346L{num(bx + s * 12)} 376Z", tone(q, -0.03))
        c.circle(bx + s * 22, 420, 21, "#f3e6c8")
        c.circle(bx + s * 22, 420, 11, "#2a1c10")
        c.path(
            f"M{num(bx + s * 60)} 500C{num(bx + s * 90)} 560 {num(bx + s * 84)} 610 {num(bx + s * 62)} 636C{num(bx + s * 44)} 590 {num(bx + s * 46)} 540 {num(bx + s * 60)} 500Z",
            tone(q, -0.07),
        )
    c.path(f"M{num(bx - 8)} 434h16l-8 20Z", BRASS)
    for i in range(3):
        for j in range(3):
            c.path(
                f"M{num(bx - 30 + j * 22)} {500 + i * 40}q8 14 16 0",
                light=True,
                stroke=tone(q, 0.22),
                stroke_width=4,
                stroke_linecap="round",
            )


def music_box(c: Canvas, p: str) -> None:
    c.shadow(400, BASE, 230, 24, ink="#3a210f")
    c.path(
        soft([(190, 190, 8), (610, 190, 8), (600, 450, 4), (200, 450, 4)]),
        c.lin((0, tone(p, -0.03)), (1, tone(p, -0.14))),
    )
    c.path(
        soft([(212, 210, 6), (588, 210, 6), (580, 450, 2), (220, 450, 2)]),
        c.lin((0, "#c9a9a0"), (0.5, "#e8cfc4"), (1, "#b28c82"), to="across"),
    )
    c.path("M400 420C380 380 380 330 400 300C420 330 420 380 400 420Z", "#f7efe2")
    c.circle(400, 282, 15, "#f1d3b8")
    c.path("M400 410C340 420 340 440 330 450H470C460 440 460 420 400 410Z", "#f6d9d2")
    c.path(
        "M392 322C360 300 372 262 396 250M408 322C440 300 428 262 404 250",
        stroke="#f1d3b8",
        stroke_width=7,
        stroke_linecap="round",
    )
    c.path(
        soft([(180, 440, 8), (620, 440, 8), (620, 690, 10), (180, 690, 10)]),
        c.lin((0, tone(p, 0.1)), (0.4, p), (1, tone(p, -0.13)), to="across"),
    )
    for i in range(4):
        c.path(
            f"M190 {490 + i * 54}C320 {476 + i * 54} 480 {508 + i * 54} 610 {488 + i * 54}",
            light=True,
            stroke="#000",
            stroke_width=2,
            opacity=0.12,
        )
    c.rect(202, 462, 396, 206, "none", 6, stroke=BRASS, stroke_width=4)
    c.path("M400 510C420 540 460 545 460 565S420 590 400 620C380 590 340 585 340 565S380 540 400 510Z", BRASS)
    c.stroke("M620 570H680V540", tone(BRASS, -0.05), 13)
    c.circle(680, 534, 18, c.ball("#f3e6c8"))
    for x in (196, 604):
        c.circle(x, 446, 10, c.ball(BRASS))


def telescope(c: Canvas, p: str) -> None:
    c.shadow(400, BASE, 210, 20, ink="#3a210f")
    for x1, x2 in ((400, 240), (400, 566), (404, 410)):
        c.stroke(f"M{x1} 430L{x2} 684", tone(WOOD, -0.03 if x2 != 410 else -0.12), 19)
    c.circle(400, 430, 32, c.ball(BRASS))
    with c.group(transform="rotate(-24 400 380)"):
        for x, w, h, q in (
            (96, 150, 64, BRASS),
            (220, 190, 88, p),
            (396, 220, 112, p),
            (596, 108, 138, BRASS),
        ):
            c.rect(x, 380 - h / 2, w, h, c.tube(q, 1.15), 8)
        for x, h in ((236, 94), (392, 118), (588, 130)):
            c.rect(x, 380 - h / 2, 17, h, c.tube(tone(BRASS, 0.05)), 4)
        c.rect(80, 360, 26, 40, c.tube("#2a1c10"), 6)
        c.ellipse(704, 380, 12, 66, c.lin((0, "#cfe3ea"), (1, "#3f6478")))


def chess(c: Canvas, p: str) -> None:
    for i in range(8):
        q = "#e6cfa2" if i % 2 else "#6d4526"
        c.path(
            f"M{60 + i * 85} 640H{145 + i * 85}L{145 + i * 85 + (i - 3.5) * 12} 700H{60 + i * 85 + (i - 4.5) * 12}Z",
            q,
        )
    c.rect(20, 700, 760, 30, c.tube(WOOD), 4)

    def foot(x: float, q: str, k: float) -> None:
        c.shadow(x, 668, 84 * k, 14, ink="#3a210f")
        c.path(
            soft([(x - 70 * k, 630, 10), (x + 70 * k, 630, 10), (x + 84 * k, 672, 12), (x - 84 * k, 672, 12)]),
            c.cyl(q),
        )

    light = "#ead7ae"
    foot(250, light, 0.9)
    c.path("M226 632C240 560 236 500 226 460H274C264 500 260 560 274 632Z", c.cyl(light))
    c.ellipse(250, 458, 48, 13, c.cyl(light))
    c.circle(250, 410, 46, c.ball(light))
    foot(460, p, 1.15)
    c.path(
        "M396 632C400 560 380 500 392 430C396 360 360 350 356 400C340 420 316 400 326 372C340 320 370 260 420 226L428 190L462 222C540 240 566 330 546 420C536 490 510 560 528 632Z",
        c.lin((0, tone(p, 0.15)), (0.5, p), (1, tone(p, -0.16)), to="across"),
    )
    c.circle(414, 290, 10, "#1d120a")
    c.path(
        "M452 214C560 236 592 340 560 424C546 490 530 540 540 606C500 540 506 470 514 410C524 340 500 268 444 240Z",
        c.lin((0, tone(p, -0.1)), (1, tone(p, -0.24))),
    )
    c.path("M340 384q14 12 26 0", stroke="#1d120a", stroke_width=5, stroke_linecap="round")
    foot(624, tone(p, -0.04), 0.75)
    c.path("M604 632C614 580 612 540 604 510H644C636 540 634 580 644 632Z", c.cyl(tone(p, -0.04)))
    c.circle(624, 480, 38, c.ball(tone(p, -0.04)))
