"""What search knows it has been told: products, sellers, quantities, sales. Answers kept in every process are dropped."""

from collections import Counter
from uuid import UUID

from tradehall.contracts.catalog import ProductCreated, ProductDeleted, ProductState, ProductUpdated
from tradehall.contracts.identity import SellerCreated, SellerState, SellerUpdated
from tradehall.contracts.inventory import ProductQuantityUpdated
from tradehall.contracts.orders import SaleCreated
from tradehall.contracts.search import SearchChanged
from tradehall.kernel.db import Tx
from tradehall.kernel.runtime import Running
from tradehall.kernel.service import listen, on, on_batch
from tradehall.services.search.engines import engine_for
from tradehall.services.search.queries import documents


@on_batch(ProductCreated, ProductUpdated, bulk=True, latest=True)
async def keep_products(events: list[ProductState], tx: Tx) -> None:
    assert tx.store_id is not None
    if not (changed := await documents.news(tx, events)):
        return
    now = (await documents.take(tx, [tx.store_id]))[tx.store_id]
    await engine_for(tx.settings).write(tx, now, await documents.save(tx, now, changed))
    tx.emit(SearchChanged(version=now.version), key=tx.store_id)


@on_batch(ProductDeleted)
async def drop_products(events: list[ProductDeleted], tx: Tx) -> None:
    assert tx.store_id is not None
    now = (await documents.take(tx, [tx.store_id]))[tx.store_id]
    gone = await documents.delete(tx, now, [event.product_id for event in events])
    await engine_for(tx.settings).write(tx, now, gone)
    tx.emit(SearchChanged(version=now.version), key=tx.store_id)


@on_batch(ProductQuantityUpdated, across=True, patient=True, latest=True)
async def keep_quantities(events: list[ProductQuantityUpdated], tx: Tx) -> None:
    rows = [(tx.store_of(e), e.variant_id, e.product_id, max(0, e.available), e.backorder) for e in events]
    for shelf in await documents.stock(tx, rows):
        tx.emit(SearchChanged(version=shelf.version), key=shelf.store_id, store_id=shelf.store_id)


@on_batch(SaleCreated, across=True, patient=True)
async def count_sales(events: list[SaleCreated], tx: Tx) -> None:
    units: Counter[tuple[UUID, UUID]] = Counter()
    for event in events:
        for line in event.lines:
            units[tx.store_of(event), line.product_id] += line.quantity
    await documents.sell(tx, [(*key, count) for key, count in units.items()])


@on(SellerCreated, SellerUpdated)
async def keep_seller(event: SellerState, tx: Tx) -> None:
    """A suspended seller's products are told of as drafts."""
    await documents.save_seller(tx, event.seller_id, event.slug, event.name)
    version = await documents.count_choice(tx)
    assert tx.store_id is not None
    tx.emit(SearchChanged(version=version), key=tx.store_id)


@listen(SearchChanged)
def forget(store_id: UUID | None, running: Running) -> None:
    running.answers.drop_soon(store_id)
    engine_for(running.settings).wake()
