"""What the platform is paid, from the signup to the store, at each provider and by slip."""

import asyncio
from datetime import datetime
from typing import Any

from tests.harness import Alone, eventually
from tests.providers import ProviderServer
from tests.services.paying_the_platform import (
    API,
    PRICE,
    SERVERS,
    becomes,
    bills,
    hurry,
    it,
    payment_of,
    payments_for,
    server,
    servers_of_providers,
    sign_up,
    statement,
    stripe,
    subscription,
    tell,
    with_terms,
)
from tests.services.stores.signing_up import PLATFORM, ask, begun, send, store_of, wanted
from tradehall.kernel.ids import uuid7

__all__ = ["hurry", "it", "server", "servers_of_providers", "stripe"]  # fixtures


# --- signing up


async def test_who_pays_at_a_provider_gets_a_store_once_and_is_charged_once(it: Alone, server: ProviderServer) -> None:
    signup = await sign_up(it, server.name, server.currency)
    waiting = await becomes(it, signup, "waiting")
    assert waiting["turn"]["url"].startswith("http")
    payment = await payment_of(it, signup)
    assert f"/start/signup/{signup['id']}?token={signup['token']}&back=1" in server.leads_back_to(payment["id"])
    assert server.pay(payment["id"])
    event_id = uuid7().hex
    for _ in range(3):
        assert await tell(it, server, payment["id"], event_id=event_id) == 204
    await becomes(it, signup, "opened")
    store = await store_of(it, signup)
    assert [(bill["kind"], bill["status"]) for bill in await bills(it, store)] == [("signup", "paid")]
    assert server.taken(payment["id"]) == PRICE
    assert await it.dead_letters() == []


async def test_whoever_comes_back_is_seen_to_have_paid_without_a_webhook(it: Alone, server: ProviderServer) -> None:
    signup = await sign_up(it, server.name, server.currency)
    await becomes(it, signup, "waiting")
    assert server.pay((await payment_of(it, signup))["id"])
    assert (await ask(it, signup, "back")).status_code == 202
    await becomes(it, signup, "opened")


async def test_another_amount_goes_back_and_opens_nothing(it: Alone, server: ProviderServer) -> None:
    signup = await sign_up(it, server.name, server.currency)
    await becomes(it, signup, "waiting")
    payment = await payment_of(it, signup)
    server.extra = 100
    server.pay(payment["id"])
    assert await tell(it, server, payment["id"]) == 204
    await becomes(it, signup, "declined")
    server.extra = 0

    async def back() -> bool:
        return bool(server.given_back(payment["id"]) == server.taken(payment["id"]) > 0)

    await eventually(back)


async def test_a_webhook_that_somebody_else_signed_is_refused(it: Alone, server: ProviderServer) -> None:
    signup = await sign_up(it, server.name, server.currency)
    await becomes(it, signup, "waiting")
    assert await tell(it, server, (await payment_of(it, signup))["id"], wrong=True) == 401


