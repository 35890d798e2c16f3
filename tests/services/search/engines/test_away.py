"""MeiliSearch away, forgetful, refusing: what was told is not lost, and whoever searches is told so."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import httpx
import msgspec
import pytest

from tests.harness import Alone, alone, eventually
from tests.meilisearch import Meilisearch
from tests.services.search.engines import KEY, settled
from tests.services.search.shelf import SEARCH, names, product
from tradehall.app import load
from tradehall.contracts.catalog import ProductCreated
from tradehall.kernel.errors import Away
from tradehall.kernel.settings import Settings
from tradehall.services.search import rebuilding
from tradehall.services.search.embedding.wordllama import WordLlama
from tradehall.services.search.engines import engine_for
from tradehall.services.search.engines.meilisearch import engine as engine_module
from tradehall.services.search.engines.meilisearch import http
from tradehall.services.search.engines.meilisearch.engine import InMeilisearch
from tradehall.services.search.model import Filters, Wanted


@pytest.fixture(scope="module")
def server() -> Iterator[Meilisearch]:
    server = Meilisearch(KEY)
    try:
        yield server
    finally:
        server.close()


@pytest.fixture(scope="module")
async def it(server: Meilisearch, servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    (service,) = load(["search"])
    folder = tmp_path_factory.mktemp("search")
    async with alone(service, servers, folder, meilisearch_url=server.url, meilisearch_key=KEY) as it:
        yield it


@pytest.fixture(autouse=True)
def again(server: Meilisearch, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """It comes back after each test; nobody waits long before they look again."""
    monkeypatch.setattr(engine_module, "LOOK", 0.1)
    yield
    server.away = False
    server.key = KEY
    server.failing.clear()


def engine(it: Alone) -> InMeilisearch:
    found = engine_for(it.running.settings)
    assert isinstance(found, InMeilisearch)
    return found


async def told(it: Alone, *products: ProductCreated) -> None:
    await it.given_all([(one, one.product_id) for one in products])


async def answer(it: Alone, q: str) -> httpx.Response:
    return await it.client().get(SEARCH, params={"q": q, "_": q})


async def generation(it: Alone) -> int:
    return int((await it.sql("SELECT generation FROM shelves"))[0]["generation"])


async def test_who_searches_meanwhile_is_told_when_to_come_again(it: Alone, server: Meilisearch) -> None:
    await told(it, product("Amber beads"))
    await settled(it)
    server.away = True
    for path in (SEARCH, f"{SEARCH}/suggestions"):
        refused = await it.client().get(path, params={"q": "amber one"})
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
        assert refused.json()["type"].endswith("busy")
    server.away = False
    assert await names(it.client(), "amber beads") == ["Amber beads"]


async def test_what_changed_meanwhile_is_found_once_it_is_back(it: Alone, server: Meilisearch) -> None:
    server.away = True
    await told(it, product("Cobalt vase"))
    assert (await answer(it, "cobalt vase")).status_code == 503
    server.away = False
    await settled(it)
    assert await names(it.client(), "cobalt vase") == ["Cobalt vase"]


async def test_what_was_told_is_sent_by_the_next_process(it: Alone, server: Meilisearch) -> None:
    server.away = True
    await told(it, product("Dun horse blanket"))
    await it.stop()
    server.away = False
    await it.start()
    await settled(it)
    assert (await names(it.client(), "dun horse"))[0] == "Dun horse blanket"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("request_", ["POST .*/documents", "PATCH .*/settings", "GET /tasks"])
async def test_a_broken_connection_loses_nothing(it: Alone, server: Meilisearch, request_: str, when: str) -> None:
    name = f"Ebony {when} {request_.split('/')[-1]}"
    await told(it, product("Ebony chair"))
    await settled(it)
    server.faults.append((request_, when))
    synonyms = {"words": [f"ebo{when}{request_[:2]}", "ebony"]}
    assert (await it.client("store_admin").post(f"{SEARCH}/synonyms", json=synonyms)).status_code == 201
    await told(it, product(name))
    await settled(it)
    assert server.faults == []
    assert name in await names(it.client(), name.lower())


async def test_a_task_that_failed_is_seen_and_done_again(it: Alone, server: Meilisearch) -> None:
    before = http.TASKS.labels("failed")._value.get()
    server.failing["documentAdditionOrUpdate"] = "no_space_left_on_device"
    await told(it, product("Fawn gloves"))
    await settled(it)
    assert http.TASKS.labels("failed")._value.get() == before + 1
    assert await names(it.client(), "fawn gloves") == ["Fawn gloves"]


async def test_an_index_that_was_lost_is_made_anew(it: Alone, server: Meilisearch) -> None:
    await told(it, product("Gamboge paint"))
    await settled(it)
    with server.lock:
        server.indexes.clear()
    assert (await answer(it, "gamboge")).status_code == 503

    async def there() -> bool:
        return (await answer(it, "gamboge")).status_code == 200

    await eventually(there)
    assert await names(it.client(), "gamboge paint") == ["Gamboge paint"]


async def test_a_key_that_is_not_taken_is_as_if_it_were_away(it: Alone, server: Meilisearch) -> None:
    await told(it, product("Heliotrope scarf"))
    await settled(it)
    server.key = "another key"
    assert (await answer(it, "heliotrope scarf")).status_code == 503


async def test_vectors_come_once_the_model_is_back(
    it: Alone, server: Meilisearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Gone(WordLlama):
        async def embed(self, texts: object) -> list[list[float]]:
            raise Away("no model")

    await told(it, product("Iris bulb"))
    await settled(it)
    index = engine(it).name(it.store.id, await generation(it))
    with monkeypatch.context() as patch:
        patch.setattr(engine(it), "embedder", Gone())
        seed = product("Jonquil bulb")
        await told(it, seed)
        await settled(it)
        (row,) = await it.sql("SELECT number FROM documents WHERE id = $1", seed.product_id)
        assert str(row["number"]) in server.indexes[index].documents
        assert str(row["number"]) not in server.indexes[index].vectors

    async def known() -> bool:
        return str(row["number"]) in server.indexes[index].vectors

    await eventually(known)
    assert server.indexes[index].vectors.keys() == server.indexes[index].documents.keys()


async def test_processes_that_send_at_once_send_one_after_the_other(it: Alone, server: Meilisearch) -> None:
    others = [InMeilisearch(it.running.settings) for _ in range(3)]
    server.asked.clear()
    await told(it, product("Khaki shorts"))
    now = await generation(it)
    await asyncio.gather(*(one._send(it.db, it.store.id, now) for one in others))
    await settled(it)
    for one in others:
        await one.close()
    assert sum(count for path, count in server.asked.items() if path.endswith("/documents")) == 1
    assert await names(it.client(), "khaki shorts") == ["Khaki shorts"]


async def test_a_sender_that_died_is_followed_by_another(it: Alone) -> None:
    await told(it, product("Lilac soap"))
    await settled(it)
    await it.sql("UPDATE engine_indexes SET held_by = gen_random_uuid(), held_until = now() + interval '1 second'")
    await told(it, product("Maroon soap"))
    await settled(it)
    assert "Maroon soap" in await names(it.client(), "maroon soap")


async def test_old_indexes_are_taken_away(it: Alone, server: Meilisearch) -> None:
    await rebuilding.rebuild(it.db, it.store.id, engine(it))

    async def one() -> bool:
        return set(server.indexes) == {engine(it).name(it.store.id, await generation(it))}

    await eventually(one)


async def test_a_filter_is_no_way_out_of_it(it: Alone) -> None:
    """Whatever is in it is a value."""
    await told(
        it, product('Say "hello"', brand='A "b" \\', brand_slug="ab", tags=['x" OR number > 0 OR tags = "', "\\"])
    )
    await settled(it)

    async def total(**filters: list[str]) -> int:
        return (await engine(it).search(it.db, it.store.id, Wanted(filters=Filters(**filters)))).total  # type: ignore[arg-type]

    assert await total(tags=['x" OR number > 0 OR tags = "']) == 1
    assert await total(tags=["\\"]) == 1
    assert await total(tags=['" OR number >= 0 OR brand = "']) == 0
    assert await total(brands=["\\", '"]', "'"]) == 0


# --- what the server on loopback would not take, as the real one would not


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"filter": "secret = 1"}, "invalid_search_filter"),
        ({"filter": "price ="}, "invalid_search_filter"),
        ({"filter": 'price = "1'}, "invalid_search_filter"),
        ({"sort": ["name:asc"]}, "invalid_search_sort"),
        ({"sort": ["price"]}, "invalid_search_sort"),
        ({"facets": ["name"]}, "invalid_search_facets"),
        ({"nonsense": 1}, "bad_request"),
        ({"limit": "ten"}, "invalid_search_limit"),
        ({"vector": [1.0], "hybrid": {"embedder": "meaning", "semanticRatio": 1.0}}, "invalid_vector_dimensions"),
        ({"vector": [1.0], "hybrid": {"embedder": "other", "semanticRatio": 1.0}}, "invalid_search_embedder"),
    ],
)
async def test_the_server_refuses_what_the_real_one_refuses(
    it: Alone, server: Meilisearch, query: dict[str, object], code: str
) -> None:
    index = engine(it).name(it.store.id, await generation(it))
    async with httpx.AsyncClient(base_url=server.url, headers={"authorization": f"Bearer {KEY}"}) as client:
        refused = await client.post(f"/indexes/{index}/search", json=query)
        assert (refused.status_code, refused.json()["code"]) == (400, code)
        refused = await client.post("/multi-search", json={"queries": [{"indexUid": index, **query}]})
        assert (refused.status_code, refused.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"number": "a b", "_vectors": {"meaning": None}}, "invalid_document_id"),
        ({"name": "nobody", "_vectors": {"meaning": None}}, "missing_document_id"),
        ({"number": 7}, "vector_embedding_error"),
        ({"number": 7, "_vectors": {"meaning": [1.0]}}, "invalid_vector_dimensions"),
    ],
)
async def test_a_document_that_is_not_right_makes_its_task_fail(
    it: Alone, server: Meilisearch, document: dict[str, object], code: str
) -> None:
    index, http_ = engine(it).name(it.store.id, await generation(it)), engine(it).http

    async def nothing() -> None:
        pass

    with pytest.raises(http.Refused, match=code):
        await http_.done([await http_.put(index, [document])], nothing)


async def test_a_server_with_a_key_answers_to_it_alone(server: Meilisearch) -> None:
    async with httpx.AsyncClient(base_url=server.url) as client:
        assert (await client.get("/health")).json() == {"status": "available"}
        refused = await client.get("/tasks")
        assert (refused.status_code, refused.json()["code"]) == (401, "missing_authorization_header")
        refused = await client.get("/tasks", headers={"authorization": "Bearer x"})
        assert (refused.status_code, refused.json()["code"]) == (403, "invalid_api_key")
        headers = {"authorization": f"Bearer {KEY}"}
        refused = await client.post(f"/indexes/{UUID(int=0)}/search", json={}, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (404, "index_not_found")


def test_the_key_is_shown_to_nobody() -> None:
    settings = msgspec.structs.replace(Settings(), meilisearch_url="http://a:b@c:7700", meilisearch_key="hush")
    shown = settings.masked()
    assert shown["TRADEHALL_MEILISEARCH_KEY"] == "***"
    assert shown["TRADEHALL_MEILISEARCH_URL"] == "http://***@c:7700"
