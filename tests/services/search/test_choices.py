"""Synonyms, pins and hidden products: who may choose them, what they do, and that nobody's change is lost."""

import pytest

from tests.harness import Alone
from tests.services.search.shelf import SEARCH, names, product, stock_up
from tradehall.contracts.search import SearchChanged
from tradehall.kernel.ids import uuid7

SERVICE = "search"


async def test_a_misspelt_word_has_the_synonyms_of_what_was_meant(it: Alone) -> None:
    """MeiliSearch forgives no mistake in a word that has synonyms."""
    await stock_up(it, [product("Grey couch"), product("Blue zorblax")])
    body = {"words": ["zorblax", "couch"]}
    assert (await it.client("store_admin").post(f"{SEARCH}/synonyms", json=body)).status_code == 201
    assert (await names(it.client(), "grey zorblex"))[0] == "Grey couch"


@pytest.mark.parametrize(
    "body",
    [{"words": []}, {"words": ["one"]}, {"words": ["same", "SAME"]}, {"words": ["-", "x"]}, {"words": ["a" * 101]}],
)
async def test_synonyms_that_mean_nothing_are_refused(it: Alone, body: dict[str, object]) -> None:
    assert (await it.client("store_admin").post(f"{SEARCH}/synonyms", json=body)).status_code == 422


async def test_a_pin_is_of_products_of_this_store(it: Alone) -> None:
    theirs = product("Their plate")
    await stock_up(it, [theirs], it.other)
    for id in (theirs.product_id, uuid7()):
        answer = await it.client("store_admin").post(f"{SEARCH}/pins", json={"query": "x", "products": [str(id)]})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "products[0]"


async def test_every_process_hears_of_it(it: Alone) -> None:
    before = [name for store_id, name, _ in it.heard if store_id == it.store.id].count(SearchChanged.event_name())
    await it.client("store_admin").post(f"{SEARCH}/synonyms", json={"words": ["p1", "p2"]})
    assert len(await it.published(SearchChanged, count=before + 1)) > before


async def test_a_change_is_in_the_audit_log(it: Alone) -> None:
    await it.client("store_admin").post(f"{SEARCH}/synonyms", json={"words": ["q1", "q2"]})
    rows = await it.sql("SELECT action, fields FROM audit ORDER BY id DESC LIMIT 1")
    assert (rows[0]["action"], rows[0]["fields"]) == ("add_synonyms", ["words"])
