"""Conditions on products, as SQL. Filters are fixed texts put together here; what clients send travels in parameters only.

What products have in other tables is never joined to them: by statistics older than a store's products PostgreSQL compares
each with each. It is looked up first and, where it is little, named in the statement; else the statement makes a set of it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx
from tradehall.services.catalog.attributes import Attribute
from tradehall.services.catalog.model import part_pattern, word_query

VISIBLE = ("p.deleted_at IS NULL", "p.status = 'published'")
FEW = 500  # of what is named


class Span(msgspec.Struct, frozen=True):
    """Of numbers, both ends included; None is open."""

    low: float | None
    high: float | None


class AnyOf(msgspec.Struct, frozen=True):
    """What an attribute may be: one of `texts`, or, of a number, one of `numbers` or within one of `spans`."""

    attribute: Attribute
    texts: list[str] = []
    numbers: list[float] = []
    spans: list[Span] = []


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader of the list asks for; slugs, except tags. Prices in minor units, of the cheapest variant. `few` is
    what was looked up, by the filter's name."""

    q: str = ""
    category: str | None = None
    sellers: list[str] = []
    brands: list[str] = []
    tags: list[str] = []
    min_price: int | None = None
    max_price: int | None = None
    available: bool | None = None
    attributes: list[AnyOf] = []
    few: dict[str, list[Any]] = {}


@dataclass
class Filter:
    """Conditions on products `p`, with their parameters."""

    where: list[str] = field(default_factory=lambda: list(VISIBLE))
    args: list[object] = field(default_factory=list)

    def place(self, value: object) -> str:
        self.args.append(value)
        return f"${len(self.args)}"

    @property
    def sql(self) -> str:
        return " AND ".join(self.where)

    def ids(self, ids: Sequence[UUID]) -> None:
        self.where.append(f"p.id = ANY ({self.place(ids)})")

    def among(self, column: str, find: "Find", few: Sequence[object] | None = None) -> None:
        """Products whose column is among what the statement finds, or, looked up already, among the `few`."""
        if few is None:
            self.where.append(f"({column} IN ({find(self)})) IS TRUE")
        else:
            self.where.append(f"{column} = ANY ({self.place(few)})")

    def price(self, low: int | None, high: int | None) -> None:
        if low is not None:
            self.where.append(f"p.min_price >= {self.place(low)}")
        if high is not None:
            self.where.append(f"p.min_price <= {self.place(high)}")

    def stock(self, wanted: bool) -> None:
        self.where.append("p.available > 0" if wanted else "p.available = 0")

    def text(self, q: str) -> None:
        """All words begin words of the product, or the text is a part of its name, brand or SKUs."""
        part = f"p.keywords LIKE {self.place(part_pattern(q))}"
        if words := word_query(q):
            part = f"(p.words @@ to_tsquery('simple', {self.place(words)}) OR {part})"
        self.where.append(part)


Find: TypeAlias = Callable[[Filter], str]
"""A statement for one column, with its parameters in the filter."""


def below(category: str) -> Find:
    """The category and all below it."""
    return lambda of: f"SELECT b.category FROM branches b WHERE b.top = {of.place(category)}"


def sellers(slugs: Sequence[str]) -> Find:
    return lambda of: f"SELECT id FROM sellers WHERE slug = ANY ({of.place(slugs)})"


def brands(slugs: Sequence[str]) -> Find:
    return lambda of: f"SELECT id FROM brands WHERE slug = ANY ({of.place(slugs)})"


def misfits(code: str) -> Find:
    """Products that say what does not fit the attribute."""
    return lambda of: (
        "SELECT a.product_id FROM attribute_values a JOIN attributes d ON d.id = a.attribute_id "
        f"WHERE d.code = {of.place(code)} AND a.misfit IS NOT NULL"
    )


def _tagged(tags: Sequence[str]) -> Find:
    return lambda of: f"SELECT t.product_id FROM product_tags t WHERE t.tag = ANY ({of.place(tags)})"


def _saying(wanted: AnyOf) -> Find:
    def find(of: Filter) -> str:
        either = []
        if wanted.texts:
            either.append(f"a.value = ANY ({of.place(wanted.texts)})")
        if wanted.numbers:
            either.append(f"a.number = ANY ({of.place(wanted.numbers)}::float8[])")
        for span in wanted.spans:
            ends = ["a.number IS NOT NULL"]
            if span.low is not None:
                ends.append(f"a.number >= {of.place(span.low)}::float8")
            if span.high is not None:
                ends.append(f"a.number <= {of.place(span.high)}::float8")
            either.append(f"({' AND '.join(ends)})")
        id = of.place(wanted.attribute.id)
        return f"SELECT a.product_id FROM attribute_values a WHERE a.attribute_id = {id} AND ({' OR '.join(either)})"

    return find


def _elsewhere(wanted: Wanted) -> Iterator[tuple[str, str, Find]]:
    """What is asked of other tables: the filter's name, the products' column, how to find it."""
    if wanted.category:
        yield "category", "p.category", below(wanted.category)
    if wanted.sellers:
        yield "seller", "p.seller_id", sellers(wanted.sellers)
    if wanted.brands:
        yield "brand", "p.brand_id", brands(wanted.brands)
    if wanted.tags:
        yield "tag", "p.id", _tagged(wanted.tags)
    for one in wanted.attributes:
        yield f"attr.{one.attribute.code}", "p.id", _saying(one)


async def look_up(tx: Tx, find: Find) -> list[Any] | None:
    """None where it is more than a few."""
    of = Filter()
    rows = await tx.rows(f"{find(of)} LIMIT {FEW + 1}", *of.args)
    return [value for (value,) in rows] if len(rows) <= FEW else None


async def plan_for(tx: Tx, wanted: Wanted) -> Wanted:
    """A plan kept for any category, tag or value is a bad one for the large ones: where such are asked for, statements
    of this transaction are planned for their parameters, and for what is looked up here."""
    if not (wanted.category or wanted.sellers or wanted.brands or wanted.tags or wanted.attributes):
        return wanted
    await tx.plan_anew()
    looked_up = {name: await look_up(tx, find) for name, _, find in _elsewhere(wanted)}
    return msgspec.structs.replace(wanted, few={name: few for name, few in looked_up.items() if few is not None})


def narrowed(wanted: Wanted, *, without: str = "") -> Filter:
    """The published products that fit. `without` leaves one filter out: "brand", "tag", "seller", "price", or
    "attr." and a code."""
    found = Filter()
    for name, column, find in _elsewhere(wanted):
        if name != without:
            found.among(column, find, wanted.few.get(name))
    if without != "price":
        found.price(wanted.min_price, wanted.max_price)
    if wanted.available is not None:
        found.stock(wanted.available)
    if wanted.q:
        found.text(wanted.q)
    return found
