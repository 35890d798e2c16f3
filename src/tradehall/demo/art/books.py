"""Books: a cover by genre, shown upright and turned to its spine."""

from collections.abc import Callable
from typing import Final

from tradehall.demo.art import covers_children, covers_dark
from tradehall.demo.art import covers_quiet as quiet
from tradehall.demo.art import covers_story as story
from tradehall.demo.art.canvas import Canvas, num, rounded
from tradehall.demo.art.covers_story import H, Palette, W
from tradehall.demo.art.lettering import GARAMOND, SPARTAN, YANONE, Face, block
from tradehall.demo.art.palette import colour, ink_on, mix, tone

Cover = Callable[[Canvas, str, str, Palette], None]
COVERS: Final[dict[str, tuple[Cover, tuple[Palette, ...]]]] = {
    "fantasy": (story.fantasy, (("#14213d", "#35507a", "#e9b44c", "#f8efd6"), ("#1d2b24", "#3d6650", "#e2c268", "#f5efd9"), ("#2a173d", "#6a3f74", "#f0a96b", "#f9ead6"), ("#122b33", "#2f6b70", "#f2d388", "#f3f0df"))),
    "crime": (covers_dark.crime, (("#16181c", "#3a3f48", "#d8352a", "#f4efe4"), ("#e8dfcb", "#b9ad94", "#b3261e", "#17181b"), ("#1c2733", "#3c5063", "#f0b429", "#f4efe4"), ("#2b1d24", "#573845", "#e36a4a", "#f6ece2"))),
    "scifi": (story.scifi, (("#0d1033", "#6b2d8c", "#ff8a5c", "#fbeee0"), ("#04202c", "#0e6973", "#f2c14e", "#eaf6f2"), ("#230b26", "#a62b54", "#ffb35c", "#fff0e0"), ("#0e1b2c", "#24557a", "#ef5d52", "#eef4f7"))),
    "romance": (story.romance, (("#f7e3da", "#7c9a7a", "#d9576b", "#4a2430"), ("#1f3b3a", "#4f7f6d", "#f0a58f", "#fbeee2"), ("#f4d9c9", "#8a9b6c", "#b5384f", "#3d2029"), ("#34274a", "#6b6a9a", "#f0b3c0", "#fbeff0"))),
    "horror": (covers_dark.horror, (("#14120f", "#5a1e18", "#e0a030", "#f2e6cd"), ("#0d1512", "#274a3c", "#d9e0b0", "#eef0dc"), ("#15101c", "#4a2a52", "#e8dcc0", "#f0e6da"))),
    "adventure": (covers_dark.adventure, (("#1f5a78", "#173042", "#f0a35c", "#fff3dc"), ("#2a6b66", "#17312f", "#f2c063", "#fff4dc"), ("#34567f", "#1d2644", "#ea7f62", "#ffeedd"))),
    "children": (covers_children.children, (("#9fd0e8", "#7fb069", "#e4572e", "#27405a"), ("#f6c667", "#6aa67a", "#d64550", "#4a2b23"), ("#c9b6e4", "#5f9e8f", "#f2994a", "#3a2a55"), ("#f4a79d", "#7aa874", "#2f7f95", "#4d2230"))),
    "classic": (quiet.classic, (("#26473c", "#3a6353", "#d9b765", "#f3ead6"), ("#7a2230", "#97394a", "#e2bf7a", "#f3ead6"), ("#22365a", "#37507c", "#d8b46a", "#f3ead6"), ("#b5793a", "#c9924f", "#4a2c1a", "#f3ead6"), ("#4a4f3a", "#666c50", "#e0c88f", "#f3ead6"))),
    "cooking": (quiet.cooking, (("#f4e7cf", "#3f6b4a", "#d8572f", "#2b2a22"), ("#f6dfae", "#2f5d62", "#e07a3f", "#33261a"), ("#efe4d4", "#7a3b2e", "#d9a441", "#3a231a"))),
    "history": (quiet.history, (("#e9dcc0", "#7d5a3c", "#a6342a", "#33261b"), ("#27333f", "#a88b5c", "#d9a85a", "#f0e6cf"), ("#dfd6c6", "#44606b", "#b5562f", "#22292d"))),
    "poetry": (quiet.poetry, (("#f5f0e4", "#44606b", "#e0a03f", "#23262a"), ("#e4e6dc", "#3f5b45", "#d2694a", "#1f2822"), ("#efe0d8", "#6b3f4d", "#c9556a", "#34222a"), ("#20303c", "#9fb8c4", "#e8b45a", "#f3eee0"))),
    "selfhelp": (quiet.selfhelp, (("#f6c945", "#f4f0e6", "#e2543a", "#1e1f24"), ("#f2efe8", "#b9d3c4", "#1f6f5c", "#17211e"), ("#2450a4", "#4f7bd0", "#ffcf56", "#fbf7ea"), ("#ef6f53", "#f7c9a9", "#7a1f36", "#fff6ea"))),
    "travel": (quiet.travel, (("#e8b98a", "#2f4a4f", "#e07a52", "#22333a"), ("#a9c9c4", "#27485a", "#5fa3a8", "#16303c"), ("#f0cfa0", "#4d3b52", "#d9825a", "#33243c"))),
    "nature": (quiet.nature, (("#f2ead6", "#4f7550", "#d9694a", "#26362a"), ("#1d3a33", "#5f9a78", "#f0b45a", "#f3eeda"), ("#dfe8e2", "#3f6b62", "#b5577a", "#1d2f2c"))),
    "philosophy": (quiet.philosophy, (("#efe7d6", "#2f4f7c", "#d9502f", "#1f2024"), ("#e3ded2", "#3f6b5a", "#e0a43a", "#22251f"), ("#1f2530", "#5f7f9a", "#e07a4f", "#f1ebdd"))),
}  # fmt: skip
_SAME: Final = {
    "science-fiction": "scifi", "sci-fi": "scifi", "mystery": "crime", "thriller": "crime", "biography": "history",
    "essays": "philosophy", "essay": "philosophy", "science": "nature", "gothic": "horror", "drama": "classic",
    "self-help": "selfhelp", "business": "selfhelp", "food": "cooking", "picture-book": "children", "literature": "classic",
    "fiction": "classic", "art": "philosophy", "humour": "children", "humor": "children", "gardening": "nature",
}  # fmt: skip


