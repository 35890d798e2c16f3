"""Routes of backorders: what may be sold before it is there, and which orders wait."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from tradehall.contracts.stores import Store
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.errors import Invalid
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.services.inventory.api.access import STOCKKEEPING, lock_own_variants, reach_of
from tradehall.services.inventory.changing import tell_quantities
from tradehall.services.inventory.queries import orders, stock
from tradehall.services.inventory.queries.orders import Waiting


class BackorderPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """allow: orders may take more than there is, up to `limit` owed at a time where one is given."""

    policy: Literal["deny", "allow"]
    limit: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None


@put("/api/v1/stock/{variant_id:uuid}/backorder", access=STOCKKEEPING)
async def set_backorder(
    variant_id: FromPath[UUID],
    data: JSONBody[BackorderPolicy],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> BackorderPolicy:
    """What is owed already stays owed."""
    if data.policy == "deny" and data.limit is not None:
        raise Invalid.field("limit", "must be left out where the policy is deny")
    async with db.transaction(store.id) as tx:
        await lock_own_variants(tx, await reach_of(tx, caller, floor=False), [variant_id])
        await stock.lock(tx, [variant_id])
        await stock.set_backorder(tx, variant_id, data.policy == "allow", data.limit)
        await tell_quantities(tx, {variant_id: 0})
    return data


@get("/api/v1/backorders", access=STOCKKEEPING)
async def list_backorders(
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    variant_id: FromQuery[UUID | None] = None,
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Waiting]:
    """In the order in which they will be filled. A seller sees the own variants."""
    after = decode_cursor(cursor, UUID)[0] if cursor else None
    async with db.transaction(store.id) as tx:
        reach = await reach_of(tx, caller, floor=False)
        rows = await orders.listed(tx, reach, variant_id=variant_id, after=after, limit=limit + 1)
    return page(rows, limit, lambda row: (row.seq,))


routes = [set_backorder, list_backorders]
