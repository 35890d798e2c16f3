"""Electronics to carry: sound, pictures, time, position and power."""

from collections.abc import Callable
from typing import Final

from tradehall.demo.art.canvas import Canvas, num, rounded, soft
from tradehall.demo.art.gadgets_sound import INK, STEEL, earbuds, headphones, microphone, radio, speaker
from tradehall.demo.art.palette import lightness, mix, tone


def glass_face(
    c: Canvas, x: float, y: float, w: float, h: float, r: float, top: str = "#2b3f58", low: str = "#101824"
) -> None:
    d = rounded(x, y, w, h, r)
    c.path(d, c.lin((0, top), (1, low), to="across"))
    if c.plan:
        return
    with c.group(clip_path=c.clip(d)):
        c.path(
            f"M{num(x)} {num(y)}H{num(x + w * 0.62)}L{num(x + w * 0.2)} {num(y + h)}H{num(x)}Z",
            "#fff",
            light=True,
            opacity=0.07,
        )


def lens(c: Canvas, x: float, y: float, r: float) -> None:
    c.circle(x, y, r, c.lin((0, "#59626c"), (1, "#15181c")))
    c.circle(x, y, r * 0.84, "#0e1115")
    c.circle(x, y, r * 0.70, c.lin((0, "#3a4450"), (1, "#171b20"), to="across"))
    c.circle(
        x,
        y,
        r * 0.54,
        c.rad((0, "#7fb0d8"), (0.35, "#274b78"), (0.8, "#101a30"), (1, "#0a0e16"), cx=0.38, cy=0.34, r=0.75),
    )
    c.ellipse(
        x - r * 0.18,
        y - r * 0.22,
        r * 0.15,
        r * 0.1,
        "#fff",
        light=True,
        opacity=0.85,
        transform=f"rotate(-35 {num(x - r * 0.18)} {num(y - r * 0.22)})",
    )
    c.circle(x + r * 0.2, y + r * 0.22, r * 0.06, "#e8a0c0", light=True, opacity=0.7)


def camera(c: Canvas, p: str) -> None:
    c.shadow(400, 640, 280, 28)
    c.path(
        soft([(290, 262, 10), (326, 206, 24), (474, 206, 24), (510, 262, 10)]),
        c.lin((0, tone(STEEL, 0.04)), (1, tone(STEEL, -0.16))),
    )
    c.rect(180, 236, 78, 40, c.cyl(STEEL), 8)
    c.rect(556, 228, 60, 44, c.cyl(INK), 8)
    body = rounded(120, 260, 560, 380, 44)
    c.path(body, c.lin((0, tone(STEEL, 0.06)), (0.2, STEEL), (1, tone(STEEL, -0.18))))
    c.rect(120, 336, 560, 232, c.lin((0, tone(p, 0.05)), (1, tone(p, -0.12))))
    grain = c.pattern(
        9,
        9,
        '<circle cx="2" cy="2" r="1.300" fill="#000" fill-opacity=".22"/><circle cx="6.500" cy="6.500" r="1.300" fill="#000" fill-opacity=".22"/>',
    )
    c.rect(120, 336, 560, 232, grain, light=True)
    lens(c, 400, 456, 164)
    c.circle(
        400,
        456,
        152,
        "none",
        light=True,
        stroke="#8d959d",
        stroke_width=5,
        stroke_dasharray="3 9",
        opacity=0.8,
    )
    c.rect(356, 226, 88, 26, INK, 8)
    c.rect(590, 286, 54, 30, c.lin((0, "#f5f1df"), (1, "#c9c4ae")), 6)
    c.circle(156, 300, 13, "#d8472f")


def action_camera(c: Canvas, p: str) -> None:
    c.shadow(400, 640, 200, 24)
    c.rect(330, 206, 70, 26, "#d8472f", 10)
    c.path(rounded(190, 226, 420, 412, 66), c.lin((0, tone(p, 0.10)), (0.5, p), (1, tone(p, -0.14)), to="across"))
    c.path(rounded(214, 250, 372, 364, 48), c.lin((0, "#343a42"), (1, "#1a1d22")))
    lens(c, 470, 360, 98)
    glass_face(c, 240, 290, 108, 84, 10, "#4d7fa0", "#16283a")
    c.text(294, 346, "4K", 38, "#eaf3f8", "League Spartan", font_weight=700)
    c.text(296, 560, "WAVE", 42, tone(p, 0.2), "League Spartan", font_weight=700, letter_spacing=4)
    for i in range(5):
        c.rect(470 + i * 18, 536, 8, 40, "#0d0f12", 4)
    c.circle(256, 418, 7, "#e25a48")


