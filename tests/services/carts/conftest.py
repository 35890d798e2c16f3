"""All that is said of carts is said of both places where they may be kept."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.harness import Alone, alone
from tests.redis_server import RedisServer
from tradehall.app import load
from tradehall.kernel.settings import Settings


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    if not server.installed:
        pytest.skip("no redis-server: apt-get install redis-server, or set TRADEHALL_REDIS")
    yield server.start()
    server.kill()


@pytest.fixture(scope="module", params=["in PostgreSQL", "in Redis"])
async def it(
    request: pytest.FixtureRequest, servers: Settings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Alone]:
    url = request.getfixturevalue("redis_server").url if request.param == "in Redis" else ""
    async with alone(load(["carts"])[0], servers, Path(tmp_path_factory.mktemp("alone")), carts_url=url) as harness:
        yield harness
