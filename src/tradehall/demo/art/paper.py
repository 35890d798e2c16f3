"""Paper things, from above."""

from typing import Final

from tradehall.demo.art.canvas import Canvas, num, rounded, soft
from tradehall.demo.art.palette import ink_on, lightness, mix, tone

RED: Final = "#d8432f"
INK: Final = "#1b1c20"
PAPER: Final = "#fbfbf9"
STEEL: Final = "#c5c9cd"


def sheet(c: Canvas, x: float, y: float, w: float, h: float, fill: str = PAPER, r: float = 3, lift: float = 1) -> None:
    d = rounded(x, y, w, h, r)
    c.cast(d, 7 * lift, 12 * lift, 11 * lift, "#1b1c20", 0.2)
    c.path(d, c.lin((0, tone(fill, 0.02)), (1, tone(fill, -0.025)), to="across"))


def lines(c: Canvas, x: float, y: float, w: float, n: int, gap: float, ink: str = "#c9cbce") -> None:
    c.path(
        "".join(f"M{num(x)} {num(y + i * gap)}h{num(w)}" for i in range(n)),
        light=True,
        stroke=ink,
        stroke_width=1.5,
    )


def notebook(c: Canvas, p: str) -> None:
    kind = c.rng.randrange(3)
    with c.group(transform=f"rotate({num(c.rng.uniform(-9, 4))} 400 400)"):
        c.path(rounded(222, 142, 364, 520, 12), "#ecebe6")
        d = rounded(214, 136, 364, 520, 12)
        c.cast(d, 12, 18, 15, "#1b1c20", 0.26)
        c.path(soft([(574, 146, 3), (584, 150, 3), (584, 660, 3), (226, 662, 3), (222, 652, 3)]), "#e9e8e2")
        c.path(d, c.lin((0, tone(p, 0.07)), (0.5, p), (1, tone(p, -0.05)), to="across"))
        if kind == 1:
            for i in range(17):
                y = 164 + i * 28.500
                c.circle(238, y, 6, tone(p, -0.3))
                c.stroke(f"M200 {num(y - 4)}C196 {num(y - 14)} 232 {num(y - 12)} 238 {num(y)}", "#9a9ea3", 4)
        else:
            c.rect(214, 136, 46, 520, tone(p, -0.07), 10)
            c.rect(256, 136, 2.500, 520, "#000", light=True, opacity=0.2)
        if kind == 0:
            c.rect(524, 136, 13, 520, RED if lightness(p) > 0.3 and p != RED else tone(p, 0.2), light=False)
            c.rect(535, 136, 5, 520, "#000", light=True, opacity=0.14)
        if kind == 2:
            sheet(c, 320, 220, 150, 92, "#f4f3ef", 3, 0.2)
            c.path("M342 250H448M342 272H420", stroke="#8d9093", stroke_width=3)
        else:
            c.rect(300, 590, 60, 5, ink_on(p), 2, opacity=0.5)
        c.path("M330 656V712l9 -10l9 10V656Z", RED)


def planner(c: Canvas, p: str) -> None:
    with c.group(transform="rotate(-4 400 400)"):
        sheet(c, 112, 190, 576, 420, p if lightness(p) < 0.9 else "#e9e8e3", 12, 1.3)
        for s in (0, 1):
            x = 128 + s * 272
            c.path(
                rounded(x, 202, 272, 396, 4),
                c.lin(
                    (0, "#f1f0ec") if s else (0, "#fdfdfb"),
                    (0.1 if s else 0.88, "#fdfdfb"),
                    (1, "#fdfdfb" if s else "#e6e5e0"),
                    to="right",
                ),
            )
            for i in range(4 if s == 0 else 3):
                y = 244 + i * 86
                c.path(f"M{x + 22} {y}h228", stroke="#1b1c20", stroke_width=1.6, opacity=0.6)
                c.rect(x + 22, y + 10, 26, 6, "#1b1c20", 2, opacity=0.75)
                lines(c, x + 22, y + 36, 228, 2, 20)
        c.rect(430, 506, 110, 7, RED, 3)
        c.path("M452 196V640l10 -11l10 11V196Z", RED, opacity=0.95)


def calendar(c: Canvas, p: str) -> None:
    with c.group(transform="rotate(2 400 400)"):
        sheet(c, 190, 130, 420, 540, "#fcfcfa", 6, 1.2)
        c.rect(190, 130, 420, 150, p if lightness(p) < 0.9 else INK, 6)
        ink = ink_on(p if lightness(p) < 0.9 else INK)
        c.text(
            230,
            238,
            ("March", "June", "May", "October")[c.rng.randrange(4)],
            66,
            ink,
            "Inter",
            anchor="start",
            font_weight=500,
        )
        today = c.rng.randrange(8, 26)
        for i in range(31):
            x, y = 234 + (i + 2) % 7 * 55, 334 + (i + 2) // 7 * 62
            if i == today:
                c.circle(x, y - 7, 22, RED)
            c.text(x, y, str(i + 1), 21, "#fff" if i == today else "#1b1c20", "Inter", font_weight=500)
        for i in range(11):
            x = 218 + i * 36
            c.stroke(f"M{x} 148V112", "#9a9ea3", 6)


