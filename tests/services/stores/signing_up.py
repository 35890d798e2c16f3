"""Signing up, for the tests of the stores service: payments' part is played by the test."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec

from tests.harness import Alone
from tradehall.contracts.payments import InvoiceSettled
from tradehall.contracts.stores import InvoiceDue, SignupCodeIssued, Store
from tradehall.contracts.values import Event
from tradehall.kernel.ids import uuid7
from tradehall.kernel.sealing import unseal
from tradehall.kernel.stores import platform_store

PLATFORM = platform_store("localhost")
CYCLES = [{"months": 1}, {"months": 6, "discount": 5}, {"months": 12, "discount": 10}, {"months": 24, "discount": 20}]
PLANS: dict[str, dict[str, Any]] = {
    "small": {"name": "Small", "price": 1999, "limits": {"products": 2, "staff": 2, "warehouses": 1}},
    "large": {"name": "Large", "price": 5999, "theme": "mini", "position": 1},
    "given": {"name": "Given", "price": 0, "public": False, "position": 2},
}


async def with_plans(it: Alone) -> None:
    for code, plan in PLANS.items():
        body = {"cycles": CYCLES} | plan
        answer = await it.client("operator").put(f"/api/v1/platform/plans/{code}", json=body)
        assert answer.status_code == 200, answer.text


def wanted(**changes: Any) -> dict[str, Any]:
    unique = uuid4().hex[:10]
    body = {
        "email": f"{unique}@signups.example",
        "name": "Paper & Ink",
        "slug": f"s{unique}",
        "plan": "small",
        "months": 1,
        "payment": {"method": "card-simulated", "token": "tok_ok"},
        "total": {"amount": 1999, "currency": "USD"},
    }
    return body | changes


async def send(it: Alone, body: dict[str, Any], *, key: str = "") -> httpx.Response:
    return await it.client().post(
        "/api/v1/platform/signups", json=body, headers={"idempotency-key": key or uuid4().hex}
    )


async def begun(it: Alone, **changes: Any) -> Any:
    answer = await send(it, wanted(**changes))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def ask(it: Alone, signup: Any, action: str = "", body: Any = None) -> httpx.Response:
    url = f"/api/v1/platform/signups/{signup['id']}" + (f"/{action}" if action else "")
    params = {"token": signup["token"]}
    return await (it.client().post(url, json=body, params=params) if action else it.client().get(url, params=params))


def told(it: Alone, event: type[Event], store_id: UUID) -> list[Any]:
    return [
        msgspec.json.decode(payload, type=event)
        for at, name, payload in it.heard
        if name == event.event_name() and at == store_id
    ]


async def code_of(it: Alone, signup: Any) -> str:
    """The latest that was mailed."""
    await it.caught_up()
    issued = [e for e in told(it, SignupCodeIssued, PLATFORM.id) if str(e.signup_id) == signup["id"]][-1]
    return unseal(it.running.settings.secret, issued.code, about=str(issued.code_id))


async def proven(it: Alone, **changes: Any) -> tuple[Any, InvoiceDue]:
    """A signup that waits for its payment, and what it asks to be charged."""
    signup = await begun(it, **changes)
    answer = await ask(it, signup, "verify", {"code": await code_of(it, signup)})
    assert (answer.status_code, answer.json()["status"]) == (202, "charging"), answer.text
    return signup, (await asked(it, PLATFORM))[-1]


async def asked(it: Alone, store: Store) -> list[InvoiceDue]:
    await it.caught_up()
    return told(it, InvoiceDue, store.id)


async def settle(it: Alone, due: InvoiceDue, status: Any = "paid", store: Store = PLATFORM) -> InvoiceSettled:
    settled = InvoiceSettled(invoice_id=due.invoice_id, attempt=due.attempt, payment_id=uuid7(), status=status)
    await it.given(settled, key=due.invoice_id, store=store)
    return settled


async def open_store(it: Alone, **changes: Any) -> Store:
    """Signed up for and paid."""
    signup, due = await proven(it, **changes)
    await settle(it, due)
    return await store_of(it, signup)


async def store_of(it: Alone, signup: Any) -> Store:
    answer = await it.client("operator").get(f"/api/v1/stores/{signup['slug']}")
    assert answer.status_code == 200, answer.text
    store = msgspec.json.decode(answer.content, type=Store)
    it.running.stores.put(store)
    return store
