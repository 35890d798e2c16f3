"""Cars from the side, 1970 to 1982: the silhouette follows body and year, the seed varies proportions."""

from dataclasses import dataclass
from typing import Final

from tradehall.demo.art.canvas import Canvas, num, soft

GROUND: Final = 560.0
PAINTS: Final[dict[str, tuple[str, ...]]] = {
    "early": (
        "#a32c22",
        "#c8622a",
        "#d8a33a",
        "#3c6b4a",
        "#27496d",
        "#7b8f3b",
        "#e5ddc9",
        "#5b2a30",
        "#2d7f86",
        "#d9b98a",
    ),
    "middle": (
        "#7c4a2b",
        "#a9713c",
        "#8c8a4c",
        "#4a5a45",
        "#b98f5a",
        "#6a2c2a",
        "#d6c9a8",
        "#3f5c78",
        "#c2502e",
        "#9aa7a8",
    ),
    "late": (
        "#1f2f4f",
        "#9fa6ad",
        "#7a1f2b",
        "#c9bda0",
        "#2f4c47",
        "#c23a2a",
        "#e8e4da",
        "#45484e",
        "#5b7fa3",
        "#a37c50",
    ),
}


@dataclass(frozen=True)
class Shape:
    """Length and heights in pixels above the ground; the rest in parts of the length from the nose."""

    length: float
    height: float
    belt: float
    nose: float
    deck: float
    cowl: float
    screen: float
    roof: float
    back: float
    front_axle: float
    rear_axle: float
    doors: int
    wheel: float = 49


SHAPES: Final[dict[str, Shape]] = {
    "sedan": Shape(664, 190, 118, 110, 113, 0.315, 0.405, 0.665, 0.765, 0.18, 0.785, 4),
    "coupe": Shape(664, 178, 114, 107, 112, 0.355, 0.45, 0.645, 0.795, 0.18, 0.785, 2),
    "muscle": Shape(656, 170, 113, 106, 116, 0.385, 0.47, 0.615, 0.885, 0.175, 0.785, 2, 51),
    "wagon": Shape(670, 194, 118, 110, 118, 0.295, 0.38, 0.93, 0.985, 0.175, 0.765, 4),
    "hatchback": Shape(566, 194, 118, 104, 121, 0.275, 0.39, 0.745, 0.965, 0.175, 0.80, 2, 47),
    "compact": Shape(548, 200, 122, 108, 117, 0.285, 0.38, 0.70, 0.805, 0.175, 0.79, 2, 46),
    "pickup": Shape(668, 216, 130, 124, 127, 0.30, 0.375, 0.53, 0.555, 0.17, 0.775, 2, 53),
    "roadster": Shape(566, 160, 114, 102, 107, 0.425, 0.475, 0.60, 0.66, 0.18, 0.80, 2, 48),
    "van": Shape(604, 258, 142, 112, 150, 0.075, 0.175, 0.955, 0.99, 0.185, 0.79, 2, 50),
}


@dataclass(frozen=True)
class Car:
    """One car: its shape after year and seed, and what it wears."""

    shape: Shape
    body: str
    year: int
    paint: str
    face: str
    white_wall: bool
    crisp: float
    bumper: str
    vinyl: str
    wood: bool
    stripe: bool
    lamps: str

    def x(self, part: float) -> float:
        return 400 - self.shape.length / 2 + part * self.shape.length


