"""Colours by name, and tones of a colour in OKLab, where a step of lightness looks like a step."""

from typing import Final

NAMES: Final[dict[str, str]] = {
    "navy": "#1f3350", "coral": "#f0715b", "sage": "#9bab8c", "oat": "#dcccb0", "rust": "#b0532f",
    "ink": "#23262d", "sand": "#d3b98c", "slate": "#5d6b78", "moss": "#6c7440", "clay": "#b9785a",
    "cobalt": "#2a4fa3", "mustard": "#d39f2f", "charcoal": "#3a3d42", "white": "#f3f1ec", "black": "#222326",
    "red": "#c8372f", "green": "#3f7d4f", "blue": "#3467b0", "teal": "#1f7f80", "plum": "#693a5c",
    "rose": "#d49395", "olive": "#777a3a", "orange": "#e27a2f", "yellow": "#eec643", "silver": "#b9bec4",
    "brown": "#6f4a33", "cream": "#efe4cc", "graphite": "#4b4f55", "sky": "#8fbbdb", "forest": "#2c5240",
    "burgundy": "#6f2230", "celadon": "#aec3ac", "indigo": "#34406f", "pink": "#eaa9ae", "grey": "#8d9196",
    "gray": "#8d9196", "natural": "#dccdb2", "mint": "#a6d5bf", "copper": "#b06a43", "brass": "#c29a4b",
    "gold": "#c9a24a", "beige": "#d9c7a6", "tan": "#c49a6c", "maroon": "#702a2f", "purple": "#6b4a92",
    "lavender": "#b7a9d3", "lilac": "#bfaecb", "turquoise": "#39a9a5", "aqua": "#6fc2c4", "terracotta": "#c26a48",
    "ochre": "#c68d35", "lemon": "#f2d95c", "lime": "#a7c73d", "khaki": "#a89a6a", "stone": "#b8b0a2",
    "ivory": "#f1e9d6", "bone": "#e8dfcc", "ash": "#a7a8a5", "smoke": "#7b8088", "steel": "#8a99a8",
    "denim": "#46638a", "ocean": "#25618a", "sea": "#4d8f96", "storm": "#4a5a6c", "sunset": "#ee8550",
    "amber": "#d98c26", "honey": "#dba34a", "peach": "#f1b48e", "blush": "#e6bcae", "wine": "#5e2233",
    "cherry": "#a8242f", "crimson": "#a3222f", "scarlet": "#cf3527", "emerald": "#1f7d5a", "pine": "#2f5545",
    "jade": "#4e9a7d", "fern": "#5f8a4c", "walnut": "#5b3d2a", "oak": "#b98a58", "birch": "#ddc59d",
    "chestnut": "#6d3a25", "espresso": "#3d2a22", "linen": "#e5dac5", "chalk": "#ece8df", "pearl": "#e6e3dc",
    "tenmoku": "#3a261d", "shino": "#e2c9ae", "midnight": "#18233b", "petrol": "#1f4e5f", "fog": "#c3c9cc",
    "flax": "#cdbb91", "wheat": "#dcc28c", "vermilion": "#dd4a2e", "champagne": "#d9c6a0", "bronze": "#8c6a3c",
    "titanium": "#97948e", "violet": "#6f4fa0", "magenta": "#b8357a", "cyan": "#3aa5c9", "lagoon": "#2a8c94",
    "spruce": "#2f5f5c", "glacier": "#bcd6df", "ice": "#d3e4ea", "ember": "#d2552f", "kraft": "#bf9566",
    "marigold": "#e9a02c", "fuchsia": "#c03b82", "clear": "#dfe9ec", "multicolour": "#e27a2f",
    "multicolor": "#e27a2f", "dune": "#cdb48a", "lichen": "#9aa57a", "eucalyptus": "#8fa79b", "apricot": "#eba56f",
}  # fmt: skip


def colour(value: str) -> str:
    """`#rrggbb` of a name or a hex; of two words ("Warm Grey", "navy / coral") the last known one."""
    text = value.strip().lower()
    if text.startswith("#") and len(text) == 7:
        int(text[1:], 16)
        return text
    if text in NAMES:
        return NAMES[text]
    for word in reversed(text.replace("-", " ").replace("/", " ").split()):
        if word in NAMES:
            return NAMES[word]
    raise ValueError(f"unknown colour {value!r}")


def _linear(c: float) -> float:
    return c / 12.92 if c <= 0.04045 else float(((c + 0.055) / 1.055) ** 2.4)


def _gamma(c: float) -> float:
    c = min(1.0, max(0.0, c))
    return c * 12.92 if c <= 0.0031308 else float(1.055 * c ** (1 / 2.4) - 0.055)


def _oklab(hexa: str) -> tuple[float, float, float]:
    r, g, b = (_linear(int(hexa[i : i + 2], 16) / 255) for i in (1, 3, 5))
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    mid = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * mid - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * mid + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * mid - 0.8086757660 * short,
    )


def _hex(light: float, a: float, b: float) -> str:
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    mid = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    rgb = (
        4.0767416621 * long - 3.3077115913 * mid + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * mid - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * mid + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(_gamma(v) * 255):02x}" for v in rgb)


def tone(hexa: str, step: float, chroma: float = 1.0) -> str:
    """The colour `step` lighter (or darker, negative); shadows lean a little to blue, lights to yellow."""
    light, a, b = _oklab(hexa)
    return _hex(min(0.995, max(0.06, light + step)), a * chroma, b * chroma + step * 0.035)


def mix(one: str, two: str, share: float) -> str:
    """`share` of `two` in `one`, 0 to 1."""
    p, q = _oklab(one), _oklab(two)
    return _hex(*(x + (y - x) * share for x, y in zip(p, q, strict=True)))


def lightness(hexa: str) -> float:
    return _oklab(hexa)[0]


def ink_on(hexa: str, dark: str = "#23262d", light: str = "#fbf8f1") -> str:
    """The one of two inks that reads on the colour."""
    return dark if lightness(hexa) > 0.68 else light
