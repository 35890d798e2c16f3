"""The index in PostgreSQL, written in the transaction of the change itself."""

from collections.abc import Sequence
from uuid import UUID

from tradehall.kernel.bulk import gently
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import Away
from tradehall.kernel.runtime import Running
from tradehall.kernel.settings import Settings
from tradehall.services.search import model
from tradehall.services.search.embedding import NoEmbedder, embedder_for
from tradehall.services.search.model import Found, Overtaken, Suggestions, Texts, Wanted
from tradehall.services.search.queries import documents, index
from tradehall.services.search.queries.documents import Document, Shelf

AT_ONCE = 250  # documents; changes wait for so many at most


class InPostgres:
    """What reads is imported when it is first needed: its columns bring 24 MiB of numpy along."""

    def __init__(self, settings: Settings) -> None:
        self.embedder = embedder_for(settings)
        self._asked = False

    async def start(self, running: Running) -> None:
        """Nothing runs beside."""

    def wake(self) -> None:
        """What changed is there with its transaction."""

    async def write(self, tx: Tx, now: Shelf, changed: Sequence[Document]) -> None:
        if changed:
            await index.write(tx, now, await _texts(changed))

    async def search(self, db: Database, store_id: UUID, wanted: Wanted) -> Found:
        from tradehall.services.search import searching

        self._asked = True
        return await searching.search(db, store_id, wanted, self.embedder)

    async def suggest(self, db: Database, store_id: UUID, q: str, limit: int) -> Suggestions:
        from tradehall.services.search import searching

        self._asked = True
        return await searching.suggest(db, store_id, q, limit)

    async def build(self, db: Database, store_id: UUID, building: int) -> int:
        after, count = -1, 0
        while True:
            async with db.transaction(store_id) as tx:
                some = await documents.page(tx, after, AT_ONCE)
            if not some:
                break
            if not await self.fill(db, store_id, building, some):
                raise Overtaken()
            after, count = some[-1].number, count + len(some)
        await self._complete(db, store_id, building)
        return count

    async def fill(self, db: Database, store_id: UUID, building: int, some: Sequence[Document]) -> bool:
        """False where another index is being made instead. Texts are made before anybody has to wait. What changed since is in the new index already: whoever changed it
        wrote it there, or holds the shelf until this one sees it."""
        texts = await _texts(some)
        async with db.transaction(store_id) as tx:
            now = await index.hold(tx, building)
            if now is None:
                return False
            told = await index.still(tx, list(texts))
            absent = await index.missing(tx, building, list(told))
            same = {doc.number for doc in some if doc.number in absent and told[doc.number] == doc.told}
            await index.write_one(tx, building, now.version, {number: texts[number] for number in sorted(same)})
        return True

    async def _complete(self, db: Database, store_id: UUID, building: int) -> None:
        from tradehall.services.search import vectors

        async with db.transaction(store_id) as tx:
            now = await index.hold(tx, building)
            if now is None or isinstance(self.embedder, NoEmbedder):
                return
            await index.take_model(tx, self.embedder.name)
            await index.take_over(tx, now.generation, building)
        try:
            await vectors.fill(db, store_id, building, self.embedder)
        except Away:
            return  # words alone, until it is back

    async def close(self) -> None:
        if self._asked:
            from tradehall.services.search.memory import memory

            await memory.close()

    async def sweep(self, db: Database, store_id: UUID) -> None:
        async with db.transaction(store_id) as tx:
            await index.sweep(tx)


async def _texts(documents: Sequence[Document]) -> dict[int, Texts | None]:
    return {doc.number: model.texts_of(doc.product) if doc.product else None async for doc in gently(documents)}
