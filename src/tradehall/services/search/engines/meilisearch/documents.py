"""What MeiliSearch is told of a product and of an index, and what its facets mean. No I/O.

Names that are shown with a facet travel in its values, as JSON: it has no other place for them.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import log1p
from typing import Any

import msgspec

from tradehall.services.search import model
from tradehall.services.search.model import AnyOf, AttributeCounts, Counted, FacetCounts, Filters, Synonyms
from tradehall.services.search.queries.engine import Changed

EMBEDDER = "meaning"
MOST_VALUES = 50
MOST_ATTRIBUTES = 24
MOST_SALES = log1p(1_000_000)  # units
USUAL, SURE_FROM = 3.0, 10  # stars of what nobody rated, and ratings from which on they say more than that

_FACET_OF = {
    "brand": "named_brand",
    "seller": "seller",
    "category": "path",
    "tag": "tags",
    "rating": "stars",
    "available": "available",
    "price": "price",
}
SORTS = {
    "price": ["price:asc", "number:asc"],
    "-price": ["price:desc", "number:asc"],
    "rating": ["esteem:desc", "number:asc"],
    "newest": ["published:desc", "number:asc"],
    "name": ["sorted:asc", "number:asc"],
}


def settings(attributes: Sequence[str], synonyms: Iterable[Synonyms], dimensions: int) -> dict[str, Any]:
    """`dimensions` of vectors, 0 where there are none. Words forgive as many mistakes as those of the other engine."""
    return {
        "searchableAttributes": ["name", "maker", "kind", "description"],
        "displayedAttributes": ["number", "name", "maker", "kind", "esteem", "demand"],
        "filterableAttributes": [
            *("number", "brand", "rating", "said", *_FACET_OF.values()),
            *(f"attr.{code}" for code in attributes),
        ],
        "sortableAttributes": ["price", "published", "sorted", "esteem", "number"],
        "rankingRules": ["sort", "words", "typo", "proximity", "attribute", "exactness", "liked:desc"],
        "typoTolerance": {"minWordSizeForTypos": {"oneTypo": 3, "twoTypos": 6}},
        "faceting": {"maxValuesPerFacet": 1000, "sortFacetValuesBy": {"*": "count"}},
        "pagination": {"maxTotalHits": 10_000},
        "synonyms": _both_ways(synonyms),
        "embedders": {EMBEDDER: {"source": "userProvided", "dimensions": dimensions}} if dimensions else None,
    }


def dimensions_of(settings: str) -> int:
    """Of vectors, as `settings` said; 0 where there are none."""
    embedders = msgspec.json.decode(settings)["embedders"]
    return int(embedders[EMBEDDER]["dimensions"]) if embedders else 0


def _both_ways(synonyms: Iterable[Synonyms]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in synonyms:
        for word in one.words:
            others = one.finds or [other for other in one.words if other != word]
            found[word] = list(dict.fromkeys([*found.get(word, []), *others]))
    return found


def document(changed: Changed, vector: list[float] | None, *, with_vector: bool) -> dict[str, Any]:
    assert changed.product is not None
    texts, facets = model.texts_of(changed.product), model.facets_of(changed.product)
    rated = facets.rating_average if facets.rating_count else None
    count = facets.rating_count if rated is not None else 0
    esteem = (((rated or 0.0) * count + USUAL * SURE_FROM) / (count + SURE_FROM) - 1.0) / 4.0
    demand = min(1.0, log1p(changed.units) / MOST_SALES)
    told = {
        "number": changed.number,
        "name": texts.name,
        "maker": texts.maker,
        "kind": texts.kind,
        "description": texts.description,
        "brand": facets.brand_slug,
        "named_brand": _named(facets.brand_slug, facets.brand) if facets.brand_slug else None,
        "seller": str(facets.seller_id),
        "path": facets.path,
        "tags": facets.tags,
        "price": facets.price,
        "available": changed.available > 0,
        "rating": rated,
        "stars": [] if rated is None else list(range(1, int(rated) + 1)),
        "published": facets.published,
        "sorted": changed.name,
        "esteem": None if rated is None else round(esteem, 4),
        "demand": round(demand, 4),
        "liked": round(esteem + demand, 3),
        "attr": {one.code: one.value for one in facets.said},
        "said": [_named(one.code, one.name, one.unit, _kind(one.value)) for one in facets.said],
    }
    return told | ({"_vectors": {EMBEDDER: vector}} if with_vector else {})


def codes(changed: Iterable[Changed]) -> set[str]:
    """Of attributes that products are filtered by."""
    return {one.code for row in changed if row.product for one in model.facets_of(row.product).said}


def _kind(value: str | int | float | bool) -> str:
    return "boolean" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"


def _named(*parts: str | None) -> str:
    return msgspec.json.encode(parts).decode()


# --- filters


def quoted(text: str) -> str:
    """
    >>> quoted('a "b" \\\\ c')
    '"a \\\\"b\\\\" \\\\\\\\ c"'
    """
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def any_of(attribute: str, values: Iterable[str]) -> str:
    return f"{quoted(attribute)} IN [{', '.join(map(quoted, values))}]"


def numbered(numbers: Iterable[int], *, but: bool = False) -> str:
    return f"number {'NOT ' if but else ''}IN [{', '.join(map(str, numbers))}]"


def filters(wanted: Filters, hidden: Sequence[int]) -> dict[str, str]:
    """By the name of the facet whose own filter it is; "" is nobody's own. Sellers by id."""
    found = {"": numbered(hidden, but=True)} if hidden else {}
    if wanted.brands:
        found["brand"] = any_of("brand", wanted.brands)
    if wanted.sellers:
        found["seller"] = any_of("seller", wanted.sellers)
    if wanted.category:
        found["category"] = f"path = {quoted(wanted.category)}"
    if wanted.tags:
        found["tag"] = any_of("tags", wanted.tags)
    if wanted.min_price is not None or wanted.max_price is not None:
        found["price"] = _within("price", wanted.min_price, wanted.max_price)
    if wanted.available is not None:
        found["available"] = f"available = {str(wanted.available).lower()}"
    if wanted.min_rating is not None:
        found["rating"] = f"rating >= {wanted.min_rating}"
    for one in wanted.attributes:
        found[f"attr.{one.code}"] = _attribute(one)
    return found


