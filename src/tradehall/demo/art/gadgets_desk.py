"""Electronics for a desk."""

from collections.abc import Callable
from typing import Final

from tradehall.demo.art.canvas import Canvas, rounded, soft
from tradehall.demo.art.gadgets_carry import lens
from tradehall.demo.art.gadgets_sound import INK, STEEL
from tradehall.demo.art.palette import mix, tone


def _desktop(c: Canvas, x: float, y: float, w: float, h: float) -> None:
    """Something on a screen: a coast at dusk."""
    d = rounded(x, y, w, h, 6)
    c.path(d, c.lin((0, "#26385c"), (0.55, "#5d7fa6"), (1, "#f0a58a")))
    if c.plan:
        return
    with c.group(clip_path=c.clip(d)):
        c.circle(x + w * 0.66, y + h * 0.6, h * 0.12, "#fde6c4")
        c.path(
            f"M{x} {y + h * 0.7}C{x + w * 0.2} {y + h * 0.5} {x + w * 0.34} {y + h * 0.72} {x + w * 0.5} {y + h * 0.74}S{x + w * 0.9} {y + h * 0.66} {x + w} {y + h * 0.72}V{y + h}H{x}Z",
            "#1b2a46",
        )
        c.path(f"M{x} {y}H{x + w * 0.5}L{x + w * 0.24} {y + h}H{x}Z", "#fff", opacity=0.06)


def laptop(c: Canvas, p: str) -> None:
    c.shadow(400, 628, 340, 20)
    c.path(rounded(160, 196, 480, 350, 22), c.lin((0, tone(p, 0.08)), (1, tone(p, -0.1))))
    c.path(rounded(170, 206, 460, 330, 16), INK)
    _desktop(c, 186, 224, 428, 284)
    c.path("M96 560L160 540H640L704 560Z", c.lin((0, tone(p, -0.16)), (1, tone(p, 0.06))))
    c.path(
        soft([(70, 556, 6), (730, 556, 6), (722, 592, 20), (690, 604, 12), (110, 604, 12), (78, 592, 20)]),
        c.lin((0, tone(p, 0.12)), (0.4, p), (1, tone(p, -0.2))),
    )
    c.path("M336 558H464Q460 574 446 574H354Q340 574 336 558Z", tone(p, -0.14))


def keyboard(c: Canvas, p: str) -> None:
    c.shadow(400, 560, 340, 24)
    c.path(
        soft([(84, 316, 24), (716, 316, 24), (744, 548, 26), (56, 548, 26)]),
        c.lin((0, tone(p, -0.04)), (1, tone(p, -0.22))),
    )
    c.path(
        soft([(86, 306, 24), (714, 306, 24), (738, 530, 26), (62, 530, 26)]),
        c.lin((0, tone(p, 0.08)), (1, tone(p, -0.05))),
    )
    key = mix(p, "#ffffff", 0.35)
    for row in range(4):
        n = (14, 13, 12, 11)[row]
        y = 326 + row * 49
        inset = 24 - row * 6
        x0, x1 = 64 + inset, 716 - inset + 20
        w = (x1 - x0) / (n + 0.6)
        x: float = x0
        for i in range(n):
            wide = w * (1.6 if i == n - 1 else 1) - 5
            face = "#e0705a" if (row == 0 and i == 0) or (row == 3 and i == n - 1) else key
            c.rect(x, y + 4, wide, 40, tone(face, -0.2), 7)
            c.rect(x, y, wide, 38, c.lin((0, tone(face, 0.05)), (1, tone(face, -0.05))), 7)
            x += w
    c.rect(250, 522, 300, 4, "#000", 2, light=True, opacity=0.2)


def mouse(c: Canvas, p: str) -> None:
    c.shadow(404, 660, 150, 24)
    c.path(
        "M270 360C270 220 320 160 400 160S530 220 530 360V520C530 620 480 660 400 660S270 620 270 520Z",
        c.lin((0, tone(p, 0.03)), (0.3, tone(p, 0.12)), (0.6, p), (1, tone(p, -0.18)), to="right"),
    )
    c.path("M400 162V360M272 364Q400 396 528 364", light=True, stroke="#000", stroke_width=2.5, opacity=0.3)
    c.rect(384, 226, 32, 86, INK, 16)
    c.rect(390, 238, 20, 62, c.cyl("#e0705a"), 10)


def monitor(c: Canvas, p: str) -> None:
    c.shadow(400, 690, 170, 18)
    c.path("M350 540H450L462 670H338Z", c.cyl(STEEL))
    c.path(soft([(266, 664, 12), (534, 664, 12), (548, 690, 10), (252, 690, 10)]), c.tube(STEEL))
    c.path(rounded(76, 150, 648, 410, 20), c.lin((0, tone(p, 0.06)), (1, tone(p, -0.14))))
    _desktop(c, 92, 166, 616, 366)


