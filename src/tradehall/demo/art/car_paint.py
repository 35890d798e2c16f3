"""A car from the side, painted: panels, glass, seams, chrome."""

from tradehall.demo.art.canvas import Canvas, Point, curve, num, soft
from tradehall.demo.art.cars import GROUND, Car, outline, panes
from tradehall.demo.art.palette import ink_on, tone
from tradehall.demo.art.wheels import wheel


def side(c: Canvas, k: Car) -> None:
    """The whole car, standing on `GROUND`."""
    s, g = k.shape, GROUND
    xs = (k.x(s.front_axle), k.x(s.rear_axle))
    body = outline(k)
    if not c.plan:
        c.rect(k.x(0.04), g - 46, s.length * 0.92, 30, "#07080a", 10)
    if k.body == "roadster":
        _cockpit(c, k)
    if k.body == "pickup":
        c.rect(k.x(s.back) + 2, g - s.deck - 3, k.x(0.985) - k.x(s.back) - 4, 12, tone(k.paint, -0.16), 3)
    p = k.paint
    split = 1 - s.belt / s.height
    c.path(body, c.lin((0, tone(p, 0.12)), (split * 0.35, tone(p, 0.02)), (split * 0.97, tone(p, -0.01)), (split + 0.02, tone(p, 0.17)),
                       (split + 0.1, tone(p, 0.03)), (split + 0.26, tone(p, -0.03)), (0.80, tone(p, -0.12)), (0.92, tone(p, -0.06)), (1, tone(p, -0.2))))  # fmt: skip
    with c.group(clip_path=c.clip(body)):
        _panels(c, k)
    _glasshouse(c, k)
    _seams(c, k)
    for x in xs:
        _arch(c, x, k)
    _ends(c, k)
    for x in xs:
        wheel(c, x, g - s.wheel, s.wheel, k.face, body=p, white=k.white_wall)


def _panels(c: Canvas, k: Car) -> None:
    s, g, p = k.shape, GROUND, k.paint
    if k.vinyl:
        line = f"M{num(k.x(s.screen) - 8)} {num(g - s.height - 9)}H{num(k.x(s.back) + 9)}L{num(k.x(s.back) - 2)} {num(g - s.belt - 3)}H{num(k.x(s.cowl) + 30)}Z"
        c.path(line, c.lin((0, tone(k.vinyl, 0.12)), (0.5, k.vinyl), (1, tone(k.vinyl, -0.06))))
    if k.wood:
        wood = c.pattern(
            120,
            26,
            '<rect width="120" height="26" fill="#8a5a35"/><path d="M0 5q30 4 60 0t60 0M0 13q40 -5 60 0t60 0M0 21q20 3 60 0t60 0" fill="none" stroke="#6d4426" stroke-width="2"/>',
        )
        c.rect(k.x(0.03), g - s.belt + 22, s.length * 0.95, 44, wood, 4, light=True)
        c.rect(
            k.x(0.03),
            g - s.belt + 21,
            s.length * 0.95,
            46,
            "none",
            4,
            light=True,
            stroke="#d9c08f",
            stroke_width=3,
        )
    if k.stripe:
        _stripe(c, k)
    shade = c.lin(
        (0, "#000", 0.34),
        (0.05, "#000", 0.08),
        (0.1, "#fff", 0.10),
        (0.2, "#fff", 0),
        (0.82, "#000", 0),
        (0.95, "#000", 0.14),
        (1, "#000", 0.42),
        to="right",
    )
    c.rect(k.x(0), g - s.belt - 12, s.length, s.belt, shade, light=True)
    hip = 8 if k.year < 1975 else 1
    y = g - s.belt + (4 if k.body != "van" else 10)
    line = curve(
        [
            (k.x(0.0), g - s.nose + 14),
            (k.x(0.16), y + 4),
            (k.x(0.42), y + 4 + hip * 0.5),
            (k.x(0.66), y + 4 + hip * 0.4),
            (k.x(0.8), y - hip * 0.6),
            (k.x(0.998), g - s.deck + 20),
        ]
    )
    c.path(line, light=True, stroke="#fff", stroke_width=3.2, opacity=0.42)
    c.path(line, light=True, stroke="#000", stroke_width=7, opacity=0.11, transform="translate(0 7)")
    crease = g - s.belt * 0.52
    c.path(f"M{num(k.x(0))} {num(crease)}H{num(k.x(1))}", light=True, stroke="#000", stroke_width=2, opacity=0.28)
    c.path(
        f"M{num(k.x(0))} {num(crease + 2)}H{num(k.x(1))}",
        light=True,
        stroke="#fff",
        stroke_width=1.4,
        opacity=0.24,
    )
    c.rect(k.x(0), g - 44, s.length, 20, c.lin((0, tone(p, -0.16)), (1, "#0a0b0c")), light=True)
    if k.bumper == "chrome" and k.year < 1977:
        c.rect(k.x(0.2), g - 42, s.length * 0.6, 4, "#d7dce0", light=True, opacity=0.85)


