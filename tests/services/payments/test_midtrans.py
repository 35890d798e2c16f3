"""What is Midtrans' alone: tries on its page, banks that are waited for, its fraud detection, money that is not settled yet."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.harness import Alone, eventually
from tests.makers import placed
from tests.providers.loopback import running
from tests.providers.midtrans import MidtransServer
from tests.services.payments.at_provider import ACCOUNTS, account, agree, hurry, it, order_by, refund, tell, waiting
from tests.services.payments.paying import books, cancel, outcomes, payment, reaches, start
from tradehall.services.payments.providers import midtrans

__all__ = ["hurry", "it"]  # fixtures


@pytest.fixture(scope="module")
def server() -> Iterator[MidtransServer]:
    with running(MidtransServer) as made:
        yield made


@pytest.fixture(autouse=True)
def at_once(server: MidtransServer) -> None:
    server.by_card = False


async def test_a_denied_try_is_not_the_end_while_the_page_is_open(it: Alone, server: MidtransServer) -> None:
    order, found = await waiting(it, server)
    server.choose(found["id"], "deny")
    assert await tell(it, server, found["id"], "declined") == 204
    await it.idle()
    assert (await payment(it, order))["status"] == "action"
    assert server.pay(found["id"])
    assert await tell(it, server, found["id"]) == 204
    await reaches(it, order, "paid")
    assert outcomes(it, order) == ["SUCCESS"]
    await agree(it, server)


@pytest.mark.parametrize(("tried", "status"), [("deny", "declined"), ("expire", "declined"), (None, "declined")])
async def test_when_the_page_is_over_so_is_the_payment(
    it: Alone, server: MidtransServer, monkeypatch: pytest.MonkeyPatch, tried: str | None, status: str
) -> None:
    order, found = await waiting(it, server)
    if tried:
        server.choose(found["id"], tried)
    monkeypatch.setattr(midtrans, "MARGIN", -timedelta(days=8))
    await reaches(it, order, status)
    await it.idle()
    assert outcomes(it, order) == ["FAILED"]
    await agree(it, server)


async def test_a_bank_that_was_chosen_is_let_go_with_the_order(it: Alone, server: MidtransServer) -> None:
    order, found = await waiting(it, server)
    server.choose(found["id"])
    await cancel(it, order)
    await reaches(it, order, "void")
    assert server.closed(found["id"])
    assert not server.pay(found["id"])
    await agree(it, server)


@pytest.mark.parametrize("accepted", [True, False])
async def test_what_fraud_detection_looks_at_is_waited_for(it: Alone, server: MidtransServer, accepted: bool) -> None:
    order, found = await waiting(it, server)
    server.choose(found["id"], "capture", "challenge")
    assert await tell(it, server, found["id"]) == 204
    await it.idle()
    assert outcomes(it, order) == []
    if accepted:
        server.transactions[str(found["id"])]["fraud_status"] = "accept"
        await reaches(it, order, "paid")
    else:
        await cancel(it, order)
        await reaches(it, order, "void")
        assert server.transactions[str(found["id"])]["transaction_status"] == "deny"
    await it.idle()
    await agree(it, server)


async def by_card(it: Alone, server: MidtransServer) -> tuple[Any, Any]:
    server.by_card = True
    order, found = await waiting(it, server)
    assert server.pay(found["id"])
    assert await tell(it, server, found["id"]) == 204
    return order, await reaches(it, order, "paid")


async def test_a_part_of_what_is_not_settled_waits_and_the_whole_is_cancelled(
    it: Alone, server: MidtransServer
) -> None:
    part, found = await by_card(it, server)
    assert (await refund(it, part, 1000)).status_code == 201
    await it.idle()
    assert (await payment(it, part))["refunding"] == 1000
    assert server.given_back(found["id"]) == 0
    server.settle(found["id"])

    async def back() -> bool:
        return (await payment(it, part))["refunded"] == 1000

    await eventually(back)
    assert server.given_back(found["id"]) == 1000
    await agree(it, server)

    whole, found = await by_card(it, server)
    await cancel(it, whole)
    await reaches(it, whole, "refunded")
    assert server.transactions[str(found["id"])]["transaction_status"] == "cancel"
    assert await books(it) == []
    compared = await it.client("store_admin").get(f"{ACCOUNTS}/midtrans/reconciliation")
    assert compared.json()["differences"] == [], "nothing taken there, and all given back here"


async def test_a_refund_that_midtrans_refuses_is_made_by_hand(it: Alone, server: MidtransServer) -> None:
    order, found = await waiting(it, server)
    server.pay(found["id"])
    await reaches(it, order, "paid")
    server.refunds_end = "failed"
    await cancel(it, order)

    async def refused() -> bool:
        return (await payment(it, order))["refunding"] == 0

    await eventually(refused)
    path = f"/api/v1/payments/{order.order_id}/refunded"
    admin = it.client("store_admin")
    after = (await admin.post(path, json={"note": "By transfer"})).json()
    assert (after["status"], after["refunded"]["amount"]) == ("refunded", order.total)
    assert [(one["status"], one["note"]) for one in after["refunds"]] == [("done", "By transfer")]
    assert (await admin.post(path, json={})).status_code == 409
    assert await books(it) == []
    assert (await admin.get("/api/v1/payments/refunds")).json()["items"] == []


async def test_what_it_cannot_take_exactly_is_not_asked_for(it: Alone, server: MidtransServer) -> None:
    sen = order_by(server, "page", total=5001, subtotal=5001)
    dollars = placed(payment=server.ways["page"], currency="USD")
    for order in (sen, dollars):
        found = await reaches(it, await start(it, order), "declined")
        assert str(found["id"]) not in {page["order_id"] for page in server.pages.values()}


async def test_a_store_that_sells_in_another_currency_has_no_account(it: Alone, server: MidtransServer) -> None:
    dollars = msgspec.structs.replace(it.other, currency="USD", version=it.other.version + 1)
    it.running.stores.put(dollars)
    try:
        given = {"provider": "midtrans", **server.account}
        answer = await it.client("store_admin", store=it.other).put(ACCOUNTS, json=given)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "provider")
    finally:
        it.running.stores.put(msgspec.structs.replace(it.other, version=dollars.version + 1))


async def test_money_is_held_by_card(it: Alone, server: MidtransServer) -> None:
    await account(it, server, capture="on_shipment")
    try:
        _, found = await waiting(it, server)
        assert server.page_of(found["id"])["given"]["credit_card"] == {"secure": True, "type": "authorize"}
    finally:
        await account(it, server, capture="at_once")


async def test_instalments_are_by_card_and_in_just_so_many_parts(it: Alone, server: MidtransServer) -> None:
    choice = msgspec.structs.replace(server.ways["page"], instalments=6)
    order = await start(it, placed(payment=choice, currency="IDR"))
    found = await reaches(it, order, "action")
    given = server.page_of(found["id"])["given"]
    assert given["credit_card"]["installment"]["required"]
    assert {tuple(terms) for terms in given["credit_card"]["installment"]["terms"].values()} == {(6,)}
    assert given["enabled_payments"] == ["credit_card"]
    shown = await it.client("store_admin").get(f"/api/v1/payments/{order.order_id}")
    assert shown.json()["instalments"] == 6
    assert server.pay(found["id"])
    await reaches(it, order, "paid")
