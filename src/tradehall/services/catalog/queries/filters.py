"""Conditions on products, as SQL. Filters are fixed texts put together here; what clients send travels in parameters only."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx
from tradehall.services.catalog.attributes import Attribute
from tradehall.services.catalog.model import part_pattern, word_query

VISIBLE = ("p.deleted_at IS NULL", "p.status = 'published'")


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
    """What a reader of the list asks for; slugs, except tags. Prices in minor units, of the cheapest variant."""

    q: str = ""
    category: str | None = None
    sellers: list[str] = []
    brands: list[str] = []
    tags: list[str] = []
    min_price: int | None = None
    max_price: int | None = None
    available: bool | None = None
    attributes: list[AnyOf] = []


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

    def category(self, slug: str) -> None:
        self.where.append(f"p.category IN (SELECT b.category FROM branches b WHERE b.top = {self.place(slug)})")

    def sellers(self, slugs: Sequence[str]) -> None:
        self.where.append(f"p.seller_id IN (SELECT id FROM sellers WHERE slug = ANY ({self.place(slugs)}))")

    def brands(self, slugs: Sequence[str]) -> None:
        self.where.append(f"p.brand_id IN (SELECT id FROM brands WHERE slug = ANY ({self.place(slugs)}))")

    def tags(self, tags: Sequence[str]) -> None:
        self.where.append(f"p.id IN (SELECT t.product_id FROM product_tags t WHERE t.tag = ANY ({self.place(tags)}))")

    def price(self, low: int | None, high: int | None) -> None:
        if low is not None:
            self.where.append(f"p.min_price >= {self.place(low)}")
        if high is not None:
            self.where.append(f"p.min_price <= {self.place(high)}")

    def stock(self, wanted: bool) -> None:
        self.where.append("p.available > 0" if wanted else "p.available = 0")

    def attribute(self, wanted: AnyOf) -> None:
        either = []
        if wanted.texts:
            either.append(f"a.value = ANY ({self.place(wanted.texts)})")
        if wanted.numbers:
            either.append(f"a.number = ANY ({self.place(wanted.numbers)}::float8[])")
        for span in wanted.spans:
            ends = ["a.number IS NOT NULL"]
            if span.low is not None:
                ends.append(f"a.number >= {self.place(span.low)}::float8")
            if span.high is not None:
                ends.append(f"a.number <= {self.place(span.high)}::float8")
            either.append(f"({' AND '.join(ends)})")
        self.where.append(
            f"p.id IN (SELECT a.product_id FROM attribute_values a WHERE a.attribute_id = "
            f"{self.place(wanted.attribute.id)} AND ({' OR '.join(either)}))"
        )

    def misfit(self, code: str) -> None:
        self.where.append(
            "p.id IN (SELECT a.product_id FROM attribute_values a JOIN attributes d ON d.id = a.attribute_id "
            f"WHERE d.code = {self.place(code)} AND a.misfit IS NOT NULL)"
        )

    def text(self, q: str) -> None:
        """All words begin words of the product, or the text is a part of its name, brand or SKUs."""
        part = f"p.keywords LIKE {self.place(part_pattern(q))}"
        if words := word_query(q):
            part = f"(p.words @@ to_tsquery('simple', {self.place(words)}) OR {part})"
        self.where.append(part)


async def plan_for(tx: Tx, wanted: Wanted) -> None:
    """A plan kept for any category, tag or value is a bad one for the large ones: where such are asked for, statements
    of this transaction are planned for their parameters."""
    if wanted.category or wanted.sellers or wanted.brands or wanted.tags or wanted.attributes:
        await tx.plan_anew()


def narrowed(wanted: Wanted, *, without: str = "") -> Filter:
    """The published products that fit. `without` leaves one filter out: "brand", "tag", "seller", "price", or
    "attr." and a code."""
    found = Filter()
    if wanted.category:
        found.category(wanted.category)
    if wanted.sellers and without != "seller":
        found.sellers(wanted.sellers)
    if wanted.brands and without != "brand":
        found.brands(wanted.brands)
    if wanted.tags and without != "tag":
        found.tags(wanted.tags)
    if without != "price":
        found.price(wanted.min_price, wanted.max_price)
    if wanted.available is not None:
        found.stock(wanted.available)
    for one in wanted.attributes:
        if without != f"attr.{one.attribute.code}":
            found.attribute(one)
    if wanted.q:
        found.text(wanted.q)
    return found