async def test_another_way_gives_up_the_first_whose_money_goes_back(it: Alone, server: ProviderServer) -> None:
    """They pay on the first page after all, and the second as well."""
    signup = await sign_up(it, server.name, server.currency)
    await becomes(it, signup, "waiting")
    first = await payment_of(it, signup)
    body = {"payment": {"method": server.name}, "total": {"amount": PRICE, "currency": server.currency}}
    answers = await asyncio.gather(*(ask(it, signup, "pay", body) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers)[0] == 202

    async def another() -> Any:
        last = await payment_of(it, signup)
        return last if last["attempt"] > 1 and last["status"] == "action" else None

    await becomes(it, signup, "waiting")
    second = await eventually(another)
    paid_first = server.pay(first["id"])
    assert server.pay(second["id"])
    await tell(it, server, first["id"])
    await tell(it, server, second["id"])
    await becomes(it, signup, "opened")

    async def settled() -> bool:
        rows = await payments_for(it, first["invoice_id"])
        kept = [row for row in rows if row["captured"] > row["refunded"]]
        return [row["id"] for row in kept] == [(await payment_of(it, signup))["id"]]

    await eventually(settled)
    if paid_first and server.takes_by_itself:
        assert server.given_back(first["id"]) == PRICE


# --- by slip


async def test_a_slip_opens_the_store_when_its_transfer_is_in_the_statement(it: Alone) -> None:
    signup = await sign_up(it, "bank-slip")
    waiting = await becomes(it, signup, "waiting")
    turn = waiting["turn"]
    assert (turn["kind"], turn["bank"]) == ("slip", "Tradehall, Bank of Fonte, 12-34")
    assert datetime.fromisoformat(turn["until"]) < datetime.fromisoformat(waiting["expires_at"])
    assert (await it.client().get(f"/api/v1/stores/{signup['slug']}")).status_code == 401
    wrong = await statement(it, (f"from me {turn['code']}", "19999.99"))
    assert [row["booked"] for row in wrong["matched"]] == [False]
    assert (await ask(it, signup)).json()["status"] == "waiting"
    row = (f"from me {turn['code'].lower()}", "20000.00")
    for booked in (True, False):
        assert [found["booked"] for found in (await statement(it, row))["matched"]] == [booked]
    await becomes(it, signup, "opened")
    store = await store_of(it, signup)
    assert (await subscription(it, store))["by_itself"] is False


async def test_a_slip_that_nobody_pays_lets_the_name_go_and_what_comes_later_is_owed_back(it: Alone) -> None:
    signup = await sign_up(it, "bank-slip")
    turn = (await becomes(it, signup, "waiting"))["turn"]
    await it.sql("UPDATE signups SET expires_at = now() WHERE id = $1", signup["id"], store=PLATFORM)
    sql = "UPDATE outbox SET available_at = now() WHERE type = 'SignupExpiryDue' AND aggregateid = $1"
    await it.sql(sql, signup["id"])
    await becomes(it, signup, "expired")

    async def given_up() -> bool:
        return bool((await payment_of(it, signup))["status"] == "void")

    await eventually(given_up)
    other = await begun(it, slug=signup["slug"], plan="small-usd", total={"amount": PRICE, "currency": "USD"})
    assert other["slug"] == signup["slug"]
    await statement(it, (turn["code"], "20000.00"))
    payment = await payment_of(it, signup)
    operator = it.client("operator")
    owed = (await operator.get(API, params={"status": "owed", "limit": 100})).json()["items"]
    (found,) = [row for row in owed if row["id"] == str(payment["id"])]
    assert (found["owed"]["amount"], found["by_hand"]) == (PRICE, True)
    assert (await operator.post(f"{API}/{payment['id']}/refunded", json={"note": "sent"})).status_code == 200
    assert (await operator.post(f"{API}/{payment['id']}/refunded", json={"note": "sent"})).status_code == 409
    assert (await ask(it, signup)).json()["status"] == "expired"


# --- what the operator says


async def test_only_ways_that_the_operator_takes_can_be_chosen(it: Alone) -> None:
    given = {"plan": "small-usd", "total": {"amount": PRICE, "currency": "USD"}}
    for payment, field in (
        ({"method": "midtrans"}, "payment.method"),  # not for dollars
        ({"method": "stripe", "token": "tok_ok"}, "payment.token"),
        ({"method": "card-simulated"}, "payment.token"),
    ):
        answer = await send(it, wanted(payment=payment, **given))
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    try:
        await with_terms(it, methods=["bank-slip"])
        answer = await send(it, wanted(payment={"method": "stripe"}, **given))
        assert answer.status_code == 422
    finally:
        await with_terms(it)


async def test_keys_of_the_platform_are_sealed_and_shown_by_their_ends(
    it: Alone, servers_of_providers: dict[str, Any]
) -> None:
    found = (await it.client("operator").get(f"{API}/accounts")).json()
    assert {one["provider"] for one in found} == set(SERVERS)
    whole = str(found) + str(await it.sql("SELECT keys FROM provider_accounts", store=PLATFORM, service="payments"))
    for one in servers_of_providers.values():
        assert not [secret for secret in one.secrets if secret in whole]
    assert all(f"{API}/webhooks/{one['provider']}" in one["webhook_url"] for one in found)


async def test_the_books_agree_with_each_provider(it: Alone, server: ProviderServer) -> None:
    """After all of the above."""
    await it.caught_up()
    sql = "SELECT id, captured, refunded FROM payments WHERE method = $1 AND captured > 0"
    for row in await it.sql(sql, server.name, store=PLATFORM, service="payments"):
        assert (row["captured"], row["refunded"]) == (server.taken(row["id"]), server.given_back(row["id"]))
    again = "SELECT count(*) AS n FROM payments WHERE captured > refunded AND refunding = 0 GROUP BY invoice_id HAVING count(*) > 1"
    assert await it.sql(again, store=PLATFORM, service="payments") == []
    assert await it.dead_letters() == []
