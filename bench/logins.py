"""Logins offered at a rate, whatever becomes of them, and a page that somebody looks at meanwhile."""

import asyncio
import time
from dataclasses import dataclass, field
from statistics import quantiles

import httpx


@dataclass
class Seen:
    """Milliseconds, by what was answered; `page` of the page beside, at rest and during the rush."""

    done: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    other: list[int] = field(default_factory=list)
    page_at_rest: list[float] = field(default_factory=list)
    page_in_rush: list[float] = field(default_factory=list)
    without_retry_after: int = 0


def rush(url: str, host: str, logins: list[dict[str, str]], page: str, *, seconds: int, per_second: int) -> Seen:
    return asyncio.run(_rush(url, host, logins, page, seconds, per_second))


async def _rush(url: str, host: str, logins: list[dict[str, str]], page: str, seconds: int, per_second: int) -> Seen:
    seen = Seen()
    limits = httpx.Limits(max_connections=400, max_keepalive_connections=400)
    async with httpx.AsyncClient(base_url=url, headers={"host": host}, timeout=30, limits=limits) as http:
        await _look(http, page, seen.page_at_rest, asyncio.get_running_loop().time() + max(3, seconds // 3))
        until = asyncio.get_running_loop().time() + seconds
        looking = asyncio.create_task(_look(http, page, seen.page_in_rush, until))
        at, tasks = asyncio.get_running_loop().time(), []
        for n in range(seconds * per_second):
            await asyncio.sleep(max(0.0, at + n / per_second - asyncio.get_running_loop().time()))
            tasks.append(asyncio.create_task(_log_in(http, logins[n % len(logins)], seen)))
        await asyncio.gather(looking, *tasks)
    return seen


async def _log_in(http: httpx.AsyncClient, login: dict[str, str], seen: Seen) -> None:
    began = time.perf_counter()
    answer = await http.post("/api/v1/auth/login", json=login)
    took = (time.perf_counter() - began) * 1000
    if answer.status_code == 200:
        seen.done.append(took)
    elif answer.status_code == 503:
        seen.refused.append(took)
        seen.without_retry_after += "retry-after" not in answer.headers
    else:
        seen.other.append(answer.status_code)


async def _look(http: httpx.AsyncClient, page: str, into: list[float], until: float) -> None:
    """Ten times a second, past the answers that are kept."""
    n = 0
    while asyncio.get_running_loop().time() < until:
        began, n = time.perf_counter(), n + 1
        answer = await http.get(page, params={"limit": 24, "min_price": n})
        answer.raise_for_status()
        into.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.1)


def percentile(values: list[float], percent: int) -> float:
    """0 where there are too few."""
    return quantiles(values, n=100)[percent - 1] if len(values) > 1 else 0.0
