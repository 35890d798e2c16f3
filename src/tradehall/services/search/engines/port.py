"""The port. Documents are the service's own rows; an engine makes an index of them that can be made anew at any time."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from tradehall.kernel.db import Database, Tx
from tradehall.kernel.runtime import Running
from tradehall.services.search.model import Found, Suggestions, Wanted
from tradehall.services.search.queries.documents import Document, Shelf


class Engine(Protocol):
    async def start(self, running: Running) -> None:
        """Of a process that serves."""

    def wake(self) -> None:
        """Somewhere documents or choices have changed."""

    async def write(self, tx: Tx, now: Shelf, changed: Sequence[Document]) -> None:
        """Documents that this transaction has saved, or taken away, in every index of the shelf; or, where the index is
        elsewhere, whatever makes sure that they get there."""

    async def search(self, db: Database, store_id: UUID, wanted: Wanted) -> Found:
        """Raises Away."""

    async def suggest(self, db: Database, store_id: UUID, q: str, limit: int) -> Suggestions:
        """Raises Away."""

    async def build(self, db: Database, store_id: UUID, building: int) -> int:
        """Fills a new index with all documents; it is ready to answer when this returns. How many there are. What is
        there already is newer. Raises Overtaken where another index is being made instead."""

    async def sweep(self, db: Database, store_id: UUID) -> None:
        """Takes away indexes that are no more."""

    async def close(self) -> None:
        """The process stops."""
