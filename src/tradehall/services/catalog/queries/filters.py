"""Conditions on products, as SQL. Filters are fixed texts put together here; what clients send travels in parameters only.

What products have in other tables is never joined to them: by statistics older than a store's products PostgreSQL compares
each with each. It is looked up first and, where it is little, named in the statement. Else it is asked for each product, or
read into a set once: PostgreSQL has the choice where either is done by an index that says yes or no.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
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

    def among(self, elsewhere: "Elsewhere", few: Sequence[object] | None = None) -> None:
        """Products of which that holds, or that are, looked up already, among the `few`."""
        if few is not None:
            self.where.append(f"{elsewhere.column} = ANY ({self.place(few)})")
            return
        rest = elsewhere.rest(self)
        if elsewhere.exact:
            holds = f"EXISTS (SELECT {rest} AND {elsewhere.key} = {elsewhere.column})"
        else:
            holds = f"{elsewhere.column} IN (SELECT {elsewhere.key} {rest})"
        self.where.append(f"({holds}) IS TRUE")  # so that it is no join

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


class Elsewhere(NamedTuple):
    """A column of products, and what it is among: `key` of the rows that `rest` (FROM …, WHERE …) finds. `exact`: with a
    key an index finds at most one of them."""

    column: str
    key: str
    rest: Callable[[Filter], str]
    exact: bool = True


def below(category: str) -> Elsewhere:
    """The category and all below it."""
    return Elsewhere("p.category", "b.category", lambda of: f"FROM branches b WHERE b.top = {of.place(category)}")


def sellers(slugs: Sequence[str]) -> Elsewhere:
    return Elsewhere("p.seller_id", "s.id", lambda of: f"FROM sellers s WHERE s.slug = ANY ({of.place(slugs)})")


def brands(slugs: Sequence[str]) -> Elsewhere:
    return Elsewhere("p.brand_id", "n.id", lambda of: f"FROM brands n WHERE n.slug = ANY ({of.place(slugs)})")


def misfits(code: str) -> Elsewhere:
    """Products that say what does not fit the attribute."""

    def rest(of: Filter) -> str:
        code_is = f"d.code = {of.place(code)}"
        return f"FROM attribute_values a JOIN attributes d ON d.id = a.attribute_id WHERE {code_is} AND a.misfit IS NOT NULL"

    return Elsewhere("p.id", "a.product_id", rest, exact=False)


def _tagged(tags: Sequence[str]) -> Elsewhere:
    return Elsewhere("p.id", "t.product_id", lambda of: f"FROM product_tags t WHERE t.tag = ANY ({of.place(tags)})")


def _saying(wanted: AnyOf) -> Elsewhere:
    def rest(of: Filter) -> str:
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
        return f"FROM attribute_values a WHERE a.attribute_id = {id} AND ({' OR '.join(either)})"

    return Elsewhere("p.id", "a.product_id", rest, exact=False)


def _elsewhere(wanted: Wanted) -> Iterator[tuple[str, Elsewhere]]:
    """What is asked of other tables, by the filter's name."""
    if wanted.category:
        yield "category", below(wanted.category)
    if wanted.sellers:
        yield "seller", sellers(wanted.sellers)
    if wanted.brands:
        yield "brand", brands(wanted.brands)
    if wanted.tags:
        yield "tag", _tagged(wanted.tags)
    for one in wanted.attributes:
        yield f"attr.{one.attribute.code}", _saying(one)


async def look_up(tx: Tx, elsewhere: Elsewhere) -> list[Any] | None:
    """None where it is more than a few."""
    of = Filter()
    rows = await tx.rows(f"SELECT {elsewhere.key} {elsewhere.rest(of)} LIMIT {FEW + 1}", *of.args)
    return [value for (value,) in rows] if len(rows) <= FEW else None


async def plan_for(tx: Tx, wanted: Wanted) -> Wanted:
    """A plan kept for any category, tag or value is a bad one for the large ones: where such are asked for, statements
    of this transaction are planned for their parameters, and for what is looked up here."""
    if not (wanted.category or wanted.sellers or wanted.brands or wanted.tags or wanted.attributes):
        return wanted
    await tx.plan_anew()
    looked_up = {name: await look_up(tx, elsewhere) for name, elsewhere in _elsewhere(wanted)}
    return msgspec.structs.replace(wanted, few={name: few for name, few in looked_up.items() if few is not None})


def narrowed(wanted: Wanted, *, without: str = "") -> Filter:
    """The published products that fit. `without` leaves one filter out: "brand", "tag", "seller", "price", or
    "attr." and a code."""
    found = Filter()
    for name, elsewhere in _elsewhere(wanted):
        if name != without:
            found.among(elsewhere, wanted.few.get(name))
    if without != "price":
        found.price(wanted.min_price, wanted.max_price)
    if wanted.available is not None:
        found.stock(wanted.available)
    if wanted.q:
        found.text(wanted.q)
    return found
