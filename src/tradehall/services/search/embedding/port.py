"""The port: texts in, vectors out, of the length one."""

from collections.abc import Sequence
from typing import Protocol

from tradehall.kernel.errors import Away


class Embedder(Protocol):
    """`name` changes with the model, since vectors of two models cannot be compared."""

    @property
    def name(self) -> str: ...

    @property
    def patience(self) -> float:
        """Seconds that a search waits for a vector of its words at least, before words alone find."""

    async def load(self) -> None:
        """Makes it ready, once; raises Away where that cannot be."""

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Raises Away. Runs beside the event loop."""


class NoEmbedder:
    """Where a store is searched by words alone."""

    name = ""
    patience = 0.0

    async def load(self) -> None:
        raise Away("there is no model")

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        raise Away("there is no model")
