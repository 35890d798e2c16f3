"""Vectors of what is for sale, and of what is looked for.

A store gets vectors when it is first searched by meaning; from then on each search has those made that its products lack.
So a store that nobody searches costs neither model nor memory.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from uuid import UUID

import msgspec
from prometheus_client import Counter

from tradehall.kernel.db import Database
from tradehall.kernel.errors import Away
from tradehall.services.search import model
from tradehall.services.search.embedding import Embedder, NoEmbedder
from tradehall.services.search.memory import Kept
from tradehall.services.search.queries import documents, index

log = logging.getLogger(__name__)

BUDGET = 0.05  # seconds that a search waits for the vector of its words, or as its model asks for,
AGAIN = 2.0  # and its later pages, which would not fit the first one without
LOADING = 3.0  # and, once, for the model
FIRST = 5.0  # and for the first vectors of a store
PAUSE = 5.0  # seconds in which a model that failed is not asked
AT_ONCE = 64

MEANING = Counter("tradehall_search_meaning_total", "Searches by how meaning took part", ["outcome"])

_failed_at: dict[str, float] = {}
_loaded: set[int] = set()


async def ready(db: Database, store_id: UUID, kept: Kept, embedder: Embedder) -> None:
    """Has vectors made where some are missing, and waits for them where there are none yet."""
    make(db, store_id, kept, embedder)
    if kept.filling is not None and kept.model != embedder.name and not kept.filling.done():
        await asyncio.wait([kept.filling], timeout=FIRST)


def make(db: Database, store_id: UUID, kept: Kept, embedder: Embedder) -> None:
    """Has vectors made where some are missing, beside whatever goes on."""
    if isinstance(embedder, NoEmbedder) or _pausing(embedder):
        return
    if kept.model == embedder.name and kept.vectors_at >= kept.version:
        return
    if kept.filling is None or kept.filling.done():
        kept.filling = asyncio.create_task(_fill(db, store_id, kept, embedder))


async def _fill(db: Database, store_id: UUID, kept: Kept, embedder: Embedder) -> None:
    try:
        async with db.transaction(store_id) as tx:
            now = await documents.shelf(tx)
            if now is None:
                return
            await index.take_model(tx, embedder.name)
        await fill(db, store_id, now.generation, embedder)
        kept.model, kept.vectors_at = embedder.name, now.version
    except Away as error:
        _fail(embedder, error)
    except Exception:
        log.exception("vectors of %s", store_id)


async def fill(db: Database, store_id: UUID, generation: int, embedder: Embedder) -> None:
    """All that are missing in this index. Raises Away."""
    while True:
        async with db.transaction(store_id) as tx:
            rows = await index.stale(tx, generation, AT_ONCE * 4)
        if not rows:
            return
        made: list[tuple[int, int, str]] = []
        for start in range(0, len(rows), AT_ONCE):
            some = [(number, model.texts_of(product)) for number, product in rows[start : start + AT_ONCE]]
            found = await embedder.embed([texts.about for _, texts in some])
            made += [(number, texts.mark, literal(one)) for (number, texts), one in zip(some, found, strict=True)]
        async with db.transaction(store_id) as tx:
            await index.set_vectors(tx, generation, made)


async def of_words(text: str, embedder: Embedder, *, earlier: bool | None = None) -> str | None:
    """As pgvector reads it; None, in time, where the model is away or slow. `earlier`: whether pages before had one."""
    if isinstance(embedder, NoEmbedder) or earlier is False:
        return None
    if _pausing(embedder):
        MEANING.labels("paused").inc()
        return None
    try:
        if id(embedder) not in _loaded:
            await asyncio.wait_for(embedder.load(), LOADING)
            _loaded.add(id(embedder))
        (vector,) = await asyncio.wait_for(embedder.embed([text]), AGAIN if earlier else max(BUDGET, embedder.patience))
    except TimeoutError:
        MEANING.labels("slow").inc()
        return None
    except Away as error:
        _fail(embedder, error)
        MEANING.labels("away").inc()
        return None
    MEANING.labels("used").inc()
    return literal(vector)


def literal(vector: Sequence[float]) -> str:
    return msgspec.json.encode(vector).decode()


def _fail(embedder: Embedder, error: Away) -> None:
    log.warning("no search by meaning for %.0f s: %s", PAUSE, error)
    _failed_at[embedder.name] = time.monotonic()


def _pausing(embedder: Embedder) -> bool:
    return time.monotonic() - _failed_at.get(embedder.name, -PAUSE) < PAUSE
