"""Stripe, against a server that speaks its protocol: charged at most once, and our books say what its books say."""

from typing import Any

import pytest

from tests.harness import Alone, eventually
from tests.makers import LINK
from tests.services.payments.at_stripe import WEBHOOK, agree, by_stripe, hurry, it, server, tell
from tests.services.payments.paying import cancel, cancelled, outcomes, payment, reaches, start, validated
from tests.stripe_server import DECLINED, OK, SLOW, THREE_D_SECURE, StripeServer
from tradehall.kernel.ids import uuid7
from tradehall.services.payments.providers.stripe import Stripe

__all__ = ["hurry", "it", "server"]  # fixtures


@pytest.mark.parametrize(
    ("token", "status", "told"),
    [
        (OK, "paid", ["SUCCESS"]),
        (DECLINED, "declined", ["FAILED"]),
        ("pm_nothing", "declined", ["FAILED"]),
    ],
)
async def test_a_card_is_charged_or_declined(
    it: Alone, server: StripeServer, token: str, status: str, told: list[str]
) -> None:
    order = await start(it, by_stripe(token))
    found = await reaches(it, order, status)
    await it.idle()
    assert outcomes(it, order) == told
    assert found["token"] is None
    if token == DECLINED:
        assert found["note"] == "Your card was declined."
    await agree(it, server)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["POST /v1/payment_intents", r"POST /v1/payment_intents/\w+/confirm"])
@pytest.mark.parametrize("token", [OK, DECLINED])
async def test_no_answer_charges_once_whether_it_was_done_or_not(
    it: Alone, server: StripeServer, when: str, step: str, token: str
) -> None:
    server.faults += [(step, when)] * 2
    order = await start(it, by_stripe(token))
    found = await reaches(it, order, "paid" if token == OK else "declined")
    assert server.taken(found["id"]) == (order.total if token == OK else 0)
    assert len(server.faults) < 2
    await it.idle()
    assert outcomes(it, order) == ["SUCCESS" if token == OK else "FAILED"]
    await agree(it, server)


@pytest.mark.parametrize("heard", ["webhook", "return", "reaper"])
async def test_on_stripes_page_however_it_is_heard_of(it: Alone, server: StripeServer, heard: str) -> None:
    order = await start(it, by_stripe(None))
    found = await reaches(it, order, "action")
    shown = (await it.client().get(f"/api/v1/payments/{order.order_id}", params={"token": LINK})).json()
    assert shown["action"]["url"].startswith(server.url)
    assert f"/orders/{order.order_id}?token={LINK}" in server.session_of(found["id"])["success_url"]
    assert server.pay(found["id"])
    if heard == "webhook":
        assert await tell(it, server, found["id"], "checkout.session.completed") == 204
    elif heard == "return":
        path = f"/api/v1/payments/{order.order_id}/check"
        assert (await it.client().post(path)).status_code == 404, "of somebody else's"
        assert (await it.client().post(path, params={"token": LINK})).status_code == 202
    await reaches(it, order, "paid")
    await it.idle()
    assert outcomes(it, order) == ["SUCCESS"]
    await agree(it, server)


@pytest.mark.parametrize("passed", [True, False])
async def test_3d_secure(it: Alone, server: StripeServer, passed: bool) -> None:
    order = await start(it, by_stripe(THREE_D_SECURE))
    found = await reaches(it, order, "action")
    assert "/bank/" in found["action"]["url"]
    server.authenticate(found["id"], passed=passed)
    assert await tell(it, server, found["id"]) == 204
    await reaches(it, order, "paid" if passed else "declined")
    await it.idle()
    assert outcomes(it, order) == ["SUCCESS" if passed else "FAILED"]
    await agree(it, server)


async def test_a_slow_bank_is_asked_until_it_answers(it: Alone, server: StripeServer) -> None:
    order = await start(it, by_stripe(SLOW))

    async def asked_often() -> bool:
        id = (await payment(it, order))["id"]
        return server.asked[f"GET /v1/payment_intents/{server.intent_of(id)['id']}"] > 2

    await eventually(asked_often)
    found = await payment(it, order)
    assert found["status"] == "charging"
    server.answer_of_the_bank(found["id"])
    await reaches(it, order, "paid")
    await agree(it, server)


