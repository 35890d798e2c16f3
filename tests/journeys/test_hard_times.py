"""The program is killed, its broker dies, its time passes while it is down: no order is lost, none is made twice."""

import asyncio
import os
import random
import shutil
import time
from collections import Counter
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.journeys.program import Program
from tests.journeys.shop import ADDRESS, People, Person, equals, eventually
from tests.kernel.embedded.tools import servers_on
from tradehall.demo import DEMO_PASSWORD

ORDERS, AT_ONCE, IN_STOCK = 100, 10, 60


class SmallShop:
    """One store, one variant, made by an operator on an empty platform."""

    def __init__(self, program: Program, admin: Person, guest: Person) -> None:
        self.program = program
        self.admin = admin
        self.guest = guest
        self.variant: dict[str, Any] = {}

    async def stock(self, units: int, price: int = 1999) -> dict[str, Any]:
        """A new variant with so many units."""
        (seller,) = (await self.admin.get("/api/v1/sellers"))["items"]
        offer = {"sku": uuid4().hex[:8], "price": price}
        body = {"name": "Lantern", "seller_id": seller["id"], "status": "published", "variants": [offer]}

        async def made() -> dict[str, Any] | None:
            answer = await self.admin.http.post("/api/v1/products", json=body)
            return answer.json() if answer.is_success else None

        self.variant = (await eventually(made))["variants"][0]
        count = {"variant_id": self.variant["id"], "warehouse": "main", "quantity": units}

        async def counted() -> bool:
            return (await self.admin.http.post("/api/v1/stock/counts", json={"counts": [count]})).is_success

        await eventually(counted)
        return self.variant

    async def draft(self, method: str, token: str | None = None) -> dict[str, Any]:
        """Once shipping, orders and carts have heard of the goods, which reach each on their own."""

        async def known() -> dict[str, Any] | None:
            try:
                draft = await self.guest.draft([(self.variant, 1)], method, token)
            except AssertionError:
                return None
            other = draft["expected_total"] | {"amount": draft["expected_total"]["amount"] + 1}
            wrong = draft | {"expected_total": other}
            refused = await self.guest.http.post("/api/v1/orders", json=wrong, headers={"idempotency-key": uuid4().hex})
            assert not refused.is_success
            return draft if "is not for sale" not in refused.text and await self._can_be_put_into_a_cart() else None

        return await eventually(known)

    async def _can_be_put_into_a_cart(self) -> bool:
        item = {"variant_id": self.variant["id"], "quantity": 1}
        adding = self.guest.http.build_request(
            "POST", "/api/v1/cart/items", json=item, headers={"cart-id": str(uuid4())}
        )
        adding.headers.pop("authorization", None)  # into nobody's
        return (await self.guest.http.send(adding)).is_success

    async def close(self) -> None:
        await self.admin.http.aclose()
        await self.guest.http.aclose()


async def open_small_shop(program: Program, **settings: Any) -> SmallShop:
    made = program.run("operator", "create", "boss@journeys.example", "--name", "Boss", input=DEMO_PASSWORD + "\n")
    assert made.returncode == 0, made.stderr
    boss = Person(program.url, "small", "boss@journeys.example")
    await boss.sign_in("/api/v1/platform/login")
    store = {"slug": "small", "name": "Small", "payment_methods": ["card-simulated", "proof"]} | settings
    await boss.ask("POST", "/api/v1/stores", store, status=201)
    wanted = {"email": "admin@journeys.example", "roles": ["store_admin"]}

    async def invited() -> str | None:
        answer = await boss.http.post("/api/v1/staff/invitations", json=wanted)
        return answer.json()["token"] if answer.is_success else None

    joining = {"token": await eventually(invited), "password": DEMO_PASSWORD, "name": "Admin"}
    await boss.ask("POST", "/api/v1/auth/invitation/accept", joining)
    await boss.http.aclose()
    admin = await Person(program.url, "small", wanted["email"]).sign_in()
    await admin.ask("PUT", "/api/v1/warehouses/main", {"name": "Main", "address": ADDRESS})
    await admin.ask("PUT", "/api/v1/shipping/rates", {"rates": [{"code": "standard", "name": "Post", "price": 500}]})
    seller = {"slug": "house", "name": "House", "email": "house@journeys.example", "password": DEMO_PASSWORD}
    await admin.ask("POST", "/api/v1/sellers", seller)
    return SmallShop(program, admin, Person(program.url, "small"))


@pytest.fixture
def empty(alone: list[Program]) -> Program:
    """A platform without the demo."""
    program = Program(demo=False)
    alone.append(program)
    program.start().wait_ready()
    return program


