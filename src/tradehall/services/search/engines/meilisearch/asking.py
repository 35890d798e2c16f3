"""A search in MeiliSearch: which queries it takes, and what becomes of their answers.

Where enough products have all the words, its own order stands. Where few or none have, those that are near by meaning join
them: a list of ours then, by places in both, within which it filters, counts and sorts. Pinned products lead in any case.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from math import log
from typing import Any
from uuid import UUID

import msgspec

from tradehall.kernel.db import Database
from tradehall.services.search import model, words
from tradehall.services.search.embedding import Embedder
from tradehall.services.search.engines.meilisearch import documents as telling
from tradehall.services.search.engines.meilisearch.http import Answer, Hit, Http
from tradehall.services.search.model import Counted, Filters, Found, Suggestions, Wanted, Why
from tradehall.services.search.queries import choices, documents, engine
from tradehall.services.search.queries.engine import Standing
from tradehall.services.search.reckoning import BESIDE, COMMON, FEW, NEAR, RRF, SOME, WORDS, by_id, check_attributes
from tradehall.services.search.words import Vocabulary

LOOKED_AT = 20  # products, for what somebody may go on to type


class Asking:
    """Of one index, for one question."""

    def __init__(
        self,
        db: Database,
        store_id: UUID,
        http: Http,
        embedder: Embedder,
        name: Callable[[UUID, int], str],
        standing: Standing,
    ) -> None:
        self._db, self._store_id, self._http, self._embedder = db, store_id, http, embedder
        self._index, self._standing = name(store_id, standing.generation), standing
        self._hidden: list[int] = []
        self._pinned: list[int] = []
        self._text = ""
        self._places: dict[int, tuple[int | None, Hit | None, int | None, float]] = {}

    def _query(self, **more: Any) -> dict[str, Any]:
        return {"indexUid": self._index, "attributesToRetrieve": ["number"]} | more

    async def search(self, wanted: Wanted) -> Found:
        """Raises NoIndex, Away, Invalid."""
        check_attributes(wanted.filters, self._standing.attributes.__contains__)
        async with self._db.transaction(self._store_id) as tx:
            self._hidden = await choices.hidden_numbers(tx)
            by_relevance = bool(wanted.q) and wanted.sort == "relevance"
            lead = self._pinned = await engine.pinned(tx, model.as_words(wanted.q)) if by_relevance else []
            sellers = await documents.sellers(tx) if wanted.filters.sellers else {}
        asked = model.words_of(wanted.q)[: model.MOST_WORDS]
        self._text = " ".join(asked)
        rest, corrected, semantic = True, None, False
        if asked:
            few, corrected, semantic = await self._few(asked, wanted)
            if few is not None:
                rest, lead = False, [*lead, *(number for number in few if number not in lead)]
        filters = telling.filters(by_id(wanted.filters, sellers), self._hidden)
        return await self._page(wanted, filters, lead, rest, corrected, semantic)

    async def _few(self, asked: list[str], wanted: Wanted) -> tuple[list[int] | None, str | None, bool]:
        """All that fit, where they are few, and are followed by what is near; None where all words are enough. What was
        meant; whether meaning had its part."""
        every = self._query(
            q=self._text,
            filter=self._shown(),
            limit=FEW,
            matchingStrategy="all",
            showRankingScore=True,
            attributesToRetrieve=["number", "name", "maker", "kind", "esteem", "demand"],
        )
        (found,) = await self._http.search([every])
        corrected = self._corrected(asked, found.hits[0]) if found.hits else None
        fit = bool(found.hits)
        if found.estimated_total_hits >= FEW or (fit and corrected):
            return None, corrected, False
        near = await self._near(wanted)
        if fit and near is None:
            return None, corrected, False
        by_words = found.hits if fit or len(asked) == 1 else await self._some(asked, every)
        return self._fused(by_words, near.hits if near else [], fit), corrected, bool(near and near.hits)

    async def _some(self, asked: list[str], every: dict[str, Any]) -> list[Hit]:
        """Products that have some of the words: those count that few products have. Its own strategies keep a word that
        nothing has."""
        queries = [self._query(filter=self._shown(), limit=0)]
        queries += [every | {"q": word, "limit": SOME} for word in dict.fromkeys(asked)]
        everything, *found = await self._http.search(queries)
        products = max(1, everything.estimated_total_hits)
        seldom = [one for one in found if one.estimated_total_hits < COMMON * products] or found
        hits: dict[int, Hit] = {}
        weights: dict[int, float] = {}
        for one in seldom:
            for hit in one.hits:
                hits.setdefault(hit.number, hit)
                weights[hit.number] = weights.get(hit.number, 0.0) + log(1 + products / (1 + one.estimated_total_hits))
        return [hits[number] for number in sorted(hits, key=lambda number: (-weights[number], number))[:SOME]]

    async def _near(self, wanted: Wanted) -> Answer | None:
        """By meaning; None where the model, or its vectors, are away."""
        from tradehall.services.search import vectors

        if self._standing.model is None or self._standing.model != self._embedder.name:
            return None
        vector = await vectors.of_words(wanted.q, self._embedder, earlier=wanted.semantic)
        if vector is None:
            return None
        query = self._query(
            vector=msgspec.json.decode(vector),
            hybrid={"embedder": telling.EMBEDDER, "semanticRatio": 1.0},
            filter=self._shown(),
            limit=SOME,
            showRankingScore=True,
            rankingScoreThreshold=(1 + NEAR) / 2,
        )
        return (await self._http.search([query]))[0]

    def _fused(self, by_words: Sequence[Hit], near: Sequence[Hit], fit: bool) -> list[int]:
        """By reciprocal rank fusion; those that have all words before the others."""
        cosines = {hit.number: 2 * hit.score - 1 for hit in near}
        scores: dict[int, float] = {}
        for place, hit in enumerate(by_words):
            scores[hit.number] = 1.0 - place / 1000 if fit else WORDS / (RRF + place)
            self._places[hit.number] = (place + 1, hit, None, 0.0)
        for place, (number, cosine) in enumerate(cosines.items()):
            if number not in scores and cosine < (BESIDE if fit else NEAR):
                continue
            scores[number] = scores.get(number, 0.0) + (0.0 if fit and number in self._places else 1.0 / (RRF + place))
            by_word, found, _, _ = self._places.get(number, (None, None, None, 0.0))
            self._places[number] = (by_word, found, place + 1, cosine)
        return sorted(scores, key=lambda number: (-scores[number], number))

    def _shown(self) -> list[str]:
        return list(telling.filters(Filters(), self._hidden).values())

    def _corrected(self, asked: list[str], best: Hit) -> str | None:
        """By the words of the best product: MeiliSearch does not say what it took a word for."""
        known = Vocabulary()
        known.apply([(word, 1) for word in set(f"{best.name} {best.maker} {best.kind}".split())])
        settings = msgspec.json.decode(self._standing.settings or "{}")
        known.apply([(word, 1) for phrase in settings.get("synonyms", {}) for word in phrase.split()])
        return words.corrected(asked, words.alternatives(asked, known))

    # --- a page

    async def _page(
        self,
        wanted: Wanted,
        filters: dict[str, str],
        lead: list[int],
        rest: bool,
        corrected: str | None,
        semantic: bool,
    ) -> Found:
        by_relevance = bool(self._text) and wanted.sort == "relevance"
        every = list(filters.values())
        offset = int(float(wanted.after[0])) if wanted.after else 0
        if rest:
            base: dict[str, Any] = {"q": self._text, "matchingStrategy": "all"}
            within: list[str] = []
        else:
            base, within = {}, [telling.numbered(lead)]
        leading = await self._passing(lead, every) if by_relevance or not rest else []
        ours = leading[offset : offset + wanted.limit] if by_relevance else []
        queries = []
        if rest or not by_relevance:
            but = [telling.numbered(leading, but=True)] if rest and leading else []
            queries.append(
                self._query(
                    **base,
                    filter=[*every, *within, *but],
                    offset=max(0, offset - len(leading)) if by_relevance else offset,
                    limit=wanted.limit - len(ours),
                    **({} if by_relevance else {"sort": telling.SORTS.get(wanted.sort, telling.SORTS["newest"])}),
                    **(
                        {"showRankingScore": True, "attributesToRetrieve": ["number", "name", "esteem", "demand"]}
                        if wanted.explain
                        else {}
                    ),
                )
            )
        own = [name for name in filters if name] if wanted.facets else []
        queries += self._counting(base, within, filters, own) if wanted.facets else []
        answers = await self._http.search(queries) if queries else []
        hits = answers.pop(0) if rest or not by_relevance else None
        numbers = [*ours, *(hits.numbers if hits else [])]
        total = (len(leading) if by_relevance else 0) + (hits.estimated_total_hits if hits else 0)
        end = offset + len(numbers)
        last = None if end >= total or not numbers else str(end) if wanted.sort == "name" else float(end)
        return Found(
            numbers=numbers,
            total=total,
            last=last,
            facets=_facets(["", *own], answers) if wanted.facets else None,
            corrected=corrected,
            semantic=semantic,
            why=self._why(ours, hits, offset) if wanted.explain else {},
        )

    async def _passing(self, numbers: Sequence[int], filters: list[str]) -> list[int]:
        if not numbers:
            return []
        query = self._query(filter=[*filters, telling.numbered(numbers)], limit=len(numbers))
        left = set((await self._http.search([query]))[0].numbers)
        return [number for number in numbers if number in left]

    def _counting(
        self, base: dict[str, Any], within: list[str], filters: dict[str, str], own: list[str]
    ) -> list[dict[str, Any]]:
        """Each facet without its own filter: a query for those without one, and one for each other."""
        asked = telling.facets_asked(self._standing.attributes)
        free = [facet for name, facets in asked.items() if name not in own for facet in facets]
        counted = [("", list(dict.fromkeys([*free, "said"])))] + [(name, asked[name]) for name in own]
        return [
            self._query(
                **base,
                filter=[*within, *(one for name, one in filters.items() if not without or name != without)],
                facets=facets,
                limit=0,
            )
            for without, facets in counted
        ]

    def _why(self, ours: Sequence[int], hits: Answer | None, offset: int) -> dict[int, Why]:
        """Scores of ours are above those of MeiliSearch, pinned products' above both."""
        found = {}
        for place, number in enumerate(ours):
            by_words, hit, by_meaning, cosine = self._places.get(number, (None, None, None, 0.0))
            score = 2.0 / (1 + place / RRF) if number not in self._pinned else 3.0 + len(ours) - place
            found[number] = self._because(score, by_words, hit, by_meaning, cosine)
        for place, hit in enumerate(hits.hits if hits else []):
            found[hit.number] = self._because(hit.score, offset + len(ours) + place + 1, hit, None, 0.0)
        return found

    def _because(
        self, score: float, by_words: int | None, hit: Hit | None, by_meaning: int | None, cosine: float
    ) -> Why:
        return Why(
            score=score,
            exact=hit is not None and hit.name == self._text,
            by_words=by_words,
            words=hit.score if hit else 0.0,
            by_meaning=by_meaning,
            meaning=cosine,
            rating=(hit.esteem or 0.0) if hit else 0.0,
            sales=hit.demand if hit else 0.0,
        )

    # --- while somebody types

    async def suggest(self, q: str, limit: int) -> Suggestions:
        asked = model.words_of(q)[: model.MOST_WORDS]
        if not asked:
            return Suggestions(numbers=[], categories=[], brands=[], words=[])
        async with self._db.transaction(self._store_id) as tx:
            self._hidden = await choices.hidden_numbers(tx)
        query = self._query(
            q=" ".join(asked),
            filter=self._shown(),
            limit=max(limit, LOOKED_AT),
            matchingStrategy="all",
            attributesToRetrieve=["number", "name", "maker", "kind"],
            facets=["named_brand", "path"],
        )
        (found,) = await self._http.search([query])
        text = (self._corrected(asked, found.hits[0]) if found.hits else None) or " ".join(asked)
        *before, last = text.split()
        known = Vocabulary()
        said = (word for hit in found.hits for word in {*hit.name.split(), *hit.maker.split(), *hit.kind.split()})
        known.apply(Counter(said).items())
        brands = [
            (*msgspec.json.decode(value), count)
            for value, count in found.facet_distribution.get("named_brand", {}).items()
        ]
        categories = found.facet_distribution.get("path", {}).items()
        return Suggestions(
            numbers=found.numbers[:limit],
            categories=[
                Counted(slug, slug, count) for slug, count in categories if f" {text}" in f" {slug.replace('-', ' ')}"
            ][:limit],
            brands=[
                Counted(slug, name, count) for slug, name, count in brands if f" {text}" in f" {model.as_words(name)}"
            ][:limit],
            words=[" ".join([*before, word]) for word in known.completions(last, limit)] if len(last) > 1 else [],
        )


def _facets(names: Sequence[str], answers: Sequence[Answer]) -> model.FacetCounts:
    by_name = dict(zip(names, answers, strict=True))
    prices = by_name.get("price", by_name[""]).facet_stats.get("price")
    found = {name: answer.facet_distribution for name, answer in by_name.items()}
    return telling.facets_found(found, None if prices is None else (prices.min, prices.max))
