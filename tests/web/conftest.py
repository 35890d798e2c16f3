"""The web alone, in front of an API that is kept in memory."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.harness import Alone, alone, together
from tests.web.browser import Browser
from tests.web.fake_api import FakeApi
from tradehall.app import load
from tradehall.kernel.settings import Settings


class Web:
    def __init__(self, it: Alone, api: FakeApi) -> None:
        self.it = it
        self.api = api

    def browser(self, **headers: str) -> Browser:
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.it.app),
            base_url=f"http://{self.api.store.hosts[0]}",
            headers={"accept": "text/html", **headers},
        )
        self.it.clients.append(client)
        return Browser(client)


@pytest.fixture(scope="module")
async def shop(
    request: pytest.FixtureRequest, servers: Settings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Web]:
    """The demo store that the module's STORE names."""
    (service,) = load(["web"])
    api = FakeApi(getattr(request.module, "STORE", "atlantic"))
    async with alone(service, servers, Path(tmp_path_factory.mktemp("web"))) as it:
        it.running.stores.put(api.store)
        api.sign = lambda *roles: it.token(*roles, store=api.store, lives=api.lives)
        asked = it.running.peers.client
        asked._transport = httpx.ASGITransport(api)
        yield Web(it, api)


@pytest.fixture(scope="module")
async def it(servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    """The web in front of the real accounts."""
    services = load(["identity", "notifications", "web"])
    folder = Path(tmp_path_factory.mktemp("accounts"))
    async with together(services, servers, folder, private_issuers=True) as accounts:
        yield accounts
