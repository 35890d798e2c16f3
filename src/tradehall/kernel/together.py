"""One transaction for requests that come at the same moment."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from tradehall.kernel.context import acting
from tradehall.kernel.db import LOST, Database, Tx

T = TypeVar("T")
R = TypeVar("R")
Work = Callable[[list[T], Tx], Awaitable[Sequence[R | Exception]]]

MOST = 32

_gathered: dict[tuple[Database, UUID, Work[Any, Any]], list[tuple[Any, "asyncio.Future[Any]"]]] = {}


async def together(db: Database, store_id: UUID, item: T, work: Work[T, R]) -> R:
    """What `work` makes of the item, in a transaction that it may share with others of its store.

    Items that come while others are at work are worked on together next; one that comes alone waits for nobody. `work`
    returns for each item its result, or the exception to raise for it; where it raises, it gets the items one by one.
    """
    gathered = (db, store_id, work)
    future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
    if gathered in _gathered:
        _gathered[gathered].append((item, future))
    else:
        _gathered[gathered] = [(item, future)]
        _tasks.add(task := asyncio.create_task(_work_off(*gathered)))
        task.add_done_callback(_tasks.discard)
    return await future


_tasks: set["asyncio.Task[None]"] = set()  # the loop itself holds them weakly


async def _work_off(db: Database, store_id: UUID, work: Work[Any, Any]) -> None:
    acting.set(None)  # it is not the first one's alone
    gathered = (db, store_id, work)
    try:
        while batch := _gathered[gathered][:MOST]:
            del _gathered[gathered][:MOST]
            await _answer(batch, db, store_id, work)
    finally:
        del _gathered[gathered]


async def _answer(
    batch: list[tuple[Any, "asyncio.Future[Any]"]], db: Database, store_id: UUID, work: Work[Any, Any]
) -> None:
    results: Sequence[Any]
    try:
        async with db.transaction(store_id) as tx:
            results = await work([item for item, _ in batch], tx)
    except Exception as error:
        if len(batch) > 1 and not isinstance(error, LOST):
            for one in batch:
                await _answer([one], db, store_id, work)
            return
        results = [error] * len(batch)
    for (_, future), result in zip(batch, results, strict=True):
        if future.done():  # whoever asked has gone
            continue
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)
