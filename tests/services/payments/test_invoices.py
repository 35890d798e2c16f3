"""The platform's invoices are charged as orders are: once per attempt, and never as an order."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from tests.harness import Alone, eventually
from tests.services.payments.paying import by_card, differences, reaches, start
from tradehall.contracts.payments import ChargeDue, InvoiceSettled, PaymentProcessed, PaymentUpdated
from tradehall.contracts.stores import InvoiceDue, Store
from tradehall.contracts.values import Event
from tradehall.kernel.ids import uuid7
from tradehall.kernel.stores import platform_store
from tradehall.services.payments import tasks
from tradehall.services.payments.model import Standing
from tradehall.services.payments.providers import simulated as provider
from tradehall.services.payments.providers.simulated import PLATFORM_WEBHOOK, SIGNATURE, sign

SERVICE = "payments"
PLATFORM = platform_store("localhost")


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "ASK_AGAIN", timedelta(seconds=0.4))
    monkeypatch.setattr(provider, "LATE", timedelta(seconds=0.3))


def due(token: str | None = "tok_ok", **changes: Any) -> InvoiceDue:
    given = {"invoice_id": uuid7(), "attempt": 1, "amount": 1999, "currency": "USD", "method": "card-simulated"}
    return InvoiceDue(**{**given, "token": token, **changes})


async def charge(it: Alone, invoice: InvoiceDue, store: Store = PLATFORM) -> None:
    await it.given(invoice, key=invoice.invoice_id, store=store)


def settled(it: Alone, invoice: InvoiceDue) -> list[tuple[int, str]]:
    told = [
        msgspec.json.decode(payload, type=InvoiceSettled)
        for _, name, payload in it.heard
        if name == InvoiceSettled.event_name()
    ]
    return [(event.attempt, event.status) for event in told if event.invoice_id == invoice.invoice_id]


async def becomes(it: Alone, invoice: InvoiceDue, *wanted: tuple[int, str]) -> None:
    async def told() -> bool:
        return settled(it, invoice) == list(wanted)

    await eventually(told)
    await it.idle()
    assert settled(it, invoice) == list(wanted)


async def payments_of(it: Alone, invoice: InvoiceDue) -> list[Any]:
    """The platform's, whichever store pays."""
    sql = "SELECT * FROM payments WHERE invoice_id = $1 ORDER BY attempt"
    return await it.sql(sql, invoice.invoice_id, store=PLATFORM)


@pytest.mark.parametrize(
    ("token", "told"),
    [
        ("tok_ok", "paid"),
        ("tok_declined", "declined"),
        ("tok_timeout", "paid"),
        ("tok_late", "paid"),
        ("tok_twice", "paid"),
        (None, "declined"),
    ],
)
@pytest.mark.parametrize("who", ["platform", "store"])
async def test_each_card_is_charged_once_and_told_once(it: Alone, token: str | None, told: str, who: str) -> None:
    store = PLATFORM if who == "platform" else it.store
    invoice = due(token)
    await charge(it, invoice, store)
    await becomes(it, invoice, (1, told))
    (payment,) = await payments_of(it, invoice)
    (charged,) = await it.sql("SELECT * FROM simulated_charges WHERE key = $1", payment["id"], store=PLATFORM)
    assert [at for at, name, _ in it.heard if name == InvoiceSettled.event_name()][-1] == store.id
    assert (charged["amount"], payment["captured"]) == (1999, 1999 if told == "paid" else 0)
    assert payment["token"] is None
    assert payment["order_id"] is None


def about_orders(it: Alone, since: int) -> list[str]:
    names: set[str] = {PaymentProcessed.event_name(), PaymentUpdated.event_name()}
    return [name for _, name, _ in it.heard[since:] if name in names]


async def test_orders_hear_nothing_of_an_invoice(it: Alone) -> None:
    await it.caught_up()
    since = len(it.heard)
    for token in ("tok_ok", "tok_declined"):
        invoice = due(token)
        await charge(it, invoice, it.store)
        await becomes(it, invoice, (1, "paid" if token == "tok_ok" else "declined"))
    assert about_orders(it, since) == []


