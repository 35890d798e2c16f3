"""What people do in a store, over the API alone."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import uuid4

import httpx

from tests.journeys.program import Program
from tests.web.browser import Browser
from tradehall.demo import DEMO_PASSWORD, content

Json = dict[str, Any]
T = TypeVar("T")

ADDRESS: Json = {
    "name": "Ada Quill",
    "line1": "7 Ferry Steps",
    "city": "Portland",
    "region": "ME",
    "zip": "04101",
    "country": "US",
    "phone": "+1 207 555 0100",
}

PAPERS = {"carrier": "Harbor Parcel", "tracking_number": "HP-1"}
WAY = ["PENDING", "CONFIRMED", "PROCESSING", "SHIPPED", "DELIVERED"]
MAILS = ["order_confirmed", "order_delivered", "order_placed", "order_shipped"]


class Person:
    """Somebody at one store; a guest until signed in. `patience`: seconds to ask again where nobody is there to answer."""

    patience = 0.0

    def __init__(self, url: str, store: str, email: str = "") -> None:
        self.store = store
        self.email = email or f"{uuid4().hex[:12]}@journeys.example"
        self.http = httpx.AsyncClient(base_url=url, headers={"host": f"{store}.localhost"}, timeout=30, trust_env=False)

    async def ask(self, method: str, path: str, body: object = None, *, status: int | None = None, **rest: Any) -> Any:
        """The answer's JSON. Asserts the status, or that it is one of success."""
        until = time.monotonic() + self.patience
        answer = await self.http.request(method, path, **({"json": body} if body is not None else {}), **rest)
        while answer.status_code in (502, 503) and time.monotonic() < until:
            await asyncio.sleep(0.2)
            answer = await self.http.request(method, path, **({"json": body} if body is not None else {}), **rest)
        right = answer.is_success if status is None else answer.status_code == status
        assert right, f"{method} {self.store} {path}: {answer.status_code} {answer.text[:1000]}"
        return answer.json() if answer.content else None

    async def get(self, path: str, **params: Any) -> Any:
        return await self.ask("GET", path, params=params)

    async def register(self) -> "Person":
        body = {"email": self.email, "password": DEMO_PASSWORD, "name": "Ada Quill"}
        await self.ask("POST", "/api/v1/auth/register", body, status=201)
        return await self.sign_in()

    async def sign_in(self, path: str = "/api/v1/auth/login") -> "Person":
        got = await self.ask("POST", path, {"email": self.email, "password": DEMO_PASSWORD}, status=200)
        self.http.headers["authorization"] = f"Bearer {got['access_token']}"
        return self

    async def choose(self, *, least: int = 2, seller: str | None = None, **params: Any) -> Json:
        """A variant with so many units left, its product's slug with it."""
        page = await self.get("/api/v1/products", limit=60, in_stock=True, **params)
        for product in reversed(page["items"]):
            if seller in (None, product["seller"]["slug"]):
                for variant in product["variants"]:
                    if variant["available"] >= least:
                        return variant | {"slug": product["slug"], "seller": product["seller"]}
        raise AssertionError(f"nothing in {self.store} has {least} left")

    async def draft(
        self, lines: list[tuple[Json, int]], method: str, token: str | None = None, *, address: Json = ADDRESS
    ) -> Json:
        """An order as the checkout would send it."""
        wanted = [{"variant_id": variant["id"], "quantity": units} for variant, units in lines]
        quoted = await self.ask("POST", "/api/v1/shipping/quotes", {"lines": wanted, "address": address})
        option = quoted["options"][0]
        goods = sum(variant["price"]["amount"] * units for variant, units in lines)
        total = {"amount": goods + option["price"]["amount"], "currency": option["price"]["currency"]}
        return {
            "lines": wanted,
            "email": self.email,
            "address": address,
            "shipping": option["code"],
            "payment": {"method": method} | ({"token": token} if token else {}),
            "expected_total": total,
        }

    async def place(self, draft: Json, *, key: str = "", status: int = 201) -> Json:
        headers = {"idempotency-key": key or uuid4().hex}
        order: Json = await self.ask("POST", "/api/v1/orders", draft, status=status, headers=headers)
        return order

    async def buy(self, lines: list[tuple[Json, int]], method: str = "card-simulated", token: str = "tok_ok") -> Json:
        return await self.place(await self.draft(lines, method, token if method == "card-simulated" else None))

    async def until(self, order: Json, status: str, *, timeout: float = 20) -> Json:
        """The order, once it has that status."""

        async def reached() -> Json | None:
            seen: Json = await self.get(f"/api/v1/orders/{order['id']}", token=order["link"])
            return seen if seen["status"] == status else None

        return await eventually(reached, timeout)

    async def history(self, order: Json) -> list[str]:
        got = await self.get(f"/api/v1/orders/{order['id']}/history", token=order["link"])
        return [entry["status"] for entry in got["items"]]

    async def mails(self, order: Json) -> list[str]:
        got = await self.get("/api/v1/mailbox", q=order["number"], limit=100)
        return sorted(mail["template"] for mail in got["items"] if mail["order_id"] == order["id"])

    async def movements(self, variant: Json, order: Json) -> list[str]:
        """By an admin: what the order did to a variant's stock, oldest first."""
        got = await self.get(f"/api/v1/stock/{variant['id']}/movements", limit=100)
        return [entry["kind"] for entry in reversed(got["items"]) if entry["order_id"] == order["id"]]

    async def levels(self, variant: Json) -> tuple[int, int]:
        """By an admin: on hand and reserved, over all warehouses."""
        cursor: Json = {}
        on_hand = reserved = 0
        while True:
            page = await self.get("/api/v1/stock", limit=100, **cursor)
            for row in page["items"]:
                if row["variant_id"] == variant["id"]:
                    on_hand, reserved = on_hand + row["on_hand"], reserved + row["reserved"]
            if not page["next"]:
                return on_hand, reserved
            cursor = {"cursor": page["next"]}