def car(c: Canvas, body: str, year: int, paint: str | None, length: float | None = None) -> Car:
    """Choose one car. `length` in 0–1 stretches within the body's range."""
    rng, base = c.rng, SHAPES[body]
    era = "early" if year < 1974 else "middle" if year < 1979 else "late"
    grow = {"early": 1.0, "middle": 1.015, "late": 0.965}[era]
    span = rng.uniform(0.955, 1.02) if length is None else 0.90 + 0.13 * length
    shift = rng.uniform(-0.016, 0.016)
    lift = rng.uniform(-4, 5)
    shape = Shape(
        length=min(716, base.length * grow * span), height=base.height + lift + (3 if era == "late" else 0),
        belt=base.belt + lift * 0.4, nose=base.nose + rng.uniform(-6, 3) - (3 if era == "late" else 0),
        deck=base.deck + rng.uniform(-3, 5) + (3 if era == "late" else 0), cowl=base.cowl + shift,
        screen=base.screen + shift + rng.uniform(-0.01, 0.012), roof=base.roof + rng.uniform(-0.02, 0.02),
        back=base.back + rng.uniform(-0.012, 0.008), front_axle=base.front_axle + rng.uniform(-0.008, 0.01),
        rear_axle=base.rear_axle + rng.uniform(-0.012, 0.01), doors=_doors(c, body, base), wheel=base.wheel,
    )  # fmt: skip
    plain = rng.choice(PAINTS[era])
    sporty = body in {"muscle", "roadster", "hatchback"}
    faces = ("mag", "rally", "turbine") if sporty else ("hubcap", "hubcap", "turbine", "rally", "steel", "wire")
    return Car(
        shape=shape, body=body, year=year, paint=paint or plain, face=rng.choice(faces),
        white_wall=not sporty and body not in {"van", "pickup"} and rng.random() < 0.5,
        crisp={"early": 1.35, "middle": 1.0, "late": 0.62}[era],
        bumper="chrome" if era != "late" or rng.random() < 0.45 else "black",
        vinyl=rng.choice(("#1d1c1c", "#e6dcc4", "#4a2d22")) if body in {"sedan", "coupe"} and era != "late" and rng.random() < 0.38 else "",
        wood=body == "wagon" and rng.random() < 0.45,
        stripe=(body == "muscle" and rng.random() < 0.7) or (body in {"hatchback", "van", "pickup"} and rng.random() < 0.35),
        lamps=rng.choice(("round", "twin", "square")) if era != "late" else rng.choice(("square", "twin-square")),
    )  # fmt: skip


def _doors(c: Canvas, body: str, base: Shape) -> int:
    if body in {"compact", "hatchback"}:
        return c.rng.choice((2, 2, 4))
    return base.doors


def outline(k: Car) -> str:
    """The silhouette above the sills."""
    s, r, g = k.shape, k.crisp, GROUND
    top: list[tuple[float, float, float]]
    tail: list[tuple[float, float, float]] = [
        (k.x(0.992), g - s.deck, 9 * r), (k.x(1.002), g - s.deck + 18, 7 * r), (k.x(0.994), g - 52, 8), (k.x(0.972), g - 32, 10),
    ]  # fmt: skip
    nose: list[tuple[float, float, float]] = [
        (k.x(0.03), g - 30, 10), (k.x(0.006), g - 50, 8), (k.x(-0.004), g - s.nose + 20, 5 * r), (k.x(0.002), g - s.nose, 9 * r),
    ]  # fmt: skip
    if k.body == "van":
        nose = [
            (k.x(0.03), g - 30, 10),
            (k.x(0.004), g - 52, 8),
            (k.x(0.0), g - s.nose, 14),
            (k.x(0.02), g - s.belt, 16),
        ]
        top = [
            (k.x(s.screen), g - s.height + 4, 34),
            (k.x(0.5), g - s.height, 60),
            (k.x(s.roof), g - s.height + 5, 30),
        ]
        tail = [
            (k.x(0.99), g - s.height + 46, 30),
            (k.x(1.0), g - s.deck, 20),
            (k.x(0.996), g - 52, 8),
            (k.x(0.975), g - 32, 10),
        ]
        return soft([*nose, *top, *tail])
    crown = (k.x((s.screen + s.roof) / 2), g - s.height, 120.0)
    hood = [
        (k.x(s.cowl * 0.55), g - (s.nose * 0.4 + s.belt * 0.6) - 2, 60.0),
        (k.x(s.cowl), g - s.belt - 2, 14.0 * r),
    ]
    if k.body == "roadster":
        top = [
            *hood,
            (k.x(s.screen), g - s.belt - 6, 8),
            (k.x(s.roof), g - s.belt + 2, 20),
            (k.x(s.back), g - s.deck - 4, 20),
        ]
    elif k.body == "pickup":
        top = [*hood, (k.x(s.screen), g - s.height + 4, 18 * r), crown, (k.x(s.roof), g - s.height + 5, 20 * r),
               (k.x(s.back), g - s.belt - 4, 4), (k.x(s.back) + 1, g - s.deck, 2)]  # fmt: skip
    elif k.body == "wagon":
        top = [
            *hood,
            (k.x(s.screen), g - s.height + 5, 22 * r),
            (k.x(0.6), g - s.height, 200),
            (k.x(s.roof), g - s.height + 6, 20 * r),
        ]
        tail = [(k.x(s.back), g - s.belt + 2, 14 * r), (k.x(1.0), g - s.belt + 30, 10 * r), *tail[2:]]
    else:
        hip = g - s.deck - (7 * r if k.year < 1974 else 3)
        top = [
            *hood,
            (k.x(s.screen), g - s.height + 5, 24 * r),
            crown,
            (k.x(s.roof), g - s.height + 6, 24 * r),
            (k.x(s.back), hip, 18 * r),
        ]
    return soft([*nose, *top, *tail])


