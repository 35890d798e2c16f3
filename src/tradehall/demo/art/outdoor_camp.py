"""Things to camp with: shelter, sleep, fire, food and light."""

from tradehall.demo.art.canvas import Canvas, soft
from tradehall.demo.art.outdoor_pack import DARK, STEEL
from tradehall.demo.art.palette import mix, tone


def tent(c: Canvas, p: str) -> None:
    c.shadow(400, 622, 320, 34)
    dome = c.rng.random() < 0.46
    inner = mix(p, "#f5efe2", 0.75)
    if dome:
        c.path(
            "M92 620C120 420 260 268 400 262C540 268 680 420 708 620Z",
            c.lin((0, tone(p, 0.11)), (0.5, p), (1, tone(p, -0.12)), to="across"),
        )
        c.path(
            "M400 262C330 330 280 470 268 620H532C520 470 470 330 400 262Z",
            c.lin((0, tone(p, 0.03)), (1, tone(p, -0.08))),
        )
        c.path(
            "M400 330C352 400 330 500 322 620H478C470 500 448 400 400 330Z",
            c.lin((0, tone(inner, -0.3)), (1, tone(inner, -0.42))),
        )
        c.path(
            "M400 330C430 410 452 520 440 620H478C470 500 448 400 400 330Z",
            c.lin((0, inner), (1, tone(inner, -0.1)), to="right"),
        )
        for d in (
            "M92 620C150 430 300 260 400 262C500 260 650 430 708 620",
            "M268 620C280 470 330 330 400 262C470 330 520 470 532 620",
        ):
            c.path(d, stroke=tone(p, -0.22), stroke_width=5, stroke_linecap="round")
        c.path(
            "M140 560C200 410 300 300 388 280",
            light=True,
            stroke="#fff",
            stroke_width=7,
            opacity=0.32,
            stroke_linecap="round",
        )
        c.path("M150 500L40 624M650 500L760 624", stroke="#5d6670", stroke_width=3)
    else:
        c.path("M250 268L96 620H420Z", c.lin((0, tone(p, 0.08)), (1, tone(p, -0.02))))
        c.path(
            "M250 268L560 250L716 600L420 620Z",
            c.lin((0, tone(p, 0.02)), (0.5, tone(p, -0.07)), (1, tone(p, -0.16)), to="across"),
        )
        c.path("M250 292L180 620H336Z", c.lin((0, tone(inner, -0.34)), (1, tone(inner, -0.44))))
        c.path("M250 292L336 620H300C306 500 286 380 250 292Z", c.lin((0, inner), (1, tone(inner, -0.1))))
        c.path(
            "M250 292L180 620H206C214 500 230 380 250 292Z",
            c.lin((0, tone(inner, 0.02)), (1, tone(inner, -0.06))),
        )
        c.path("M250 268L560 250", stroke=tone(p, 0.18), stroke_width=5, stroke_linecap="round")
        c.path("M250 268L30 626M560 250L772 604", stroke="#5d6670", stroke_width=3)
        for x, y in ((356, 442), (486, 434), (612, 430)):
            c.path(f"M{x} {y}l14 170", light=True, stroke="#000", stroke_width=2, opacity=0.14)


def sleeping_bag(c: Canvas, p: str) -> None:
    c.shadow(400, 640, 300, 30)
    lining = mix(p, "#f0b46a", 0.7)
    c.path(
        "M120 560C100 430 150 360 260 350L640 380C700 390 716 470 712 540C708 610 690 640 620 640H240C170 644 128 620 120 560Z",
        c.lin((0, tone(p, 0.1)), (0.4, p), (1, tone(p, -0.18))),
    )
    for i in range(6):
        x = 300 + i * 66
        c.path(
            f"M{x} {356 + i * 5}C{x - 30} 440 {x - 30} 560 {x} 640",
            light=True,
            stroke="#000",
            stroke_width=5,
            opacity=0.2,
        )
        c.path(
            f"M{x + 9} {358 + i * 5}C{x - 20} 440 {x - 20} 560 {x + 9} 638",
            light=True,
            stroke="#fff",
            stroke_width=5,
            opacity=0.16,
        )
    c.path(
        "M120 560C90 420 150 346 250 350C310 354 318 440 300 520C286 600 240 644 190 634C146 626 128 600 120 560Z",
        c.lin((0, tone(p, 0.14)), (1, tone(p, -0.08))),
    )
    c.path(
        "M148 548C134 450 176 384 240 386C282 390 284 450 270 512C256 576 226 606 194 600C166 594 152 576 148 548Z",
        c.lin((0, tone(lining, -0.14)), (1, tone(lining, 0.04))),
    )
    c.path("M300 470C420 440 560 440 706 470", stroke="#1d2229", stroke_width=5, stroke_dasharray="5 3")
    c.rect(292, 462, 26, 14, "#e9c24a", 5)


