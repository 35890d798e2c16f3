"""Subscriptions in time: renewed, in grace, suspended, back; larger at once, smaller with the next period."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness import Alone, eventually
from tests.services.stores.signing_up import asked, open_store, settle, told, with_plans
from tradehall.contracts.stores import InvoiceDue, Limits, RenewalDue, Store, SubscriptionChanged
from tradehall.kernel.errors import NotFound
from tradehall.kernel.ids import uuid7
from tradehall.services.stores import subscriptions as rules
from tradehall.services.stores.plans import months_later
from tradehall.services.stores.subscriptions import Invoice, Subscription

SERVICE = "stores"


@pytest.fixture(autouse=True, scope="module")
async def _plans(it: Alone) -> None:
    await with_plans(it)


class Peers:
    """Those who count what a store has."""

    def __init__(self, **counted: int) -> None:
        self.counted = {"catalog": 0, "identity": 1, "inventory": 1} | counted

    async def ask(self, service: str, path: str, shape: Any, **params: Any) -> Any:
        if path != f"/internal/v1/{service}/usage":
            raise NotFound()
        return self.counted[service]


@pytest.fixture(autouse=True)
def peers(it: Alone, monkeypatch: pytest.MonkeyPatch) -> Peers:
    peers = Peers()
    monkeypatch.setattr(it.running.peers, "ask", peers.ask)
    return peers


def admin(it: Alone, store: Store) -> httpx.AsyncClient:
    return it.client("store_admin", store=store, user_id=uuid7())


async def seen(it: Alone, store: Store) -> Any:
    answer = await admin(it, store).get("/api/v1/store/subscription")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def status(it: Alone, store: Store) -> str:
    """As every process knows it."""
    (row,) = await it.sql("SELECT settings ->> 'status' AS status FROM stores WHERE id = $1", store.id)
    return str(row["status"])


async def post(it: Alone, store: Store, path: str, body: Any, *, key: str = "") -> httpx.Response:
    headers = {"idempotency-key": key or uuid4().hex}
    return await it.client("store_admin", store=store, user_id=store.id).post(
        f"/api/v1/store/subscription/{path}", json=body, headers=headers
    )


async def pass_time(it: Alone, store: Store) -> None:
    """Until the subscription's timer is due, and has done what it does."""
    (row,) = await it.sql("SELECT next_at FROM subscriptions", store=store)
    assert row["next_at"] is not None
    sql = "UPDATE outbox SET available_at = now() WHERE type = 'RenewalDue' AND aggregateid = $1"
    await it.sql(sql, str(store.id))

    async def moved() -> bool:
        (now,) = await it.sql("SELECT next_at FROM subscriptions", store=store)
        return bool(now["next_at"] != row["next_at"])

    await eventually(moved)


async def charged(it: Alone, store: Store, attempt: int) -> InvoiceDue:
    """The last that was asked to be charged for it."""
    due = (await asked(it, store))[-1]
    assert due.attempt == attempt
    return due


async def renewed(it: Alone, store: Store, status: str = "paid") -> InvoiceDue:
    await pass_time(it, store)
    due = await charged(it, store, 1)
    await settle(it, due, status, store)
    return due


def changes(it: Alone, store: Store) -> list[str]:
    return [event.change for event in told(it, SubscriptionChanged, store.id)]


async def bills(it: Alone, store: Store) -> list[tuple[str, str, int]]:
    """Kind, status and amount, oldest first."""
    found = (await admin(it, store).get("/api/v1/store/invoices")).json()["items"]
    return [(bill["kind"], bill["status"], bill["total"]["amount"]) for bill in reversed(found)]


# --- time


