"""Single variants of a product, published or not: another one, a changed one, one less; and their order."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import delete, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, UnsetType

from tradehall.contracts.stores import Store
from tradehall.contracts.values import Minor
from tradehall.kernel.access import SELLER
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.errors import Invalid
from tradehall.kernel.runtime import Running
from tradehall.services.catalog import model, saving
from tradehall.services.catalog.api.access import own
from tradehall.services.catalog.api.products import answer, variant
from tradehall.services.catalog.api.shapes import ManagedProduct
from tradehall.services.catalog.model import (
    MOST_VARIANTS,
    Grams,
    ImageKey,
    Label,
    LastVariant,
    Offer,
    Product,
    Sku,
    TooManyVariants,
    UnknownVariant,
    Variant,
)


class OfferChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is left out stays; with another `sku` it is still the same variant, in carts, orders and stock."""

    sku: Sku | UnsetType = UNSET
    price: Minor | UnsetType = UNSET
    options: Annotated[dict[Label, Label], Meta(max_length=5)] | UnsetType = UNSET
    compare_at: Minor | UnsetType | None = UNSET
    weight_g: Grams | UnsetType = UNSET
    image: ImageKey | UnsetType | None = UNSET


class VariantOrder(msgspec.Struct, frozen=True, kw_only=True):
    """All variants of the product, in the order of display."""

    variants: Annotated[list[UUID], Meta(min_length=1, max_length=MOST_VARIANTS)]


@post("/api/v1/products/{product_id:uuid}/variants", access=SELLER)
async def add_variant(
    product_id: FromPath[UUID],
    data: JSONBody[Offer],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> ManagedProduct:
    """It comes last."""
    async with db.transaction(store.id) as tx:
        product = await own(tx, product_id, caller)
        if len(product.variants) >= MOST_VARIANTS:
            raise TooManyVariants()
        added = [*product.variants, variant(data)]
        changed = await answer(tx, await saving.save(tx, product, _checked(product, added), store.id), store)
    running.answers.drop(store.id)
    return changed


@patch("/api/v1/products/{product_id:uuid}/variants/{variant_id:uuid}", access=SELLER)
async def change_variant(
    product_id: FromPath[UUID],
    variant_id: FromPath[UUID],
    data: JSONBody[OfferChange],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> ManagedProduct:
    changes: dict[str, Any] = {
        name: value for name in data.__struct_fields__ if (value := getattr(data, name)) is not UNSET
    }
    async with db.transaction(store.id) as tx:
        product = await own(tx, product_id, caller)
        place = _place(product, variant_id)
        variants = list(product.variants)
        variants[place] = msgspec.structs.replace(variants[place], **changes)
        changed = await answer(tx, await saving.save(tx, product, _checked(product, variants), store.id), store)
    running.answers.drop(store.id)
    return changed


@delete("/api/v1/products/{product_id:uuid}/variants/{variant_id:uuid}", access=SELLER)
async def remove_variant(
    product_id: FromPath[UUID],
    variant_id: FromPath[UUID],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    """Not the last one. Where it lies in a cart, the cart shows it as gone."""
    async with db.transaction(store.id) as tx:
        product = await own(tx, product_id, caller)
        _place(product, variant_id)
        if len(product.variants) == 1:
            raise LastVariant("Unpublish or delete the product instead.")
        left = [one for one in product.variants if one.id != variant_id]
        await saving.save(tx, product, msgspec.structs.replace(product, variants=left), store.id)
    running.answers.drop(store.id)


@put("/api/v1/products/{product_id:uuid}/variants/order", access=SELLER)
async def order_variants(
    product_id: FromPath[UUID],
    data: JSONBody[VariantOrder],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> ManagedProduct:
    async with db.transaction(store.id) as tx:
        product = await own(tx, product_id, caller)
        by_id = {one.id: one for one in product.variants}
        if sorted(data.variants) != sorted(by_id):
            raise Invalid.field("variants", "must name each variant of the product once")
        ordered = msgspec.structs.replace(product, variants=[by_id[id] for id in data.variants])
        changed = await answer(tx, await saving.save(tx, product, ordered, store.id), store)
    running.answers.drop(store.id)
    return changed


def _place(product: Product, variant_id: UUID) -> int:
    for place, one in enumerate(product.variants):
        if one.id == variant_id:
            return place
    raise UnknownVariant()


def _checked(product: Product, variants: list[Variant]) -> Product:
    """With these variants, of which one is new or changed: what is wrong is so by it. Raises Invalid, by the fields of
    the request."""
    product = msgspec.structs.replace(product, variants=variants)
    try:
        model.check_offers(product.options, variants)
        model.check_images(product)
    except Invalid as refusal:
        wrong = [msgspec.structs.replace(error, field=error.field.partition("].")[2]) for error in refusal.errors]
        raise Invalid(refusal.detail, errors=wrong) from None
    return product


routes = [add_variant, change_variant, remove_variant, order_variants]
