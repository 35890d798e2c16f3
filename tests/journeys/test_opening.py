"""From a signup to the new store, over the API and through kill -9: each that is paid is one whole store, paid once."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from tests.journeys.program import Program
from tests.journeys.shop import Person, equals, eventually
from tests.providers.loopback import running
from tests.providers.stripe import StripeServer
from tradehall.demo import DEMO_PASSWORD
from tradehall.kernel import provision
from tradehall.kernel.sealing import unseal
from tradehall.kernel.settings import Settings

PRICE = {"amount": 1999, "currency": "USD"}
PLAN = {"name": "Starter", "price": 1999, "cycles": [{"months": 1}], "limits": {"products": 100, "staff": 3}}
AT_STRIPE = "at Stripe"
CARDS = ["tok_ok", "tok_ok", "tok_timeout", "tok_late", "tok_twice", "tok_declined"]


class Books:
    """What the services have written down, whatever store it is of."""

    def __init__(self, data: Path) -> None:
        self._data = data

    async def ask(self, service: str, sql: str, *args: object) -> list[Any]:
        url = json.loads((self._data / "running.json").read_text())["database_url"]
        connection = await asyncpg.connect(provision._with(url, provision.database_of(Settings(), service)))
        try:
            return await connection.fetch(sql, *args)
        finally:
            await connection.close()

    async def code(self, email: str) -> str | None:
        """Of the mail that was sent there last; outside of a demo no page shows it."""
        rows = await self.ask(
            "notifications",
            "SELECT about, facts::text AS facts FROM notifications WHERE template = 'signup_code' AND recipient = $1 "
            "ORDER BY id DESC LIMIT 1",
            email,
        )
        if not rows:
            return None
        secret = (self._data / "secret").read_text().strip()
        return unseal(secret, json.loads(rows[0]["facts"])["code"], about=rows[0]["about"])


@pytest.fixture
def stripe() -> Iterator[StripeServer]:
    with running(StripeServer) as server:
        yield server


@pytest.fixture
def empty(alone: list[Program], request: pytest.FixtureRequest, stripe: StripeServer) -> Program:
    """A platform without the demo, with one plan; of many processes where the test says so."""
    processes = getattr(request, "param", "") == "processes"
    program = Program(demo=False, processes=processes, TRADEHALL_STRIPE_URL=stripe.url)
    alone.append(program)
    program.start().wait_ready()
    made = program.run("operator", "create", "boss@journeys.example", "--name", "Boss", input=DEMO_PASSWORD + "\n")
    assert made.returncode == 0, made.stderr
    return program


async def with_plan(program: Program) -> Person:
    boss = Person(program.url, "www", "boss@journeys.example")
    await boss.sign_in("/api/v1/platform/login")
    await boss.ask("PUT", "/api/v1/platform/plans/starter", PLAN)
    await boss.ask("PUT", "/api/v1/platform/payments/accounts", {"provider": "stripe", **StripeServer.account})
    await boss.ask("PUT", "/api/v1/platform/terms", {"methods": ["card-simulated", "stripe"]})
    return boss


async def insist(http: httpx.AsyncClient, method: str, path: str, **given: Any) -> httpx.Response:
    """As a careful client: until there is an answer."""
    until = time.monotonic() + 90
    while True:
        try:
            answer = await http.request(method, path, **given)
            if answer.status_code < 500 and answer.status_code != 404:
                return answer
        except httpx.TransportError:
            pass
        assert time.monotonic() < until, f"no answer: {method} {path}"
        await asyncio.sleep(0.1)


class Opening:
    """Somebody who opens a store."""

    def __init__(self, program: Program, books: Books, card: str, stripe: StripeServer) -> None:
        self.stripe = stripe
        unique = uuid4().hex[:10]
        self.email, self.slug, self.card = f"{unique}@journeys.example", f"s{unique}", card
        self.http = httpx.AsyncClient(base_url=program.url, headers={"host": "www.localhost"}, timeout=10)
        self.books = books
        self.asked = 0.0

    async def run(self) -> str:
        """How it ended."""
        body = {
            "email": self.email,
            "name": "Paper",
            "slug": self.slug,
            "plan": "starter",
            "months": 1,
            "payment": {"method": "stripe"}
            if self.card == AT_STRIPE
            else {"method": "card-simulated", "token": self.card},
            "total": PRICE,
        }
        key = {"idempotency-key": uuid4().hex}
        answer = await insist(self.http, "POST", "/api/v1/platform/signups", json=body, headers=key)
        assert answer.status_code == 201, answer.text
        signup = answer.json()
        url, params = f"/api/v1/platform/signups/{signup['id']}", {"token": signup["token"]}
        code = await eventually(self._code, 90)
        self.asked = time.monotonic()
        proof = {"code": code}
        answer = await insist(self.http, "POST", f"{url}/verify", params=params, json=proof)
        assert answer.status_code in (202, 409), answer.text  # 409: it had arrived before the kill

        async def ended() -> str | None:
            status: str = (await insist(self.http, "GET", url, params=params)).json()["status"]
            if status == "waiting" and self.pay(signup["id"]):
                await insist(self.http, "POST", f"{url}/back", params=params)
            return status if status in ("opened", "declined") else None

        return await eventually(ended, 90)

    def pay(self, signup_id: str) -> bool:
        """On the page that leads back to the signup."""
        pages = [one for one in list(self.stripe.sessions.values()) if signup_id in one["success_url"]]
        return any(self.stripe.pay(page["metadata"]["payment"]) for page in pages)

    async def _code(self) -> str | None:
        try:
            return await self.books.code(self.email)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return None  # just killed

    async def first_page(self) -> None:
        """Of the new store, as a shopper sees it."""
        answer = await insist(self.http, "GET", "/", headers={"host": f"{self.slug}.localhost", "accept": "text/html"})
        assert answer.status_code == 200, answer.text
        assert "Paper" in answer.text


async def kill(program: Program) -> None:
    """All of it, and starts it again; or of many processes those of one service, which come back by themselves."""
    if "--processes" in program.command:
        service = random.choice(["stores", "payments", "identity", "notifications", "inventory", "shipping"])
        await asyncio.to_thread(program.kill_service, service)
        return
    await asyncio.to_thread(program.kill)
    program.start()
    await asyncio.to_thread(program.wait_ready)


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("empty", "kills"),
    [("one process", 0), ("one process", 4), ("processes", 8)],
    indirect=["empty"],
    ids=["one process", "one process killed", "processes killed"],
)
async def test_each_paid_signup_is_one_whole_store(empty: Program, stripe: StripeServer, kills: int) -> None:
    boss, books = await with_plan(empty), Books(empty.data)
    openings = [Opening(empty, books, card, stripe) for card in [*CARDS, AT_STRIPE] * 2]
    under_way = [asyncio.create_task(opening.run()) for opening in openings]
    for _ in range(kills):
        await asyncio.sleep(random.uniform(0.3, 2.5))
        await kill(empty)
    ends = await asyncio.gather(*under_way)
    for opening, end in zip(openings, ends, strict=True):
        assert end == ("declined" if opening.card == "tok_declined" else "opened"), opening.card
        if end == "opened":
            await opening.first_page()
    paid = [opening for opening, end in zip(openings, ends, strict=True) if end == "opened"]
    names = sorted(opening.slug for opening in paid)

    rows = await books.ask("stores", "SELECT s.slug, u.status, i.status AS bill, i.payment_id FROM stores s "
        "FULL JOIN subscriptions u ON u.store_id = s.id FULL JOIN invoices i ON i.store_id = s.id")  # fmt: skip
    assert sorted(row["slug"] for row in rows) == names
    assert {(row["status"], row["bill"]) for row in rows} == {("active", "paid")}
    booked = await books.ask("payments", "SELECT outcome, amount, refunded FROM simulated_charges")
    taken = Counter((row["outcome"], row["amount"], row["refunded"]) for row in booked)
    assert taken[("declined", 1999, 0)] == len(CARDS) // 3
    assert sum(count for (outcome, *_), count in taken.items() if outcome != "declined") == len(paid) - 2
    assert sorted(intent["amount_received"] for intent in stripe.intents.values()) == [1999, 1999]
    known = await books.ask("payments", "SELECT id FROM payments WHERE status = 'paid'")
    assert {row["id"] for row in known} == {row["payment_id"] for row in rows}

    async def equipped() -> list[tuple[str, int]]:
        found = {}
        for service, table in (("identity", "invitations"), ("inventory", "warehouses"), ("shipping", "rates")):
            counted = await books.ask(service, f"SELECT count(*), count(DISTINCT store_id) AS stores FROM {table}")
            found[table] = (counted[0]["count"], counted[0]["stores"])
        return sorted((table, count) for table, (count, stores) in found.items() if count == stores)

    await equals([("invitations", len(paid)), ("rates", len(paid)), ("warehouses", len(paid))], equipped)
    letters = await asyncio.to_thread(empty.run, "dead-letters", "list")
    assert (letters.returncode, letters.stdout) == (0, ""), letters.stdout + letters.stderr
    for one in (boss, *openings):
        await one.http.aclose()


async def test_the_platforms_host_leads_to_the_plans(empty: Program) -> None:
    boss = await with_plan(empty)
    for host in ("www.localhost", "localhost"):  # the second is the default store's, once there is one
        answer = await boss.http.get("/", headers={"host": host, "accept": "text/html"})
        assert (answer.status_code, answer.headers["location"]) in {
            (302, "/start"),
            (301, "/start"),
            (307, "/start"),
            (308, "/start"),
        }
        assert "Starter" in (await boss.http.get("/start", headers={"host": host, "accept": "text/html"})).text
    unknown = await boss.http.get("/", headers={"host": "nobody.example", "accept": "text/html"})
    assert unknown.status_code == 404
    await boss.http.aclose()
