"""Money at each provider after it was paid: given back, taken later, compared; and whose account it is."""

import asyncio
import logging
from typing import Any

import pytest

from tests.harness import Alone, eventually
from tests.providers import ProviderServer, Way
from tests.services.payments.at_provider import (
    ACCOUNTS,
    account,
    agree,
    hand_out,
    hurry,
    it,
    order_by,
    paid,
    refund,
    server,
    tell,
    usual,
    waiting,
    webhook_of,
)
from tests.services.payments.paying import cancel, less, outcomes, payment, reaches, start
from tradehall.contracts.orders import OrderPlaced, OrderShipped
from tradehall.contracts.payments import CaptureDue, ChargeDue, PaymentCheckDue, RefundDue, VoidDue
from tradehall.kernel.ids import uuid7

__all__ = ["hurry", "it", "server"]  # fixtures


def gives_back(server: ProviderServer) -> None:
    if not server.refunding:
        pytest.skip(f"{server.name} gives nothing back this way")


async def test_refunds_in_parts_each_once(it: Alone, server: ProviderServer) -> None:
    gives_back(server)
    order, _ = await paid(it, server, total=200000, subtotal=200000)
    admin = it.client("store_admin")
    answers = await asyncio.gather(*(refund(it, order, 70000, key="the same", by=admin) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert (await refund(it, order, 130100)).status_code == 409
    assert (await refund(it, order, 0)).status_code == 201, "without an amount: all that is left"
    after = await reaches(it, order, "refunded")
    assert after["refunded"] == 200000
    assert (await refund(it, order, 100)).status_code == 409
    shown = (await it.client("store_admin").get(f"/api/v1/payments/{order.order_id}")).json()
    assert [(one["amount"]["amount"], one["status"]) for one in shown["refunds"]] == [(70000, "done"), (130000, "done")]
    await agree(it, server)


async def test_two_refunds_at_once_never_exceed_what_was_taken(it: Alone, server: ProviderServer) -> None:
    gives_back(server)
    order, _ = await paid(it, server)
    answers = await asyncio.gather(*(refund(it, order, order.total - 1000) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    await it.idle()

    async def back() -> bool:
        return (await payment(it, order))["refunded"] == order.total - 1000

    await eventually(back)
    await agree(it, server)


@pytest.mark.parametrize("amount", [-1, 0])
async def test_a_refund_of_nothing_is_refused(it: Alone, server: ProviderServer, amount: int) -> None:
    order, _ = await paid(it, server)
    for given in ({"amount": amount, "currency": server.currency}, {"amount": 100, "currency": "EUR"}):
        answer = await it.client("store_admin").post(
            f"/api/v1/payments/{order.order_id}/refunds",
            json={"reason": "r", "amount": given},
            headers={"idempotency-key": uuid7().hex},
        )
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"].startswith("amount")


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_refund_without_answer_is_made_once(it: Alone, server: ProviderServer, when: str) -> None:
    gives_back(server)
    order, found = await paid(it, server)
    server.faults.append((server.refunding, when))
    assert (await refund(it, order, 500)).status_code == 201

    async def back() -> bool:
        return (await payment(it, order))["refunded"] == 500

    await eventually(back)
    assert server.faults == []
    assert server.given_back(found["id"]) == 500
    await agree(it, server)


async def test_a_refund_that_takes_days(it: Alone, server: ProviderServer) -> None:
    gives_back(server)
    if server.name == "midtrans":
        pytest.skip("a refund is made there at once, or refused")
    slow, found = await paid(it, server)
    server.refunds_end = "pending"
    await refund(it, slow)
    await reaches(it, slow, "refunding")
    await it.idle()
    assert (await payment(it, slow))["status"] == "refunding"
    server.end_refunds(found["id"])
    await reaches(it, slow, "refunded")
    await agree(it, server)


async def test_a_refund_that_fails(it: Alone, server: ProviderServer) -> None:
    gives_back(server)
    failing, _ = await paid(it, server)
    server.refunds_end = "failed"
    await refund(it, failing)

    async def failed() -> bool:
        rows = await it.sql("SELECT refunding FROM payments WHERE order_id = $1 AND note LIKE 'A refund failed%'",
                            failing.order_id)  # fmt: skip
        return [row["refunding"] for row in rows] == [0]

    await eventually(failed)
    assert (await payment(it, failing))["status"] == "paid"
    open_ = (await it.client("support").get("/api/v1/payments/refunds")).json()["items"]
    assert [(one["order_id"], one["status"]) for one in open_] == [(str(failing.order_id), "failed")]
    server.refunds_end = "done"
    assert (await refund(it, failing)).status_code == 201
    await reaches(it, failing, "refunded")
    await agree(it, server)


async def test_money_given_back_at_the_provider_itself_is_booked_here(it: Alone, server: ProviderServer) -> None:
    gives_back(server)
    order, found = await paid(it, server)
    server.give_back(found["id"], 300)
    for _ in range(2):
        assert await tell(it, server, found["id"], "refunded") == 204
    await it.idle()

    async def booked() -> bool:
        return (await payment(it, order))["refunded"] == 300

    await eventually(booked)
    assert (await payment(it, order))["status"] == "paid"
    await agree(it, server)


async def test_authorised_with_the_order_and_taken_with_its_parcel(it: Alone, server: ProviderServer) -> None:
    if not server.authorises:
        pytest.skip(f"{server.name} takes at once")
    assert (await account(it, server, capture="on_shipment")).status_code == 200
    try:
        made = [await paid(it, server, "authorised") for _ in range(2)]
        sent, kept = (order for order, _ in made)
        gone, found = await waiting(it, server) if "page" in server.ways else await paid(it, server, "authorised")
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
        assert server.closed(found["id"])
        await it.idle()
        for order in (sent, kept, gone):
            assert outcomes(it, order) == ["SUCCESS"]
        await agree(it, server)
    finally:
        await account(it, server, capture="at_once")


async def test_of_an_order_that_became_less_only_the_rest_is_taken(it: Alone, server: ProviderServer) -> None:
    if not server.authorises:
        pytest.skip(f"{server.name} takes at once")
    assert (await account(it, server, capture="on_shipment")).status_code == 200
    try:
        (sent, _), (gone, lost) = [await paid(it, server, "authorised") for _ in range(2)]
        await less(it, sent, 1000)
        await less(it, gone, gone.total)
        shipped = OrderShipped(order_id=sent.order_id, shipment_id=uuid7(), carrier="UPS", tracking_number="1")
        await it.given(shipped, key=sent.order_id)
        found = await reaches(it, sent, "paid")
        assert (found["captured"], found["refunding"]) == (sent.total - 1000, 0)
        await reaches(it, gone, "void")
        assert server.closed(lost["id"])
        await less(it, sent, 500, kind="returned")
        assert (await _booked(it, sent, 500))["status"] == "paid"
        await agree(it, server)
    finally:
        await account(it, server, capture="at_once")


async def test_what_an_order_becomes_less_by_goes_back(it: Alone, server: ProviderServer) -> None:
    gives_back(server)
    order, _ = await paid(it, server)
    await less(it, order, 1000)
    await _booked(it, order, 1000)
    await less(it, order, order.total - 1000, kind="returned")
    after = await reaches(it, order, "refunded")
    assert (after["refunded"], after["reduced"]) == (order.total, order.total)
    await agree(it, server)


async def _booked(it: Alone, order: OrderPlaced, refunded: int) -> Any:
    async def there() -> Any:
        found = await payment(it, order)
        return found if found["refunded"] == refunded else None

    return await eventually(there)


async def test_tasks_handed_out_again_change_nothing(it: Alone, server: ProviderServer) -> None:
    gives_back(server)
    kept, gone = [(await paid(it, server))[0] for _ in range(2)]
    await cancel(it, gone)
    await reaches(it, gone, "refunded")
    orders = [kept, gone]
    if "declined" in server.ways:
        orders.append(await start(it, order_by(server, "declined")))
        await reaches(it, orders[-1], "declined")
    before = [tuple(await payment(it, order)) for order in orders]
    for order in orders:
        id = (await payment(it, order))["id"]
        for task in (ChargeDue, RefundDue, PaymentCheckDue, VoidDue, CaptureDue):
            await hand_out(it, task(payment_id=id))
    await it.idle()
    assert [tuple(await payment(it, order)) for order in orders] == before
    await agree(it, server)


async def test_keys_that_the_provider_does_not_know_are_not_kept(it: Alone, server: ProviderServer) -> None:
    refused = await account(it, server, **server.unknown_keys)
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["field"] in server.unknown_keys
    for wrong in server.bad_keys:
        assert (await account(it, server, **wrong)).status_code in (400, 422), wrong
    (shown,) = (await it.client("store_admin").get(ACCOUNTS)).json()
    assert shown["keys"] == server.shown
    assert shown["webhook_url"].endswith(webhook_of(server))
    assert (await it.client("store_admin", store=it.other).get(ACCOUNTS)).json() == []


async def test_a_key_that_is_left_out_stays_and_a_new_account_needs_all(it: Alone, server: ProviderServer) -> None:
    admin, elsewhere = it.client("store_admin"), it.client("store_admin", store=it.other)
    assert (await admin.put(ACCOUNTS, json={"provider": server.name})).status_code == 200
    assert (await admin.get(ACCOUNTS)).json()[0]["keys"] == server.shown
    refused = await elsewhere.put(ACCOUNTS, json={"provider": server.name})
    assert refused.status_code == 422
    assert {one["field"] for one in refused.json()["errors"]} == set(server.account)
    assert (await admin.put(ACCOUNTS, json={"provider": "nobody"})).status_code in (400, 422)


async def test_an_account_with_payments_under_way_stays(it: Alone, server: ProviderServer) -> None:
    order, _ = await waiting(it, server)
    assert (await it.client("store_admin").delete(f"{ACCOUNTS}/{server.name}")).status_code == 409
    await cancel(it, order)
    await reaches(it, order, "void")


async def test_a_store_without_an_account_declines_at_once(it: Alone, server: ProviderServer) -> None:
    order = order_by(server, usual(server))
    await start(it, order, it.other)

    async def declined() -> bool:
        return (await payment(it, order, it.other))["status"] == "declined"

    await eventually(declined)


async def test_the_books_are_compared(it: Alone, server: ProviderServer) -> None:
    _, found = await paid(it, server)
    path = f"{ACCOUNTS}/{server.name}/reconciliation"
    admin = it.client("store_admin")
    agreed = (await admin.get(path)).json()
    assert agreed["differences"] == []
    assert agreed["captured"] == agreed["captured_there"] > 0
    if server.refunding:
        server.give_back(found["id"], 200)
        (one,) = (await admin.get(path)).json()["differences"]
        assert (one["payment_id"], one["refunded"], one["refunded_there"]) == (str(found["id"]), 0, 200)
        assert one["what"] == "given back there, not here"
        assert await tell(it, server, found["id"], "refunded") == 204

        async def again() -> bool:
            return (await admin.get(path)).json()["differences"] == []  # type: ignore[no-any-return]

        await eventually(again)
    if server.adapter.lists:
        stranger = uuid7()
        server.a_stranger(stranger)
        told = {one["payment_id"]: one["what"] for one in (await admin.get(path)).json()["differences"]}
        assert told == {str(stranger): "unknown here"}
    for bad in ({"since": "2026-01-01T00:00:00Z", "until": "2025-01-01T00:00:00Z"}, {"since": "2020-01-01T00:00:00Z"}):
        assert (await admin.get(path, params=bad)).status_code == 422
    assert (await it.client("store_admin", store=it.other).get(path)).status_code == 404


async def test_no_key_and_no_token_is_found_anywhere(
    it: Alone, server: ProviderServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert (await account(it, server)).status_code == 200
    server.faults.append((server.steps[usual(server)][-1], "after"))
    _, found = await paid(it, server)
    assert await tell(it, server, found["id"], wrong=True) == 401
    wanted: tuple[Way, ...] = ("declined", "unknown")
    for way in (way for way in wanted if way in server.ways):
        await reaches(it, await start(it, order_by(server, way)), "declined")
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
        for secret in server.secrets:
            assert secret not in text, place
