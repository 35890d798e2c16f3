"""Codes by mail, from the page that asks for one to the page that takes it, in a browser without scripts."""

import re

import httpx

from tests.journeys.program import Program
from tests.journeys.shop import People, Person, eventually
from tests.web.browser import Browser
from tradehall.demo import DEMO_PASSWORD

STORE = "atlantic"
NEW = "another horse, another battery"


async def mailed_code(person: Person, template: str, *, to: str = "") -> str:
    async def arrived() -> str | None:
        found = await person.get("/api/v1/mailbox", q=to or person.email)
        for summary in found["items"]:
            if summary["template"] == template:
                mail = await person.get(f"/api/v1/mailbox/{summary['id']}")
                (code,) = re.findall(r"^ *(\d{6})$", mail["text"], re.MULTILINE)
                return str(code)
        return None

    return await eventually(arrived)


def browser_of(program: Program, person: Person) -> Browser:
    headers = {"host": f"{person.store}.localhost", "accept": "text/html"}
    return Browser(httpx.AsyncClient(base_url=program.url, headers=headers, timeout=30, trust_env=False))


async def test_a_forgotten_password_is_replaced_through_the_mailbox(people: People, program: Program) -> None:
    person = await people.shopper(STORE)
    browser = browser_of(program, person)
    assert (await browser.open("/login")).status_code == 200
    assert 'href="/forgot"' in browser.page.text
    await browser.open("/forgot")
    page = await browser.send("/forgot", email=person.email)
    assert page.status_code == 200, page.text
    code = await mailed_code(person, "password_reset")
    page = await browser.send("/reset", code=code, password=NEW)
    assert (page.status_code, page.url.path) == (200, "/login"), page.text
    assert "Your new password is set" in page.text

    async def refused() -> bool | None:
        """In every process, within a moment."""
        answers = [await person.http.get(path) for path in ("/api/v1/me", "/api/v1/orders", "/api/v1/me/sessions")]
        return all(answer.status_code == 401 for answer in answers) or None

    await eventually(refused, 2)
    page = await browser.send("/login", email=person.email, password=DEMO_PASSWORD)
    assert page.status_code == 401
    page = await browser.send("/login", email=person.email, password=NEW)
    assert "Log out" in page.text
    await browser.client.aclose()


async def test_asking_for_a_strangers_code_shows_nothing(people: People, program: Program) -> None:
    person = await people.shopper(STORE)
    browser = browser_of(program, person)
    pages = []
    for email in (person.email, f"nobody-{person.email}"):
        await browser.open("/forgot")
        page = await browser.send("/forgot", email=email)
        pages.append((page.status_code, page.text.replace(email, "")))
    assert pages[0] == pages[1]
    await mailed_code(person, "password_reset")
    listed = await person.get("/api/v1/mailbox", q=f"nobody-{person.email}")
    assert listed["items"] == []
    await browser.client.aclose()


async def test_an_address_is_confirmed_and_changed_through_the_mailbox(people: People, program: Program) -> None:
    person, new = await people.shopper(STORE), f"new-{people.guest(STORE).email}"
    browser = browser_of(program, person)
    await browser.open("/login")
    await browser.send("/login", email=person.email, password=DEMO_PASSWORD)
    page = await browser.open("/account")
    assert "not confirmed yet" in page.text
    page = await browser.send("/account/verify", code=await mailed_code(person, "email_verification"))
    assert "Your e-mail address is confirmed" in page.text
    assert "not confirmed yet" not in page.text
    page = await browser.send("/account/email", email=new, email_current=DEMO_PASSWORD)
    assert f"We mailed a code to {new}" in page.text
    page = await browser.send("/account/email/confirm", new_code=await mailed_code(person, "email_change", to=new))
    assert "Your new e-mail address counts" in page.text
    assert (await person.get("/api/v1/me"))["email"] == new

    async def told() -> bool | None:
        found = await person.get("/api/v1/mailbox", q=person.email)
        return (
            any(mail["template"] == "email_changed" and mail["to"] == person.email for mail in found["items"]) or None
        )

    await eventually(told)
    page = await browser.send("/account/password", current=DEMO_PASSWORD, password=NEW)
    assert "Your new password is set" in page.text
    assert (await browser.open("/account")).url.path == "/account"

    async def refused() -> bool | None:
        return (await person.http.get("/api/v1/orders")).status_code == 401 or None

    await eventually(refused, 2)
    await browser.client.aclose()
