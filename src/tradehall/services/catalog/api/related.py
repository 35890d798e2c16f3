"""Which products are shown beside one: chosen by hand, in order."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from tradehall.contracts.stores import Store
from tradehall.kernel.access import SELLER
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.errors import FieldError, Invalid
from tradehall.kernel.runtime import Running
from tradehall.services.catalog.api.access import own
from tradehall.services.catalog.api.products import read
from tradehall.services.catalog.api.shapes import ManagedProduct
from tradehall.services.catalog.model import MOST_RELATED
from tradehall.services.catalog.queries import products


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """In the order of display; those of other sellers may be among them. Empty: by category and brand again."""

    products: Annotated[list[UUID], Meta(max_length=MOST_RELATED)]


@put("/api/v1/products/{product_id:uuid}/related", access=SELLER)
async def choose_related(
    product_id: FromPath[UUID],
    data: JSONBody[Chosen],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> ManagedProduct:
    """Drafts may be chosen, and are shown once they are published."""
    async with db.transaction(store.id) as tx:
        await own(tx, product_id, caller)
        known = await products.known(tx, data.products)
        wrong = [
            FieldError(f"products[{place}]", "must be another product of this store")
            for place, id in enumerate(data.products)
            if id not in known or id == product_id
        ]
        if len(set(data.products)) < len(data.products):
            wrong.append(FieldError("products", "must differ from each other"))
        if wrong:
            raise Invalid("Some products cannot be chosen.", errors=wrong)
        await products.relate(tx, product_id, data.products)
        changed = await read(tx, product_id, store, caller)
    running.answers.drop(store.id)
    return changed


routes = [choose_related]