async def test_the_same_attempt_is_charged_once_however_often_it_is_asked_for(it: Alone) -> None:
    invoice = due()
    await asyncio.gather(*(charge(it, invoice) for _ in range(4)))
    await becomes(it, invoice, (1, "paid"))
    (payment,) = await payments_of(it, invoice)
    task: Event = ChargeDue(payment_id=payment["id"])
    await it.running.bus.publish([it._message(task, uuid7(), PLATFORM)])
    await becomes(it, invoice, (1, "paid"))
    charged = await it.sql("SELECT * FROM simulated_charges WHERE key = $1", payment["id"], store=PLATFORM)
    assert [row["outcome"] for row in charged] == ["succeeded"]


async def test_a_declined_attempt_may_be_followed_by_another_that_is_paid(it: Alone) -> None:
    first = due("tok_declined")
    await charge(it, first)
    await becomes(it, first, (1, "declined"))
    await charge(it, msgspec.structs.replace(first, attempt=2, token="tok_ok"))
    await becomes(it, first, (1, "declined"), (2, "paid"))
    assert [row["status"] for row in await payments_of(it, first)] == ["declined", "paid"]


async def test_money_that_arrives_after_all_for_a_declined_attempt_goes_back_and_is_not_told(it: Alone) -> None:
    first = due("tok_declined")
    await charge(it, first)
    await becomes(it, first, (1, "declined"))
    await charge(it, msgspec.structs.replace(first, attempt=2, token="tok_ok"))
    await becomes(it, first, (1, "declined"), (2, "paid"))
    late, _ = await payments_of(it, first)
    assert await tell(it, late["id"]) == 204

    async def back() -> bool:
        return bool((await payments_of(it, first))[0]["status"] == "refunded")

    await eventually(back)
    await becomes(it, first, (1, "declined"), (2, "paid"))


async def tell(it: Alone, payment_id: UUID, *, secret: str = "") -> int:
    """The provider's webhook, that it succeeded."""
    body = msgspec.json.encode(Standing(key=payment_id, state="captured", amount=1999, currency="USD"))
    headers = {SIGNATURE: sign(secret or it.running.settings.secret, body), "content-type": "application/json"}
    return (await it.client().post(PLATFORM_WEBHOOK, content=body, headers=headers)).status_code


async def test_the_platforms_webhook_wants_the_signature(it: Alone) -> None:
    assert await tell(it, uuid7(), secret="guess") == 401


async def test_an_invoice_cannot_be_paid_by_two_payments(it: Alone) -> None:
    first = due("tok_declined")
    await charge(it, first)
    await becomes(it, first, (1, "declined"))
    await charge(it, msgspec.structs.replace(first, attempt=2, token="tok_ok"))
    await becomes(it, first, (1, "declined"), (2, "paid"))
    with pytest.raises(asyncpg.UniqueViolationError, match="invoice_paid_once"):
        await it.sql(
            "UPDATE payments SET status = 'paid', captured = amount WHERE invoice_id = $1",
            first.invoice_id,
            store=PLATFORM,
        )


async def test_what_a_store_pays_is_not_among_what_it_sells(it: Alone) -> None:
    invoice = due()
    await charge(it, invoice, it.store)
    await becomes(it, invoice, (1, "paid"))
    order = await start(it, by_card())
    await reaches(it, order, "paid")
    (payment,) = await payments_of(it, invoice)
    admin = it.client("store_admin")
    listed = (await admin.get("/api/v1/payments", params={"limit": 100})).json()["items"]
    assert str(payment["id"]) not in {row["id"] for row in listed}
    assert str(order.order_id) in {row["order_id"] for row in listed}
    for action in ("approve", "reject", "refunded"):
        for id in (payment["id"], invoice.invoice_id):
            answer = await admin.post(f"/api/v1/payments/{id}/{action}", json={"note": ""})
            assert answer.status_code == 404
    assert (await admin.get(f"/api/v1/payments/{invoice.invoice_id}")).status_code == 404
    assert await differences(it) == []
