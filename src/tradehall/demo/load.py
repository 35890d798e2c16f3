"""Fills a running platform with the five demo stores, as one of its clients. All steps may be repeated."""

import asyncio
import sys
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import asyncpg
import httpx
import msgspec

from tradehall import launch
from tradehall.demo import DEMO_PASSWORD, content, stories
from tradehall.demo.client import Client, DemoError
from tradehall.demo.plans import PLANS, UNLIMITED
from tradehall.demo.screen import StoreLogins, Summary, start_screen
from tradehall.kernel import provision
from tradehall.kernel import settings as config
from tradehall.kernel.db import Database, open_pool
from tradehall.kernel.runtime import Running
from tradehall.kernel.settings import Settings

AT_ONCE = 12  # requests
PICTURES_AT_ONCE = 4  # they take longest and would hold everything else up
COUNTED_AT_ONCE = 200
FULLY_SHOWN = 6
MIGRATED = 120.0  # seconds within which identity has made its database
BRIEF = 1  # the deadline in seconds of an order that expires


def run(settings: Settings, *, wait: bool) -> None:
    """The command `tradehall demo`. With `wait`, until the platform is ready. Exits with 1 where it fails."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    base_url = f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"
    try:
        asyncio.run(_ready(base_url, wait=wait))
        with _reached(settings) as complete:
            summary = asyncio.run(load(base_url, complete))
    except (DemoError, launch.LaunchError) as error:
        print(f"tradehall: the demo is not complete: {error}", file=sys.stderr)
        raise SystemExit(1) from error
    print(start_screen(summary, settings.port), flush=True)


def _reached(settings: Settings) -> AbstractContextManager[Settings]:
    """Settings that name the running platform's database."""
    return nullcontext(config.with_secret(settings)) if settings.database_url else launch.attached(settings)


async def _ready(base_url: str, *, wait: bool) -> None:
    """Raises DemoError."""
    until = time.monotonic() + (120 if wait else 1)
    async with httpx.AsyncClient(base_url=base_url, trust_env=False) as http:
        while True:
            try:
                if (await http.get("/health/ready")).is_success:
                    return
            except httpx.TransportError:
                pass
            if time.monotonic() > until:
                raise DemoError(f"nothing is ready at {base_url}; start it with `tradehall up`.")
            await asyncio.sleep(0.1)


async def load(base_url: str, settings: Settings) -> Summary:
    """Loads what is missing. Raises DemoError. `settings` name the database, where the operator's account is made."""
    began = time.monotonic()
    wanted = [content.store(slug) for slug in content.STORES]
    people = content.people()
    limits = httpx.Limits(max_connections=AT_ONCE + PICTURES_AT_ONCE)
    async with httpx.AsyncClient(base_url=base_url, timeout=30, limits=limits, trust_env=False) as http:
        room = asyncio.Semaphore(AT_ONCE)
        incomplete = [store for store in wanted if not await _complete(http, store)]
        if incomplete:
            await _ensure_operator(settings, people.operator)
            platform = Client(http, room, host_of(wanted[0].slug))
            operator = await _sign_in(platform, "/api/v1/platform/login", people.operator.email)
            await _all(operator.call("PUT", f"/api/v1/platform/plans/{code}", plan) for code, plan in PLANS.items())
            drawing = asyncio.Semaphore(PICTURES_AT_ONCE)
            await _all(
                _Loading(store, people.stores[store.slug], Client(http, room, host_of(store.slug)), drawing).run(
                    operator
                )
                for store in incomplete
            )
    seconds = time.monotonic() - began if incomplete else 0.0
    logins = [_logins(store, people.stores[store.slug]) for store in wanted]
    return Summary(operator=people.operator.email, stores=logins, seconds=seconds)


def host_of(slug: str) -> str:
    return f"{slug}.localhost"


def _logins(store: content.Store, cast: content.Cast) -> StoreLogins:
    return StoreLogins(
        slug=store.slug,
        name=store.name,
        host=host_of(store.slug),
        admin=cast.admin.email,
        seller=store.sellers[0].email,
        shopper="" if store.checkout_mode == "guest" else cast.shoppers[0].email,
    )


async def _complete(http: httpx.AsyncClient, store: content.Store) -> bool:
    """Its `about` is written last, so that it tells."""
    answer = await http.get("/api/v1/store", headers={"host": host_of(store.slug)})
    return answer.is_success and answer.json()["look"]["about"] != ""


async def _ensure_operator(settings: Settings, operator: content.Login) -> None:
    """In the database: there is no way over HTTP to become one. Where services run apart, identity may still be
    making its database when the others are ready."""
    until = time.monotonic() + MIGRATED
    while True:
        try:
            return await _make_operator(settings, operator)
        except asyncpg.PostgresError:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.5)