def _stripe(c: Canvas, k: Car) -> None:
    s, g = k.shape, GROUND
    ink = ink_on(k.paint, "#1c1d20", "#f1ece0")
    if k.body == "muscle":
        d = f"M{num(k.x(0))} {num(g - s.belt * 0.78)}L{num(k.x(0.86))} {num(g - s.belt * 0.70)}L{num(k.x(1))} {num(g - s.belt * 0.84)}V{num(g - s.belt * 0.95)}L{num(k.x(0.84))} {num(g - s.belt * 0.8)}L{num(k.x(0))} {num(g - s.belt * 0.83)}Z"
        c.path(d, ink, light=True, opacity=0.9)
        return
    for i, shade in enumerate(("#d9542b", "#e9962f", "#f2cb5a")):
        c.rect(k.x(0), g - s.belt * 0.72 + i * 8, s.length, 6, shade, light=True, opacity=0.92)


def _glasshouse(c: Canvas, k: Car) -> None:
    s, g = k.shape, GROUND
    if k.body == "roadster":
        return
    pane = c.lin((0, "#2b3642"), (0.45, "#4b5c6c"), (0.56, "#1d252d"), (1, "#10151a"))
    if k.body != "van":
        lean = f"M{num(k.x(s.cowl) - 3)} {num(g - s.belt - 3)}L{num(k.x(s.screen) - 6)} {num(g - s.height + 12)}l9 2L{num(k.x(s.cowl) + 9)} {num(g - s.belt - 3)}Z"
        c.path(lean, pane)
    glass, posts = panes(k)
    c.path(glass, pane, stroke="#cfd5da" if k.bumper == "chrome" else "#17191c", stroke_width=2.6)
    with c.group(clip_path=c.clip(glass)):
        x = k.x((s.screen + s.roof) / 2)
        for seat in (x - 44, x + 58):
            if k.body != "van":
                c.path(
                    soft(
                        [
                            (seat, g - s.belt + 4),
                            (seat + 4, g - s.belt - 22, 10),
                            (seat + 26, g - s.belt - 22, 10),
                            (seat + 30, g - s.belt + 4),
                        ]
                    ),
                    "#0c0f12",
                    light=True,
                    opacity=0.8,
                )
        for dx, w in ((-90, 34), (-40, 12), (70, 40)):
            c.path(
                f"M{num(x + dx)} {num(g - s.belt)}l46 -{num(s.height - s.belt)}h{w}l-46 {num(s.height - s.belt)}Z",
                "#fff",
                light=True,
                opacity=0.09,
            )
        for d in posts:
            c.path(d, c.lin((0, tone(k.paint, 0.02)), (1, tone(k.paint, -0.12))))
    roof = curve(
        [
            (k.x(s.screen) + 10, g - s.height + 7),
            (k.x((s.screen + s.roof) / 2), g - s.height + 3),
            (k.x(s.roof) - 12, g - s.height + 8),
        ]
    )
    c.path(roof, light=True, stroke="#fff", stroke_width=3, opacity=0.5)
    if k.body == "wagon":
        for i in (0.46, 0.62, 0.78):
            c.rect(k.x(i), g - s.height - 9, 4, 9, "#8d949b", 1)
        c.rect(k.x(0.44), g - s.height - 12, s.length * 0.4, 5, c.lin((0, "#eef1f3"), (1, "#7d848b")), 2.5)