def draw(
    seed: str, view: int, title: str = "Untitled", author: str = "Anonymous", genre: str = "classic", year: int = 0,
    color: str = "", turn: int = -1,
) -> str:  # fmt: skip
    """Upright, turned. `color` replaces the ground of the genre's palette; `turn`, the place among the books
    of one genre, keeps neighbours from getting the same composition."""
    key = genre.strip().lower().replace(" ", "-")
    key = _SAME.get(key, key)
    if key not in COVERS:
        raise ValueError(f"unknown genre {genre!r}")
    cover, palettes = COVERS[key]
    c = Canvas(f"{seed}{title}")
    palette = c.rng.choice(palettes)
    if turn >= 0:
        c.turn = int(turn)
        palette = palettes[(c.turn + c.turn // len(palettes)) % len(palettes)]
    if color:
        ground = colour(color)
        palette = (ground, mix(ground, ink_on(ground), 0.25), palette[2], ink_on(ground))
    reading_room(c)
    if view == 0:
        _upright(c, cover, title, author, palette)
    else:
        _turned(c, cover, title, author, palette, key)
    return c.svg()


def reading_room(c: Canvas) -> None:
    c.rect(0, 0, 800, 800, c.lin((0, "#ead7b8"), (0.8, "#e2caa4"), (1, "#d9bd93")))
    c.ellipse(300, 260, 460, 400, c.rad((0, "#fff6e0", 0.75), (1, "#fff6e0", 0), cx=0.5, cy=0.5, r=0.5))


def shelf(c: Canvas, y: float) -> None:
    c.rect(0, y, 800, 800 - y, c.lin((0, "#b98553"), (0.12, "#a8743f"), (0.55, "#8d5c33"), (1, "#6f4526")))
    c.rect(0, y, 800, 5, "#d9a873", opacity=0.8)
    for i in range(3):
        c.path(
            f"M0 {num(y + 24 + i * 22)}C200 {num(y + 16 + i * 24)} 420 {num(y + 36 + i * 20)} 800 {num(y + 22 + i * 22)}",
            stroke="#6f4526",
            stroke_width=1.5,
            opacity=0.3,
        )


def _sheen(c: Canvas) -> None:
    """The hinge of the board and the light across the cover."""
    c.rect(
        0,
        0,
        W,
        H,
        c.lin(
            (0, "#000", 0.22),
            (0.018, "#fff", 0.16),
            (0.032, "#000", 0.18),
            (0.055, "#000", 0.02),
            (0.4, "#fff", 0.05),
            (0.75, "#000", 0),
            (1, "#000", 0.1),
            to="right",
        ),
    )
    c.rect(0, 0, W, H, c.lin((0, "#fff", 0.12), (0.4, "#fff", 0), (1, "#000", 0.12)))


def _upright(c: Canvas, cover: Cover, title: str, author: str, p: Palette) -> None:
    base, x = 716.0, 176.0
    shelf(c, base - 6)
    top = base - H
    c.path(
        f"M{x + 20} {base}L{x + W + 120} {base + 24}L{x + W + 96} {base - 90}L{x + W} {top + 130}Z",
        "#4a2c14",
        opacity=0.36,
        filter=c.blur(20),
    )
    c.ellipse(x + W / 2 + 10, base + 4, W / 2 + 20, 12, "#2d190a", opacity=0.5, filter=c.blur(8))
    c.path(
        f"M{x + W - 6} {top + 3}L{x + W + 13} {top + 12}V{base - 8}L{x + W - 6} {base}Z",
        c.lin((0, "#efe5cf"), (1, "#cdbd9d"), to="right"),
    )
    for i in range(5):
        c.path(
            f"M{num(x + W + 1 + i * 2.4)} {num(top + 7 + i)}V{num(base - 3 - i)}",
            stroke="#a9977a",
            stroke_width=0.8,
            opacity=0.7,
        )
    c.path(f"M{x + W + 13} {top + 12}l4 -2V{base - 6}l-4 -2Z", tone(p[0], -0.12))
    with c.group(transform=f"translate({x} {top})", clip_path=c.clip(rounded(0, 0, W, H, 3))):
        cover(c, title, author, p)
        _sheen(c)


def _turned(c: Canvas, cover: Cover, title: str, author: str, p: Palette, genre: str) -> None:
    """Seen from the left: verticals stay upright, cover and spine fall away from the near edge."""
    base, x, k = 716.0, 262.0, 0.97
    shelf(c, base - 30)
    c.path(
        f"M{x - 60} {base - 14}L{x + 20} {base + 10}L{x + 470} {base - 30}L{x + 380} {base - 120}Z",
        "#3a210f",
        opacity=0.45,
        filter=c.blur(16),
    )
    thick = 62 + (len(title) * 7) % 24
    spine_w = thick
    with c.group(transform=f"matrix(0.9 -0.085 0 {k} {x} {base - H * k})"):
        c.rect(4, 7, W - 2, H - 12, "#d8c8a8")
        with c.group(clip_path=c.clip(rounded(0, 0, W, H, 3))):
            cover(c, title, author, p)
            _sheen(c)
            c.rect(0, 0, W, H, c.lin((0, "#fff", 0.08), (1, "#000", 0.16), to="right"))
    ink = p[3] if genre != "classic" else p[2]
    face: Face = {
        "crime": YANONE,
        "scifi": SPARTAN,
        "selfhelp": SPARTAN,
        "cooking": YANONE,
        "children": YANONE,
    }.get(genre, GARAMOND)
    with c.group(transform=f"matrix(0.9 0.24 0 {k} {num(x - spine_w * 0.9)} {num(base - H * k - spine_w * 0.24)})"):
        c.rect(0, 0, spine_w, H, p[0])
        for y in (34, H - 40):
            c.rect(0, y, spine_w, 3, p[2])
            c.rect(0, y + 7, spine_w, 1.2, p[2])
        with c.group(transform=f"rotate(90) translate(0 {-spine_w})"):
            block(c, title, face, (60, spine_w * 0.14, 370, spine_w * 0.72), ink, most=34, align="start")
            block(
                c,
                author.split()[-1] if author else "",
                face,
                (446, spine_w * 0.2, 140, spine_w * 0.6),
                ink,
                most=22,
                align="end",
                opacity=0.85,
            )
        c.rect(
            0,
            0,
            spine_w,
            H,
            c.lin((0, "#000", 0.45), (0.5, "#000", 0.22), (0.86, "#fff", 0.1), (1, "#000", 0.1), to="right"),
        )
