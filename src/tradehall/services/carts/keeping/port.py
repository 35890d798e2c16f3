"""The port: what carts need of whatever keeps them.

All adapters promise the same: a change is made to the cart as it is or not at all (compare-and-set on its version), no
accepted change is lost, a fact that comes as an event counts once.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

import msgspec

from tradehall.kernel.db import Database, Tx
from tradehall.kernel.runtime import Running
from tradehall.services.carts.model import Cart, CartChanged, Goods, Owner

TRIES = 3

How = Callable[[Cart, Goods], Cart]
Follow = Callable[[Mapping[Owner, Cart]], Sequence[Cart]]
Shown = tuple[Cart, Goods]


class Change(msgspec.Struct, frozen=True):
    """`how` gets the cart with what is known of its variants and of those `besides`; it may raise a Refusal. `seen` is
    the version that the cart must still have."""

    owner: Owner
    how: How
    besides: tuple[UUID, ...] = ()
    seen: int | None = None

    def made(self, cart: Cart, goods: Goods) -> Cart:
        """Raises CartChanged, and what `how` raises."""
        if self.seen is not None and self.seen != cart.version:
            raise CartChanged(f"Its version is {cart.version} now.", version=cart.version)
        return self.how(cart, goods)


class Keeping(Protocol):
    """Raises Away where carts cannot be reached."""

    async def look(self, db: Database, store_id: UUID, owner: Owner) -> Shown:
        """The owner's cart, an empty one (version 0) where there is none."""

    async def change(self, db: Database, store_id: UUID, change: Change) -> Shown:
        """The cart as it is then. Raises what the change raises, CartConflict where the cart was changed elsewhere three
        times meanwhile."""

    async def follow(self, tx: Tx, fact: str, owners: Sequence[Owner], how: Follow) -> Mapping[Owner, Cart]:
        """What an event does to carts, all of it or nothing, once for each `fact`, if the event's transaction commits
        or is tried again; `how` returns those it changes. Returns all as they are then."""

    async def start(self, running: Running) -> None:
        """Begins what has to run beside the requests."""

    async def stop(self, running: Running) -> None:
        """Ends it; what is kept elsewhere first is brought to the database where it can be."""
