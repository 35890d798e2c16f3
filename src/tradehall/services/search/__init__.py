"""Search: fed by events alone, by words and by meaning, rebuilt while it answers."""

from tradehall.kernel.runtime import Running
from tradehall.kernel.service import Service
from tradehall.services.search import subscribers
from tradehall.services.search.api import routes
from tradehall.services.search.engines import engine_for


async def _start(running: Running) -> None:
    await engine_for(running.settings).start(running)


async def _stop(running: Running) -> None:
    await engine_for(running.settings).close()


service = Service(
    "search",
    routes=routes,
    modules=[subscribers],
    start=_start,
    stop=_stop,
    extensions=["vector"],
    goods=["documents", "entries", "stock", "vectors"],
)
