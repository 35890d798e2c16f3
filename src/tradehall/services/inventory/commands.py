"""What commands ask of inventory."""

from uuid import UUID

from tradehall.kernel.db import Database
from tradehall.services.inventory.changing import tell_quantities
from tradehall.services.inventory.queries import stock

AT_ONCE = 50  # variants: orders for them wait meanwhile


async def tell_all(db: Database, store_id: UUID) -> int:
    """Of what is available of each variant of a store anew, for a service that was not there before. Returns how many.

    Their levels are locked, so that what is told last is what is there.
    """
    async with db.transaction(store_id) as tx:
        ids = await stock.held(tx)
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        async with db.transaction(store_id) as tx:
            await stock.lock(tx, some)
            await tell_quantities(tx, dict.fromkeys(some, 0))
    return len(ids)
