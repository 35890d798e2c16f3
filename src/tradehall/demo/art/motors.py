"""The motors world: a dark studio with one long light above, a front view, and a drawing on blue paper."""

from dataclasses import replace

from tradehall.demo.art import car_paint, carfront, cars, motorcycles, scooters
from tradehall.demo.art.canvas import Canvas, Plan
from tradehall.demo.art.palette import colour, lightness, mix, tone

_PLAN = Plan("#a9c8dd", "#13222f", 1.7)


def _studio(c: Canvas, ground: float, tint: str) -> None:
    c.rect(0, 0, 800, 800, c.lin((0, "#17191d"), (0.45, "#2a2e34"), (1, "#1a1c20")))
    if lightness(tint) < 0.45:
        tint = mix(tint, "#a9b6c6", 0.5)
    c.ellipse(
        400,
        ground - 170,
        420,
        230,
        c.rad((0, tone(tint, 0.02, 0.5), 0.5), (1, "#23262b", 0), cx=0.5, cy=0.5, r=0.5),
    )
    c.rect(
        150,
        96,
        500,
        9,
        c.lin((0, "#fff", 0), (0.2, "#f4f7fa", 0.9), (0.8, "#f4f7fa", 0.9), (1, "#fff", 0), to="right"),
        4.5,
    )
    c.ellipse(400, 100, 380, 90, c.rad((0, "#dfe8f0", 0.20), (1, "#dfe8f0", 0), cx=0.5, cy=0.5, r=0.5))
    c.rect(0, ground - 12, 800, 812 - ground, c.lin((0, "#30343a"), (0.25, "#24272c"), (1, "#131417")))
    c.rect(0, ground - 13, 800, 2, c.lin((0, "#fff", 0), (0.5, "#fff", 0.16), (1, "#fff", 0), to="right"))


def _mirror(c: Canvas, ground: float) -> None:
    fade = c.lin((0, "#1d2024", 0.80), (1, "#141518", 1))
    with c.group(transform=f"translate(0 {2 * ground:.0f}) scale(1 -1)", opacity=0.5):
        c.raw('<use href="#thing"/>')
    c.rect(0, ground, 800, 800 - ground, fade)


def _shadow(c: Canvas, ground: float, left: float, right: float) -> None:
    mid, half = (left + right) / 2, (right - left) / 2
    c.ellipse(mid, ground + 1, half * 1.02, 13, "#000", opacity=0.75, filter=c.blur(7))
    c.ellipse(mid, ground, half * 0.94, 6, "#000", opacity=0.8, filter=c.blur(3))


def _paper(c: Canvas) -> None:
    c.raw('<rect width="800" height="800" fill="#13222f"/>')
    c.raw('<rect x="36" y="36" width="728" height="728" fill="none" stroke="#a9c8dd" stroke-opacity=".35"/>')


def _span(c: Canvas, x1: float, x2: float, y: float, letter: str) -> None:
    c.raw(
        f'<path d="M{x1:.0f} {y - 9:.0f}v18M{x2:.0f} {y - 9:.0f}v18M{x1:.0f} {y:.0f}H{x2:.0f}" stroke="#6f93ac" fill="none" stroke-width="1.4"/>'
    )
    m = (x1 + x2) / 2
    c.raw(f'<circle cx="{m:.0f}" cy="{y:.0f}" r="14" fill="#13222f"/>')
    c.text(m, y + 7, letter, 20, "#a9c8dd", "Inter", font_weight=500)


def _rise(c: Canvas, y1: float, y2: float, x: float, letter: str) -> None:
    c.raw(
        f'<path d="M{x - 9:.0f} {y1:.0f}h18M{x - 9:.0f} {y2:.0f}h18M{x:.0f} {y1:.0f}V{y2:.0f}" stroke="#6f93ac" fill="none" stroke-width="1.4"/>'
    )
    m = (y1 + y2) / 2
    c.raw(f'<circle cx="{x:.0f}" cy="{m:.0f}" r="14" fill="#13222f"/>')
    c.text(x, m + 7, letter, 20, "#a9c8dd", "Inter", font_weight=500)


