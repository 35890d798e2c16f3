"""Changes to carts: read, changed, written by compare-and-set; those of one moment share a transaction."""

from collections import Counter
from collections.abc import Callable, Mapping
from uuid import UUID

import msgspec

from tradehall.contracts.stores import Store
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import Refusal
from tradehall.kernel.together import together
from tradehall.services.carts import queries
from tradehall.services.carts.model import Cart, CartConflict
from tradehall.services.carts.queries import Owner, Variant

TRIES = 3

How = Callable[[Cart, Mapping[UUID, Variant]], Cart]
Changed = tuple[Cart, Mapping[UUID, Variant]]


class Change(msgspec.Struct, frozen=True):
    """`how` gets the cart with the variants of its lines and those `besides`; it may raise a Refusal."""

    owner: Owner
    how: How
    besides: tuple[UUID, ...] = ()


async def change(db: Database, store: Store, change: Change) -> Changed:
    """The cart as it is now. Raises what `how` raises, CartConflict where it was changed elsewhere three times."""
    return await together(db, store.id, change, _change)


async def _change(changes: list[Change], tx: Tx) -> list[Changed | Exception]:
    results: dict[int, Changed | Exception] = {}
    waiting, tries = dict(enumerate(changes)), Counter[int]()
    while waiting:
        turn = {waiting[i].owner: i for i in sorted(waiting, reverse=True)}  # of each cart the first
        carts, variants = await queries.load(tx, list(turn), [id for i in turn.values() for id in changes[i].besides])
        after: dict[int, Cart] = {}
        for owner, i in turn.items():
            try:
                after[i] = changes[i].how(carts[owner], variants)
            except Refusal as refusal:
                results[i] = refusal
        before = {i: carts[owner] for owner, i in turn.items() if i in after}
        written = await queries.store(tx, [cart for i, cart in after.items() if cart.lines != before[i].lines])
        for i, cart in after.items():
            tries[i] += 1
            if cart.lines == before[i].lines:
                results[i] = before[i], variants
            elif cart.id in written:
                results[i] = msgspec.structs.replace(cart, version=cart.version + 1), variants
            elif tries[i] == TRIES:
                results[i] = CartConflict()
        waiting = {i: change for i, change in waiting.items() if i not in results}
    return [results[i] for i in range(len(changes))]
