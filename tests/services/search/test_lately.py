"""Searches that were made lately, in PostgreSQL."""

import pytest

from tests.harness import Alone, eventually
from tests.services.search.shelf import names, product, stock_up
from tradehall.kernel.db import Tx
from tradehall.services.search.queries import index

SERVICE = "search"


async def test_the_same_words_are_looked_up_once_until_something_changes(
    it: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def match(tx: Tx, generation: int, query: str, name: str, sku: str) -> index.Match:
        asked.append(query)
        return await plain(tx, generation, query, name, sku)

    plain = index.match
    monkeypatch.setattr(index, "match", match)
    reader = it.client()
    await stock_up(it, [product(f"Copper kettle {number}", price=100 * number) for number in range(1, 6)])

    async def known() -> bool:
        """As soon as all vectors are made."""
        asked.clear()
        return len(await names(reader, "copper kettle", sort="price")) == 5 and not asked

    await eventually(known)
    assert len(await names(reader, "copper kettle", max_price=200)) == 2
    assert asked == []
    await stock_up(it, [product("Copper kettle 6", price=150)])
    assert len(await names(reader, "copper kettle", max_price=200)) == 3
    assert asked
