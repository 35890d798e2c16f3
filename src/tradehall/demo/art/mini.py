"""The mini world: white, a soft shadow, nothing else."""

from typing import Final

from tradehall.demo.art import desk, writing
from tradehall.demo.art.canvas import Canvas, Plan
from tradehall.demo.art.palette import colour, lightness, tone

KINDS: Final = writing.KINDS | desk.KINDS
DYES: Final = ("#1b1b1b", "#f4f3ef", "#2a45b8", "#c0332b", "#8d9093", "#2f5a46")
_STANDING: Final = {"ink", "stapler", "hole-punch", "desk-lamp", "organizer", "stamp", "clock"}
_PLAN: Final = Plan("#1b1c20", "#ffffff", 3.4)


def draw(seed: str, view: int, kind: str = "notebook", color: str = "") -> str:
    """Alone on white, close up, and as a line drawing with one red dot."""
    if kind not in KINDS:
        raise ValueError(f"unknown stationery {kind!r}")
    c = Canvas(seed, _PLAN if view == 2 else None)
    dye = colour(color) if color else c.rng.choice(DYES)
    if lightness(dye) < 0.3:
        dye = tone(dye, 0.06)
    if view == 2:
        c.reseed(kind)
        c.raw('<rect width="800" height="800" fill="#ffffff"/>')
        with c.group(transform="translate(96 84) scale(.76)"):
            KINDS[kind](c, dye)
        c.raw('<circle cx="400" cy="748" r="7" fill="#d8432f"/>')
        return c.svg()
    c.rect(0, 0, 800, 800, "#ffffff")
    c.ellipse(430, 520, 420, 330, c.rad((0, "#f1f1ef"), (1, "#ffffff", 0), cx=0.5, cy=0.5, r=0.5))
    turn, size = (0.0 if kind in _STANDING else c.rng.uniform(-4, 4)), c.rng.uniform(0.95, 1.03)
    c.reseed(kind)
    with c.group(transform=f"translate(400 400) rotate({turn:.1f}) scale({size:.3f}) translate(-400 -400)"):
        KINDS[kind](c, dye)
    return c.svg("20 10 760 760") if view == 0 else c.svg("205 215 385 385")
