"""What every broker's adapter must do. A broker's test module subclasses `TogetherConformance`, which has all of it, and
provides `broker`."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import pytest

from tests.harness import eventually
from tradehall.kernel.bus import Bus, BusError, Message, Subscription
from tradehall.kernel.ids import uuid7

ORDERS = [("orders", "OrderCreated")]
STORE = uuid7()


class Broker(Protocol):
    """A real broker of the test's own. `ack_wait` is how long an unacknowledged shared message is held back."""

    ack_wait: float
    largest: int

    async def connect(self, space: str) -> Bus:
        """A new client; clients of one `space` (stream, topic prefix, virtual host) hear each other."""

    async def stop(self) -> None: ...

    async def start(self) -> None: ...

    async def kill(self) -> None:
        """As a power cut does it."""


def message(
    number: int = 0,
    *,
    key: str = "k",
    type: str = "OrderCreated",
    publisher: str = "orders",
    payload: bytes = b"",
    together: bool = False,
) -> Message:
    return Message(
        id=uuid7(),
        publisher=publisher,
        type=type,
        key=key,
        store_id=STORE,
        payload=payload or b'{"n":%d}' % number,
        headers={"correlation": f"c{number}"},
        together=together,
    )


async def read(subscription: Subscription, count: int, timeout: float = 10) -> list[Message]:
    """`count` messages, in as many batches as it takes."""
    found: list[Message] = []
    async with asyncio.timeout(timeout):
        while len(found) < count:
            found += await subscription.batch(count - len(found), 1)
    return found


async def nothing(subscription: Subscription, wait: float = 0.3) -> bool:
    return await subscription.batch(10, wait) == []


def ids(messages: Sequence[Message]) -> list[UUID]:
    return [m.id for m in messages]


