"""PostgreSQL's statistics follow what stores bring: soon where it is much, not at all where it is little."""

import pytest

from tests.harness import Alone, eventually
from tests.services.catalog.goods import a_seller, make
from tradehall.kernel import statistics
from tradehall.kernel.statistics import enough

SERVICE = "catalog"


@pytest.mark.parametrize(
    ("rows", "new"), [(-1, 1000), (0, 1000), (2000, 1000), (8000, 2000), (20_000, 5000), (10_000_000, 5000)]
)
def test_how_much_is_enough(rows: float, new: float) -> None:
    assert enough(rows) == new


async def analyzed(it: Alone, table: str) -> int:
    (row,) = await it.sql("SELECT pg_stat_get_analyze_count(to_regclass($1)) AS times", table)
    return int(row["times"])


async def test_a_table_that_has_grown_is_looked_at(it: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "LOOK", 0.05)
    monkeypatch.setattr(statistics, "MANY", 3)
    monkeypatch.setattr(statistics, "REST", 1)
    _, seller = await a_seller(it, "grower")

    async def looked() -> bool:
        await make(seller, tags=["grown"])
        return await analyzed(it, "products") > 0 and await analyzed(it, "product_tags") > 0

    assert await eventually(looked, 30)
    (row,) = await it.sql("SELECT reltuples FROM pg_class WHERE oid = 'product_tags'::regclass")
    assert row["reltuples"] >= 3
    assert await analyzed(it, "branches") == 0, "nothing was added to it"
