"""Ceramics: solids of revolution from a profile, glazed, on a table in window light."""

from typing import Final

from tradehall.demo.art.canvas import Canvas, Point, num
from tradehall.demo.art.palette import colour, mix, tone
from tradehall.demo.art.throwing import CLAY, FLAT, GLAZES, Glaze, branch, leaf, radius_at, turned

KINDS: Final = (
    "vase", "bowl", "cup", "mug", "plate", "platter", "pitcher", "teapot", "jar", "candlestick", "bottle", "planter",
)  # fmt: skip
FINISHES: Final = ("matte", "gloss", "speckled", "dipped", "banded")
PROFILES: Final[dict[str, tuple[tuple[Point, ...], ...]]] = {
    "vase": (
        ((58, 0), (92, 60), (112, 150), (96, 250), (54, 330), (44, 372), (58, 404)),
        ((70, 0), (78, 80), (84, 200), (80, 320), (66, 400), (70, 430)),
        ((52, 0), (96, 50), (118, 130), (92, 206), (40, 252), (34, 320), (46, 372)),
        ((64, 0), (118, 70), (128, 150), (98, 226), (62, 262), (70, 286)),
    ),
    "bowl": (
        ((70, 0), (74, 14), (130, 60), (172, 118), (186, 170)),
        ((62, 0), (66, 18), (142, 64), (176, 112), (180, 140)),
        ((78, 0), (80, 12), (150, 78), (158, 130), (150, 168)),
    ),
    "cup": (((48, 0), (66, 30), (74, 90), (76, 160)), ((56, 0), (72, 40), (76, 100), (70, 164)), ((44, 0), (58, 20), (78, 80), (82, 140))),
    "mug": (((70, 0), (84, 22), (86, 100), (82, 190)), ((60, 0), (86, 50), (90, 110), (80, 180)), ((78, 0), (82, 20), (80, 110), (84, 200))),
    "pitcher": (((74, 0), (108, 60), (114, 130), (84, 220), (66, 280), (76, 330)), ((80, 0), (96, 60), (96, 150), (78, 250), (72, 300), (80, 340))),
    "teapot": (((72, 0), (122, 40), (142, 104), (112, 166), (70, 188)), ((84, 0), (118, 50), (122, 110), (100, 170), (74, 190))),
    "jar": (((82, 0), (98, 30), (102, 130), (98, 220), (84, 244)), ((70, 0), (104, 60), (112, 130), (92, 206), (76, 226))),
    "candlestick": (((74, 0), (72, 16), (30, 36), (20, 90), (26, 150), (18, 200), (34, 222)), ((66, 0), (66, 22), (36, 40), (44, 80), (26, 110), (30, 132))),
    "bottle": (((66, 0), (84, 40), (86, 150), (70, 230), (28, 290), (22, 350), (28, 380)), ((70, 0), (76, 40), (76, 200), (60, 262), (24, 300), (22, 352), (27, 370))),
    "planter": (((92, 0), (108, 60), (124, 150), (132, 220)), ((104, 0), (126, 60), (130, 130), (118, 200))),
}  # fmt: skip


def draw(seed: str, view: int, kind: str = "vase", color: str = "", finish: str = "", count: int = 1) -> str:
    """Alone or as a set, close up on the glaze, and beside a vase with a branch."""
    if kind not in KINDS:
        raise ValueError(f"unknown vessel {kind!r}")
    if finish and finish not in FINISHES:
        raise ValueError(f"unknown finish {finish!r}")
    c = Canvas(seed)
    glaze = Glaze(colour(color) if color else c.rng.choice(GLAZES), finish or c.rng.choice(FINISHES))
    form = c.rng.randrange(12)
    room(c)
    if view == 2:
        with c.group(transform="translate(150 -24) scale(.86)"):
            branch(c, 480, 664, glaze)
            piece(c, 236, 690, kind, glaze, form, 0.9)
        return c.svg()
    n = max(1, min(4, int(count)))
    for x, y, k in _places(n, kind):
        piece(c, x, y, kind, glaze, form, k)
    if view == 1:
        return c.svg("225 345 330 330" if kind not in {"plate", "platter"} else "150 400 320 320")
    return c.svg(
        "60 110 680 680" if (n < 3 and kind != "candlestick") or kind in {"plate", "platter"} else "20 30 760 760"
    )


