"""Cards that succeed, are declined, time out, answer late or twice: charged at most once, never without an order."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from tests.harness import Alone, eventually
from tests.makers import LINK
from tests.services.payments.paying import (
    by,
    by_card,
    cancel,
    cancelled,
    charge_of,
    differences,
    outcomes,
    payment,
    reaches,
    start,
    validated,
)
from tradehall.contracts.orders import OrderDelivered, OrderPlaced
from tradehall.contracts.payments import ChargeDue, PaymentCheckDue, PaymentProcessed, PaymentUpdated, RefundDue
from tradehall.contracts.values import Event
from tradehall.kernel.ids import uuid7
from tradehall.services.payments import tasks
from tradehall.services.payments.model import Refund, Standing
from tradehall.services.payments.providers import Charge, Returned
from tradehall.services.payments.providers import simulated as provider
from tradehall.services.payments.providers.simulated import SIGNATURE, WEBHOOK, Simulated, sign

SERVICE = "payments"


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "ASK_AGAIN", timedelta(seconds=0.4))
    monkeypatch.setattr(provider, "LATE", timedelta(seconds=0.3))


async def tell(it: Alone, id: UUID, state: Any, *, amount: int = 0, secret: str = "", **changes: Any) -> int:
    """A webhook, as the provider sends it."""
    body = msgspec.json.encode(Standing(key=id, state=state, amount=amount, currency="USD"))
    headers = {SIGNATURE: sign(secret or it.running.settings.secret, body), "content-type": "application/json"}
    return (await it.client(**changes).post(WEBHOOK, content=body, headers=headers)).status_code


async def hand_out(it: Alone, task: Event) -> None:
    """A task once more, as a broker may do it."""
    await it.running.bus.publish([it._message(task, uuid7(), None)])


@pytest.mark.parametrize(
    ("token", "status", "told"),
    [
        ("tok_ok", "paid", ["SUCCESS"]),
        ("tok_declined", "declined", ["FAILED"]),
        ("tok_unheard_of", "declined", ["FAILED"]),
        ("tok_timeout", "paid", ["SUCCESS"]),
        ("tok_late", "paid", ["SUCCESS"]),
        ("tok_twice", "paid", ["SUCCESS"]),
    ],
)
async def test_each_card_is_charged_at_most_once(it: Alone, token: str, status: str, told: list[str]) -> None:
    order = await start(it, by_card(token))
    found = await reaches(it, order, status)
    await it.idle()
    assert outcomes(it, order) == told
    assert found["captured"] == (order.total if status == "paid" else 0)
    assert found["token"] is None
    assert (await charge_of(it, order))["amount"] == order.total
    assert await differences(it) == []


async def test_what_is_told_carries_the_amount(it: Alone) -> None:
    order = await start(it, by_card(total=1999, subtotal=1999))
    await reaches(it, order, "paid")
    told = [e for e in await it.published(PaymentProcessed) if e.order_id == order.order_id]
    assert [(str(e.amount), e.payment_status) for e in told] == [("19.99", "SUCCESS")]
    updates = [e.status for e in await it.published(PaymentUpdated) if e.order_id == order.order_id]
    assert updates == ["paid"]


async def test_many_charges_at_once_are_one_each(it: Alone) -> None:
    orders = [by_card() for _ in range(40)]
    await it.given_all([(order, order.order_id) for order in orders])
    await it.given_all([(validated(order), order.order_id) for order in orders])
    for order in orders:
        await reaches(it, order, "paid")
    await it.idle()
    assert all(outcomes(it, order) == ["SUCCESS"] for order in orders)
    assert await differences(it) == []


async def test_tasks_handed_out_again_change_nothing(it: Alone) -> None:
    paid, refunded, declined = [await start(it, by_card(t)) for t in ("tok_ok", "tok_ok", "tok_declined")]
    await reaches(it, paid, "paid")
    await reaches(it, declined, "declined")
    await reaches(it, refunded, "paid")
    await cancel(it, refunded)
    await reaches(it, refunded, "refunded")
    before = [tuple(await payment(it, order)) for order in (paid, refunded, declined)]
    for order in (paid, refunded, declined):
        id = (await payment(it, order))["id"]
        for task in (ChargeDue, RefundDue, PaymentCheckDue):
            await hand_out(it, task(payment_id=id))
    await it.idle()
    await asyncio.sleep(0.3)
    assert [tuple(await payment(it, order)) for order in (paid, refunded, declined)] == before
    assert await differences(it) == []


async def test_a_task_about_nothing_is_done(it: Alone) -> None:
    for task in (ChargeDue, RefundDue, PaymentCheckDue):
        await hand_out(it, task(payment_id=uuid7()))
    await it.idle()
    assert await it.dead_letters() == []


async def test_cancelled_before_the_goods_were_held_is_never_charged(it: Alone) -> None:
    order = by_card()
    await it.given(order, key=order.order_id)
    await cancel(it, order)
    await it.given(validated(order), key=order.order_id)
    await it.idle()
    assert (await payment(it, order))["status"] == "void"
    assert await charge_of(it, order) is None
    assert outcomes(it, order) == []


async def test_cancelled_before_the_charge_is_never_charged(it: Alone) -> None:
    order = by_card()
    # In one batch, so that the charge is due and the order gone in the same commit.
    await it.given_all([(event, order.order_id) for event in (order, validated(order), cancelled(order))])
    await reaches(it, order, "declined")
    assert await charge_of(it, order) is None
    assert await differences(it) == []


class Gate:
    """Holds charges back, before or after the provider has booked them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, booked: bool) -> None:
        self.reached, self.open = asyncio.Event(), asyncio.Event()
        charge = Simulated.charge

        async def held(this: Simulated, asked: Charge, reference: str) -> Standing:
            answer = await charge(this, asked, reference) if booked else None
            self.reached.set()
            await self.open.wait()
            return answer or await charge(this, asked, reference)

        monkeypatch.setattr(Simulated, "charge", held)


