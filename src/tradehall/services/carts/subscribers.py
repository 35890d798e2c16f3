"""Carts follow the catalogue, log-ins and orders."""

from tradehall.contracts.catalog import ProductCreated, ProductDeleted, ProductState, ProductUpdated
from tradehall.contracts.identity import UserLoggedIn
from tradehall.contracts.orders import OrderPlaced
from tradehall.kernel.db import Tx
from tradehall.kernel.ids import uuid7
from tradehall.kernel.service import on, on_batch
from tradehall.services.carts import queries
from tradehall.services.carts.model import Cart, merged, ordered
from tradehall.services.carts.queries import Variant


@on_batch(ProductCreated, ProductUpdated)
async def keep_variants(events: list[ProductState], tx: Tx) -> None:
    """The last word on each product counts."""
    latest = {event.product_id: event for event in events}
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
        for event in latest.values()
        for variant in event.variants
    ]
    await queries.save_variants(tx, list(latest), rows)


@on_batch(ProductDeleted)
async def end_variants(events: list[ProductDeleted], tx: Tx) -> None:
    await queries.save_variants(tx, [event.product_id for event in events], [])


@on(UserLoggedIn, when=lambda event: event.cart_id is not None)
async def merge(event: UserLoggedIn, tx: Tx) -> None:
    """The cart the shopper filled before logging in joins the account's; a second time it is empty.

    The guest's row stays, emptied: were it made anew, its versions would start again, and an order names a cart by
    id and version.
    """
    assert event.cart_id is not None
    found = await queries.locked(tx, event.cart_id, event.user_id)
    guest = next((cart for cart in found if cart.id == event.cart_id and cart.user_id is None), None)
    if guest is None or not guest.lines:
        return
    account = next((cart for cart in found if cart.user_id == event.user_id), None)
    joined, left = merged(account or Cart(id=uuid7(), user_id=event.user_id), guest)
    if joined.id not in await queries.store(tx, [joined]):
        raise RuntimeError("the account's first cart was made at this very moment; again")
    await queries.store(tx, [left])


@on(OrderPlaced, when=lambda event: event.cart_id is not None)
async def take_out(event: OrderPlaced, tx: Tx) -> None:
    """From an account's cart only what its owner ordered."""
    assert event.cart_id is not None
    for cart in await queries.locked(tx, event.cart_id):
        if cart.user_id in (None, event.customer_id):
            await queries.store(tx, [ordered(cart, [(line.variant_id, line.quantity) for line in event.lines])])
