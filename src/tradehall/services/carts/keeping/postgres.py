"""Carts in PostgreSQL: a row each. Changes of one moment share a transaction."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import Refusal
from tradehall.kernel.runtime import Running
from tradehall.kernel.together import together
from tradehall.services.carts import queries
from tradehall.services.carts.keeping.port import TRIES, Change, Follow, Shown
from tradehall.services.carts.model import Cart, CartConflict, Owner
from tradehall.services.carts.queries import goods


class InPostgres:
    async def look(self, db: Database, store_id: UUID, owner: Owner) -> Shown:
        async with db.transaction(store_id) as tx:
            cart = (await queries.carts(tx, [owner]))[owner]
            return cart, await goods.goods(tx, cart.lines)

    async def change(self, db: Database, store_id: UUID, change: Change) -> Shown:
        return await together(db, store_id, change, _change)

    async def follow(self, tx: Tx, fact: str, owners: Sequence[Owner], how: Follow) -> Mapping[Owner, Cart]:
        """The inbox row commits with it, so that the fact counts once."""
        carts = await queries.carts(tx, owners, lock=True)
        changed = [cart for cart in how(carts) if cart.lines != carts[cart.owner].lines]
        written = await queries.store(tx, changed)
        if any(cart.id not in written for cart in changed):
            raise RuntimeError("a first cart was made at this very moment; again")
        return carts | {cart.owner: _after(cart) for cart in changed}

    async def start(self, running: Running) -> None:
        return

    async def stop(self, running: Running) -> None:
        return


async def _change(changes: list[Change], tx: Tx) -> list[Shown | Exception]:
    results: dict[int, Shown | Exception] = {}
    waiting, tries = dict(enumerate(changes)), Counter[int]()
    while waiting:
        turn = {waiting[i].owner: i for i in sorted(waiting, reverse=True)}  # of each cart the first
        carts = await queries.carts(tx, list(turn))
        known = await goods.goods(
            tx,
            [line for cart in carts.values() for line in cart.lines],
            [id for i in turn.values() for id in changes[i].besides],
        )
        after: dict[int, Cart] = {}
        for owner, i in turn.items():
            try:
                after[i] = changes[i].made(carts[owner], known)
            except Refusal as refusal:
                results[i] = refusal
        before = {i: carts[owner] for owner, i in turn.items() if i in after}
        written = await queries.store(tx, [cart for i, cart in after.items() if cart.lines != before[i].lines])
        for i, cart in after.items():
            tries[i] += 1
            if cart.lines == before[i].lines:
                results[i] = before[i], known
            elif cart.id in written:
                results[i] = _after(cart), known
            elif tries[i] == TRIES:
                results[i] = CartConflict()
        waiting = {i: change for i, change in waiting.items() if i not in results}
    return [results[i] for i in range(len(changes))]


def _after(cart: Cart) -> Cart:
    return msgspec.structs.replace(cart, version=cart.version + 1)
