"""Carts follow the catalogue, the stock, log-ins and orders."""

from collections.abc import Mapping
from uuid import UUID

from tradehall.contracts.carts import CartReminderDue
from tradehall.contracts.catalog import ProductCreated, ProductDeleted, ProductState, ProductUpdated
from tradehall.contracts.identity import UserLoggedIn
from tradehall.contracts.inventory import ProductQuantityUpdated
from tradehall.contracts.orders import OrderCancelled, OrderConfirmed, OrderPlaced
from tradehall.kernel.context import causation_id
from tradehall.kernel.db import Tx
from tradehall.kernel.service import on, on_batch
from tradehall.kernel.told import news, variants_of
from tradehall.services.carts.keeping import keeping_for
from tradehall.services.carts.model import Cart, Line, Owner, merged, ordered, returned
from tradehall.services.carts.queries import after, goods
from tradehall.services.carts.queries.after import Ordered
from tradehall.services.carts.queries.goods import Stock, VariantRow


@on_batch(ProductCreated, ProductUpdated, bulk=True, latest=True)
async def keep_variants(events: list[ProductState], tx: Tx) -> None:
    other, gone = await news(tx, events)
    rows = [
        VariantRow(
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
            unpublished=event.status != "published",
            told=mark,
        )
        for event, variant, mark in other
    ]
    await tx.upsert("variants", rows)
    await goods.end_variants(tx, gone)


@on_batch(ProductDeleted)
async def end_variants(events: list[ProductDeleted], tx: Tx) -> None:
    await goods.end_variants(tx, await variants_of(tx, [event.product_id for event in events]))


@on_batch(ProductQuantityUpdated, across=True, patient=True, latest=True)
async def keep_stock(events: list[ProductQuantityUpdated], tx: Tx) -> None:
    """Of what is sold before it is there, no quantity is too many."""
    rows = [
        Stock(store_id=tx.store_of(e), id=e.variant_id, available=None if e.backorder else max(0, e.available))
        for e in events
    ]
    await goods.save_stock(tx, rows)


@on(UserLoggedIn, when=lambda event: event.cart_id is not None)
async def merge(event: UserLoggedIn, tx: Tx) -> None:
    """The cart the shopper filled before logging in joins the account's; a second time it is empty.

    The guest's cart stays, emptied: were it made anew, its versions would start again, and an order names a cart by
    id and version.
    """
    assert event.cart_id is not None
    guest, account = Owner(guest=event.cart_id), Owner(account=event.user_id)

    def join(carts: Mapping[Owner, Cart]) -> list[Cart]:
        return list(merged(carts[account], carts[guest])) if carts[guest].lines else []

    carts = await keeping_for(tx.settings).follow(tx, f"log-in {causation_id.get()}", [guest, account], join)
    if carts[account].version:
        await after.move_ordered(tx, event.cart_id, carts[account].id, event.user_id)


@on(OrderPlaced, when=lambda event: event.cart_id is not None)
async def take_out(event: OrderPlaced, tx: Tx) -> None:
    """From an account's cart only what its owner ordered."""
    assert event.cart_id is not None
    owner = Owner.named(event.cart_id, event.customer_id)
    if owner is None:
        return

    def take(carts: Mapping[Owner, Cart]) -> list[Cart]:
        cart = carts[owner]
        taken = [(line.variant_id, line.quantity) for line in event.lines]
        return [ordered(cart, taken)] if cart.id == event.cart_id else []

    cart = (await keeping_for(tx.settings).follow(tx, f"placed {event.order_id}", [owner], take))[owner]
    if cart.id == event.cart_id and cart.version:
        await after.keep_ordered(tx, _what_it_took(event, cart))
    if cart.user_id is not None:
        await _begin_anew(tx, cart, cart.user_id)


async def _begin_anew(tx: Tx, cart: Cart, user_id: UUID) -> None:
    """With the order the reminder before it is settled; what was left in the cart may be worth another."""
    if not cart.lines:
        await after.end_reminder(tx, user_id)
    elif (due := await after.renew_reminder(tx, user_id)) is not None:
        tx.emit(CartReminderDue(user_id=user_id, due=due), key=cart.id)


def _what_it_took(event: OrderPlaced, cart: Cart) -> Ordered:
    """By the order, not by the cart: heard a second time, the cart no longer has it."""
    return Ordered(
        order_id=event.order_id,
        cart_id=cart.id,
        user_id=cart.user_id,
        variant_ids=[line.variant_id for line in event.lines],
        quantities=[line.quantity for line in event.lines],
        prices=[line.unit_price for line in event.lines],
    )


@on_batch(OrderConfirmed, when=lambda event: event.cart_id is not None, across=True, patient=True)
async def let_go(events: list[OrderConfirmed], tx: Tx) -> None:
    await after.take_ordered(tx, [event.order_id for event in events])


@on_batch(OrderCancelled)
async def put_back(events: list[OrderCancelled], tx: Tx) -> None:
    """Of an order that ended before it was confirmed; declined, expired, out of stock or given up."""
    for taken in await after.take_ordered(tx, [event.order_id for event in events]):
        lines = await _as_seen_now(tx, taken)

        def back(carts: Mapping[Owner, Cart], owner: Owner = taken.owner, lines: list[Line] = lines) -> list[Cart]:
            return [returned(carts[owner], lines)]

        await keeping_for(tx.settings).follow(tx, f"ended {taken.order_id}", [taken.owner], back)


async def _as_seen_now(tx: Tx, taken: Ordered) -> list[Line]:
    """At the prices that were ordered; titles and options count as seen, the order shows them."""
    variants = await goods.variants(tx, taken.variant_ids)
    return [
        Line(variant_id=id, quantity=quantity, price=price, revision=variants[id].revision if id in variants else 1)
        for id, quantity, price in zip(taken.variant_ids, taken.quantities, taken.prices, strict=True)
    ]