async def test_webhooks_twice_reordered_late_and_about_others_change_nothing(it: Alone, server: StripeServer) -> None:
    order = await start(it, by_stripe())
    before = await reaches(it, order, "paid")
    for kind in ("payment_intent.canceled", "payment_intent.payment_failed", "payment_intent.created"):
        for _ in range(2):
            assert await tell(it, server, before["id"], kind, event_id=f"evt_{kind}_{before['id']}") == 204
    assert await tell(it, server, uuid7()) == 204
    assert await tell(it, server, "no id at all") == 204
    await it.idle()
    assert await payment(it, order) == before
    booked = await it.sql("SELECT FROM provider_events WHERE payment_id = $1 AND event_id LIKE 'evt%'", before["id"])
    assert len(booked) == 3, "each once"
    assert outcomes(it, order) == ["SUCCESS"]
    await agree(it, server)


async def test_webhooks_are_signed_by_the_stores_secret_and_fresh(it: Alone, server: StripeServer) -> None:
    order = await start(it, by_stripe(None))
    found = await reaches(it, order, "action")
    server.pay(found["id"])
    assert await tell(it, server, found["id"], secret="whsec_another_secret") == 401
    assert await tell(it, server, found["id"], ago=301) == 401
    body = server.event(found["id"])
    for headers in ({}, {"stripe-signature": ""}, {"stripe-signature": "t=1,v1=00"}, {"stripe-signature": "nonsense"}):
        assert (await it.client().post(WEBHOOK, content=body, headers=headers)).status_code == 401
    assert (await it.client().post(WEBHOOK, content=b"{", headers=server.signed(b"{"))).status_code == 401
    elsewhere = it.client(store=it.other)
    assert (await elsewhere.post(WEBHOOK, content=body, headers=server.signed(body))).status_code == 404
    await reaches(it, order, "paid")


async def test_cancelled_while_the_buyer_is_on_the_page_it_is_closed(it: Alone, server: StripeServer) -> None:
    order = await start(it, by_stripe(None))
    found = await reaches(it, order, "action")
    await cancel(it, order)
    await reaches(it, order, "void")
    assert not server.pay(found["id"])
    await it.idle()
    assert outcomes(it, order) == []
    await agree(it, server)


async def test_a_buyer_who_is_faster_than_the_cancellation_gets_the_money_back(it: Alone, server: StripeServer) -> None:
    order = await start(it, by_stripe(None))
    found = await reaches(it, order, "action")
    assert server.pay(found["id"])
    await cancel(it, order)
    after = await reaches(it, order, "refunded")
    assert (after["captured"], after["refunded"]) == (order.total, order.total)
    assert await tell(it, server, found["id"]) == 204
    await it.idle()
    assert await payment(it, order) == after
    await agree(it, server)


async def test_cancelled_before_the_charge_is_never_charged(it: Alone, server: StripeServer) -> None:
    order = by_stripe()
    await it.given_all([(event, order.order_id) for event in (order, validated(order), cancelled(order))])
    found = await reaches(it, order, "declined")
    assert server.taken(found["id"]) == 0
    await agree(it, server)


@pytest.mark.parametrize("step", ["prepare", "charge"])
async def test_a_crash_between_the_answer_and_its_record_charges_once(
    it: Alone, server: StripeServer, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    done, crashed = getattr(Stripe, step), set()

    async def crash_once(this: Stripe, asked: Any, *more: Any) -> Any:
        answer = await done(this, asked, *more)
        if asked.key not in crashed:
            crashed.add(asked.key)
            raise RuntimeError("the process died here")
        return answer

    monkeypatch.setattr(Stripe, step, crash_once)
    for token, status in ((OK, "paid"), (DECLINED, "declined"), (None, "action")):
        order = await start(it, by_stripe(token))
        found = await reaches(it, order, status)
        assert found["id"] in crashed
        if token is None:
            assert server.session_of(found["id"])["status"] == "open"
            await cancel(it, order)
            await reaches(it, order, "void")
    await it.idle()
    await agree(it, server)


async def test_another_amount_than_was_asked_for_goes_back_and_the_order_is_not_confirmed(
    it: Alone, server: StripeServer
) -> None:
    server.extra = 1
    order = await start(it, by_stripe())
    found = await reaches(it, order, "refunded")
    assert (found["captured"], found["refunded"]) == (order.total + 1, order.total + 1)
    assert "asked for was" in found["note"]
    await it.idle()
    assert outcomes(it, order) == ["FAILED"]
    await agree(it, server)
