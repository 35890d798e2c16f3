"""What `tradehall search …` does."""

import time
from collections.abc import AsyncIterator, Sequence

import msgspec

from tradehall.contracts.stores import Store
from tradehall.kernel.db import Database
from tradehall.kernel.errors import Invalid
from tradehall.kernel.settings import Settings
from tradehall.services.search import evaluating
from tradehall.services.search.engines import engine_for
from tradehall.services.search.evaluating import MeaningTrial, Outcome
from tradehall.services.search.model import Wanted
from tradehall.services.search.rebuilding import rebuild


async def reindex(settings: Settings, db: Database, stores: Sequence[Store]) -> AsyncIterator[str]:
    """A line for each store. Raises Overtaken."""
    engine = engine_for(settings)
    for store in stores:
        began = time.monotonic()
        count = await rebuild(db, store.id, engine)
        yield f"{store.slug}: {count} products in {time.monotonic() - began:.1f} s"
    await engine.close()


async def evaluate(
    settings: Settings, db: Database, store: Store, *, trials: int, seed: int, meaning: bytes | None, show: bool
) -> AsyncIterator[str]:
    """`meaning` is JSON. Raises Invalid."""
    try:
        questions = msgspec.json.decode(meaning, type=list[MeaningTrial]) if meaning else list(evaluating.BOOKS)
    except msgspec.MsgspecError as error:
        raise Invalid.field("meaning", str(error)) from None
    engine = engine_for(settings)
    await engine.search(db, store.id, Wanted(q="first of all"))  # what is loaded once does not count
    made = await evaluating.misspellings(db, store.id, engine, trials, seed)
    for what, outcome in (
        ("misspelt words, first found", await evaluating.spelling(db, store.id, engine, made)),
        ("questions by meaning", await evaluating.meaning(db, store.id, engine, questions)),
    ):
        yield _line(what, outcome)
        if show:
            for miss in outcome.misses:
                yield f"  {miss}"
    await engine.close()


def _line(what: str, outcome: Outcome) -> str:
    share = f"{outcome.hits / outcome.trials:.0%}" if outcome.trials else "no trials"
    times = f"p50 {outcome.percentile(0.5):.1f} ms, p95 {outcome.percentile(0.95):.1f} ms, with facets"
    return f"{what}: {outcome.hits} of {outcome.trials} ({share}), {times}"
