"""Things to move with: clothes, paddles, ropes and instruments."""

from tradehall.demo.art.canvas import Canvas, curve, num, soft
from tradehall.demo.art.outdoor_pack import DARK, STEEL
from tradehall.demo.art.palette import mix, tone


def jacket(c: Canvas, p: str) -> None:
    dark = tone(p, -0.13)
    if not c.plan:
        c.path(
            "M240 230L560 230L610 690L190 690Z",
            "#1d2430",
            opacity=0.2,
            filter=c.blur(20),
            transform="translate(12 20)",
        )
    for s in (1, -1):
        with c.group(transform="" if s == 1 else "translate(800 0) scale(-1 1)"):
            c.path(
                "M290 176C226 196 196 250 182 330L128 600C124 622 134 634 152 638L206 650C224 652 234 642 238 624L292 400Z",
                c.lin(
                    (0, tone(p, 0.07 if s == 1 else -0.01)),
                    (0.5, tone(p, -0.02)),
                    (1, tone(p, -0.12)),
                    to="across",
                ),
            )
            c.path("M130 592L238 616L234 640C230 650 220 654 206 650L152 638C134 634 124 622 130 592Z", dark)
    c.path(
        "M300 170C270 176 262 200 262 240L244 680C244 694 252 700 266 700H534C548 700 556 694 556 680L538 240C538 200 530 176 500 170C470 200 330 200 300 170Z",
        c.lin((0, tone(p, 0.09)), (0.45, p), (1, tone(p, -0.12)), to="across"),
    )
    c.path(
        "M262 240C300 330 500 330 538 240C538 200 530 176 500 170C470 200 330 200 300 170C270 176 262 200 262 240Z",
        c.lin((0, tone(p, -0.05)), (1, tone(p, -0.12))),
    )
    c.path(
        "M296 176C290 100 340 76 400 76S510 100 504 176C490 222 450 244 400 246S310 222 296 176Z",
        c.lin((0, tone(p, 0.11)), (1, tone(p, -0.05))),
    )
    c.path(
        "M328 168C326 122 360 106 400 106S474 122 472 168C460 206 436 220 400 222S340 206 328 168Z",
        c.lin((0, tone(p, -0.3)), (1, tone(p, -0.2))),
    )
    c.stroke("M400 222V696", "#1b1f25", 7)
    c.stroke("M404 224V696", "#fff", 1.6, light=True, opacity=0.3)
    c.rect(394, 246, 13, 34, "#e9a43c", 5)
    for s in (-1, 1):
        x = 400 + s * 96
        c.stroke(f"M{x - s * 26} 480L{x + s * 26} 580", "#1b1f25", 6)
        c.rect(x + s * 24 - 5, 576, 10, 26, "#e9a43c", 4)
    c.rect(462, 318, 46, 14, mix(p, "#ffffff", 0.85), 3, light=True)
    c.path("M248 660H552", light=True, stroke="#000", stroke_width=2, opacity=0.3)


def boots(c: Canvas, p: str) -> None:
    c.shadow(410, 668, 280, 24)
    for dx, dy, shade in ((70, -34, -0.07), (-20, 0, 0.0)):
        q = tone(p, shade)
        with c.group(transform=f"translate({dx} {dy})"):
            c.path(
                "M236 260C300 244 370 246 420 262C424 340 430 400 470 440C540 480 640 490 664 560C670 590 664 612 656 626H230C222 520 226 380 236 260Z",
                c.lin((0, tone(q, 0.09)), (0.5, q), (1, tone(q, -0.13)), to="across"),
            )
            c.path(
                "M560 486C620 506 656 530 664 566C670 592 664 612 656 626H520C520 570 530 520 560 486Z",
                c.lin((0, tone(q, -0.07)), (1, tone(q, -0.16))),
            )
            c.path("M230 470C290 450 330 500 340 626H228Z", tone(q, -0.1))
            c.path(
                "M228 246C300 222 380 224 428 246C434 270 434 290 426 304C360 288 296 288 234 304C226 290 224 266 228 246Z",
                c.lin((0, tone(q, -0.04)), (1, tone(q, -0.16))),
            )
            c.path(
                "M420 300C430 380 440 420 520 480",
                stroke=tone(q, -0.2),
                stroke_width=16,
                stroke_linecap="round",
            )
            for i in range(6):
                x, y = 396 + (i * i) * 3.4, 310 + i * 31
                c.stroke(
                    f"M{num(x - 28)} {num(y + 16)}L{num(x + 40)} {num(y - 2)}",
                    "#e4c06a" if i % 2 else "#c9503a",
                    7,
                )
                c.circle(x - 30, y + 17, 6, "#c9ced3")
            c.path(
                "M220 620H668C684 630 684 652 672 668H226C210 660 210 634 220 620Z",
                c.lin((0, "#40464e"), (1, "#1a1d21")),
            )
            for i in range(14):
                c.rect(232 + i * 31, 654, 16, 15, "#0f1114", 2, light=True)
            c.path("M222 624H668", stroke="#d8cfbd", stroke_width=7)