def drone(c: Canvas, p: str) -> None:
    c.shadow(400, 690, 220, 20, strength=0.6)
    for s in (-1, 1):
        c.stroke(f"M{400 + s * 70} 420L{400 + s * 250} 340", tone(p, -0.14), 30)
        c.stroke(f"M{400 + s * 70} 470L{400 + s * 290} 490", tone(p, -0.05), 36)
        for x, y, k in ((400 + s * 252, 330, 0.82), (400 + s * 292, 470, 1.0)):
            c.ellipse(x, y - 34 * k, 134 * k, 15 * k, "#3a424c", opacity=0.28)
            c.path(
                f"M{num(x - 130 * k)} {num(y - 36 * k)}C{num(x - 50 * k)} {num(y - 46 * k)} {num(x + 50 * k)} {num(y - 22 * k)} {num(x + 130 * k)} {num(y - 32 * k)}C{num(x + 50 * k)} {num(y - 14 * k)} {num(x - 50 * k)} {num(y - 38 * k)} {num(x - 130 * k)} {num(y - 36 * k)}Z",
                c.lin((0, "#59626c"), (1, "#262b31")),
            )
            c.rect(x - 23 * k, y - 36 * k, 46 * k, 58 * k, c.cyl(INK), 9)
        c.stroke(f"M{400 + s * 130} 520L{400 + s * 160} 640", "#2f353d", 13)
    c.path(
        "M268 430C280 360 350 340 400 340S520 360 532 430C536 500 490 540 400 544S264 500 268 430Z",
        c.lin((0, tone(p, 0.13)), (0.5, p), (1, tone(p, -0.15))),
    )
    c.path(
        "M310 388C350 362 450 362 490 388",
        light=True,
        stroke="#fff",
        stroke_width=8,
        opacity=0.5,
        stroke_linecap="round",
    )
    c.rect(348, 520, 104, 88, c.lin((0, "#444b54"), (1, "#1d2126")), 22)
    lens(c, 400, 566, 37)
    for s in (-1, 1):
        c.ellipse(400 + s * 88, 470, 11, 7, "#7fe0a0" if s > 0 else "#f0705b")


def watch(c: Canvas, p: str) -> None:
    c.shadow(404, 720, 110, 16)
    for up in (True, False):
        with c.group(transform="" if up else "translate(0 800) scale(1 -1)"):
            c.path("M312 300L328 110C330 84 350 72 400 72S470 84 472 110L488 300Z", c.cyl(p))
            for i in range(5):
                c.rect(393, 110 + i * 26, 14, 11, tone(p, -0.25), 5)
    c.rect(548, 366, 26, 68, c.cyl(STEEL), 10)
    c.path(rounded(248, 232, 304, 336, 96), c.lin((0, "#e3e7ea"), (0.5, "#8d959d"), (1, "#444b54"), to="across"))
    glass_face(c, 266, 250, 268, 300, 80, "#1b2a40", "#0a0f17")
    c.path("M400 318a82 82 0 1 1 -71 41", stroke="#e0705a", stroke_width=15, stroke_linecap="round")
    c.path("M400 344a56 56 0 1 1 -54 40", stroke="#6fc0b8", stroke_width=13, stroke_linecap="round", opacity=0.95)
    c.text(400, 418, "10:08", 50, "#f3f6f8", "League Spartan", font_weight=700)
    c.text(400, 520, "12.4 KM", 25, "#9db4c6", "League Spartan", font_weight=700, letter_spacing=1)


def phone(c: Canvas, p: str) -> None:
    c.shadow(404, 716, 156, 18)
    c.rect(543, 260, 9, 76, tone(p, -0.2), 4)
    c.path(rounded(252, 84, 296, 632, 54), c.lin((0, tone(p, 0.14)), (0.5, p), (1, tone(p, -0.18)), to="across"))
    c.path(rounded(262, 94, 276, 612, 46), INK)
    glass_face(c, 272, 104, 256, 592, 38, "#3d7a9c", "#e0886a")
    c.path(
        "M272 520C330 470 390 540 440 500S510 470 528 490V660Q528 696 490 696H310Q272 696 272 660Z",
        "#26385c",
        light=True,
        opacity=0.85,
    )
    c.circle(470, 250, 38, "#f7e0c0", light=True, opacity=0.9)
    c.rect(362, 116, 76, 21, "#0a0d11", 10)
    c.text(400, 250, "9:41", 66, "#f7fafc", "League Spartan", font_weight=700)