def panes(k: Car) -> tuple[str, list[str]]:
    """Outline of the side glass, and the pillars across it."""
    s, g = k.shape, GROUND
    low, high = g - s.belt - 5, g - s.height + 17
    lean = (k.x(s.screen) - k.x(s.cowl)) / (s.height - s.belt)

    def front(y: float) -> float:
        return k.x(s.cowl) + 15 + (g - s.belt - y) * lean

    if k.body == "van":
        glass = soft(
            [
                (k.x(0.085), g - s.belt - 8, 8),
                (k.x(s.screen) + 4, high + 22, 14),
                (k.x(0.335), high + 22, 6),
                (k.x(0.335), g - s.belt - 8, 6),
            ]
        )
        return glass, [soft([(k.x(0.16), low, 1), (k.x(0.178), high, 1), (k.x(0.184), high, 1), (k.x(0.17), low, 1)])]
    rear_top, rear_low = k.x(s.roof) - 6, k.x(s.back) - 34
    if k.body == "pickup":
        rear_top, rear_low = k.x(s.roof) - 8, k.x(s.back) - 15
    if k.body == "wagon":
        rear_top, rear_low = k.x(s.roof) - 8, k.x(s.back) - 26
    if k.body in {"coupe", "muscle"}:
        rear_low = k.x(s.roof) + (k.x(s.back) - k.x(s.roof)) * 0.34
        rear_top = k.x(s.roof) - 18
    if k.body == "hatchback":
        rear_low = k.x(s.back) - 58
    glass = soft(
        [
            (front(low), low, 5),
            (front(high) - 2, high, 12),
            (rear_top, high + 1, 16 * k.crisp),
            (rear_low, low, 10),
        ]
    )
    posts: list[str] = []
    mid = (k.x(s.screen) + k.x(s.roof)) / 2

    def post(x: float, width: float, rake: float = 6) -> str:
        return f"M{num(x - width)} {num(low + 4)}L{num(x - width + rake)} {num(high - 4)}H{num(x + width * 0.7 + rake)}L{num(x + width)} {num(low + 4)}Z"

    if k.body == "wagon":
        posts = [post(k.x(0.51), 5), post(k.x(0.715), 6)]
    elif s.doors == 4:
        posts = [post(mid + 6, 5), post(rear_low - (24 if k.body == "sedan" else 34), 3, -8)]
    elif k.body in {"compact", "hatchback"}:
        posts = [post(mid + 34, 6, -4)]
    elif k.body in {"coupe", "muscle"}:
        posts = [post(mid + 44, 4, -8)]
    if k.year < 1973 and k.body not in {"roadster", "pickup"}:
        x = front(low) + 40
        posts.append(f"M{num(x)} {num(low + 3)}L{num(x + 4)} {num(high - 3)}h4L{num(x + 3)} {num(low + 3)}Z")
    return glass, posts
