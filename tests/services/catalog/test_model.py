import pytest

from tradehall.services.catalog import model


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Alder trekking tent", "alder-trekking-tent"),
        ("  Œuvre: Ça & là!  ", "uvre-ca-la"),
        ("Straße 7", "strasse-7"),
        ("三脚", "product"),
        ("x" * 200, "x" * 80),
        ("a" * 79 + " b", "a" * 79),
    ],
)
def test_slugs(name: str, slug: str) -> None:
    assert model.slug_of(name) == slug


@pytest.mark.parametrize(
    ("text", "query"),
    [("Trekking te", "trekking:* & te:*"), ("a & !b:*", "a:* & b:*"), ("'", ""), ("É_2", "e:* & 2:*")],
)
def test_word_queries_hold_words_only(text: str, query: str) -> None:
    assert model.word_query(text) == query


def test_patterns_escape_what_like_would_read() -> None:
    assert model.part_pattern(" 100%_\\ ") == r"%100\%\_\\%"