def hammock(c: Canvas, p: str) -> None:
    for x, lean in ((96, -8), (704, 8)):
        c.path(
            soft([(x - 26, 120, 4), (x + 22, 120, 4), (x + 30 + lean, 680, 6), (x - 36 + lean, 680, 6)]),
            c.cyl("#8a6a4b"),
        )
        c.rect(x - 30, 262, 58, 22, "#2a3038", 5)
    c.shadow(400, 684, 330, 22, strength=0.7)
    c.path("M110 274L230 330M690 274L570 330", stroke="#3a424c", stroke_width=6)
    c.path(
        "M210 318C250 590 550 590 590 318C540 380 480 400 400 402S260 380 210 318Z",
        c.lin((0, tone(p, -0.14)), (1, tone(p, -0.04))),
    )
    c.path(
        "M206 320C230 420 300 470 400 472S570 420 594 320C600 520 520 590 400 592S200 520 206 320Z",
        c.lin((0, tone(p, 0.12)), (0.45, p), (1, tone(p, -0.16))),
    )
    for dx in (-110, -40, 40, 110):
        c.path(
            f"M{400 + dx * 1.4:.0f} 400C{400 + dx * 1.1:.0f} 470 {400 + dx:.0f} 540 {400 + dx * 0.7:.0f} 584",
            light=True,
            stroke="#fff",
            stroke_width=5,
            opacity=0.18,
        )


def mat(c: Canvas, p: str) -> None:
    c.shadow(400, 650, 310, 30)
    c.path(
        "M300 470H690C716 470 724 486 724 510V616C724 640 712 650 690 650H300Z",
        c.lin((0, tone(p, 0.08)), (1, tone(p, -0.14))),
    )
    for i in range(8):
        c.path(f"M{350 + i * 46} 472v176", light=True, stroke="#000", stroke_width=6, opacity=0.12)
        c.path(f"M{357 + i * 46} 472v176", light=True, stroke="#fff", stroke_width=6, opacity=0.14)
    c.circle(270, 500, 150, c.ball(p, 0.8))
    for i in range(7):
        c.circle(270, 500, 138 - i * 18, "none", stroke=tone(p, -0.14 if i % 2 else 0.1), stroke_width=7)
    c.circle(270, 500, 13, tone(p, -0.2))
    c.rect(694, 538, 44, 28, DARK, 9)
    c.rect(730, 544, 16, 16, "#e9a43c", 4)


def chair(c: Canvas, p: str) -> None:
    c.shadow(400, 672, 240, 22)
    tube = "#4a525b"
    c.stroke("M250 668L540 420", tube, 13)
    c.stroke("M560 668L262 420", tone(tube, 0.1), 13)
    c.path(
        "M236 180C300 160 500 160 564 180C574 280 566 380 548 470H252C234 380 226 280 236 180Z",
        c.lin((0, tone(p, 0.08)), (0.6, p), (1, tone(p, -0.1))),
    )
    c.path(
        "M212 470C300 456 500 456 588 470C594 500 580 540 560 560C480 548 320 548 240 560C220 540 206 500 212 470Z",
        c.lin((0, tone(p, -0.12)), (0.4, tone(p, 0.05)), (1, tone(p, -0.06))),
    )
    c.path(
        "M252 196Q400 178 548 196",
        light=True,
        stroke="#fff",
        stroke_width=3,
        stroke_dasharray="7 5",
        opacity=0.5,
    )
    c.stroke("M236 176C228 300 216 400 206 474", tube, 12)
    c.stroke("M564 176C572 300 584 400 594 474", tube, 12)
    for x in (178, 622):
        c.rect(x - 50, 392, 100, 24, c.tube("#2f353d"), 12)
    c.circle(638, 404, 17, "#1b1f24")
    for x in (250, 560):
        c.rect(x - 15, 658, 30, 14, "#1b1f24", 5)


