"""By meaning, in every engine, and what becomes of a search whose model is away or slow."""

import asyncio
from collections.abc import Iterator, Sequence

import pytest

from tests.harness import Alone, eventually
from tests.services.search.shelf import find, names, product, stock_up
from tradehall.kernel.errors import Away
from tradehall.services.search import vectors
from tradehall.services.search.embedding.wordllama import WordLlama
from tradehall.services.search.engines import engine_for


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
    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        await asyncio.sleep(60)
        return []


class Gone(WordLlama):
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
