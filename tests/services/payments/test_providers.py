"""Each provider, against a server that speaks its protocol: charged at most once, and our books say what its books say."""

import asyncio
from typing import Any

import pytest

from tests.harness import Alone, eventually
from tests.makers import LINK
from tests.providers import ProviderServer, Way
from tests.services.payments.at_provider import (
    agree,
    hurry,
    it,
    offers,
    order_by,
    paid,
    send,
    server,
    tell,
    usual,
    waiting,
    webhook_of,
)
from tests.services.payments.paying import cancel, cancelled, outcomes, payment, reaches, start, validated
from tradehall.kernel.ids import uuid7

__all__ = ["hurry", "it", "server"]  # fixtures


@pytest.mark.parametrize(
    ("way", "status", "told"),
    [("token", "paid", ["SUCCESS"]), ("declined", "declined", ["FAILED"]), ("unknown", "declined", ["FAILED"])],
)
async def test_a_card_is_charged_or_declined(
    it: Alone, server: ProviderServer, way: Way, status: str, told: list[str]
) -> None:
    offers(server, way)
    order = await start(it, order_by(server, way))
    found = await reaches(it, order, status)
    await it.idle()
    assert outcomes(it, order) == told
    assert found["token"] is None
    assert found["note"] if way == "declined" else True
    await agree(it, server)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_no_answer_charges_once_whether_it_was_done_or_not(it: Alone, server: ProviderServer, when: str) -> None:
    for way, step in [(way, step) for way, steps in server.steps.items() for step in steps]:
        server.faults[:] = [(step, when)] * 2
        order = await start(it, order_by(server, way))
        if way == "page":
            assert server.pay((await reaches(it, order, "action"))["id"])
        found = await reaches(it, order, "declined" if way == "declined" else "paid")
        assert server.taken(found["id"]) == (0 if way == "declined" else order.total)
        assert len(server.faults) < 2, f"{way} does not ask for {step}"
        server.faults.clear()
        await it.idle()
        assert outcomes(it, order) == ["FAILED" if way == "declined" else "SUCCESS"]
    await agree(it, server)


@pytest.mark.parametrize("heard", ["webhook", "return", "reaper"])
async def test_paid_by_the_buyer_however_it_is_heard_of(it: Alone, server: ProviderServer, heard: str) -> None:
    offers(server, "page")
    order, found = await waiting(it, server)
    shown = (await it.client().get(f"/api/v1/payments/{order.order_id}", params={"token": LINK})).json()
    if shown["action"]["kind"] == "page":
        assert shown["action"]["url"].startswith(server.url)
        assert f"/orders/{order.order_id}?token={LINK}" in server.leads_back_to(found["id"])
    else:
        assert shown["action"]["code"]
    assert server.pay(found["id"])
    if heard == "webhook":
        assert await tell(it, server, found["id"]) == 204
    elif heard == "return":
        path = f"/api/v1/payments/{order.order_id}/check"
        assert (await it.client().post(path)).status_code == 404, "of somebody else's"
        assert (await it.client().post(path, params={"token": LINK})).status_code == 202
    await reaches(it, order, "paid")
    await it.idle()
    assert outcomes(it, order) == ["SUCCESS"]
    await agree(it, server)


@pytest.mark.parametrize("passed", [True, False])
async def test_the_buyer_is_sent_to_their_bank(it: Alone, server: ProviderServer, passed: bool) -> None:
    offers(server, "challenge")
    order = await start(it, order_by(server, "challenge"))
    found = await reaches(it, order, "action")
    assert found["action"]["url"].startswith(server.url)
    server.authenticate(found["id"], passed=passed)
    assert await tell(it, server, found["id"]) == 204
    await reaches(it, order, "paid" if passed else "declined")
    await it.idle()
    assert outcomes(it, order) == ["SUCCESS" if passed else "FAILED"]
    await agree(it, server)


async def test_a_slow_bank_is_asked_until_it_answers(it: Alone, server: ProviderServer) -> None:
    offers(server, "slow")
    order = await start(it, order_by(server, "slow"))

    async def asked_often() -> bool:
        found = await payment(it, order)
        return bool(found["reference"]) and server.asked_about(found["id"]) > 2

    await eventually(asked_often)
    found = await payment(it, order)
    assert found["status"] == "charging"
    server.answer_of_the_bank(found["id"])
    await reaches(it, order, "paid")
    await agree(it, server)


async def test_webhooks_twice_reordered_late_and_about_others_change_nothing(it: Alone, server: ProviderServer) -> None:
    order, before = await paid(it, server)
    for kind in ("voided", "declined", "paid"):
        for _ in range(2):
            assert await tell(it, server, before["id"], kind, event_id=f"evt_{kind}_{before['id']}") == 204
    assert await tell(it, server, uuid7()) == 204
    await it.idle()
    assert await payment(it, order) == before
    booked = await it.sql(
        "SELECT FROM provider_events WHERE payment_id = $1 AND event_id LIKE '%evt\\_%'", before["id"]
    )
    assert len(booked) == 3, "each once"
    assert outcomes(it, order) == ["SUCCESS"]
    await agree(it, server)


