"""Real servers for all tests: one PostgreSQL and one NATS per test process."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.harness import Alone, alone
from tradehall.app import load
from tradehall.kernel import embedded
from tradehall.kernel.settings import Settings


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    folder = tmp_path_factory.mktemp("servers")
    started = embedded.start(folder)
    yield Settings(
        data=str(folder),
        database_url=started.database_url,
        nats_url=started.nats_url,
        secret="test-secret-of-sufficient-length-0123",
        pool_size=4,
    )
    started.stop()


@pytest.fixture(scope="module")
async def it(request: pytest.FixtureRequest, servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    """The service that the module's SERVICE names, alone; its SETTINGS, if any, are changes to the settings."""
    (service,) = load([request.module.SERVICE])
    changes = getattr(request.module, "SETTINGS", {})
    async with alone(service, servers, Path(tmp_path_factory.mktemp("alone")), **changes) as harness:
        yield harness