async def test_a_period_is_renewed_when_it_ends_and_the_next_begins_there(it: Alone) -> None:
    store = await open_store(it)
    before = await seen(it, store)
    due = await renewed(it, store)
    assert (due.amount, due.token) == (1999, "tok_ok")
    after = await seen(it, store)
    assert after["period_start"] == before["period_end"]
    start, end = (datetime.fromisoformat(after[name]) for name in ("period_start", "period_end"))
    assert end == months_later(start, 1, datetime.fromisoformat(before["period_start"]).day)
    await renewed(it, store)
    assert await bills(it, store) == [("signup", "paid", 1999), ("renewal", "paid", 1999), ("renewal", "paid", 1999)]
    await it.caught_up()
    assert changes(it, store) == ["paid", "paid", "paid"]


async def test_who_does_not_pay_is_tried_three_times_then_suspended(it: Alone) -> None:
    store = await open_store(it)
    await renewed(it, store, "declined")
    assert (await status(it, store), (await seen(it, store))["status"]) == ("grace", "grace")
    for attempt in (2, 3, 4):
        await pass_time(it, store)
        await settle(it, await charged(it, store, attempt), "declined", store)
        assert await status(it, store) == "grace"
    await pass_time(it, store)
    assert await status(it, store) == "suspended"
    await it.caught_up()
    assert changes(it, store) == ["paid", "declined", "declined", "declined", "grace_ending", "suspended"]
    assert len(await asked(it, store)) == 4
    guest = it.client(store=store)
    assert (await guest.get("/api/v1/products")).status_code == 503


async def test_the_steps_of_grace_are_days_1_3_5_and_7(it: Alone) -> None:
    store = await open_store(it)
    await renewed(it, store, "declined")
    steps = []
    for attempt in (2, 3, 4):
        (row,) = await it.sql("SELECT next_at - grace_since AS after FROM subscriptions", store=store)
        steps.append(row["after"].days)
        await pass_time(it, store)
        await settle(it, await charged(it, store, attempt), "declined", store)
    (row,) = await it.sql("SELECT next_at - grace_since AS after FROM subscriptions", store=store)
    assert [*steps, row["after"].days] == [1, 3, 5, 7]


async def test_a_try_in_grace_that_succeeds_is_as_if_nothing_had_been(it: Alone) -> None:
    store = await open_store(it)
    before = await seen(it, store)
    await renewed(it, store, "declined")
    await pass_time(it, store)
    await settle(it, await charged(it, store, 2), "paid", store)
    after = await seen(it, store)
    assert (after["status"], after["period_start"]) == ("active", before["period_end"])
    assert await status(it, store) == "active"
    assert await bills(it, store) == [("signup", "paid", 1999), ("renewal", "paid", 1999)]


async def suspended(it: Alone) -> Store:
    store = await open_store(it)
    await renewed(it, store, "declined")
    for attempt in (2, 3, 4):
        await pass_time(it, store)
        await settle(it, await charged(it, store, attempt), "declined", store)
    await pass_time(it, store)
    return store


async def test_a_suspended_store_that_pays_is_back_with_a_period_from_now_on(it: Alone) -> None:
    store = await suspended(it)
    due = (await seen(it, store))["due"]
    card = {"method": "card-simulated", "token": "tok_new"}
    answer = await post(it, store, "pay", {"total": due, "payment": card})
    assert (answer.status_code, answer.json()["charging"]) == (202, True)
    assert await status(it, store) == "suspended"
    asked_for = await charged(it, store, 1)
    assert asked_for.token == "tok_new"
    await settle(it, asked_for, "paid", store)
    after = await seen(it, store)
    assert (after["status"], await status(it, store)) == ("active", "active")
    assert datetime.now(UTC) - datetime.fromisoformat(after["period_start"]) < timedelta(minutes=1)
    assert await bills(it, store) == [("signup", "paid", 1999), ("renewal", "void", 1999), ("renewal", "paid", 1999)]
    await it.caught_up()
    assert changes(it, store)[-1] == "resumed"
    await renewed(it, store)


