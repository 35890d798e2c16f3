"""Bills of the platform in time: renewed by itself or by hand, given back, taxed, printed."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.harness import Alone, eventually
from tests.pdf import text_of
from tests.providers import ProviderServer
from tests.providers.stripe import StripeServer
from tests.services.paying_the_platform import (
    PRICE,
    admin,
    becomes,
    bills,
    changes,
    hurry,
    it,
    last_bill,
    pay,
    payments_for,
    server,
    servers_of_providers,
    sign_up,
    signed_up,
    statement,
    stripe,
    subscription,
    tell,
    timer,
    with_terms,
)
from tests.services.stores.signing_up import PLATFORM, store_of, told
from tradehall.contracts.stores import Store, SubscriptionChanged
from tradehall.services.stores.bills import BILLED_BEFORE

__all__ = ["hurry", "it", "server", "servers_of_providers", "stripe"]  # fixtures


# --- renewals


async def test_a_card_kept_at_stripe_is_charged_by_itself(it: Alone, stripe: StripeServer) -> None:
    store = await signed_up(it, stripe)
    seen = await subscription(it, store)
    assert (seen["by_itself"], seen["method"]) == (True, "stripe")
    await timer(it, store)
    renewed = await last_bill(it, store, "paid")
    assert renewed["kind"] == "renewal"
    (payment,) = await payments_for(it, UUID(renewed["id"]))
    intent = stripe.intent_of(payment["id"])
    assert (intent["customer"][:4], stripe.taken(payment["id"])) == ("cus_", PRICE)
    assert (await subscription(it, store))["period_start"] == seen["period_end"]
    await it.caught_up()
    assert changes(it, store) == ["paid", "paid"]


async def test_a_kept_card_that_is_declined_begins_grace_and_another_payment_ends_it(
    it: Alone, stripe: StripeServer
) -> None:
    store = await signed_up(it, stripe)
    stripe.broke = True
    await timer(it, store)
    await last_bill(it, store, "declined")
    assert (await subscription(it, store))["status"] == "grace"
    stripe.broke = False
    await pay(it, store, "stripe")
    waiting = await last_bill(it, store, "waiting")
    last = (await payments_for(it, UUID(waiting["id"])))[-1]
    assert "/admin/plan?back=1" in stripe.leads_back_to(last["id"])
    assert stripe.pay(last["id"])
    assert await tell(it, stripe, last["id"]) == 204
    await last_bill(it, store, "paid")
    assert (await subscription(it, store))["status"] == "active"


async def test_without_an_answer_a_kept_card_is_charged_once(it: Alone, stripe: StripeServer) -> None:
    store = await signed_up(it, stripe)
    stripe.faults += [(r"POST /v1/payment_intents", "after"), (r"POST /v1/payment_intents/\w+/confirm", "after")]
    await timer(it, store)
    renewed = await last_bill(it, store, "paid")
    (payment,) = await payments_for(it, UUID(renewed["id"]))
    assert (stripe.taken(payment["id"]), payment["captured"]) == (PRICE, PRICE)


async def billed(it: Alone, method: str = "bank-slip") -> Store:
    """Paid by slip or at PayPal, and a week before its period ends."""
    signup = await sign_up(it, "bank-slip")
    turn = (await becomes(it, signup, "waiting"))["turn"]
    await statement(it, (turn["code"], "20000.00"))
    await becomes(it, signup, "opened")
    store = await store_of(it, signup)
    if method != "bank-slip":
        body = {"payment": {"method": method}}
        assert (await admin(it, store).post("/api/v1/store/subscription/card", json=body)).status_code == 200
    (row,) = await it.sql("SELECT period_end - next_at AS before FROM subscriptions", store=store)
    assert row["before"] == BILLED_BEFORE
    await timer(it, store)
    return store


async def test_who_is_not_charged_by_itself_gets_a_bill_in_time_and_pays_it(it: Alone) -> None:
    store = await billed(it)
    before = await subscription(it, store)
    bill = await last_bill(it, store, "waiting")
    assert bill["due_at"] == before["period_end"]
    await it.caught_up()
    (mailed,) = [e for e in told(it, SubscriptionChanged, store.id) if e.change == "due"]
    assert (mailed.invoice.number, mailed.invoice.code) == (bill["number"], bill["turn"]["code"])
    await statement(it, (bill["turn"]["code"], "20000.00"))
    await last_bill(it, store, "paid")
    after = await subscription(it, store)
    assert (after["period_start"], after["status"]) == (before["period_end"], "active")
    assert after["due"] is None


async def test_a_bill_that_is_not_paid_leads_through_grace_to_suspension_and_is_then_void(it: Alone) -> None:
    store = await billed(it)
    waiting = await last_bill(it, store, "waiting")
    for _ in range(4):
        await timer(it, store)
        assert (await subscription(it, store))["status"] == "grace"
    await timer(it, store)
    assert (await subscription(it, store))["status"] == "suspended"
    await it.caught_up()
    assert changes(it, store) == ["paid", "due", "overdue", "overdue", "overdue", "overdue", "suspended"]
    await last_bill(it, store, "void")

    async def given_up() -> bool:
        return bool((await payments_for(it, UUID(waiting["id"])))[0]["status"] == "void")

    await eventually(given_up)
    seen = await pay(it, store, "bank-slip")
    assert seen["status"] == "suspended"
    again = await last_bill(it, store, "waiting")
    assert again["turn"]["code"] != waiting["turn"]["code"]
    await statement(it, (again["turn"]["code"], "20000.00"))
    paid = await last_bill(it, store, "paid")
    assert datetime.now(UTC) - datetime.fromisoformat(paid["period_start"]) < timedelta(minutes=1)
    assert (await subscription(it, store))["status"] == "active"


async def test_a_bill_is_paid_at_another_provider_than_was_begun_with(
    it: Alone, servers_of_providers: dict[str, Any]
) -> None:
    stripe = servers_of_providers["stripe"]
    store = await billed(it, "paypal")
    assert (await last_bill(it, store, "open"))["turn"] is None
    await pay(it, store, "paypal")
    await last_bill(it, store, "waiting")
    await pay(it, store, "stripe")

    async def at_stripe() -> Any:
        bill = (await bills(it, store))[-1]
        return bill if bill["method"] == "stripe" and bill["status"] == "waiting" else None

    bill = await eventually(at_stripe)
    first, second = await payments_for(it, UUID(bill["id"]))
    assert not servers_of_providers["paypal"].taken(first["id"])
    assert stripe.pay(second["id"])
    assert (await admin(it, store).post("/api/v1/store/subscription/back")).status_code == 202
    await last_bill(it, store, "paid")
    assert (await subscription(it, store))["by_itself"] is True


async def test_an_upgrade_that_waits_can_be_taken_back(it: Alone) -> None:
    store = await billed(it)
    await statement(it, ((await last_bill(it, store, "waiting"))["turn"]["code"], "20000.00"))
    await last_bill(it, store, "paid")
    client = admin(it, store)
    offers = (await client.get("/api/v1/store/subscription/offers")).json()
    (offer,) = [one for one in offers if one["plan"] == "large-usd"]
    body = {"plan": offer["plan"], "months": 1, "total": offer["now"]}

    class Peers:
        async def ask(self, *_: Any, **__: Any) -> int:
            return 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(it.running.peers, "ask", Peers().ask)
        answer = await client.post(
            "/api/v1/store/subscription/plan", json=body, headers={"idempotency-key": uuid4().hex}
        )
    assert answer.status_code == 202, answer.text
    await last_bill(it, store, "waiting")
    assert (await subscription(it, store))["turn"]["kind"] == "upgrade"
    assert (await client.delete("/api/v1/store/subscription/cancel")).status_code == 200
    await last_bill(it, store, "void")
    assert (await subscription(it, store))["plan"]["code"] == "small-usd"


# --- what goes back, tax, paper


async def end(it: Alone, store: Store, **changes: Any) -> Any:
    body = {"give_back": True, "reason": "As agreed", **changes}
    return await it.client("operator").post(f"/api/v1/stores/{store.slug}/subscription/end", json=body)


async def test_the_rest_of_a_period_goes_back_once_and_in_part(it: Alone, stripe: StripeServer) -> None:
    store = await signed_up(it, stripe)
    (bill,) = await bills(it, store)
    moved = "UPDATE {} SET period_start = period_start - interval '10 days 1 hour', period_end = period_end - interval '10 days 1 hour'"
    for table in ("subscriptions", "invoices"):
        await it.sql(moved.format(table), store=store)
    days = (datetime.fromisoformat(bill["period_end"]) - datetime.fromisoformat(bill["period_start"])).days
    answers = await asyncio.gather(*(end(it, store) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    (payment,) = await payments_for(it, UUID(bill["id"]))
    back = PRICE * (days - 11) // days

    async def given() -> bool:
        return bool(stripe.given_back(payment["id"]) == back)

    await eventually(given)
    (shown,) = await bills(it, store)
    assert (shown["returned"]["amount"], shown["status"]) == (back, "paid")
    assert (await subscription(it, store))["status"] == "ended"
    await it.caught_up()
    (ended,) = [e for e in told(it, SubscriptionChanged, store.id) if e.change == "ended"]
    assert ended.returned.amount == back
    assert (await it.client("store_admin", store=store).get("/api/v1/store/subscription")).status_code == 200
    for who in ("store_admin", "support"):
        answer = await it.client(who, store=store).post(
            f"/api/v1/stores/{store.slug}/subscription/end", json={"give_back": True, "reason": "x"}
        )
        assert answer.status_code == 403


@pytest.mark.parametrize(("included", "net", "tax"), [(True, 1_680_672, 319_328), (False, PRICE, 380_000)])
async def test_a_bill_says_its_tax_and_the_sums_add_up(it: Alone, included: bool, net: int, tax: int) -> None:
    try:
        await with_terms(it, issuer="Tradehall\nŁódź 1", tax={"name": "VAT", "rate": 1900, "included": included})
        plans = (await it.client().get("/api/v1/platform/plans")).json()
        (cycle,) = next(plan for plan in plans if plan["code"] == "small-usd")["cycles"]
        assert (cycle["total"]["amount"], cycle["tax"]["amount"]) == (net + tax, tax)
        signup = await sign_up(it, "bank-slip", total=net + tax)
        turn = (await becomes(it, signup, "waiting"))["turn"]
        await statement(it, (turn["code"], f"{(net + tax) / 100:.2f}"))
        await becomes(it, signup, "opened")
        store = await store_of(it, signup)
        (bill,) = await bills(it, store)
        assert (bill["net"]["amount"], bill["tax"]["amount"], bill["total"]["amount"]) == (net, tax, net + tax)
        assert (await subscription(it, store))["next"]["total"]["amount"] == net + tax
        page = await admin(it, store).get(f"/api/v1/store/invoices/{bill['id']}/pdf")
        assert (page.status_code, page.content[:5]) == (200, b"%PDF-")
        words = text_of(page.content)
        assert words.startswith("Tradehall\nŁódź 1\n")
        assert f"{(net + tax) / 100:.2f}" in words
        printed = (await admin(it, store).get(f"/api/v1/store/invoices/{bill['id']}")).json()
        assert (printed["issuer"], printed["tax_name"]) == ("Tradehall\nŁódź 1", "VAT")
        assert (await admin(it, store).get(f"/api/v1/store/invoices/{store.id}")).status_code == 404
    finally:
        await with_terms(it)


async def test_the_books_agree_with_each_provider(it: Alone, server: ProviderServer) -> None:
    """After all of the above."""
    await it.caught_up()
    sql = "SELECT id, captured, refunded FROM payments WHERE method = $1 AND captured > 0"
    for row in await it.sql(sql, server.name, store=PLATFORM, service="payments"):
        assert (row["captured"], row["refunded"]) == (server.taken(row["id"]), server.given_back(row["id"]))
    again = "SELECT count(*) AS n FROM payments WHERE captured > refunded AND refunding = 0 GROUP BY invoice_id HAVING count(*) > 1"
    assert await it.sql(again, store=PLATFORM, service="payments") == []
    assert await it.dead_letters() == []
