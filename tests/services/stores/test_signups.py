"""Signing up: a proven address, then the charge, then one store, whatever comes twice, late or at the same moment."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.harness import Alone, eventually
from tests.services.stores.opening import opened, rules
from tests.services.stores.signing_up import (
    PLATFORM,
    ask,
    asked,
    begun,
    code_of,
    proven,
    send,
    settle,
    store_of,
    told,
    wanted,
    with_plans,
)
from tradehall.contracts.payments import InvoiceSettled
from tradehall.contracts.stores import InvoiceDue, StoreCreated, StoreOpened, SubscriptionChanged
from tradehall.kernel.ids import uuid7

SERVICE = "stores"


@pytest.fixture(autouse=True, scope="module")
async def _plans(it: Alone) -> None:
    await with_plans(it)


async def row(it: Alone, signup: Any) -> Any:
    (found,) = await it.sql("SELECT * FROM signups WHERE id = $1", signup["id"], store=PLATFORM)
    return found


async def hurry(it: Alone, type: str, key: str, store: Any = PLATFORM) -> None:
    """The timer is due now."""
    await it.sql("UPDATE outbox SET available_at = now() WHERE type = $1 AND aggregateid = $2", type, key, store=store)


async def test_a_paid_signup_becomes_a_store_with_its_plan_its_look_and_its_first_bill(it: Alone) -> None:
    total = {"amount": 64789, "currency": "USD"}
    signup, due = await proven(it, plan="large", months=12, total=total)
    assert (due.amount, due.currency, due.attempt, due.token) == (64789, "USD", 1, "tok_ok")
    settled = await settle(it, due)
    seen = (await ask(it, signup)).json()
    assert (seen["status"], seen["url"]) == ("opened", f"http://{signup['slug']}.localhost:8000")
    store = await store_of(it, signup)
    assert (store.plan, store.look.theme, store.currency, store.status) == ("large", "mini", "USD", "active")
    assert store.hosts == [f"{signup['slug']}.localhost"]
    (created,), (opened_,) = await it.published(StoreCreated, store=store), await it.published(StoreOpened, store=store)
    assert created.store == opened_.store == store
    assert opened_.admin_email == signup["email"]
    assert (await row(it, signup))["card"] is None
    admin = it.client("store_admin", store=store)
    (bill,) = (await admin.get("/api/v1/store/invoices")).json()["items"]
    assert (bill["number"], bill["status"], bill["total"]) == (f"{store.slug.upper()}-0001", "paid", total)
    subscription = (await admin.get("/api/v1/store/subscription")).json()
    assert (subscription["status"], subscription["next"]["total"], subscription["due"]) == ("active", total, None)
    (paid,) = await it.published(SubscriptionChanged, store=store)
    assert (paid.change, paid.email, paid.invoice.number) == ("paid", signup["email"], bill["number"])
    (kept,) = await it.sql("SELECT payment_id FROM invoices", store=store)
    assert kept["payment_id"] == settled.payment_id


async def test_nothing_is_charged_before_the_address_is_proven(it: Alone) -> None:
    before = len(await asked(it, PLATFORM))
    signup = await begun(it)
    code = await code_of(it, signup)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    answer = await ask(it, signup, "verify", {"code": wrong})
    assert (answer.status_code, answer.json()["type"]) == (422, "wrong-code")
    assert len(await asked(it, PLATFORM)) == before
    assert (await ask(it, signup)).json()["status"] == "unproven"


async def test_five_wrong_codes_shut_even_the_right_one_out(it: Alone) -> None:
    signup = await begun(it)
    code = await code_of(it, signup)
    for n in range(1, 6):
        wrong = f"{(int(code) + n) % 10**6:06d}"
        assert (await ask(it, signup, "verify", {"code": wrong})).status_code == 422
    assert (await ask(it, signup, "verify", {"code": code})).status_code == 422


async def test_a_code_is_good_for_a_quarter_of_an_hour(it: Alone) -> None:
    signup = await begun(it)
    await it.sql("UPDATE signups SET code_expires_at = now() WHERE id = $1", signup["id"], store=PLATFORM)
    assert (await ask(it, signup, "verify", {"code": await code_of(it, signup)})).status_code == 422


async def test_another_code_comes_after_a_minute_in_the_place_of_the_first(it: Alone) -> None:
    signup = await begun(it)
    first = await code_of(it, signup)
    answer = await ask(it, signup, "resend", {})
    assert (answer.status_code, answer.json()["type"]) == (429, "code-too-soon")
    assert 0 < int(answer.headers["retry-after"]) <= 60
    sql = "UPDATE signups SET code_issued_at = now() - interval '61 s' WHERE id = $1"
    await it.sql(sql, signup["id"], store=PLATFORM)
    assert (await ask(it, signup, "resend", {})).status_code == 202
    second = await code_of(it, signup)
    if first != second:
        assert (await ask(it, signup, "verify", {"code": first})).status_code == 422
    assert (await ask(it, signup, "verify", {"code": second})).status_code == 202


async def test_an_address_gets_no_second_code_by_another_signup(it: Alone) -> None:
    signup = await begun(it)
    answers = await asyncio.gather(*(send(it, wanted(email=signup["email"].upper())) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {429}


async def test_one_address_may_have_several_stores(it: Alone) -> None:
    signup, due = await proven(it)
    await settle(it, due)
    sql = "UPDATE signups SET code_issued_at = now() - interval '61 s' WHERE id = $1"
    await it.sql(sql, signup["id"], store=PLATFORM)
    other, due = await proven(it, email=signup["email"])
    await settle(it, due)
    assert (await store_of(it, other)).id != (await store_of(it, signup)).id


# --- the name


async def test_a_name_is_kept_for_who_signed_up_first(it: Alone) -> None:
    slug = f"s{uuid4().hex[:10]}"
    answers = await asyncio.gather(*(send(it, wanted(slug=slug)) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    body = {"slug": slug, "name": "Operator's"}
    assert (await it.client("operator").post("/api/v1/stores", json=body)).status_code == 409


async def test_the_name_of_a_store_is_taken_and_the_platforms_are_refused(it: Alone) -> None:
    store = await opened(it)
    assert (await send(it, wanted(slug=store.slug))).status_code == 409
    assert list(rules(await send(it, wanted(slug="www")))) == ["slug"]


async def test_a_signup_that_is_not_finished_lets_its_name_and_card_go_after_a_day(it: Alone) -> None:
    signup = await begun(it)
    await it.sql("UPDATE signups SET expires_at = now() WHERE id = $1", signup["id"], store=PLATFORM)
    await hurry(it, "SignupExpiryDue", signup["id"])

    async def over() -> bool:
        return bool((await ask(it, signup)).json()["status"] == "expired")

    await eventually(over)
    assert (await row(it, signup))["card"] is None
    answer = await ask(it, signup, "verify", {"code": await code_of(it, signup)})
    assert (answer.status_code, answer.json()["type"]) == (409, "signup-over")
    assert (await send(it, wanted(slug=signup["slug"]))).status_code == 201


async def test_who_comes_back_too_late_is_not_charged_for_a_name_that_is_gone(it: Alone) -> None:
    signup = await begun(it)
    code, before = await code_of(it, signup), len(await asked(it, PLATFORM))
    await it.sql("UPDATE slugs SET until = now() WHERE slug = $1", signup["slug"], store=PLATFORM)
    assert (await send(it, wanted(slug=signup["slug"]))).status_code == 201
    answer = await ask(it, signup, "verify", {"code": code})
    assert (answer.status_code, answer.json()["type"]) == (409, "name-taken")
    assert len(await asked(it, PLATFORM)) == before


async def test_a_name_stays_while_its_payment_is_under_way(it: Alone) -> None:
    signup, due = await proven(it)
    await it.sql("UPDATE signups SET expires_at = now() WHERE id = $1", signup["id"], store=PLATFORM)
    await hurry(it, "SignupExpiryDue", signup["id"])
    await it.caught_up()
    assert (await send(it, wanted(slug=signup["slug"]))).status_code == 409
    await settle(it, due)
    assert (await ask(it, signup)).json()["status"] == "opened"


# --- paying


async def test_a_declined_card_may_be_followed_by_another(it: Alone) -> None:
    signup, due = await proven(it)
    await settle(it, due, "declined")
    assert (await ask(it, signup)).json()["status"] == "declined"
    assert (await row(it, signup))["card"] is None
    body = {"payment": {"method": "card-simulated", "token": "tok_other"}, "total": signup["total"]}
    off = body | {"total": {"amount": 1, "currency": "USD"}}
    answer = await ask(it, signup, "pay", off)
    assert (answer.status_code, answer.json()["extra"]["total"]) == (409, signup["total"])
    answers = await asyncio.gather(*(ask(it, signup, "pay", body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]
    again = (await asked(it, PLATFORM))[-1]
    assert (again.invoice_id, again.attempt, again.token) == (due.invoice_id, 2, "tok_other")
    await settle(it, due, "paid")  # an answer to the first attempt changes nothing any more
    assert (await ask(it, signup)).json()["status"] == "charging"
    await settle(it, again)
    assert (await ask(it, signup)).json()["status"] == "opened"


async def test_cards_are_not_tried_out_without_end(it: Alone) -> None:
    signup, due = await proven(it)
    await it.sql("UPDATE signups SET attempt = 10 WHERE id = $1", signup["id"], store=PLATFORM)
    settled = InvoiceSettled(invoice_id=due.invoice_id, attempt=10, payment_id=uuid7(), status="declined")
    await it.given(settled, key=due.invoice_id, store=PLATFORM)
    body = {"payment": {"method": "card-simulated", "token": "tok_ok"}, "total": signup["total"]}
    answer = await ask(it, signup, "pay", body)
    assert (answer.status_code, answer.json()["type"]) == (409, "too-many-attempts")


async def test_what_is_told_twice_makes_one_store(it: Alone) -> None:
    signup, due = await proven(it)
    settled = InvoiceSettled(invoice_id=due.invoice_id, attempt=1, payment_id=uuid7(), status="paid")
    await asyncio.gather(*(it.given(settled, key=due.invoice_id, store=PLATFORM) for _ in range(3)))
    late = InvoiceSettled(invoice_id=due.invoice_id, attempt=1, payment_id=uuid7(), status="declined")
    await it.given(late, key=due.invoice_id, store=PLATFORM)
    store = await store_of(it, signup)
    await it.caught_up()
    assert len(told(it, StoreCreated, store.id)) == len(told(it, StoreOpened, store.id)) == 1
    assert len(await it.sql("SELECT 1 FROM invoices", store=store)) == 1
    assert (await ask(it, signup)).json()["status"] == "opened"
    assert await it.dead_letters() == []


async def test_the_right_code_at_the_same_moment_charges_once(it: Alone) -> None:
    signup = await begun(it)
    code = await code_of(it, signup)
    answers = await asyncio.gather(*(ask(it, signup, "verify", {"code": code}) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409, 409]
    invoice = (await row(it, signup))["invoice_id"]
    assert len([due for due in await asked(it, PLATFORM) if due.invoice_id == invoice]) == 1


async def test_a_plan_that_costs_nothing_needs_no_payment(it: Alone) -> None:
    free = {"name": "Free", "price": 0, "cycles": [{"months": 1}], "position": 9}
    assert (await it.client("operator").put("/api/v1/platform/plans/free", json=free)).status_code == 200
    signup = await begun(it, plan="free", total={"amount": 0, "currency": "USD"})
    before = len(await asked(it, PLATFORM))
    answer = await ask(it, signup, "verify", {"code": await code_of(it, signup)})
    assert (answer.status_code, answer.json()["status"]) == (202, "opened")
    assert len(await asked(it, PLATFORM)) == before
    assert (await store_of(it, signup)).plan == "free"


# --- what is refused


async def test_a_repeated_request_gets_the_first_answer(it: Alone) -> None:
    body, key = wanted(), uuid4().hex
    answers = await asyncio.gather(*(send(it, body, key=key) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert (await send(it, body | {"name": "Other"}, key=key)).json()["type"] == "idempotency-key-reused"
    assert (await it.client().post("/api/v1/platform/signups", json=wanted())).status_code == 400


async def test_a_price_that_has_changed_is_refused_with_the_new_one(it: Alone) -> None:
    answer = await send(it, wanted(total={"amount": 1998, "currency": "USD"}))
    assert (answer.status_code, answer.json()["type"]) == (409, "total-changed")
    assert answer.json()["extra"]["total"] == {"amount": 1999, "currency": "USD"}


async def test_all_that_is_wrong_is_named_at_once(it: Alone) -> None:
    body = {
        "email": "no",
        "name": "\x00",
        "slug": "NO",
        "plan": "",
        "months": 7,
        "payment": {"method": "gold", "token": "4242424242424242"},
        "total": {"amount": 10**30, "currency": "usd"},
    }
    assert set(rules(await send(it, body))) == {
        "email", "name", "slug", "plan", "months", "payment.method", "payment.token", "total.amount", "total.currency",
    }  # fmt: skip
    for plan in ("nothing", "given"):
        assert (await send(it, wanted(plan=plan))).status_code == 404


async def test_a_signup_is_shown_to_who_began_it_only(it: Alone) -> None:
    signup, other = await begun(it), await begun(it)
    for token in ("", "x", "\x00", other["token"]):
        for action, body in (("", None), ("verify", {"code": "123456"}), ("resend", {})):
            answer = await ask(it, signup | {"token": token}, action, body)
            assert (answer.status_code, answer.json()["type"]) == (404, "unknown-signup")
    assert (await ask(it, {"id": str(uuid7()), "token": signup["token"]})).status_code == 404
    assert told(it, InvoiceDue, it.store.id) == []
