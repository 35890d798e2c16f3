"""A store's products as columns in memory: what filters, facets and orders are made of. No I/O."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, TypeAlias
from uuid import UUID

import msgspec
import numpy as np
import numpy.typing as npt

from tradehall.services.search.model import AnyOf, AttributeCounts, Counted, FacetCounts, Facets, Filters, as_words

Mask: TypeAlias = npt.NDArray[np.bool_]
Floats: TypeAlias = npt.NDArray[np.float64]
Numbers: TypeAlias = npt.NDArray[np.int32]

MOST_VALUES = 50
MOST_ATTRIBUTES = 24
SURE_FROM = 10  # ratings, from which on they say more than the store's average


class Row(msgspec.Struct, frozen=True):
    number: int
    shown: bool
    available: int
    facets: Facets | None


class Codes:
    """Small numbers for values."""

    def __init__(self) -> None:
        self._codes: dict[Hashable, int] = {}
        self.values: list[Any] = []

    def __len__(self) -> int:
        return len(self.values)

    def of(self, key: Hashable, value: Any = None) -> int:
        """A new one where there is none. `value`, if given, is what it stands for from now on."""
        code = self._codes.get(key)
        if code is None:
            code = self._codes[key] = len(self.values)
            self.values.append(key if value is None else value)
        elif value is not None:
            self.values[code] = value
        return code

    def known(self, keys: Iterable[Hashable]) -> list[int]:
        return [self._codes[key] for key in keys if key in self._codes]


class Pairs:
    """Which products have which of several values: two columns. Those of a product that changed are marked and left
    behind until half of them are."""

    def __init__(self) -> None:
        self._rows: Numbers = np.empty(0, np.int32)
        self._codes: Numbers = np.empty(0, np.int32)

    @property
    def nbytes(self) -> int:
        return self._rows.nbytes + self._codes.nbytes

    def replace(self, numbers: Numbers, pairs: Sequence[tuple[int, int]], size: int) -> None:
        changed = np.zeros(size, np.bool_)
        changed[numbers] = True
        keep = ~changed[self._rows] if len(self._rows) else np.empty(0, np.bool_)
        new = np.array(pairs, np.int32).reshape(-1, 2)
        self._rows = np.concatenate([self._rows[keep], new[:, 0]])
        self._codes = np.concatenate([self._codes[keep], new[:, 1]])

    def counts(self, found: Mask, codes: int) -> npt.NDArray[np.intp]:
        return np.bincount(self._codes[found[self._rows]], minlength=codes)

    def having(self, codes: Mask, size: int) -> Mask:
        """Products with one of these."""
        found = np.zeros(size, np.bool_)
        found[self._rows[codes[self._codes]]] = True
        return found

    def products(self, found: Mask, group: Numbers, groups: int) -> npt.NDArray[np.intp]:
        """How many products have any value of each group of codes: a product says each attribute once at most."""
        return np.bincount(group[self._codes[found[self._rows]]], minlength=groups)


class Value(msgspec.Struct, frozen=True):
    """Of an attribute."""

    attribute: int
    text: str
    number: float | None


class Columns:
    def __init__(self) -> None:
        self.size = 0
        self.shown: Mask = np.zeros(0, np.bool_)
        self.available: Mask = np.zeros(0, np.bool_)
        self.brand: Numbers = np.zeros(0, np.int32)
        self.seller: Numbers = np.zeros(0, np.int32)
        self.path: Numbers = np.zeros(0, np.int32)
        self.price: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self.published: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self.average: npt.NDArray[np.float32] = np.zeros(0, np.float32)
        self.ratings: Numbers = np.zeros(0, np.int32)
        self.sold: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self.brands, self.sellers, self.paths, self.tag_codes = Codes(), Codes(), Codes(), Codes()
        self.attributes, self.values = Codes(), Codes()
        self.tags, self.said = Pairs(), Pairs()
        self._esteem: Floats | None = None
        self._demand: Floats | None = None

    @property
    def nbytes(self) -> int:
        own = sum(array.nbytes for array in vars(self).values() if isinstance(array, np.ndarray))
        named = len(self.brands) + len(self.tag_codes) + len(self.values) + len(self.paths)
        return own + self.tags.nbytes + self.said.nbytes + 400 * named

    def apply(self, rows: Sequence[Row]) -> None:
        """What is said of these products from now on."""
        if not rows:
            return
        self._esteem = self._demand = None
        self._grow(max(row.number for row in rows) + 1)
        tags, said = [], []
        for row in rows:
            n, facets = row.number, row.facets
            self.shown[n] = row.shown and facets is not None
            self.available[n] = row.available > 0
            if facets is None:
                continue
            self.brand[n] = -1
            if slug := facets.brand_slug:
                self.brand[n] = self.brands.of(slug, (slug, facets.brand, f" {as_words(facets.brand)}"))
            self.seller[n] = self.sellers.of(facets.seller_id)
            self.path[n] = self.paths.of(tuple(facets.path))
            self.price[n] = facets.price
            self.published[n] = facets.published
            self.average[n] = facets.rating_average or 0.0
            self.ratings[n] = facets.rating_count
            tags += [(n, self.tag_codes.of(tag)) for tag in dict.fromkeys(facets.tags)]
            for one in facets.said:
                attribute = self.attributes.of(one.code, one)
                text = text_of(one.value)
                number = (
                    float(one.value) if isinstance(one.value, int | float) and not isinstance(one.value, bool) else None
                )
                said.append((n, self.values.of((attribute, text), Value(attribute, text, number))))
        numbers = np.array([row.number for row in rows], np.int32)
        self.tags.replace(numbers, tags, self.size)
        self.said.replace(numbers, said, self.size)

    def sell(self, units: Sequence[tuple[int, int]]) -> None:
        self._demand = None
        for number, sold in units:
            if number < self.size:
                self.sold[number] = sold

    def _grow(self, size: int) -> None:
        if size <= self.size:
            return
        room = size + size // 8
        for name, array in vars(self).items():
            if isinstance(array, np.ndarray):
                grown = np.zeros(room, array.dtype)
                grown[: len(array)] = array
                setattr(self, name, grown)
        self.size = room

    # --- filters

    def masks(self, filters: Filters, hidden: Sequence[int]) -> dict[str, Mask]:
        """By the name of the facet whose own filter it is; "" is nobody's own."""
        base = self.shown.copy()
        base[[number for number in hidden if number < self.size]] = False
        masks = {"": base}
        if filters.brands:
            masks["brand"] = np.isin(self.brand, self.brands.known(filters.brands))
        if filters.sellers:
            masks["seller"] = np.isin(self.seller, self.sellers.known(map(UUID, filters.sellers)))
        if filters.category:
            fitting = [code for code, path in enumerate(self.paths.values) if filters.category in path]
            masks["category"] = np.isin(self.path, fitting)
        if filters.tags:
            masks["tag"] = self._having(self.tags, self.tag_codes.known(filters.tags), len(self.tag_codes))
        if filters.min_price is not None or filters.max_price is not None:
            low = 0 if filters.min_price is None else filters.min_price
            masks["price"] = self.price >= low
            if filters.max_price is not None:
                masks["price"] &= self.price <= filters.max_price
        if filters.available is not None:
            masks["available"] = self.available == filters.available
        if filters.min_rating is not None:
            masks["rating"] = (self.ratings > 0) & (self.average >= np.float32(filters.min_rating))
        for one in filters.attributes:
            masks[f"attr.{one.code}"] = self._having(self.said, self._fitting(one), len(self.values))
        return masks

    def knows(self, code: str) -> bool:
        return bool(self.attributes.known([code]))

    def _having(self, pairs: Pairs, codes: Sequence[int], size: int) -> Mask:
        chosen = np.zeros(max(1, size), np.bool_)
        chosen[list(codes)] = True
        return pairs.having(chosen, self.size)

    def _fitting(self, wanted: AnyOf) -> list[int]:
        attribute = self.attributes.known([wanted.code])
        numbers = {number for text in wanted.values if (number := _number(text)) is not None}
        return [
            code
            for code, value in enumerate(self.values.values)
            if value.attribute in attribute
            and (
                (value.text in wanted.values)
                or (
                    value.number is not None
                    and (value.number in numbers or any(_within(value.number, *span) for span in wanted.spans))
                )
            )
        ]

    # --- facets

    def facets(self, found: Mask, masks: dict[str, Mask]) -> FacetCounts:
        """`found` is what words and meaning leave."""

        def without(name: str) -> Mask:
            left = found.copy()
            for own, mask in masks.items():
                if own != name:
                    left &= mask
            return left

        everything = without("-")

        def of(name: str) -> Mask:
            return without(name) if name in masks else everything

        prices = self.price[of("price")]
        return FacetCounts(
            brands=_counted(
                (slug, name, count)
                for (slug, name, _), count in _of_codes(self.brand[of("brand")], self.brands, MOST_VALUES)
            ),
            sellers=_counted(
                (str(one), "", count) for one, count in _of_codes(self.seller[of("seller")], self.sellers)
            ),
            categories=self._categories(of("category")),
            tags=_counted(
                (tag, tag, int(count))
                for tag, count in zip(
                    self.tag_codes.values, self.tags.counts(of("tag"), len(self.tag_codes)), strict=False
                )
            ),
            ratings=self._rated(of("rating")),
            available=int(np.count_nonzero(self.available & of("available"))),
            low=int(prices.min()) if len(prices) else None,
            high=int(prices.max()) if len(prices) else None,
            attributes=self._attributes(everything, masks, without),
        )

    def _categories(self, found: Mask) -> list[Counted]:
        """A product counts in its category and in those above."""
        counts: dict[str, int] = {}
        for path, count in _of_codes(self.path[found], self.paths):
            for slug in path:
                counts[slug] = counts.get(slug, 0) + count
        return _counted((slug, slug, count) for slug, count in counts.items())

    def _rated(self, found: Mask) -> list[Counted]:
        rated = self.average[found & (self.ratings > 0)]
        return [Counted(str(stars), str(stars), int(np.count_nonzero(rated >= stars))) for stars in (4, 3, 2, 1)]

    def _attributes(self, everything: Mask, masks: dict[str, Mask], without: Any) -> list[AttributeCounts]:
        if not len(self.values):
            return []
        group = np.array([value.attribute for value in self.values.values], np.int32)
        counts = self.said.counts(everything, len(self.values))
        products = self.said.products(everything, group, len(self.attributes))
        chosen = [name.removeprefix("attr.") for name in masks if name.startswith("attr.")]
        shown = set(np.argsort(-products, kind="stable")[:MOST_ATTRIBUTES].tolist()) | set(
            self.attributes.known(chosen)
        )
        for code in chosen:
            for attribute in self.attributes.known([code]):
                left = without(f"attr.{code}")
                own = group == attribute
                counts[own] = self.said.counts(left, len(self.values))[own]
                products[attribute] = self.said.products(left, group, len(self.attributes))[attribute]
        facets = [
            self._attribute(attribute, int(products[attribute]), counts, np.flatnonzero(group == attribute))
            for attribute in shown
            if products[attribute] or self.attributes.values[attribute].code in chosen
        ]
        return sorted(facets, key=lambda facet: (-facet.count, facet.name))

    def _attribute(self, attribute: int, count: int, counts: Any, codes: Any) -> AttributeCounts:
        said = self.attributes.values[attribute]
        there = [(self.values.values[code], int(counts[code])) for code in codes if counts[code]]
        numbers = [value.number for value, _ in there if value.number is not None]
        kind = "boolean" if isinstance(said.value, bool) else "number" if numbers else "text"
        return AttributeCounts(
            code=said.code,
            name=said.name,
            kind=kind,  # type: ignore[arg-type]
            unit=said.unit,
            count=count,
            low=min(numbers, default=None),
            high=max(numbers, default=None),
            values=_counted((value.text, value.text, number) for value, number in there),
        )

    # --- what begins like this

    def brands_like(self, words: str, limit: int) -> list[Counted]:
        counts = np.bincount(self.brand[self.shown & (self.brand >= 0)], minlength=len(self.brands))
        like = [
            (slug, name, int(counts[code]))
            for code, (slug, name, folded) in enumerate(self.brands.values)
            if f" {words}" in folded
        ]
        return _counted(like)[:limit]

    def categories_like(self, words: str, limit: int) -> list[Counted]:
        like = [one for one in self._categories(self.shown) if f" {words}" in f" {one.value.replace('-', ' ')}"]
        return like[:limit]

    # --- order

    def esteem(self) -> Floats:
        """The rating between 0 and 1: of few ratings it is near the store's average."""
        if self._esteem is None:
            rated = self.shown & (self.ratings > 0)
            mean = float(self.average[rated].mean()) if rated.any() else 3.0
            sure = self.ratings.astype(np.float64)
            self._esteem = ((self.average * sure + mean * SURE_FROM) / (sure + SURE_FROM) - 1.0) / 4.0
        return self._esteem

    def demand(self) -> Floats:
        """Units sold between 0 and 1, by their order of magnitude."""
        if self._demand is None:
            most = np.log1p(self.sold.max()) if self.size else 0.0
            self._demand = np.log1p(self.sold) / most if most else np.zeros(self.size)
        return self._demand


def text_of(value: str | int | float | bool) -> str:
    """As a filter has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _within(number: float, low: float | None, high: float | None) -> bool:
    return (low is None or number >= low) and (high is None or number <= high)


def _of_codes(codes: Numbers, named: Codes, most: int | None = None) -> list[tuple[Any, int]]:
    """What is there with its count; of `most` the most frequent."""
    counts = np.bincount(codes[codes >= 0], minlength=len(named))
    there = np.flatnonzero(counts)
    if most is not None and len(there) > most:
        there = there[np.argsort(-counts[there], kind="stable")[:most]]
    return [(named.values[code], int(counts[code])) for code in there.tolist()]


def _counted(rows: Iterable[tuple[str, str, int]]) -> list[Counted]:
    """The most frequent."""
    found = [Counted(*row) for row in rows if row[2]]
    found.sort(key=lambda one: (-one.count, one.name))
    return found[:MOST_VALUES]
