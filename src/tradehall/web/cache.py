"""Pages that look the same to every visitor without cookies: rendered once a second, and once for all who wait."""

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

# Stands in a kept page where each visitor's own token goes; no text of a store can contain it.
CSRF_MARK = secrets.token_hex(20)
# And where the count of the visitor's cart goes, and that of what they have not read.
CART_MARK = secrets.token_hex(20)
UNREAD_MARK = secrets.token_hex(20)
# And where what counts their clicks goes, or the question whether it may.
COUNT_MARK = secrets.token_hex(20)


class PageCache:
    LIFE = 1.0  # seconds
    ENTRIES = 1000

    def __init__(self) -> None:
        self._pages: OrderedDict[tuple[object, ...], tuple[float, asyncio.Task[list[bytes]]]] = OrderedDict()

    async def get(self, key: tuple[object, ...], render: Callable[[], Awaitable[str]]) -> list[bytes]:
        """The page, cut where the token goes. Raises what `render` raises, to all who waited for it."""
        entry, now = self._pages.get(key), time.monotonic()
        if entry is None or entry[0] < now:
            task = asyncio.create_task(_cut(render))
            entry = self._pages[key] = (now + self.LIFE, task)
            self._pages.move_to_end(key)
            # The oldest come first; a page of 50 KB that is over is not to wait for another to take its place.
            while next(iter(self._pages.values()))[0] < now or len(self._pages) > self.ENTRIES:
                self._pages.popitem(last=False)
        task = entry[1]
        if task.done() and not task.cancelled() and task.exception() is None:
            return task.result()
        try:
            return await asyncio.shield(task)
        except BaseException:
            if self._pages.get(key) is entry:
                del self._pages[key]
            raise


class Shared:
    """Small lists of a store that every page shows: asked for every few seconds, by one request for all."""

    LIFE = 5.0  # seconds
    ENTRIES = 2000

    def __init__(self) -> None:
        self._kept: dict[tuple[object, ...], tuple[float, asyncio.Task[Any]]] = {}

    async def get(
        self, key: tuple[object, ...], ask: Callable[[], Awaitable[Any]], *, life: float = LIFE
    ) -> list[dict[str, Any]]:
        """Raises what `ask` raises."""
        entry = self._kept.get(key)
        if entry is None or entry[0] < time.monotonic():
            entry = self._kept[key] = (time.monotonic() + life, asyncio.ensure_future(_list(ask)))
            if len(self._kept) > self.ENTRIES:
                self._kept = {key: entry for key, entry in self._kept.items() if entry[0] > time.monotonic()}
        try:
            return list(await asyncio.shield(entry[1]))
        except BaseException:
            if self._kept.get(key) is entry:
                del self._kept[key]
            raise


async def _list(ask: Callable[[], Awaitable[Any]]) -> Any:
    """The items of a list that comes bare or as a page."""
    answer = await ask()
    return answer.get("items", ()) if isinstance(answer, dict) else answer or ()


async def _cut(render: Callable[[], Awaitable[str]]) -> list[bytes]:
    return (await render()).encode().split(CSRF_MARK.encode())
