"""A store's words in memory, and what somebody may have meant who misspelt one. No I/O."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from math import log1p

from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST = 3  # letters of a word that is taken to be misspelt
TWO_FROM = 6  # letters from which on two of them may be wrong
MEANT = 12  # words at most that one may stand for
BYTES_PER_WORD = 250  # measured: the text itself, its places in lists and dictionary


class Vocabulary:
    def __init__(self) -> None:
        self._frequency: dict[str, int] = {}
        self._sorted: list[str] = []
        self._by_length: dict[int, list[str]] = {}

    def __len__(self) -> int:
        return len(self._frequency)

    def apply(self, words: Iterable[tuple[str, int]]) -> None:
        """How often each of these is there from now on; never is gone."""
        new = []
        for word, frequency in words:
            if frequency > 0:
                if word not in self._frequency:
                    new.append(word)
                self._frequency[word] = frequency
            elif self._frequency.pop(word, 0):
                del self._sorted[bisect_left(self._sorted, word)]
                of_length = self._by_length[len(word)]
                del of_length[bisect_left(of_length, word)]
        if len(new) > 100:
            self._sorted = sorted([*self._sorted, *new])
            for length in {len(word) for word in new}:
                self._by_length[length] = [word for word in self._sorted if len(word) == length]
        else:
            for word in new:
                insort(self._sorted, word)
                insort(self._by_length.setdefault(len(word), []), word)

    def __contains__(self, word: str) -> bool:
        return word in self._frequency

    def frequency(self, word: str) -> int:
        return self._frequency.get(word, 0)

    def begins(self, word: str) -> bool:
        """Whether a word begins like this."""
        place = bisect_left(self._sorted, word)
        return place < len(self._sorted) and self._sorted[place].startswith(word)

    def completions(self, word: str, limit: int) -> list[str]:
        """Those that begin like this, the most frequent first."""
        place = bisect_left(self._sorted, word)
        end = bisect_left(self._sorted, word + "\U0010ffff")
        found = sorted(self._sorted[place:end], key=lambda one: -self._frequency[one])
        return found[:limit]

    def meant(self, word: str, *, wide: bool = False) -> list[str]:
        """What a misspelt word may stand for, the likeliest first; two words where a space is missing. Without `wide`
        those with the fewest mistakes alone."""
        if len(word) < SHORTEST or word.isdigit():
            return []
        wrong = 2 if len(word) >= TWO_FROM else 1
        near: list[tuple[float, float, str]] = []
        for length in range(len(word) - wrong, len(word) + wrong + 1):
            found = process.extract(
                word, self._by_length.get(length, ()), scorer=OSA.distance, score_cutoff=wrong, limit=20
            )
            near += [(distance, self._unlikely(word, other), other) for other, distance, _ in found if other != word]
        near.sort()
        return [other for distance, _, other in near[:MEANT] if wide or distance == near[0][0]] or self._apart(word)

    def _unlikely(self, word: str, other: str) -> float:
        """Few misspell the first letter, and what is often there is often looked for."""
        return (0.5 if word[0] != other[0] else 0.0) - 0.05 * log1p(self._frequency[other])

    def _apart(self, word: str) -> list[str]:
        parts = [
            (min(self._frequency[word[:place]], self._frequency[word[place:]]), f"{word[:place]} {word[place:]}")
            for place in range(SHORTEST, len(word) - SHORTEST + 1)
            if word[:place] in self and word[place:] in self
        ]
        return [max(parts)[1]] if parts else []


def alternatives(words: Sequence[str], vocabulary: Vocabulary, *, loose: bool = False) -> list[list[str]]:
    """For each word what may have been meant by it; nothing where it is known, or the last one begins a known one.
    `loose`: a known word may be another one misspelt, and there may be more mistakes."""
    found = []
    for place, word in enumerate(words):
        known = word in vocabulary or (place == len(words) - 1 and vocabulary.begins(word))
        if not known:
            found.append(vocabulary.meant(word, wide=loose))
        elif loose and len(word) >= SHORTEST and (meant := vocabulary.meant(word)):
            found.append([word, *meant])
        else:
            found.append([])
    return found


def corrected(words: Sequence[str], alternatives: Sequence[Sequence[str]]) -> str | None:
    """The query as it was probably meant; None where it stands as it is."""
    meant = [either[0] if either else word for word, either in zip(words, alternatives, strict=True)]
    return None if meant == list(words) else " ".join(meant)
