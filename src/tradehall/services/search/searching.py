"""A search in PostgreSQL: words by its full text, meaning by pgvector; filters, facets and order by columns in memory.

All statements of a search see one snapshot, so that an index that is switched in the middle is either the old one or the
new one.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from cachetools import LRUCache

from tradehall.kernel.db import Database, Tx
from tradehall.kernel.folding import fold
from tradehall.services.search import model, vectors, words
from tradehall.services.search.columns import Columns, Floats, Mask
from tradehall.services.search.embedding import Embedder
from tradehall.services.search.memory import Kept, memory
from tradehall.services.search.model import Found, Slot, Suggestions, Wanted, Why
from tradehall.services.search.queries import documents, index
from tradehall.services.search.queries.documents import Shelf
from tradehall.services.search.reckoning import BESIDE, COMMON, FEW, NEAR, RRF, SOME, WORDS, by_id, check_attributes

# All of a store's rows are read, in the order of their pages; by the index's order it took twice as long.
SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SET LOCAL enable_indexscan = off"

NEAREST = 100  # by meaning
LOOSE = 4  # words at most of a query in which a known word may be another one misspelt
MEANING = 0.35  # what meaning counts where all words are found, against 1 of words
ESTEEM = DEMAND = 0.02
LATELY, FOUND_MANY = 256, 2_000  # searches whose candidates are kept, and candidates of one that are too many for it


@dataclass
class Query:
    """Words, and what may have been meant by each. `loose`: every word may be another one misspelt."""

    words: list[str]
    slots: list[Slot]
    meant: list[list[str]]
    corrected: str | None

    @classmethod
    def of(cls, q: str, kept: Kept, *, loose: bool = False) -> "Query":
        found = model.words_of(q)[: model.MOST_WORDS]
        meant = words.alternatives(found, kept.vocabulary, loose=loose)
        return cls(found, model.slots_of(found, meant, kept.synonyms), meant, words.corrected(found, meant))

    @property
    def text(self) -> str:
        return self.corrected or " ".join(self.words)


@dataclass
class Candidates:
    """Numbers with their score, and of what it is made. `fit`: all words were found."""

    numbers: npt.NDArray[np.int64]
    scores: Floats
    fit: bool
    by_words: dict[int, tuple[int, float]] = field(default_factory=dict)
    by_meaning: dict[int, tuple[int, float]] = field(default_factory=dict)
    exact: frozenset[int] = frozenset()


# As long as nothing changed in the store's index.
_lately: LRUCache[tuple[object, ...], tuple[Candidates, Query]] = LRUCache(LATELY)


async def search(db: Database, store_id: UUID, wanted: Wanted, embedder: Embedder) -> Found:
    kept = await _kept(db, store_id)
    if kept is None:
        return Found(numbers=[], total=0)
    query = Query.of(wanted.q, kept)
    vector = None
    if query.words:
        await vectors.ready(db, store_id, kept, embedder)
        vector = await vectors.of_words(wanted.q, embedder, earlier=wanted.semantic)
    async with db.transaction(store_id, SNAPSHOT) as tx:
        shelf = await documents.shelf(tx)
        assert shelf is not None
        if shelf.version != kept.version or shelf.choices != kept.choices:
            await kept.refresh(tx, shelf)
            query = Query.of(wanted.q, kept)
        found = await _found(tx, shelf, kept, wanted, query, vector)
    if query.words:
        vectors.make(db, store_id, kept, embedder)
    return found


async def _kept(db: Database, store_id: UUID) -> Kept | None:
    kept = memory.of(store_id)
    if kept.version < 0:
        async with db.transaction(store_id, SNAPSHOT) as tx:
            shelf = await documents.shelf(tx)
            if shelf is None:
                return None
            await kept.refresh(tx, shelf)
        memory.trim()
    return kept


async def _found(tx: Tx, shelf: Shelf, kept: Kept, wanted: Wanted, query: Query, vector: str | None) -> Found:
    columns = kept.columns
    check_attributes(wanted.filters, columns.knows)
    masks = columns.masks(by_id(wanted.filters, kept.sellers), kept.hidden)
    if query.words:
        # Who narrows a search, turns a page or sorts by price asks for the same words again.
        key = (
            shelf.store_id,
            shelf.generation,
            shelf.version,
            shelf.choices,
            kept.vectors_at,
            vector is None,
            wanted.q,
        )
        if (same := _lately.get(key)) is None:
            same = await _candidates(tx, shelf, kept, wanted, query, vector)
            if len(same[0].by_words) + len(same[0].by_meaning) < FOUND_MANY:
                _lately[key] = same
        candidates, query = same
    else:
        candidates = Candidates(np.flatnonzero(masks[""]), np.zeros(int(np.count_nonzero(masks[""]))), True)
    pinned = await _pinned(tx, kept, wanted)
    fitting = np.zeros(columns.size, np.bool_)
    fitting[candidates.numbers] = True
    fitting[pinned] = True
    left = fitting & np.logical_and.reduce(list(masks.values()))
    score = np.zeros(columns.size)
    score[candidates.numbers] = candidates.scores
    # Of neighbours by words or meaning one that is liked or bought more comes first; a poor match does not.
    score *= 1.0 + ESTEEM * columns.esteem() + DEMAND * columns.demand()
    if candidates.fit:
        score[list(candidates.by_words)] += 1.0  # before what is only near
    score[list(candidates.exact)] += 1.0
    score[pinned] = [float(1 + len(pinned) - place) for place in range(len(pinned))]
    numbers, last = await _page(tx, columns, np.flatnonzero(left), score, wanted, by_words=bool(query.words))
    return Found(
        numbers=numbers,
        total=int(np.count_nonzero(left)),
        last=last,
        facets=columns.facets(fitting, masks) if wanted.facets else None,
        corrected=query.corrected if candidates.fit else None,
        semantic=vector is not None and kept.model is not None and bool(candidates.by_meaning),
        why=_why(numbers, candidates, score, columns) if wanted.explain else {},
    )


async def _candidates(
    tx: Tx, shelf: Shelf, kept: Kept, wanted: Wanted, query: Query, vector: str | None
) -> tuple[Candidates, Query]:
    name, sku = " ".join(query.words), fold(wanted.q).strip()
    everything = model.all_of(query.slots)
    if long := len(query.slots) > LOOSE:
        some = _weighed(query, kept)
        match, fit = await index.match_either(tx, shelf.generation, everything, name, sku, some, SOME)
    else:
        match = await index.match(tx, shelf.generation, everything, name, sku)
        fit = bool(match.numbers)
    if not fit and len(query.words) <= LOOSE:
        loose = Query.of(wanted.q, kept, loose=True)
        if loose.slots != query.slots:
            match = await index.match(tx, shelf.generation, model.all_of(loose.slots), name, sku)
            if fit := bool(match.numbers):
                query = loose
    if fit and query.corrected:
        query = await _as_found(tx, shelf.generation, query, match)
    if not fit and not long and len(query.slots) > 1:
        match = await index.match_some(tx, shelf.generation, _weighed(query, kept), SOME)
    numbers, places, ranks, exact = _places(match, kept.columns.size)
    # A misspelt word means nothing, and one that many products have means itself.
    plain = fit and (query.corrected or (len(query.words) == 1 and len(numbers) >= FEW))
    nearest = await index.near(tx, shelf.generation, vector, NEAREST) if vector and not plain else ([], [])
    by_meaning = {
        number: (place, cosine)
        for place, (number, cosine) in enumerate(zip(*nearest, strict=True))
        if cosine >= NEAR and number < kept.columns.size
    }
    by_words = {int(n): (int(p), float(r)) for n, p, r in zip(numbers, places, ranks, strict=True)}
    members = list(by_words)
    if not fit or len(members) < FEW:
        least = BESIDE if fit else NEAR
        members += [number for number, (_, near) in by_meaning.items() if number not in by_words and near >= least]
    return (
        Candidates(
            np.array(members, np.int64),
            np.array([_score(number, by_words, by_meaning, fit) for number in members]),
            fit,
            by_words,
            by_meaning,
            frozenset(int(number) for number in numbers[exact]),
        ),
        query,
    )


def _score(
    number: int, by_words: dict[int, tuple[int, float]], by_meaning: dict[int, tuple[int, float]], fit: bool
) -> float:
    """By reciprocal rank fusion."""
    score = 0.0
    if number in by_words:
        score += (1.0 if fit else WORDS) / (RRF + by_words[number][0])
    if number in by_meaning:
        score += (MEANING if fit else 1.0) / (RRF + by_meaning[number][0])
    return score


async def _as_found(tx: Tx, generation: int, query: Query, match: index.Match) -> Query:
    """Corrected to what the best product has: of several likely words one that leads somewhere."""
    best = match.numbers[int(np.argmax(match.ranks))]
    there = await index.has(
        tx, generation, best, [word for either in query.meant for word in either if " " not in word]
    )
    meant = [sorted(either, key=lambda word: word not in there) for either in query.meant]
    return Query(query.words, query.slots, meant, words.corrected(query.words, meant))


def _weighed(query: Query, kept: Kept) -> list[tuple[str, float]]:
    """What few products have weighs most; words that many have say nothing, unless there are no others."""
    products = max(1, int(np.count_nonzero(kept.columns.shown)))
    weighed = []
    for slot in query.slots:
        often = sum(kept.vocabulary.frequency(word) for one in slot.either for word in one[:1])
        weighed.append((slot.sql(), float(np.log(1 + products / (1 + often))), often / products))
    return [(sql, weight) for sql, weight, share in weighed if share < COMMON] or [one[:2] for one in weighed]


def _places(match: index.Match, size: int) -> tuple[Any, Any, Any, Any]:
    """Numbers, places (the same for the same rank), ranks, exact."""
    numbers = np.array(match.numbers, np.int64)
    ranks, exact = np.array(match.ranks, np.float64), np.array(match.exact, np.bool_)
    there = numbers < size
    numbers, ranks, exact = numbers[there], ranks[there], exact[there]
    rounded = np.round(ranks, 6)
    levels = np.unique(rounded)
    places = len(levels) - 1 - np.searchsorted(levels, rounded)
    return numbers, places, ranks, exact


async def _pinned(tx: Tx, kept: Kept, wanted: Wanted) -> list[int]:
    ids = kept.pins.get(model.as_words(wanted.q)) if wanted.q and wanted.sort == "relevance" else None
    if not ids:
        return []
    known = await documents.numbers(tx, ids)
    return [known[id] for id in ids if id in known and known[id] < kept.columns.size]


async def _page(
    tx: Tx, columns: Columns, numbers: npt.NDArray[np.int64], score: Floats, wanted: Wanted, *, by_words: bool
) -> tuple[list[int], float | str | None]:
    """A page in order, and the sort key of its last one where more follow."""
    sort = wanted.sort if by_words or wanted.sort != "relevance" else "newest"
    if sort == "name":
        after = (str(wanted.after[0]), wanted.after[1]) if wanted.after else None
        rows = await documents.by_name(tx, numbers.tolist(), after, wanted.limit + 1)
        page = [number for number, _ in rows[: wanted.limit]]
        return page, rows[wanted.limit - 1][1] if len(rows) > wanted.limit else None
    keys = _keys(sort, columns, score)[numbers]
    if wanted.after:
        key, number = float(wanted.after[0]), wanted.after[1]
        following = (keys > key) | ((keys == key) & (numbers > number))
        numbers, keys = numbers[following], keys[following]
    order = np.lexsort((numbers, keys))[: wanted.limit]
    return numbers[order].tolist(), float(keys[order[-1]]) if len(numbers) > wanted.limit else None


def _keys(sort: str, columns: Columns, score: Floats) -> Floats:
    """Ascending."""
    match sort:
        case "price":
            return columns.price.astype(np.float64)
        case "-price":
            return -columns.price.astype(np.float64)
        case "rating":
            return np.asarray(-columns.esteem() * (columns.ratings > 0), np.float64)
        case "newest":
            return -columns.published.astype(np.float64)
        case _:
            return -score


def _why(numbers: list[int], candidates: Candidates, score: Floats, columns: Columns) -> dict[int, Why]:
    esteem, demand = columns.esteem(), columns.demand()
    return {
        number: Why(
            score=float(score[number]),
            exact=number in candidates.exact,
            by_words=_place(candidates.by_words, number),
            words=candidates.by_words.get(number, (0, 0.0))[1],
            by_meaning=_place(candidates.by_meaning, number),
            meaning=candidates.by_meaning.get(number, (0, 0.0))[1],
            rating=ESTEEM * float(esteem[number]),
            sales=DEMAND * float(demand[number]),
        )
        for number in numbers
    }


def _place(places: dict[int, tuple[int, float]], number: int) -> int | None:
    return places[number][0] + 1 if number in places else None


async def suggest(db: Database, store_id: UUID, q: str, limit: int) -> Suggestions:
    kept = await _kept(db, store_id)
    asked = model.words_of(q)[: model.MOST_WORDS]
    if kept is None or not asked:
        return Suggestions(numbers=[], categories=[], brands=[], words=[])
    async with db.transaction(store_id, SNAPSHOT) as tx:
        shelf = await documents.shelf(tx)
        assert shelf is not None
        if shelf.version != kept.version or shelf.choices != kept.choices:
            await kept.refresh(tx, shelf)
        query = Query.of(q, kept)
        match = await index.match(tx, shelf.generation, model.all_of(query.slots), " ".join(asked), fold(q).strip())
    numbers, places, _, exact = _places(match, kept.columns.size)
    visible: Mask = kept.columns.masks(model.Filters(), kept.hidden)[""][numbers]
    numbers, places, exact = numbers[visible], places[visible], exact[visible]
    esteem = kept.columns.esteem()[numbers] + kept.columns.demand()[numbers]
    order = np.lexsort((-esteem, places, ~exact))[:limit]
    text = query.text
    *before, last = text.split()
    completed = kept.vocabulary.completions(last, limit) if len(last) > 1 else []
    return Suggestions(
        numbers=numbers[order].tolist(),
        categories=kept.columns.categories_like(text, limit),
        brands=kept.columns.brands_like(text, limit),
        words=[" ".join([*before, word]) for word in completed],
    )
