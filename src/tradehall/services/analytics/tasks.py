"""Clicks on their way to the column store, tried again until it has them."""

from tradehall.contracts.analytics import ClicksTaken
from tradehall.kernel.service import TaskContext, work
from tradehall.services.analytics.storage import Taken
from tradehall.services.analytics.storage.choosing import column_store_of
from tradehall.services.analytics.storage.postgres import Postgres


@work(ClicksTaken)
async def keep_clicks(task: ClicksTaken, context: TaskContext) -> None:
    """An installation that has a column store no more keeps what was on the way in PostgreSQL."""
    store = column_store_of(context.running)
    if store is not None:
        await store.insert(context.store_id, task.group, task.clicks)
        return
    async with context.transaction() as tx:
        await Postgres().write(tx, [Taken(await context.running.stores.get(context.store_id), task.clicks)])
