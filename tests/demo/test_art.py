"""The illustrator draws whatever the catalogue may ask for, the same every time, and nothing from outside."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tradehall.demo.art import (
    MOTIFS,
    Trait,
    atlantic,
    books,
    cars,
    curios,
    draw,
    hero,
    linen,
    mini,
    motorcycles,
    vessels,
    views,
)
from tradehall.demo.art.__main__ import catalogue
from tradehall.demo.art.lettering import GARAMOND, fit, width
from tradehall.demo.art.palette import NAMES, colour, lightness, tone

THINGS: list[tuple[str, dict[str, Trait]]] = [
    *(("car", {"body": body, "year": year}) for body in cars.SHAPES for year in (1970, 1976, 1982)),
    *(("motorcycle", {"style": style}) for style in motorcycles.STYLES),
    *(("book", {"title": "The Long Winter & Others", "author": "A. Writer", "genre": genre}) for genre in books.COVERS),
    *(("curio", {"kind": kind}) for kind in curios.KINDS),
    *(("vessel", {"kind": kind, "finish": finish}) for kind in vessels.KINDS for finish in vessels.FINISHES),
    *(
        ("linen", {"kind": kind, "pattern": pattern})
        for kind in linen.KINDS
        for pattern in ("plain", "stripe", "gingham")
    ),
    *(("outdoor", {"kind": kind}) for kind in atlantic.OUTDOOR),
    *(("gadget", {"kind": kind}) for kind in atlantic.GADGETS),
    *(("stationery", {"kind": kind}) for kind in mini.KINDS),
]
NAMED = [
    pytest.param(motif, traits, id="-".join([motif, *(str(v) for v in traits.values())])) for motif, traits in THINGS
]


def assert_whole(svg: str) -> None:
    """Well-formed, and every reference points to something inside the picture."""
    root = ET.fromstring(svg)
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    assert set(re.findall(r"url\(#([^)]+)\)", svg)) <= ids
    for link in re.findall(r'href="([^"]*)"', svg):
        assert link.startswith("#")
        assert link[1:] in ids
    outside = svg.replace("http://www.w3.org/2000/svg", "")
    assert "http" not in outside
    assert "<image" not in outside
    assert "nan" not in outside.lower().replace("tradehall", "")


@pytest.mark.parametrize(("motif", "traits"), NAMED)
def test_every_thing_draws_whole_in_every_view(motif: str, traits: dict[str, Trait]) -> None:
    for view in range(views(motif)):
        assert_whole(draw(motif, "a-seed", view=view, **traits))


@pytest.mark.parametrize(("motif", "traits"), NAMED)
def test_a_seed_always_gives_the_same_picture(motif: str, traits: dict[str, Trait]) -> None:
    assert draw(motif, "a-seed", **traits) == draw(motif, "a-seed", **traits)


@pytest.mark.parametrize("motif", sorted(MOTIFS))
def test_seeds_give_different_pictures(motif: str) -> None:
    pictures = {draw(motif, f"seed-{i}") for i in range(12)}
    assert len(pictures) > 6


@pytest.mark.parametrize("motif", sorted(MOTIFS))
def test_color_changes_the_picture(motif: str) -> None:
    assert draw(motif, "a-seed", color="navy") != draw(motif, "a-seed", color="#c8372f")


def test_unknown_names_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="submarine"):
        draw("submarine", "a-seed")
    with pytest.raises(ValueError, match="limousine"):
        draw("car", "a-seed", body="limousine")
    with pytest.raises(ValueError, match="spoon"):
        draw("vessel", "a-seed", kind="spoon")
    with pytest.raises(ValueError, match="octarine"):
        draw("gadget", "a-seed", color="octarine")
    with pytest.raises(ValueError, match="view 7"):
        draw("linen", "a-seed", view=7)


def test_every_picture_of_the_demo_catalogue_can_be_drawn() -> None:
    data = Path(hero.__file__).parent.parent / "data"
    pictures = list(catalogue(data, Path("out")))
    assert len({p.path for p in pictures}) == len(pictures)
    for picture in pictures:
        if picture.view == 0:
            ET.fromstring(draw(picture.motif, picture.seed, view=0, **picture.traits))


@pytest.mark.parametrize("store", hero.STORES)
def test_store_pictures_are_whole(store: str) -> None:
    for svg in (hero.hero(store), hero.logo(store), hero.mark(store)):
        assert_whole(svg)


def test_words_are_set_inside_their_box() -> None:
    for words in ("Dune", "The Strange Case of Dr Jekyll and Mr Hyde, with Other Stories", "Incomprehensibilities"):
        lines, size = fit(words, GARAMOND, 240, 150, 80)
        assert " ".join(lines) == words
        assert max(width(line, GARAMOND, size) for line in lines) <= 240
        assert len(lines) * GARAMOND.leading * size <= 150


def test_colours_are_hex_and_tones_move_the_right_way() -> None:
    for value in NAMES.values():
        assert re.fullmatch(r"#[0-9a-f]{6}", value)
        assert lightness(tone(value, -0.1)) < lightness(value) + 1e-6
    assert colour("Warm Grey") == NAMES["grey"]
    assert colour("#AABBCC") == "#aabbcc"
