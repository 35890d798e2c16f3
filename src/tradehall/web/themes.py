"""What a theme decides beyond its style sheet: fonts to load early, pages to fill, what comes first."""

from typing import Literal

import msgspec


class Theme(msgspec.Struct, frozen=True, kw_only=True):
    """`facts` are specifications that a card in a list shows. `columns` is the largest number of products in a row, `page_size` a multiple of it."""

    name: str
    fonts: tuple[str, ...] = ()
    page_size: int = 24
    columns: int = 4
    night: bool = True
    specs_first: bool = False
    compare: bool = False
    seller_names: bool = False
    search: Literal["header", "center", "icon"] = "header"
    search_hint: str = "Search"
    add: str = "Add to cart"
    basket: str = "Cart"
    facts: tuple[str, ...] = ()
    brand: str = "Brand"


_ALL = (
    Theme(name="plain"),
    Theme(
        name="atlantic",
        fonts=("figtree-latin-wght-normal.woff2",),
        page_size=30,
        columns=5,
        seller_names=True,
        search_hint="Search tents, headphones, kayaks",
    ),
    Theme(
        name="mini",
        fonts=("instrument-sans-latin-wght-normal.woff2",),
        page_size=24,
        columns=4,
        night=False,
        search="icon",
    ),
    Theme(
        name="motors",
        fonts=("archivo-latin-wght-normal.woff2", "sofia-sans-condensed-latin-wght-normal.woff2"),
        page_size=24,
        columns=3,
        night=False,
        specs_first=True,
        compare=True,
        search_hint="Make, model or year",
        add="Buy this vehicle",
        facts=("Year", "Power", "Weight", "Consumption", "Displacement"),
    ),
    Theme(
        name="boutique",
        fonts=("fraunces-72-latin-wght-normal.woff2", "karla-latin-wght-normal.woff2"),
        page_size=18,
        columns=3,
        night=False,
        search="icon",
        add="Add to basket",
        basket="Basket",
    ),
    Theme(
        name="bazaar",
        fonts=("literata-latin-wght-normal.woff2", "atkinson-hyperlegible-next-latin-wght-normal.woff2"),
        page_size=30,
        columns=6,
        seller_names=True,
        search="center",
        search_hint="Describe what you feel like reading",
        brand="Author or maker",
    ),
)
THEMES = {theme.name: theme for theme in _ALL}


def theme_of(name: str) -> Theme:
    """`plain` for a name that has no style sheet."""
    return THEMES.get(name, THEMES["plain"])
