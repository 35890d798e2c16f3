"""The adapter: what is sent, when, by whom; what is found is `asking`'s.

Nothing is sent in a transaction. What an index lacks is what changed since the version that it is known to have; whoever
holds its row sends that, waits for MeiliSearch's own tasks, and only then writes the version down. What is sent twice is
the same.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from tradehall.kernel.context import stopping
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import Away
from tradehall.kernel.ids import uuid7
from tradehall.kernel.runtime import Running
from tradehall.kernel.settings import Settings
from tradehall.kernel.stores import StoreDirectory
from tradehall.services.search import model
from tradehall.services.search.embedding import NoEmbedder, embedder_for
from tradehall.services.search.engines.meilisearch import documents as telling
from tradehall.services.search.engines.meilisearch.asking import Asking
from tradehall.services.search.engines.meilisearch.http import Http, NoIndex, Refused
from tradehall.services.search.model import Found, Overtaken, Suggestions, Wanted
from tradehall.services.search.queries import choices, documents, engine, index
from tradehall.services.search.queries.documents import Document, Shelf
from tradehall.services.search.queries.engine import Changed, Standing

T = TypeVar("T")

log = logging.getLogger(__name__)

AT_ONCE = 1000  # documents
TASKS = 8  # of it that wait at most
LOOK = 5.0  # seconds between two looks for what is to be sent, where nothing is heard of
WAIT = 0.05  # seconds, while another process sends
HOLD = 5.0  # seconds between two words that this one is still at it


class InMeilisearch:
    def __init__(self, settings: Settings) -> None:
        self.embedder = embedder_for(settings)
        self.http = Http(settings.meilisearch_url, settings.meilisearch_key)
        self._prefix = settings.database_prefix
        self._changed = asyncio.Event()
        self._dimensions: dict[str, int] = {}

    def name(self, store_id: UUID, generation: int) -> str:
        """Stores cannot see each other's: each has an index, and its own synonyms in it."""
        return f"{self._prefix}-{store_id.hex}-{generation}"

    async def start(self, running: Running) -> None:
        running.run_beside("search", "engine", lambda db: self._keep(db, running.stores))

    def wake(self) -> None:
        self._changed.set()

    async def close(self) -> None:
        await self.http.close()

    async def write(self, tx: Tx, now: Shelf, changed: Sequence[Document]) -> None:
        """The shelf's version says it."""

    # --- finding

    async def search(self, db: Database, store_id: UUID, wanted: Wanted) -> Found:
        return await self._asked(db, store_id, Found(numbers=[], total=0), lambda it: it.search(wanted))

    async def suggest(self, db: Database, store_id: UUID, q: str, limit: int) -> Suggestions:
        nothing = Suggestions(numbers=[], categories=[], brands=[], words=[])
        return await self._asked(db, store_id, nothing, lambda it: it.suggest(q, limit))

    async def _asked(self, db: Database, store_id: UUID, nothing: T, ask: Callable[[Asking], Awaitable[T]]) -> T:
        """Of the index that answers; where that was taken away in the middle, of the one after it."""
        missing = None
        while True:
            async with db.transaction(store_id) as tx:
                shelf = await documents.shelf(tx)
                if shelf is None:
                    return nothing
                if shelf.generation == missing:
                    await engine.forget(tx, [missing])
                standing = await engine.standing(tx, shelf.generation)
            if standing is None or standing.version < 0:
                self.wake()
                raise Away("the index is being filled")
            try:
                return await ask(Asking(db, store_id, self.http, self.embedder, self.name, standing))
            except NoIndex:
                missing = shelf.generation

    # --- sending

    async def _keep(self, db: Database, stores: StoreDirectory) -> None:
        """Sends what changed, as soon as it is heard of. Raises Away."""
        while not stopping():
            self._changed.clear()
            async with db.across([store.id for store in stores.all()]) as tx:
                pending, old = await engine.pending(tx, self.embedder.name), await engine.old(tx)
            for store_id, generation in pending:
                try:
                    await self._send(db, store_id, generation)
                except Refused:
                    log.exception("MeiliSearch does not take the index of %s", store_id)
            for store_id in {store_id for store_id, _ in old}:
                await self.sweep(db, store_id)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), LOOK)

    async def _send(self, db: Database, store_id: UUID, generation: int) -> None:
        """All that the index lacks, unless somebody else sends."""
        holder = uuid7()
        async with db.transaction(store_id) as tx:
            shelf = await documents.shelf(tx)
            if shelf is None or generation not in shelf.generations:
                return
            if (had := await engine.claim(tx, generation, holder)) is None:
                return
            sending = _Sending(self, db, store_id, holder, await choices.synonyms(tx), await engine.now(tx))
        try:
            await sending.run(had, shelf)
        finally:
            async with db.transaction(store_id) as tx:
                await engine.release(tx, generation, holder)

    async def model(self) -> tuple[str | None, int]:
        """The name of the model that makes vectors at the moment, and their length; None where it is away."""
        name = self.embedder.name
        if isinstance(self.embedder, NoEmbedder):
            return name, 0
        try:
            if name not in self._dimensions:
                self._dimensions[name] = len((await self.embedder.embed(["length"]))[0])
        except Away as error:
            log.warning("no vectors: %s", error)
            return None, 0
        return name, self._dimensions[name]

    # --- a new index

    async def build(self, db: Database, store_id: UUID, building: int) -> int:
        while True:
            async with db.transaction(store_id) as tx:
                shelf = await index.hold(tx, building)
                if shelf is None:
                    raise Overtaken()
                standing = await engine.standing(tx, building)
                if standing and standing.version >= shelf.version and standing.choices >= shelf.choices:
                    return await engine.count(tx)
            await self._send(db, store_id, building)
            await asyncio.sleep(WAIT)

    async def sweep(self, db: Database, store_id: UUID) -> None:
        async with db.transaction(store_id) as tx:
            old = [generation for _, generation in await engine.old(tx)]
        for generation in old:
            await self.http.drop(self.name(store_id, generation))
        async with db.transaction(store_id) as tx:
            await engine.forget(tx, old)