def _within(attribute: str, low: float | None, high: float | None) -> str:
    ends = ((">=", low), ("<=", high))
    return " AND ".join(f"{attribute} {sign} {end}" for sign, end in ends if end is not None)


def _attribute(wanted: AnyOf) -> str:
    name = f"attr.{wanted.code}"
    spans = [_within(quoted(name), *span) for span in wanted.spans]
    return " OR ".join([any_of(name, wanted.values), *(f"({span})" for span in spans if span)])


# --- facets


def facets_asked(attributes: Sequence[str]) -> dict[str, list[str]]:
    """By the name of the filter that is theirs."""
    return {name: [facet] for name, facet in _FACET_OF.items()} | {
        f"attr.{code}": [f"attr.{code}", "said"] for code in attributes
    }


Distribution = Mapping[str, Mapping[str, int]]


def facets_found(found: Mapping[str, Distribution], stats: tuple[float, float] | None) -> FacetCounts:
    """`found` has what each filter's facets count without it; "" where it is not set. `stats` are of prices."""

    def of(name: str, facet: str) -> list[tuple[str, int]]:
        return list(found.get(name, found[""]).get(facet, {}).items())

    stars = dict(of("rating", "stars"))
    return FacetCounts(
        brands=_counted([(*msgspec.json.decode(value), count) for value, count in of("brand", "named_brand")]),
        sellers=_counted([(value, "", count) for value, count in of("seller", "seller")]),
        categories=_counted([(value, value, count) for value, count in of("category", "path")]),
        tags=_counted([(value, value, count) for value, count in of("tag", "tags")]),
        ratings=_counted([(star, star, stars.get(star, 0)) for star in "4321"]),
        available=dict(of("available", "available")).get("true", 0),
        low=None if stats is None else int(stats[0]),
        high=None if stats is None else int(stats[1]),
        attributes=_attributes(found),
    )


def _attributes(found: Mapping[str, Distribution]) -> list[AttributeCounts]:
    chosen = {name.removeprefix("attr.") for name in found if name.startswith("attr.")}
    said: dict[str, tuple[int, list[str]]] = {}
    for name in ("", *(f"attr.{code}" for code in sorted(chosen))):
        for value, count in found[name].get("said", {}).items():
            code, *rest = msgspec.json.decode(value)
            if name == ("" if code not in chosen else f"attr.{code}"):
                said[code] = (said.get(code, (0, []))[0] + count, said.get(code, (0, rest))[1])
    counted = [
        _attribute_counts(code, count, rest, found[f"attr.{code}" if code in chosen else ""].get(f"attr.{code}", {}))
        for code, (count, rest) in said.items()
    ]
    counted.sort(key=lambda one: (-one.count, one.name))
    return [one for place, one in enumerate(counted) if place < MOST_ATTRIBUTES or one.code in chosen]


def _attribute_counts(code: str, count: int, said: list[str], values: Mapping[str, int]) -> AttributeCounts:
    name, unit, kind = said
    numbers = [float(value) for value in values] if kind == "number" else []
    return AttributeCounts(
        code=code,
        name=name,
        kind=kind,  # type: ignore[arg-type]
        unit=unit,
        count=count,
        low=min(numbers, default=None),
        high=max(numbers, default=None),
        values=_counted([(value, value, number) for value, number in values.items()]),
    )


def _counted(found: Sequence[tuple[str, str, int]]) -> list[Counted]:
    """The most frequent ones."""
    ordered = sorted(found, key=lambda one: (-one[2], one[1], one[0]))
    return [Counted(value, name, count) for value, name, count in ordered[:MOST_VALUES] if count]
