"""What a process keeps in memory of the stores that are searched in it: as much as fits, the latest ones.

Each search first brings it up to date with the version that its transaction sees, so that it never shows less than what
was committed before it began.
"""

import asyncio
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx
from tradehall.services.search.columns import Columns, Row
from tradehall.services.search.model import Facets, Synonyms
from tradehall.services.search.queries import choices, documents, index
from tradehall.services.search.queries.documents import Shelf
from tradehall.services.search.words import BYTES_PER_WORD, Vocabulary

MOST_BYTES = 64 * 2**20
AT_ONCE = 1000  # documents
SALES_LIVE = timedelta(minutes=1)  # units sold move a product by little: they may be so old


class Kept:
    """Of one store. `vectors_at` is the version at which no vector of `model` was stale, `filling` makes them."""

    def __init__(self) -> None:
        self.version = -1
        self.generation = 0
        self.choices = -1
        self.columns = Columns()
        self.vocabulary = Vocabulary()
        self.synonyms: list[Synonyms] = []
        self.pins: dict[str, list[UUID]] = {}
        self.hidden: list[int] = []
        self.sellers: dict[UUID, tuple[str, str]] = {}
        self.vectors_at = -1
        self.model: str | None = None
        self.filling: asyncio.Task[None] | None = None
        self._sales_at: datetime | None = None
        self._refreshing = asyncio.Lock()

    @property
    def nbytes(self) -> int:
        return self.columns.nbytes + BYTES_PER_WORD * len(self.vocabulary)

    async def refresh(self, tx: Tx, shelf: Shelf) -> None:
        """At least to what this transaction sees."""
        async with self._refreshing:
            if self.generation != shelf.generation and self.version <= shelf.version:
                vocabulary = Vocabulary()
                vocabulary.apply(await index.words(tx, shelf.generation, -1))
                self.vocabulary, self.generation = vocabulary, shelf.generation
            elif self.version < shelf.version:
                self.vocabulary.apply(await index.words(tx, shelf.generation, self.version))
            if self.version < shelf.version:
                await self._read_documents(tx)
                self.version = shelf.version
            if self.choices < shelf.choices:
                self.synonyms, self.pins = await choices.synonyms(tx), await choices.pins(tx)
                self.hidden = await choices.hidden_numbers(tx)
                self.sellers = await documents.sellers(tx)
                self.choices = shelf.choices
            self.model = shelf.model
            await self._read_sales(tx)

    async def _read_documents(self, tx: Tx) -> None:
        after = -1
        while rows := await documents.changed(tx, self.version, after, AT_ONCE):
            after = rows[-1][0]
            self.columns.apply([Row(n, shown, available, _facets(said)) for n, shown, available, said in rows])
            await asyncio.sleep(0)
            if len(rows) < AT_ONCE:
                break

    async def _read_sales(self, tx: Tx) -> None:
        now = datetime.now(UTC)
        if self._sales_at is None or now - self._sales_at > SALES_LIVE:
            since = None if self._sales_at is None else self._sales_at - SALES_LIVE
            self.columns.sell(await documents.sold(tx, since))
            self._sales_at = now


def _facets(said: object) -> Facets | None:
    return None if said is None else msgspec.convert(said, Facets)


class Memory:
    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._stores: OrderedDict[UUID, Kept] = OrderedDict()

    def of(self, store_id: UUID) -> Kept:
        kept = self._stores.get(store_id)
        if kept is None:
            kept = self._stores[store_id] = Kept()
        self._stores.move_to_end(store_id)
        return kept

    def trim(self) -> None:
        """The stores that nobody searched for the longest time go, until the rest fits; the latest stays."""
        used = sum(kept.nbytes for kept in self._stores.values())
        while used > self._most and len(self._stores) > 1:
            _, gone = self._stores.popitem(last=False)
            used -= gone.nbytes

    async def close(self) -> None:
        """Vectors that are still being made are left to the next start."""
        filling = [kept.filling for kept in self._stores.values() if kept.filling is not None]
        for task in filling:
            task.cancel()
        await asyncio.gather(*filling, return_exceptions=True)
        self._stores.clear()


memory = Memory()