async def test_paying_twice_at_the_same_moment_charges_once(it: Alone) -> None:
    store = await suspended(it)
    due, before = (await seen(it, store))["due"], len(await asked(it, store))
    key = uuid4().hex
    answers = await asyncio.gather(
        *(post(it, store, "pay", {"total": due}, key=key) for _ in range(3)),
        *(post(it, store, "pay", {"total": due}) for _ in range(3)),
    )
    assert len(await asked(it, store)) == before + 1
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert 202 in {answer.status_code for answer in answers}


async def test_paying_in_grace_pays_what_is_due_and_nothing_is_due_after(it: Alone) -> None:
    store = await open_store(it)
    answer = await post(it, store, "pay", {"total": {"amount": 1999, "currency": "USD"}})
    assert (answer.status_code, answer.json()["type"]) == (409, "nothing-to-pay")
    await renewed(it, store, "declined")
    off = await post(it, store, "pay", {"total": {"amount": 1, "currency": "USD"}})
    assert (off.status_code, off.json()["type"]) == (409, "total-changed")
    assert (await post(it, store, "pay", {"total": {"amount": 1999, "currency": "USD"}})).status_code == 202
    await settle(it, await charged(it, store, 2), "paid", store)
    assert await status(it, store) == "active"
    assert (await seen(it, store))["due"] is None


async def test_a_timer_that_fires_twice_or_too_late_charges_once(it: Alone) -> None:
    store = await open_store(it)
    sql = "SELECT payload FROM outbox WHERE type = 'RenewalDue' AND aggregateid = $1"
    (row,) = await it.sql(sql, str(store.id))
    timer = msgspec.json.decode(row["payload"], type=RenewalDue)
    await renewed(it, store)
    for _ in range(3):
        await it.running.bus.publish([it._message(timer, uuid7(), store)])
    await it.idle()
    assert len(await asked(it, store)) == 1
    assert await it.dead_letters() == []


async def test_a_renewal_waits_for_an_upgrade_that_is_being_charged(it: Alone) -> None:
    store = await open_store(it)
    offer = await offered(it, store, "large", 1)
    assert (await choose(it, store, offer)).status_code == 202
    await pass_time(it, store)
    upgrade = await charged(it, store, 1)
    assert len(await asked(it, store)) == 1
    await settle(it, upgrade, "paid", store)
    assert (await renewed(it, store)).amount == 5999


# --- another plan


async def offered(it: Alone, store: Store, plan: str, months: int) -> Any:
    offers = (await admin(it, store).get("/api/v1/store/subscription/offers")).json()
    (found,) = [offer for offer in offers if (offer["plan"], offer["months"]) == (plan, months)]
    return found


async def choose(it: Alone, store: Store, offer: Any, *, key: str = "") -> httpx.Response:
    body = {"plan": offer["plan"], "months": offer["months"], "total": offer["now"]}
    return await post(it, store, "plan", body, key=key)


async def test_a_larger_plan_counts_when_the_rest_of_the_period_is_paid(it: Alone) -> None:
    store = await open_store(it)
    offer = await offered(it, store, "large", 1)
    assert (offer["at"], offer["now"]["amount"], offer["then"]["amount"]) == ("now", 4000, 5999)
    assert (await choose(it, store, offer)).status_code == 202
    assert (await seen(it, store))["plan"]["code"] == "small"
    due = await charged(it, store, 1)
    assert due.amount == 4000
    await settle(it, due, "paid", store)
    after = await seen(it, store)
    assert (after["plan"]["code"], after["next"]["total"]["amount"]) == ("large", 5999)
    assert await bills(it, store) == [("signup", "paid", 1999), ("upgrade", "paid", 4000)]
    (row,) = await it.sql("SELECT settings FROM stores WHERE id = $1", store.id)
    assert row["settings"]["plan"] == "large"
    assert msgspec.convert(row["settings"]["limits"], Limits) == Limits()


