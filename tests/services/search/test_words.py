"""What misspelt words may have meant, and how words become a query."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradehall.services.search import model
from tradehall.services.search.evaluating import misspell
from tradehall.services.search.model import Slot, Synonyms, slots_of, words_of
from tradehall.services.search.words import Vocabulary, alternatives, corrected


def vocabulary(*words: str) -> Vocabulary:
    found = Vocabulary()
    found.apply([(word, 1 + len(words) - place) for place, word in enumerate(words)])
    return found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("J.R.R. Tolkien", ["jrr", "tolkien"]),
        ("J R R Tolkien", ["jrr", "tolkien"]),
        ("Sorcerer's Stone", ["sorcerers", "stone"]),
        ("Café Müller", ["cafe", "muller"]),
        ("GB-12/x", ["gb", "12", "x"]),
        ("  ,;  ", []),
        ("1984", ["1984"]),
        ("a b", ["ab"]),
    ],
)
def test_words_of_a_text(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@given(st.text(max_size=60))
def test_words_are_the_same_however_often_they_are_taken(text: str) -> None:
    once = words_of(text)
    assert words_of(" ".join(once)) == once or any(len(word) == 1 for word in once)
    assert all(word.isalnum() for word in once)


@pytest.mark.parametrize("wrong", ["hobit", "hobbitt", "hbobit", "hibbit", "obbit"])
def test_one_mistake_is_forgiven(wrong: str) -> None:
    assert vocabulary("hobbit", "rabbit", "habit", "harbour").meant(wrong)[0] == "hobbit"


def test_two_mistakes_are_forgiven_in_a_long_word_only() -> None:
    known = vocabulary("philosopher", "cat")
    assert known.meant("pilosofer") == []
    assert known.meant("filosopher") == ["philosopher"]
    assert known.meant("ct") == []
    assert known.meant("kot") == []


def test_a_missing_space_is_found() -> None:
    assert vocabulary("harry", "potter").meant("harrypotter") == ["harry potter"]


def test_a_word_that_somebody_is_still_typing_is_not_corrected() -> None:
    known = vocabulary("tent", "tents", "trekking")
    assert alternatives(["trek"], known) == [[]]
    assert alternatives(["trek", "tent"], known) == [known.meant("trek"), []]
    assert corrected(["tentt"], alternatives(["tentt"], known)) == "tent"
    assert corrected(["tent"], alternatives(["tent"], known)) is None


@given(st.lists(st.tuples(st.sampled_from(["ab", "abc", "abd", "b", "bcd", "hobbit"]), st.integers(0, 3)), max_size=40))
def test_words_come_and_go_and_leave_nothing_behind(changes: list[tuple[str, int]]) -> None:
    one, step = Vocabulary(), Vocabulary()
    for change in changes:
        step.apply([change])
    latest = {word: frequency for word, frequency in dict(changes).items() if frequency}
    one.apply(list(latest.items()))
    assert vars(step)["_frequency"] == latest
    assert vars(step)["_sorted"] == vars(one)["_sorted"] == sorted(latest)
    for word in ("a", "b", "ho"):
        assert step.begins(word) == any(known.startswith(word) for known in latest)
        assert sorted(step.completions(word, 10)) == sorted(known for known in latest if known.startswith(word))


def test_a_misspelling_is_another_word() -> None:
    chance = random.Random(1)
    assert all(misspell("hobbit", chance) != "hobbit" for _ in range(500))


# --- synonyms


def query(q: str, *synonyms: Synonyms) -> str:
    words = words_of(q)
    return model.all_of(slots_of(words, [[] for _ in words], synonyms))


def test_synonyms_are_looked_for_as_well() -> None:
    two_ways, one_way = Synonyms(["sofa", "couch"], []), Synonyms(["sneaker"], ["running shoe"])
    assert query("red sofa", two_ways) == "(red) & (sofa:* | couch:*)"
    assert query("couch red", two_ways) == "(couch | sofa) & (red:*)"
    assert query("sneaker", one_way) == "(sneaker:* | running <-> shoe:*)"
    assert query("running shoe", one_way) == "(running) & (shoe:*)"
    phrase = Synonyms(["science fiction", "sci fi"], [])
    assert query("science fiction books", phrase) == "(science <-> fiction | sci <-> fi) & (books:*)"


def test_a_misspelt_word_has_the_synonyms_of_what_was_meant() -> None:
    slots = slots_of(["sofaa"], [["sofa"]], [Synonyms(["sofa", "couch"], [])])
    assert slots == [Slot([["sofa"], ["couch"]])]
