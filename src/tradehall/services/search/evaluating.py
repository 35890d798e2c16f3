"""How well a store's products are found: misspelt words, and questions by meaning. The same trials each time."""

import random
import re
import time
from collections.abc import Sequence
from uuid import UUID

import msgspec

from tradehall.kernel.db import Database
from tradehall.services.search.engines import Engine
from tradehall.services.search.model import Wanted, words_of
from tradehall.services.search.queries import documents

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SHORTEST = 4  # letters of a word that is looked for
TRIES = 40  # products looked at for each trial


class MeaningTrial(msgspec.Struct, frozen=True):
    """`expected` is looked for in names and brands of the first `within` products."""

    query: str
    expected: str
    within: int


# Of a shop of books that knows titles and authors alone. The detectives are those who work in London.
BOOKS = (
    MeaningTrial("young wizard goes to school", "Harry Potter", 3),
    MeaningTrial("learn to cook italian food", "Essentials of Classic Italian Cooking", 5),
    MeaningTrial(
        "detective solves murder in london",
        "Sherlock|Arthur Conan Doyle|Poirot|Inspector Lynley|Whicher|Cormoran Strike|Maisie Dobbs|Adam Dalgliesh|Peter Grant",
        5,
    ),
)


class Misspelling(msgspec.Struct, frozen=True):
    """Three words that find `number` first, and the same with one of them misspelt."""

    number: int
    right: str
    wrong: str


class Outcome(msgspec.Struct, frozen=True):
    """`misses` name what was not found; times in milliseconds."""

    trials: int
    hits: int
    misses: list[str]
    times: list[float]

    def percentile(self, share: float) -> float:
        return sorted(self.times)[min(len(self.times) - 1, int(share * len(self.times)))] if self.times else 0.0


def misspell(word: str, chance: random.Random) -> str:
    """A letter left out, doubled, mistaken for another, or two that changed places: another word in any case."""
    while True:
        place = chance.randrange(len(word))
        letter = chance.choice(LETTERS)
        wrong = chance.choice(
            (
                word[:place] + word[place + 1 :],
                word[:place] + word[place] + word[place:],
                word[:place] + letter + word[place + 1 :],
                word[:place] + letter + word[place:],
                word[:place] + word[place + 1 : place + 2] + word[place : place + 1] + word[place + 2 :],
            )
        )
        if wrong != word:
            return wrong


async def misspellings(db: Database, store_id: UUID, engine: Engine, count: int, seed: int) -> list[Misspelling]:
    """Of three words of name and brand each, which, rightly spelt, find their product first."""
    chance = random.Random(seed)
    async with db.transaction(store_id) as tx:
        shelf = await documents.shelf(tx)
    found: list[Misspelling] = []
    for number in chance.sample(
        range(shelf.numbers if shelf else 0), min(shelf.numbers, count * TRIES) if shelf else 0
    ):
        if len(found) == count:
            break
        async with db.transaction(store_id) as tx:
            cards = await documents.cards(tx, [number])
        said = words_of(f"{cards[0].card.name} {cards[0].card.brand}") if cards else []
        words = [word for word in dict.fromkeys(said) if len(word) >= SHORTEST and word.isalpha() and word.isascii()]
        if len(words) < 3:
            continue
        chosen = sorted(chance.sample(range(len(words)), 3))
        wrong = chance.choice(chosen)
        right = " ".join(words[place] for place in chosen)
        answer = await engine.search(db, store_id, Wanted(q=right, limit=1))
        if answer.numbers == [number]:
            spelt = [misspell(words[place], chance) if place == wrong else words[place] for place in chosen]
            found.append(Misspelling(number, right, " ".join(spelt)))
    return found


async def spelling(db: Database, store_id: UUID, engine: Engine, trials: Sequence[Misspelling]) -> Outcome:
    """How often the product is still the first."""
    misses, times = [], []
    for trial in trials:
        began = time.perf_counter()
        answer = await engine.search(db, store_id, Wanted(q=trial.wrong, facets=True))
        times.append(1000 * (time.perf_counter() - began))
        if answer.numbers[:1] != [trial.number]:
            misses.append(f"{trial.wrong} ({trial.right})")
    return Outcome(len(trials), len(trials) - len(misses), misses, times)


async def meaning(db: Database, store_id: UUID, engine: Engine, trials: Sequence[MeaningTrial]) -> Outcome:
    """How often what was meant is among the first ones."""
    misses, times = [], []
    for trial in trials:
        began = time.perf_counter()
        answer = await engine.search(db, store_id, Wanted(q=trial.query, limit=trial.within, facets=True))
        times.append(1000 * (time.perf_counter() - began))
        async with db.transaction(store_id) as tx:
            cards = await documents.cards(tx, answer.numbers)
        seen = [f"{row.card.name} {row.card.brand}" for row in cards]
        if not any(re.search(trial.expected, one) for one in seen):
            misses.append(f"{trial.query}: {'; '.join(seen)}")
    return Outcome(len(trials), len(trials) - len(misses), misses, times)
