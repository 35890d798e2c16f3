"""Mails of the platform itself: in its own name and look, kept apart from those of any store."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import uuid4

import msgspec
import pytest

from tests.harness import Alone, a_store
from tradehall.contracts.stores import (
    InvoiceFacts,
    SignupCodeIssued,
    SignupWaiting,
    Store,
    SubscriptionChange,
    SubscriptionChanged,
)
from tradehall.contracts.values import Money
from tradehall.kernel.ids import uuid7
from tradehall.kernel.sealing import seal
from tradehall.kernel.stores import platform_store

SERVICE = "notifications"
PLATFORM = platform_store("localhost")
END = datetime(2027, 3, 1, tzinfo=UTC)


async def mails(it: Alone, to: str) -> list[Any]:
    """As the platform's mailbox shows them."""
    listed = (await it.client().get("/api/v1/platform/mailbox", params={"q": to})).json()["items"]
    return [(await it.client().get(f"/api/v1/platform/mailbox/{mail['id']}")).json() for mail in listed]


async def test_the_code_of_a_signup_is_mailed_and_says_nothing_that_anybody_typed(it: Alone) -> None:
    to, code_id = f"{uuid4().hex[:10]}@new.example", uuid7()
    issued = SignupCodeIssued(
        code_id=code_id,
        signup_id=uuid7(),
        email=to,
        code=seal(it.running.settings.secret, "042137", about=str(code_id)),
        expires_at=datetime.now(UTC) + timedelta(minutes=15),
    )
    await it.given(issued, key=issued.signup_id, store=PLATFORM)
    (mail,) = await mails(it, to)
    assert mail["subject"] == "Your code to open a store"
    for part in (mail["text"], mail["html"]):
        assert "042137" in part
        assert "Tradehall" in part
        assert "http://localhost:8000/start" in part


async def test_who_signed_up_gets_the_slip_by_mail_and_the_way_back_to_its_page(it: Alone) -> None:
    to = f"{uuid4().hex[:10]}@new.example"
    slip = SignupWaiting(
        signup_id=uuid7(),
        email=to,
        store_name="Paper & <Ink>",
        total=Money(1999, "USD"),
        reference="ABCD-2345",
        bank="Tradehall Ltd\nBank of Fonte",
        until=END,
        place="/start/signup/1?token=t0k3n",
    )
    for _ in range(2):
        await it.given(slip, key=slip.signup_id, store=PLATFORM)
    (mail,) = await mails(it, to)
    for part in (mail["text"], mail["html"]):
        for words in ("19.99 USD", "ABCD-2345", "1 March 2027", "Bank of Fonte", "/start/signup/1?token=t0k3n"):
            assert words in part
    assert "<Ink>" not in mail["html"]


def changed(store: Store, change: SubscriptionChange, to: str) -> SubscriptionChanged:
    bill = InvoiceFacts(number="PAPER-0002", amount=1999, currency="USD", period_start=END, period_end=END)
    return SubscriptionChanged(store=store, email=to, change=change, plan="starter", until=END, invoice=bill)


@pytest.mark.parametrize("change", get_args(SubscriptionChange))
async def test_news_of_a_subscription_come_from_the_platform_and_lead_to_the_store(
    it: Alone, change: SubscriptionChange
) -> None:
    to, store = f"{uuid4().hex[:10]}@new.example", a_store("paper", name="Paper & <Ink>")
    it.running.stores.put(store)
    await it.given(changed(store, change, to), key=store.id, store=store)
    (mail,) = await mails(it, to)
    assert mail["subject"].startswith("Paper & <Ink>")
    assert mail["text"].startswith("Tradehall\n")
    assert "Hello, " in mail["text"]
    assert "Paper & <Ink>" in mail["text"]
    assert "Paper &amp; &lt;Ink&gt;" in mail["html"]
    assert "<Ink>" not in mail["html"]
    for part in (mail["text"], mail["html"]):
        assert "PAPER-0002" in part
        assert "19.99 USD" in part
        assert "http://paper.localhost:8000/admin/plan" in part
    own = (await it.client(store=store).get("/api/v1/mailbox", params={"q": to})).json()
    assert own["items"] == []


async def test_the_same_news_are_mailed_once(it: Alone) -> None:
    to, store = f"{uuid4().hex[:10]}@new.example", a_store("paper")
    told = changed(store, "declined", to)
    for _ in range(2):
        await it.given(told, key=store.id, store=store)
    later = msgspec.structs.replace(told, timestamp=told.timestamp + timedelta(days=2))
    await it.given(later, key=store.id, store=store)
    assert len(await mails(it, to)) == 2
