"""What commands ask of identity."""

from uuid import UUID

from tradehall.contracts.identity import SellerUpdated
from tradehall.kernel.db import Database
from tradehall.services.identity.queries import sellers
from tradehall.services.identity.selling import facts


async def tell_all(db: Database, store_id: UUID) -> int:
    """Of each seller of a store anew, for a service that was not there before. Returns how many."""
    async with db.transaction(store_id) as tx:
        told = [await sellers.lock(tx, id) for id in await sellers.told(tx)]
        for seller in told:
            if seller is not None:
                tx.emit(SellerUpdated(**facts(seller)), key=seller.id)
    return len(told)