async def test_a_larger_plan_that_is_not_paid_changes_nothing(it: Alone) -> None:
    store = await open_store(it)
    await choose(it, store, await offered(it, store, "large", 1))
    await settle(it, await charged(it, store, 1), "declined", store)
    after = await seen(it, store)
    assert (after["plan"]["code"], after["status"], after["charging"]) == ("small", "active", False)
    assert await bills(it, store) == [("signup", "paid", 1999), ("upgrade", "void", 4000)]
    await renewed(it, store)


async def test_a_smaller_plan_comes_with_the_next_period_and_its_limits_at_once(it: Alone) -> None:
    store = await open_store(it, plan="large", total={"amount": 5999, "currency": "USD"})
    offer = await offered(it, store, "small", 12)
    assert (offer["at"], offer["now"]["amount"]) == ("period_end", 0)
    assert (await choose(it, store, offer)).status_code == 202
    after = await seen(it, store)
    assert (after["plan"]["code"], after["next"]["plan"], after["next"]["months"]) == ("large", "small", 12)
    (row,) = await it.sql("SELECT settings FROM stores WHERE id = $1", store.id)
    assert (row["settings"]["plan"], row["settings"]["limits"]["products"]) == ("large", 2)
    assert len(await asked(it, store)) == 0
    assert (await renewed(it, store)).amount == 21589
    after = await seen(it, store)
    assert (after["plan"]["code"], after["months"], after["next"]["months"]) == ("small", 12, 12)


async def test_a_plan_too_small_for_what_is_there_is_refused_with_what_is_too_much(it: Alone, peers: Peers) -> None:
    store = await open_store(it, plan="large", total={"amount": 5999, "currency": "USD"})
    peers.counted |= {"catalog": 3, "inventory": 4}
    answer = await choose(it, store, await offered(it, store, "small", 1))
    assert (answer.status_code, answer.json()["type"]) == (409, "too-much-for-plan")
    assert answer.json()["extra"]["excess"] == {
        "products": {"there": 3, "allowed": 2},
        "warehouses": {"there": 4, "allowed": 1},
    }
    assert (await seen(it, store))["next"]["plan"] == "large"