def envelope(c: Canvas, p: str) -> None:
    for i, turn in enumerate((-9, 5)):
        with c.group(transform=f"rotate({turn} 400 400) translate(0 {i * 40 - 30})"):
            sheet(c, 150, 240, 500, 330, p, 5, 1.1)
            c.path("M152 566L366 392M648 566L434 392", stroke=tone(p, -0.08), stroke_width=2)
            flap = "M150 244L378 424Q400 440 422 424L650 244Q400 236 150 244Z"
            c.path(flap, "#1b1c20", light=True, opacity=0.16, filter=c.blur(6), transform="translate(0 7)")
            c.path(flap, c.lin((0, tone(p, -0.02)), (1, tone(p, 0.03))))
            if i:
                c.circle(400, 424, 24, c.ball(RED, 0.7))
                c.circle(400, 424, 15, "none", light=True, stroke="#fff", stroke_width=2, opacity=0.4)


def paper(c: Canvas, p: str) -> None:
    for i, turn in enumerate((-7, -2, 4)):
        with c.group(transform=f"rotate({turn} 400 420)"):
            sheet(c, 214 + i * 8, 130 + i * 8, 372, 520, tone(p, -0.02 + i * 0.01), 3, 0.8)
            if i == 2:
                c.path("M230 146H586V658H230Z", stroke=tone(p, -0.02), stroke_width=0.5)
                dots = c.pattern(22, 22, '<circle cx="11" cy="11" r="1.300" fill="#9a9ea3"/>')
                c.rect(252, 190, 330, 440, dots, light=True)
                c.rect(252, 164, 60, 5, RED, 2)


def cards(c: Canvas, p: str) -> None:
    for i, turn in enumerate((-16, -5, 7)):
        with c.group(transform=f"rotate({turn} 400 480)"):
            sheet(
                c,
                190 + i * 20,
                260,
                400,
                260,
                p if i == 2 or lightness(p) > 0.85 else mix(p, "#ffffff", 0.3),
                8,
                0.9,
            )
            if i == 2:
                q = ink_on(p)
                c.circle(430, 380, 58, "none", stroke=q, stroke_width=2.5)
                c.path(
                    "M430 330C400 350 400 400 430 430C460 400 460 350 430 330ZM430 344V424",
                    stroke=q,
                    stroke_width=2.5,
                )
                c.circle(430, 464, 5, RED)


def sticky_notes(c: Canvas, p: str) -> None:
    for x, y, turn, q in (
        (170, 200, -6, p),
        (410, 250, 5, mix(p, "#ffffff", 0.5)),
        (270, 420, -2, tone(p, -0.05)),
    ):
        with c.group(transform=f"rotate({turn} {x + 110} {y + 110})"):
            d = f"M{x} {y}H{x + 240}V{y + 220}C{x + 160} {y + 246} {x + 80} {y + 236} {x} {y + 240}Z"
            c.cast(d, 7, 14, 11, "#1b1c20", 0.24)
            c.path(d, c.lin((0, tone(q, -0.05)), (0.16, q), (0.85, tone(q, 0.02)), (1, tone(q, -0.05))))
    c.path(
        "M318 520H450M318 552H480M318 584H410",
        stroke=INK,
        stroke_width=4,
        stroke_linecap="round",
        opacity=0.8,
    )
    c.path("M462 580l13 14l24 -32", stroke=RED, stroke_width=6, stroke_linecap="round", stroke_linejoin="round")


def folder(c: Canvas, p: str) -> None:
    with c.group(transform="rotate(-5 400 400)"):
        d = soft([(150, 190, 10), (360, 190, 10), (388, 230, 8), (650, 230, 10), (650, 620, 10), (150, 620, 10)])
        c.cast(d, 10, 16, 14, "#1b1c20", 0.26)
        c.path(d, tone(p, -0.07))
        sheet(c, 176, 214, 440, 380, "#fdfdfc", 2, 0.3)
        c.path(
            soft([(150, 270, 10), (650, 258, 10), (650, 620, 10), (150, 620, 10)]),
            c.lin((0, tone(p, 0.05)), (1, tone(p, -0.03))),
        )
        c.rect(190, 560, 110, 26, "#fbfbf9", 3)
        c.rect(200, 570, 40, 6, RED, 2)
