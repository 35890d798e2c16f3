import asyncio
import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import nats
import psutil
import pytest

from tests.kernel.bus.conformance import ORDERS, ids, message, nothing, read
from tests.kernel.bus.together import TogetherConformance
from tradehall.kernel import embedded
from tradehall.kernel.bus import BusError
from tradehall.kernel.bus import nats as adapter
from tradehall.kernel.bus.nats import NatsBus


class Nats:
    ack_wait = 1.0
    largest = 7 * 1024 * 1024

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: embedded.Embedded | None = None
        self.url = ""

    async def connect(self, space: str) -> NatsBus:
        return await NatsBus.connect(self.url, stream=space)

    async def start(self) -> None:
        self._server = await asyncio.to_thread(embedded.start, self._folder, postgres=False)
        self.url = self._server.nats_url

    async def stop(self) -> None:
        assert self._server is not None
        await asyncio.to_thread(self._server.stop)

    async def kill(self) -> None:
        config = str(self._folder / "nats.conf")
        for process in psutil.Process().children(recursive=True):
            if config in process.cmdline():
                process.kill()
        await self.stop()


@pytest.fixture(scope="module")
async def broker() -> AsyncIterator[Nats]:
    with tempfile.TemporaryDirectory(prefix="th-nats-", dir="/tmp") as folder:
        broker = Nats(Path(folder))
        await broker.start()
        yield broker
        await broker.stop()


@pytest.fixture(autouse=True)
def short_ack_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "ACK_WAIT", timedelta(seconds=Nats.ack_wait))
    monkeypatch.setattr(adapter, "PUBLISH_TIMEOUT", 1.0)


