"""python -m bench.catalog: what 500 variants and 5 000 categories cost, beside the same requests in a usual store.

Two stores of a platform of its own, 400 products with two variants in each; one has 24 products of 500 variants on top,
and a tree of 5 000 categories in ten levels. Requests are signed in, so that no answer is kept, and come one by one: each
beside the events of those before it, and once more "at rest", when those events are over.

With --unknown: a store of 5 400 products that PostgreSQL's statistics do not know, as in the seconds until the platform has
them made anew, beside one of 400 that they know; and once more when they know both.
"""

import argparse
import asyncio
import http.client
import json
import statistics
import time
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx

from bench.platform import Platform
from tradehall.demo import DEMO_PASSWORD, content
from tradehall.demo.plans import UNLIMITED

PRODUCTS, WIDE, VARIANTS, CATEGORIES, LEVELS = 400, 24, 500, 5000, 10
EMPTY = "empty"  # a category without products
REST = 2.0  # seconds in which 24 products of 500 variants are told of
AT_ONCE = 8
MORE = 5000
COUNTED = ("products", "variants", "attribute_values", "product_tags", "branches", "brands")
NEVER = "CREATE OR REPLACE FUNCTION analyze_tables(names text[]) RETURNS void LANGUAGE plpgsql AS 'BEGIN END'"


@dataclass
class Shop:
    slug: str
    headers: dict[str, str]
    products: list[dict[str, Any]] = field(default_factory=list)
    wide: list[dict[str, Any]] = field(default_factory=list)
    top: str = ""
    leaf: str = ""


