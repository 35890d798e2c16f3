"""Payments alone, with an account at a server that speaks a provider's protocol. A module of tests imports the fixtures, and
runs for each provider. All amounts are of whole units: some providers know no smaller ones."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from tests.harness import Alone, alone
from tests.makers import an_address, placed
from tests.providers import ProviderServer, Told, Way
from tests.providers.loopback import running
from tests.providers.midtrans import MidtransServer
from tests.providers.pagarme import BoletoServer, PagarmeServer, PixServer
from tests.providers.paypal import PayPalServer
from tests.providers.stripe import StripeServer
from tests.providers.xendit import XenditAccounts, XenditServer
from tests.services.payments.paying import books, reaches, start
from tradehall.app import load
from tradehall.contracts.orders import OrderPlaced
from tradehall.contracts.values import Event
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings
from tradehall.services.payments import tasks

PHONE = "+55 (11) 98765-4321"
ACCOUNTS = "/api/v1/payments/accounts"
SERVERS: dict[str, type[Any]] = {
    "stripe": StripeServer,
    "paypal": PayPalServer,
    "pagarme": PagarmeServer,
    "pagarme-pix": PixServer,
    "pagarme-boleto": BoletoServer,
    "xendit": XenditServer,
    "xendit-va": XenditAccounts,
    "midtrans": MidtransServer,
}


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[ProviderServer]:
    with running(SERVERS[request.param]) as made:
        yield made


@pytest.fixture(scope="module")
async def it(
    servers: Settings, tmp_path_factory: pytest.TempPathFactory, server: ProviderServer
) -> AsyncIterator[Alone]:
    (service,) = load(["payments"])
    address = {f"{server.name}_url": server.url}
    with pytest.MonkeyPatch.context() as environ:
        for name, value in server.environ.items():
            environ.setenv(name, value)
        async with alone(service, servers, tmp_path_factory.mktemp(server.name), **address) as harness:
            for store in (harness.store, harness.other):
                harness.running.stores.put(msgspec.structs.replace(store, currency=server.currency))
            harness.store = msgspec.structs.replace(harness.store, currency=server.currency)
            harness.other = msgspec.structs.replace(harness.other, currency=server.currency)
            answer = await account(harness, server)
            assert answer.status_code == 200, answer.text
            yield harness


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch, server: ProviderServer) -> None:
    monkeypatch.setattr(tasks, "ASK_AGAIN", timedelta(seconds=0.3))
    server.faults.clear()
    server.extra, server.refunds_end = 0, "done"


async def account(it: Alone, server: ProviderServer, **changes: Any) -> Any:
    given = {"provider": server.name, **server.account, **changes}
    return await it.client("store_admin").put(ACCOUNTS, json=given)


def offers(server: ProviderServer, *ways: Way) -> None:
    """Skips where the provider has no such way."""
    if missing := set(ways) - set(server.ways):
        pytest.skip(f"not at {server.name}: {', '.join(sorted(missing))}")


def usual(server: ProviderServer) -> Way:
    """The shortest way to a payment."""
    return "token" if "token" in server.ways else "page"


def order_by(server: ProviderServer, way: Way, **changes: Any) -> OrderPlaced:
    return placed(payment=server.ways[way], currency=server.currency, address=an_address(phone=PHONE), **changes)


async def waiting(it: Alone, server: ProviderServer, **changes: Any) -> tuple[OrderPlaced, Any]:
    """An order whose buyer has to pay, and its payment."""
    order = await start(it, order_by(server, "page", **changes))
    return order, await reaches(it, order, "action")


async def paid(it: Alone, server: ProviderServer, status: str = "paid", **changes: Any) -> tuple[OrderPlaced, Any]:
    """By the shortest way; `status` where the money is only held."""
    order = await start(it, order_by(server, usual(server), **changes))
    if usual(server) == "page":
        found = await reaches(it, order, "action")
        assert server.pay(found["id"])
        assert await tell(it, server, found["id"]) == 204
    return order, await reaches(it, order, status)


async def tell(
    it: Alone, server: ProviderServer, id: UUID, kind: Told = "paid", *, event_id: str = "", **signing: Any
) -> int:
    body = server.told(id, kind, event_id)
    if signing.get("wrong"):
        body = server.spoilt(body)
    return await send(it, server, body, server.signed(body, **signing))


async def send(it: Alone, server: ProviderServer, body: bytes, headers: Any, *, store: Any = None) -> int:
    answer = await it.client(store=store).post(webhook_of(server), content=body, headers=headers)
    return answer.status_code


def webhook_of(server: ProviderServer) -> str:
    return f"/api/v1/payments/webhooks/{server.name}"


async def hand_out(it: Alone, task: Event) -> None:
    await it.running.bus.publish([it._message(task, uuid7(), None)])


async def refund(it: Alone, order: OrderPlaced, amount: int | None = None, *, key: str = "", by: Any = None) -> Any:
    body = {"reason": "Broken"} | ({"amount": {"amount": amount, "currency": order.currency}} if amount else {})
    headers = {"idempotency-key": key or uuid7().hex}
    admin = by or it.client("store_admin")
    return await admin.post(f"/api/v1/payments/{order.order_id}/refunds", json=body, headers=headers)


async def agree(it: Alone, server: ProviderServer) -> None:
    """Our books add up, and are those of the provider; nothing was given up."""
    assert await books(it) == []
    methods = [choice.method for choice in server.ways.values()]
    for row in await it.sql("SELECT id, status, captured, refunded FROM payments WHERE method = ANY($1)", methods):
        assert row["captured"] == server.taken(row["id"]), row
        if row["captured"]:
            assert row["refunded"] == server.given_back(row["id"]), row
    assert await it.dead_letters() == []
