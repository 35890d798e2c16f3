"""The atlantic world: cool air, a pale disc of sun or sea behind the thing, and a chart for its drawing."""

from collections.abc import Callable
from typing import Final

from tradehall.demo.art import gadgets_carry, gadgets_desk, outdoor_camp, outdoor_move, outdoor_pack
from tradehall.demo.art.canvas import Canvas, Plan
from tradehall.demo.art.palette import colour, mix

Drawing = Callable[[Canvas, str], None]
OUTDOOR: Final[dict[str, Drawing]] = {
    "tent": outdoor_camp.tent, "backpack": outdoor_pack.backpack, "kayak": outdoor_move.kayak, "stove": outdoor_camp.stove,
    "bottle": outdoor_pack.bottle, "lantern": outdoor_camp.lantern, "jacket": outdoor_move.jacket, "boots": outdoor_move.boots,
    "axe": outdoor_camp.axe, "hammock": outdoor_camp.hammock, "sleeping-bag": outdoor_camp.sleeping_bag,
    "binoculars": outdoor_move.binoculars, "paddle": outdoor_move.paddle, "rope": outdoor_move.rope,
    "cooler": outdoor_camp.cooler, "chair": outdoor_camp.chair, "mug": outdoor_camp.mug, "compass": outdoor_move.compass,
    "knife": outdoor_pack.knife, "poles": outdoor_move.poles, "cap": outdoor_move.cap, "cookset": outdoor_camp.cookset,
    "mat": outdoor_camp.mat, "carabiner": outdoor_move.carabiner, "helmet": outdoor_move.helmet,
    "dry-bag": outdoor_pack.dry_bag, "board": outdoor_move.board,
}  # fmt: skip
GADGETS: Final[dict[str, Drawing]] = gadgets_carry.KINDS | gadgets_desk.KINDS
DYES: Final = ("#26385c", "#e0705a", "#3d7a9c", "#d8c7a1", "#3b5d47", "#c9432f", "#d08a2f", "#8d9499")
_CLOSE: Final = {
    "paddle": "410 70 380 380", "poles": "200 60 380 380", "knife": "330 190 400 400", "axe": "330 60 400 400",
    "board": "250 150 420 420", "carabiner": "300 150 400 400", "kayak": "230 220 380 380", "lantern": "220 180 380 380",
    "headphones": "350 230 430 430", "mat": "90 330 420 420", "boots": "280 210 420 420", "bottle": "220 80 360 360", "radio": "350 290 370 370",
    "rope": "380 200 360 360", "cooler": "120 260 400 400", "jacket": "220 60 400 400", "binoculars": "200 180 400 400",
    "speaker": "220 160 420 420", "microphone": "220 90 360 360", "laptop": "340 280 400 400", "watch": "220 210 360 360",
    "e-reader": "220 90 400 400", "solar-panel": "110 240 380 380", "drone": "230 280 340 340", "dry-bag": "220 70 360 360",
}  # fmt: skip
_PLAN: Final = Plan("#26385c", "#f3f7f9", 3.6)


def _air(c: Canvas, p: str) -> None:
    kind = c.rng.randrange(3)
    c.rect(0, 0, 800, 800, c.lin((0, "#f1f5f8"), (1, "#dde7ee")))
    disc = ("#cfdfe9", "#f6d9cf", "#d5e3e4")[kind]
    c.circle(400 + c.rng.uniform(-30, 30), 380, 300, c.lin((0, disc), (1, mix(disc, "#e4ecf1", 0.8))), opacity=0.85)
    y = 604
    c.path(
        f"M0 {y}" + "".join(f"q50 {-9 if i % 2 else 9} 100 0" for i in range(8)) + "V800H0Z",
        c.lin((0, "#cddce6"), (1, "#e6eef3")),
    )


def _chart(c: Canvas) -> None:
    c.raw('<rect width="800" height="800" fill="#f3f7f9"/>')
    for x, y in ((60, 60), (740, 60), (60, 740), (740, 740)):
        c.raw(f'<path d="M{x - 12} {y}h24M{x} {y - 12}v24" stroke="#e0705a" stroke-width="2.500"/>')


def _draw(table: dict[str, Drawing], motif: str, seed: str, view: int, kind: str, color: str) -> str:
    if kind not in table:
        raise ValueError(f"unknown {motif} {kind!r}")
    c = Canvas(seed, _PLAN if view == 2 else None)
    dye = colour(color) if color else c.rng.choice(DYES)
    if view == 2:
        _chart(c)
        c.reseed(kind)
        with c.group(transform="translate(80 80) scale(.8)"):
            table[kind](c, dye)
        return c.svg()
    size = c.rng.uniform(0.95, 1.02)
    _air(c, dye)
    c.reseed(kind)
    with c.group(transform=f"translate(400 640) scale({size:.3f}) translate(-400 -640)"):
        table[kind](c, dye)
    if view == 0:
        return c.svg()
    return c.svg(_CLOSE.get(kind, "180 190 420 420"))


def draw_outdoor(seed: str, view: int, kind: str = "tent", color: str = "") -> str:
    """In the open air, close up, and as a drawing on a chart."""
    return _draw(OUTDOOR, "outdoor", seed, view, kind, color)


def draw_gadget(seed: str, view: int, kind: str = "speaker", color: str = "") -> str:
    """In the open air, close up, and as a drawing on a chart."""
    return _draw(GADGETS, "gadget", seed, view, kind, color)
