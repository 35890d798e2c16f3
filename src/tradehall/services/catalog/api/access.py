"""Whose product it is."""

from uuid import UUID

from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Tx
from tradehall.services.catalog.model import Product, UnknownProduct
from tradehall.services.catalog.queries import categories, products


def may_change(principal: Principal | None, seller_id: UUID) -> bool:
    if principal is None:
        return False
    return principal.is_admin or (principal.has("seller") and principal.seller_id == seller_id)


async def own(tx: Tx, product_id: UUID, caller: Principal) -> Product:
    """The product, locked, to be changed. Raises UnknownProduct, also where it is another seller's."""
    await categories.hold_structure(tx)
    product = await products.lock(tx, product_id)
    if product is None or not may_change(caller, product.seller_id):
        raise UnknownProduct()
    return product
