"""`python -m bench.imports`: 50 000 products from a file, while somebody looks at the store.

Options: --rows N, --port N, --again (the same file a second time, which changes nothing).
"""

import argparse
import asyncio
import contextlib
import csv
import io
import json
import random
import statistics
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import psutil

from bench.platform import HOST, Platform

LOOKS_EVERY = 0.1  # seconds between two looks at a page
IDLE = 45.0  # seconds; a page in twenty is looked at often enough to say how long it takes
PAGES = ("/products/{slug}", "/api/v1/products/{slug}", "/products?sort=price", "/api/v1/products?limit=24")
SERVICES = ("carts", "orders", "shipping", "inventory")


def a_file(rows: int) -> bytes:
    """As a merchant's export looks: a paragraph of text, four specifications, one variant a product."""
    rng = random.Random(7)
    words = ["light", "strong", "warm", "dry", "quiet", "fold", "wool", "oak", "steel", "linen", "river", "lamp", "cup"]
    out = io.StringIO()
    writer = csv.writer(out)
    specs = ["spec:Material", "spec:Height", "spec:Year", "spec:Origin"]
    writer.writerow(["sku", "name", "description", "brand", "tags", "price", "compare_at", "weight", "status", *specs])
    for n in range(rows):
        name = " ".join(rng.sample(words, 3)).title()
        price = rng.randrange(500, 50_000)
        writer.writerow(
            [f"BENCH-{n:06}", f"{name} {n}", " ".join(rng.choices(words, k=60)), rng.choice(words).title(),
             ", ".join(rng.sample(words, 3)), f"{price / 100:.2f}", f"{price / 100 + 10:.2f}", rng.randrange(50, 5000), "published",
             rng.choice(words), rng.randrange(1, 300) / 10, rng.randrange(1990, 2026), "Portugal"]
        )  # fmt: skip
    return out.getvalue().encode()


class Looker:
    """Somebody who looks at pages, one at a time, at a steady pace."""

    def __init__(self, platform: Platform, slugs: list[str]) -> None:
        self._url = platform.url
        self._slugs = slugs
        self.seconds: dict[str, list[float]] = {page: [] for page in PAGES}

    async def look(self, until: asyncio.Event) -> None:
        async with httpx.AsyncClient(base_url=self._url, headers={"host": HOST}, timeout=60) as client:
            for page, slug in self._places():
                if until.is_set():
                    return
                began = time.perf_counter()
                answer = await client.get(page.format(slug=slug))
                answer.raise_for_status()
                self.seconds[page].append(time.perf_counter() - began)
                await asyncio.sleep(max(0.0, LOOKS_EVERY - (time.perf_counter() - began)))

    def _places(self) -> Iterator[tuple[str, str]]:
        turn = 0
        while True:
            # Each time another product: what was asked for a second ago is answered from memory.
            yield PAGES[turn % len(PAGES)], self._slugs[turn % len(self._slugs)]
            turn += 1

    def told(self) -> dict[str, str]:
        return {
            page: f"p50 {statistics.median(taken) * 1000:5.1f}  p95 {statistics.quantiles(taken, n=20)[-1] * 1000:6.1f} ms"
            for page, taken in self.seconds.items()
            if len(taken) > 20
        }


async def looked_at(platform: Platform, slugs: list[str], work: Any) -> dict[str, str]:
    """The latencies while `work` goes on."""
    looker, over = Looker(platform, slugs), asyncio.Event()
    looking = asyncio.create_task(looker.look(over))
    try:
        await work
    finally:
        over.set()
        await looking
    return looker.told()


async def imported(client: httpx.AsyncClient, content: bytes) -> dict[str, Any]:
    began = time.monotonic()
    answer = await client.post("/api/v1/products/imports", files={"file": ("bench.csv", content, "text/csv")})
    answer.raise_for_status()
    print(f"upload                 {time.monotonic() - began:6.1f} s for {len(content) / 2**20:.0f} MiB")
    while True:
        now: dict[str, Any] = (await client.get(f"/api/v1/products/imports/{answer.json()['id']}")).json()
        if now["finished_at"]:
            print(f"import                 {time.monotonic() - began:6.1f} s, {now['rows_per_second']} rows/s; "
                  f"created {now['created']}, changed {now['changed']}, unchanged {now['unchanged']}, bad {now['bad']}")  # fmt: skip
            return now
        await asyncio.sleep(0.5)


async def variants(platform: Platform, service: str) -> int:
    url = json.loads((platform.data / "running.json").read_text())["database_url"]
    connection = await asyncpg.connect(urlsplit(url)._replace(path=f"/tradehall_{service}").geturl())
    try:
        return int(await connection.fetchval("SELECT count(*) FROM variants"))
    finally:
        await connection.close()


async def heard(platform: Platform) -> None:
    """Until all services have all variants of the catalog."""
    began = time.monotonic()
    wanted = await variants(platform, "catalog")
    for service in SERVICES:
        while await variants(platform, service) < wanted:
            await asyncio.sleep(0.2)
    print(f"heard by all services  {time.monotonic() - began:6.1f} s after its end")


async def run(platform: Platform, rows: int, *, again: bool) -> None:
    signed_in = platform.login("shop@northlight.example", "tradehall-demo")
    slugs = [item["slug"] for item in platform.json("/api/v1/products?limit=24")["items"]]
    content = a_file(rows)
    idle = await looked_at(platform, slugs, asyncio.sleep(IDLE))
    print("memory before         ", platform.memory_told())
    async with httpx.AsyncClient(base_url=platform.url, headers={"host": HOST, **signed_in}, timeout=60) as client:
        for _ in range(2 if again else 1):
            before = cpu(platform)
            busy = await looked_at(platform, slugs, imported(client, content))
            await heard(platform)
            spent = {kind: seconds - before.get(kind, 0.0) for kind, seconds in cpu(platform).items()}
            print("CPU seconds           ", ", ".join(f"{kind} {seconds:.1f}" for kind, seconds in spent.items()))
            print("memory after          ", platform.memory_told())
            after = await looked_at(platform, slugs, asyncio.sleep(IDLE))
            for page in idle:
                print(page)
                for when, seen in (("idle before", idle), ("importing", busy), ("idle after", after)):
                    print(f"    {when:12} {seen.get(page, 'not measured')}")


def cpu(platform: Platform) -> dict[str, float]:
    """Seconds used so far, by kind of process: what a loaded machine does not change."""
    used: dict[str, float] = {}
    for process in platform.processes():
        with contextlib.suppress(psutil.Error):
            kind = "python" if "python" in process.name() else process.name().split("-")[0]
            used[kind] = used.get(kind, 0.0) + sum(process.cpu_times()[:2])
    return used


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=50_000)
    options.add_argument("--port", type=int, default=8710)
    options.add_argument("--again", action="store_true")
    chosen = options.parse_args()
    platform = Platform(chosen.port)
    try:
        platform.start()
        platform.wait_for_demo()
        asyncio.run(run(platform, chosen.rows, again=chosen.again))
    finally:
        platform.close()


if __name__ == "__main__":
    main()
