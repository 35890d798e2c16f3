"""Colours as numbers: contrast as WCAG measures it, mixing in OKLab, where equal steps look equal."""

AA = 4.5  # of text on its ground
NON_TEXT = 3.0  # of what is no text: borders, buttons, the focus

Rgb = tuple[float, float, float]
Lab = tuple[float, float, float]

WHITE: Rgb = (1.0, 1.0, 1.0)
BLACK: Rgb = (0.0, 0.0, 0.0)


def parse(hex_colour: str, fallback: str = "#1f5f8b") -> Rgb:
    """#rrggbb as three numbers from 0 to 1; the fallback for anything else."""
    text = hex_colour.strip().removeprefix("#")
    try:
        return (int(text[0:2], 16) / 255, int(text[2:4], 16) / 255, int(text[4:6], 16) / 255)
    except ValueError:
        return parse(fallback)


def to_hex(colour: Rgb) -> str:
    return "#" + "".join(f"{round(min(1.0, max(0.0, part)) * 255):02x}" for part in colour)


def luminance(colour: Rgb) -> float:
    r, g, b = (_linear(part) for part in colour)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: Rgb, other: Rgb) -> float:
    """WCAG contrast ratio, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    """`share` of `other` in `one`."""
    a, b = to_lab(one), to_lab(other)
    return from_lab((a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share))


def text_on(ground: Rgb) -> Rgb:
    """White or nearly black, whichever reads better."""
    return WHITE if contrast(WHITE, ground) >= contrast(BLACK, ground) else BLACK


def readable(colour: Rgb, ground: Rgb, ratio: float = AA, *, also: Rgb | None = None) -> Rgb:
    """The colour, made lighter or darker just as far as its contrast on the ground (and on `also`, one close to it)
    needs. Where that cannot be had, white or nearly black."""
    lightness, a, b = to_lab(colour)
    step = 0.01 if text_on(ground) == WHITE else -0.01
    found = colour
    while 0.0 <= lightness <= 1.0:
        if contrast(found, ground) >= ratio and (also is None or contrast(found, also) >= ratio):
            return found
        lightness += step
        found = from_lab((lightness, a, b))
    return text_on(ground)


def nearest(colour: str, ground: str, ratio: float) -> str:
    """As `readable`, of #rrggbb: what comes out has the contrast also after rounding."""
    least = ratio
    while True:
        found = to_hex(readable(parse(colour), parse(ground), least))
        if contrast(parse(found), parse(ground)) >= ratio or least > 21:
            return found
        least += 0.02


def to_lab(colour: Rgb) -> Lab:
    r, g, b = (_linear(part) for part in colour)
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    medium = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def from_lab(lab: Lab) -> Rgb:
    lightness, a, b = lab
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _gamma(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _gamma(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _gamma(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _gamma(part: float) -> float:
    part = min(1.0, max(0.0, part))
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
