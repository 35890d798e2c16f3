"""A store's colours: from accent, ink and paper (#rrggbb) to every custom property the style sheets use.

Every text colour is moved away from its ground until its
contrast is at least what WCAG AA asks (4.5), whatever the store chose.
"""

from dataclasses import dataclass

from tradehall.contracts.stores import Look
from tradehall.kernel.colours import (
    AA,
    BLACK,
    NON_TEXT,
    WHITE,
    Rgb,
    from_lab,
    mix,
    parse,
    readable,
    text_on,
    to_hex,
    to_lab,
)

_DARK_PAPER = 0.19  # lightness of the ground in the dark scheme


@dataclass(frozen=True)
class Scheme:
    """One ground with everything that stands on it."""

    paper: Rgb
    ink: Rgb
    accent: Rgb

    @property
    def dark(self) -> bool:
        return text_on(self.paper) == WHITE

    def properties(self) -> dict[str, str]:
        """Custom property -> #rrggbb."""
        paper = self.paper
        ink = readable(self.ink, paper, 7.0)
        raised = mix(paper, WHITE, 0.05 if self.dark else 0.6)
        sunk = mix(paper, ink, 0.06 if self.dark else 0.04)
        accent = readable(self.accent, paper, NON_TEXT)
        found = {
            "paper": paper,
            "raised": raised,
            "sunk": sunk,
            "line": mix(paper, ink, 0.16),
            "line-strong": readable(mix(paper, ink, 0.42), paper, NON_TEXT),
            "ink": ink,
            "muted": readable(mix(ink, paper, 0.32), paper, also=sunk),
            "accent": accent,
            "accent-deep": mix(accent, BLACK if text_on(accent) == WHITE else WHITE, 0.14),
            "on-accent": text_on(accent),
            "accent-text": readable(self.accent, paper, also=sunk),
            "accent-wash": mix(paper, accent, 0.12),
            "focus": readable(self.accent, paper, NON_TEXT),
        }
        for name, base in (("good", "#1c7a4a"), ("warn", "#9a6200"), ("bad", "#b3261e")):
            wash = mix(paper, parse(base), 0.16 if self.dark else 0.1)
            found[f"{name}-wash"] = wash
            found[f"{name}-text"] = readable(parse(base), wash, AA)
        return {name: to_hex(colour) for name, colour in found.items()}


def schemes(look: Look) -> tuple[Scheme, Scheme]:
    """The store's own scheme, and the same store at night; the same twice where the store is dark already."""
    day = Scheme(parse(look.paper, "#ffffff"), parse(look.ink, "#1b1d21"), parse(look.accent))
    if day.dark:
        return day, day
    _, a, b = to_lab(day.ink)
    night_paper = from_lab((_DARK_PAPER, a * 0.35, b * 0.35))
    night_ink = from_lab((0.93, a * 0.15, b * 0.15))
    return day, Scheme(night_paper, night_ink, day.accent)


def theme_css(look: Look, *, night: bool) -> str:
    """The store's custom properties; `night`: with a dark scheme for those who prefer one."""
    day, dark = schemes(look)
    css = ":root{color-scheme:" + ("dark" if day.dark else "light") + ";" + _block(day) + "}\n"
    if night and not day.dark:
        css += "@media (prefers-color-scheme:dark){:root{color-scheme:dark;" + _block(dark) + "}}\n"
    return css


def _block(scheme: Scheme) -> str:
    return ";".join(f"--{name}:{value}" for name, value in scheme.properties().items())
