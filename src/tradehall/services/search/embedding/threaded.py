"""A model in this process: loaded when first needed, at work in a thread of its own."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tradehall.kernel.errors import Away

AT_ONCE = 256  # texts


class Threaded:
    name = ""
    patience = 0.05

    def __init__(self) -> None:
        self._thread: ThreadPoolExecutor | None = None
        self._loading: asyncio.Future[Any] | None = None

    def _open(self) -> None:
        """In the thread. Raises ImportError, OSError, ValueError where the model is not there."""
        raise NotImplementedError

    def _vectors(self, texts: list[str]) -> list[list[float]]:
        """In the thread."""
        raise NotImplementedError

    async def load(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loading is None or self._loading.get_loop() is not loop:
            self._thread = self._thread or ThreadPoolExecutor(1, thread_name_prefix="embedding")
            self._loading = loop.run_in_executor(self._thread, self._open)
        try:
            await asyncio.shield(self._loading)
        except (ImportError, OSError, ValueError, LookupError) as error:
            raise Away(f"the model {self.name} cannot be loaded: {error!r}") from error

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        await self.load()
        loop = asyncio.get_running_loop()
        found: list[list[float]] = []
        for start in range(0, len(texts), AT_ONCE):
            found += await loop.run_in_executor(self._thread, self._vectors, list(texts[start : start + AT_ONCE]))
        return found