def _cockpit(c: Canvas, k: Car) -> None:
    s, g = k.shape, GROUND
    x = k.x(s.screen)
    top = g - s.height
    seat = c.lin((0, "#8a5233"), (1, "#4a2a1a"))
    c.path(
        soft(
            [
                (x + 58, g - s.belt + 12),
                (x + 62, g - s.belt - 34, 12),
                (x + 88, g - s.belt - 34, 12),
                (x + 96, g - s.belt + 12),
            ]
        ),
        seat,
    )
    c.path(
        soft(
            [
                (k.x(s.roof) + 6, g - s.belt + 10),
                (k.x(s.roof) + 12, g - s.belt - 15, 12),
                (k.x(s.back) + 12, g - s.belt - 10, 14),
                (k.x(s.back) + 20, g - s.belt + 14),
            ]
        ),
        c.lin((0, "#3a3733"), (1, "#161514")),
    )
    c.path(
        soft([(k.x(s.cowl), g - s.belt + 2, 2), (x + 6, top, 6), (x + 12, top, 4), (x + 18, g - s.belt, 2)]),
        c.lin((0, "#6b8294"), (1, "#26323c")),
        stroke="#cfd5da",
        stroke_width=2.5,
    )
    c.path(
        f"M{num(x + 22)} {num(g - s.belt - 22)}l14 20",
        stroke="#17181a",
        stroke_width=5,
        stroke_linecap="round",
    )


def _seams(c: Canvas, k: Car) -> None:
    s, g = k.shape, GROUND
    low = g - 46
    start = k.x(s.cowl) + 8
    rear = k.x(s.rear_axle) - s.wheel - 22
    mid = (k.x(s.screen) + k.x(s.roof)) / 2 + 6
    doors: list[Point] = (
        [(start, mid), (mid, min(rear + 22, k.x(s.back) - 20))] if s.doors == 4 else [(start, min(rear, mid + 62))]
    )
    if k.body == "van":
        doors = [(k.x(0.30), k.x(0.352)), (k.x(0.36), k.x(0.60))]
        c.path(
            f"M{num(k.x(0.36))} {num(g - s.belt - 40)}H{num(k.x(0.9))}",
            light=True,
            stroke="#000",
            stroke_width=2,
            opacity=0.25,
        )
    if k.body == "wagon":
        doors = [(start, k.x(0.51)), (k.x(0.51), k.x(0.69))]
    for a, b in doors:
        top = g - s.belt - (4 if k.body != "van" else 60)
        d = f"M{num(b)} {num(top)}V{num(low)}H{num(a)}V{num(g - s.belt)}"
        c.path(d, stroke="#000", stroke_width=2, opacity=0.5)
        c.path(d, light=True, stroke="#fff", stroke_width=1, opacity=0.2, transform="translate(2 0)")
        c.rect(b - 34, g - s.belt + 15, 22, 6, c.lin((0, "#f5f7f8"), (1, "#7b828a")), 3)
    if k.body not in {"van", "roadster"}:
        c.path(
            f"M{num(k.x(0.06))} {num(g - s.nose + 1)}L{num(k.x(s.cowl) - 16)} {num(g - s.belt + 3)}",
            light=True,
            stroke="#000",
            stroke_width=1.8,
            opacity=0.3,
        )
    x = k.x(s.cowl) + 34
    c.path(
        soft(
            [
                (x - 4, g - s.belt - 3),
                (x - 8, g - s.belt - 20, 6),
                (x + 14, g - s.belt - 20, 6),
                (x + 16, g - s.belt - 6, 6),
            ]
        ),
        c.lin((0, "#eef1f3"), (1, "#7d848b")),
    )
    if k.body not in {"muscle", "roadster"} and not k.wood:
        y = g - s.belt * 0.60
        c.rect(
            k.x(0.05),
            y,
            s.length * 0.9,
            5,
            c.lin((0, "#f3f5f6"), (1, "#868d95")) if k.bumper == "chrome" else "#17181b",
            2.5,
        )


