"""Carts in what speaks Redis's protocol, first; in PostgreSQL about a second later. See docs/decisions/0009-carts-in-redis.md."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import NamedTuple
from uuid import UUID
from weakref import WeakValueDictionary

import msgspec

from tradehall.kernel.db import LOST, Database, Tx
from tradehall.kernel.errors import Away
from tradehall.kernel.runtime import Running
from tradehall.kernel.together import together
from tradehall.services.carts import queries
from tradehall.services.carts.keeping.behind import Behind
from tradehall.services.carts.keeping.entries import Entries, Entry, Mark, Put, decoded
from tradehall.services.carts.keeping.port import TRIES, Change, Follow, Shown
from tradehall.services.carts.model import Cart, CartConflict, Goods, Line, Owner
from tradehall.services.carts.queries import goods

FACTS = 20  # kept of each cart
PATIENT_TRIES = 10  # of what nobody waits for

ReadRows = Callable[[Sequence[Owner]], Awaitable[Mapping[Owner, Cart]]]


class Seen(NamedTuple):
    content: bytes | None
    entry: Entry


class InRedis:
    def __init__(self, url: str) -> None:
        self._entries = Entries(url)
        self._behind = Behind(self._entries)
        self._locks: WeakValueDictionary[tuple[UUID, Owner], asyncio.Lock] = WeakValueDictionary()
        self._db: Database | None = None

    async def start(self, running: Running) -> None:
        self._db = running.databases["carts"]
        running.run_beside("carts", "write-behind", lambda db: self._behind.run(running, db))

    async def stop(self, running: Running) -> None:
        if self._db is not None:
            with suppress(*LOST):  # whoever starts next finds what is left
                await self._behind.write_noted(self._db)
        await self._entries.close()

    async def look(self, db: Database, store_id: UUID, owner: Owner) -> Shown:
        cart = (await self._seen(store_id, [owner], _rows_of(db, store_id)))[owner].entry.cart
        return cart, await _goods(db, store_id, cart.lines)

    async def change(self, db: Database, store_id: UUID, change: Change) -> Shown:
        async with self._alone(store_id, [change.owner]):
            for _ in range(TRIES):
                seen = await self._seen(store_id, [change.owner], _rows_of(db, store_id))
                cart = seen[change.owner].entry.cart
                known = await _goods(db, store_id, cart.lines, change.besides)
                after = change.made(cart, known)
                if after.lines == cart.lines:
                    return cart, known
                if changed := await self._put(store_id, seen, [after]):
                    return changed[change.owner], known
        raise CartConflict()

    async def follow(self, tx: Tx, fact: str, owners: Sequence[Owner], how: Follow) -> Mapping[Owner, Cart]:
        """Redis has it before the event's transaction commits, and the fact with it."""
        assert tx.store_id is not None
        async with self._alone(tx.store_id, owners):
            for _ in range(PATIENT_TRIES):
                seen = await self._seen(tx.store_id, owners, lambda missing: queries.carts(tx, missing))
                carts = {owner: seen[owner].entry.cart for owner in owners}
                if any(fact in seen[owner].entry.facts for owner in owners):
                    return carts
                changes = [cart for cart in how(carts) if cart.lines != carts[cart.owner].lines]
                if not changes:
                    return carts
                if changed := await self._put(tx.store_id, seen, changes, fact):
                    return carts | changed
        raise RuntimeError("the cart is changed elsewhere all the time; again")

    @asynccontextmanager
    async def _alone(self, store_id: UUID, owners: Iterable[Owner]) -> AsyncIterator[None]:
        """In this process changes to a cart take turns; compare-and-set is for those of other processes."""
        async with AsyncExitStack() as held:
            for owner in sorted(set(owners), key=str):
                lock = self._locks.setdefault((store_id, owner), asyncio.Lock())
                await held.enter_async_context(lock)
            yield

    async def _seen(self, store_id: UUID, owners: Sequence[Owner], rows: ReadRows) -> dict[Owner, Seen]:
        """What Redis holds. What it does not, or held on an earlier run, is compared with PostgreSQL first: the newer
        one counts, and is put."""
        for _ in range(PATIENT_TRIES):
            found = {
                owner: Seen(content, decoded(content)) if content is not None else None
                for owner, content in (await self._entries.get(store_id, owners)).items()
            }
            doubtful = [o for o, seen in found.items() if seen is None or seen.entry.server != self._entries.server]
            if not doubtful:
                return {owner: seen for owner, seen in found.items() if seen is not None}
            kept = await rows(doubtful)
            puts = [put for owner in doubtful if (put := self._newer(owner, found[owner], kept[owner])) is not None]
            if not puts:
                empty = {owner: Seen(None, Entry(self._entries.server, kept[owner])) for owner in doubtful}
                return {owner: seen or empty[owner] for owner, seen in found.items()}
            if await self._entries.put(store_id, puts):
                self._note(store_id, puts)
        raise Away("a cart cannot be read: it is changed elsewhere all the time")

    def _newer(self, owner: Owner, seen: Seen | None, row: Cart) -> Put | None:
        """None where there is no cart at all."""
        server = self._entries.server
        if seen is not None and seen.entry.cart.version >= row.version:
            entry = Entry(server, seen.entry.cart, seen.entry.facts)
            return Put(owner, seen.content, entry, unwritten=entry.cart.version > row.version)
        if row.version:
            return Put(owner, seen.content if seen else None, Entry(server, row), unwritten=False)
        return None

    async def _put(
        self, store_id: UUID, seen: Mapping[Owner, Seen], carts: Sequence[Cart], fact: str = ""
    ) -> dict[Owner, Cart]:
        """The carts as they are then; none where one was changed meanwhile."""
        puts = []
        for cart in carts:
            content, entry = seen[cart.owner]
            after = msgspec.structs.replace(cart, version=cart.version + 1)
            facts = [*entry.facts, fact][-FACTS:] if fact else entry.facts
            puts.append(Put(cart.owner, content, Entry(self._entries.server, after, facts)))
        if not await self._entries.put(store_id, puts):
            return {}
        self._note(store_id, puts)
        return {put.owner: put.after.cart for put in puts}

    def _note(self, store_id: UUID, puts: Sequence[Put]) -> None:
        for put in puts:
            if put.unwritten:
                self._behind.note(store_id, Mark(put.owner, put.after.cart.version))


def _rows_of(db: Database, store_id: UUID) -> ReadRows:
    async def rows(owners: Sequence[Owner]) -> Mapping[Owner, Cart]:
        async with db.transaction(store_id) as tx:
            return await queries.carts(tx, owners)

    return rows


class _Asked(msgspec.Struct, frozen=True):
    lines: Sequence[Line]
    besides: Sequence[UUID]


async def _goods(db: Database, store_id: UUID, lines: Sequence[Line], besides: Sequence[UUID] = ()) -> Goods:
    if not lines and not besides:
        return Goods({})
    return await together(db, store_id, _Asked(lines, besides), _goods_of_all)


async def _goods_of_all(asked: list[_Asked], tx: Tx) -> list[Goods | Exception]:
    known = await goods.goods(
        tx, [line for one in asked for line in one.lines], [id for one in asked for id in one.besides]
    )
    return [known] * len(asked)
