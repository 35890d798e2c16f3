"""What sellers and admins do with products."""

from collections import Counter
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import UNSET

from tradehall.contracts.catalog import ProductDeleted
from tradehall.contracts.stores import Store
from tradehall.kernel.access import SELLER
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import Conflict, FieldError, Forbidden, Invalid
from tradehall.kernel.ids import uuid7
from tradehall.kernel.limits import check_limit
from tradehall.kernel.paging import Limit, Page, decode_cursor
from tradehall.kernel.paging import page as page_of
from tradehall.kernel.runtime import Running
from tradehall.services.catalog import model, saving
from tradehall.services.catalog.api.access import may_change, own
from tradehall.services.catalog.api.filters import Words, ids_of
from tradehall.services.catalog.api.shapes import (
    ManagedCard,
    ManagedProduct,
    NewProduct,
    ProductChange,
    managed_card,
    managed_page,
    specs,
)
from tradehall.services.catalog.model import Changed, KnownOffer, Offer, Product, Status, UnknownProduct, Variant
from tradehall.services.catalog.queries import categories, products, shop
from tradehall.services.catalog.queries.filters import below, look_up, misfits
from tradehall.services.catalog.queries.shop import ProductRow


@get("/api/v1/manage/products", access=SELLER)
async def list_own(
    request: Request[Any, Any, Any],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    q: FromQuery[Words] = None,
    status: FromQuery[Status | None] = None,
    category: FromQuery[Words] = None,
    misfit: FromQuery[Words] = None,
    limit: FromQuery[Limit] = 24,
    cursor: FromQuery[str | None] = None,
) -> Page[ManagedCard]:
    """A seller's own products, for an admin all; drafts too, newest first. `misfit`, the code of an attribute: those
    that say of it what does not fit. `id` may be repeated: any of them."""
    wanted = shop.managed(caller.confined_to(), status)
    if ids := ids_of(request):
        wanted.ids(ids)
    if q and q.strip():
        wanted.text(q)
    elsewhere = [of(asked) for of, asked in ((misfits, misfit), (below, category)) if asked]
    after = (last := decode_cursor(cursor, UUID)[0], last) if cursor else None
    async with db.transaction(store.id) as tx:
        for one in elsewhere:
            wanted.among(one, await look_up(tx, one))
        rows = await shop.cards(tx, wanted, shop.MANAGED, limit=limit + 1, after=after)
    return page_of([managed_card(row, store) for row in rows], limit, lambda item: (item.id,))