def tablet(c: Canvas, p: str) -> None:
    c.shadow(400, 690, 250, 20)
    c.path(rounded(152, 110, 496, 580, 38), c.lin((0, tone(p, 0.14)), (0.5, p), (1, tone(p, -0.18)), to="across"))
    c.path(rounded(162, 120, 476, 560, 30), INK)
    glass_face(c, 186, 146, 428, 508, 10, "#24486a", "#0f1a2a")
    for i in range(3):
        for j in range(4):
            c.rect(
                228 + i * 124,
                200 + j * 108,
                86,
                86,
                ("#e0705a", "#e9c46a", "#6fb3b0", "#f2f0ea", "#8fa7d0")[(i * 2 + j * 3) % 5],
                22,
                light=True,
                opacity=0.92,
            )
    c.circle(400, 133, 4.500, "#3d4650")


def e_reader(c: Canvas, p: str) -> None:
    c.shadow(404, 704, 196, 18)
    c.path(rounded(210, 96, 380, 608, 32), c.lin((0, tone(p, 0.10)), (0.5, p), (1, tone(p, -0.15)), to="across"))
    c.path(rounded(242, 130, 316, 468, 6), c.lin((0, "#f3f1e9"), (1, "#e2dfd4")))
    c.text(270, 196, "Chapter One", 32, "#2b2b2b", "EB Garamond", anchor="start", font_style="italic")
    for i in range(17):
        w = 262 if i not in {5, 11, 16} else c.rng.uniform(90, 200)
        c.rect(270, 226 + i * 20, w, 5.500, "#55534e", 2.500, opacity=0.75)
    c.rect(242, 584, 120, 5, "#55534e", opacity=0.7)
    c.circle(400, 650, 20, tone(p, -0.08), stroke=tone(p, 0.1), stroke_width=2)


def gps(c: Canvas, p: str) -> None:
    c.shadow(400, 700, 150, 18)
    c.rect(448, 80, 54, 130, c.cyl(INK), 22)
    c.path(
        "M270 230C270 160 310 150 400 150S530 160 530 230L546 600C546 670 500 700 400 700S254 670 254 600Z",
        c.lin((0, tone(p, 0.1)), (0.5, p), (1, tone(p, -0.16)), to="across"),
    )
    c.path(rounded(286, 196, 228, 290, 24), INK)
    glass_face(c, 300, 210, 200, 262, 12, "#dfe8d4", "#bcd0b4")
    for d in (
        "M300 330C340 300 380 350 420 320S480 290 500 310",
        "M300 380C350 350 390 400 440 370S490 350 500 356",
        "M300 280C350 250 400 290 500 250",
    ):
        c.path(d, light=True, stroke="#7d9a72", stroke_width=3)
    c.path(
        "M330 450C350 400 400 420 410 360S450 290 470 250",
        stroke="#e0705a",
        stroke_width=7,
        stroke_linecap="round",
        stroke_dasharray="2 12",
    )
    c.path("M410 340l16 36l-16 -8l-16 8Z", "#26385c")
    c.circle(400, 590, 56, c.ball("#2f353d"))
    c.circle(400, 590, 24, c.ball("#59626c"))
    for s in (-1, 1):
        c.rect(400 + s * 96 - 23, 540, 46, 26, "#2f353d", 12)
        c.rect(400 + s * 92 - 23, 600, 46, 26, "#2f353d", 12)


