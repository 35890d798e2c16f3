"""Published by catalog."""

from datetime import datetime
from functools import cached_property
from hashlib import blake2b
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


class SpecificationFacts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`attribute` is the code of the category's attribute that it is a value of, `filterable` where products may be
    filtered by it; `unit` is that of a number."""

    name: str
    value: str | int | float | bool
    attribute: str | None = None
    unit: str = ""
    filterable: bool = True


class ProductState(CatalogEvent, frozen=True, kw_only=True, dict=True):
    """The whole product, as it is now. `categories` are the slugs from the top of the tree to its own; `brand_slug` is
    null where it has no brand."""

    product_id: UUID
    seller_id: UUID
    slug: str
    name: str
    status: Literal["draft", "published"]
    currency: str
    variants: list[VariantFacts]
    brand: str = ""
    brand_slug: str | None = None
    categories: list[str] = msgspec.field(default_factory=list)
    description: str = ""
    specifications: list[SpecificationFacts] = msgspec.field(default_factory=list)
    tags: list[str] = msgspec.field(default_factory=list)
    image: str | None = None
    rating_average: float | None = None
    rating_count: int = 0
    published_at: datetime | None = None

    @cached_property
    def mark(self) -> int:
        """A number of 64 bits that is another where anything is that is told of it, whenever it is told."""
        names = [name for name in self.__struct_fields__ if name not in ("timestamp", "variants")]
        told = [*(getattr(self, name) for name in names), list(self.marks.values())]
        return _number(blake2b(msgspec.msgpack.encode(told), digest_size=8))

    @cached_property
    def marks(self) -> dict[UUID, int]:
        """Of each variant a number of 64 bits that is another where anything is that whoever sells it may keep of it."""
        around = blake2b(msgspec.msgpack.encode((self.seller_id, self.slug, self.status, self.currency)), digest_size=8)
        found = {}
        for variant in self.variants:
            one = around.copy()
            one.update(msgspec.msgpack.encode(variant))
            found[variant.variant_id] = _number(one)
        return found


def _number(digest: blake2b) -> int:
    return int.from_bytes(digest.digest(), signed=True)


class ProductCreated(ProductState, frozen=True, kw_only=True, tag="product.created"):
    pass


class ProductUpdated(ProductState, frozen=True, kw_only=True, tag="product.updated"):
    pass


class ProductDeleted(CatalogEvent, frozen=True, kw_only=True, tag="product.deleted"):
    product_id: UUID
    seller_id: UUID


class ProductsToTell(Task, frozen=True, kw_only=True, tag="ProductsToTell"):
    """What many products say changed with something else, such as the name of their brand: tell of each anew. `as_is`:
    they stand as they are to be told."""

    publisher: ClassVar[str] = "catalog"
    product_ids: list[UUID]
    as_is: bool = False


class ImportDue(Task, frozen=True, kw_only=True, tag="ImportDue"):
    """Take in the next rows of a file of products. `turn` counts them: one that is done already is not done again."""

    publisher: ClassVar[str] = "catalog"
    import_id: UUID
    turn: int