def room(c: Canvas) -> None:
    """Cream wall, table, and the light of a window on both."""
    c.rect(0, 0, 800, 800, c.lin((0, "#f4ecde"), (0.74, "#eee3d0"), (1, "#eadcc6")))
    glow = c.blur(22)
    with c.group(opacity=0.6, filter=glow):
        for i in range(2):
            x = 40 + i * 190
            c.path(f"M{x} 40L{x + 160} 0L{x + 300} 520L{x + 130} 580Z", "#fffaf0")
    c.rect(0, 596, 800, 204, c.lin((0, "#e2d2b8"), (0.15, "#e9dcc6"), (1, "#dccbb0")))
    c.rect(0, 592, 800, 10, "#cdb998", light=True, opacity=0.35, filter=c.blur(5))


def _places(n: int, kind: str) -> list[tuple[float, float, float]]:
    if kind in {"plate", "platter"}:
        return [(400.0, 690.0 - i * 17, 1.0) for i in range(n)]
    big = {"vase": 1.22, "bottle": 1.22, "pitcher": 1.22, "cup": 1.62, "mug": 1.62}.get(kind, 1.35)
    spots: dict[int, list[tuple[float, float, float]]] = {
        1: [(400, 682, big)],
        2: [(530, 650, big * 0.86), (280, 692, big * 0.9)],
        3: [(400, 626, big * 0.70), (590, 664, big * 0.74), (214, 692, big * 0.78)],
        4: [(286, 622, big * 0.6), (528, 618, big * 0.6), (620, 694, big * 0.65), (206, 706, big * 0.66)],
    }
    return spots[n]


def piece(c: Canvas, x: float, y: float, kind: str, glaze: Glaze, form: int, k: float) -> None:
    if kind in {"plate", "platter"}:
        _plate(c, x, y, glaze, k, 318 if kind == "platter" else 286, 0.40 if kind == "plate" else 0.34, form)
        return
    forms = PROFILES[kind]
    prof = [(r * k, h * k) for r, h in forms[form % len(forms)]]
    wide = max(r for r, _ in prof)
    c.shadow(x, y + 2, wide * 1.02, wide * 0.2, ink="#5a4630", strength=1.1)
    c.path(
        f"M{num(x)} {num(y - 10)}L{num(x + wide * 2.6)} {num(y - 34)}L{num(x + wide * 2.4)} {num(y + 10)}L{num(x)} {num(y + 12)}Z",
        "#6a5238",
        opacity=0.20,
        filter=c.blur(14),
    )
    if kind in {"mug", "pitcher"}:
        _handle(c, x, y, prof, glaze, k, tall=kind == "pitcher")
    if kind == "teapot":
        _handle(c, x, y, prof, glaze, k, tall=False, side=1)
        _spout(c, x, y, glaze, k)
    if kind == "planter":
        _plant(c, x, y - prof[-1][1] + 6, k)
    turned(c, x, y, prof, glaze, lip=kind == "pitcher", closed=kind in {"teapot", "jar", "candlestick"})
    top = y - prof[-1][1]
    if kind in {"teapot", "jar"}:
        _lid(c, x, top, prof[-1][0], glaze, k, wood=kind == "jar" and form % 3 == 0)
    if kind == "candlestick":
        c.rect(x - 17 * k, top - 176 * k, 34 * k, 178 * k, c.cyl("#f3ead8", 0.6), 3)
        c.ellipse(x, top - 176 * k, 17 * k, 5 * k, "#fbf5e8")
        c.path(f"M{num(x)} {num(top - 178 * k)}v-{num(18 * k)}", stroke="#4a3c2c", stroke_width=2.5)