def headlamp(c: Canvas, p: str) -> None:
    c.shadow(400, 650, 250, 24)
    band = mix(p, "#26292e", 0.25)
    c.path("M150 420C150 210 650 210 650 420", stroke=tone(band, -0.16), stroke_width=62)
    c.path(
        "M130 430C130 560 230 600 290 590V520C230 520 200 490 196 430C180 400 140 400 130 430Z",
        c.lin((0, band), (1, tone(band, -0.12))),
    )
    c.path(
        "M670 430C670 560 570 600 510 590V520C570 520 600 490 604 430C620 400 660 400 670 430Z",
        c.lin((0, tone(band, -0.04)), (1, tone(band, -0.18))),
    )
    for x in (168, 632):
        c.rect(x - 25, 440, 50, 8, mix(band, "#ffffff", 0.6), 3, light=True)
    c.path(rounded(276, 430, 248, 214, 54), c.lin((0, tone(p, 0.12)), (0.5, p), (1, tone(p, -0.16)), to="across"))
    c.path(rounded(306, 460, 188, 150, 40), INK)
    c.circle(
        400,
        534,
        58,
        c.rad((0, "#fffef4"), (0.4, "#fdeeb8"), (0.8, "#b6bcc2"), (1, "#59626c"), cx=0.5, cy=0.5, r=0.5),
    )
    if not c.plan:
        c.circle(400, 534, 200, c.rad((0, "#fff6cf", 0.7), (1, "#fff6cf", 0), cx=0.5, cy=0.5, r=0.5))
    c.rect(374, 414, 52, 20, "#e0705a", 8)


def power_bank(c: Canvas, p: str) -> None:
    c.shadow(404, 690, 160, 20)
    c.path(
        rounded(258, 130, 284, 560, 46),
        c.lin((0, tone(p, 0.03)), (0.2, tone(p, 0.12)), (0.6, p), (1, tone(p, -0.16)), to="right"),
    )
    c.rect(258, 216, 284, 3, "#000", light=True, opacity=0.15)
    c.rect(352, 150, 40, 16, INK, 8)
    c.rect(414, 146, 58, 24, INK, 4)
    for i in range(4):
        c.circle(340 + i * 40, 300, 8, "#8fe0a8" if i < 3 else tone(p, -0.14))
    c.path(
        "M414 400L360 486H396L386 556L440 466H404Z",
        mix(p, "#ffffff", 0.85) if lightness(p) < 0.75 else tone(p, -0.3),
    )
    c.rect(282, 180, 12, 470, "#fff", 6, light=True, opacity=0.3)


def charger(c: Canvas, p: str) -> None:
    c.shadow(400, 640, 220, 24)
    c.stroke("M400 560C400 700 620 660 640 560S740 470 780 480", "#e9ebec", 13)
    for x in (356, 428):
        c.rect(x - 8, 216, 22, 90, c.cyl(STEEL), 5)
    c.path(rounded(254, 296, 292, 270, 60), c.lin((0, tone(p, 0.12)), (0.5, p), (1, tone(p, -0.12)), to="across"))
    c.rect(368, 540, 64, 26, INK, 8)
    c.path("M410 376L366 446H398L388 500L436 428H404Z", tone(p, -0.24))


def solar_panel(c: Canvas, p: str) -> None:
    c.shadow(400, 660, 300, 24)
    for i in range(3):
        x = 116 + i * 192
        d = f"M{x} {250 + (i % 2) * 18}L{x + 188} {268 - (i % 2) * 18}V{636 - (i % 2) * 18}L{x} {618 + (i % 2) * 18}Z"
        c.path(d, c.lin((0, tone(p, 0.06)), (1, tone(p, -0.1))))
        y = 280
        c.path(
            f"M{x + 16} {y}h156v320h-156Z",
            c.lin((0, "#31507c"), (0.5, "#1c3357"), (1, "#101f38"), to="across"),
        )
        for j in range(1, 4):
            c.path(f"M{x + 16 + j * 39} {y}v320", light=True, stroke="#8fb0d8", stroke_width=1.6, opacity=0.6)
        for j in range(1, 8):
            c.path(f"M{x + 16} {y + j * 40}h156", light=True, stroke="#8fb0d8", stroke_width=1.6, opacity=0.6)
        c.path(f"M{x + 16} {y + 130}L{x + 130} {y}h42L{x + 16} {y + 190}Z", "#fff", light=True, opacity=0.12)
    for x in (150, 650):
        c.circle(x, 636, 9, STEEL)


KINDS: Final[dict[str, Callable[[Canvas, str], None]]] = {
    "headphones": headphones, "earbuds": earbuds, "speaker": speaker, "camera": camera, "action-camera": action_camera,
    "drone": drone, "watch": watch, "phone": phone, "tablet": tablet, "e-reader": e_reader, "microphone": microphone,
    "gps": gps, "headlamp": headlamp, "power-bank": power_bank, "charger": charger, "solar-panel": solar_panel, "radio": radio,
}  # fmt: skip
