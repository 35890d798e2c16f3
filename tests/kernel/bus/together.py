"""What every broker's adapter must do with messages that may travel together."""

from tests.kernel.bus.conformance import ORDERS, Broker, BusConformance, ids, message, nothing, read
from tradehall.kernel.bus import Bus, Message
from tradehall.kernel.ids import uuid7


class TogetherConformance(BusConformance):
    async def test_what_travels_together_arrives_one_by_one_among_the_others(self, bus: Bus) -> None:
        subscription = await bus.subscribe("g", [*ORDERS, ("orders", "Due")])
        sent = [
            *[message(n, key=f"käse {n % 7}: %41", type="Due", together=True) for n in range(300)],
            message(300),
            *[message(n, together=True) for n in range(301, 400)],
            Message(uuid7(), "orders", "Due", "a\r\nb", None, b'{"text": "\xc3\xa4"}', {}, together=True),
        ]
        await bus.publish(sent)
        got = await read(subscription, len(sent))
        assert ids(got) == ids(sent)
        for one, other in zip(got, sent, strict=True):
            assert (one.key, one.store_id, one.type) == (other.key, other.store_id, other.type)
            assert (one.payload, one.headers) == (other.payload, other.headers)
        await subscription.ack(got)
        assert await nothing(subscription)

    async def test_a_batch_has_all_that_came_with_its_last(self, bus: Bus) -> None:
        sent = [message(n, together=True) for n in range(20)]
        await bus.publish(sent)
        subscription = await bus.subscribe("g", ORDERS)
        got = await subscription.batch(5, 5)
        await subscription.ack(got)
        await subscription.close()
        left = sent[len(got) :]
        again = await bus.subscribe("g", ORDERS)
        assert ids(await read(again, len(left))) == ids(left) if left else await nothing(again)

    async def test_what_came_together_and_was_not_acknowledged_comes_again(
        self, bus: Bus, broker: Broker, space: str
    ) -> None:
        sent = [message(n, together=True) for n in range(40)]
        await bus.publish(sent[:20])
        await bus.publish(sent[20:])
        async with self.client(broker, space) as crashed:
            subscription = await crashed.subscribe("g", ORDERS)
            got = await subscription.batch(20, 5)
            await subscription.ack(got)
            await read(subscription, 40 - len(got))
        left = sent[len(got) :]
        assert ids(await read(await bus.subscribe("g", ORDERS), len(left), timeout=5)) == ids(left)

    async def test_published_again_with_others_none_is_lost(self, bus: Bus) -> None:
        """As after a crash between what the broker took and what the outbox knew of it."""
        sent = [message(n, together=True) for n in range(4)]
        await bus.publish(sent[:2])
        await bus.publish(sent)
        await bus.publish(sent[1:])
        got = ids(await read(await bus.subscribe("g", ORDERS), len(sent) + 2))
        assert list(dict.fromkeys(got)) == ids(sent)

    async def test_large_ones_travel_together_as_far_as_they_fit(self, bus: Bus) -> None:
        sent = [message(n, payload=b'"%b"' % (b"x" * 100_000), together=True) for n in range(30)]
        await bus.publish(sent)
        got = await read(await bus.subscribe("g", ORDERS), 30)
        assert [(m.id, len(m.payload)) for m in got] == [(m.id, 100_002) for m in sent]

    async def test_twice_in_a_batch_it_is_acknowledged(self, bus: Bus, broker: Broker, space: str) -> None:
        sent = [message(n, together=True) for n in range(3)]
        await bus.publish(sent)
        await bus.publish([sent[2], sent[0]])
        async with self.client(broker, space) as other:
            subscription = await other.subscribe("g", ORDERS)
            got = await read(subscription, 5)
            assert ids(got) == ids([*sent, sent[2], sent[0]])
            await subscription.ack(got)
            await subscription.close()
        assert await nothing(await bus.subscribe("g", ORDERS))
