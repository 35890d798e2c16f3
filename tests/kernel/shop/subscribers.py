import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

from tests.kernel.shop.events import (
    Asked,
    AskedMany,
    Echoed,
    Errand,
    Hauled,
    ManyErrands,
    Passed,
    Said,
    Shouted,
    Stated,
    Sung,
    Told,
    Whispered,
)
from tradehall.kernel.context import causation_id, correlation_id
from tradehall.kernel.db import Tx
from tradehall.kernel.service import TaskContext, on, on_batch, work, work_batch

Trouble = Callable[[], Coroutine[Any, Any, None]]

trouble: dict[str, Trouble] = {}  # by the event's name: awaited before its note is written
tries: dict[str, int] = {}
runs: list[tuple[UUID | None, list[str]]] = []  # store and names, of each call for many
contexts: dict[str, tuple[str, str]] = {}  # correlation and causation seen with a name
at_once = most_at_once = 0


async def _meet(name: str) -> None:
    tries[name] = tries.get(name, 0) + 1
    contexts[name] = correlation_id.get(), causation_id.get()
    if name in trouble:
        await trouble[name]()


async def _note(tx: Tx, name: str, number: int) -> None:
    await tx.run("INSERT INTO notes (name, number) VALUES ($1, $2)", name, number)


@on(Told, when=lambda event: event.number >= 0)
async def note_told(event: Told, tx: Tx) -> None:
    await _note(tx, event.name, event.number)
    await _meet(event.name)


@on(Said)
async def note_said(event: Said, tx: Tx) -> None:
    await _note(tx, event.name, event.number)
    await _meet(event.name)


@on_batch(Shouted, Whispered)
async def note_shouted(events: list[Shouted | Whispered], tx: Tx) -> None:
    runs.append((tx.store_id, [event.name for event in events]))
    for event in events:
        await _note(tx, event.name, event.number)
        await _meet(event.name)


@on_batch(Hauled, bulk=True)
async def note_hauled(events: list[Hauled], tx: Tx) -> None:
    for event in events:
        await _note(tx, event.name, event.number)


@on_batch(Stated, latest=True)
async def note_stated(events: list[Stated], tx: Tx) -> None:
    for event in events:
        await _note(tx, event.name, event.number)
        await _meet(event.name)


@on_batch(Sung, across=True)
async def note_sung(events: list[Sung], tx: Tx) -> None:
    runs.append((tx.store_id, [event.name for event in events]))
    for event in events:
        await tx.run(
            "INSERT INTO notes (store_id, name, number) VALUES ($1, $2, $3)",
            tx.store_of(event),
            event.name,
            event.number,
        )
        await _meet(event.name)
        tx.emit(Echoed(name=event.name), key=event.name, because=event)


@on(Asked)
async def pass_on(event: Asked, tx: Tx) -> None:
    await _meet(event.name)
    tx.emit(Passed(name=event.name), key=event.name)


@on_batch(AskedMany)
async def pass_on_many(events: list[AskedMany], tx: Tx) -> None:
    for event in events:
        tx.emit(Passed(name=event.name), key=event.name, because=event)


@on(Passed)
async def send_out(event: Passed, tx: Tx) -> None:
    tx.emit(Errand(name=event.name), key=event.name)


@work(Errand)
async def run_errand(task: Errand, context: TaskContext) -> None:
    global at_once, most_at_once
    at_once += 1
    most_at_once = max(most_at_once, at_once)
    try:
        await asyncio.sleep(0)
        await _meet(task.name)
        async with context.transaction() as tx:
            await _note(tx, task.name, 0)
    finally:
        at_once -= 1


@work_batch(ManyErrands)
async def run_errands(tasks: list[ManyErrands], context: TaskContext) -> None:
    runs.append((context.store_id, [task.name for task in tasks]))
    async with context.transaction() as tx:
        for task in tasks:
            await _meet(task.name)
            await _note(tx, task.name, 0)
