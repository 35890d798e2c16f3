"""How much of its plan a store uses."""

from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from tradehall.kernel.access import PEERS
from tradehall.kernel.db import Database
from tradehall.services.catalog.queries import products


@get("/internal/v1/catalog/usage", access=PEERS, include_in_schema=False)
async def usage(db: NamedDependency[Database], store_id: FromQuery[UUID]) -> int:
    """Products."""
    async with db.transaction(store_id) as tx:
        return await products.count(tx)


routes = [usage]