async def _insist(buyer: Person, draft: dict[str, Any]) -> dict[str, Any]:
    """As a careful client: the same key until there is an answer."""
    key = uuid4().hex
    until = time.monotonic() + 90
    while True:
        try:
            answer = await buyer.http.post("/api/v1/orders", json=draft, headers={"idempotency-key": key})
            if answer.status_code == 201:
                return answer.json()  # type: ignore[no-any-return]
            # Just started, it may not know the store or the goods yet, or be busy.
            assert answer.status_code in (404, 500, 502, 503), answer.text
        except httpx.TransportError:
            pass
        assert time.monotonic() < until, "no answer"
        await asyncio.sleep(0.1)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("kills", [0, 3])
async def test_sixty_units_go_to_sixty_of_a_hundred_orders(empty: Program, kills: int) -> None:
    shop = await open_small_shop(empty)
    variant = await shop.stock(IN_STOCK)
    draft = await shop.draft("card-simulated", "tok_ok")
    room = asyncio.Semaphore(AT_ONCE)
    created: list[dict[str, Any]] = []

    async def one() -> None:
        async with room:
            created.append(await _insist(shop.guest, draft))

    buying = [asyncio.create_task(one()) for _ in range(ORDERS)]
    for kill in range(kills):
        await eventually(lambda least=kill * 25 + 10: _at_least(created, least), 90)
        await asyncio.sleep(random.uniform(0, 0.1))
        await asyncio.to_thread(empty.kill)
        empty.start()
    await asyncio.gather(*buying)
    await asyncio.to_thread(empty.wait_ready)
    assert len({order["id"] for order in created}) == ORDERS

    await shop.admin.sign_in()

    async def outcome() -> Counter[str]:
        found: Counter[str] = Counter()
        cursor: dict[str, str] = {}
        while True:
            page = await shop.admin.get("/api/v1/orders", limit=100, **cursor)
            found.update(order["status"] for order in page["items"])
            if not page["next"]:
                return found
            cursor = {"cursor": page["next"]}

    await equals(Counter(CONFIRMED=IN_STOCK, CANCELLED=ORDERS - IN_STOCK), outcome, 60)
    await equals((0, 0), lambda: shop.admin.levels(variant), 30)
    for order in created:
        history = await shop.guest.get(f"/api/v1/orders/{order['id']}/history", token=order["link"])
        steps = [entry["status"] for entry in history["items"]]
        assert steps in (["PENDING", "CONFIRMED"], ["PENDING", "CANCELLED"])
        assert steps[1] == "CONFIRMED" or history["items"][1]["note"]
    letters = await asyncio.to_thread(empty.run, "dead-letters", "list")
    assert (letters.returncode, letters.stdout) == (0, ""), letters.stdout + letters.stderr
    await shop.close()


async def _at_least(created: list[Any], least: int) -> bool:
    return len(created) >= least


async def test_unpaid_order_expires_though_the_program_was_down_at_its_deadline(empty: Program) -> None:
    shop = await open_small_shop(empty, order_expiry_seconds=3)
    variant = await shop.stock(5)
    draft = await shop.draft("proof")
    order = await shop.guest.place(draft)
    await equals((5, 1), lambda: shop.admin.levels(variant))
    assert await asyncio.to_thread(empty.stop) == 0
    await asyncio.sleep(3)
    empty.start()
    await asyncio.to_thread(empty.wait_ready)
    await shop.guest.until(order, "EXPIRED")
    await shop.admin.sign_in()
    await equals((5, 0), lambda: shop.admin.levels(variant))
    await equals(["order_cancelled", "order_placed"], lambda: shop.admin.mails(order))
    await shop.close()


async def test_sigterm_answers_every_request_that_came_in(empty: Program) -> None:
    shop = await open_small_shop(empty)
    await shop.stock(500)
    draft = await shop.draft("card-simulated", "tok_ok")
    placed: list[dict[str, Any]] = []
    broken: list[str] = []
    unanswered: list[str] = []
    stopping = asyncio.Event()

    async def buy() -> None:
        """A connection for each. One that waited to be accepted when the listener closed gets no answer."""
        while not stopping.is_set():
            async with httpx.AsyncClient(base_url=empty.url, headers={"host": "small.localhost"}, timeout=20) as http:
                key = uuid4().hex
                try:
                    answer = await http.post("/api/v1/orders", json=draft, headers={"idempotency-key": key})
                except httpx.ConnectError:
                    return
                except httpx.TransportError:
                    unanswered.append(key)
                    return
                if answer.status_code == 201:
                    placed.append(answer.json())
                else:
                    broken.append(answer.text)

    buyers = [asyncio.create_task(buy()) for _ in range(8)]
    await eventually(lambda: _at_least(placed, 30))
    assert await asyncio.to_thread(empty.stop) == 0
    stopping.set()
    await asyncio.gather(*buyers)
    assert broken == []
    empty.start()
    await asyncio.to_thread(empty.wait_ready)
    for order in placed:
        await shop.guest.until(order, "CONFIRMED")
    async with httpx.AsyncClient(base_url=empty.url, headers={"host": "small.localhost"}, timeout=20) as http:
        for key in unanswered:
            again = await http.post("/api/v1/orders", json=draft, headers={"idempotency-key": key})
            assert again.status_code == 201
            assert "idempotent-replay" not in again.headers, "it had been carried out and not answered"
    await shop.close()


