"""The store of this host, and its settings."""

import msgspec
from litestar import get, patch
from litestar.di import NamedDependency
from litestar.params import JSONBody

from tradehall.contracts.stores import Limits, PaymentMethod, Store
from tradehall.kernel.access import ANYONE, STORE_ADMIN
from tradehall.kernel.db import Database
from tradehall.kernel.http import SAME_FOR_ALL
from tradehall.kernel.runtime import Running
from tradehall.services.stores.api.shapes import StoreChange, fields_of
from tradehall.services.stores.changing import change


class StoreView(Store, frozen=True, kw_only=True):
    """`offered_methods` are those of `payment_methods` that can be paid by: a provider's, while the store has an account."""

    offered_methods: list[PaymentMethod]


@get("/api/v1/store", access=ANYONE, response_headers=SAME_FOR_ALL, sync_to_thread=False)
def current_store(store: NamedDependency[Store]) -> StoreView:
    """The store of this host, as anybody may see it: its plan is between it and the platform."""
    return _view(msgspec.structs.replace(store, plan="", limits=Limits()))


@patch("/api/v1/store", access=STORE_ADMIN)
async def change_store(
    data: JSONBody[StoreChange],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> StoreView:
    """The currency stays once there is a product: 409."""
    changes = fields_of(data)
    async with db.transaction(store.id) as tx:
        changed = await change(tx, store.id, **changes)
    running.stores.put(changed)
    running.answers.drop(store.id)
    return _view(changed)


def _view(store: Store) -> StoreView:
    return StoreView(**msgspec.structs.asdict(store), offered_methods=store.offered_methods)


routes = [current_store, change_store]