def stove(c: Canvas, p: str) -> None:
    c.shadow(400, 676, 190, 24)
    c.path(soft([(268, 470, 40), (532, 470, 40), (546, 660, 26), (254, 660, 26)]), c.cyl(p))
    c.ellipse(400, 476, 128, 22, tone(p, 0.06))
    c.rect(254, 560, 292, 50, c.cyl(mix(p, "#f3ead8", 0.82), 0.6))
    c.path("M372 600l22 -34l16 20l10 -12l16 26Z", p)
    c.rect(376, 410, 48, 66, c.cyl(STEEL), 6)
    c.rect(424, 428, 70, 12, c.tube(STEEL), 5)
    c.rect(486, 416, 42, 36, c.cyl("#d9502f"), 8)
    c.path(soft([(330, 352, 10), (470, 352, 10), (440, 414, 14), (360, 414, 14)]), c.cyl("#8d959d"))
    c.ellipse(400, 352, 72, 13, "#4a525b")
    for s in (-1, 1):
        c.stroke(f"M{400 + s * 44} 400L{400 + s * 148} 326V300", "#6d757e", 10)
    c.stroke("M400 400V318", "#7d858e", 10)
    for i, dx in enumerate((-46, -16, 16, 46)):
        h = (44, 62, 58, 42)[i]
        c.path(
            f"M{400 + dx - 11} 346C{400 + dx - 14} {346 - h * 0.5:.0f} {400 + dx} {346 - h * 0.6:.0f} {400 + dx} {346 - h}C{400 + dx + 2} {346 - h * 0.6:.0f} {400 + dx + 14} {346 - h * 0.5:.0f} {400 + dx + 11} 346Z",
            c.lin((0, "#7fb8f0", 0.7), (1, "#2f6fd0", 0.85)),
        )


def cookset(c: Canvas, p: str) -> None:
    c.shadow(400, 664, 250, 26)
    c.stroke("M560 560H742", DARK, 20)
    c.path(soft([(222, 470, 12), (578, 470, 12), (566, 660, 34), (234, 660, 34)]), c.cyl(STEEL))
    c.ellipse(400, 470, 180, 24, tone(STEEL, 0.08))
    c.ellipse(400, 473, 166, 19, c.lin((0, "#5d656e"), (1, "#98a1a9")))
    for y in (520, 560, 600):
        c.path(f"M{240 if y == 520 else 236} {y}h8", light=True, stroke="#444", stroke_width=2)
    c.path(soft([(282, 330, 8), (518, 330, 8), (508, 458, 30), (292, 458, 30)]), c.cyl(p))
    c.ellipse(400, 330, 119, 17, tone(p, 0.09))
    c.path("M282 326C300 276 500 276 518 326A119 17 0 0 1 282 326Z", c.cyl(tone(STEEL, 0.03)))
    c.rect(378, 262, 44, 26, DARK, 10)
    c.stroke("M512 350C560 350 560 430 506 430", DARK, 12)


def lantern(c: Canvas, p: str) -> None:
    c.shadow(400, 676, 150, 20)
    c.stroke("M296 300C296 120 504 120 504 300", "#5d6670", 9)
    c.path(soft([(326, 252, 20), (474, 252, 20), (496, 312, 12), (304, 312, 12)]), c.cyl(p))
    c.rect(366, 222, 68, 36, c.cyl(tone(p, -0.1)), 10)
    glow = "#ffe2a0"
    if not c.plan:
        c.circle(400, 420, 240, c.rad((0, glow, 0.75), (1, glow, 0), cx=0.5, cy=0.5, r=0.5))
    c.path(
        "M318 312C290 370 290 480 318 540H482C510 480 510 370 482 312Z",
        c.lin((0, "#fff3d0", 0.95), (0.5, "#ffd98a", 0.95), (1, "#fbe7ba", 0.95), to="right"),
    )
    c.rect(384, 392, 32, 148, c.cyl("#f6efe0", 0.4), 14)
    for x in (330, 470):
        c.stroke(
            f"M{x} 312C{x + (-18 if x < 400 else 18)} 390 {x + (-18 if x < 400 else 18)} 470 {x} 540",
            tone(p, -0.16),
            6,
        )
    c.path(
        "M336 330C316 390 318 460 330 520",
        light=True,
        stroke="#fff",
        stroke_width=9,
        opacity=0.7,
        stroke_linecap="round",
    )
    c.path(
        soft([(304, 538, 8), (496, 538, 8), (516, 650, 18), (508, 676, 10), (292, 676, 10), (284, 650, 18)]),
        c.cyl(p),
    )
    c.circle(400, 606, 24, c.ball(DARK))
    c.rect(398, 588, 4, 18, "#f3ead8", 2)


