"""From the catalogue: the first product fixes the currency."""

from tradehall.contracts.catalog import ProductCreated
from tradehall.kernel.db import Tx
from tradehall.kernel.service import on_batch
from tradehall.services.stores.queries import stores


@on_batch(ProductCreated)
async def fix_currency(events: list[ProductCreated], tx: Tx) -> None:
    assert tx.store_id is not None
    await stores.fix_currency(tx, tx.store_id)