class Sizes:
    def __init__(self, port: int, times: int) -> None:
        self.platform = Platform(port)
        self.port = port
        self.times = times

    def run(self) -> None:
        try:
            self.platform.start()
            self.platform.wait_for_demo()
            usual, large = (asyncio.run(self._open(slug)) for slug in ("usual", "large"))
            asyncio.run(self._fill(usual, 9, 2))
            asyncio.run(self._fill(large, CATEGORIES, LEVELS))
            large.wide = asyncio.run(self._make(large, range(PRODUCTS, PRODUCTS + WIDE), [large.leaf], VARIANTS))
            time.sleep(5)  # the events of all that
            self._report(usual, large)
        finally:
            self.platform.close()

    def run_unknown(self) -> None:
        try:
            self.platform.start()
            self.platform.wait_for_demo()
            usual = asyncio.run(self._open("usual"))
            asyncio.run(self._fill(usual, 9, 2))
            time.sleep(3)
            unseen = (f"ALTER TABLE {name} SET (autovacuum_enabled = off)" for name in COUNTED)
            asyncio.run(self._database("ANALYZE", *unseen, NEVER))
            large = asyncio.run(self._open("large"))
            asyncio.run(self._fill(large, 9, 2))
            asyncio.run(self._make(large, range(PRODUCTS, PRODUCTS + MORE), ["c-1-0", "c-1-1"], 1))
            time.sleep(3)
            self._report_lists(usual, large)
            asyncio.run(self._database("ANALYZE"))
            print("and when the statistics know both:")
            self._report_lists(usual, large)
        finally:
            self.platform.close()

    async def _database(self, *statements: str) -> None:
        connection = await asyncpg.connect(self.platform.admin_url(), database="tradehall_catalog")
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    async def _open(self, slug: str) -> Shop:
        """A store with an admin and a seller."""
        operator = content.people().operator
        async with httpx.AsyncClient(base_url=self.platform.url, timeout=60) as http:
            login = {"email": operator.email, "password": DEMO_PASSWORD}
            answer = await http.post("/api/v1/platform/login", json=login)
            token = {"authorization": f"Bearer {answer.json()['access_token']}"}
            host = f"{slug}.localhost"
            store = {"slug": slug, "name": slug, "hosts": [host], "currency": "USD", "checkout_mode": "both",
                     "payment_methods": ["card-simulated"], "plan": UNLIMITED}  # fmt: skip
            (await http.post("/api/v1/stores", json=store, headers=token)).raise_for_status()
            wanted = {"email": f"a@{slug}.example", "roles": ["store_admin"]}
            invited = await self._soon(http, "/api/v1/staff/invitations", wanted, {**token, "host": host})
            joining = {"token": invited["token"], "password": DEMO_PASSWORD, "name": "A"}
            answer = await self._soon(http, "/api/v1/auth/invitation/accept", joining, {"host": host})
            shop = Shop(slug, {"host": host, "authorization": f"Bearer {answer['access_token']}"})
            seller = {"slug": "maker", "name": "Maker", "description": "", "email": f"s@{slug}.example",
                      "password": DEMO_PASSWORD}  # fmt: skip
            await self._soon(http, "/api/v1/sellers", seller, shop.headers)
            return shop

    async def _soon(self, http: httpx.AsyncClient, path: str, body: object, headers: dict[str, str]) -> Any:
        until = time.monotonic() + 20
        while True:
            answer = await http.post(path, json=body, headers=headers)
            if answer.is_success:
                return answer.json()
            if time.monotonic() > until:
                raise SystemExit(f"{path}: {answer.status_code} {answer.text}")
            await asyncio.sleep(0.1)

    async def _fill(self, shop: Shop, categories: int, levels: int) -> None:
        """One tree, as wide on each level as it takes; attributes at its top, products below it everywhere."""
        async with httpx.AsyncClient(base_url=self.platform.url, timeout=60, headers=shop.headers) as http:
            shop.top = "c-0"
            await self._soon(http, "/api/v1/categories", {"slug": shop.top, "name": "Top"}, {})
            above = [shop.top]
            made = [shop.top]
            for level in range(1, levels):
                width = (categories - 1) // (levels - 1)
                layer = [f"c-{level}-{n}" for n in range(width)]
                await _all(
                    self._soon(http, "/api/v1/categories", {"slug": s, "name": s, "parent": above[n % len(above)]}, {})
                    for n, s in enumerate(layer)
                )
                above = layer
                made += layer
            shop.leaf = made[-1]
            await self._soon(http, "/api/v1/categories", {"slug": EMPTY, "name": "Empty", "parent": shop.top}, {})
            for code, kind in (("year", "number"), ("colour", "text"), ("used", "boolean")):
                body = {"code": code, "name": code, "kind": kind, "categories": [shop.top]}
                await self._soon(http, "/api/v1/attributes", body, {})
        shop.products = await self._make(shop, range(PRODUCTS), made, 2)

    async def _make(self, shop: Shop, numbers: range, categories: list[str], variants: int) -> list[dict[str, Any]]:
        async with httpx.AsyncClient(base_url=self.platform.url, timeout=60, headers=shop.headers) as http:
            (seller,) = (await http.get("/api/v1/sellers")).json()["items"]
            bodies = (_product(n, categories, seller["id"], variants) for n in numbers)
            return await _all(self._soon(http, "/api/v1/products", body, {}) for body in bodies)

    def _report_lists(self, usual: Shop, large: Shop) -> None:
        lists = "/api/v1/products?limit=24"
        for what, path in (
            ("list of the top category", f"{lists}&category=c-0"),
            ("years of the category", f"{lists}&category=c-0&attr.year=1970..1980"),
            ("years, by price", f"{lists}&attr.year=1970..1980&sort=price"),
            ("one year", f"{lists}&attr.year=1970"),
            ("a colour", f"{lists}&attr.colour=red"),
            ("a colour and years of the category", f"{lists}&category=c-0&attr.colour=red&attr.year=1990.."),
            ("a tag", f"{lists}&tag=tag+3"),
            ("a brand in a category", f"{lists}&brand=brand-3&category=c-1-0"),
            ("words", f"{lists}&q=product+401"),
            ("all tags", "/api/v1/tags"),
            ("all brands", "/api/v1/brands"),
            ("facets of years of the category", "/api/v1/products/facets?category=c-0&attr.year=1970..1980"),
        ):
            self._row(what, self._time(usual, ("GET", path, None)), self._time(large, ("GET", path, None)))

    def _report(self, usual: Shop, large: Shop) -> None:
        two, many, wide = usual.products[0], large.products[0], large.wide[0]
        lists = "/api/v1/products?limit=24"
        for what, first, second in (
            ("product detail, 2 against 500 variants", _get(two["slug"]), _get(wide["slug"])),
            ("product detail, in the large tree", _get(two["slug"]), _get(many["slug"])),
            ("list of 24, of 2 against 500 variants", ("GET", lists, None), ("GET", lists, None)),
            ("list of 24 by price", *[("GET", f"{lists}&sort=price", None)] * 2),
            ("list of the top category", *[("GET", f"{lists}&category=c-0", None)] * 2),
            ("list by attribute", *[("GET", f"{lists}&category=c-0&attr.year=1970..1980", None)] * 2),
            ("facets of all", *[("GET", "/api/v1/products/facets", None)] * 2),
            (
                "facets of the top category",
                *[("GET", "/api/v1/products/facets?category=c-0&attr.colour=red", None)] * 2,
            ),
            ("save a product, 2 against 500 variants", _patch(two["id"]), _patch(wide["id"])),
            ("save a product, in the large tree", _patch(two["id"]), _patch(many["id"])),
            ("one variant changed", _reprice(two), _reprice(wide)),
            ("top category's page", *[("GET", "/api/v1/categories/c-0", None)] * 2),
            ("the tree's upper two levels", *[("GET", "/api/v1/categories?levels=2", None)] * 2),
            ("the whole tree", *[("GET", "/api/v1/categories", None)] * 2),
            ("an empty branch moved and back", _move(usual, EMPTY), _move(large, EMPTY)),
            ("a branch moved, 44 products told × 2, 24 × 500", _move(usual), _move(large)),
        ):
            self._row(what, self._time(usual, first), self._time(large, second))
        for what, first, second in (
            ("a product saved, at rest", _patch(two["id"]), _patch(wide["id"])),
            ("one variant changed, at rest", _reprice(two), _reprice(wide)),
            ("a branch moved, at rest", _move(usual), _move(large)),
        ):
            at_rest = [
                self._time(shop, request, times=12, rest=REST) for shop, request in ((usual, first), (large, second))
            ]
            self._row(what, *at_rest)

    def _row(self, what: str, base: tuple[float, float], cost: tuple[float, float]) -> None:
        print(
            f"{what:48} {base[0]:7.2f} ms {cost[0]:7.2f} ms  ×{cost[0] / base[0]:5.2f}   p95 {base[1]:.1f} / {cost[1]:.1f}"
        )

    def _time(
        self, shop: Shop, request: tuple[str, str, Any], *, times: int | None = None, rest: float = 0
    ) -> tuple[float, float]:
        """Median and 95th percentile in milliseconds; `rest` seconds before each."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        taken = []
        times = times or self.times
        for number in range(times):
            time.sleep(rest)
            method, path, body = request
            sent = json.dumps(body(number) if callable(body) else body) if body is not None else None
            headers = {**shop.headers, "content-type": "application/json"}
            began = time.perf_counter()
            connection.request(method, path, sent, headers)
            answer = connection.getresponse()
            content = answer.read()
            taken.append((time.perf_counter() - began) * 1000)
            if answer.status != 200:
                raise SystemExit(f"{method} {path}: {answer.status} {content[:300]!r}")
        connection.close()
        taken = sorted(taken[times // 10 :])
        return statistics.median(taken), taken[int(len(taken) * 0.95)]


def _product(number: int, categories: list[str], seller: str, variants: int) -> dict[str, Any]:
    return {
        "name": f"Product {number} of {variants}",
        "status": "published",
        "seller_id": seller,
        "category": categories[number * 7919 % len(categories)],
        "brand": f"Brand {number % 20}",
        "tags": [f"tag {number % 15}"],
        "description": "What there is to say about it. " * 20,
        "specifications": {
            "year": 1950 + number % 60,
            "colour": ["red", "green", "blue", "grey"][number % 4],
            "used": number % 3 == 0,
            "Material": "Wood",
        },
        "options": ["Size", "Colour"],
        "variants": [
            {
                "sku": f"P{number}-{n}",
                "price": 1000 + (number * 37 + n) % 5000,
                "options": {"Size": f"Size {n // 20}", "Colour": f"Colour {n % 20}"},
                "weight_g": 100,
            }
            for n in range(variants)
        ],
    }


def _get(slug: str) -> tuple[str, str, Any]:
    return "GET", f"/api/v1/products/{slug}", None


def _patch(id: str) -> tuple[str, str, Any]:
    return "PATCH", f"/api/v1/products/{id}", lambda number: {"description": f"Said anew {number}"}


def _reprice(product: dict[str, Any]) -> tuple[str, str, Any]:
    path = f"/api/v1/products/{product['id']}/variants/{product['variants'][1]['id']}"
    return "PATCH", path, lambda number: {"price": 2000 + number}


def _move(shop: Shop, slug: str = "") -> tuple[str, str, Any]:
    return (
        "PATCH",
        f"/api/v1/categories/{slug or shop.leaf}",
        lambda number: {"parent": None if number % 2 else shop.top},
    )


async def _all(work: Any) -> list[Any]:
    """A few at a time."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(task: Any) -> Any:
        async with room:
            return await task

    return await asyncio.gather(*(one(task) for task in work))


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=8093)
    options.add_argument("--times", type=int, default=200)
    options.add_argument("--unknown", action="store_true")
    chosen = options.parse_args()
    sizes = Sizes(chosen.port, chosen.times)
    sizes.run_unknown() if chosen.unknown else sizes.run()
