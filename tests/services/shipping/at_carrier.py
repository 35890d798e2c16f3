"""Shipping alone, with accounts at a carrier's server. A module of tests imports the fixtures."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests import carrier_server
from tests.carrier_server import KEY, WEBHOOK_SECRET, CarrierServer
from tests.harness import Alone, alone
from tests.services.shipping.carried import opened
from tradehall.app import load
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings
from tradehall.services.shipping import tasks


@pytest.fixture(scope="module")
def server() -> Iterator[CarrierServer]:
    with carrier_server.running() as running:
        yield running


@pytest.fixture(scope="module")
async def it(
    servers: Settings, tmp_path_factory: pytest.TempPathFactory, server: CarrierServer
) -> AsyncIterator[Alone]:
    (service,) = load(["shipping"])
    async with alone(service, servers, tmp_path_factory.mktemp("carrier"), private_carriers=True) as harness:
        yield harness


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch, server: CarrierServer) -> None:
    monkeypatch.setattr(tasks, "ASK_AGAIN", timedelta(seconds=0.2))
    server.faults.clear()
    server.meanwhile, server.forgets_keys = None, False


@pytest.fixture
async def code(it: Alone, server: CarrierServer) -> str:
    return await opened(it, an_account(server))


def an_account(server: CarrierServer, **changes: Any) -> dict[str, Any]:
    keys = {"url": server.url, "api_key": KEY, "webhook_secret": WEBHOOK_SECRET}
    return {"carrier": "http", "name": "Gull Post", "services": ["standard", "express"], **keys, **changes}


async def reference_of(it: Alone, shipment_id: UUID) -> str:
    (row,) = await it.sql("SELECT id FROM bookings WHERE shipment_id = $1 AND status <> 'refused'", shipment_id)
    return str(row["id"])


async def tell(it: Alone, code: str, body: bytes, **signing: Any) -> int:
    client = it.client()
    path = f"/api/v1/shipping/webhooks/{code}"
    return (await client.post(path, content=body, headers=CarrierServer.signed(body, **signing))).status_code


async def hand_out(it: Alone, task: Any) -> None:
    await it.running.bus.publish([it._message(task, uuid7(), None)])