async def _make_operator(settings: Settings, operator: content.Login) -> None:
    from tradehall.services.identity.operators import ensure_operator

    running = Running(settings, [])
    pool = await open_pool(provision.dsn(settings, "identity"), size=1, application="tradehall demo")
    try:
        running.databases["identity"] = Database("identity", pool, settings, lambda: None)
        await ensure_operator(running, operator.email, DEMO_PASSWORD, operator.name)
    finally:
        await pool.close()
        await running.peers.close()


async def _sign_in(client: Client, path: str, email: str) -> Client:
    """Until its store knows an account that was made a moment ago."""
    got = await client.call("POST", path, {"email": email, "password": DEMO_PASSWORD})
    return client.signed_in(got["access_token"])


async def _all(work: Iterable[Any]) -> list[Any]:
    """As gather, but the first failure ends the others. Raises that failure."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in work]
    except* DemoError as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


class _Loading:
    """One store on its way."""

    def __init__(self, store: content.Store, cast: content.Cast, anyone: Client, drawing: asyncio.Semaphore) -> None:
        self._store = store
        self._cast = cast
        self._anyone = anyone
        self._drawing = drawing
        self._admin = anyone
        self._sellers: dict[str, str] = {}
        self._variants: dict[str, dict[str, Any]] = {}

    async def run(self, operator: Client) -> None:
        self._admin = await self._open(operator)
        await _all([self._categories(), self._warehouses(), self._rates(), self._take_on_sellers()])
        buyers, products = await _all([self._shoppers(), self._products()])
        await _all([self._sell(buyers), self._pictures(products)])
        whole = {"sellers": self._store.takes_sellers, "look": self._look(self._store.about)}
        await self._admin.call("PATCH", "/api/v1/store", whole)

    async def _open(self, operator: Client) -> Client:
        """The store and its admin."""
        store, admin = self._store, self._cast.admin
        new = {
            "slug": store.slug,
            "name": store.name,
            "hosts": [host_of(store.slug)],
            "currency": store.currency,
            "locale": store.locale,
            "timezone": store.timezone,
            "checkout_mode": store.checkout_mode,
            "payment_methods": store.payment_methods,
            "order_expiry_seconds": BRIEF if self._expiring() else store.order_expiry_minutes * 60,
            "look": self._look(""),
            "order_profile": msgspec.to_builtins(store.order_profile),
            "plan": UNLIMITED,
        }
        await operator.call("POST", "/api/v1/stores", new, fine={409})
        there = operator.at(host_of(store.slug))
        known = {"email": admin.email, "password": DEMO_PASSWORD}
        tokens = await self._anyone.call("POST", "/api/v1/auth/login", known, fine={401})
        if tokens is None:
            wanted = {"email": admin.email, "roles": ["store_admin"]}
            invited = await there.call("POST", "/api/v1/staff/invitations", wanted)
            joining = {"token": invited["token"], "password": DEMO_PASSWORD, "name": admin.name}
            tokens = await self._anyone.call("POST", "/api/v1/auth/invitation/accept", joining)
        return self._anyone.signed_in(tokens["access_token"])

    def _expiring(self) -> bool:
        return any(story.ending == "expired" for story in stories.STORIES[self._store.slug])

    def _look(self, about: str) -> dict[str, str]:
        return {
            "theme": self._store.slug,
            "tagline": self._store.tagline,
            "about": about,
            **msgspec.to_builtins(self._store.colors),
        }

    async def _categories(self) -> None:
        """With what their products are filtered by."""
        numbered = list(enumerate(self._store.categories))
        for child in (False, True):
            await _all(
                self._admin.call(
                    "POST", "/api/v1/categories", msgspec.to_builtins(category) | {"position": position}, fine={409}
                )
                for position, category in numbered
                if (category.parent is not None) is child
            )
        await _all(
            self._admin.call(
                "POST", "/api/v1/attributes", msgspec.to_builtins(attribute) | {"position": position}, fine={409}
            )
            for position, attribute in enumerate(self._store.attributes)
        )

    async def _warehouses(self) -> None:
        await _all(
            self._admin.call(
                "PUT",
                f"/api/v1/warehouses/{warehouse.code}",
                {"name": warehouse.name, "address": msgspec.to_builtins(warehouse.address)},
            )
            for warehouse in self._store.warehouses
        )

    async def _rates(self) -> None:
        shipping = self._store.shipping
        name = "Standard delivery" if shipping.kind == "flat" else "Transport by distance"
        rate = {"code": "standard", "name": name} | msgspec.to_builtins(shipping)
        await self._admin.call("PUT", "/api/v1/shipping/rates", {"rates": [rate]})
        carrier = {"carrier": "simulated", "name": "Simulated Post"}
        await self._admin.call("PUT", "/api/v1/shipping/accounts/simulated", carrier)

    async def _take_on_sellers(self) -> None:
        await _all(
            self._admin.call(
                "POST", "/api/v1/sellers", msgspec.to_builtins(seller) | {"password": DEMO_PASSWORD}, fine={409}
            )
            for seller in self._store.sellers
        )
        known = await self._admin.call("GET", "/api/v1/sellers", params={"limit": 100})
        self._sellers = {seller["slug"]: seller["id"] for seller in known["items"]}

    async def _shoppers(self) -> list[Client]:
        """Clients of the shoppers; of guests where the store has no accounts."""
        if self._store.checkout_mode == "guest":
            return [self._anyone for _ in self._cast.shoppers]
        return await _all(self._shopper(shopper) for shopper in self._cast.shoppers)

    async def _shopper(self, shopper: content.Shopper) -> Client:
        account = {"email": shopper.email, "password": DEMO_PASSWORD, "name": shopper.name}
        await self._anyone.call("POST", "/api/v1/auth/register", account, fine={409})
        client = await _sign_in(self._anyone, "/api/v1/auth/login", shopper.email)
        if not (await client.call("GET", "/api/v1/me/addresses"))["items"]:
            await client.call("POST", "/api/v1/me/addresses", msgspec.to_builtins(shopper.address))
        return client

    async def _products(self) -> list[dict[str, Any]]:
        """Lists show the newest first, so the last is made first."""
        made: list[dict[str, Any]] = await _all(self._product(product) for product in reversed(self._store.products))
        made.reverse()
        self._variants = {variant["sku"]: variant for product in made for variant in product["variants"]}
        return made

    async def _product(self, product: content.Product) -> Any:
        body = msgspec.to_builtins(product) | {"status": "published", "seller_id": self._sellers[product.seller]}
        body["variants"] = [
            {name: value for name, value in variant.items() if name != "stock"} for variant in body["variants"]
        ]
        del body["seller"]
        made = await self._admin.call("POST", "/api/v1/products", body, fine={409}, soon={422})
        return made or await self._admin.call("GET", f"/api/v1/products/{product.slug}")

    async def _pictures(self, products: list[dict[str, Any]]) -> None:
        """One for every product, and all of those that head the lists."""
        drawn = content.pictures(self._store.slug)
        admin = self._admin.with_room(self._drawing)
        await _all(
            self._show(admin, product, drawn.get(product["slug"], [])[: None if place < FULLY_SHOWN else 1])
            for place, product in enumerate(products)
            if not product["images"]
        )

    async def _show(self, admin: Client, product: dict[str, Any], pictures: list[content.Picture]) -> None:
        for file, sku in pictures:
            await admin.call(
                "POST",
                f"/api/v1/products/{product['id']}/images",
                files={"image": (file.name, file.read_bytes(), "image/webp")},
                data={"alt": product["name"]} | ({"variant_id": self._variants[sku]["id"]} if sku else {}),
            )

    async def _count_stock(self) -> None:
        counts = [
            {"variant_id": self._variants[variant.sku]["id"], "warehouse": code, "quantity": units}
            for product in self._store.products
            for variant in product.variants
            for code, units in variant.stock.items()
            if units
        ]
        chunks = [counts[at : at + COUNTED_AT_ONCE] for at in range(0, len(counts), COUNTED_AT_ONCE)]
        await _all(self._admin.call("POST", "/api/v1/stock/counts", {"counts": chunk}, soon={404}) for chunk in chunks)

    async def _sell(self, buyers: list[Client]) -> None:
        """The order that expires goes first, under the brief deadline that the store began with."""
        await self._count_stock()
        told = []
        told_stories = stories.STORIES[self._store.slug]
        for number, (story, lines) in enumerate(
            zip(told_stories, stories.assign(self._store, told_stories), strict=True)
        ):
            shopper, client = self._cast.shoppers[story.buyer], buyers[story.buyer]
            told.append(stories.Told(number, story, lines, shopper, client))
        await _all(self._tell(one) for one in told if one.story.ending == "expired")
        seconds = self._store.order_expiry_minutes * 60
        await self._admin.call("PATCH", "/api/v1/store", {"order_expiry_seconds": seconds})
        await _all(self._tell(one) for one in told if one.story.ending != "expired")

    async def _tell(self, told: stories.Told) -> None:
        await stories.tell(told, self._variants, self._admin, self._store.currency)
