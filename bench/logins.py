"""Logins offered at a rate, whatever becomes of them, and a page that somebody looks at meanwhile."""

import asyncio
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
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
    """Whoever looks at the page is a process of its own, so that it does not wait for the one that offers logins."""
    with ProcessPoolExecutor(1) as beside:
        look = partial(beside.submit, _look, url, host, page)
        at_rest = look(max(3, seconds // 3)).result()
        looking = look(seconds)
        seen = asyncio.run(_rush(url, host, logins, seconds, per_second))
        seen.page_at_rest, seen.page_in_rush = at_rest, looking.result()
        return seen


async def _rush(url: str, host: str, logins: list[dict[str, str]], seconds: int, per_second: int) -> Seen:
    seen = Seen()
    limits = httpx.Limits(max_connections=400, max_keepalive_connections=400)
    async with httpx.AsyncClient(base_url=url, headers={"host": host}, timeout=30, limits=limits) as http:
        at, tasks = asyncio.get_running_loop().time(), []
        for n in range(seconds * per_second):
            await asyncio.sleep(max(0.0, at + n / per_second - asyncio.get_running_loop().time()))
            tasks.append(asyncio.create_task(_log_in(http, logins[n % len(logins)], seen)))
        await asyncio.gather(*tasks)
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


def _look(url: str, host: str, page: str, seconds: int) -> list[float]:
    """Ten times a second, past the answers that are kept."""
    took: list[float] = []
    until = time.monotonic() + seconds
    with httpx.Client(base_url=url, headers={"host": host}, timeout=30) as http:
        while time.monotonic() < until:
            began = time.perf_counter()
            http.get(page, params={"limit": 24, "min_price": len(took) + 1}).raise_for_status()
            took.append((time.perf_counter() - began) * 1000)
            time.sleep(0.1)
    return took


def percentile(values: list[float], percent: int) -> float:
    """0 where there are too few."""
    return quantiles(values, n=100)[percent - 1] if len(values) > 1 else 0.0