def _arch(c: Canvas, x: float, k: Car) -> None:
    s, g = k.shape, GROUND
    r = s.wheel + 8
    y = g - s.wheel
    d = f"M{num(x - r)} {num(g - 28)}V{num(y)}A{num(r)} {num(r)} 0 0 1 {num(x + r)} {num(y)}V{num(g - 28)}Z"
    c.path(d, "#060708")
    lip = f"M{num(x - r)} {num(g - 30)}V{num(y)}A{num(r)} {num(r)} 0 0 1 {num(x + r)} {num(y)}V{num(g - 30)}"
    c.path(
        lip,
        light=True,
        stroke=tone(k.paint, 0.2) if k.bumper == "black" else "#dfe3e6",
        stroke_width=2.4,
        opacity=0.75,
    )


def _ends(c: Canvas, k: Car) -> None:
    s, g = k.shape, GROUND
    big = 9 if 1973 < k.year < 1981 else 3
    metal = (
        c.lin((0, "#fbfcfd"), (0.3, "#c4cad0"), (0.55, "#5d646c"), (0.7, "#b2b9c0"), (1, "#4a5058"))
        if k.bumper == "chrome"
        else c.lin((0, "#4a4d52"), (0.3, "#2a2c30"), (1, "#101114"))
    )
    y = g - 76 if k.body != "van" else g - 66
    c.path(
        soft(
            [
                (k.x(0) - 7 - big, y, 8),
                (k.x(0.085), y + 2, 4),
                (k.x(0.085), y + 20, 5),
                (k.x(0) - 5 - big, y + 23, 9),
            ]
        ),
        metal,
    )
    c.path(
        soft(
            [
                (k.x(0.925), y + 2, 4),
                (k.x(1) + 6 + big, y, 8),
                (k.x(1) + 4 + big, y + 23, 9),
                (k.x(0.925), y + 20, 5),
            ]
        ),
        metal,
    )
    lamp_y = g - s.nose + 13 if k.body != "van" else g - 104
    if k.lamps in {"round", "twin"}:
        c.path(
            f"M{num(k.x(0.004))} {num(lamp_y)}q14 -3 15 10q-1 12 -16 10Z",
            c.lin((0, "#fffdf2"), (1, "#b9bfb9")),
            stroke="#c9cfd4",
            stroke_width=2,
        )
    else:
        c.rect(
            k.x(0.0) - 1,
            lamp_y - 1,
            15,
            20,
            c.lin((0, "#fffdf2"), (1, "#b9bfb9")),
            3,
            stroke="#c9cfd4",
            stroke_width=1.5,
        )
    c.rect(k.x(0.045), g - s.nose * 0.66, 20, 8, "#e8952e", 2.5)
    c.rect(k.x(0.93), g - s.deck * 0.66, 20, 8, "#c22a22", 2.5)
    tail_y = g - s.deck + 18 if k.body not in {"van", "wagon"} else g - s.belt + 26
    tall = 34 if k.body in {"van", "wagon", "pickup", "hatchback"} else 24
    c.rect(k.x(1) - 13, tail_y, 13, tall, c.lin((0, "#e8483c"), (1, "#8d1a18")), 3)
