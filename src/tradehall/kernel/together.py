"""One transaction for requests that come at the same moment."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from tradehall.kernel.context import acting
from tradehall.kernel.db import LOST, Database, Tx

T = TypeVar("T")
R = TypeVar("R")
Work = Callable[[list[T], Tx], Awaitable[Sequence[R | Exception]]]

MOST = 32

Gathering: TypeAlias = tuple[Database, UUID | None, Work[Any, Any]]
Waiting: TypeAlias = tuple[UUID, Any, "asyncio.Future[Any]"]  # of a store: an item, and who waits for it

_gathered: dict[Gathering, list[Waiting]] = {}


async def together(db: Database, store_id: UUID, item: T, work: Work[T, R], *, across: bool = False) -> R:
    """What `work` makes of the item, in a transaction that it may share with others of its store, or of any (`across`, as
    in `on_batch`).

    Items that come while others are at work are worked on together next; one that comes alone waits for nobody. `work`
    returns for each item its result, or the exception to raise for it; where it raises, it gets the items one by one.
    """
    gathered = (db, None if across else store_id, work)
    future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
    if gathered in _gathered:
        _gathered[gathered].append((store_id, item, future))
    else:
        _gathered[gathered] = [(store_id, item, future)]
        _tasks.add(task := asyncio.create_task(_work_off(gathered)))
        task.add_done_callback(_tasks.discard)
    return await future


_tasks: set["asyncio.Task[None]"] = set()  # the loop itself holds them weakly


async def _work_off(gathered: Gathering) -> None:
    acting.set(None)  # it is not the first one's alone
    db, _, work = gathered
    try:
        while batch := _gathered[gathered][:MOST]:
            del _gathered[gathered][:MOST]
            await _answer(batch, db, work)
    finally:
        del _gathered[gathered]


async def _answer(batch: list[Waiting], db: Database, work: Work[Any, Any]) -> None:
    results: Sequence[Any]
    try:
        async with db.across({store_id for store_id, _, _ in batch}) as tx:
            results = await work([item for _, item, _ in batch], tx)
    except Exception as error:
        if len(batch) > 1 and not isinstance(error, LOST):
            for one in batch:
                await _answer([one], db, work)
            return
        results = [error] * len(batch)
    for (_, _, future), result in zip(batch, results, strict=True):
        if future.done():  # whoever asked has gone
            continue
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)