@pytest.mark.parametrize("booked", [False, True])
async def test_cancelled_while_being_charged_is_refunded(
    it: Alone, monkeypatch: pytest.MonkeyPatch, booked: bool
) -> None:
    gate = Gate(monkeypatch, booked=booked)
    order = await start(it, by_card())
    await gate.reached.wait()
    await cancel(it, order)
    gate.open.set()
    found = await reaches(it, order, "refunded")
    assert found["captured"] == found["refunded"] == order.total
    assert (await charge_of(it, order))["refunded"] == order.total
    await it.idle()
    assert outcomes(it, order) == []
    assert await differences(it) == []


async def test_a_charge_that_outlives_the_reapers_verdict_is_refunded(
    it: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reaper finds no charge of a cancelled order, settles it as never made, and only then the charge is booked."""
    gate = Gate(monkeypatch, booked=False)
    order = await start(it, by_card())
    await gate.reached.wait()
    await cancel(it, order)
    await hand_out(it, PaymentCheckDue(payment_id=(await payment(it, order))["id"]))
    await reaches(it, order, "declined")
    gate.open.set()
    await reaches(it, order, "refunded")
    assert (await charge_of(it, order))["refunded"] == order.total
    assert await differences(it) == []


@pytest.mark.parametrize("token", ["tok_ok", "tok_timeout", "tok_late", "tok_twice"])
async def test_cancelled_after_the_charge_is_refunded_once(it: Alone, token: str) -> None:
    order = await start(it, by_card(token))
    await reaches(it, order, "paid")
    await cancel(it, order)
    found = await reaches(it, order, "refunded")
    await it.redeliver([m for m in it.sent if m.key == str(order.order_id)])
    await it.idle()
    assert (found["captured"], found["refunded"]) == (order.total, order.total)
    assert (await charge_of(it, order))["refunded"] == order.total
    assert outcomes(it, order) == ["SUCCESS"]
    assert await differences(it) == []


@pytest.mark.parametrize("token", ["tok_timeout", "tok_late"])
async def test_cancelled_while_the_outcome_is_unknown_is_refunded(it: Alone, token: str) -> None:
    order = await start(it, by_card(token))

    async def charged() -> Any:
        return await charge_of(it, order)

    await eventually(charged)
    await cancel(it, order)
    await reaches(it, order, "refunded")
    await it.idle()
    assert await differences(it) == []


async def test_a_crash_between_charge_and_record_charges_once(it: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    charge, crashed = Simulated.charge, set()

    async def crash_once(this: Simulated, asked: Charge, reference: str) -> Standing:
        answer = await charge(this, asked, reference)
        if asked.key not in crashed:
            crashed.add(asked.key)
            raise RuntimeError("the process died here")
        return answer

    monkeypatch.setattr(Simulated, "charge", crash_once)
    orders = [by_card(token) for token in ("tok_ok", "tok_ok", "tok_declined")]
    await it.given_all([(event, o.order_id) for o in orders for event in (o, validated(o))])
    for order, status in zip(orders, ("paid", "paid", "declined"), strict=True):
        await reaches(it, order, status)
        assert (await charge_of(it, order))["calls"] > 1
    await it.idle()
    assert [outcomes(it, order) for order in orders] == [["SUCCESS"], ["SUCCESS"], ["FAILED"]]
    assert await differences(it) == []


async def test_a_crash_between_refund_and_record_refunds_once(it: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    order = await start(it, by_card())
    await reaches(it, order, "paid")
    refund, crashed = Simulated.refund, []

    async def crash_once(this: Simulated, key: UUID, reference: str, asked: Refund) -> Returned:
        answer = await refund(this, key, reference, asked)
        if not crashed:
            crashed.append(key)
            raise RuntimeError("the process died here")
        return answer

    monkeypatch.setattr(Simulated, "refund", crash_once)
    await cancel(it, order)
    await reaches(it, order, "refunded")
    assert crashed
    assert (await charge_of(it, order))["refunded"] == order.total


async def test_webhooks_are_signed(it: Alone) -> None:
    order = await start(it, by_card("tok_declined"))
    id = (await reaches(it, order, "declined"))["id"]
    assert await tell(it, id, "captured", secret="another secret") == 401
    for headers in ({}, {SIGNATURE: ""}, {SIGNATURE: "é"}, {SIGNATURE: "0" * 64}):
        body = msgspec.json.encode(Standing(key=id, state="captured", amount=1999, currency="USD"))
        sent = {k: v.encode("latin-1") for k, v in headers.items()}
        assert (await it.client().post(WEBHOOK, content=body, headers=sent)).status_code == 401
    assert (await payment(it, order))["status"] == "declined"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"key":"x"}', b"\xff", b'{"key":1,"state":3}'])
async def test_signed_nonsense_is_422(it: Alone, body: bytes) -> None:
    headers = {SIGNATURE: sign(it.running.settings.secret, body)}
    answer = await it.client().post(WEBHOOK, content=body, headers=headers)
    assert answer.status_code == 422


async def test_webhooks_duplicate_reordered_and_of_strangers_change_nothing(it: Alone) -> None:
    order = await start(it, by_card())
    before = await reaches(it, order, "paid")
    for state in ("captured", "declined", "pending", "captured", "declined"):
        assert await tell(it, before["id"], state, amount=order.total) == 204
    assert await tell(it, before["id"], "declined", store=it.other) == 204
    assert await tell(it, uuid7(), "captured", amount=1) == 204
    await it.idle()
    assert await payment(it, order) == before
    assert outcomes(it, order) == ["SUCCESS"]


async def test_a_webhook_before_the_answer_settles_and_the_answer_changes_nothing(
    it: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch, booked=True)
    order = await start(it, by_card())
    await gate.reached.wait()
    assert await tell(it, (await payment(it, order))["id"], "captured", amount=order.total) == 204
    assert (await payment(it, order))["status"] == "paid"
    gate.open.set()
    await it.idle()
    assert outcomes(it, order) == ["SUCCESS"]
    assert await differences(it) == []


async def test_a_webhook_after_the_order_ended_gives_the_money_back(it: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(monkeypatch, booked=True)
    order = await start(it, by_card())
    await gate.reached.wait()
    await cancel(it, order)
    assert await tell(it, (await payment(it, order))["id"], "captured", amount=order.total) == 204
    await reaches(it, order, "refunded")
    gate.open.set()
    await it.idle()
    assert await differences(it) == []


async def test_cash_on_delivery_lets_the_order_go_on_and_captures_nothing(it: Alone) -> None:
    order = await start(it, by("cash-on-delivery"))
    found = await reaches(it, order, "promised")
    assert found["captured"] == 0
    await cancel(it, order)
    assert (await payment(it, order))["status"] == "void"
    await it.idle()
    assert outcomes(it, order) == ["SUCCESS"]


async def test_cash_on_delivery_is_paid_when_the_goods_arrive(it: Alone) -> None:
    order = await start(it, by("cash-on-delivery"))
    await reaches(it, order, "promised")
    for _ in range(2):
        await it.given(OrderDelivered(order_id=order.order_id), key=order.order_id)
        assert (await reaches(it, order, "paid"))["captured"] == order.total
    card = await start(it, by_card())
    await reaches(it, card, "paid")
    await it.given(OrderDelivered(order_id=card.order_id), key=card.order_id)
    assert (await payment(it, card))["captured"] == card.total
    await it.idle()
    assert outcomes(it, order) == ["SUCCESS"]
    assert await differences(it) == []


async def test_an_order_that_is_not_valid_is_never_charged(it: Alone) -> None:
    order = by_card()
    await it.given(order, key=order.order_id)
    refused = msgspec.structs.replace(validated(order), is_valid=False, validation_errors=["Out of stock."])
    await it.given(refused, key=order.order_id)
    await cancel(it, order)
    assert (await payment(it, order))["status"] == "void"
    assert await charge_of(it, order) is None


async def test_the_database_itself_refuses_money_that_does_not_add_up(it: Alone) -> None:
    order = await start(it, by_card())
    await reaches(it, order, "paid")
    for change in (
        "captured = amount + 1",
        "refunded = captured + 1",
        "captured = 0",
        "token = '4111111111111111'",
        "refunding = 1, refunded = captured",
    ):
        with pytest.raises(Exception, match="violates check constraint"):
            await it.sql(f"UPDATE payments SET {change} WHERE order_id = $1", order.order_id)
    for sql in (
        "UPDATE provider_events SET outcome = 'x'",
        "DELETE FROM provider_events",
        "UPDATE entries SET amount = 1",
        "DELETE FROM entries",
    ):
        with pytest.raises(Exception, match="permission denied"):
            await it.sql(sql)


async def test_whoever_may_not_sees_no_payment(it: Alone) -> None:
    user = uuid7()
    order: OrderPlaced = await start(it, by_card(customer_id=user))
    path = f"/api/v1/payments/{order.order_id}"
    for client, params, status in (
        (it.client("shopper", user_id=user), {}, 200),
        (it.client(), {"token": LINK}, 200),
        (it.client("store_admin"), {}, 200),
        (it.client("operator"), {}, 200),
        (it.client(), {}, 404),
        (it.client(), {"token": "wrong"}, 404),
        (it.client(), {"token": "é\x00"}, 404),
        (it.client("shopper"), {}, 404),
        (it.client("seller", seller_id=uuid7()), {}, 404),
        (it.client(store=it.other), {"token": LINK}, 404),
        (it.client("store_admin", store=it.other), {}, 404),
        (it.client("shopper", user_id=user, store=it.other), {}, 404),
    ):
        assert (await client.get(path, params=params)).status_code == status
    for roles, status in ((("shopper",), 403), (("seller",), 403), ((), 401), (("store_admin",), 200)):
        assert (await it.client(*roles).get("/api/v1/payments")).status_code == status
    assert (await it.client("store_admin", store=it.other).get("/api/v1/payments")).json()["items"] == []


async def test_nothing_was_given_up(it: Alone) -> None:
    assert await it.dead_letters() == []
