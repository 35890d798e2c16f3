"""A new index in PostgreSQL is whole, whatever happens meanwhile."""

import asyncio
import random
from collections import Counter

import msgspec
import pytest

from tests.harness import Alone
from tests.services.search.shelf import books, find, names, product, stock_up, variant_of
from tradehall.contracts.catalog import ProductCreated, ProductDeleted, ProductUpdated
from tradehall.contracts.inventory import ProductQuantityUpdated
from tradehall.services.search import rebuilding
from tradehall.services.search.engines import engine_for, postgres
from tradehall.services.search.engines.postgres import InPostgres
from tradehall.services.search.model import Overtaken, texts_of
from tradehall.services.search.queries import documents
from tradehall.services.search.queries.documents import Document

SERVICE = "search"


def engine(it: Alone) -> InPostgres:
    found = engine_for(it.running.settings)
    assert isinstance(found, InPostgres)
    return found


async def assert_whole(it: Alone) -> None:
    """The index that answers has what the documents have, its words are counted rightly, and nothing else is left."""
    (shelf,) = await it.sql("SELECT * FROM shelves")
    documents = await it.sql("SELECT number, product FROM documents WHERE shown ORDER BY number")
    entries = await it.sql("SELECT * FROM entries WHERE generation = $1 ORDER BY number", shelf["generation"])
    assert [entry["number"] for entry in entries] == [document["number"] for document in documents]
    for entry, document in zip(entries, documents, strict=True):
        texts = texts_of(msgspec.convert(document["product"], ProductUpdated))
        assert (entry["name"], entry["skus"]) == (texts.name, texts.skus)
    counted = await it.sql(
        "SELECT word, count(*) AS n FROM entries, unnest(tsvector_to_array(ts_filter(words, '{a,b,c}'))) AS word "
        "WHERE generation = $1 GROUP BY word",
        shelf["generation"],
    )
    vocabulary = await it.sql("SELECT word, frequency FROM vocabulary WHERE frequency > 0")
    assert {row["word"]: row["frequency"] for row in vocabulary} == {row["word"]: row["n"] for row in counted}
    for table in ("entries", "vectors", "vocabulary"):
        rows = await it.sql(f"SELECT DISTINCT generation FROM {table}")
        assert {row["generation"] for row in rows} <= {shelf["generation"]}
    vectors = await it.sql("SELECT number FROM vectors ORDER BY number")
    assert [row["number"] for row in vectors] == [document["number"] for document in documents]


def renamed(of: ProductCreated, name: str, status: str = "published") -> ProductUpdated:
    told = {field: getattr(of, field) for field in ProductUpdated.__struct_fields__}
    return ProductUpdated(**{**told, "name": name, "status": status})


async def test_a_rebuilt_index_finds_the_same(it: Alone) -> None:
    some = list(books())
    await stock_up(it, some)
    before = [item["id"] for item in (await find(it.client(), "harry potter"))["items"]]
    assert len(before) > 5
    generation = (await it.sql("SELECT generation FROM shelves"))[0]["generation"]
    assert await rebuilding.rebuild(it.db, it.store.id, engine(it)) == len(some)
    assert [item["id"] for item in (await find(it.client(), "harry potter"))["items"]] == before
    assert (await it.sql("SELECT generation FROM shelves"))[0]["generation"] == generation + 1
    await assert_whole(it)


async def test_it_answers_and_loses_nothing_while_everything_changes(
    it: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "AT_ONCE", 20)
    some = list(books())
    await stock_up(it, some)
    known = product("Everlasting Marker Buoy")
    await stock_up(it, [known])
    chance, over, searches = random.Random(7), asyncio.Event(), 0

    async def search() -> None:
        nonlocal searches
        while not over.is_set():
            assert (await names(it.client(), "everlasting marker buoy", limit=1)) == ["Everlasting Marker Buoy"]
            searches += 1

    async def change() -> None:
        turn = 0
        while not over.is_set():
            turn += 1
            one, other, third = chance.sample(some, 3)
            gone = ProductDeleted(product_id=third.product_id, seller_id=third.seller_id)
            sold = ProductQuantityUpdated(product_id=one.product_id, variant_id=variant_of(one), available=turn % 2)
            await it.given_all(
                [
                    (renamed(one, f"Renamed in turn {turn}"), one.product_id),
                    (renamed(other, other.name, "draft"), other.product_id),
                    (gone, third.product_id),
                    (product(f"Newcomer {turn}"), known.product_id),
                    (sold, variant_of(one)),
                ]
            )

    async def rebuild() -> None:
        for _ in range(3):
            await rebuilding.rebuild(it.db, it.store.id, engine(it))
        over.set()

    await asyncio.gather(search(), change(), rebuild())
    assert searches > 3
    await assert_whole(it)


class Dying(InPostgres):
    """Ends like a killed process after so many batches."""

    left = 0

    async def fill(self, *args: object) -> bool:
        if self.left == 0:
            raise ConnectionError("killed")
        self.left -= 1
        return await super().fill(*args)  # type: ignore[arg-type]


@pytest.mark.parametrize("batches", [0, 1, 3])
async def test_one_that_was_killed_changes_nothing_and_is_begun_anew(
    it: Alone, monkeypatch: pytest.MonkeyPatch, batches: int
) -> None:
    monkeypatch.setattr(postgres, "AT_ONCE", 20)
    some = list(books())[:100]
    await stock_up(it, some)
    dying = Dying(it.running.settings)
    dying.left = batches
    with pytest.raises(ConnectionError):
        await rebuilding.rebuild(it.db, it.store.id, dying)
    await it.given(renamed(some[0], f"Written to both {batches}"), key=some[0].product_id)
    assert await names(it.client(), f"written to both {batches}", limit=1) == [f"Written to both {batches}"]
    await rebuilding.rebuild(it.db, it.store.id, engine(it))
    assert await names(it.client(), f"written to both {batches}", limit=1) == [f"Written to both {batches}"]
    await assert_whole(it)


async def test_of_two_at_once_the_later_one_is_made(it: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "AT_ONCE", 20)
    await stock_up(it, list(books())[:100])
    done = await asyncio.gather(
        *(rebuilding.rebuild(it.db, it.store.id, engine(it)) for _ in range(3)), return_exceptions=True
    )
    assert [one for one in done if isinstance(one, int)]
    assert all(isinstance(one, int | Overtaken) for one in done)
    await assert_whole(it)


async def test_what_changed_between_reading_and_writing_is_not_overwritten(it: Alone) -> None:
    """The new index already has the later state, or has nothing because the product is gone."""
    one, other = product("Before the change"), product("Before its end")
    await stock_up(it, [one, other])
    async with it.db.transaction(it.store.id) as tx:
        begun = await rebuilding.index.begin(tx)
        read: list[Document] = await documents.page(tx, -1, 10_000)
    assert begun is not None
    assert begun.building is not None
    await it.given(renamed(one, "After the change"), key=one.product_id)
    await it.given(ProductDeleted(product_id=other.product_id, seller_id=other.seller_id), key=other.product_id)
    assert await engine(it).fill(it.db, it.store.id, begun.building, read)
    entries = await it.sql("SELECT name FROM entries WHERE generation = $1", begun.building)
    count = Counter(entry["name"] for entry in entries)
    assert count["after the change"] == 1
    assert not count["before the change"] + count["before its end"]
    await rebuilding.rebuild(it.db, it.store.id, engine(it))
    await assert_whole(it)
