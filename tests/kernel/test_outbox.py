"""The outbox and the process that leads it: nothing lost, in order, pruned."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.harness import Alone, eventually
from tests.kernel.shop import subscribers
from tests.kernel.shop.events import Said
from tests.kernel.telling import count, emit, fails, noted, notes, nothing_waits, parked, send, told
from tradehall.kernel.bus import BusError, Message
from tradehall.kernel.bus.nats import NatsConsumer
from tradehall.kernel.db import Database
from tradehall.kernel.ids import uuid7
from tradehall.kernel.runtime import Running
from tradehall.kernel.settings import Settings

# --- the outbox


async def test_event_is_published_when_the_transaction_commits(shop: Alone) -> None:
    await emit(shop, Said(name="committed"))
    assert await noted(shop, "committed") == [0]
    await eventually(lambda: nothing_waits(shop))


async def test_event_of_a_transaction_that_fails_is_never_published(shop: Alone) -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        async with shop.db.transaction(shop.store.id) as tx:
            await tx.run("INSERT INTO notes (name, number) VALUES ('undone', 1)")
            tx.emit(Said(name="undone"), key="undone")
            raise ZeroDivisionError
    await emit(shop, Said(name="later"))
    await noted(shop, "later")
    assert await notes(shop, "undone") == []


async def test_swallowed_failure_of_a_statement_is_no_silent_rollback(shop: Alone) -> None:
    with pytest.raises(RuntimeError, match="nothing was committed"):  # noqa: PT012
        async with shop.db.transaction(shop.store.id) as tx:
            await tx.run("INSERT INTO notes (name, number) VALUES ('swallowed', 1)")
            with pytest.raises(asyncpg.PostgresError):
                await tx.run("SELECT 1 / 0")


async def test_events_of_a_key_keep_their_order(shop: Alone) -> None:
    async def burst(key: str) -> None:
        for number in range(0, 60, 3):
            await emit(shop, *(Said(name=key, number=n) for n in range(number, number + 3)), key=key)

    await asyncio.gather(*(burst(f"ordered-{k}") for k in range(5)))
    for k in range(5):
        assert await noted(shop, f"ordered-{k}", 60) == list(range(60))


async def test_events_of_a_key_keep_the_order_of_their_commits_whichever_process_made_them(
    shop: Alone, another_process: Callable[[], Running]
) -> None:
    second = another_process()
    await second.start()
    await shop.sql("INSERT INTO notes (name, number) VALUES ('turns taken', -1)")

    async def take_turns(db: Database) -> None:
        for _ in range(15):
            async with db.transaction(shop.store.id) as tx:
                turn = await tx.scalar(
                    "UPDATE notes SET number = number + 1 WHERE name = 'turns taken' RETURNING number"
                )
                tx.emit(Said(name="turn", number=turn), key="turn")

    await asyncio.gather(*(take_turns(db) for db in (shop.db, second.databases["shop"]) for _ in range(2)))
    assert await noted(shop, "turn", 60) == list(range(60))


async def test_timer_fires_when_it_is_due_and_not_before(shop: Alone) -> None:
    await emit(shop, Said(name="timer"), at=datetime.now(UTC) + timedelta(seconds=0.7))
    await asyncio.sleep(0.3)
    assert await notes(shop, "timer") == []
    await noted(shop, "timer", timeout=3)


async def test_relay_that_dies_before_it_removes_publishes_again_and_it_counts_once(
    shop: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish, died = shop.running.bus.publish, 0

    async def publish_and_die(messages: list[Message]) -> None:
        nonlocal died
        await publish(messages)
        if died < 2:
            died += 1
            await asyncio.sleep(0.15)  # the broker has forgotten the ids
            raise RuntimeError("killed")

    monkeypatch.setattr(shop.running.bus, "publish", publish_and_die)
    await emit(shop, Said(name="again"))
    await eventually(lambda: nothing_waits(shop))
    await emit(shop, Said(name="after again"))
    await noted(shop, "after again")
    assert died == 2
    assert await notes(shop, "again") == [0]


async def test_outbox_waits_while_the_broker_refuses(shop: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(messages: list[Message]) -> None:
        raise BusError("away")

    with monkeypatch.context() as patch:
        patch.setattr(shop.running.bus, "publish", away)
        await emit(shop, Said(name="waits"))
        await asyncio.sleep(0.7)
        assert await count(shop, "outbox") == 1
    await noted(shop, "waits")


# --- processes


async def test_second_process_waits_and_takes_over(
    shop: Alone, another_process: Callable[[], Running], servers: Settings
) -> None:
    second = another_process()
    await second.start()
    await emit(shop, Said(name="led by one"))
    await noted(shop, "led by one")
    await asyncio.sleep(0.7)
    assert shop.running._leading == {"shop"}
    assert second._leading == set()
    try:
        await shop.stop()
        await eventually(lambda: _is(second._leading == {"shop"}))
        async with second.databases["shop"].transaction(shop.store.id) as tx:
            tx.emit(Said(name="led by two"), key="led by two")

        async def arrived() -> Any:
            async with second.databases["shop"].transaction(shop.store.id) as tx:
                return await tx.scalar("SELECT true FROM notes WHERE name = 'led by two'")

        assert await eventually(arrived)
    finally:
        await second.stop()
        await shop.start()
    await eventually(lambda: _is(shop.running._leading == {"shop"}))


async def _is(fact: bool) -> bool:
    return fact


async def test_commit_in_a_process_that_does_not_lead_wakes_the_one_that_does(
    shop: Alone, another_process: Callable[[], Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    second = another_process()
    await second.start()
    leader, woken = shop.running._relays["shop"], asyncio.Event()
    await asyncio.sleep(0.6)  # a look for timers is just over; the next is half a second away
    monkeypatch.setattr(leader, "wake", lambda: (woken.set(), leader._wake.set()))
    async with second.databases["shop"].transaction(shop.store.id) as tx:
        tx.emit(Said(name="from afar"), key="from afar")
    async with asyncio.timeout(0.4):
        await woken.wait()
    await noted(shop, "from afar")


async def test_timer_survives_a_restart(shop: Alone) -> None:
    await emit(shop, Said(name="alarm"), at=datetime.now(UTC) + timedelta(seconds=0.5))
    await shop.stop()
    await asyncio.sleep(0.6)
    await shop.start()
    assert await noted(shop, "alarm") == [0]


async def test_stop_lets_the_batch_at_work_commit_and_acknowledge(shop: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    working, acked = asyncio.Event(), []
    ack = NatsConsumer.ack

    async def trouble() -> None:
        working.set()
        await asyncio.sleep(0.3)

    async def note_ack(self: NatsConsumer, messages: list[Message]) -> None:
        await ack(self, messages)
        acked.extend(m.payload for m in messages)

    monkeypatch.setattr(NatsConsumer, "ack", note_ack)
    subscribers.trouble["slow"] = trouble
    message = told("slow", store=shop.store.id)
    await send(shop, message)
    await working.wait()
    await shop.stop()
    await shop.start()
    assert message.payload in acked
    assert await notes(shop, "slow") == [0]
    assert subscribers.tries["slow"] == 1


async def test_parked_events_survive_a_restart_and_hold_their_key(shop: Alone) -> None:
    subscribers.trouble["held"] = fails(3)
    store = shop.store.id
    await send(shop, told("held", 1, key="held", store=store))
    await eventually(lambda: parked(shop, "held", 1))
    await shop.stop()
    await shop.start()
    await send(shop, told("held", 2, key="held", store=store))
    assert await noted(shop, "held", 2) == [1, 2]


# --- pruning


async def test_old_inbox_rows_and_keys_go_of_all_stores_and_young_ones_stay(shop: Alone) -> None:
    old, young = datetime.now(UTC) - timedelta(days=3), datetime.now(UTC)
    seen, fresh = uuid7(), uuid7()
    for store in (shop.store, shop.other):
        async with shop.db.transaction(store.id) as tx:
            for key, created in (("old", old), ("young", young)):
                await tx.run(
                    "INSERT INTO idempotency_keys (actor, key, fingerprint, created_at) VALUES ('a', $1, '', $2)",
                    key,
                    created,
                )
    async with shop.db.transaction(None) as tx:
        await tx.run("INSERT INTO inbox VALUES ($1, $2), ($3, $4)", seen, old, fresh, young)
    upkeep = asyncio.create_task(shop.running._upkeep(shop.service, shop.db))
    try:
        await eventually(lambda: _gone(shop, seen))
    finally:
        upkeep.cancel()
    assert await count(shop, "inbox", "event_id = $1", fresh) == 1
    for store in (shop.store, shop.other):
        assert [row["key"] for row in await shop.sql("SELECT key FROM idempotency_keys", store=store)] == ["young"]


async def _gone(shop: Alone, id: UUID) -> bool:
    return await count(shop, "inbox", "event_id = $1", id) == 0