def _handle(
    c: Canvas, x: float, y: float, prof: list[Point], glaze: Glaze, k: float, *, tall: bool, side: int = 1
) -> None:
    top = prof[-1][1]
    hi, lo = (top * 0.93, top * 0.36) if tall else (top * 0.84, top * 0.24)
    a, b = x + side * (radius_at(prof, hi) - 5), x + side * (radius_at(prof, lo) - 6)
    out = max(r for r, _ in prof) * (0.72 if not tall else 0.95)
    d = f"M{num(a)} {num(y - hi)}C{num(a + side * out)} {num(y - hi - 14 * k)} {num(b + side * out * 0.9)} {num(y - lo + 4 * k)} {num(b)} {num(y - lo)}"
    w = 21 * k
    c.stroke(d, tone(glaze.paint, -0.11), w)
    c.stroke(d, tone(glaze.paint, -0.02), w * 0.62, transform=f"translate({-2 * k:.1f} {-2 * k:.1f})")
    c.stroke(
        d,
        tone(glaze.paint, 0.1),
        w * 0.16,
        light=True,
        transform=f"translate({-4 * k:.1f} {-4 * k:.1f})",
        opacity=0.7,
    )


def _spout(c: Canvas, x: float, y: float, glaze: Glaze, k: float) -> None:
    p = glaze.paint
    d = f"M{num(x - 96 * k)} {num(y - 50 * k)}C{num(x - 170 * k)} {num(y - 70 * k)} {num(x - 170 * k)} {num(y - 150 * k)} {num(x - 214 * k)} {num(y - 184 * k)}L{num(x - 192 * k)} {num(y - 196 * k)}C{num(x - 150 * k)} {num(y - 170 * k)} {num(x - 150 * k)} {num(y - 128 * k)} {num(x - 104 * k)} {num(y - 136 * k)}Z"
    c.path(d, c.lin((0, tone(p, 0.08)), (0.5, p), (1, tone(p, -0.14)), to="across"))
    c.ellipse(
        x - 203 * k,
        y - 190 * k,
        13 * k,
        5 * k,
        tone(p, -0.2),
        transform=f"rotate(-28 {num(x - 203 * k)} {num(y - 190 * k)})",
    )


def _lid(c: Canvas, x: float, y: float, r: float, glaze: Glaze, k: float, *, wood: bool) -> None:
    p = "#b98a58" if wood else glaze.paint
    r *= 1.04
    c.ellipse(x, y, r, r * FLAT, tone(glaze.paint, -0.14))
    if wood:
        c.path(
            f"M{num(x - r)} {num(y - 4)}V{num(y - 24 * k)}H{num(x + r)}V{num(y - 4)}A{num(r)} {num(r * FLAT)} 0 0 1 {num(x - r)} {num(y - 4)}Z",
            c.cyl(p),
        )
        c.ellipse(x, y - 24 * k, r, r * FLAT, tone(p, 0.08))
        knob = y - 24 * k
    else:
        d = f"M{num(x - r)} {num(y - 3)}C{num(x - r * 0.8)} {num(y - 38 * k)} {num(x + r * 0.8)} {num(y - 38 * k)} {num(x + r)} {num(y - 3)}A{num(r)} {num(r * FLAT)} 0 0 1 {num(x - r)} {num(y - 3)}Z"
        c.path(d, c.cyl(p))
        c.ellipse(x - r * 0.36, y - 17 * k, r * 0.28, 6 * k, "#fff", light=True, opacity=0.25)
        knob = y - 28 * k
    c.path(
        f"M{num(x - 9 * k)} {num(knob)}C{num(x - 7 * k)} {num(knob - 10 * k)} {num(x - 20 * k)} {num(knob - 14 * k)} {num(x - 17 * k)} {num(knob - 25 * k)}C{num(x - 12 * k)} {num(knob - 36 * k)} {num(x + 12 * k)} {num(knob - 36 * k)} {num(x + 17 * k)} {num(knob - 25 * k)}C{num(x + 20 * k)} {num(knob - 14 * k)} {num(x + 7 * k)} {num(knob - 10 * k)} {num(x + 9 * k)} {num(knob)}Z",
        c.cyl(p),
    )