@pytest.mark.parametrize("program", ["one process"], indirect=True)
@pytest.mark.parametrize("size", [100_000, 10_000_000])
async def test_refusal_of_an_upload_arrives(people: People, size: int) -> None:
    """Though the server has no use for the body, and though the connection is used again."""
    guest, nothing = people.guest("atlantic"), "00000000-0000-7000-8000-000000000000"
    file = {"image": ("a.webp", bytes(size), "image/webp")}
    for path, refusals in ((f"products/{nothing}/images", {401}), (f"payments/{nothing}/proof", {404, 413, 422})):
        for _ in range(20 if size < 1_000_000 else 3):
            answer = await guest.http.post(f"/api/v1/{path}", files=file)
            assert answer.status_code in refusals


@pytest.mark.parametrize("program", ["processes"], indirect=True)
async def test_services_may_die_one_by_one(program: Program, people: People) -> None:
    buyer, admin = people.guest("atlantic"), await people.admin("atlantic")
    buyer.patience = admin.patience = 60
    variant = await buyer.choose(seller="northlight", least=5)
    count = {"variant_id": variant["id"], "warehouse": "main", "quantity": 100}
    await admin.ask("POST", "/api/v1/stock/count", count)
    on_hand, reserved = await admin.levels(variant)
    draft = await buyer.draft([(variant, 1)], "card-simulated", "tok_ok")
    orders = []
    for service in ("inventory", "payments", "orders", "shipping", "notifications"):
        program.kill_service(service)
        orders += [await _insist(buyer, draft) for _ in range(4)]
    for order in orders:
        await buyer.until(order, "CONFIRMED", timeout=60)
    await equals((on_hand - len(orders), reserved), lambda: admin.levels(variant))
    for order in orders:
        await equals(["order_confirmed", "order_placed"], lambda order=order: buyer.mails(order), 60)
    letters = await asyncio.to_thread(program.run, "dead-letters", "list")
    assert (letters.returncode, letters.stdout) == (0, ""), letters.stdout + letters.stderr


@pytest.mark.parametrize("processes", [False, True], ids=["one process", "processes"])
async def test_killed_database_and_broker_come_back_by_themselves(alone: list[Program], processes: bool) -> None:
    if processes and not shutil.which(os.environ.get("TRADEHALL_CADDY", "caddy")):
        pytest.skip("no caddy: apt-get install caddy, or set TRADEHALL_CADDY")
    program = Program(processes=processes, demo=False)
    alone.append(program)
    program.start().wait_ready()
    shop = await open_small_shop(program)
    variant = await shop.stock(5)
    draft = await shop.draft("card-simulated", "tok_ok")

    async def ready() -> bool:
        return (await shop.guest.http.get("/health/ready")).is_success

    orders = []
    for doomed in ({"nats-server"}, {"postgres"}, {"nats-server", "postgres"}):
        servers = [server for server in servers_on(program.folder) if server.name() in doomed]
        assert {server.name() for server in servers} == doomed
        for server in servers:
            server.kill()
        if not processes or doomed == {"nats-server"}:  # behind the gateway it is the web's, which needs no database
            await equals(False, ready, 30)
        assert (await shop.guest.http.get("/health/live")).status_code == 200
        orders.append(await _insist(shop.guest, draft))  # while the broker is away it is kept in the outbox
        await equals(True, ready, 60)
        orders.append(await _insist(shop.guest, draft))
    for order in orders[:5]:
        await shop.guest.until(order, "CONFIRMED", timeout=60)
    await shop.guest.until(orders[5], "CANCELLED", timeout=60)  # the sixth of five
    await shop.admin.sign_in()
    await equals((0, 0), lambda: shop.admin.levels(variant), 30)
    letters = await asyncio.to_thread(program.run, "dead-letters", "list")
    assert (letters.returncode, letters.stdout) == (0, ""), letters.stdout + letters.stderr
    servers = servers_on(program.folder)
    stopping = asyncio.create_task(asyncio.to_thread(program.stop))
    await asyncio.sleep(0.05)
    for server in servers:  # as systemd does, which tells all processes of the unit to end
        server.terminate()
    assert await stopping == 0
    assert program.processes() == []
    assert program.log.read_text().count(" runs again ") == 4
    await shop.close()