class _Sending:
    """Of one index, by whoever holds it."""

    def __init__(
        self,
        engine: InMeilisearch,
        db: Database,
        store_id: UUID,
        holder: UUID,
        synonyms: list[model.Synonyms],
        sales_at: datetime,
    ) -> None:
        self._engine, self._http = engine, engine.http
        self._db, self._store_id, self._holder = db, store_id, holder
        self._synonyms, self._sales_at = synonyms, sales_at
        self._tasks: list[int] = []
        self._generation = 0
        self._held_at = time.monotonic()
        self._without = False  # vectors

    async def run(self, had: Standing, shelf: Shelf) -> None:
        """Raises Away, Refused."""
        name, dimensions = await self._engine.model()
        if name is None and had.settings is not None:
            dimensions = telling.dimensions_of(had.settings)  # those that are there stay
        self._generation, self._without = had.generation, name is None
        index_name = self._engine.name(self._store_id, had.generation)
        if had.settings is None:
            self._tasks.append(await self._http.create(index_name))
        since = had
        if name is not None and had.model != name:
            since = msgspec.structs.replace(had, version=-1)  # what is there has no vectors, or another model's
        after, attributes, told = -1, set(had.attributes), had.settings
        while True:
            async with self._db.transaction(self._store_id) as tx:
                rows = await engine.changed(tx, after, since, AT_ONCE)
            attributes |= telling.codes(rows)
            wanted = telling.settings(sorted(attributes), self._synonyms, dimensions)
            if (text := msgspec.json.encode(wanted).decode()) != told:
                self._tasks.append(await self._http.configure(index_name, wanted))
                told = text
            if not rows:
                break
            after = rows[-1].number
            await self._tell(index_name, rows, with_vectors=dimensions > 0)
            if len(self._tasks) >= TASKS:
                await self._done()
        await self._done()
        now = msgspec.structs.replace(
            had,
            version=shelf.version,
            choices=shelf.choices,
            model=None if self._without else name,
            settings=told,
            attributes=sorted(attributes),
            sales_at=self._sales_at,
        )
        async with self._db.transaction(self._store_id) as tx:
            await engine.settle(tx, now, self._holder)

    async def _tell(self, index_name: str, rows: Sequence[Changed], *, with_vectors: bool) -> None:
        shown = [row for row in rows if row.product is not None]
        vectors: list[list[float] | None] = [None] * len(shown)
        if with_vectors and shown and not self._without:
            texts = [model.texts_of(row.product).about for row in shown if row.product is not None]
            try:
                vectors = list(await self._engine.embedder.embed(texts))
            except Away:
                self._without = True  # words alone; all comes again once the model is back
        if shown:
            told = [
                telling.document(row, vector, with_vector=with_vectors)
                for row, vector in zip(shown, vectors, strict=True)
            ]
            self._tasks.append(await self._http.put(index_name, told))
        if gone := [row.number for row in rows if row.product is None]:
            self._tasks.append(await self._http.take_away(index_name, gone))

    async def _done(self) -> None:
        tasks, self._tasks = self._tasks, []
        await self._http.done(tasks, self._hold)

    async def _hold(self) -> None:
        """Raises Away where another one has taken over: this one was away for too long."""
        if time.monotonic() - self._held_at < HOLD:
            return
        self._held_at = time.monotonic()
        async with self._db.transaction(self._store_id) as tx:
            held = await engine.hold(tx, self._generation, self._holder)
        if not held:
            raise Away("another process sends this index")