def cap(c: Canvas, p: str) -> None:
    c.shadow(400, 586, 270, 24)
    c.path(
        "M180 520C170 340 270 250 390 250C520 250 600 350 596 520C470 552 300 552 180 520Z",
        c.lin((0, tone(p, 0.1)), (0.5, p), (1, tone(p, -0.14)), to="across"),
    )
    for d in ("M388 250C330 310 300 420 300 540", "M388 250C470 310 500 420 496 534"):
        c.path(d, light=True, stroke="#000", stroke_width=2, opacity=0.25)
        c.path(
            d,
            light=True,
            stroke="#fff",
            stroke_width=1.6,
            stroke_dasharray="6 4",
            opacity=0.35,
            transform="translate(7 0)",
        )
    c.circle(390, 250, 11, tone(p, -0.1))
    c.path(
        "M186 500C300 470 500 470 600 496C690 520 730 556 724 584C640 560 330 540 184 566C172 548 172 520 186 500Z",
        c.lin((0, tone(p, 0.02)), (1, tone(p, -0.2))),
    )
    for i in range(3):
        c.path(
            f"M196 {518 + i * 13}C320 {492 + i * 13} 520 {496 + i * 13} {690 + i * 8} {552 + i * 8}",
            light=True,
            stroke="#fff",
            stroke_width=1.6,
            stroke_dasharray="6 4",
            opacity=0.3,
        )
    c.rect(340, 380, 104, 66, mix(p, "#f7f1e4", 0.9), 8)
    c.path("M358 432l26 -38l16 20l10 -12l18 30Z", p)


def helmet(c: Canvas, p: str) -> None:
    c.shadow(400, 640, 240, 24)
    for s in (-1, 1):
        c.stroke(f"M{400 + s * 170} 500C{400 + s * 150} 590 {400 + s * 70} 640 400 646", DARK, 11)
    c.path(
        "M150 490C140 300 260 190 400 190C550 190 664 300 652 490C640 524 560 540 400 540S164 524 150 490Z",
        c.ball(p, 1.0),
    )
    for s in (-1, 1):
        for i in range(2):
            x = 400 + s * (66 + i * 96)
            c.path(
                f"M{x} {252 + i * 40}C{x + s * 22} {300 + i * 20} {x + s * 26} {380} {x + s * 14} {450}C{x - s * 10} {400} {x - s * 16} {310 + i * 24} {x} {252 + i * 40}Z",
                c.lin((0, "#11151a"), (1, "#39414a")),
            )
    c.path("M392 210V470", light=True, stroke="#fff", stroke_width=9, opacity=0.2)
    c.path("M150 484C220 520 560 524 652 484L648 514C600 546 200 546 154 514Z", tone(p, -0.18))
    c.path(
        "M210 380C230 290 290 240 350 224",
        light=True,
        stroke="#fff",
        stroke_width=13,
        opacity=0.45,
        stroke_linecap="round",
    )
    c.rect(376, 632, 48, 26, "#59626c", 7)


