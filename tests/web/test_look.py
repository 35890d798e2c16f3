"""Colours, words and files: pure rules."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.fake_api import demo_store
from tradehall.contracts.stores import Look
from tradehall.kernel.colours import AA, contrast, parse
from tradehall.web import words
from tradehall.web.colours import schemes, theme_css
from tradehall.web.forms import Filled, plain
from tradehall.web.static_files import ASSETS, static
from tradehall.web.themes import THEMES, theme_of

HEX = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)
GROUNDS = ("paper", "raised", "sunk")
TEXTS = ("ink", "muted", "accent-text")


@given(accent=HEX, ink=HEX, paper=HEX)
def test_text_is_readable_whatever_colours_a_store_chooses(accent: str, ink: str, paper: str) -> None:
    for scheme in schemes(Look(accent=accent, ink=ink, paper=paper)):
        colour = {name: parse(value) for name, value in scheme.properties().items()}
        for text in TEXTS:
            assert contrast(colour[text], colour["paper"]) >= AA - 0.05, text
        assert contrast(colour["on-accent"], colour["accent"]) >= AA - 0.05
        for tone in ("good", "warn", "bad"):
            assert contrast(colour[f"{tone}-text"], colour[f"{tone}-wash"]) >= AA - 0.05


@pytest.mark.parametrize("slug", ["atlantic", "mini", "motors", "boutique", "bazaar"])
def test_the_demo_stores_are_readable_on_every_ground(slug: str) -> None:
    for scheme in schemes(demo_store(slug).look):
        colour = {name: parse(value) for name, value in scheme.properties().items()}
        for ground in GROUNDS:
            for text in TEXTS:
                assert contrast(colour[text], colour[ground]) >= AA - 0.05, (text, ground)


def test_a_look_that_is_no_colour_falls_back() -> None:
    css = theme_css(Look(accent="red;}body{display:none", paper="", ink="url(x)"), night=True)
    assert "display" not in css
    assert "url" not in css


def test_every_theme_has_its_style_sheet_and_fonts() -> None:
    for theme in THEMES.values():
        assert static(f"themes/{theme.name}.css")
        assert len(theme.fonts) <= 2
        for font in theme.fonts:
            assert static(f"fonts/{font}").encode() in ASSETS[f"themes/{theme.name}.css"].body
    assert theme_of("no such theme").name == "plain"


def test_style_sheets_name_only_files_that_exist_and_no_others_hosts() -> None:
    urls = {asset.url for asset in ASSETS.values()}
    for asset in ASSETS.values():
        if asset.name.endswith(".css"):
            for url in re.findall(r"url\(([^)]+)\)", asset.body.decode()):
                assert url.strip("\"'") in urls


def test_money_is_written_as_the_store_writes_it() -> None:
    assert words.minor(129900, "USD") == "$1,299.00"
    assert words.minor(12900, "BRL") == "R$\u00a0129.00"
    assert words.minor(1500, "JPY") == "¥1,500"
    assert words.minor(129900, "EUR", "de-DE") == "€1.299,00"
    assert words.minor(5, "CHF") == "CHF\u00a00.05"


@pytest.mark.parametrize("typed", ["", "abc", "-1", "nan", "inf", "1e400"])
def test_a_price_that_is_none_is_no_filter(typed: str) -> None:
    assert words.to_minor(typed, "USD") is None


def test_a_price_is_read_in_the_currencys_unit() -> None:
    assert words.to_minor("19.99", "USD") == 1999


def test_times_are_the_stores_own() -> None:
    assert words.when("2026-11-21T08:25:00Z", "America/New_York") == "21 Nov 2026, 03:25"
    assert words.when("2026-11-21T08:25:00Z", "Not/AZone") == "21 Nov 2026, 08:25"


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("must be int, got str", "must be a whole number"),
        ("must be int >= 1", "must be a whole number of at least 1"),
        ("must be float <= 90.0", "must be a number of at most 90.0"),
        ("must be str matching regex '^[a-z]+$'", "is not written as it has to be"),
        ("is not for sale", "is not for sale"),
    ],
)
def test_types_are_said_in_words_of_people(rule: str, said: str) -> None:
    assert plain(rule) == said


def test_an_error_nobody_can_place_is_still_said() -> None:
    from tradehall.kernel.errors import FieldError

    filled = Filled()
    filled.blame([FieldError("lines[0].variant_id", "is not for sale")], {}, {})
    assert filled.wrong
    assert filled.others == ["lines[0].variant_id: is not for sale"]


def test_what_a_page_loads_beside_its_pictures_is_small() -> None:
    """With the page's own HTML of at most 17 kB it stays under 100 kB."""
    shared = sum(len(ASSETS[name].packed) for name in ("tradehall.css", "tradehall.js", "vendor/htmx.min.js"))
    for theme in THEMES.values():
        fonts = sum(len(ASSETS[f"fonts/{font}"].body) for font in theme.fonts)
        assert shared + len(ASSETS[f"themes/{theme.name}.css"].packed) + fonts < 82_500, theme.name
