"""A product is written with all that goes with it: what filters look at, and the event that tells of it."""

from typing import TypeVar
from uuid import UUID

import msgspec

from tradehall.contracts.catalog import (
    ProductCreated,
    ProductsToTell,
    ProductUpdated,
    SpecificationFacts,
)
from tradehall.kernel.db import Tx
from tradehall.services.catalog import model
from tradehall.services.catalog.attributes import Attribute, Misfit, by_name, fit, same_name, typed, values_of
from tradehall.services.catalog.model import Product, SlugTaken, Spec
from tradehall.services.catalog.queries import attributes, categories, products

Fact = TypeVar("Fact", ProductCreated, ProductUpdated)

TOLD_AT_ONCE = 100
REFITTED_AT_ONCE = 500


async def insert(tx: Tx, product: Product, store_id: UUID, *, own_slug: bool) -> Product:
    """With a slug of our making, the first free of `slug`, `slug-2`, …

    Raises SlugTaken, SkuTaken, and Invalid where specifications do not fit the category's attributes.
    """
    named = await _named(tx, product.category)
    published = product.status == "published"
    product = msgspec.structs.replace(product, specifications=typed(named, product.specifications, published=published))
    values = values_of(named, product.specifications)
    made = None
    if product.slug not in model.RESERVED_SLUGS:
        made = await products.insert(tx, product, values)
    for _ in range(0 if own_slug or made else 5):  # others may take the one just found free
        slug = model.free_slug(product.slug, await products.slugs_like(tx, product.slug))
        if made := await products.insert(tx, msgspec.structs.replace(product, slug=slug), values):
            break
    if made is None:
        raise SlugTaken(f"Another product has the slug {product.slug}.")
    await _tell(tx, ProductCreated, made, store_id, named)
    return made


async def save(tx: Tx, earlier: Product, product: Product, store_id: UUID, *, described: bool = False) -> Product:
    """Writes a product that was locked as `earlier`. `described`: what it says of itself changed, and has to fit.

    Raises SlugTaken, SkuTaken, and Invalid where specifications do not fit the category's attributes.
    """
    named = await _named(tx, product.category)
    if described:
        published = product.status == "published"
        fitting = typed(named, product.specifications, published=published)
        product = msgspec.structs.replace(product, specifications=fitting)
    saved = await products.update(tx, earlier, product, values_of(named, product.specifications))
    await _tell(tx, ProductUpdated, saved, store_id, named)
    return saved


async def save_again(tx: Tx, product_id: UUID, store_id: UUID) -> None:
    """For what changed around it; a product that is gone by now is passed over."""
    if product := await products.lock(tx, product_id):
        await save(tx, product, product, store_id)


def tell_later(tx: Tx, ids: list[UUID]) -> None:
    """Many products say something new: search words and events follow in tasks."""
    for start in range(0, len(ids), TOLD_AT_ONCE):
        some = ids[start : start + TOLD_AT_ONCE]
        tx.emit(ProductsToTell(product_ids=some), key=some[0])


async def refit(
    tx: Tx, tops: list[str], *, renamed: tuple[Attribute, dict[str, list[Attribute]]] | None = None
) -> None:
    """Attributes of these branches changed: what their products say is read anew, and told of.

    `renamed` is the attribute of the new name, and what held in each category before: where products spoke of it, they
    use its new name. What does not fit any more stays with its product, and is no value for filters.
    """
    held = {category: by_name(found) for category, found in (await attributes.by_category(tx, tops)).items()}
    before = {category: by_name(found) for category, found in renamed[1].items()} if renamed else {}
    after: UUID | None = None
    touched: list[UUID] = []
    while rows := await attributes.described(tx, tops, after=after, limit=REFITTED_AT_ONCE):
        after = rows[-1].id
        said = {row.id: row.specifications for row in rows}
        if renamed:
            rewritten = {
                row.id: _reworded(row.specifications, before.get(row.category, {}), renamed[0]) for row in rows
            }
            changed = {id: specs for id, specs in rewritten.items() if specs != said[id]}
            await attributes.rewrite(tx, changed)
            said |= changed
        await attributes.replace_values(
            tx, {row.id: values_of(held.get(row.category, {}), said[row.id]) for row in rows}
        )
        touched += said
    tell_later(tx, touched)


def _reworded(specifications: list[Spec], before: dict[str, Attribute], renamed: Attribute) -> list[Spec]:
    return [
        Spec(renamed.name, spec.value)
        if (attribute := before.get(same_name(spec.name))) and attribute.id == renamed.id
        else spec
        for spec in specifications
    ]


async def _named(tx: Tx, category: str | None) -> dict[str, Attribute]:
    return by_name(await attributes.of_category(tx, category)) if category is not None else {}


async def _tell(tx: Tx, event: type[Fact], product: Product, store_id: UUID, named: dict[str, Attribute]) -> None:
    path = await categories.path(tx, product.category) if product.category is not None else []
    rating = product.rating
    tx.emit(
        event(
            product_id=product.id,
            seller_id=product.seller_id,
            slug=product.slug,
            name=product.name,
            status=product.status,
            currency=product.currency,
            variants=model.facts(product, store_id),
            brand=product.brand,
            brand_slug=product.brand_slug,
            categories=[category.slug for category in path],
            description=product.description,
            specifications=[_spec_facts(spec, named.get(same_name(spec.name))) for spec in product.specifications],
            tags=product.tags,
            image=model.thumb(store_id, product.images[0].key) if product.images else None,
            rating_average=rating.average if rating else None,
            rating_count=rating.count if rating else 0,
            published_at=product.published_at,
        ),
        key=product.id,
    )


def _spec_facts(spec: Spec, attribute: Attribute | None) -> SpecificationFacts:
    if attribute is None:
        return SpecificationFacts(name=spec.name, value=spec.value)
    try:
        value = fit(attribute, spec.value)
    except Misfit:
        return SpecificationFacts(name=spec.name, value=spec.value)
    return SpecificationFacts(name=spec.name, value=value, attribute=attribute.code, unit=attribute.unit)
