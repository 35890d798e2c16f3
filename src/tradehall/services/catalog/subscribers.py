"""Quantities from inventory, stars from reviews, sellers from identity; answers kept in other processes are dropped."""

from uuid import UUID

from tradehall.contracts.catalog import ProductCreated, ProductDeleted, ProductUpdated
from tradehall.contracts.identity import SellerCreated, SellerUpdated
from tradehall.contracts.inventory import ProductQuantityUpdated
from tradehall.contracts.reviews import RatingAdded, RatingChange, RatingDeleted, RatingUpdated
from tradehall.kernel.db import Tx
from tradehall.kernel.runtime import Running
from tradehall.kernel.service import listen, on, on_batch
from tradehall.services.catalog import saving
from tradehall.services.catalog.queries import categories, products


@on_batch(ProductQuantityUpdated, across=True, patient=True, latest=True)
async def quantities_changed(events: list[ProductQuantityUpdated], tx: Tx) -> None:
    rows = [(tx.store_of(e), e.variant_id, e.product_id, max(0, e.available), e.backorder) for e in events]
    await products.set_available(tx, rows)


@on_batch(RatingAdded, RatingUpdated, RatingDeleted)
async def rated(events: list[RatingChange], tx: Tx) -> None:
    """Told anew, so that lists and search have it too."""
    assert tx.store_id is not None
    await categories.hold_structure(tx)
    await saving.rate(tx, {event.product_id: event for event in events}, tx.store_id)


@on(SellerCreated)
async def seller_created(event: SellerCreated, tx: Tx) -> None:
    await products.save_seller(tx, event.seller_id, event.slug, event.name, suspended=event.status == "suspended")


@on(SellerUpdated)
async def seller_updated(event: SellerUpdated, tx: Tx) -> None:
    """With a seller who is suspended, or back, goes all that they sell."""
    suspended = event.status == "suspended"
    await products.save_seller(tx, event.seller_id, event.slug, event.name, suspended=suspended)
    change = products.hold_back if suspended else products.let_go
    saving.tell_later(tx, await change(tx, event.seller_id))


@listen(ProductCreated, ProductUpdated, ProductDeleted)
def forget(store_id: UUID | None, running: Running) -> None:
    running.answers.drop_soon(store_id)
