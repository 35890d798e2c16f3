"""Codes by mail, from the page that asks for one to the page that takes it, in a browser without scripts."""

import re

import httpx

from tests.journeys.program import Program
from tests.journeys.shop import People, Person, eventually
from tests.web.browser import Browser
from tradehall.demo import DEMO_PASSWORD

STORE = "atlantic"
NEW = "another horse, another battery"


async def mailed_code(person: Person, template: str, *, to: str = "", other_than: str = "") -> str:
    async def arrived() -> str | None:
        found = await person.get("/api/v1/mailbox", q=to or person.email)
        for summary in found["items"]:
            if summary["template"] == template:
                mail = await person.get(f"/api/v1/mailbox/{summary['id']}")
                (code,) = re.findall(r"^ *(\d{6})$", mail["text"], re.MULTILINE)
                if code != other_than:
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
