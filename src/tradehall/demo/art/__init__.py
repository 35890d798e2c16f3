"""The demo catalogue's illustrator: a motif, a seed and a few traits become one square SVG.

>>> draw("car", "chevelle", body="coupe", year=1972).startswith("<svg")
True
"""

from collections.abc import Callable
from typing import Final

from tradehall.demo.art import atlantic, books, curios, linen, mini, motors, vessels

Trait = str | int | float
_Draw = Callable[..., str]

_MOTIFS: Final[dict[str, tuple[_Draw, int]]] = {
    "car": (motors.draw_car, 3),
    "motorcycle": (motors.draw_motorcycle, 3),
    "book": (books.draw, 2),
    "curio": (curios.draw, 3),
    "vessel": (vessels.draw, 3),
    "linen": (linen.draw, 3),
    "outdoor": (atlantic.draw_outdoor, 3),
    "gadget": (atlantic.draw_gadget, 3),
    "stationery": (mini.draw, 3),
}
MOTIFS: Final = frozenset(_MOTIFS)


def views(motif: str) -> int:
    """How many pictures of one thing the motif can draw."""
    return _of(motif)[1]


def draw(motif: str, seed: str, *, view: int = 0, **traits: Trait) -> str:
    """One picture, `viewBox 0 0 800 800` unless the view is a close-up.

    Raises ValueError that names an unknown motif, kind, colour or view, TypeError for a trait the motif does not have.
    """
    function, count = _of(motif)
    if not 0 <= view < count:
        raise ValueError(f"{motif} has no view {view}")
    return function(seed, view, **traits)


def _of(motif: str) -> tuple[_Draw, int]:
    if motif not in _MOTIFS:
        raise ValueError(f"unknown motif {motif!r}")
    return _MOTIFS[motif]