class BusConformance:
    @pytest.fixture
    def space(self) -> str:
        return f"t{uuid7().hex}"

    @pytest.fixture
    async def bus(self, broker: Broker, space: str) -> AsyncIterator[Bus]:
        async with self.client(broker, space) as bus:
            yield bus

    @staticmethod
    @asynccontextmanager
    async def client(broker: Broker, space: str) -> AsyncIterator[Bus]:
        bus = await broker.connect(space)
        try:
            yield bus
        finally:
            await bus.close()

    async def test_message_arrives_whole(self, bus: Bus) -> None:
        sent = [
            message(1, key=str(uuid7())),
            Message(uuid7(), "orders", "OrderCreated", "käse: a\r\nstore: %41 b", None, b"\x00\xff\n{}", {"a": "b c"}),
        ]
        await bus.publish(sent)
        got = await read(await bus.subscribe("g", ORDERS), 2)
        assert got == sent

    async def test_headers_come_without_the_payload_where_it_is_not_wanted(self, bus: Bus) -> None:
        sent = [message(1, key="k", payload=b"x" * 100_000), message(2)]
        await bus.publish(sent)
        since = timedelta(minutes=1)
        got = await read(await bus.subscribe(None, ORDERS, since=since, headers_only=True), 2)
        assert [(m.id, m.type, m.key, m.store_id, m.payload) for m in got] == [
            (m.id, m.type, m.key, m.store_id, b"") for m in sent
        ]

    async def test_order_of_publication_is_kept(self, bus: Bus) -> None:
        subscription = await bus.subscribe("g", ORDERS)
        sent = [message(n, key=f"k{n % 3}") for n in range(1000)]
        for start in range(0, 1000, 100):
            await bus.publish(sent[start : start + 100])
        assert ids(await read(subscription, 1000)) == ids(sent)

    async def test_batch_has_at_most_its_limit(self, bus: Bus) -> None:
        await bus.publish([message(n) for n in range(10)])
        subscription = await bus.subscribe("g", ORDERS)
        await asyncio.sleep(0.2)
        assert len(await subscription.batch(4, 5)) <= 4

    async def test_batch_is_empty_after_its_timeout(self, bus: Bus) -> None:
        subscription = await bus.subscribe("g", ORDERS)
        clock = asyncio.get_running_loop().time
        began = clock()
        assert await subscription.batch(10, 0.2) == []
        assert 0.15 < clock() - began < 1

    async def test_only_subscribed_types_arrive(self, bus: Bus) -> None:
        subscription = await bus.subscribe("g", [("orders", "OrderCreated"), ("catalog", "product.created")])
        wanted = [message(1), message(2, publisher="catalog", type="product.created")]
        await bus.publish([message(0, type="OrderShipped"), wanted[0], message(0, publisher="catalog"), wanted[1]])
        assert ids(await read(subscription, 2)) == ids(wanted)
        assert await nothing(subscription)

    async def test_new_group_gets_what_was_published_before_it(self, bus: Bus) -> None:
        await bus.publish([sent := message()])
        assert ids(await read(await bus.subscribe("late", ORDERS), 1)) == [sent.id]

    async def test_two_groups_both_get_everything(self, bus: Bus) -> None:
        first, second = await bus.subscribe("first", ORDERS), await bus.subscribe("second", ORDERS)
        sent = [message(n) for n in range(20)]
        await bus.publish(sent)
        assert ids(await read(first, 20)) == ids(sent)
        assert ids(await read(second, 20)) == ids(sent)

    async def test_what_was_acknowledged_does_not_come_again(self, bus: Bus, broker: Broker, space: str) -> None:
        await bus.publish([message(n) for n in range(10)])
        async with self.client(broker, space) as other:
            subscription = await other.subscribe("g", ORDERS)
            await subscription.ack(await read(subscription, 10))
            await subscription.close()
        assert await nothing(await bus.subscribe("g", ORDERS))

    async def test_what_was_not_acknowledged_comes_again_at_once_and_in_order(
        self, bus: Bus, broker: Broker, space: str
    ) -> None:
        """A crash: the process read twenty, finished eight, and is gone without a word."""
        sent = [message(n) for n in range(20)]
        await bus.publish(sent)
        async with self.client(broker, space) as crashed:
            subscription = await crashed.subscribe("g", ORDERS)
            got = await read(subscription, 20)
            await subscription.ack(got[:8])
        more = [message(n) for n in range(20, 30)]
        await bus.publish(more)
        again = await read(await bus.subscribe("g", ORDERS), 22, timeout=5)
        assert ids(again) == ids(sent[8:] + more)

    async def test_subscribing_anew_loses_nothing_that_was_read_ahead(self, bus: Bus) -> None:
        """As a consumer does whose database went away: same client, new subscription."""
        sent = [message(n) for n in range(50)]
        await bus.publish(sent)
        subscription = await bus.subscribe("g", ORDERS)
        await subscription.ack(await read(subscription, 5))
        await read(subscription, 5)
        await subscription.close()
        again, anew = [], await bus.subscribe("g", ORDERS)
        while not again or again[-1].id != sent[-1].id:
            again += await read(anew, 1, timeout=5)
        # An acknowledgement that was still on its way counts for nothing: those messages come again.
        assert len(again) >= 45
        assert ids(again) == ids(sent[-len(again) :])

    async def test_fan_out_reaches_every_subscriber(self, bus: Bus, broker: Broker, space: str) -> None:
        async with self.client(broker, space) as other:
            subscriptions = [await b.subscribe(None, ORDERS) for b in (bus, bus, other)]
            await bus.publish([sent := message()])
            for subscription in subscriptions:
                assert ids(await read(subscription, 1)) == [sent.id]

    async def test_fan_out_begins_as_long_ago_as_asked(self, bus: Bus) -> None:
        await bus.publish([earlier := message(1)])
        await asyncio.sleep(0.3)
        now = await bus.subscribe(None, ORDERS)
        back = await bus.subscribe(None, ORDERS, since=timedelta(minutes=5))
        await bus.publish([later := message(2)])
        assert ids(await read(now, 1)) == [later.id]
        assert ids(await read(back, 2)) == [earlier.id, later.id]

    async def test_shared_group_hands_each_message_to_one_subscriber(
        self, bus: Bus, broker: Broker, space: str
    ) -> None:
        async with self.client(broker, space) as other:
            subscriptions = [await b.subscribe("workers", ORDERS, shared=True) for b in (bus, other)]
            sent = [message(n) for n in range(300)]
            got: list[UUID] = []

            async def work(subscription: Subscription) -> None:
                while len(got) < 300:
                    batch = await subscription.batch(10, 0.5)
                    got.extend(ids(batch))
                    await subscription.ack(batch)

            await bus.publish(sent)
            async with asyncio.timeout(10):
                await asyncio.gather(*map(work, subscriptions))
            assert sorted(got) == sorted(ids(sent))
            assert await nothing(subscriptions[0])

    async def test_shared_messages_are_acknowledged_one_by_one(self, bus: Bus, broker: Broker, space: str) -> None:
        sent = [message(n) for n in range(6)]
        await bus.publish(sent)
        async with self.client(broker, space) as crashed:
            subscription = await crashed.subscribe("workers", ORDERS, shared=True)
            got = await read(subscription, 6)
            await subscription.ack([got[5], got[2]])
        again = await read(await bus.subscribe("workers", ORDERS, shared=True), 4, timeout=broker.ack_wait + 5)
        assert sorted(ids(again)) == sorted(m.id for m in sent if m.id not in (got[5].id, got[2].id))

    async def test_shared_message_at_work_is_not_handed_to_another(self, bus: Bus, broker: Broker, space: str) -> None:
        async with self.client(broker, space) as slow:
            working = await slow.subscribe("workers", ORDERS, shared=True)
            await bus.publish([message(1)])
            got = await read(working, 1)
            idle = await bus.subscribe("workers", ORDERS, shared=True)
            until = time.monotonic() + 2.5 * broker.ack_wait
            while time.monotonic() < until:
                await working.extend(got)
                assert await idle.batch(1, broker.ack_wait / 4) == []
            assert ids(await read(idle, 1, timeout=broker.ack_wait + 5)) == ids(got)

    async def test_same_id_again_is_dropped(self, bus: Bus, broker: Broker, space: str) -> None:
        sent, other = message(1), message(2)
        await bus.publish([sent, sent])
        await bus.publish([sent, other])
        async with self.client(broker, space) as second:
            await second.publish([sent])
        subscription = await bus.subscribe("g", ORDERS)
        assert ids(await read(subscription, 2)) == ids([sent, other])
        assert await nothing(subscription)

    async def test_big_payloads_pass(self, bus: Bus, broker: Broker) -> None:
        sent = [message(payload=b"x" * broker.largest) for _ in range(3)]
        subscription = await bus.subscribe("g", ORDERS)
        await bus.publish(sent)
        assert [len(m.payload) for m in await read(subscription, 3)] == [broker.largest] * 3

    async def test_backlog_larger_than_a_server_keeps_for_a_client_reaches_a_busy_reader(self, bus: Bus) -> None:
        large = b"x" * (2 * 1024 * 1024)
        for _ in range(5):
            await bus.publish([message(payload=large) for _ in range(10)])
        subscription = await bus.subscribe("g", ORDERS)
        got = len(await subscription.batch(1, 5))
        while got < 50:
            time.sleep(0.2)  # noqa: ASYNC251  at work, and reading nothing meanwhile
            batch = await subscription.batch(64, 5)
            assert batch
            await subscription.ack(batch)
            got += len(batch)
        await subscription.close()

    async def test_refused_payload_is_an_error_and_harms_no_later_one(self, bus: Bus) -> None:
        with pytest.raises(BusError):
            await bus.publish([message(payload=b"x" * 64 * 1024 * 1024)])
        await bus.publish([sent := message()])
        assert ids(await read(await bus.subscribe("g", ORDERS), 1)) == [sent.id]

    async def test_nothing_to_publish_or_acknowledge_is_fine(self, bus: Bus) -> None:
        await bus.publish([])
        await (await bus.subscribe("g", ORDERS)).ack([])

    async def test_many_publish_at_the_same_time(self, bus: Bus) -> None:
        rounds = [[message(n) for n in range(50)] for _ in range(20)]
        subscription = await bus.subscribe("g", ORDERS)
        await asyncio.gather(*(bus.publish(messages) for messages in rounds))
        got = await read(subscription, 1000)
        assert sorted(ids(got)) == sorted(m.id for messages in rounds for m in messages)

    async def test_cancelled_batch_returns_at_once_and_loses_nothing(self, bus: Bus) -> None:
        subscription = await bus.subscribe("g", ORDERS)
        waiting = asyncio.create_task(subscription.batch(10, 30))
        await asyncio.sleep(0.1)
        waiting.cancel()
        clock = asyncio.get_running_loop().time
        began = clock()
        assert await asyncio.gather(waiting, return_exceptions=True) != [[]]
        assert waiting.cancelled()
        assert clock() - began < 0.5
        await bus.publish([sent := message()])
        assert ids(await read(subscription, 1)) == [sent.id]

    async def test_broker_away_is_seen_and_come_back_from(self, bus: Bus, broker: Broker, space: str) -> None:
        sent = [message(n) for n in range(30)]
        group, fan = await bus.subscribe("g", ORDERS), await bus.subscribe(None, ORDERS, since=timedelta(minutes=5))
        await bus.publish(sent[:10])
        await group.ack(await read(group, 10))
        await read(fan, 10)
        await broker.stop()
        try:
            await eventually(lambda: _is(not bus.connected))
            with pytest.raises(BusError):
                await bus.publish(sent[10:12])
        finally:
            await broker.start()
        await eventually(lambda: _is(bus.connected))
        await _until_published(bus, sent[10:])
        assert ids(await self.read_on(bus, group, "g", 20)) == ids(sent[10:])
        assert set(ids(await self.read_on(bus, fan, None, 30))) == set(ids(sent))

    async def test_power_cut_loses_nothing_that_was_acknowledged(self, bus: Bus, broker: Broker, space: str) -> None:
        sent = [message(n) for n in range(200)]
        group = await bus.subscribe("g", ORDERS)
        await bus.publish(sent)
        got = await read(group, 50)
        await group.ack(got)
        await asyncio.sleep(0.2)
        await broker.kill()
        await broker.start()
        await eventually(lambda: _is(bus.connected))
        rest = await self.read_on(bus, group, "g", 150)
        assert ids(rest)[-150:] == ids(sent[50:])

    @staticmethod
    async def read_on(bus: Bus, subscription: Subscription, group: str | None, count: int) -> list[Message]:
        """As the consumer does it: a subscription that raises is opened anew. A message may come twice."""
        found: dict[UUID, Message] = {}
        async with asyncio.timeout(15):
            while len(found) < count:
                try:
                    found |= {m.id: m for m in await subscription.batch(count, 1)}
                except BusError:
                    await asyncio.sleep(0.1)
                    subscription = await bus.subscribe(group, ORDERS, since=timedelta(minutes=5))
        return list(found.values())


async def _is(fact: bool) -> bool:
    return fact


async def _until_published(bus: Bus, messages: Sequence[Message]) -> None:
    """As the relay does it."""
    async with asyncio.timeout(15):
        while True:
            try:
                await bus.publish(messages)
            except BusError:
                await asyncio.sleep(0.1)
            else:
                return