class People:
    """Opens people at a program's stores, and closes them."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._opened: list[Person] = []
        self._browsers: list[Browser] = []
        self._cast = content.people()

    def guest(self, store: str) -> Person:
        return self._open(store)

    async def shopper(self, store: str) -> Person:
        return await self._open(store).register()

    async def admin(self, store: str) -> Person:
        return await self._open(store, self._cast.stores[store].admin.email).sign_in()

    async def seller(self, store: str, slug: str) -> Person:
        (email,) = [seller.email for seller in content.store(store).sellers if seller.slug == slug]
        return await self._open(store, email).sign_in()

    async def operator(self, store: str) -> Person:
        return await self._open(store, self._cast.operator.email).sign_in("/api/v1/platform/login")

    async def staff(self, store: str, *roles: str) -> Person:
        """Somebody new, by invitation."""
        person, operator = self._open(store), await self.operator(store)
        wanted = {"email": person.email, "roles": list(roles)}
        invited = await operator.ask("POST", "/api/v1/staff/invitations", wanted)
        joining = {"token": invited["token"], "password": DEMO_PASSWORD, "name": "Stan"}
        await person.ask("POST", "/api/v1/auth/invitation/accept", joining)
        return await person.sign_in()

    async def key(self, store: str, *scopes: str) -> Person:
        """A program of the store's admin."""
        made = await (await self.admin(store)).ask(
            "POST", "/api/v1/api-keys", {"name": "robot", "scopes": list(scopes)}
        )
        program = self._open(store)
        program.http.headers["authorization"] = f"Bearer {made['key']}"
        return program

    def browser(self, host: str) -> Browser:
        """One without scripts; `host` is the store's slug, or a name with a dot."""
        headers = {"host": host if "." in host else f"{host}.localhost", "accept": "text/html"}
        client = httpx.AsyncClient(base_url=self.program.url, headers=headers, timeout=30, trust_env=False)
        self._browsers.append(Browser(client))
        return self._browsers[-1]

    def bearer(self, store: str, token: str) -> Person:
        person = self._open(store)
        person.http.headers["authorization"] = f"Bearer {token}"
        return person

    def _open(self, store: str, email: str = "") -> Person:
        person = Person(self.program.url, store, email)
        self._opened.append(person)
        return person

    async def close(self) -> None:
        for client in [*(person.http for person in self._opened), *(one.client for one in self._browsers)]:
            await client.aclose()


async def eventually(check: Callable[[], Awaitable[T | None]], timeout: float = 20) -> T:
    until = time.monotonic() + timeout
    while True:
        if found := await check():
            return found
        assert time.monotonic() < until, f"not within {timeout} s: {check}"
        await asyncio.sleep(0.05)


async def ordered_when_offered(buyer: Person, draft: Json, status: int = 201) -> httpx.Response:
    """The answer to an order, once every process has heard that the store can be paid this way."""

    async def answered() -> httpx.Response | None:
        answer = await buyer.http.post("/api/v1/orders", json=draft, headers={"idempotency-key": uuid4().hex})
        return None if "payment.method" in answer.text and not answer.is_success else answer

    answer: httpx.Response = await eventually(answered)
    assert answer.status_code == status, answer.text
    return answer


async def equals(wanted: T, ask: Callable[[], Awaitable[T]], timeout: float = 20) -> None:
    """Waits until `ask` answers what is wanted; asserts it, so that a failure shows both."""
    until = time.monotonic() + timeout
    while (got := await ask()) != wanted and time.monotonic() < until:
        await asyncio.sleep(0.05)
    assert got == wanted


async def sent_on(buyer: Person, admin: Person, order: Json, variants: list[Json]) -> None:
    """From CONFIRMED to DELIVERED, and everything that must have happened beside it."""
    confirmed = await buyer.until(order, "CONFIRMED")
    assert await buyer.history(order) == WAY[:2]
    for variant in variants:
        await equals(["hold", "deduct"], lambda variant=variant: admin.movements(variant, order))
    path, token = f"/api/v1/orders/{order['id']}", {"token": order["link"]}

    async def shipments() -> list[str]:
        answer = await buyer.http.get(f"{path}/shipments", params=token)
        return [x["status"] for x in answer.json()["items"]] if answer.is_success else []

    parcels = len(confirmed["parcels"])
    await equals(["PREPARING"] * parcels, shipments)
    await admin.ask("POST", f"{path}/ship", PAPERS)
    await equals(["SHIPPED"] * parcels, shipments)
    await admin.ask("POST", f"{path}/deliver", {})
    await equals(["DELIVERED"] * parcels, shipments)
    assert await buyer.history(order) == WAY
    await equals(sorted(MAILS + ["order_shipped", "parcel_delivered"] * (parcels - 1)), lambda: buyer.mails(order))
    letter = (await buyer.get("/api/v1/mailbox", q=order["number"]))["items"][0]
    mail = await buyer.get(f"/api/v1/mailbox/{letter['id']}")
    assert letter["to"] == buyer.email
    assert order["number"] in mail["text"]
    assert order["number"] in mail["html"]
