"""The port. Documents are the service's own rows; an engine makes an index of them that can be made anew at any time."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from tradehall.kernel.db import Database, Tx
from tradehall.services.search.model import Found, Suggestions, Wanted
from tradehall.services.search.queries.documents import Document, Shelf


class Engine(Protocol):
    async def write(self, tx: Tx, now: Shelf, changed: Sequence[Document]) -> None:
        """Documents that this transaction has saved, or taken away, in every index of the shelf."""

    async def search(self, db: Database, store_id: UUID, wanted: Wanted) -> Found:
        """Raises Away."""

    async def suggest(self, db: Database, store_id: UUID, q: str, limit: int) -> Suggestions:
        """Raises Away."""

    async def fill(self, db: Database, store_id: UUID, building: int, some: Sequence[Document]) -> bool:
        """Puts documents into a new index, but for those that are there already, which are newer. False where another
        index is being made instead."""

    async def complete(self, db: Database, store_id: UUID, building: int) -> None:
        """All documents are in: the new index is ready to answer when this returns."""

    async def sweep(self, db: Database, store_id: UUID) -> None:
        """Takes away indexes that are no more."""

    async def close(self) -> None:
        """The process stops."""