async def test_a_webhook_sent_many_times_at_once_counts_once(it: Alone, server: ProviderServer) -> None:
    order, found = await waiting(it, server)
    server.pay(found["id"])
    body = server.told(found["id"], "paid")
    answers = await asyncio.gather(*(send(it, server, body, server.signed(body)) for _ in range(5)))
    assert answers == [204] * 5
    await reaches(it, order, "paid")
    await it.idle()
    assert outcomes(it, order) == ["SUCCESS"]
    await agree(it, server)


async def test_a_webhook_is_not_believed(it: Alone, server: ProviderServer) -> None:
    """It says paid, and the provider says that it is not."""
    order, found = await waiting(it, server)
    assert await tell(it, server, found["id"], "paid") == 204
    await it.idle()
    assert (await payment(it, order))["status"] == "action"
    await cancel(it, order)
    await reaches(it, order, "void")


async def test_webhooks_are_signed_for_this_store_and_fresh(it: Alone, server: ProviderServer) -> None:
    order, found = await waiting(it, server)
    server.pay(found["id"])
    assert await tell(it, server, found["id"], wrong=True) == 401
    if server.fresh:
        assert await tell(it, server, found["id"], ago=server.fresh + 1) == 401
    body = server.told(found["id"], "paid")
    for headers in server.forged():
        assert await send(it, server, body, headers) == 401, headers
    assert await send(it, server, b"{", server.signed(b"{")) == 401
    assert await send(it, server, body, server.signed(body), store=it.other) == 404
    nowhere = webhook_of(server).replace(server.name, "nobody")
    assert (await it.client().post(nowhere, content=body, headers=server.signed(body))).status_code == 404
    await reaches(it, order, "paid")


async def test_cancelled_while_the_buyer_could_pay_it_is_closed(it: Alone, server: ProviderServer) -> None:
    order, found = await waiting(it, server)
    await cancel(it, order)
    await reaches(it, order, "void")
    assert server.closed(found["id"])
    assert not server.pay(found["id"]) or not server.takes_by_itself
    assert await tell(it, server, found["id"]) == 204
    await it.idle()
    assert server.taken(found["id"]) == 0
    assert outcomes(it, order) == []
    await agree(it, server)


async def test_a_buyer_who_is_faster_than_the_cancellation_gets_the_money_back(
    it: Alone, server: ProviderServer
) -> None:
    order, found = await waiting(it, server)
    assert server.pay(found["id"])
    await cancel(it, order)
    if not server.takes_by_itself:
        after = await reaches(it, order, "void")
        assert after["captured"] == 0
    else:
        after = await reaches(it, order, "refunded" if server.refunding else "refunding")
        back = order.total if server.refunding else 0
        assert (after["captured"], after["refunded"], after["refunding"]) == (order.total, back, order.total - back)
    assert await tell(it, server, found["id"]) == 204
    await it.idle()
    assert await payment(it, order) == after
    await agree(it, server)


async def test_cancelled_before_the_charge_is_never_charged(it: Alone, server: ProviderServer) -> None:
    order = order_by(server, usual(server))
    await it.given_all([(event, order.order_id) for event in (order, validated(order), cancelled(order))])
    found = await reaches(it, order, "declined")
    assert server.taken(found["id"]) == 0
    await agree(it, server)


@pytest.mark.parametrize("step", ["prepare", "charge", "complete"])
async def test_a_crash_between_the_answer_and_its_record_charges_once(
    it: Alone, server: ProviderServer, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    done, crashed = getattr(server.adapter, step), set()

    async def crash_once(this: Any, asked: Any, *more: Any) -> Any:
        answer = await done(this, asked, *more)
        key = getattr(asked, "key", asked)
        if key not in crashed:
            crashed.add(key)
            raise RuntimeError("the process died here")
        return answer

    monkeypatch.setattr(server.adapter, step, crash_once)
    wanted: dict[Way, str] = {"token": "paid", "declined": "declined", "page": "action"}
    for way in server.ways.keys() & wanted.keys():
        order = await start(it, order_by(server, way))
        found = await reaches(it, order, wanted[way])
        assert found["id"] in crashed or step == "complete" or (step == "prepare" and not server.adapter.prepares)
        if way == "page":
            assert server.pay(found["id"])
            await reaches(it, order, "paid")
            assert found["id"] in crashed or step != "complete" or server.takes_by_itself
    await it.idle()
    await agree(it, server)


async def test_another_amount_than_was_asked_for_goes_back_and_the_order_is_not_confirmed(
    it: Alone, server: ProviderServer
) -> None:
    server.extra = 100
    order, found = await paid(it, server, "refunded" if server.refunding else "refunding")
    assert found["captured"] == found["refunded"] + found["refunding"] == order.total + 100
    assert "asked for was" in found["note"]
    await it.idle()
    assert outcomes(it, order) == ["FAILED"]
    await agree(it, server)
