"""Published by catalog."""

from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from tradehall.contracts.values import Event, Task


class CatalogEvent(Event, frozen=True, kw_only=True):
    publisher: ClassVar[str] = "catalog"


class VariantFacts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What carts and orders need to sell a variant. `price` is in minor units of the store's currency."""

    variant_id: UUID
    sku: str
    title: str
    options: dict[str, str]
    price: int
    compare_at: int | None = None
    weight_g: int = 0
    image: str | None = None


class ProductState(CatalogEvent, frozen=True, kw_only=True):
    """The whole product, as it is now."""

    product_id: UUID
    seller_id: UUID
    slug: str
    name: str
    status: Literal["draft", "published"]
    currency: str
    variants: list[VariantFacts]


class ProductCreated(ProductState, frozen=True, kw_only=True, tag="product.created"):
    pass


class ProductUpdated(ProductState, frozen=True, kw_only=True, tag="product.updated"):
    pass


class ProductDeleted(CatalogEvent, frozen=True, kw_only=True, tag="product.deleted"):
    product_id: UUID
    seller_id: UUID


class ImportDue(Task, frozen=True, kw_only=True, tag="ImportDue"):
    """Take in the next rows of a file of products. `turn` counts them: one that is done already is not done again."""

    publisher: ClassVar[str] = "catalog"
    import_id: UUID
    turn: int
