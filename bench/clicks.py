"""Clicks at a rate, in beacons as pages send them, beside people who look at pages."""

import asyncio
import json
import random
import time
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx

from bench.logins import percentile
from bench.platform import HOST, Platform

PER_SECOND, IN_BEACON, CONNECTIONS, PAGES_PER_SECOND = 2_000, 5, 100, 20
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass
class Seen:
    """Milliseconds of pages, at rest and beside the clicks; of beacons until they were answered."""

    at_rest: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    other: dict[int, int] = field(default_factory=dict)
    late: float = 0.0


def measure(platform: Platform, seconds: int, admin_url: str) -> list[tuple[str, ...]]:
    """What, value, limit, ratio, goal."""
    items = platform.json("/api/v1/products?limit=60")["items"]
    before = asyncio.run(_stored(admin_url))
    seen = asyncio.run(_run(platform, items, seconds))
    time.sleep(1)
    stored = asyncio.run(_stored(admin_url)) - before
    accepted = len(seen.answered) * IN_BEACON
    rest, beside = percentile(seen.at_rest, 95), percentile(seen.beside, 95)
    refused = "".join(f", {count} × {status}" for status, count in seen.other.items())
    return [
        (
            f"clicks accepted, {seconds} s, {IN_BEACON} in a beacon",
            f"{accepted / seconds:.0f}/s{refused}",
            f"offered {PER_SECOND}/s",
            f"{accepted / seconds / PER_SECOND:.2f}",
            f"{PER_SECOND}/s",
        ),
        ("  accepted / stored / lost", f"{accepted} / {stored} / {accepted - stored}", "", "", "0 lost"),
        (
            "  stored when answered, p50, p95",
            f"{percentile(seen.answered, 50):.0f}, {percentile(seen.answered, 95):.0f} ms",
        ),
        (
            f"  pages beside them at {PAGES_PER_SECOND}/s, p95",
            f"{beside:.1f} ms",
            f"at rest {rest:.1f} ms",
            f"{beside / rest:.2f}" if rest else "",
            "1.5",
        ),
        ("  the same, p50", f"{percentile(seen.beside, 50):.1f} ms", f"at rest {percentile(seen.at_rest, 50):.1f} ms"),
        ("  the generator was late by at most", f"{seen.late:.1f} s"),
    ]


async def _run(platform: Platform, items: list[dict[str, Any]], seconds: int) -> Seen:
    seen = Seen()
    paths = [f"/products/{item['slug']}" for item in items] + ["/products", "/"]
    async with httpx.AsyncClient(base_url=platform.url, headers={"host": HOST}, timeout=30) as http:
        clock = asyncio.get_running_loop().time
        await _look(http, paths, [], clock() + 3)
        await _look(http, paths, seen.at_rest, clock() + max(10, seconds // 3))
        until = clock() + seconds
        bodies = [_beacon(random.Random(n), items) for n in range(500)]
        each = PER_SECOND / IN_BEACON / CONNECTIONS
        sending = [_send(platform.port, bodies, n, each, until, seen) for n in range(CONNECTIONS)]
        await asyncio.gather(_look(http, paths, seen.beside, until), *sending)
    return seen


async def _look(http: httpx.AsyncClient, paths: list[str], into: list[float], until: float) -> None:
    clock, pick = asyncio.get_running_loop().time, random.Random(1)
    asking: set[asyncio.Task[None]] = set()
    at = clock()
    while (at := at + 1 / PAGES_PER_SECOND) < until:
        await asyncio.sleep(max(0.0, at - clock()))
        task = asyncio.create_task(_page(http, pick.choice(paths), into))
        asking.add(task)
        task.add_done_callback(asking.discard)
    await asyncio.gather(*asking)


async def _page(http: httpx.AsyncClient, path: str, into: list[float]) -> None:
    began = time.perf_counter()
    (await http.get(path)).raise_for_status()
    into.append((time.perf_counter() - began) * 1000)


def _beacon(pick: random.Random, items: list[dict[str, Any]]) -> bytes:
    def click() -> dict[str, Any]:
        kind = pick.choices(["product", "list", "page", "cart", "search"], [50, 25, 15, 5, 5])[0]
        found: dict[str, Any] = {"kind": kind, "ago": pick.randrange(3000)}
        if kind in ("product", "cart"):
            found["product"] = pick.choice(items)["id"]
        if kind == "search":
            found |= {"query": f"word {pick.randrange(300)}", "results": pick.randrange(4)}
        return found

    return json.dumps({"clicks": [click() for _ in range(IN_BEACON)]}).encode()


async def _send(port: int, bodies: list[bytes], number: int, each: float, until: float, seen: Seen) -> None:
    """Over one connection, so many a second; plain, so that the generator takes little of the machine."""
    clock = asyncio.get_running_loop().time
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    at, n = clock() + number / CONNECTIONS / each, number
    while at < until:
        await asyncio.sleep(max(0.0, at - clock()))
        seen.late = max(seen.late, clock() - at)
        body, n = bodies[n % len(bodies)], n + 7
        head = f"POST /api/v1/clicks HTTP/1.1\r\nhost: {HOST}\r\nuser-agent: {BROWSER}\r\ncontent-type: text/plain\r\n"
        head += f"x-forwarded-for: 2a02:{number:x}:{n % 50:x}::1\r\ncontent-length: {len(body)}\r\n\r\n"
        began = time.perf_counter()
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        if length := _length(answer):
            await reader.readexactly(length)
        status = int(answer[9:12])
        if status == 204:
            seen.answered.append((time.perf_counter() - began) * 1000)
        else:
            seen.other[status] = seen.other.get(status, 0) + 1
        at += 1 / each
    writer.close()
    await writer.wait_closed()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


async def _stored(admin_url: str) -> int:
    connection = await asyncpg.connect(admin_url, database="tradehall_analytics")
    try:
        count: int = await connection.fetchval("SELECT count(*) FROM clicks")
        return count
    finally:
        await connection.close()