def binoculars(c: Canvas, p: str) -> None:
    c.shadow(400, 668, 240, 26)
    c.rect(340, 330, 120, 190, c.cyl(tone(p, -0.06)), 20)
    c.circle(400, 300, 36, c.lin((0, "#6d757e"), (1, "#22262c")))
    for i in range(7):
        c.rect(372 + i * 8.500, 268, 3, 64, "#111", light=True, opacity=0.5)
    for s in (-1, 1):
        x = 400 + s * 128
        c.path(soft([(x - 60, 190, 14), (x + 60, 190, 14), (x + 66, 250, 10), (x - 66, 250, 10)]), c.cyl(DARK))
        c.path(
            soft(
                [
                    (x - 64, 248, 8),
                    (x + 64, 248, 8),
                    (x + 94, 380, 40),
                    (x + 100, 600, 12),
                    (x - 100, 600, 12),
                    (x - 94, 380, 40),
                ]
            ),
            c.cyl(p),
        )
        c.path(
            soft([(x - 106, 592, 10), (x + 106, 592, 10), (x + 102, 660, 22), (x - 102, 660, 22)]),
            c.cyl(DARK),
        )
        c.ellipse(x, 650, 84, 15, c.lin((0, "#27445e"), (0.5, "#5f8fb0"), (1, "#1c2c3c"), to="right"))
        c.rect(x - 62, 320, 13, 250, "#fff", 6, light=True, opacity=0.2)
        for i in range(5):
            c.rect(x + 20, 440 + i * 18, 54, 6, "#000", 3, light=True, opacity=0.16)


def kayak(c: Canvas, p: str) -> None:
    with c.group(transform="rotate(-10 400 420)"):
        hull = "M16 396C160 330 300 318 400 318S640 330 784 396C700 470 540 506 400 506S100 470 16 396Z"
        c.cast(hull, 10, 34, 18)
        c.path(hull, c.lin((0, tone(p, 0.13)), (0.4, tone(p, 0.02)), (0.62, tone(p, -0.05)), (1, tone(p, -0.22))))
        c.path(
            "M60 398C200 350 600 350 740 398C600 424 200 424 60 398Z",
            c.lin((0, tone(p, 0.05)), (1, tone(p, 0.14))),
        )
        c.path(
            "M280 388C300 356 500 356 520 388C500 418 300 418 280 388Z",
            c.lin((0, "#0f1318"), (1, "#3a424c")),
            stroke="#20262d",
            stroke_width=8,
        )
        c.path("M440 372C470 366 494 376 498 390C490 402 466 406 444 402Z", "#59626c")
        for x in (190, 610):
            c.path(f"M{x - 34} 374L{x + 34} 404M{x - 34} 404L{x + 34} 374", stroke="#20262d", stroke_width=3)
        c.path("M40 412C200 470 600 470 760 412", light=True, stroke="#fff", stroke_width=5, opacity=0.5)
    with c.group(transform="rotate(16 400 600)"):
        _blade(c, 90, 600, 710, tone(p, 0.02))


def _blade(c: Canvas, x1: float, y: float, x2: float, p: str) -> None:
    c.cast(f"M{x1 + 80} {y - 6}H{x2 - 80}V{y + 6}H{x1 + 80}Z", 6, 14, 7)
    c.rect(x1 + 80, y - 7, x2 - x1 - 160, 14, c.tube("#2f353d"), 7)
    for x, s in ((x1, 1), (x2, -1)):
        d = f"M{x + s * 110} {y}C{x + s * 90} {y - 36} {x + s * 30} {y - 50} {x - s * 10} {y - 34}C{x - s * 26} {y - 10} {x - s * 26} {y + 16} {x - s * 6} {y + 34}C{x + s * 36} {y + 42} {x + s * 90} {y + 30} {x + s * 110} {y}Z"
        c.cast(d, 6, 14, 8)
        c.path(d, c.lin((0, tone(p, 0.12)), (1, tone(p, -0.12))))
        c.path(f"M{x + s * 104} {y}H{x + s * 4}", light=True, stroke="#000", stroke_width=4, opacity=0.25)