class TestNats(TogetherConformance):
    async def test_a_stream_that_kept_ids_for_longer_does_no_more_and_stays_as_it_is_otherwise(
        self, broker: Nats, space: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(adapter, "DEDUPLICATE", timedelta(minutes=2))
            bus = await broker.connect(space)
            await bus.publish([first := message(1)])
            jsm = bus._client.jsm()
            await jsm.update_stream((await jsm.stream_info(space)).config.evolve(description="ours", max_age=3600))
            await bus.close()
        bus = await broker.connect(space)
        there = await bus._client.jsm().stream_info(space)
        assert there.config.duplicate_window == adapter.DEDUPLICATE.total_seconds()
        assert (there.config.description, there.config.max_age) == ("ours", 3600)
        assert ids(await read(await bus.subscribe("g", ORDERS), 1)) == [first.id]
        await bus.close()

    async def test_shared_messages_nobody_read_are_handed_on_at_once_when_their_subscriber_leaves(
        self, bus: NatsBus, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(adapter, "ACK_WAIT", timedelta(minutes=5))
        sent = [message(n) for n in range(6)]
        leaving = await bus.subscribe("workers", ORDERS, shared=True)
        assert await leaving.batch(1, 0.1) == []  # it has asked for many
        await bus.publish(sent)
        at_work = await leaving.batch(1, 10)
        await leaving.close()
        next_one = await bus.subscribe("workers", ORDERS, shared=True)
        again = await read(next_one, 5)
        assert sorted(ids([*again, *at_work])) == sorted(ids(sent))
        assert await nothing(next_one)

    async def test_foreign_message_without_headers_is_read_and_known_again(
        self, bus: NatsBus, broker: Nats, space: str
    ) -> None:
        client = await nats.connect(broker.url)
        await client.jetstream().publish(f"{space}.orders.OrderCreated", b"hello")
        await client.jetstream().publish(
            f"{space}.orders.OrderCreated", b"bad", headers={"Nats-Msg-Id": "x", "store": "y"}
        )
        await client.close()
        got = await read(first := await bus.subscribe("g", ORDERS), 2)
        assert [m.payload for m in got] == [b"hello", b"bad"]
        assert got[0].store_id is None
        await first.close()
        assert await read(await bus.subscribe("g", ORDERS), 2) == got

    async def test_foreign_list_that_is_none_is_one_message(self, bus: NatsBus, broker: Nats, space: str) -> None:
        client = await nats.connect(broker.url)
        for payload in (b"[{}]", b"{}", b"[]"):
            await client.jetstream().publish(f"{space}.orders.OrderCreated", payload, headers={"together": "2"})
        await client.close()
        got = await read(await bus.subscribe("g", ORDERS), 3)
        assert [m.payload for m in got] == [b"[{}]", b"{}", b"[]"]
        assert len(set(ids(got))) == 3

    async def test_what_travels_together_is_few_messages(self, bus: NatsBus, space: str) -> None:
        sent = [message(n, together=n != 100) for n in range(201)]
        await bus.publish(sent)
        stream = await bus._client.jsm().stream_info(space)
        assert stream.state.messages == 2 + 1 + 2  # 64 and 36 of a hundred, the one that goes alone, a hundred more
        assert ids(await read(await bus.subscribe("g", ORDERS), 201)) == ids(sent)

    async def test_lost_delivery_ends_the_subscription_instead_of_being_acknowledged(self, bus: NatsBus) -> None:
        sent = [message(n) for n in range(3)]
        subscription = await bus.subscribe("g", ORDERS)
        await bus.publish(sent[:2])
        await read(subscription, 1)
        lost = subscription._subscription._pending_queue.get_nowait()  # as if the connection broke under it
        assert lost is not None
        await bus.publish(sent[2:])
        with pytest.raises(BusError):
            await read(subscription, 1)
        await subscription.close()
        assert await read(await bus.subscribe("g", ORDERS), 3) == sent

    async def test_large_messages_come_a_few_at_a_time_and_in_order_among_small_ones(self, bus: NatsBus) -> None:
        """The server drops a client that has asked for more than it reads; each subscription asks for little."""
        sizes = [1, adapter.PULL_BYTES * 5, *[adapter.PULL_BYTES // 4] * 30, 1, adapter.PULL_BYTES * 2, 1]
        sent = [message(n, payload=b"x" * size) for n, size in enumerate(sizes)]
        subscription = await bus.subscribe("g", ORDERS)
        for one in sent:
            await bus.publish([one])
        found = []
        while len(found) < len(sent):
            found += await subscription.batch(1, 1)
            await asyncio.sleep(0.02)  # all that was asked for is here
            there = list(subscription._subscription._pending_queue._queue)
            assert sum(size for one in there if (size := len(one.data)) < adapter.PULL_BYTES) < 2 * adapter.PULL_BYTES
            assert sum(len(one.data) > adapter.PULL_BYTES for one in there) <= 1
        assert ids(found) == ids(sent)
        await subscription.ack(found)
        assert await nothing(subscription)

    async def test_request_that_is_filled_to_the_byte_is_followed_by_another(
        self, bus: NatsBus, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The server ends it as one that brought as many messages as it may."""
        sent = [message(n) for n in range(40)]
        for extra in range(64):
            monkeypatch.setattr(adapter, "PULL_BYTES", 1000 + extra)
            subscription = await bus.subscribe(f"g{extra}", ORDERS)
            if not extra:
                await bus.publish(sent)
            assert ids(await read(subscription, 40, 5)) == ids(sent)
            await subscription.close()

    async def test_consumer_that_vanished_is_noticed(
        self, bus: NatsBus, space: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(adapter, "PULL_EXPIRES", 0.2)
        monkeypatch.setattr(adapter, "PULL_GRACE", 0.2)
        subscription = await bus.subscribe(None, ORDERS)
        assert await subscription.batch(1, 0.1) == []
        (info,) = await bus._client.jsm().consumers_info(space)
        await bus._client.jsm().delete_consumer(space, info.name or "")
        with pytest.raises(BusError):
            await read(subscription, 1)

    async def test_consumer_that_vanished_unsaid_is_noticed(
        self, bus: NatsBus, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        subscription = await bus.subscribe(None, ORDERS)
        monkeypatch.setattr(adapter, "PULL_EXPIRES", 0.2)
        monkeypatch.setattr(adapter, "PULL_GRACE", 0.2)
        monkeypatch.setattr(subscription, "_next", "nobody.listens")
        monkeypatch.setattr(subscription, "_inbox", "nobody.hears")
        with pytest.raises(BusError):
            await read(subscription, 1)


async def test_address_without_a_broker_is_named_without_its_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "CONNECT_TIMEOUT", 0.5)
    with pytest.raises(BusError, match=r"127\.0\.0\.1:1") as failure:
        await NatsBus.connect("nats://s3cret@127.0.0.1:1")
    assert "s3cret" not in str(failure.value)
