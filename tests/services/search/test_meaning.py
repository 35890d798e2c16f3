"""By meaning, and what becomes of a search whose model is away or slow; trials over real books."""

import asyncio
import importlib.util
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.harness import Alone, eventually
from tests.services.search.shelf import BOOKS, books, find, has_vectors, names, product, stock_up
from tradehall.kernel.errors import Away
from tradehall.services.search import evaluating, vectors
from tradehall.services.search.embedding.wordllama import TABLE, TOKENIZER, WordLlama
from tradehall.services.search.engines import engine_for

SERVICE = "search"
EVERYTHING = pytest.mark.skipif(not BOOKS.exists(), reason="the 10 000 books are not beside the checkout")


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is tried here is not how busy the machine is."""
    monkeypatch.setattr(vectors, "BUDGET", 10.0)
    monkeypatch.setattr(vectors, "FIRST", 30.0)
    vectors._failed_at.clear()
    yield
    vectors._failed_at.clear()


async def test_what_has_none_of_the_words_is_found_by_meaning(it: Alone) -> None:
    await stock_up(
        it, [product("Trekking rucksack, 45 litres"), product("Ceramic teapot"), product("Desk lamp of brass")]
    )
    found = await find(it.client(), "bag for hiking")
    assert found["semantic"]
    assert found["items"][0]["name"] == "Trekking rucksack, 45 litres"


async def test_a_new_product_is_near_as_soon_as_somebody_looks(it: Alone) -> None:
    assert await names(it.client(), "music instrument") is not None
    await stock_up(it, [product("Violin of spruce and maple")])
    await names(it.client(), "music instrument")

    async def near() -> bool:
        return "Violin of spruce and maple" in await names(it.client(), "music instrument")

    await eventually(near)


class Slow(WordLlama):
    name = "slow"

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        await asyncio.sleep(60)
        return []


class Gone(WordLlama):
    name = "gone"

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        raise Away("no model")


@pytest.mark.parametrize("model", [Slow, Gone])
async def test_words_alone_where_the_model_is_slow_or_away(
    it: Alone, monkeypatch: pytest.MonkeyPatch, model: type[WordLlama]
) -> None:
    await stock_up(it, [product("Woollen blanket")])
    await names(it.client(), "woollen blanket")
    engine, embedder = engine_for(it.running.settings), model()
    monkeypatch.setattr(vectors, "FIRST", 0.1)
    monkeypatch.setattr(vectors, "BUDGET", 0.1)
    before = vectors.MEANING.labels("slow")._value.get(), vectors.MEANING.labels("away")._value.get()
    monkeypatch.setattr(engine, "embedder", embedder)
    found = await find(it.client(), "woollen blanket")
    assert [item["name"] for item in found["items"]][:1] == ["Woollen blanket"]
    assert not found["semantic"]
    await engine.close()
    after = vectors.MEANING.labels("slow")._value.get(), vectors.MEANING.labels("away")._value.get()
    assert after != before or vectors._failed_at


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


async def test_no_text_is_no_reason_to_fail() -> None:
    assert len((await WordLlama().embed([""]))[0]) == 256


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
