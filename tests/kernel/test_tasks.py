"""Tasks: done at least once, retried, many at a time."""

import asyncio

import pytest

from tests.harness import Alone
from tests.kernel.shop import subscribers
from tests.kernel.shop.events import Errand, ManyErrands
from tests.kernel.telling import emit, fails, letter, noted, send
from tradehall.kernel import dead_letters, tasks
from tradehall.kernel.bus import Message
from tradehall.kernel.errors import Conflict
from tradehall.kernel.ids import uuid7


async def test_task_is_done_once_and_many_at_a_time(shop: Alone) -> None:
    async def slow() -> None:
        await asyncio.sleep(0.1)

    for n in range(20):
        subscribers.trouble[f"many {n}"] = slow
    await emit(shop, *(Errand(name=f"many {n}") for n in range(20)))
    for n in range(20):
        assert await noted(shop, f"many {n}") == [0]
    assert subscribers.most_at_once > 5


async def test_task_that_fails_is_tried_again_later(shop: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "FIRST", 0.05)
    subscribers.trouble["retried"] = fails(3)
    await emit(shop, Errand(name="retried"))
    assert await noted(shop, "retried") == [0]
    assert subscribers.tries["retried"] == 4


async def test_task_after_its_last_try_is_a_dead_letter_that_can_be_replayed(
    shop: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "FIRST", 0.01)
    monkeypatch.setattr(tasks, "ATTEMPTS", 3)
    subscribers.trouble["hopeless"] = fails(100)
    await emit(shop, Errand(name="hopeless"))
    found = await letter(shop, "hopeless")
    assert (found.kind, found.attempts, found.error) == ("task", 3, "RuntimeError: not yet")
    del subscribers.trouble["hopeless"]
    async with shop.db.transaction(None) as tx:
        await dead_letters.replay(tx, found.event_id)
    assert await noted(shop, "hopeless") == [0]


async def test_replayed_task_has_all_its_tries_again(shop: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "FIRST", 0.01)
    monkeypatch.setattr(tasks, "ATTEMPTS", 3)
    subscribers.trouble["second chance"] = fails(5)
    await emit(shop, Errand(name="second chance"))
    found = await letter(shop, "second chance")
    async with shop.db.transaction(None) as tx:
        await dead_letters.replay(tx, found.event_id)
    assert await noted(shop, "second chance") == [0]


async def test_refused_or_malformed_task_is_not_tried_again(shop: Alone) -> None:
    subscribers.trouble["wrong"] = fails(100, Conflict("no"))
    await emit(shop, Errand(name="wrong"))
    assert (await letter(shop, "wrong")).attempts == 1
    await send(shop, Message(uuid7(), "shop", "Errand", "bad task", shop.store.id, b"\xff{"))
    assert (await letter(shop, "bad task")).attempts == 1


async def test_task_of_a_process_that_crashed_is_done_by_the_next(shop: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang() -> None:
        if subscribers.tries["orphan"] == 1:
            raise asyncio.CancelledError  # the process is gone: neither done nor failed nor acknowledged

    subscribers.trouble["orphan"] = hang
    await emit(shop, Errand(name="orphan"))
    assert await noted(shop, "orphan", timeout=5) == [0]
    assert subscribers.tries["orphan"] == 2


async def test_tasks_of_one_store_are_worked_on_together(shop: Alone) -> None:
    await emit(shop, *(ManyErrands(name=f"together {n}") for n in range(10)), key="together")
    for n in range(10):
        assert await noted(shop, f"together {n}") == [0]
    assert len(subscribers.runs) < 10
    assert {store for store, _ in subscribers.runs} == {shop.store.id}


async def test_tasks_together_that_fail_are_tried_one_by_one(shop: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "FIRST", 0.05)
    subscribers.trouble["spoiler"] = fails(2)
    await emit(shop, *(ManyErrands(name=name) for name in ("fine 1", "spoiler", "fine 2")), key="k")
    for name in ("fine 1", "fine 2", "spoiler"):
        assert await noted(shop, name) == [0]


async def test_slow_task_is_done_once(shop: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "STILL_AT_IT", 0.2)
    monkeypatch.setattr(tasks, "LOOK", 0.1)

    async def slow() -> None:
        await asyncio.sleep(3)  # the broker waits one second before it gives a task to another

    await emit(shop, Errand(name="awakens the loop"))
    await noted(shop, "awakens the loop")
    subscribers.trouble["slow"] = slow
    await emit(shop, Errand(name="slow"))
    assert await noted(shop, "slow", timeout=8) == [0]
    await asyncio.sleep(1.2)
    assert subscribers.tries["slow"] == 1


def test_retries_of_a_task_span_an_outage() -> None:
    waits = [min(tasks.LONGEST, tasks.FIRST * 2**n) for n in range(tasks.ATTEMPTS - 1)]
    assert sum(waits) > 15 * 60