def router(c: Canvas, p: str) -> None:
    c.shadow(400, 640, 270, 24)
    for x, turn in ((206, -14), (330, -4), (470, 4), (594, 14)):
        c.rect(x - 13, 240, 26, 300, c.cyl("#2f353d"), 12, transform=f"rotate({turn} {x} 540)")
    c.path(
        soft([(150, 500, 34), (650, 500, 34), (690, 630, 26), (110, 630, 26)]),
        c.lin((0, tone(p, 0.12)), (0.5, p), (1, tone(p, -0.18))),
    )
    for i in range(6):
        c.circle(310 + i * 36, 592, 6, "#6fd09a" if i != 3 else "#f0a35c")
    for i in range(9):
        c.rect(260 + i * 32, 524, 18, 5, "#000", 2, light=True, opacity=0.2)


def projector(c: Canvas, p: str) -> None:
    c.shadow(400, 640, 280, 26)
    c.path(rounded(130, 350, 540, 280, 48), c.lin((0, tone(p, 0.12)), (0.5, p), (1, tone(p, -0.16)), to="across"))
    lens(c, 276, 490, 104)
    for i in range(8):
        c.rect(430 + i * 26, 430, 12, 120, "#000", 6, light=True, opacity=0.28)
    c.rect(440, 346, 150, 14, tone(p, -0.16), 7)


def gamepad(c: Canvas, p: str) -> None:
    c.shadow(400, 640, 270, 24)
    c.path(
        "M230 300C300 280 350 310 400 310S500 280 570 300C650 320 690 440 700 560C704 640 640 660 590 600L540 530H260L210 600C160 660 96 640 100 560C110 440 150 320 230 300Z",
        c.lin((0, tone(p, 0.12)), (0.5, p), (1, tone(p, -0.18))),
    )
    for x, y in ((318, 470), (482, 470)):
        c.circle(x, y, 48, c.ball("#2f353d"))
        c.circle(x, y, 33, c.ball("#59626c"))
    c.path("M214 372h26v-26h26v26h26v26h-26v26h-26v-26h-26Z", INK)
    for x, y, f in (
        (550, 350, "#e9c46a"),
        (590, 388, "#e0705a"),
        (510, 388, "#6fb3b0"),
        (550, 426, "#8fa7d0"),
    ):
        c.circle(x, y, 18, c.ball(f))
    c.circle(400, 380, 18, c.ball(STEEL))


def webcam(c: Canvas, p: str) -> None:
    c.shadow(400, 660, 170, 22)
    c.path("M340 520H460L490 650H310Z", c.lin((0, "#39414a"), (1, "#1b1f24")))
    c.path(
        rounded(180, 280, 440, 250, 110),
        c.lin((0, tone(p, 0.12)), (0.5, p), (1, tone(p, -0.16)), to="across"),
    )
    c.path(rounded(206, 306, 388, 198, 96), INK)
    lens(c, 400, 405, 84)
    c.circle(540, 405, 8, "#8fe0a8")
    for i in range(4):
        c.rect(246 + i * 12, 385, 5, 40, "#3a424c", 2.500)


def drive(c: Canvas, p: str) -> None:
    c.shadow(404, 670, 180, 22)
    c.stroke("M400 240C400 120 520 180 560 110S660 60 740 90", "#2f353d", 15)
    c.rect(376, 222, 48, 46, c.cyl(STEEL), 8)
    c.path(rounded(236, 258, 328, 410, 48), c.lin((0, tone(p, -0.1)), (1, tone(p, -0.22))))
    c.path(rounded(236, 256, 328, 396, 48), c.lin((0, tone(p, 0.12)), (0.5, p), (1, tone(p, -0.13)), to="across"))
    for i in range(9):
        c.path(f"M268 {330 + i * 32}H532", light=True, stroke="#000", stroke_width=5, opacity=0.13)
        c.path(f"M268 {335 + i * 32}H532", light=True, stroke="#fff", stroke_width=3, opacity=0.18)
    c.circle(514, 294, 8, "#7fc4f0")
    c.rect(270, 284, 74, 18, "#e0705a", 5)


KINDS: Final[dict[str, Callable[[Canvas, str], None]]] = {
    "laptop": laptop, "keyboard": keyboard, "mouse": mouse, "monitor": monitor, "router": router, "projector": projector,
    "gamepad": gamepad, "webcam": webcam, "drive": drive,
}  # fmt: skip
