"""An index: its documents, their words, what is found in them."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import OSA

from tests.meilisearch.filters import Filter
from tests.meilisearch.values import facet_text, is_number, refusal, texts, tokens, values_of

FARTHEST = 8  # words between two, for proximity


class Index:
    def __init__(self, primary_key: str | None) -> None:
        self.primary_key = primary_key
        self.documents: dict[Any, dict[str, Any]] = {}
        self.vectors: dict[Any, list[float]] = {}
        self.settings: dict[str, Any] = {
            "displayedAttributes": ["*"],
            "searchableAttributes": ["*"],
            "filterableAttributes": [],
            "sortableAttributes": [],
            "rankingRules": ["words", "typo", "proximity", "attribute", "sort", "exactness"],
            "synonyms": {},
            "typoTolerance": {"minWordSizeForTypos": {"oneTypo": 5, "twoTypos": 9}},
            "faceting": {"maxValuesPerFacet": 100, "sortFacetValuesBy": {"*": "alpha"}},
            "pagination": {"maxTotalHits": 1000},
            "embedders": {},
        }
        self._texts: dict[Any, list[list[str]]] = {}
        self._words: dict[str, dict[Any, list[tuple[int, int]]]] = defaultdict(dict)
        self._by_length: dict[int, list[str]] = {}

    def reindex(self) -> None:
        """Words, where each is: by attribute, in the order of weight, and place."""
        named = self.settings["searchableAttributes"]
        self._texts, self._words = {}, defaultdict(dict)
        for id, document in self.documents.items():
            attributes = list(document) if named == ["*"] else named
            self._texts[id] = [tokens(" ".join(texts(document.get(one)))) for one in attributes]
            for attribute, said in enumerate(self._texts[id]):
                for place, word in enumerate(said):
                    self._words[word].setdefault(id, []).append((attribute, place))
        self._by_length = defaultdict(list)
        for word in self._words:
            self._by_length[len(word)].append(word)

    # --- words

    def _meant(self, word: str, *, prefix: bool) -> list[tuple[str, int]]:
        """Words, with their typos."""
        found = {word: 0} if word in self._words else {}
        if prefix:
            found |= {other: 0 for other in self._words if other.startswith(word)}
        sizes = self.settings["typoTolerance"]["minWordSizeForTypos"]
        most = 2 if len(word) >= sizes["twoTypos"] else 1 if len(word) >= sizes["oneTypo"] else 0
        for length in range(len(word) - most, len(word) + most + 1) if most else ():
            near = process.extract(
                word, self._by_length.get(length, ()), scorer=OSA.distance, score_cutoff=most, limit=None
            )
            for other, distance, _ in near:
                typos = int(distance) + (1 if other[0] != word[0] else 0)  # a wrong first letter counts twice
                if typos <= most:
                    found.setdefault(other, typos)
        return list(found.items())

    def _term(self, word: str, *, prefix: bool) -> dict[Any, "Match"]:
        found: dict[Any, Match] = {}
        for other, typos in self._meant(word, prefix=prefix):
            for id, places in self._words[other].items():
                match = Match(typos, places, other == word)
                if id not in found or match.better(found[id]):
                    found[id] = match
        for place in range(1, len(word)):  # a space may be missing
            for id, match in self._phrase([word[:place], word[place:]], typos=1).items():
                found.setdefault(id, match)
        return found

    def _phrase(self, words: Sequence[str], typos: int = 0) -> dict[Any, "Match"]:
        found: dict[Any, Match] = {}
        for id, places in self._words.get(words[0], {}).items():
            fitting = [
                (attribute, place)
                for attribute, place in places
                if self._texts[id][attribute][place : place + len(words)] == list(words)
            ]
            if fitting:
                found[id] = Match(typos, fitting, False)
        return found

    def _slots(self, q: str) -> list[dict[Any, "Match"]]:
        said, slots, place = tokens(q)[:10], [], 0
        known = {tuple(tokens(key)): value for key, value in self.settings["synonyms"].items()}
        while place < len(said):
            length = max(
                (n for n in range(len(said) - place, 0, -1) if tuple(said[place : place + n]) in known), default=1
            )
            phrase = said[place : place + length]
            last = place + length == len(said)
            found = self._term(phrase[0], prefix=last) if length == 1 else self._phrase(phrase)
            for other in known.get(tuple(phrase), ()):
                for id, match in self._phrase(tokens(other)).items():
                    found.setdefault(id, match)
            slots.append(found)
            place += length
        return slots

    def matching(self, q: str, strategy: str, allowed: set[Any]) -> dict[Any, "Ranked"]:
        slots = self._slots(q)
        if strategy == "frequency":
            slots = sorted(slots, key=len)
        found: dict[Any, Ranked] = {}
        for count in range(len(slots), 0, -1) if strategy != "all" else [len(slots)]:
            fitting = set.intersection(*(set(slot) for slot in slots[:count])) & allowed
            for id in fitting - found.keys():
                found[id] = self._ranked(q, id, [slot[id] for slot in slots[:count]], len(slots))
        return found

    def _ranked(self, q: str, id: Any, matches: list["Match"], asked: int) -> "Ranked":
        proximity = 0
        for one, other in pairwise(matches):
            distances = [abs(b[1] - a[1]) if a[0] == b[0] else FARTHEST for a in one.places for b in other.places]
            proximity += min(FARTHEST, *distances)
        said = tokens(q)
        whole = any(text == said for text in self._texts[id])
        begins = any(text[: len(said)] == said for text in self._texts[id])
        return Ranked(
            words=len(matches) / asked,
            typo=sum(match.typos for match in matches),
            proximity=proximity,
            attribute=sum(min(attribute * 1000 + place for attribute, place in match.places) for match in matches),
            exactness=-(4 * whole + 2 * begins) - sum(match.exact for match in matches) / asked,
        )

    # --- facets and filters

    def allowed(self, filter: Any, code: str) -> set[Any]:
        if filter is None:
            return set(self.documents)
        if not isinstance(filter, str | list):
            raise refusal(
                400,
                code,
                f"Invalid syntax for the filter parameter: `expected String, Array, found: {json.dumps(filter)}`.",
            )
        expressions = [filter] if isinstance(filter, str) else filter
        tests = [
            [
                Filter(one, self.settings["filterableAttributes"]).test
                for one in ([either] if isinstance(either, str) else either)
            ]
            for either in expressions
        ]
        return {
            id
            for id, document in self.documents.items()
            if all(any(test(document) for test in either) for either in tests)
        }

    def facets(self, names: Sequence[str], found: Iterable[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        filterable = self.settings["filterableAttributes"]
        if wrong := [name for name in names if name not in filterable]:
            raise refusal(
                400, "invalid_search_facets",
                f"Invalid facet distribution: Attribute `{wrong[0]}` is not filterable. Available filterable attributes are: `{', '.join(sorted(filterable))}`.",
            )  # fmt: skip
        distribution: dict[str, Any] = {}
        stats: dict[str, Any] = {}
        most = self.settings["faceting"]["maxValuesPerFacet"]
        found = list(found)
        for name in names:
            counts: Counter[str] = Counter()
            numbers = []
            for id in found:
                values = {facet_text(value).lower(): value for value in values_of(self.documents[id], name)}
                counts.update(facet_text(value) for value in values.values())
                numbers += [value for value in values.values() if is_number(value)]
            if not counts and not numbers:
                distribution[name] = {}
                continue
            by_count = self.settings["faceting"]["sortFacetValuesBy"].get("*") == "count"
            ordered = sorted(counts.items(), key=(lambda one: (-one[1], one[0])) if by_count else (lambda one: one[0]))
            distribution[name] = dict(ordered[:most])
            if numbers:
                stats[name] = {"min": float(min(numbers)), "max": float(max(numbers))}
        return distribution, stats


class Match:
    def __init__(self, typos: int, places: list[tuple[int, int]], exact: bool) -> None:
        self.typos, self.places, self.exact = typos, places, exact

    def better(self, other: "Match") -> bool:
        return (self.typos, not self.exact, min(self.places)) < (other.typos, not other.exact, min(other.places))


class Ranked:
    def __init__(self, **rules: float) -> None:
        self.rules = rules

    @property
    def score(self) -> float:
        worse = self.rules["typo"] / 4 + self.rules["proximity"] / 100 + self.rules["attribute"] / 100_000
        return float(self.rules["words"] / (1 + worse))
