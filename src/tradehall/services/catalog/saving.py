"""A product is written with all that goes with it: what filters look at, and the event that tells of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from tradehall.contracts.catalog import (
    ProductCreated,
    ProductsToTell,
    ProductUpdated,
    SpecificationFacts,
)
from tradehall.contracts.reviews import RatingChange
from tradehall.kernel.bulk import gently
from tradehall.kernel.db import Tx
from tradehall.services.catalog import model
from tradehall.services.catalog.attributes import Attribute, Misfit, Shelf, by_name, fit, same_name, typed, values_of
from tradehall.services.catalog.model import Product, SlugTaken, Spec
from tradehall.services.catalog.queries import attributes, brands, copies, products, writing
from tradehall.services.catalog.queries.writing import Whole

Fact = TypeVar("Fact", ProductCreated, ProductUpdated)
Shelves = Mapping[str, Shelf]

TOLD_AT_ONCE = 100
REFITTED_AT_ONCE = 500


async def insert(tx: Tx, product: Product, store_id: UUID, *, own_slug: bool) -> Product:
    """With a slug of our making, the first free of `slug`, `slug-2`, …

    Raises SlugTaken, SkuTaken, and Invalid where specifications do not fit the category's attributes.
    """
    shelves = await _shelves(tx, product)
    product = _fitting(product, shelves)
    (whole,) = await _whole(tx, [product], shelves)
    made = None
    if product.slug not in model.RESERVED_SLUGS:
        made = await _made(tx, whole)
    for _ in range(0 if own_slug or made else 5):  # others may take the one just found free
        slug = model.free_slug(product.slug, await products.slugs_like(tx, product.slug))
        other = msgspec.structs.replace(whole.product, slug=slug)
        if made := await _made(tx, msgspec.structs.replace(whole, product=other)):
            break
    if made is None:
        raise SlugTaken(f"Another product has the slug {product.slug}.")
    _tell(tx, ProductCreated, made, store_id, shelves)
    return made


async def save(
    tx: Tx, earlier: Product, product: Product, store_id: UUID, *, described: bool = False, anew: bool = False
) -> Product:
    """Writes a product that was locked as `earlier`. `described`: what it says of itself changed, and has to fit. `anew`:
    something around it did, and all that is made of the product is made again.

    Raises SlugTaken, SkuTaken, and Invalid where specifications do not fit the category's attributes.
    """
    shelves = await _shelves(tx, product)
    if described:
        product = _fitting(product, shelves)
    (saved,) = await _update(tx, [(earlier, product)], shelves, anew=anew)
    _tell(tx, ProductUpdated, saved, store_id, shelves)
    return saved


async def save_all(
    tx: Tx, new: Sequence[Product], changed: Sequence[tuple[Product, Product]], shelves: Shelves, store_id: UUID
) -> None:
    """Some hundred at once, whose specifications fit; `changed` are locked, as (earlier, now). Requests go on meanwhile.

    Raises SlugTaken, SkuTaken.
    """
    wholes = await _whole(tx, new, shelves)
    published = await writing.insert(tx, wholes)
    if taken := [one.product.slug for one in wholes if one.product.id not in published]:
        raise SlugTaken(f"Other products have the slugs {', '.join(taken)}.")
    async for one in gently(wholes):
        _tell(tx, ProductCreated, _published(one.product, published), store_id, shelves)
    async for saved in gently(await _update(tx, changed, shelves)):
        _tell(tx, ProductUpdated, saved, store_id, shelves)


async def _made(tx: Tx, whole: Whole) -> Product | None:
    """None where its slug is taken."""
    published = await writing.insert(tx, [whole])
    return _published(whole.product, published) if published else None


async def _update(
    tx: Tx, changed: Sequence[tuple[Product, Product]], shelves: Shelves, *, anew: bool = False
) -> list[Product]:
    wholes = await _whole(tx, [now for _, now in changed], shelves)
    earlier = [before for before, _ in changed]
    published = await writing.update(tx, list(zip(earlier, wholes, strict=True)), anew=anew)
    return [
        _published(msgspec.structs.replace(one.product, version=one.product.version + 1), published) for one in wholes
    ]


async def _whole(tx: Tx, some: Sequence[Product], shelves: Shelves) -> list[Whole]:
    """With their brands, made where there is none of the name; each product writes it as the brand writes itself."""
    names = [name for product in some if (name := product.brand.strip())]
    found = await brands.named(tx, names) if names else {}
    wholes = []
    for product in some:
        brand = found.get(product.brand.strip())
        name, slug = (brand.name, brand.slug) if brand else ("", None)
        values = values_of(_shelf(shelves, product).named, product.specifications)
        branded = msgspec.structs.replace(product, brand=name, brand_slug=slug)
        wholes.append(Whole(branded, brand.id if brand else None, values))
    return wholes


def _published(product: Product, published: Mapping[UUID, datetime | None]) -> Product:
    return msgspec.structs.replace(product, published_at=published[product.id])


async def _shelves(tx: Tx, product: Product) -> Shelves:
    return await attributes.shelves(tx, [product.category]) if product.category is not None else {}


def _shelf(shelves: Shelves, product: Product) -> Shelf:
    return shelves[product.category] if product.category is not None else Shelf()


def _fitting(product: Product, shelves: Shelves) -> Product:
    published = product.status == "published"
    fitting = typed(_shelf(shelves, product).named, product.specifications, published=published)
    return msgspec.structs.replace(product, specifications=fitting)


async def save_again(tx: Tx, product_id: UUID, store_id: UUID) -> None:
    """For what changed around it; a product that is gone by now is passed over."""
    if product := await products.lock(tx, product_id):
        await save(tx, product, product, store_id, anew=True)


async def tell_again(tx: Tx, product_id: UUID, store_id: UUID) -> None:
    """As it stands; a product that is gone by now is passed over. Locked, so that what is told last is what is there."""
    if product := await products.lock(tx, product_id):
        shelves = await _shelves(tx, product)
        (whole,) = await _whole(tx, [product], shelves)
        _tell(tx, ProductUpdated, whole.product, store_id, shelves)


async def rate(tx: Tx, told: Mapping[UUID, RatingChange], store_id: UUID) -> None:
    """What reviews add up to, by product. An older word than the last one known is passed over, as are products gone."""
    found = (await products.lock_all(tx, list(told))).values()
    rated = [msgspec.structs.replace(product, stars=told[product.id].distribution) for product in found]
    if not rated:
        return
    news = await products.rate(tx, [(product, told[product.id].version) for product in rated])
    changed = [product for product in rated if product.id in news]
    shelves = await attributes.shelves(tx, list({product.category for product in changed if product.category}))
    for whole in await _whole(tx, changed, shelves):
        _tell(tx, ProductUpdated, whole.product, store_id, shelves)


def tell_later(tx: Tx, ids: list[UUID], *, as_is: bool = False) -> None:
    """Many products say something new: events follow in tasks, and search words where the products are not `as_is`."""
    for start in range(0, len(ids), TOLD_AT_ONCE):
        some = ids[start : start + TOLD_AT_ONCE]
        tx.emit(ProductsToTell(product_ids=some, as_is=as_is), key=some[0])


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
        await copies.replace_values(tx, {row.id: values_of(held.get(row.category, {}), said[row.id]) for row in rows})
        touched += said
    tell_later(tx, touched, as_is=renamed is None)


def _reworded(specifications: list[Spec], before: dict[str, Attribute], renamed: Attribute) -> list[Spec]:
    return [
        Spec(renamed.name, spec.value)
        if (attribute := before.get(same_name(spec.name))) and attribute.id == renamed.id
        else spec
        for spec in specifications
    ]


def _tell(tx: Tx, event: type[Fact], product: Product, store_id: UUID, shelves: Shelves) -> None:
    shelf = _shelf(shelves, product)
    rating = product.shown_rating
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
            categories=shelf.path,
            description=product.description,
            specifications=[
                _spec_facts(spec, shelf.named.get(same_name(spec.name))) for spec in product.specifications
            ],
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
    return SpecificationFacts(
        name=spec.name, value=value, attribute=attribute.code, unit=attribute.unit, filterable=attribute.filterable
    )
