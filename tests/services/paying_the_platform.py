"""Stores and payments together, with an account of the platform at each provider's server. A module of tests imports the
fixtures."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.harness import Alone, eventually, together
from tests.providers import ProviderServer
from tests.providers.loopback import running
from tests.providers.midtrans import MidtransServer
from tests.providers.paypal import PayPalServer
from tests.providers.stripe import StripeServer
from tests.providers.xendit import XenditServer
from tests.services.stores.signing_up import PLATFORM, ask, begun, code_of, store_of, told
from tradehall.app import load
from tradehall.contracts.stores import Store, SubscriptionChanged
from tradehall.kernel.settings import Settings
from tradehall.services.payments import tasks

API = "/api/v1/platform/payments"
PRICE = 2_000_000  # of whole units in each currency there is
SERVERS: dict[str, type[Any]] = {
    "stripe": StripeServer,
    "paypal": PayPalServer,
    "xendit": XenditServer,
    "midtrans": MidtransServer,
}


@pytest.fixture(scope="module")
def servers_of_providers() -> Iterator[dict[str, Any]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(running(server)) for name, server in SERVERS.items()}


@pytest.fixture(scope="module")
async def it(
    servers: Settings, tmp_path_factory: pytest.TempPathFactory, servers_of_providers: dict[str, Any]
) -> AsyncIterator[Alone]:
    addresses = {f"{name}_url": server.url for name, server in servers_of_providers.items()}
    with pytest.MonkeyPatch.context() as environ:
        for server in servers_of_providers.values():
            for name, value in server.environ.items():
                environ.setenv(name, value)
        folder = tmp_path_factory.mktemp("bills")
        async with together(load(["stores", "payments"]), servers, folder, **addresses) as harness:
            operator = harness.client("operator")
            for currency in {"USD", *(server.currency for server in SERVERS.values())}:
                plan = {"name": "Plan", "price": PRICE, "currency": currency, "cycles": [{"months": 1}]}
                larger = plan | {"name": "Larger", "price": 2 * PRICE}
                for code, body in (("small", plan), ("large", larger)):
                    answer = await operator.put(f"/api/v1/platform/plans/{code}-{currency.lower()}", json=body)
                    assert answer.status_code == 200, answer.text
            for name, server in servers_of_providers.items():
                answer = await operator.put(f"{API}/accounts", json={"provider": name, **server.account})
                assert answer.status_code == 200, answer.text
            await with_terms(harness)
            yield harness


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, servers_of_providers: dict[str, Any]) -> ProviderServer:
    found: ProviderServer = servers_of_providers[request.param]
    found.faults.clear()
    found.extra, found.refunds_end = 0, "done"
    return found


@pytest.fixture
def stripe(servers_of_providers: dict[str, Any]) -> StripeServer:
    found: StripeServer = servers_of_providers["stripe"]
    found.faults.clear()
    found.extra, found.broke = 0, False
    return found


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "ASK_AGAIN", timedelta(seconds=0.3))


async def with_terms(it: Alone, **changes: Any) -> None:
    terms = {"methods": ["card-simulated", "stripe", "paypal", "xendit", "midtrans", "bank-slip"], **changes}
    answer = await it.client("operator").put("/api/v1/platform/terms", json=terms)
    assert answer.status_code == 200, answer.text
    details = await it.client("operator").put(f"{API}/bank-details", json={"text": "Tradehall, Bank of Fonte, 12-34"})
    assert details.status_code == 200


async def sign_up(it: Alone, method: str, currency: str = "USD", *, total: int = PRICE) -> Any:
    """Proven, and charged."""
    signup = await begun(
        it,
        plan=f"small-{currency.lower()}",
        payment={"method": method},
        total={"amount": total, "currency": currency},
    )
    answer = await ask(it, signup, "verify", {"code": await code_of(it, signup)})
    assert answer.status_code == 202, answer.text
    return signup


async def becomes(it: Alone, signup: Any, status: str) -> Any:
    async def so() -> Any:
        found = (await ask(it, signup)).json()
        return found if found["status"] == status else None

    return await eventually(so)


async def payments_for(it: Alone, invoice_id: UUID) -> list[Any]:
    sql = "SELECT * FROM payments WHERE invoice_id = $1 ORDER BY attempt"
    return await it.sql(sql, invoice_id, store=PLATFORM, service="payments")


async def payment_of(it: Alone, signup: Any) -> Any:
    """The last attempt."""
    (row,) = await it.sql("SELECT invoice_id FROM signups WHERE id = $1", signup["id"], store=PLATFORM)
    return (await payments_for(it, row["invoice_id"]))[-1]


async def tell(it: Alone, server: ProviderServer, payment_id: UUID, *, event_id: str = "", wrong: bool = False) -> int:
    body = server.told(payment_id, "paid", event_id)
    if wrong:
        body = server.spoilt(body)
    headers = server.signed(body, wrong=wrong)
    answer = await it.client().post(f"{API}/webhooks/{server.name}", content=body, headers=headers)
    return answer.status_code


async def signed_up(it: Alone, server: ProviderServer) -> Store:
    signup = await sign_up(it, server.name, server.currency)
    await becomes(it, signup, "waiting")
    payment = await payment_of(it, signup)
    assert server.pay(payment["id"])
    assert await tell(it, server, payment["id"]) == 204
    await becomes(it, signup, "opened")
    return await store_of(it, signup)


def admin(it: Alone, store: Store) -> Any:
    return it.client("store_admin", store=store, user_id=store.id)


async def subscription(it: Alone, store: Store) -> Any:
    answer = await admin(it, store).get("/api/v1/store/subscription")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def bills(it: Alone, store: Store) -> list[Any]:
    return list(reversed((await admin(it, store).get("/api/v1/store/invoices")).json()["items"]))


async def pay(it: Alone, store: Store, method: str) -> Any:
    due = (await subscription(it, store))["due"]
    headers = {"idempotency-key": uuid4().hex}
    body = {"total": due, "payment": {"method": method}}
    answer = await admin(it, store).post("/api/v1/store/subscription/pay", json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    return answer.json()


async def timer(it: Alone, store: Store) -> None:
    """Whatever the subscription waits for is now."""
    (row,) = await it.sql("SELECT next_at FROM subscriptions", store=store)
    await it.sql("UPDATE outbox SET available_at = now() WHERE type = 'RenewalDue' AND aggregateid = $1", str(store.id))

    async def moved() -> bool:
        (now,) = await it.sql("SELECT next_at FROM subscriptions", store=store)
        return bool(now["next_at"] != row["next_at"])

    await eventually(moved)


def changes(it: Alone, store: Store) -> list[str]:
    return [event.change for event in told(it, SubscriptionChanged, store.id)]


async def last_bill(it: Alone, store: Store, status: str) -> Any:
    async def so() -> Any:
        found = (await bills(it, store))[-1]
        return found if found["status"] == status else None

    return await eventually(so)


async def statement(it: Alone, *rows: tuple[str, str], currency: str = "USD") -> Any:
    csv = "\n".join(["Date,Text,Amount", *(f"2026-11-26,{text},{amount}" for text, amount in rows)])
    file = {"file": ("a.csv", csv.encode(), "text/csv")}
    answer = await it.client("operator").post(f"{API}/statements", files=file, params={"currency": currency})
    assert answer.status_code == 200, answer.text
    return answer.json()
