from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.harness import Alone, alone
from tests.kernel import shop as shop_package
from tests.kernel.shop import subscribers
from tradehall.contracts.stores import Store
from tradehall.kernel.bus import nats
from tradehall.kernel.runtime import Running
from tradehall.kernel.settings import Settings


@pytest.fixture(scope="module")
async def shop(servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    """The test service, with a broker that forgets ids at once (so that only the inbox keeps an event from counting
    twice) and hands an unacknowledged task out again after a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nats, "DEDUPLICATE", timedelta(milliseconds=100))
        patch.setattr(nats, "ACK_WAIT", timedelta(seconds=1))
        async with alone(shop_package.service, servers, Path(tmp_path_factory.mktemp("shop"))) as it:
            yield it


@pytest.fixture(autouse=True)
def no_trouble() -> None:
    subscribers.trouble.clear()
    subscribers.tries.clear()
    subscribers.runs.clear()
    subscribers.contexts.clear()
    subscribers.most_at_once = 0


@pytest.fixture
async def another_process(shop: Alone) -> AsyncIterator[Callable[[], "Running"]]:
    """Makes what a second process of the shop would run; the test starts it, the fixture stops it."""
    made: list[Running] = []

    async def stores() -> list[Store]:
        return [shop.store, shop.other]

    def make() -> Running:
        running = Running(shop.running.settings, [shop.service], "second")
        running.stores._fetch = stores
        made.append(running)
        return running

    yield make
    for running in made:
        if not running.stopping:
            await running.stop()
