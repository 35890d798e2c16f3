"""Pages kept for a second: once for all who wait, and no longer held than shown."""

import asyncio

import pytest

from tradehall.web.cache import CSRF_MARK, PageCache


class Pages:
    def __init__(self, kept: PageCache) -> None:
        self._kept = kept
        self.rendered = 0

    async def get(self, name: str) -> list[bytes]:
        return await self._kept.get((name,), self._render)

    async def _render(self) -> str:
        self.rendered += 1
        await asyncio.sleep(0)
        return f"page {self.rendered}{CSRF_MARK}end"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr("tradehall.web.cache.time", type("Time", (), {"monotonic": lambda: now[0]}))
    return now


@pytest.mark.usefixtures("clock")
async def test_who_waits_for_a_page_shares_it() -> None:
    pages = Pages(PageCache())
    assert await asyncio.gather(*(pages.get("home") for _ in range(5))) == [[b"page 1", b"end"]] * 5


async def test_a_page_is_made_anew_after_a_second(clock: list[float]) -> None:
    pages = Pages(PageCache())
    before = await pages.get("home")
    clock[0] += PageCache.LIFE + 0.01
    assert await pages.get("home") != before


async def test_pages_that_are_over_are_not_held(clock: list[float]) -> None:
    kept = PageCache()
    pages = Pages(kept)
    for n in range(10):
        clock[0] += 0.25
        await pages.get(f"page {n}")
    assert [key for (key,) in kept._pages] == [f"page {n}" for n in range(5, 10)]
    kept.ENTRIES = 3
    await pages.get("another")
    assert [key for (key,) in kept._pages] == ["page 8", "page 9", "another"]


async def test_a_page_that_failed_is_not_kept() -> None:
    async def fail() -> str:
        raise LookupError("gone")

    kept = PageCache()
    for _ in range(2):
        with pytest.raises(LookupError):
            await kept.get(("home",), fail)
    assert not kept._pages
