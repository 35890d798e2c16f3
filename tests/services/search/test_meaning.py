"""By meaning, and what becomes of a search whose model is away or slow; trials over real books."""

import importlib.util
import json
import time
from pathlib import Path

import numpy as np
import pytest

from tests.harness import Alone, eventually
from tests.services.search.shelf import BOOKS, books, has_vectors, stock_up
from tradehall.services.search import evaluating
from tradehall.services.search.embedding.wordllama import TABLE, TOKENIZER, WordLlama
from tradehall.services.search.engines import engine_for

SERVICE = "search"
EVERYTHING = pytest.mark.skipif(not BOOKS.exists(), reason="the 10 000 books are not beside the checkout")


async def test_our_reading_of_the_model_is_its_own(it: Alone) -> None:
    """Against the wheel's class; see decision 15."""
    from wordllama import WordLlama as Theirs

    spec = importlib.util.find_spec("wordllama")
    assert spec is not None
    assert spec.submodule_search_locations
    theirs = Theirs.load(cache_dir=Path(spec.submodule_search_locations[0]), disable_download=True)
    texts = ["young wizard goes to school", "Élan vital, 2. Auflage", "x"]
    ours = np.array(await WordLlama().embed(texts))
    assert np.allclose(ours, theirs.embed(texts, norm=True), atol=1e-3)
    assert json.dumps([TABLE, TOKENIZER])


# --- trials


async def trials(it: Alone, count: int) -> evaluating.Outcome:
    engine = engine_for(it.running.settings)
    made = await evaluating.misspellings(it.db, it.store.id, engine, count, 15)
    assert len(made) == count
    return await evaluating.spelling(it.db, it.store.id, engine, made)


async def test_misspelt_books_of_the_sample_are_found(it: Alone) -> None:
    await stock_up(it, list(books()))
    outcome = await trials(it, 100)
    assert outcome.hits >= 95, outcome.misses


@EVERYTHING
@pytest.mark.timeout(240)
async def test_of_ten_thousand_books_the_right_one_is_found(it: Alone) -> None:
    began = time.monotonic()
    await stock_up(it, list(books(BOOKS, salt="all")))
    print(f"10 000 products told of and indexed in {time.monotonic() - began:.1f} s")
    outcome = await trials(it, 100)
    assert outcome.hits >= 95, outcome.misses
    await eventually(lambda: has_vectors(it), 120)
    meaning = await evaluating.meaning(it.db, it.store.id, engine_for(it.running.settings), evaluating.BOOKS)
    assert meaning.misses == []
