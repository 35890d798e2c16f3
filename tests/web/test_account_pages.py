"""What an account has beside its password: devices, a phone, addresses, notifications. In front of the real services."""

from datetime import UTC, datetime

import pytest

from tests.harness import Alone, eventually
from tests.services.identity.mailed import code_of
from tests.services.identity.people import PASSWORD, login, signed_in
from tests.web.people import browser_at, posted, shopper
from tradehall.contracts.identity import UserEmailChanged
from tradehall.kernel.ids import uuid7

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PLACE = {"name": "Ada Lund", "line1": "7 Ferry Steps", "city": "Portland", "zip": "04101", "country": "US"}


@pytest.mark.parametrize("path", ["sessions", "phone", "second-factor", "addresses", "addresses/new"])
async def test_they_are_for_who_is_logged_in(it: Alone, path: str) -> None:
    page = await browser_at(it).open(f"/account/{path}")
    assert (page.url.path, page.url.params["next"]) == ("/login", f"/account/{path}")


async def test_devices_are_told_in_words_and_one_is_logged_out(it: Alone) -> None:
    browser, client, _ = await shopper(it, **{"user-agent": FIREFOX, "x-forwarded-for": "9.9.9.9"})
    page = await browser.open("/account/sessions")
    assert "Firefox on Linux" in page.text
    assert "From 9.9.9.9" in page.text
    assert page.text.count("This one") == 1
    (other,) = [s["id"] for s in (await client.get("/api/v1/me/sessions")).json()["items"] if s["current"]]
    page = await browser.send(f"/account/sessions/{other}/end")
    assert "That device is logged out" in page.text
    assert (await client.get("/api/v1/me")).status_code == 401
    page = await browser.client.post(f"/account/sessions/{other}/end", data=posted(browser))  # once more: it is over
    assert page.status_code == 303


async def test_a_strange_browser_is_no_hindrance(it: Alone) -> None:
    browser, _, _ = await shopper(it, **{"user-agent": "B\u00f6se\u00ff" * 200, "x-forwarded-for": "nonsense, \u00ff"})
    assert "From 127.0.0.1" in (await browser.open("/account/sessions")).text


async def test_all_other_devices_are_logged_out_at_once(it: Alone) -> None:
    browser, client, email = await shopper(it)
    others = [client, *[signed_in(it, (await login(it, email)).json()) for _ in range(2)]]
    await browser.open("/account/sessions")
    page = await browser.send("/account/sessions/end-others")
    assert "All your other devices are logged out" in page.text
    assert "end-others" not in page.text  # there are none left
    assert [(await other.get("/api/v1/me")).status_code for other in others] == [401] * 3


async def test_a_phone_is_given_confirmed_and_removed(it: Alone) -> None:
    browser, client, email = await shopper(it)
    await browser.open("/account/phone")
    page = await browser.send("/account/phone", phone="call me")
    assert (page.status_code, 'id="e-phone"' in page.text, 'value="call me"' in page.text) == (422, True, True)
    page = await browser.send("/account/phone", phone="+1 207 555 0100")
    assert "A code is on its way to the number" in page.text
    page = await browser.send("/account/phone/confirm", code="123")
    assert (page.status_code, 'id="e-code"' in page.text) == (422, True)
    code = await code_of(it, email, "phone_verification")
    page = await browser.send("/account/phone/confirm", code=f"{code[:3]} {code[3:]}")
    assert "Your number is confirmed" in page.text
    assert (await client.get("/api/v1/me")).json()["phone"] == "+12075550100"
    page = await browser.send("/account/phone", phone="+1 207 555 0100")
    assert (page.status_code, "This is your number already" in page.text) == (409, True)
    page = await browser.send("/account/phone/remove")
    assert "Your number is removed" in page.text
    assert (await client.get("/api/v1/me")).json()["phone"] is None


async def test_addresses_are_added_changed_and_deleted(it: Alone) -> None:
    browser, client, _ = await shopper(it)
    assert "No addresses yet" in (await browser.open("/account/addresses")).text
    await browser.open("/account/addresses/new")
    page = await browser.send("/account/addresses", **PLACE | {"zip": "!", "city": ""})
    assert page.status_code == 422
    assert all(f'id="e-{name}"' in page.text for name in ("zip", "city"))
    assert 'value="7 Ferry Steps"' in page.text
    page = await browser.send("/account/addresses", **PLACE)
    assert "The address is saved" in page.text
    await browser.open("/account/addresses/new")
    await browser.send("/account/addresses", **PLACE | {"line1": "9 Other Lane"})
    first, second = await kept(client)
    assert (first["line1"], first["is_default"], second["line1"]) == ("7 Ferry Steps", True, "9 Other Lane")
    page = await browser.send(f"/account/addresses/{second['id']}/default")
    assert "The checkout begins with this address" in page.text
    assert (await kept(client))[0]["id"] == second["id"]
    await browser.open(f"/account/addresses/{second['id']}")
    page = await browser.send(f"/account/addresses/{second['id']}", city="Denver")
    assert "Denver" in page.text
    assert (await kept(client))[0] == second | {"city": "Denver", "is_default": True}
    page = await browser.send(f"/account/addresses/{second['id']}/delete")
    assert "The address is deleted" in page.text
    assert [(a["id"], a["is_default"]) for a in await kept(client)] == [(first["id"], True)]


async def kept(client):  # type: ignore[no-untyped-def]
    return (await client.get("/api/v1/me/addresses")).json()["items"]


async def test_addresses_of_others_are_not_there(it: Alone) -> None:
    browser, _, _ = await shopper(it)
    _, other, _ = await shopper(it)
    theirs = (await other.post("/api/v1/me/addresses", json=PLACE)).json()["id"]
    await browser.open("/account/addresses/new")
    for id in (theirs, uuid7(), "x"):
        assert (await browser.client.get(f"/account/addresses/{id}")).status_code == 404
        for action in ("", "/default", "/delete"):
            answer = await browser.client.post(f"/account/addresses/{id}{action}", data=posted(browser, **PLACE))
            assert answer.status_code == 404, (id, action)
    assert len(await kept(other)) == 1


async def test_notifications_are_counted_shown_and_marked_as_read(it: Alone) -> None:
    browser, client, _ = await shopper(it)
    assert "Nothing yet" in (await browser.open("/notifications")).text
    me = (await client.get("/api/v1/me")).json()["id"]
    for day, new in enumerate(("a@example.com", "b@example.com"), 1):
        at = datetime(2026, 1, day, tzinfo=UTC)
        await it.running.bus.publish(
            [
                it._message(
                    UserEmailChanged(user_id=me, old_email="o@example.com", new_email=new, timestamp=at), me, None
                )
            ]
        )

    async def counted() -> bool:
        return '>2<span class="unseen"> unread' in (await browser.open("/account")).text

    await eventually(counted)
    page = await browser.open("/notifications")
    assert "b@example.com" in page.text
    assert "2 unread" in page.text
    page = await browser.send("/notifications/read")
    assert "unread" not in page.text
    assert "b@example.com" in page.text


async def test_guests_are_asked_nothing_about_notifications(it: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    send = it.running.peers.client.request

    async def noted(method: str, url: str, **rest: object):  # type: ignore[no-untyped-def]
        asked.append(url)
        return await send(method, url, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(it.running.peers.client, "request", noted)
    await browser_at(it).open("/login")
    assert not [url for url in asked if "notifications" in url]
    browser, _, _ = await shopper(it)
    asked.clear()
    await browser.open("/account/phone")
    assert len([url for url in asked if "notifications" in url]) == 1
    assert PASSWORD not in str(asked)