def paddle(c: Canvas, p: str) -> None:
    with c.group(transform="rotate(-38 400 400) translate(0 -60)"):
        _blade(c, 20, 400, 780, p)
        for x in (300, 500):
            c.rect(x - 6, 391, 12, 18, "#e9a43c", 3)
    with c.group(transform="rotate(-38 400 400) translate(0 90) "):
        _blade(c, 20, 400, 780, tone(p, -0.03))


def board(c: Canvas, p: str) -> None:
    d = "M400 40C470 100 512 220 512 400C512 580 480 720 440 752H360C320 720 288 580 288 400C288 220 330 100 400 40Z"
    with c.group(transform="rotate(18 400 400)"):
        c.cast(d, 14, 20, 14)
        c.path(d, c.lin((0, tone(p, 0.1)), (0.5, p), (1, tone(p, -0.1)), to="across"))
        c.path(
            "M400 84C452 140 482 240 484 400C484 560 458 680 424 722H376C342 680 316 560 316 400C318 240 348 140 400 84Z",
            mix(p, "#f7f1e4", 0.85),
        )
        c.path(
            soft([(334, 380, 20), (466, 380, 20), (462, 640, 30), (338, 640, 30)]),
            c.lin((0, "#515a64"), (1, "#39414a")),
        )
        for i in range(13):
            c.rect(342, 396 + i * 18, 116, 3, "#000", light=True, opacity=0.25)
        for x, y in ((346, 200), (454, 200), (360, 300), (440, 300)):
            c.circle(x, y, 7, DARK)
        c.path("M346 200L440 300M454 200L360 300", stroke=DARK, stroke_width=4)
        c.rect(384, 344, 32, 16, DARK, 7)


def poles(c: Canvas, p: str) -> None:
    for dx, turn in ((-84, 5), (84, -4)):
        x = 400 + dx
        with c.group(transform=f"rotate({turn} {x} 420)"):
            c.cast(f"M{x - 8} 120H{x + 8}V700H{x - 8}Z", 10, 10, 7)
            c.rect(x - 8, 230, 16, 210, c.cyl(p), 4)
            c.rect(x - 6.500, 430, 13, 190, c.cyl(STEEL), 3)
            c.rect(x - 5, 610, 10, 90, c.cyl("#59626c"), 3)
            c.path(f"M{x - 4} 698L{x} 740L{x + 4} 698Z", "#c3c8cc")
            c.ellipse(x, 668, 36, 9, DARK)
            for y in (424, 606):
                c.rect(x - 14, y - 8, 28, 34, DARK, 6)
                c.rect(x + 10, y - 4, 9, 24, "#e9a43c", 4)
            c.path(
                soft([(x - 20, 92, 16), (x + 16, 86, 16), (x + 16, 240, 10), (x - 14, 240, 10)]),
                c.cyl("#c8a272"),
            )
            c.path(f"M{x + 12} 112C{x + 70} 130 {x + 60} 230 {x + 10} 206", stroke=DARK, stroke_width=9)


def rope(c: Canvas, p: str) -> None:
    c.shadow(400, 690, 200, 24)
    second = mix(p, "#f7f1e4", 0.85)
    for i in range(9):
        w, h = 196 - abs(i - 4) * 13, 262 - abs(i - 4) * 10
        x, y = 400 + (i - 4) * 7, 430 + (i - 4) * 3
        d = curve(
            [
                (x - w, y),
                (x - w * 0.8, y - h * 0.76),
                (x, y - h * 0.98),
                (x + w * 0.8, y - h * 0.76),
                (x + w, y),
                (x + w * 0.8, y + h * 0.76),
                (x, y + h * 0.95),
                (x - w * 0.8, y + h * 0.76),
            ],
            close=True,
        )
        c.stroke(d, tone(p, -0.17), 25)
        c.stroke(d, tone(p, (i - 4) * 0.012), 20)
        c.stroke(d, second, 20, light=True, stroke_dasharray="5 21", stroke_linecap="butt", opacity=0.85)
        c.stroke(d, "#fff", 4, light=True, opacity=0.22, transform="translate(-4 -5)")
    for i in range(6):
        y = 386 + i * 20
        c.stroke(f"M196 {y + 10}C260 {y - 16} 540 {y - 16} 604 {y + 10}", tone(p, -0.15), 23)
        c.stroke(f"M196 {y + 8}C260 {y - 18} 540 {y - 18} 604 {y + 8}", tone(p, 0.03), 18)
        c.stroke(
            f"M196 {y + 8}C260 {y - 18} 540 {y - 18} 604 {y + 8}",
            second,
            18,
            light=True,
            stroke_dasharray="5 21",
            stroke_linecap="butt",
            opacity=0.85,
        )
    c.stroke("M400 170C380 90 440 70 470 110", tone(p, -0.02), 20)


