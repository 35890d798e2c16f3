"""Money at Stripe after it was paid: given back, taken later, compared; and whose account it is."""

import asyncio
import logging
from typing import Any

import pytest

from tests.harness import Alone, eventually
from tests.services.payments.at_stripe import (
    ACCOUNT,
    ACCOUNTS,
    WEBHOOK,
    account,
    agree,
    by_stripe,
    hand_out,
    hurry,
    it,
    refund,
    server,
    tell,
)
from tests.services.payments.paying import cancel, outcomes, payment, reaches, start
from tests.stripe_server import DECLINED, KEY, OK, WEBHOOK_SECRET, StripeServer
from tradehall.contracts.orders import OrderShipped
from tradehall.contracts.payments import CaptureDue, ChargeDue, PaymentCheckDue, RefundDue, VoidDue
from tradehall.kernel.ids import uuid7

__all__ = ["hurry", "it", "server"]  # fixtures


async def test_refunds_in_parts_each_once(it: Alone, server: StripeServer) -> None:
    order = await start(it, by_stripe(total=1999, subtotal=1999))
    await reaches(it, order, "paid")
    admin = it.client("store_admin")
    answers = await asyncio.gather(*(refund(it, order, 700, key="the same", by=admin) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert (await refund(it, order, 1300)).status_code == 409
    assert (await refund(it, order, 0)).status_code == 201, "without an amount: all that is left"
    after = await reaches(it, order, "refunded")
    assert after["refunded"] == 1999
    assert (await refund(it, order, 1)).status_code == 409
    shown = (await it.client("store_admin").get(f"/api/v1/payments/{order.order_id}")).json()
    assert [(one["amount"]["amount"], one["status"]) for one in shown["refunds"]] == [(700, "done"), (1299, "done")]
    await agree(it, server)


@pytest.mark.parametrize("amount", [-1, 0])
async def test_a_refund_of_nothing_is_refused(it: Alone, amount: int) -> None:
    order = await start(it, by_stripe())
    await reaches(it, order, "paid")
    for given in ({"amount": amount, "currency": "USD"}, {"amount": 100, "currency": "EUR"}):
        answer = await it.client("store_admin").post(
            f"/api/v1/payments/{order.order_id}/refunds",
            json={"reason": "r", "amount": given},
            headers={"idempotency-key": uuid7().hex},
        )
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"].startswith("amount")


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_refund_without_answer_is_made_once(it: Alone, server: StripeServer, when: str) -> None:
    order = await start(it, by_stripe())
    found = await reaches(it, order, "paid")
    server.faults.append(("POST /v1/refunds", when))
    assert (await refund(it, order, 500)).status_code == 201

    async def back() -> bool:
        return (await payment(it, order))["refunded"] == 500

    await eventually(back)
    assert server.intent_of(found["id"])["latest_charge"]["amount_refunded"] == 500
    await agree(it, server)


async def test_a_refund_that_takes_days_and_one_that_fails(it: Alone, server: StripeServer) -> None:
    slow, failing = [await start(it, by_stripe()) for _ in range(2)]
    for order in (slow, failing):
        await reaches(it, order, "paid")
    server.refund_status = "pending"
    await refund(it, slow)
    found = await reaches(it, slow, "refunding")

    async def asked() -> Any:
        return [one for one in server.refunds.values() if one["metadata"].get("payment") == str(found["id"])]

    (made,) = await eventually(asked)
    made["status"] = "succeeded"
    await reaches(it, slow, "refunded")

    server.refund_status = "failed"
    await refund(it, failing)

    async def failed() -> bool:
        rows = await it.sql("SELECT refunding FROM payments WHERE order_id = $1 AND note LIKE 'A refund failed%'",
                            failing.order_id)  # fmt: skip
        return [row["refunding"] for row in rows] == [0]

    await eventually(failed)
    assert (await payment(it, failing))["status"] == "paid"
    open_ = (await it.client("support").get("/api/v1/payments/refunds")).json()["items"]
    assert [(one["order_id"], one["status"]) for one in open_] == [(str(failing.order_id), "failed")]
    server.refund_status = "succeeded"
    assert (await refund(it, failing)).status_code == 201
    await reaches(it, failing, "refunded")
    await agree(it, server)


async def test_money_given_back_at_stripe_itself_is_booked_here(it: Alone, server: StripeServer) -> None:
    order = await start(it, by_stripe())
    found = await reaches(it, order, "paid")
    server.give_back(found["id"], 300)
    for _ in range(2):
        assert await tell(it, server, found["id"], "charge.refunded") == 204
    await it.idle()

    async def booked() -> bool:
        return (await payment(it, order))["refunded"] == 300

    await eventually(booked)
    assert (await payment(it, order))["status"] == "paid"
    await agree(it, server)


async def test_authorised_with_the_order_and_taken_with_its_parcel(it: Alone, server: StripeServer) -> None:
    assert (await account(it, capture="on_shipment")).status_code == 200
    try:
        sent, kept, gone = [await start(it, by_stripe(token)) for token in (OK, OK, None)]
        found = await reaches(it, gone, "action")
        server.pay(found["id"])
        for order in (sent, kept, gone):
            assert (await reaches(it, order, "authorised"))["captured"] == 0
        shipped = OrderShipped(order_id=sent.order_id, shipment_id=uuid7(), carrier="UPS", tracking_number="1")
        await it.given(shipped, key=sent.order_id)
        assert (await reaches(it, sent, "paid"))["captured"] == sent.total
        path = f"/api/v1/payments/{kept.order_id}/capture"
        assert (await it.client("store_admin").post(path)).status_code == 202
        await reaches(it, kept, "paid")
        assert (await it.client("store_admin").post(path)).status_code == 409
        await cancel(it, gone)
        await reaches(it, gone, "void")
        assert server.intent_of(found["id"])["status"] == "canceled"
        await it.idle()
        for order in (sent, kept, gone):
            assert outcomes(it, order) == ["SUCCESS"]
        await agree(it, server)
    finally:
        await account(it, capture="at_once")


async def test_tasks_handed_out_again_change_nothing(it: Alone, server: StripeServer) -> None:
    orders = [await start(it, by_stripe(token)) for token in (OK, DECLINED, OK)]
    for order, status in zip(orders, ("paid", "declined", "paid"), strict=True):
        await reaches(it, order, status)
    await cancel(it, orders[2])
    await reaches(it, orders[2], "refunded")
    before = [tuple(await payment(it, order)) for order in orders]
    for order in orders:
        id = (await payment(it, order))["id"]
        for task in (ChargeDue, RefundDue, PaymentCheckDue, VoidDue, CaptureDue):
            await hand_out(it, task(payment_id=id))
    await it.idle()
    assert [tuple(await payment(it, order)) for order in orders] == before
    await agree(it, server)


async def test_a_key_that_stripe_does_not_know_is_not_kept(it: Alone) -> None:
    refused = await account(it, secret_key="sk_test_another_key")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "secret_key")
    for wrong in ("pk_test_0123456789", "sk_test_", "4242424242424242", ""):
        assert (await account(it, secret_key=wrong)).status_code in (400, 422)
    (shown,) = (await it.client("store_admin").get(ACCOUNTS)).json()
    assert shown["keys"] == {"secret_key": "sk_…cdef", "webhook_secret": "whsec_…cdef"}
    assert shown["webhook_url"].endswith(WEBHOOK)
    assert (await it.client("store_admin", store=it.other).get(ACCOUNTS)).json() == []


async def test_an_account_with_payments_under_way_stays(it: Alone, server: StripeServer) -> None:
    order = await start(it, by_stripe(None))
    await reaches(it, order, "action")
    assert (await it.client("store_admin").delete(ACCOUNT)).status_code == 409
    await cancel(it, order)
    await reaches(it, order, "void")


async def test_a_store_without_an_account_declines_at_once(it: Alone, server: StripeServer) -> None:
    order = by_stripe()
    await start(it, order, it.other)

    async def declined() -> bool:
        return (await payment(it, order, it.other))["status"] == "declined"

    await eventually(declined)


async def test_the_books_are_compared(it: Alone, server: StripeServer) -> None:
    order = await start(it, by_stripe())
    found = await reaches(it, order, "paid")
    path = f"{ACCOUNT}/reconciliation"
    admin = it.client("store_admin")
    agreed = (await admin.get(path)).json()
    assert agreed["differences"] == []
    assert agreed["captured"] == agreed["captured_there"] > 0
    server.give_back(found["id"], 200)
    (one,) = (await admin.get(path)).json()["differences"]
    assert (one["payment_id"], one["refunded"], one["refunded_there"]) == (str(found["id"]), 0, 200)
    assert one["what"] == "given back there, not here"
    stranger = uuid7()
    server.intents["pi_x"] = server.intent_of(found["id"]) | {"id": "pi_x", "metadata": {"payment": str(stranger)}}
    try:
        told = {one["payment_id"]: one["what"] for one in (await admin.get(path)).json()["differences"]}
        assert told[str(stranger)] == "unknown here"
    finally:
        del server.intents["pi_x"]
    await tell(it, server, found["id"], "charge.refunded")

    async def again() -> bool:
        return (await admin.get(path)).json()["differences"] == []  # type: ignore[no-any-return]

    await eventually(again)
    for bad in ({"since": "2026-01-01T00:00:00Z", "until": "2025-01-01T00:00:00Z"}, {"since": "2020-01-01T00:00:00Z"}):
        assert (await admin.get(path, params=bad)).status_code == 422
    assert (await it.client("store_admin", store=it.other).get(path)).status_code == 404


async def test_no_key_and_no_token_is_found_anywhere(
    it: Alone, server: StripeServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert (await account(it)).status_code == 200
    server.faults.append((r"POST /v1/payment_intents/\w+/confirm", "after"))
    orders = [await start(it, by_stripe(token)) for token in (OK, DECLINED, "pm_nothing")]
    for order, status in zip(orders, ("paid", "declined", "declined"), strict=True):
        await reaches(it, order, status)
    await it.idle()
    places = {
        "logs": caplog.text,
        "events": b"".join(m.payload for m in it.messages if m.publisher == "payments").decode(),
    }
    for row in await it.sql(
        "SELECT c.relname::text AS name FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid WHERE p.polname = 'own_store'"
    ):
        rows = await it.sql(f"SELECT t::text FROM {row['name']} t")
        places[row["name"]] = "\n".join(one["t"] for one in rows)
    assert "payments" in places
    assert "provider_accounts" in places
    for place, text in places.items():
        for secret in (KEY, WEBHOOK_SECRET, KEY[8:], WEBHOOK_SECRET[6:]):
            assert secret not in text, place
        assert OK not in text, place


def test_amounts_of_currencies_that_stripe_counts_otherwise() -> None:
    from tradehall.services.payments.providers.stripe import _inward, _outward

    for currency, ours, theirs in (
        ("USD", 1999, 1999),
        ("JPY", 1999, 1999),
        ("ISK", 1999, 199900),
        ("KWD", 1990, 1990),
    ):
        assert (_outward(ours, currency), _inward(theirs, currency)) == (theirs, ours)
