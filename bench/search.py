"""Searching at 50 a second over 10 000 books; how soon a change is found; a new index while searches go on.

The books are goodbooks-10k, where its `books.csv` lies beside the checkout (../shared/data); else as many made-up ones.
"""

import asyncio
import csv
import io
import itertools
import os
import random
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bench.logins import percentile
from bench.platform import Platform
from tradehall.demo import DEMO_PASSWORD, content
from tradehall.demo.plans import UNLIMITED
from tradehall.services.search.evaluating import BOOKS as QUESTIONS
from tradehall.services.search.evaluating import misspell
from tradehall.services.search.model import words_of

FILE = Path(__file__).parents[2] / "shared" / "data" / "books.csv"
COUNT, PER_SECOND = 10_000, 50
MAPPING = {
    "columns": {"title": "name", "authors": "brand", "language_code": "spec:Language"},
    "constants": {
        "sku": "GB-{book_id}",
        "category": "books",
        "status": "published",
        "price": "12.90",
        "seller": "maker",
    },
}
SLUG = "library"


@dataclass
class Seen:
    """Milliseconds of each search."""

    times: list[float] = field(default_factory=list)
    errors: int = 0
    semantic: int = 0


class Library:
    """A store of its own with these books."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.rows = books()
        self.host = {"host": f"{SLUG}.localhost"}
        self.admin: dict[str, str] = {}

    async def open(self) -> None:
        operator = content.people().operator
        async with httpx.AsyncClient(base_url=self.platform.url, timeout=60) as http:
            login = {"email": operator.email, "password": DEMO_PASSWORD}
            token = (await http.post("/api/v1/platform/login", json=login)).json()["access_token"]
            allowed = {"authorization": f"Bearer {token}"}
            store = {"slug": SLUG, "name": SLUG, "hosts": [self.host["host"]], "currency": "USD", "checkout_mode": "both",
                     "payment_methods": ["card-simulated"], "plan": UNLIMITED}  # fmt: skip
            (await http.post("/api/v1/stores", json=store, headers=allowed)).raise_for_status()
            wanted = {"email": f"a@{SLUG}.example", "roles": ["store_admin"]}
            invited = await _soon(http, "/api/v1/staff/invitations", wanted, allowed | self.host)
            joining = {"token": invited["token"], "password": DEMO_PASSWORD, "name": "A"}
            answer = await _soon(http, "/api/v1/auth/invitation/accept", joining, self.host)
            self.admin = self.host | {"authorization": f"Bearer {answer['access_token']}"}
            seller = {"slug": "maker", "name": "Maker", "description": "", "email": f"s@{SLUG}.example",
                      "password": DEMO_PASSWORD}  # fmt: skip
            await _soon(http, "/api/v1/sellers", seller, self.admin)
            await _soon(http, "/api/v1/categories", {"slug": "books", "name": "Books"}, self.admin)

    async def fill(self) -> float:
        """Seconds until the last book is found."""
        text = io.StringIO()
        writer = csv.DictWriter(text, self.rows[0])
        writer.writeheader()
        writer.writerows(self.rows)
        began = time.monotonic()
        async with httpx.AsyncClient(base_url=self.platform.url, timeout=60, headers=self.admin) as http:
            answer = await http.post(
                "/api/v1/products/imports",
                files={"file": ("books.csv", text.getvalue().encode(), "text/csv")},
                data={"start": "false"},
            )
            answer.raise_for_status()
            path = f"/api/v1/products/imports/{answer.json()['id']}/start"
            (await http.post(path, json={"mapping": MAPPING})).raise_for_status()
            while (await self.find(http, "")).get("total") != len(self.rows):
                await asyncio.sleep(0.5)
                if time.monotonic() - began > 300:
                    raise SystemExit("the books were not found within 300 s")
        return time.monotonic() - began

    async def find(self, http: httpx.AsyncClient, q: str, **params: Any) -> dict[str, Any]:
        answer = await http.get("/api/v1/search", params={"q": q, "_": next(_numbers), **params}, headers=self.host)
        found: dict[str, Any] = answer.json() if answer.is_success else {}
        return found

    def queries(self, count: int) -> list[str]:
        """Words of titles and authors, a fourth of them misspelt, a tenth questions."""
        chance = random.Random(1)
        found: list[str] = []
        while len(found) < count:
            row = chance.choice(self.rows)
            words = words_of(f"{row['title']} {row['authors']}")[:8]
            kind = chance.random()
            if kind < 0.1:  # each another one: what is asked again is answered from memory
                question = chance.choice(QUESTIONS).query.split()
                question[chance.randrange(len(question))] = chance.choice(words)
                found.append(" ".join(question))
                continue
            chosen = chance.sample(words, min(len(words), chance.randint(1, 3)))
            if kind < 0.35:
                chosen[0] = misspell(chosen[0], chance)
            found.append(" ".join(chosen))
        return found

    async def paced(self, seconds: float, path: str = "/api/v1/search", **params: Any) -> Seen:
        """So many a second, whether the ones before are answered or not."""
        seen, waiting = Seen(), set()
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
        async with httpx.AsyncClient(base_url=self.platform.url, timeout=30, headers=self.host, limits=limits) as http:

            async def one(q: str) -> None:
                began = time.perf_counter()
                answer = await http.get(path, params={"q": q, "_": next(_numbers), **params})
                seen.times.append(1000 * (time.perf_counter() - began))
                seen.errors += not answer.is_success
                seen.semantic += bool(answer.is_success and answer.json().get("semantic"))

            began = time.perf_counter()
            for place, q in enumerate(self.queries(int(seconds * PER_SECOND))):
                await asyncio.sleep(max(0.0, began + place / PER_SECOND - time.perf_counter()))
                task = asyncio.create_task(one(q))
                waiting.add(task)
                task.add_done_callback(waiting.discard)
            if waiting:
                await asyncio.wait(waiting)
        return seen

    async def findable(self, times: int) -> list[float]:
        """Milliseconds from a change that was answered until it is found."""
        took = []
        async with httpx.AsyncClient(base_url=self.platform.url, timeout=30) as http:
            page = (await http.get("/api/v1/manage/products", params={"limit": times}, headers=self.admin)).json()
            for place, item in enumerate(page["items"]):
                name = f"Quixotic{place} Zephyr{time.time_ns()}"
                path = f"/api/v1/products/{item['id']}"
                (await http.patch(path, json={"name": name}, headers=self.admin)).raise_for_status()
                began = time.perf_counter()
                while True:
                    found = (await self.find(http, name, limit=1)).get("items")
                    if found and found[0]["name"] == name:
                        break
                took.append(1000 * (time.perf_counter() - began))
        return took

    async def reindex(self) -> tuple[float, Seen]:
        """Seconds, and the searches of that time, ten a second and one at a time."""
        seen, over = Seen(), asyncio.Event()

        async def search() -> None:
            async with httpx.AsyncClient(base_url=self.platform.url, timeout=30) as http:
                for q in itertools.cycle(self.queries(200)):
                    if over.is_set():
                        return
                    began = time.perf_counter()
                    seen.errors += "total" not in await self.find(http, q, facets=True)
                    seen.times.append(1000 * (time.perf_counter() - began))
                    await asyncio.sleep(0.1)

        searching = asyncio.create_task(search())
        began = time.monotonic()
        command = [sys.executable, "-m", "tradehall", "search", "reindex", "--store", SLUG]
        environ = {**os.environ, "TRADEHALL_DATA": str(self.platform.data)}
        done = await asyncio.to_thread(subprocess.run, command, env=environ, capture_output=True, check=True)
        took = time.monotonic() - began
        over.set()
        await searching
        assert str(len(self.rows)) in done.stdout.decode(), done.stdout
        return took, seen


def books() -> list[dict[str, str]]:
    if FILE.exists():
        with FILE.open(encoding="utf-8") as file:
            return [
                {name: row[name][:100] for name in ("book_id", "title", "authors", "language_code")}
                for row in csv.DictReader(file)
            ]
    chance = random.Random(1)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "or", "el")]
    words = ["".join(chance.choices(syllables, k=chance.randint(2, 4))) for _ in range(8000)]
    return [
        {
            "book_id": str(number),
            "title": " ".join(chance.choices(words, k=chance.randint(2, 6))).title(),
            "authors": " ".join(chance.choices(words, k=2)).title(),
            "language_code": chance.choice(["eng", "fre", "ger"]),
        }
        for number in range(COUNT)
    ]


_numbers = itertools.count()


async def _soon(http: httpx.AsyncClient, path: str, body: object, headers: dict[str, str]) -> Any:
    until = time.monotonic() + 20
    while True:
        answer = await http.post(path, json=body, headers=headers)
        if answer.is_success:
            return answer.json()
        if time.monotonic() > until:
            raise SystemExit(f"{path}: {answer.status_code} {answer.text}")
        await asyncio.sleep(0.1)


async def measure(platform: Platform, seconds: float) -> list[tuple[str, str, str, str, str]]:
    """Rows of the bench's table: what, value, limit, ratio, goal."""
    library = Library(platform)
    await library.open()
    filled = await library.fill()
    await library.paced(5, facets="true")  # the first ones load columns, words and vectors
    listed = await library.paced(seconds, "/api/v1/products")
    seen = await library.paced(seconds, facets="true")
    found = await library.findable(20)
    took, beside = await library.reindex()
    p95, plain = percentile(seen.times, 95), percentile(listed.times, 95)
    count = len(library.rows)
    return [
        (f"{count} books imported and found", f"{filled:.0f} s", "", "", ""),
        (
            f"search at {PER_SECOND}/s with facets, p50, p95",
            f"{statistics.median(seen.times):.1f} ms, {p95:.1f} ms, {seen.errors} errors, {seen.semantic} by meaning",
            f"catalogue's list {plain:.1f} ms",
            f"{p95 / plain:.2f}",
            "20 ms",
        ),
        (
            "  a change is found after, p50, most",
            f"{statistics.median(found):.0f} ms, {max(found):.0f} ms",
            "",
            "",
            "1 s",
        ),
        (
            f"  a new index of {count}",
            f"{took:.1f} s, {len(beside.times)} searches meanwhile, {beside.errors} failed, p95 {percentile(beside.times, 95):.0f} ms",
            "",
            "",
            "60 s",
        ),
    ]
