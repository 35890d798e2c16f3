"""Mails with a code for an account."""

from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from tests.harness import Alone
from tests.services.notifications.codes import CODE, a_code
from tests.services.notifications.mails import ordered
from tradehall.contracts.identity import Purpose, StaffInvited, UserEmailChanged
from tradehall.contracts.stores import Store
from tradehall.kernel.ids import uuid7
from tradehall.kernel.sealing import seal

SERVICE = "notifications"


async def mails_to(it: Alone, email: str, *, store: Store | None = None) -> list[dict[str, Any]]:
    guest = it.client(store=store)
    listed = (await guest.get("/api/v1/mailbox", params={"q": email})).json()["items"]
    return [(await guest.get(f"/api/v1/mailbox/{mail['id']}")).json() for mail in listed]


@pytest.mark.parametrize("purpose", get_args(Purpose))
async def test_a_code_is_mailed_in_text_and_html(it: Alone, purpose: str) -> None:
    event = a_code(it, purpose=purpose)
    await it.given(event, key=event.user_id)
    (mail,) = await mails_to(it, event.email)
    assert (mail["to"], mail["template"], mail["order_id"]) == (event.email, purpose, None)
    place = "/reset" if purpose == "password_reset" else "/account"
    for body in (mail["text"], mail["html"]):
        assert CODE in body
        assert "09:05 UTC" in body
        assert "Alpha" in body
        assert "an order" not in body
        if purpose != "phone_verification" or body is mail["html"]:  # a short message has no room for a link
            assert f"http://alpha.localhost:{it.running.settings.port}{place}" in body
    assert CODE not in mail["subject"]
    assert mail["html"].startswith("<!doctype html>")


async def test_a_code_for_a_number_goes_to_the_number(it: Alone) -> None:
    event = a_code(it, purpose="phone_verification", phone="+49401234567")
    await it.given(event, key=event.user_id)
    assert await mails_to(it, event.email) == []
    (message,) = await mails_to(it, event.phone)
    assert (message["to"], message["status"]) == ("+49401234567", "kept")
    assert len(message["text"]) <= 160


async def test_an_invitation_is_mailed_with_its_link(it: Alone) -> None:
    id = uuid7()
    event = StaffInvited(
        invitation_id=id,
        email=f"{id.hex}@example.org",
        roles=["store_admin", "warehouse_manager"],
        token=seal(it.running.settings.secret, "thi_token", about=str(id)),
        locale="en",
        expires_at=datetime(2026, 7, 1, 9, 5, tzinfo=UTC),
    )
    await it.given(event, key=id)
    (mail,) = await mails_to(it, event.email)
    for body in (mail["text"], mail["html"]):
        assert f"http://alpha.localhost:{it.running.settings.port}/invitation?token=thi_token" in body
        assert "store admin, warehouse manager" in body
        assert "09:05 UTC on 1 July" in body
    assert "thi_token" not in str(await it.sql("SELECT facts FROM notifications WHERE recipient = $1", event.email))


async def test_a_code_handed_out_twice_is_mailed_once(it: Alone) -> None:
    event = a_code(it)
    await it.given(event, key=event.user_id)
    await it.redeliver(it.sent[-1:])
    assert len(await mails_to(it, event.email)) == 1


async def test_two_codes_are_two_mails(it: Alone) -> None:
    first = a_code(it)
    second = a_code(it, email=first.email, user_id=first.user_id)
    for event in (first, second):
        await it.given(event, key=event.user_id)
    assert len(await mails_to(it, first.email)) == 2


async def test_a_code_is_of_one_store(it: Alone) -> None:
    event = a_code(it)
    await it.given(event, key=event.user_id)
    assert await mails_to(it, event.email, store=it.other) == []


async def test_the_old_address_is_told_of_the_new_one_once(it: Alone) -> None:
    event = UserEmailChanged(user_id=uuid7(), old_email=f"{uuid7().hex}@example.org", new_email="<b>&new@example.org")
    await it.given(event, key=event.user_id)
    await it.redeliver(it.sent[-1:])
    (mail,) = await mails_to(it, event.old_email)
    assert (mail["to"], mail["template"]) == (event.old_email, "email_changed")
    assert event.new_email in mail["text"]
    assert "&lt;b&gt;&amp;new@example.org" in mail["html"]
    assert await mails_to(it, event.new_email) == []


async def test_a_code_is_kept_sealed(it: Alone) -> None:
    event = a_code(it)
    await it.given(event, key=event.user_id)
    (row,) = await it.sql("SELECT * FROM notifications WHERE recipient = $1", event.email)
    assert CODE not in str(dict(row))


async def test_mails_about_orders_and_accounts_share_a_list(it: Alone) -> None:
    event, order = a_code(it), await ordered(it)
    await it.given(event, key=event.user_id)
    newest, next_ = (await it.client().get("/api/v1/mailbox", params={"limit": 2})).json()["items"]
    assert (newest["order_id"], next_["order_id"]) == (None, str(order.order_id))