async def test_another_plan_is_chosen_once_per_key_and_at_the_price_seen(it: Alone) -> None:
    store = await open_store(it)
    offer, key = await offered(it, store, "large", 1), uuid4().hex
    answers = await asyncio.gather(*(choose(it, store, offer, key=key) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {202}
    assert len(await asked(it, store)) == 1
    assert (await choose(it, store, offer)).json()["type"] == "payment-under-way"
    wrong = await choose(it, store, offer | {"now": {"amount": 3999, "currency": "USD"}})
    assert (wrong.status_code, wrong.json()["type"]) == (409, "total-changed")
    for plan in ("nothing", "given"):
        assert (await choose(it, store, offer | {"plan": plan})).status_code == 404
    assert (await choose(it, store, offer | {"months": 5})).status_code == 422


# --- leaving


async def test_who_leaves_keeps_the_store_until_the_period_ends_and_may_come_back(it: Alone) -> None:
    store = await open_store(it)
    answer = await post(it, store, "cancel", {})
    assert (answer.status_code, answer.json()["next"], answer.json()["status"]) == (200, None, "active")
    await pass_time(it, store)
    assert (await status(it, store), (await seen(it, store))["status"]) == ("suspended", "ended")
    assert len(await asked(it, store)) == 0
    assert (await post(it, store, "pay", {"total": (await seen(it, store))["due"]})).status_code == 202
    await settle(it, await charged(it, store, 1), "paid", store)
    assert (await seen(it, store))["next"] is not None
    assert await status(it, store) == "active"


async def test_a_cancellation_can_be_taken_back(it: Alone) -> None:
    store = await open_store(it)
    await post(it, store, "cancel", {})
    answer = await admin(it, store).delete("/api/v1/store/subscription/cancel")
    assert (answer.status_code, answer.json()["next"]["plan"]) == (200, "small")
    await renewed(it, store)


# --- operators, and others


async def test_a_store_that_an_operator_holds_stays_held_whatever_is_paid(it: Alone) -> None:
    store = await open_store(it)
    operator = it.client("operator")
    url = f"/api/v1/stores/{store.slug}/status"
    assert (await operator.put(url, json={"status": "suspended"})).json()["status"] == "suspended"
    await renewed(it, store)
    assert await status(it, store) == "suspended"
    assert (await operator.put(url, json={"status": "active"})).json()["status"] == "active"
    await renewed(it, store, "declined")
    assert (await operator.put(url, json={"status": "active"})).json()["status"] == "grace"


async def test_bills_are_the_stores_own_and_its_admins_alone(it: Alone) -> None:
    mine, other = await open_store(it), await open_store(it)
    paths = ("/api/v1/store/subscription", "/api/v1/store/invoices", "/api/v1/store/subscription/offers")
    for path in paths:
        for roles in ((), ("shopper",), ("seller",), ("support",), ("warehouse_manager",)):
            assert (await it.client(*roles, store=mine).get(path)).status_code in (401, 403)
        stranger = it.client("store_admin", store=other)
        assert (await stranger.get(f"http://{mine.hosts[0]}{path}")).status_code == 401
    (bill,) = (await admin(it, mine).get("/api/v1/store/invoices")).json()["items"]
    assert bill["number"] == f"{mine.slug.upper()}-0001"
    assert (await admin(it, mine).get("/api/v1/store/invoices?cursor=x")).status_code == 422


async def test_another_card_is_charged_from_then_on(it: Alone) -> None:
    store = await open_store(it)
    card = {"payment": {"method": "card-simulated", "token": "tok_new"}}
    assert (await post(it, store, "card", card)).status_code == 200
    assert (await renewed(it, store)).token == "tok_new"
    bad = await post(it, store, "card", {"payment": {"method": "card-simulated", "token": "4242"}})
    assert bad.status_code == 422


# --- the rules, whatever comes in whatever order

START = datetime(2027, 1, 31, tzinfo=UTC)


@given(st.lists(st.sampled_from(["timer", "paid", "declined"]), max_size=40))
def test_whatever_comes_an_active_subscription_was_paid_and_retries_end(steps: list[str]) -> None:
    """Every step of time leads to a charge, to the next step, or to the end of grace, and grace has four of them."""
    now = START
    subscription = Subscription(
        plan="p", months=1, paid=1, currency="USD", period_start=START, period_end=months_later(START, 1, 31),
        anchor=31, method="card-simulated", card="tok_ok", email="a@b.example", next_at=months_later(START, 1, 31),
    )  # fmt: skip
    paid = 0
    for step in steps:
        start, end, _ = rules.next_period(subscription, now)
        invoice = Invoice(
            id=uuid7(), number=1, kind="renewal", plan="p", months=1, period_start=start, period_end=end, amount=1,
            currency="USD", cycle=1, status="charging", created_at=now, net=1, method="card-simulated",
        )  # fmt: skip
        now = max(now, subscription.next_at or now)
        before = subscription
        if step == "timer":
            if subscription.status == "grace" and subscription.retries < len(rules.RETRIES):
                subscription = msgspec.structs.replace(subscription, retries=subscription.retries + 1)
                subscription = rules.declined(subscription, now)
            elif subscription.status == "grace":
                subscription = rules.suspended(subscription)
        elif step == "paid":
            subscription = rules.paid(subscription, invoice)
            paid += 1
            assert (subscription.status, subscription.retries) == ("active", 0)
            assert subscription.period_end > subscription.period_start >= before.period_start
        else:
            subscription = rules.declined(subscription, now)
        if subscription.status in ("active", "grace"):
            assert subscription.next_at is not None
        if before.status != "active" and subscription.status == "active":
            assert step == "paid"
        assert subscription.retries <= len(rules.RETRIES)
