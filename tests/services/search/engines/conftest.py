"""One suite for every engine: each module runs with the index in PostgreSQL, and with MeiliSearch."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.harness import Alone, alone
from tests.meilisearch import Meilisearch
from tests.providers.loopback import running
from tests.services.search.engines import KEY, settled
from tradehall.app import load
from tradehall.kernel.settings import Settings


@pytest.fixture(scope="module", params=["postgres", "meilisearch"])
def server(request: pytest.FixtureRequest) -> Iterator[Meilisearch | None]:
    if request.param == "postgres":
        yield None
        return
    with running(lambda: Meilisearch(KEY)) as server:  # type: ignore[arg-type]
        yield server


@pytest.fixture(scope="module")
async def it(
    server: Meilisearch | None, servers: Settings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Alone]:
    """What it is given is in the engine when that returns."""
    (service,) = load(["search"])
    changes = {"meilisearch_url": server.url, "meilisearch_key": KEY} if server else {}
    async with alone(service, servers, tmp_path_factory.mktemp("search"), **changes) as it:
        for name in ("given", "given_all"):
            setattr(it, name, _settling(it, getattr(it, name)))
        yield it


def _settling(it: Alone, give: Any) -> Any:
    async def given(*args: Any, **more: Any) -> Any:
        found = await give(*args, **more)
        await settled(it)
        return found

    return given
