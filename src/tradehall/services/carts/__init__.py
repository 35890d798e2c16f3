"""Carts of guests and accounts: never lose a write, follow the catalogue's prices, drop nothing silently."""

from tradehall.kernel.runtime import Running
from tradehall.kernel.service import Service
from tradehall.services.carts import api, subscribers, tasks
from tradehall.services.carts.keeping import keeping_for


async def _start(running: Running) -> None:
    await keeping_for(running.settings).start(running)
    running.run_beside("carts", "forgetting", lambda db: tasks.forget_guests(running, db))


async def _stop(running: Running) -> None:
    await keeping_for(running.settings).stop(running)


service = Service(
    "carts", routes=api.routes, modules=[api, subscribers, tasks], start=_start, stop=_stop, goods=["variants", "stock"]
)