def carabiner(c: Canvas, p: str) -> None:
    for x, y, turn, q in ((500, 400, 24, tone(p, -0.1)), (330, 400, -14, p)):
        with c.group(transform=f"rotate({turn} {x} {y})"):
            d = f"M{x - 96} {y - 150}C{x - 96} {y - 250} {x + 100} {y - 262} {x + 110} {y - 150}C{x + 116} {y - 60} {x + 70} {y + 120} {x + 50} {y + 190}C{x + 30} {y + 250} {x - 60} {y + 250} {x - 74} {y + 190}C{x - 90} {y + 120} {x - 96} {y - 40} {x - 96} {y - 150}Z"
            if not c.plan:
                c.path(
                    d,
                    stroke="#1d2430",
                    stroke_width=36,
                    opacity=0.25,
                    filter=c.blur(9),
                    transform="translate(9 15)",
                )
            c.stroke(d, tone(q, -0.14), 36)
            c.stroke(d, q, 27)
            c.stroke(d, tone(q, 0.18), 7, light=True, transform="translate(-6 -6)", opacity=0.75)
            c.stroke(f"M{x + 112} {y - 120}L{x + 64} {y + 130}", tone(STEEL, -0.16), 30)
            c.stroke(f"M{x + 112} {y - 120}L{x + 64} {y + 130}", tone(STEEL, 0.06), 20)
            c.stroke(f"M{x + 102} {y - 66}L{x + 84} {y + 30}", DARK, 36)


def compass(c: Canvas, p: str) -> None:
    c.shadow(404, 640, 216, 30)
    c.circle(400, 180, 34, "none", stroke="#9a7a3c", stroke_width=13)
    c.rect(380, 200, 40, 40, c.cyl(p), 8)
    c.circle(400, 430, 216, c.lin((0, tone(p, 0.16)), (0.5, p), (1, tone(p, -0.2)), to="across"))
    c.circle(400, 430, 184, c.lin((0, tone(p, -0.22)), (1, tone(p, 0.1)), to="across"))
    c.circle(400, 430, 174, c.rad((0, "#fdf8ec"), (1, "#e6dac2"), cx=0.4, cy=0.35, r=0.7))
    for i in range(72):
        c.rect(399, 262, 2, 20 if i % 9 == 0 else 10, "#3a3f45", transform=f"rotate({i * 5} 400 430)")
    for word, x, y in (("N", 400, 322), ("E", 520, 443), ("S", 400, 564), ("W", 280, 443)):
        c.text(x, y, word, 38, "#23303f", "EB Garamond", font_weight=700)
    with c.group(transform=f"rotate({c.rng.randint(-40, 60)} 400 430)"):
        c.path("M400 300L420 430H380Z", "#d8472f")
        c.path("M400 560L420 430H380Z", "#31445c")
        c.path("M400 300L400 430H380Z", "#fff", light=True, opacity=0.25)
    c.circle(400, 430, 13, c.ball("#c9a45a"))
    c.path(
        "M262 400C270 330 320 286 380 272",
        light=True,
        stroke="#fff",
        stroke_width=16,
        opacity=0.5,
        stroke_linecap="round",
    )