def draw_car(
    seed: str, view: int, body: str = "sedan", year: int = 1972, color: str = "", length: float | None = None
) -> str:
    """Side, front, drawing. `length` in 0–1 within what the body allows."""
    if body not in cars.SHAPES:
        raise ValueError(f"unknown car body {body!r}")
    plan = view == 2
    c = Canvas(seed, _PLAN if plan else None)
    k = cars.car(c, body, int(year), colour(color) if color else None, length)
    if plan:
        _paper(c)
        low = cars.GROUND
        with c.group(transform="translate(60 -96) scale(.85)"):
            car_paint.side(c, k)
        x = [60 + 0.85 * k.x(t) for t in (0, k.shape.front_axle, k.shape.rear_axle, 1)]
        y = low * 0.85 - 96
        top = y - k.shape.height * 0.85
        _span(c, x[0], x[3], y + 62, "A")
        _span(c, x[1], x[2], y + 30, "B")
        _rise(c, top, y, 722, "C")
        c.plan = replace(_PLAN, width=3.4)
        with c.group(transform="translate(240 395) scale(.4 .41)"):
            carfront.front(c, k)
        width = (178 + k.shape.length * 0.12) * 0.4
        _span(c, 400 - width, 400 + width, 680, "D")
        c.text(
            64,
            86,
            f"{body.upper()} / {k.year}",
            24,
            "#a9c8dd",
            "Yanone Kaffeesatz",
            anchor="start",
            letter_spacing=3,
        )
        c.text(736, 86, "SIDE + FRONT", 24, "#6f93ac", "Yanone Kaffeesatz", anchor="end", letter_spacing=3)
        return c.svg()
    ground = cars.GROUND if view == 0 else carfront.GROUND
    _studio(c, ground, k.paint)
    half = k.shape.length / 2 if view == 0 else 178 + k.shape.length * 0.12
    _shadow(c, ground, 400 - half, 400 + half)
    with c.group(id="thing"):
        if view == 0:
            car_paint.side(c, k)
        else:
            size = 0.84 if body == "van" else 1
            with c.group(transform=f"translate(400 {ground:.0f}) scale({size}) translate(-400 -{ground:.0f})"):
                carfront.front(c, k)
    _mirror(c, ground)
    _shadow(c, ground, 400 - half * 0.96, 400 + half * 0.96)
    return c.svg()


def draw_motorcycle(seed: str, view: int, style: str = "cruiser", year: int = 1974, color: str = "") -> str:
    """Side, close up on the engine, drawing."""
    if style not in motorcycles.STYLES:
        raise ValueError(f"unknown motorcycle style {style!r}")
    c = Canvas(seed, _PLAN if view == 2 else None)
    b = motorcycles.bike(c, style, int(year), colour(color) if color else None)
    ride = scooters.scooter if style == "scooter" else motorcycles.side
    if view == 2:
        _paper(c)
        with c.group(transform="translate(40 -18) scale(.9)"):
            ride(c, b)
        g = motorcycles.GROUND * 0.9 - 18
        f, r = (b.front, b.rear) if style != "scooter" else (236, 556)
        _span(c, 40 + f * 0.9, 40 + r * 0.9, g + 40, "B")
        _span(c, 40 + (f - b.wheel) * 0.9, 40 + (r + b.wheel) * 0.9, g + 76, "A")
        c.text(
            64,
            86,
            f"{style.upper()} / {b.year}",
            24,
            "#a9c8dd",
            "Yanone Kaffeesatz",
            anchor="start",
            letter_spacing=3,
        )
        c.text(736, 86, "SIDE", 24, "#6f93ac", "Yanone Kaffeesatz", anchor="end", letter_spacing=3)
        return c.svg()
    ground = motorcycles.GROUND
    _studio(c, ground, b.paint)
    _shadow(c, ground, b.front - 50, b.rear + 50)
    with c.group(id="thing"):
        ride(c, b)
    _mirror(c, ground)
    _shadow(c, ground, b.front - 40, b.rear + 40)
    return c.svg() if view == 0 else c.svg("190 265 390 390")
