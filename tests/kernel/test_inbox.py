"""The inbox: nothing twice, nothing lost, whatever fails."""

import asyncio
from itertools import pairwise

import asyncpg
import pytest

from tests.harness import Alone, eventually
from tests.kernel.shop import subscribers
from tests.kernel.shop.events import Hauled, Shouted, Stated, Whispered
from tests.kernel.telling import a_consumer, admin, count, fails, letter, noted, notes, parked, send, told
from tradehall.contracts.stores import Store
from tradehall.contracts.values import encode
from tradehall.kernel import dead_letters
from tradehall.kernel.bus import BusError, Message
from tradehall.kernel.bus.nats import NatsConsumer
from tradehall.kernel.errors import Conflict, NotFound
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings

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
    await a_consumer(shop).process([message, message])
    assert await notes(shop, "double") == [0]


async def test_event_a_subscriber_does_not_want_passes_without_a_trace(shop: Alone) -> None:
    passed_over, after = told("passed over", -1, store=shop.store.id), told("after it", store=shop.store.id)
    await send(shop, passed_over, after)
    await noted(shop, "after it")
    assert await notes(shop, "passed over") == []
    async with shop.db.transaction(None) as tx:
        assert not await tx.rows("SELECT FROM inbox WHERE event_id = $1", passed_over.id)


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
    await a_consumer(shop).process(batch)
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
    await a_consumer(shop).process(batch)
    assert subscribers.runs == [(here.id, ["a", "c", "d"]), (there.id, ["b", "e"])]


async def test_one_run_holds_all_types_of_a_subscriber_in_their_order(shop: Alone) -> None:
    def said(event: Shouted | Whispered) -> Message:
        return Message(uuid7(), "outside", event.event_name(), event.name[:1], shop.store.id, encode(event))

    batch = [Shouted(name="a1"), Whispered(name="a2"), Shouted(name="a3"), Whispered(name="b1")]
    await a_consumer(shop).process([said(event) for event in batch])
    assert subscribers.runs == [(shop.store.id, ["a1", "a2", "a3", "b1"])]


async def test_no_event_overtakes_another_of_its_key_to_join_a_run(shop: Alone) -> None:
    def shouted(name: str, key: str) -> Message:
        return Message(uuid7(), "outside", "Shouted", key, shop.store.id, encode(Shouted(name=name)))

    between = told("between", store=shop.store.id)
    await a_consumer(shop).process([shouted("a", "one"), between, shouted("b", between.key), shouted("c", "two")])
    assert subscribers.runs == [(shop.store.id, ["a"]), (shop.store.id, ["b", "c"])]


def stated(shop: Alone, name: str, number: int) -> Message:
    return Message(uuid7(), "outside", "Stated", name, shop.store.id, encode(Stated(name=name, number=number)))


async def test_of_states_in_a_run_the_last_of_a_key_is_handed_over(shop: Alone) -> None:
    between = told("a state", 7, store=shop.store.id)
    batch = [stated(shop, "a state", n) for n in range(3)]
    batch += [stated(shop, "another", 1), between, *(stated(shop, "a state", n) for n in (8, 9))]
    consumer = a_consumer(shop)
    await consumer.process(batch)
    assert await notes(shop, "another") == [1]
    assert await notes(shop, "a state") == [2, 7, 9], "none overtakes another of its key"
    await consumer.process(batch)
    assert await notes(shop, "a state") == [2, 7, 9], "all of them are done with"


async def test_states_that_fail_come_one_by_one(shop: Alone) -> None:
    subscribers.trouble["a hard state"] = fails(1)
    await a_consumer(shop).process([stated(shop, "a hard state", n) for n in range(3)])
    assert await notes(shop, "a hard state") == [0, 1, 2]


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


def hauled(shop: Alone, name: str) -> Message:
    return Message(uuid7(), "outside", "Hauled", name, shop.store.id, encode(Hauled(name=name)))


async def test_what_comes_in_bulk_waits_while_another_service_is_at_such_work(shop: Alone) -> None:
    async with shop.running.bulk:
        await send(shop, hauled(shop, "a load"))
        await asyncio.sleep(0.3)
        assert await notes(shop, "a load") == []
    await noted(shop, "a load")


async def test_event_that_somebody_waits_for_does_not_queue_behind_bulk(shop: Alone) -> None:
    async with shop.running.bulk:
        await send(shop, hauled(shop, "a load before it"))
        await asyncio.sleep(0.1)
        await send(shop, told("urgent", store=shop.store.id))
        await noted(shop, "urgent")
        await noted(shop, "a load before it")


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
    await eventually(lambda: parked(shop, "queue", 1))
    await send(shop, *(told("behind", n, key="queue", store=store) for n in range(5)), told("free", store=store))
    await noted(shop, "free")
    await eventually(lambda: parked(shop, "queue", 6))
    assert await notes(shop, "behind") == []
    blocked.set()
    assert await noted(shop, "behind", 5) == list(range(5))
    order = [
        row["name"] for row in await shop.sql("SELECT name FROM notes WHERE name IN ('first', 'behind') ORDER BY seq")
    ]
    assert order == ["first"] + ["behind"] * 5


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
