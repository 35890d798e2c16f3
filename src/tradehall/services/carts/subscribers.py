"""Carts follow the catalogue, log-ins and orders."""

from collections.abc import Callable
from uuid import UUID

from tradehall.contracts.catalog import ProductCreated, ProductDeleted, ProductUpdated
from tradehall.contracts.identity import UserLoggedIn
from tradehall.contracts.orders import OrderPlaced
from tradehall.kernel.db import Tx
from tradehall.kernel.service import on
from tradehall.services.carts import queries
from tradehall.services.carts.model import Cart, CartConflict, merged, ordered
from tradehall.services.carts.queries import Variant


@on(ProductCreated)
async def product_created(event: ProductCreated, tx: Tx) -> None:
    await _save_product(event, tx)


@on(ProductUpdated)
async def product_updated(event: ProductUpdated, tx: Tx) -> None:
    await _save_product(event, tx)


@on(ProductDeleted)
async def product_deleted(event: ProductDeleted, tx: Tx) -> None:
    await queries.save_variants(tx, event.product_id, [])


@on(UserLoggedIn)
async def merge(event: UserLoggedIn, tx: Tx) -> None:
    """The cart the shopper filled before logging in joins the account's; a second time there is none to join."""
    guest = await queries.by_id(tx, event.cart_id) if event.cart_id else None
    if guest is None or guest.user_id is not None:
        return
    await queries.remove(tx, guest.id)
    await _change(tx, guest.id, event.user_id, lambda cart: merged(cart, guest))


@on(OrderPlaced)
async def take_out(event: OrderPlaced, tx: Tx) -> None:
    cart = await queries.by_id(tx, event.cart_id) if event.cart_id else None
    if cart is not None:
        quantities = [(line.variant_id, line.quantity) for line in event.lines]
        await _change(tx, cart.id, cart.user_id, lambda current: ordered(current, quantities))


async def _change(tx: Tx, cart_id: UUID, user_id: UUID | None, change: Callable[[Cart], Cart]) -> None:
    """Raises CartConflict's cause to be retried: a shopper is writing at the same moment."""
    for _ in range(10):
        cart, _variants = await queries.load(tx, cart_id, user_id)
        if await queries.store(tx, change(cart)):
            return
    raise RuntimeError(CartConflict.title)


async def _save_product(event: ProductCreated | ProductUpdated, tx: Tx) -> None:
    rows = [
        Variant(
            id=variant.variant_id,
            product_id=event.product_id,
            seller_id=event.seller_id,
            slug=event.slug,
            sku=variant.sku,
            title=variant.title,
            options=variant.options,
            price=variant.price,
            currency=event.currency,
            image=variant.image,
            for_sale=event.status == "published",
        )
        for variant in event.variants
    ]
    await queries.save_variants(tx, event.product_id, rows)
