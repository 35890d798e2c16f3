"""An invitation to the staff, from the mailed link to the back office."""

import logging

import pytest

from tests.harness import Alone
from tests.services.identity.people import PASSWORD, an_email, register
from tests.services.identity.test_staff import INVITE, invited
from tests.web.people import FACTOR, browser_at, log_in, next_code, with_second_factor


async def test_somebody_new_takes_it_and_sees_what_is_theirs(it: Alone) -> None:
    email = an_email()
    token = await invited(it, email, "support")
    browser = browser_at(it)
    answer = await browser.client.get("/invitation", params={"token": token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/invitation")
    assert token not in str(answer.headers)
    page = await browser.open(f"/invitation?token={token}")
    assert token not in page.text
    assert (page.headers["referrer-policy"], page.headers["cache-control"]) == ("no-referrer", "no-store")
    assert email in page.text
    assert "Support" in page.text
    page = await browser.send("/invitation", name="", password="short")
    assert page.status_code == 422
    assert all(f'id="e-{name}"' in page.text for name in ("name", "password"))
    page = await browser.send("/invitation", name="Miriam", password="short")
    assert (page.status_code, 'value="Miriam"' in page.text, "short" in page.text) == (422, True, False)
    answer = await browser.client.post("/invitation", data=_typed(page.text, name="Miriam", password=PASSWORD))
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin")
    page = await browser.open("/invitation")
    assert "Open the link in the mail" in page.text
    page = await browser.open(f"/invitation?token={token}")
    assert (page.status_code, "no longer valid" in page.text) == (404, True)


def _typed(html: str, **fields: str) -> dict[str, str]:
    return {"_csrf": html.split('name="_csrf" value="')[1].split('"')[0], "is_new": "1", **fields}


async def test_an_account_that_is_there_takes_it_with_password_and_second_factor(it: Alone) -> None:
    email = (await register(it))["user"]["email"]
    first = await log_in(it, email)
    await first.open(FACTOR)
    secret, _ = await with_second_factor(first)
    browser = browser_at(it)
    page = await browser.open(f"/invitation?token={await invited(it, email, 'warehouse_staff')}")
    assert "You have an account here already" in page.text
    assert 'name="name"' not in page.text
    page = await browser.send("/invitation", password="not it")
    assert (page.status_code, "not the password of your account" in page.text) == (401, True)
    page = await browser.send("/invitation", password=PASSWORD)
    assert (page.status_code, 'id="e-code"' in page.text) == (401, True)
    page = await browser.send("/invitation", password=PASSWORD, code="000000")
    assert (page.status_code, "was used already" in page.text) == (401, True)
    await browser.send("/invitation", password=PASSWORD, code=next_code(secret))
    assert "session" in browser.client.cookies
    assert (await browser.open("/account/phone")).status_code == 200
    assert 'href="/admin"' in browser.page.text


async def test_one_that_was_withdrawn_says_so(it: Alone) -> None:
    email = an_email()
    browser = browser_at(it)
    await browser.open(f"/invitation?token={await invited(it, email, 'support')}")
    admin = it.client("store_admin")
    (open_one,) = [i for i in (await admin.get(INVITE)).json()["items"] if i["email"] == email]
    await admin.delete(f"{INVITE}/{open_one['id']}")
    page = await browser.send("/invitation", name="Miriam", password=PASSWORD)
    assert (page.status_code, "no longer valid" in page.text) == (404, True)
    for nonsense in ("x", "x" * 5000, "%00", "%ff"):
        page = await browser.open(f"/invitation?token={nonsense}")
        assert (page.status_code, "no longer valid" in page.text) == (404, True)


async def test_the_token_is_written_into_no_log(it: Alone, caplog: pytest.LogCaptureFixture) -> None:
    token = await invited(it, an_email(), "support")
    caplog.set_level(logging.DEBUG)
    browser = browser_at(it)
    await browser.open(f"/invitation?token={token}")
    await browser.send("/invitation", name="Miriam", password=PASSWORD)
    ours = [
        r.getMessage()
        for r in caplog.records
        if f"/invitation?token={token}" not in r.getMessage() or r.name != "httpx"
    ]
    assert ours
    assert not [message for message in ours if token in message]


async def test_without_the_link_there_is_nothing_to_take(it: Alone) -> None:
    browser = browser_at(it)
    page = await browser.open("/invitation")
    assert (page.status_code, "Open the link in the mail" in page.text) == (200, True)
    await browser.open("/login")
    page = await browser.client.post("/invitation", data=_typed(browser.page.text, name="M", password=PASSWORD))
    assert page.status_code == 422
