"""What comes by thousands stands back while a request is being answered, for a while."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import pytest

from tests.harness import Alone, eventually
from tests.kernel.telling import noted, notes, send
from tests.kernel.test_inbox import hauled
from tradehall.kernel import bulk
from tradehall.kernel.bulk import FEW, Bulk, gently, stand_back


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A piece stands back for as long as it must."""
    monkeypatch.setattr(bulk, "SPARED", 60.0)


async def a_piece(work: Bulk, done: list[str]) -> None:
    async with work:
        await stand_back()
        done.append("piece")


@pytest.mark.usefixtures("patient")
async def test_a_piece_stands_back_until_all_requests_are_answered() -> None:
    work, done = Bulk(), list[str]()
    with work.answering():
        piece = asyncio.create_task(a_piece(work, done))
        with work.answering():
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.02)
        assert done == []
    await piece
    assert done == ["piece"]


async def test_a_piece_is_held_up_for_a_while_only() -> None:
    work, statements = Bulk(), 0
    with work.answering():
        async with asyncio.timeout(5):  # without an end it would be a hundred times as long as it is spared
            async with work:
                began = time.monotonic()
                for _ in range(100):
                    await stand_back()
                    statements += 1
    assert statements == 100
    assert time.monotonic() - began >= bulk.SPARED


@pytest.mark.usefixtures("patient")
async def test_only_such_work_stands_back() -> None:
    work = Bulk()
    async with work:
        pass
    with work.answering():
        async with asyncio.timeout(5):
            await stand_back()


@pytest.mark.usefixtures("patient")
async def test_a_piece_that_asks_a_peer_does_not_wait_for_itself() -> None:
    work = Bulk()
    async with work, asyncio.timeout(5):
        with work.answering():
            await stand_back()
        await stand_back()


@pytest.mark.usefixtures("patient")
async def test_a_stopped_piece_ends_at_once_and_leaves_its_turn_to_the_next() -> None:
    work, done = Bulk(), list[str]()
    with work.answering():
        first = asyncio.create_task(a_piece(work, done))
        await asyncio.sleep(0.01)
        first.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await first
    assert not work.locked()
    await a_piece(work, done)
    assert done == ["piece"]


async def test_the_loop_serves_others_after_each_few_items() -> None:
    done = 0

    async def other() -> int:
        return done

    others = asyncio.create_task(other())
    async for _ in gently(range(FEW + 1)):
        done += 1
    assert await others == FEW


@pytest.mark.usefixtures("patient")
async def test_a_batch_of_such_events_waits_for_the_request_at_hand(shop: Alone) -> None:
    asked, answered = asyncio.Event(), asyncio.Event()

    async def slow_body() -> AsyncIterator[bytes]:
        asked.set()
        yield b"{"
        await answered.wait()
        yield b"}"

    request = asyncio.create_task(shop.client().post("/api/v1/things", content=slow_body()))
    await asked.wait()
    await send(shop, hauled(shop, "behind a request"))

    async def at_work() -> bool:
        return shop.running.bulk.locked()

    await eventually(at_work)
    await asyncio.sleep(0.1)
    assert await notes(shop, "behind a request") == []
    answered.set()
    assert (await request).status_code < 500
    await noted(shop, "behind a request")
