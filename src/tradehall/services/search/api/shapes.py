"""What clients get: products as in the catalogue's lists, as far as search knows them."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar.params import QueryParameter
from msgspec import UNSET, UnsetType

from tradehall.contracts.values import Money
from tradehall.kernel.db import Tx
from tradehall.services.search.model import Counted
from tradehall.services.search.queries import documents
from tradehall.services.search.queries.documents import CardRow, Stocked

ANY_TEXT = r"^[^\x00]*$"
SOME_TEXT = r"^[^\x00]*[^\x00\s][^\x00]*$"
Words = Annotated[str | None, QueryParameter(max_length=200, pattern=ANY_TEXT)]
Price = Annotated[int | None, QueryParameter(ge=0, le=10**13)]


class FoundRating(msgspec.Struct, frozen=True):
    average: float
    count: int


class FoundSeller(msgspec.Struct, frozen=True):
    id: UUID
    slug: str
    name: str


class FoundVariant(msgspec.Struct, frozen=True):
    """`backorder`: more than is available may be ordered."""

    id: UUID
    sku: str
    options: dict[str, str]
    price: Money
    available: int
    backorder: bool


class FoundSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`attribute` is the code of the attribute that it is a value of, `unit` that of a number."""

    name: str
    value: str | int | float | bool
    attribute: str | None = None
    unit: str = ""


class FoundProduct(msgspec.Struct, frozen=True, kw_only=True):
    """A product in a list. `price` and `compare_at` are those of the cheapest variant, `price_to` is the highest price.
    Of `variants` these are the first twelve, of `variant_count`; all are on the product's page."""

    id: UUID
    slug: str
    name: str
    price: Money
    price_to: Money
    compare_at: Money | None
    available: int
    image: str | None
    rating: FoundRating | None
    brand: str
    seller: FoundSeller
    category: str | None
    variants: list[FoundVariant]
    variant_count: int
    specifications: list[FoundSpec] | UnsetType = UNSET


class PriceSpan(msgspec.Struct, frozen=True):
    """Of the cheapest variants' prices; None where there is no product."""

    low: Money | None
    high: Money | None


class AttributeFound(msgspec.Struct, frozen=True, kw_only=True):
    """`count` has the products that have a value; `low` and `high` are those of a number. `values` are the most frequent."""

    code: str
    name: str
    kind: Literal["text", "number", "boolean"]
    unit: str
    count: int
    low: float | None
    high: float | None
    values: list[Counted]


class FoundFacets(msgspec.Struct, frozen=True, kw_only=True):
    """Each facet counts what all filters but its own leave. `ratings` are so many stars and more; `available` are those
    that are in stock."""

    brands: list[Counted]
    sellers: list[Counted]
    categories: list[Counted]
    tags: list[Counted]
    ratings: list[Counted]
    available: int
    price: PriceSpan
    attributes: list[AttributeFound]


Sellers = dict[UUID, tuple[str, str]]


async def products(
    tx: Tx, numbers: Sequence[int], sellers: Sellers, *, specifications: bool = False
) -> list[FoundProduct]:
    """In this order, with what is available of them now."""
    rows = await documents.cards(tx, numbers)
    variants = [variant.id for row in rows for variant in row.card.variants]
    stocked = await documents.stocked(tx, variants)
    return [product(row, stocked, sellers, specifications=specifications) for row in rows]


def product(row: CardRow, stocked: dict[UUID, Stocked], sellers: Sellers, *, specifications: bool) -> FoundProduct:
    card, currency = row.card, row.card.currency
    variants = []
    for variant in card.variants:
        level = stocked.get(variant.id) or Stocked(variant.id, 0, False)
        price = Money(variant.price, currency)
        variants.append(FoundVariant(variant.id, variant.sku, variant.options, price, level.available, level.backorder))
    rated = card.rating_average is not None
    return FoundProduct(
        id=row.id,
        slug=card.slug,
        name=card.name,
        price=Money(card.price, currency),
        price_to=Money(card.price_to, currency),
        compare_at=None if card.compare_at is None else Money(card.compare_at, currency),
        available=row.available,
        image=card.image,
        rating=FoundRating(card.rating_average or 0.0, card.rating_count) if rated else None,
        brand=card.brand,
        seller=FoundSeller(card.seller_id, *sellers.get(card.seller_id, ("", ""))),
        category=card.category,
        variants=variants,
        variant_count=card.variant_count,
        specifications=[
            FoundSpec(name=one.name, value=one.value, attribute=one.attribute, unit=one.unit)
            for one in card.specifications
        ]
        if specifications
        else UNSET,
    )