def mug(c: Canvas, p: str) -> None:
    c.shadow(390, 640, 180, 24)
    c.stroke("M540 380C660 380 660 570 530 570", tone(p, -0.06), 27)
    c.stroke("M540 376C652 378 652 560 530 564", tone(p, 0.08), 8, light=True)
    c.path(
        soft([(216, 310, 6), (556, 310, 6), (546, 600, 40), (500, 640, 30), (272, 640, 30), (226, 600, 40)]),
        c.cyl(p, 1.1),
    )
    c.ellipse(386, 312, 170, 26, "#e9edf0")
    c.ellipse(386, 315, 160, 20, c.lin((0, tone(p, -0.2)), (1, tone(p, -0.02))))
    for _ in range(60):
        c.circle(
            c.rng.uniform(236, 536),
            c.rng.uniform(350, 626),
            c.rng.choice((1.6, 2.4, 3.4)),
            mix(p, "#ffffff", 0.75),
            light=True,
            opacity=0.6,
        )
    c.rect(252, 350, 16, 230, "#fff", 8, light=True, opacity=0.3)


def cooler(c: Canvas, p: str) -> None:
    c.shadow(400, 664, 284, 30)
    cream = "#f1ece0"
    c.path(
        soft([(140, 390, 10), (660, 390, 10), (644, 664, 34), (156, 664, 34)]),
        c.lin((0, tone(p, 0.07)), (0.3, p), (1, tone(p, -0.13)), to="across"),
    )
    c.path(
        soft([(122, 300, 34), (678, 300, 34), (674, 398, 12), (126, 398, 12)]),
        c.lin((0, tone(cream, 0.03)), (1, tone(cream, -0.1))),
    )
    c.rect(140, 398, 520, 10, "#000", light=True, opacity=0.22)
    c.stroke("M150 420C96 300 130 196 200 190H600C670 196 704 300 650 420", "#59626c", 17)
    for x in (250, 550):
        c.rect(x - 22, 362, 44, 84, c.cyl(DARK), 10)
    c.rect(320, 480, 160, 62, mix(p, "#ffffff", 0.12), 10)
    c.text(400, 524, "ATLANTIC", 30, cream, "League Spartan", font_weight=700, letter_spacing=2)
    c.rect(612, 600, 30, 30, DARK, 8)


def axe(c: Canvas, p: str) -> None:
    with c.group(transform="rotate(32 400 400)"):
        wood = "#c08a50"
        d = "M378 176C380 300 372 460 384 600C388 660 372 690 392 712C424 716 436 690 428 640C414 500 424 320 422 176Z"
        c.cast(d, 10, 14, 10)
        c.path(d, c.lin((0, tone(wood, -0.08)), (0.3, tone(wood, 0.1)), (1, tone(wood, -0.14)), to="right"))
        c.path("M384 560C388 620 376 680 394 708C424 712 434 690 427 640L420 560Z", p)
        head = "M352 150H440C470 150 500 128 560 110C580 160 580 230 556 286C500 262 476 236 440 232H352C340 206 340 176 352 150Z"
        c.cast(head, 10, 14, 9)
        c.path(head, c.lin((0, "#727b85"), (0.5, "#4f5761"), (1, "#343a42")))
        c.path(
            "M528 120L560 110C580 160 580 230 556 286L526 272C544 220 544 170 528 120Z",
            c.lin((0, "#f4f6f8"), (1, "#a4adb5"), to="right"),
        )
        c.path("M360 162H440C470 160 500 140 530 132", light=True, stroke="#fff", stroke_width=3, opacity=0.5)
