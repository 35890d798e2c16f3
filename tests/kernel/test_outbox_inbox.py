"""Events, from the transaction that emits them to the one they cause: nothing lost, nothing twice, in order."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.harness import Alone, eventually
from tests.kernel.shop import subscribers
from tests.kernel.shop.events import Errand, ManyErrands, Said, Shouted, Told
from tradehall.contracts.stores import Store
from tradehall.contracts.values import Event, encode
from tradehall.kernel import dead_letters, tasks
from tradehall.kernel.bus import BusError, Message
from tradehall.kernel.bus.nats import NatsConsumer
from tradehall.kernel.errors import Conflict, NotFound
from tradehall.kernel.ids import uuid7
from tradehall.kernel.inbox import Consumer
from tradehall.kernel.runtime import Running
from tradehall.kernel.settings import Settings


async def emit(
    shop: Alone, *events: Event, key: str | None = None, at: datetime | None = None, store: Store | None = None
) -> None:
    async with shop.db.transaction((store or shop.store).id) as tx:
        for event in events:
            tx.emit(event, key=key or event.name, at=at)  # type: ignore[attr-defined]


async def send(shop: Alone, *messages: Message) -> None:
    await shop.running.bus.publish(messages)


def told(name: str, number: int = 0, *, key: str = "", store: UUID | None, id: UUID | None = None) -> Message:
    return Message(id or uuid7(), "outside", "Told", key or name, store, encode(Told(name=name, number=number)))


async def notes(shop: Alone, name: str, store: Store | None = None) -> list[int]:
    return [
        row["number"]
        for row in await shop.sql("SELECT number FROM notes WHERE name = $1 ORDER BY seq", name, store=store)
    ]


async def noted(shop: Alone, name: str, count: int = 1, timeout: float = 10) -> list[int]:
    async def enough() -> list[int]:
        found = await notes(shop, name)
        return found if len(found) >= count else []

    return await eventually(enough, timeout)


async def count(shop: Alone, table: str, where: str = "true", *args: object) -> int:
    async with shop.db.transaction(None) as tx:
        return await tx.scalar(f"SELECT count(*) FROM {table} WHERE {where}", *args)  # type: ignore[no-any-return]


async def letter(shop: Alone, key: str) -> dead_letters.DeadLetter:
    async def found() -> dead_letters.DeadLetter | None:
        async with shop.db.transaction(None) as tx:
            return next((letter for letter in await dead_letters.listed(tx) if letter.key == key), None)

    return await eventually(found)


def fails(times: int, error: Exception | None = None) -> subscribers.Trouble:
    left = times

    async def trouble() -> None:
        nonlocal left
        left -= 1
        if left >= 0:
            raise error or RuntimeError("not yet")

    return trouble


async def admin(servers: Settings, sql: str, *args: object) -> Any:
    connection = await asyncpg.connect(servers.database_url)
    try:
        return await connection.fetch(sql, *args)
    finally:
        await connection.close()


# --- the outbox


async def test_event_is_published_when_the_transaction_commits(shop: Alone) -> None:
    await emit(shop, Said(name="committed"))
    assert await noted(shop, "committed") == [0]
    await eventually(lambda: _empty(shop))


async def _empty(shop: Alone) -> bool:
    return await count(shop, "outbox") == 0


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
    await eventually(lambda: _empty(shop))
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


# --- the inbox


async def test_event_delivered_twice_counts_once(shop: Alone) -> None:
    message = told("twice", store=shop.store.id)
    await send(shop, message)
    await noted(shop, "twice")
    await asyncio.sleep(0.15)
    await send(shop, message)
    await send(shop, told("after twice", store=shop.store.id))
    await noted(shop, "after twice")
    assert await notes(shop, "twice") == [0]


async def test_event_twice_in_one_batch_counts_once(shop: Alone) -> None:
    message = told("double", store=shop.store.id)
    await _consumer(shop).process([message, message])
    assert await notes(shop, "double") == [0]


async def test_event_a_subscriber_does_not_want_passes_without_a_trace(shop: Alone) -> None:
    passed_over, after = told("passed over", -1, store=shop.store.id), told("after it", store=shop.store.id)
    await send(shop, passed_over, after)
    await noted(shop, "after it")
    assert await notes(shop, "passed over") == []
    async with shop.db.transaction(None) as tx:
        assert not await tx.rows("SELECT FROM inbox WHERE event_id = $1", passed_over.id)


def _consumer(shop: Alone) -> Consumer:
    return Consumer(shop.service, shop.db, shop.running.bus, shop.running.settings)


async def test_crash_between_commit_and_acknowledgement_counts_once(
    shop: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    ack, crashed = NatsConsumer.ack, False

    async def crash(self: NatsConsumer, messages: list[Message]) -> None:
        nonlocal crashed
        if not crashed and any(b"unacked" in m.payload for m in messages):
            crashed = True
            raise BusError("killed")
        await ack(self, messages)

    monkeypatch.setattr(NatsConsumer, "ack", crash)
    await send(shop, told("unacked", store=shop.store.id))
    await noted(shop, "unacked")
    await send(shop, told("after unacked", store=shop.store.id))
    await noted(shop, "after unacked")
    assert crashed
    assert await notes(shop, "unacked") == [0]


async def test_batch_over_several_stores_writes_each_event_into_its_own(shop: Alone) -> None:
    stores = [shop.store, shop.other]
    batch = [told(f"spread {n}", n, store=stores[n % 2].id) for n in range(10)]
    batch += [
        Message(uuid7(), "outside", "Shouted", f"k{n}", stores[n % 2].id, encode(Shouted(name="spread", number=n)))
        for n in range(10)
    ]
    await _consumer(shop).process(batch)
    for index, store in enumerate(stores):
        names = [
            row["name"] for row in await shop.sql("SELECT name FROM notes WHERE name LIKE 'spread _'", store=store)
        ]
        assert names == [f"spread {n}" for n in range(index, 10, 2)]
        assert await notes(shop, "spread", store) == list(range(index, 10, 2))


async def test_event_without_a_store_cannot_write_a_stores_row(shop: Alone) -> None:
    await send(shop, told("nowhere", store=None), told("somewhere", store=shop.store.id))
    assert await noted(shop, "somewhere") == [0]
    assert "row-level security" in (await letter(shop, "nowhere")).error


async def test_runs_of_one_store_and_type_reach_a_batch_subscriber_together(shop: Alone) -> None:
    def shouted(name: str, store: Store) -> Message:
        return Message(uuid7(), "outside", "Shouted", name, store.id, encode(Shouted(name=name)))

    here, there = sorted((shop.store, shop.other), key=lambda store: store.id.bytes)
    batch = [shouted("a", here), shouted("b", there), shouted("c", here)]
    batch += [told("between", store=here.id), shouted("d", here), shouted("e", there)]
    await _consumer(shop).process(batch)
    assert subscribers.runs == [(here.id, ["a", "c", "d"]), (there.id, ["b", "e"])]


async def test_no_event_overtakes_another_of_its_key_to_join_a_run(shop: Alone) -> None:
    def shouted(name: str, key: str) -> Message:
        return Message(uuid7(), "outside", "Shouted", key, shop.store.id, encode(Shouted(name=name)))

    between = told("between", store=shop.store.id)
    await _consumer(shop).process([shouted("a", "one"), between, shouted("b", between.key), shouted("c", "two")])
    assert subscribers.runs == [(shop.store.id, ["a"]), (shop.store.id, ["b", "c"])]


async def test_batch_subscriber_that_fails_gets_its_events_one_by_one(shop: Alone) -> None:
    subscribers.trouble["bad"] = fails(100)
    messages = [
        Message(uuid7(), "outside", "Shouted", name, shop.store.id, encode(Shouted(name=name)))
        for name in ("good 1", "bad", "good 2")
    ]
    await send(shop, *messages)
    assert await noted(shop, "good 1") == [0]
    assert await noted(shop, "good 2") == [0]
    assert (await letter(shop, "bad")).attempts == shop.running.settings.retry_attempts
    assert await notes(shop, "bad") == []


# --- failures


async def test_failing_event_is_tried_again_while_others_go_on(shop: Alone) -> None:
    subscribers.trouble["stumbles"] = fails(3)
    await send(shop, told("stumbles", store=shop.store.id), told("walks", store=shop.store.id))
    assert await noted(shop, "walks") == [0]
    assert await noted(shop, "stumbles") == [0]
    assert await eventually(lambda: _unparked(shop, "stumbles"))


async def _unparked(shop: Alone, key: str) -> bool:
    return await count(shop, "parked", "key = $1", key) == 0


async def test_later_events_of_a_failing_key_wait_behind_it_in_order(shop: Alone) -> None:
    blocked = asyncio.Event()

    async def trouble() -> None:
        if not blocked.is_set():
            raise RuntimeError("not yet")

    subscribers.trouble["first"] = trouble
    store = shop.store.id
    await send(shop, told("first", 1, key="queue", store=store))
    await eventually(lambda: _parked(shop, "queue", 1))
    await send(shop, *(told("behind", n, key="queue", store=store) for n in range(5)), told("free", store=store))
    await noted(shop, "free")
    await eventually(lambda: _parked(shop, "queue", 6))
    assert await notes(shop, "behind") == []
    blocked.set()
    assert await noted(shop, "behind", 5) == list(range(5))
    order = [
        row["name"] for row in await shop.sql("SELECT name FROM notes WHERE name IN ('first', 'behind') ORDER BY seq")
    ]
    assert order == ["first"] + ["behind"] * 5


async def _parked(shop: Alone, key: str, wanted: int) -> bool:
    return await count(shop, "parked", "key = $1", key) == wanted


async def test_back_off_doubles(shop: Alone) -> None:
    at: list[float] = []

    async def trouble() -> None:
        at.append(asyncio.get_running_loop().time())
        raise RuntimeError("never")

    subscribers.trouble["slower"] = trouble
    await send(shop, told("slower", store=shop.store.id))
    await letter(shop, "slower")
    gaps = [later - earlier for earlier, later in pairwise(at)]
    base = shop.running.settings.retry_base_seconds
    assert len(at) == shop.running.settings.retry_attempts
    assert all(gap >= base * 2**n * 0.9 for n, gap in enumerate(gaps)), gaps


async def test_after_the_last_try_a_dead_letter_tells_all(shop: Alone) -> None:
    subscribers.trouble["doomed"] = fails(100, ValueError("no such\0thing"))
    message = told("doomed", 7, store=shop.store.id)
    await send(shop, message)
    found = await letter(shop, "doomed")
    assert (found.event_id, found.kind, found.publisher, found.type) == (message.id, "event", "outside", "Told")
    assert (found.store_id, found.payload) == (shop.store.id, message.payload.decode())
    assert found.attempts == shop.running.settings.retry_attempts == subscribers.tries["doomed"]
    assert found.error == "ValueError: no such\\0thing"
    assert await notes(shop, "doomed") == []
    assert await _unparked(shop, "doomed")


async def test_events_behind_a_dead_letter_go_on(shop: Alone) -> None:
    subscribers.trouble["dies"] = fails(100)
    store = shop.store.id
    await send(shop, told("dies", key="dying", store=store), told("heir", key="dying", store=store))
    assert await noted(shop, "heir") == [0]


async def test_refusal_is_not_tried_again(shop: Alone) -> None:
    subscribers.trouble["refused"] = fails(100, Conflict("a rule said no"))
    await send(shop, told("refused", store=shop.store.id))
    found = await letter(shop, "refused")
    assert (found.attempts, found.error) == (1, "Conflict: a rule said no")
    assert subscribers.tries["refused"] == 1


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b'{"event":"Told"}',
        b'{"event":"Told","name":3,"timestamp":"2024-07-11T12:36:00Z"}',
        b"\xff\x00",
        b"[" * 5000,
    ],
)
async def test_malformed_payload_becomes_a_dead_letter_and_stops_nobody(shop: Alone, payload: bytes) -> None:
    key = f"malformed {uuid7()}"
    await send(shop, Message(uuid7(), "outside", "Told", key, shop.store.id, payload))
    await send(shop, told(f"after {key}", store=shop.store.id))
    await noted(shop, f"after {key}")
    assert (await letter(shop, key)).attempts == 1


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError("template.html"),
        ConnectionRefusedError("mail"),
        TimeoutError(),
        asyncpg.InterfaceError("expects 2"),
    ],
)
async def test_event_that_fails_as_a_lost_database_would_does_not_stop_the_others(
    shop: Alone, error: Exception
) -> None:
    name = f"poison {type(error).__name__}"
    subscribers.trouble[name] = fails(100, error)
    await send(shop, told(name, store=shop.store.id), told(f"after {name}", store=shop.store.id))
    await noted(shop, f"after {name}")
    assert type(error).__name__ in (await letter(shop, name)).error


async def test_number_out_of_range_of_its_column_becomes_a_dead_letter(shop: Alone) -> None:
    await send(shop, told("huge", 2**40, store=shop.store.id), told("modest", store=shop.store.id))
    await noted(shop, "modest")
    assert "DataError" in (await letter(shop, "huge")).error


# --- dead letters


async def test_replayed_dead_letter_counts_exactly_once(shop: Alone) -> None:
    subscribers.trouble["revived"] = fails(100)
    message = told("revived", 1, store=shop.store.id)
    await send(shop, message)
    found = await letter(shop, "revived")
    del subscribers.trouble["revived"]
    async with shop.db.transaction(None) as tx:
        await dead_letters.replay(tx, found.event_id)
    assert await noted(shop, "revived") == [1]
    await asyncio.sleep(0.15)
    await send(shop, message, told("after revived", store=shop.store.id))
    await noted(shop, "after revived")
    assert await notes(shop, "revived") == [1]
    async with shop.db.transaction(None) as tx:
        with pytest.raises(NotFound):
            await dead_letters.replay(tx, found.event_id)


async def test_replay_that_fails_again_is_a_dead_letter_again(shop: Alone) -> None:
    subscribers.trouble["stubborn"] = fails(100, Conflict("no"))
    await send(shop, told("stubborn", store=shop.store.id))
    found = await letter(shop, "stubborn")
    async with shop.db.transaction(None) as tx:
        await dead_letters.replay(tx, found.event_id)
    again = await letter(shop, "stubborn")
    assert again.died_at > found.died_at
    assert subscribers.tries["stubborn"] == 2


async def test_dropped_dead_letter_is_gone(shop: Alone) -> None:
    subscribers.trouble["dropped"] = fails(100, Conflict("no"))
    await send(shop, told("dropped", store=shop.store.id))
    found = await letter(shop, "dropped")
    async with shop.db.transaction(None) as tx:
        assert await dead_letters.shown(tx, found.event_id) == found
        await dead_letters.drop(tx, found.event_id)
        with pytest.raises(NotFound):
            await dead_letters.shown(tx, found.event_id)


# --- the database goes away


async def test_lost_connections_lose_no_event(shop: Alone, servers: Settings) -> None:
    async def cut() -> None:
        await admin(
            servers,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()",
            f"{shop.running.settings.database_prefix}_shop",
        )

    store = shop.store.id
    for number in range(5):
        await send(shop, *(told("survives", number * 20 + n, key="survives", store=store) for n in range(20)))
        if number in (1, 3):
            await cut()
    assert await noted(shop, "survives", 100) == list(range(100))
    assert await count(shop, "dead_letters", "key = 'survives'") == 0


async def test_connection_lost_while_an_event_is_at_work_is_not_its_fault(shop: Alone) -> None:
    async def trouble() -> None:
        if subscribers.tries["cut off"] == 1:
            raise asyncpg.AdminShutdownError("terminating connection due to administrator command")

    subscribers.trouble["cut off"] = trouble
    await send(shop, told("cut off", store=shop.store.id))
    assert await noted(shop, "cut off") == [0]
    assert await count(shop, "parked", "key = 'cut off'") == 0


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
    look = leader.look
    monkeypatch.setattr(leader, "look", lambda: (woken.set(), look()))
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
    await eventually(lambda: _parked(shop, "held", 1))
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


# --- tasks


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
