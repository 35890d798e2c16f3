"""What clients send and get. Prices are sent in minor units of the store's currency, and given as Money."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tradehall.contracts.stores import Store
from tradehall.contracts.values import Money
from tradehall.services.catalog import model
from tradehall.services.catalog.model import (
    Brand,
    Description,
    Label,
    Name,
    Offer,
    Rating,
    Slug,
    Spec,
    SpecNumber,
    SpecText,
    Status,
)
from tradehall.services.catalog.queries.shop import CardRow, CategoryName, ProductRow, TypedSpec

Offers = Annotated[list[Offer], Meta(min_length=1, max_length=model.MOST_VARIANTS)]
KnownOffers = Annotated[list[model.KnownOffer], Meta(min_length=1, max_length=model.MOST_VARIANTS)]
Pictures = Annotated[list[model.ShownImage], Meta(max_length=model.MOST_IMAGES)]
Specs = (
    Annotated[list[Spec], Meta(max_length=100)]
    | Annotated[dict[Label, SpecText | SpecNumber | float | bool], Meta(max_length=100)]
)
Options = Annotated[list[Label], Meta(max_length=5)]
Tags = Annotated[list[Label], Meta(max_length=30)]


class NewProduct(msgspec.Struct, frozen=True, kw_only=True):
    """Without `slug` one is made from the name. `seller_id` and `rating` are for store admins."""

    name: Name
    variants: Offers
    slug: Slug | None = None
    brand: Brand = ""
    category: Slug | None = None
    description: Description = ""
    specifications: Specs = []
    options: Options = []
    tags: Tags = []
    status: Status = "draft"
    seller_id: UUID | None = None
    rating: Rating | None = None


class ProductChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is left out stays. `variants` are all of them: by id or SKU, the others go; `images` too, in the order of
    display. With `version`, the one that was read, a change by somebody else in between is refused."""

    name: Name | UnsetType = UNSET
    variants: KnownOffers | UnsetType = UNSET
    images: Pictures | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    brand: Brand | UnsetType = UNSET
    category: Slug | UnsetType | None = UNSET
    description: Description | UnsetType = UNSET
    specifications: Specs | UnsetType = UNSET
    options: Options | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET
    rating: Rating | UnsetType | None = UNSET
    version: int | UnsetType = UNSET


class SellerName(msgspec.Struct, frozen=True):
    id: UUID
    slug: str
    name: str


class ListedVariant(msgspec.Struct, frozen=True):
    """`backorder`: more than is available may be ordered."""

    id: UUID
    sku: str
    options: dict[str, str]
    price: Money
    available: int
    backorder: bool


class ShownSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`attribute` is the code of the attribute that it is a value of, `unit` that of a number."""

    name: str
    value: str | int | float | bool
    attribute: str | None = None
    unit: str = ""


class Card(msgspec.Struct, frozen=True, kw_only=True):
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
    rating: Rating | None
    brand: str
    seller: SellerName
    category: str | None
    variants: list[ListedVariant]
    variant_count: int
    specifications: list[ShownSpec] | UnsetType = UNSET


class ManagedCard(Card, frozen=True, kw_only=True):
    status: str
    version: int
    updated_at: datetime


class Listing(msgspec.Struct, frozen=True):
    """`total` counts all pages, as of the first one."""

    items: list[Card]
    next: str | None
    total: int


class Option(msgspec.Struct, frozen=True):
    name: str
    values: list[str]


class Picture(msgspec.Struct, frozen=True):
    """`width` and `height` in pixels, of `url`; the longer side of `thumb` has 480 at most."""

    key: str
    url: str
    thumb: str
    alt: str
    width: int
    height: int


class ProductVariant(msgspec.Struct, frozen=True):
    """`image` is the URL of the picture that shows this variant, where it has one of its own. `backorder`: more than is
    available may be ordered."""

    id: UUID
    sku: str
    options: dict[str, str]
    price: Money
    compare_at: Money | None
    image: str | None
    weight_g: int
    available: int
    backorder: bool


class Choice(NamedTuple):
    variants: list[ProductVariant]
    options: list[Option]


class ProductPage(msgspec.Struct, frozen=True, kw_only=True):
    """`category_path` leads from the top to `category`. `related` were chosen, or are near by category and brand.

    `rating` is of what the product was imported with and of the reviews written here, `distribution` (five counts, from one
    star up) of the latter alone.
    """

    id: UUID
    slug: str
    name: str
    brand: str
    brand_slug: str | None
    price: Money
    price_to: Money
    compare_at: Money | None
    available: int
    description: str
    specifications: list[ShownSpec]
    options: list[Option]
    tags: list[str]
    variants: list[ProductVariant]
    images: list[Picture]
    rating: Rating | None
    distribution: list[int]
    seller: SellerName
    category: str | None
    category_path: list[CategoryName]
    related: list[Card]


class ManagedProduct(ProductPage, frozen=True, kw_only=True):
    """`related_ids` are those chosen by hand. `related` has them where the product is read alone, unless they are drafts of others.
    `imported_rating` is what `rating` sets."""

    related_ids: list[UUID]
    imported_rating: Rating | None
    status: Status
    version: int
    created_at: datetime
    updated_at: datetime


def card(row: CardRow, store: Store) -> Card:
    currency, key = row.currency, row.image
    return Card(
        id=row.id,
        slug=row.slug,
        name=row.name,
        price=Money(row.min_price, currency),
        price_to=Money(row.max_price, currency),
        compare_at=_money(row.compare_at, currency),
        available=row.available,
        image=model.thumb(store.id, key) if key else None,
        rating=_rating(row.rating_average, row.rating_count),
        brand=row.brand,
        seller=SellerName(row.seller_id, row.seller_slug, row.seller_name),
        category=row.category,
        variants=[
            ListedVariant(v.id, v.sku, v.options, Money(v.price, currency), v.available, v.backorder)
            for v in row.variants
        ],
        variant_count=row.variant_count,
        specifications=UNSET if row.specifications is None else _specs(row.specifications, row.typed),
    )


def managed_card(row: CardRow, store: Store) -> ManagedCard:
    return ManagedCard(**_fields(card(row, store)), status=row.status, version=row.version, updated_at=row.updated_at)


def choice_of(row: ProductRow, store: Store) -> Choice:
    currency = row.currency
    variants = [
        ProductVariant(
            v.id,
            v.sku,
            {name: v.options[name] for name in row.options},  # jsonb has an order of its own
            Money(v.price, currency),
            _money(v.compare_at, currency),
            model.picture(store.id, v.image) if v.image else None,
            v.weight_g,
            v.available,
            v.backorder,
        )
        for v in row.variants
    ]
    options = [Option(name, list(dict.fromkeys(v.options[name] for v in variants))) for name in row.options]
    return Choice(variants, options)


def page(row: ProductRow, related: list[Card], store: Store, choice: Choice | None = None) -> ProductPage:
    """`choice`: where it is known, and need not be made of the row's variants."""
    currency = row.currency
    choice = choice or choice_of(row, store)
    return ProductPage(
        id=row.id,
        slug=row.slug,
        name=row.name,
        brand=row.brand,
        brand_slug=row.brand_slug,
        price=Money(row.min_price, currency),
        price_to=Money(row.max_price, currency),
        compare_at=_money(row.compare_at, currency),
        available=row.available,
        description=row.description,
        specifications=_specs(row.specifications, row.typed),
        options=choice.options,
        tags=row.tags,
        variants=choice.variants,
        images=[picture(image, store) for image in row.images],
        rating=_rating(row.rating_average, row.rating_count),
        distribution=row.stars,
        seller=SellerName(row.seller_id, row.seller_slug, row.seller_name),
        category=row.category,
        category_path=row.category_path or [],
        related=related,
    )


def managed_page(row: ProductRow, store: Store, related: Sequence[CardRow] = ()) -> ManagedProduct:
    return ManagedProduct(
        **_fields(page(row, [card(one, store) for one in related], store)),
        related_ids=row.chosen,
        imported_rating=_rating(row.base_average, row.base_count),
        status=row.status,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def picture(image: model.Image, store: Store) -> Picture:
    return Picture(
        image.key,
        model.picture(store.id, image.key),
        model.thumb(store.id, image.key),
        image.alt,
        image.width,
        image.height,
    )


def _specs(said: list[Spec], values: list[TypedSpec] | None) -> list[ShownSpec]:
    """The unit goes with a number only: what does not fit its attribute stands as it was written."""
    typed = {one.position: one for one in values or ()}
    return [
        ShownSpec(
            name=spec.name,
            value=spec.value,
            attribute=one.attribute if (one := typed.get(position)) else None,
            unit=one.unit if one and not isinstance(spec.value, str | bool) else "",
        )
        for position, spec in enumerate(said)
    ]


def specs(given: Specs) -> list[Spec]:
    return given if isinstance(given, list) else [Spec(name, value) for name, value in given.items()]


def _fields(struct: msgspec.Struct) -> dict[str, Any]:
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


def _money(amount: int | None, currency: str) -> Money | None:
    return None if amount is None else Money(amount, currency)


def _rating(average: float | None, count: int) -> Rating | None:
    return None if average is None else Rating(average, count)
