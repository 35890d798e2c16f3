"""Orders against the book of sales, and orders from before there was one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.harness import Alone, alone
from tests.services.orders.test_cancelling_parts import bought, cancel
from tradehall import booking, reconciling
from tradehall.app import load
from tradehall.contracts.shipping import Rate, ShippingRatesChanged
from tradehall.kernel import provision
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings


@pytest.fixture(scope="module")
async def it(servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    """Orders, with a book that hears nothing of them."""
    orders, analytics = load(["orders", "analytics"])
    async with alone(orders, servers, Path(tmp_path_factory.mktemp("orders"))) as running:
        await provision.migrate(running.running.settings, [orders, analytics])
        yield running


async def test_what_the_book_does_not_know_is_found_and_booked(it: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciling, "PATIENCE", 0.0)
    rates = ShippingRatesChanged(rates=[Rate(code="standard", name="Standard", price=300)])
    await it.given(rates, key=uuid7())
    whole, part = await bought(it, 2), await bought(it, 3, 1)
    answer = await cancel(it.client("store_admin"), part, (part["lines"][0], 1))
    assert answer.status_code == 200, answer.text
    settings = it.running.settings
    found = await reconciling.compare(settings, it.store)
    assert {str(one.id) for one in found.differences} == {whole["id"], part["id"]}
    assert found.booked == 0
    ids = [one.id for one in found.differences]
    assert await booking.book(settings, it.store, ids) == 2
    now = await reconciling.compare(settings, it.store)
    assert (now.differences, now.booked) == ([], found.amount)
    assert await booking.book(settings, it.store, ids) == 0
    assert await reconciling.compare(settings, it.store) == now
    assert (await reconciling.compare(settings, it.other)).orders == 0
