"""A new index of all that a store has, while the one before it answers and products change."""

from uuid import UUID

from tradehall.contracts.search import SearchChanged
from tradehall.kernel.db import Database
from tradehall.services.search.engines import Engine
from tradehall.services.search.model import Overtaken
from tradehall.services.search.queries import index


async def rebuild(db: Database, store_id: UUID, engine: Engine) -> int:
    """How many documents are in it. From its beginning on every change goes to both indexes. Raises Overtaken."""
    async with db.transaction(store_id) as tx:
        begun = await index.begin(tx)
    if begun is None or begun.building is None:
        return 0
    count = await engine.build(db, store_id, begun.building)
    async with db.transaction(store_id) as tx:
        version = await index.switch(tx, begun.building)
        if version is None:
            raise Overtaken()
        tx.emit(SearchChanged(version=version), key=store_id)
    await engine.sweep(db, store_id)
    return count
