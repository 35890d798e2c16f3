"""Payments alone, with an account at a server that speaks Stripe's protocol. A module of tests imports the fixtures."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests import stripe_server
from tests.harness import Alone, alone
from tests.makers import placed
from tests.services.payments.paying import books
from tests.stripe_server import KEY, OK, WEBHOOK_SECRET, StripeServer
from tradehall.app import load
from tradehall.contracts.orders import OrderPlaced, PaymentChoice
from tradehall.contracts.values import Event
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings
from tradehall.services.payments import tasks

ACCOUNTS = "/api/v1/payments/accounts"
ACCOUNT = f"{ACCOUNTS}/stripe"
WEBHOOK = "/api/v1/payments/webhooks/stripe"


@pytest.fixture(scope="module")
def server() -> Iterator[StripeServer]:
    with stripe_server.running() as running:
        yield running


@pytest.fixture(scope="module")
async def it(servers: Settings, tmp_path_factory: pytest.TempPathFactory, server: StripeServer) -> AsyncIterator[Alone]:
    (service,) = load(["payments"])
    async with alone(service, servers, tmp_path_factory.mktemp("stripe"), stripe_url=server.url) as harness:
        assert (await account(harness)).status_code == 200
        yield harness


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch, server: StripeServer) -> None:
    monkeypatch.setattr(tasks, "ASK_AGAIN", timedelta(seconds=0.3))
    server.faults.clear()
    server.extra, server.refund_status = 0, "succeeded"


async def account(it: Alone, **changes: Any) -> Any:
    given = {"provider": "stripe", "secret_key": KEY, "webhook_secret": WEBHOOK_SECRET, **changes}
    return await it.client("store_admin").put(ACCOUNTS, json=given)


def by_stripe(token: str | None = OK, **changes: Any) -> OrderPlaced:
    return placed(payment=PaymentChoice(method="stripe", token=token), **changes)


async def tell(it: Alone, server: StripeServer, id: Any, kind: str = "payment_intent.succeeded", **signing: Any) -> int:
    body = server.event(id, kind, signing.pop("event_id", ""))
    return (await it.client().post(WEBHOOK, content=body, headers=server.signed(body, **signing))).status_code


async def hand_out(it: Alone, task: Event) -> None:
    await it.running.bus.publish([it._message(task, uuid7(), None)])


async def refund(it: Alone, order: OrderPlaced, amount: int | None = None, *, key: str = "", by: Any = None) -> Any:
    body = {"reason": "Broken"} | ({"amount": {"amount": amount, "currency": "USD"}} if amount else {})
    headers = {"idempotency-key": key or uuid7().hex}
    admin = by or it.client("store_admin")
    return await admin.post(f"/api/v1/payments/{order.order_id}/refunds", json=body, headers=headers)


async def agree(it: Alone, server: StripeServer) -> None:
    """Our books add up, and are those of the provider; nothing was given up."""
    assert await books(it) == []
    for row in await it.sql("SELECT id, status, captured, refunded FROM payments WHERE method = 'stripe'"):
        assert row["captured"] == server.taken(row["id"]), row
        if row["captured"]:
            assert row["refunded"] == server.intent_of(row["id"])["latest_charge"]["amount_refunded"], row
    assert await it.dead_letters() == []