def _plate(c: Canvas, x: float, y: float, glaze: Glaze, k: float, r: float, flat: float, form: int) -> None:
    """Seen from above the table's edge, y is the front of the rim."""
    p = glaze.paint
    cy = y - r * flat * k
    c.ellipse(x + 14, cy + 22, r * 1.0, r * flat, "#5a4630", opacity=0.34, filter=c.blur(13))
    c.ellipse(x, cy + 12, r * 0.97, r * flat, mix(tone(p, -0.2), CLAY, 0.3))
    d = f"M{num(x - r)} {num(cy)}a{r} {num(r * flat)} 0 1 0 {2 * r} 0a{r} {num(r * flat)} 0 1 0 -{2 * r} 0Z"
    c.path(d, c.lin((0, tone(p, 0.06)), (0.5, p), (1, tone(p, -0.07)), to="across"))
    with c.group(clip_path=c.clip(d)):
        if glaze.finish == "dipped":
            c.path(
                f"M{num(x + r * 0.1)} {num(cy - r)}C{num(x + r * 0.4)} {num(cy - 40)} {num(x + r * 0.1)} {num(cy + 60)} {num(x + r * 0.4)} {num(cy + r)}H{num(x + r * 1.2)}V{num(cy - r)}Z",
                c.slab(CLAY),
            )
        if glaze.finish == "banded":
            ink = "#efe6d4" if glaze.dark else mix("#3f4a57", p, 0.15)
            c.ellipse(x, cy, r * 0.93, r * 0.93 * flat, "none", stroke=ink, stroke_width=6, opacity=0.8)
            c.ellipse(x, cy, r * 0.88, r * 0.88 * flat, "none", stroke=ink, stroke_width=2, opacity=0.8)
        well = r * (0.66 if form % 2 else 0.74)
        c.ellipse(
            x,
            cy + 7,
            well,
            well * flat,
            c.lin((0, tone(p, -0.15)), (0.4, tone(p, -0.04)), (1, tone(p, 0.05))),
            opacity=0.9 if glaze.finish != "dipped" else 0.35,
        )
        c.ellipse(x, cy + 15, well * 0.93, well * 0.9 * flat, p, opacity=0.8 if glaze.finish != "dipped" else 0.25)
        for i in range(6):
            q = well * (0.15 + i * 0.13)
            c.ellipse(x, cy + 15, q, q * flat, "none", stroke="#20150c", stroke_width=1.8, opacity=0.07)
        c.ellipse(
            x - r * 0.34,
            cy - r * flat * 0.2,
            r * 0.34,
            r * flat * 0.22,
            "#fff",
            opacity=0.2,
            filter=c.blur(12),
        )
        if glaze.finish == "speckled":
            for _ in range(170):
                s = c.rng.choice((1.0, 1.5, 2.3))
                c.ellipse(
                    x + c.rng.uniform(-r, r),
                    cy + c.rng.uniform(-r, r) * flat,
                    s * 1.2,
                    s * 0.7,
                    "#efe3cf" if glaze.dark else "#4a3322",
                    opacity=c.rng.uniform(0.35, 0.75),
                )
        if glaze.finish == "gloss":
            c.path(
                f"M{num(x - r * 0.6)} {num(cy - r * flat * 0.35)}q{num(r * 0.2)} {num(-r * flat * 0.35)} {num(r * 0.5)} {num(-r * flat * 0.4)}l4 8q{num(-r * 0.28)} 4 {num(-r * 0.46)} {num(r * flat * 0.38)}Z",
                "#fff",
                opacity=0.6,
            )
    c.path(d, stroke=tone(p, 0.12), stroke_width=2.4, opacity=0.7)


def _plant(c: Canvas, x: float, y: float, k: float) -> None:
    for i in range(17):
        turn = -72 + i * 9 + c.rng.uniform(-4, 4)
        leaf(
            c,
            x + turn * 0.5 * k,
            y + 8,
            turn,
            k * (1.9 - abs(turn) / 90) + c.rng.uniform(-0.2, 0.2),
            c.rng.choice(("#5f7a55", "#78906a", "#4f6b4a")),
        )