@get("/api/v1/manage/products/{product_id:uuid}", access=SELLER)
async def show_own(
    product_id: FromPath[UUID],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> ManagedProduct:
    """With the products chosen as related."""
    async with db.transaction(store.id) as tx:
        row = await _row(tx, product_id, caller)
        return managed_page(row, store, await shop.chosen(tx, row, caller.confined_to()))


@post("/api/v1/products", access=SELLER)
async def create_product(
    data: JSONBody[NewProduct],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> ManagedProduct:
    seller_id = _seller(caller, data.seller_id)
    if data.rating is not None:
        _refuse_rating(caller)
    if data.slug is not None:
        model.check_slug(data.slug)
    model.check_offers(data.options, data.variants)
    product = Product(
        id=uuid7(),
        seller_id=seller_id,
        slug=data.slug or model.slug_of(data.name),
        name=data.name,
        brand=data.brand,
        category=data.category,
        description=data.description,
        specifications=specs(data.specifications),
        options=data.options,
        tags=data.tags,
        images=[],
        status=data.status,
        currency=store.currency,
        rating=data.rating,
        variants=[variant(offer) for offer in data.variants],
    )
    model.check_images(product)
    async with db.transaction(store.id) as tx:
        await categories.hold_structure(tx)
        await _check_seller(tx, caller, seller_id, data.status)
        await _check_category(tx, data.category)
        await check_limit(tx, store, "products", products.count)
        product = await saving.insert(tx, product, store.id, own_slug=data.slug is not None)
        made = await answer(tx, product, store)
    running.answers.drop(store.id)
    return made


@patch("/api/v1/products/{product_id:uuid}", access=SELLER)
async def change_product(
    product_id: FromPath[UUID],
    data: JSONBody[ProductChange],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> ManagedProduct:
    changes: dict[str, Any] = {
        name: value for name in data.__struct_fields__ if (value := getattr(data, name)) is not UNSET
    }
    version = changes.pop("version", None)
    if "slug" in changes:
        model.check_slug(changes["slug"])
    if "rating" in changes:
        _refuse_rating(caller)
    if "specifications" in changes:
        changes["specifications"] = specs(changes["specifications"])
    async with db.transaction(store.id) as tx:
        earlier = await own(tx, product_id, caller)
        if version is not None and version != earlier.version:
            raise Changed(f"It has version {earlier.version} by now.", version=earlier.version)
        known = earlier.variants
        if "images" in changes:
            changes["images"] = model.arranged(earlier.images, changes["images"])
            known = model.without_pictures(known, changes["images"])
        changes["variants"] = merged(known, changes["variants"]) if "variants" in changes else known
        if "category" in changes:
            await _check_category(tx, changes["category"])
        product = msgspec.structs.replace(earlier, **changes)
        if product.options != earlier.options or product.variants != earlier.variants:
            model.check_offers(product.options, product.variants)
            model.check_images(product)
        described = bool({"category", "specifications"} & changes.keys())
        changed = await answer(tx, await saving.save(tx, earlier, product, store.id, described=described), store)
    running.answers.drop(store.id)
    return changed


@post("/api/v1/products/{product_id:uuid}/publish", access=SELLER, status_code=200)
async def publish(
    product_id: FromPath[UUID],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> ManagedProduct:
    return await _set_status("published", product_id, store, caller, db, running)


@post("/api/v1/products/{product_id:uuid}/unpublish", access=SELLER, status_code=200)
async def unpublish(
    product_id: FromPath[UUID],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> ManagedProduct:
    return await _set_status("draft", product_id, store, caller, db, running)


@delete("/api/v1/products/{product_id:uuid}", access=SELLER)
async def delete_product(
    product_id: FromPath[UUID],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    async with db.transaction(store.id) as tx:
        product = await own(tx, product_id, caller)
        await products.delete(tx, product_id)
        tx.emit(ProductDeleted(product_id=product_id, seller_id=product.seller_id), key=product_id)
    running.answers.drop(store.id)


async def read(tx: Tx, product_id: UUID, store: Store, caller: Principal) -> ManagedProduct:
    """Raises UnknownProduct, also where it is another seller's."""
    return managed_page(await _row(tx, product_id, caller), store)


async def _row(tx: Tx, product_id: UUID, caller: Principal) -> ProductRow:
    row = await shop.by_id(tx, product_id)
    if row is None or not may_change(caller, row.seller_id):
        raise UnknownProduct()
    return row


async def answer(tx: Tx, saved: Product, store: Store) -> ManagedProduct:
    """A product just written, with what others say of it; its variants are those written."""
    row = await shop.by_id(tx, saved.id, saved.variants)
    assert row is not None
    return managed_page(row, store)


async def _set_status(
    status: Status, product_id: UUID, store: Store, caller: Principal, db: Database, running: Running
) -> ManagedProduct:
    async with db.transaction(store.id) as tx:
        product = await own(tx, product_id, caller)
        await _check_not_suspended(tx, product.seller_id, status)
        if product.status != status:
            now = msgspec.structs.replace(product, status=status)
            product = await saving.save(tx, product, now, store.id, described=status == "published")
        changed = await answer(tx, product, store)
    running.answers.drop(store.id)
    return changed


def _seller(caller: Principal, given: UUID | None) -> UUID:
    only = caller.confined_to()
    if only is None:
        if given is None:
            raise Invalid.field("seller_id", "is required of an admin")
        return given
    if given is not None and given != only:
        raise Invalid.field("seller_id", "must be left out or your own")
    return only


async def _check_seller(tx: Tx, caller: Principal, seller_id: UUID, status: Status) -> None:
    if await products.seller_known(tx, seller_id):
        await _check_not_suspended(tx, seller_id, status)
        return
    if caller.is_admin:
        raise Invalid.field("seller_id", "must be a seller of this store")
    raise Conflict("Your seller profile has not arrived here yet; try again in a moment.")


async def _check_not_suspended(tx: Tx, seller_id: UUID, status: Status) -> None:
    if status == "published" and await products.suspended(tx, seller_id):
        raise model.SellerSuspended()


async def _check_category(tx: Tx, category: str | None) -> None:
    if category is not None and not await categories.hold(tx, category):
        raise Invalid.field("category", "must be a category of this store")


def _refuse_rating(caller: Principal) -> None:
    if not caller.is_admin:
        raise Forbidden("Ratings come from buyers; only a store admin may import them.")


def variant(offer: Offer, earlier: Variant | None = None) -> Variant:
    """`earlier` keeps its id, its available quantity, and its picture where none is named."""
    kept = earlier.image if earlier else None
    return Variant(
        id=earlier.id if earlier else uuid7(),
        sku=offer.sku,
        options=offer.options,
        price=offer.price,
        compare_at=offer.compare_at,
        weight_g=offer.weight_g,
        image=kept if offer.image is UNSET else offer.image,
        available=earlier.available if earlier else 0,
        backorder=earlier.backorder if earlier else False,
    )


def merged(earlier: list[Variant], offers: list[KnownOffer]) -> list[Variant]:
    """Raises Invalid for ids that are none of the product's variants, or stand twice."""
    by_id = {known.id: known for known in earlier}
    named = Counter(offer.id for offer in offers if offer.id is not None)
    wrong = [
        FieldError(f"variants[{i}].id", "must be a variant of this product, once")
        for i, offer in enumerate(offers)
        if offer.id is not None and (offer.id not in by_id or named[offer.id] > 1)
    ]
    if wrong:
        raise Invalid("Some variants are not there.", errors=wrong)
    by_sku = {known.sku: known for known in earlier if known.id not in named}
    return [variant(offer, by_id[offer.id] if offer.id is not None else by_sku.get(offer.sku)) for offer in offers]


routes = [list_own, show_own, create_product, change_product, publish, unpublish, delete_product]
