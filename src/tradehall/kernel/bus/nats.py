"""NATS JetStream: one stream, a durable pull consumer per group, an ephemeral one per fan-out. Needs NATS 2.14.

A subscription ends with its connection. One that is not shared is gapless: it begins at the first message not
acknowledged (the server resets the consumer), and a hole in the numbering of its deliveries ends it. Without that the
server would hand out later messages first, and acknowledging those would acknowledge the lost ones too.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote
from uuid import NAMESPACE_OID, UUID, uuid5

import msgspec
import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription as NatsSubscription
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, DiscardPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from tradehall.kernel.bus import BusError, Message, together, without_nul

log = logging.getLogger(__name__)

KEEP = timedelta(days=7)
# The server keeps every id for as long, 100 000 of them in half a minute of a busy shop, and collects garbage around them. What
# comes twice is known by the inbox.
DEDUPLICATE = timedelta(seconds=2)
ACK_WAIT = timedelta(seconds=60)
PULL = 256
# The server drops a client for which more than 64 MiB wait, and all subscriptions of a process, some thirty, share one. Each
# asks for so much, with two requests open at most, and for more only where a single message is larger.
PULL_BYTES, LARGEST_BYTES = 512 * 1024, 16 * 1024 * 1024
PULL_EXPIRES, PULL_GRACE = 30.0, 5.0
PUBLISH_TIMEOUT = CONNECT_TIMEOUT = 10.0
TOGETHER = "together"  # the header that says how many a message has

_failures = (NatsError, OSError, TimeoutError, asyncio.IncompleteReadError)


class NatsBus:
    def __init__(self, client: Client, stream: str) -> None:
        self._client = client
        self._stream = stream
        self._acks: dict[str, tuple[asyncio.Future[None], set[str]]] = {}
        self._ack_inbox = client.new_inbox()
        self._round = 0

    @classmethod
    async def connect(cls, url: str, *, stream: str = "tradehall", name: str = "tradehall") -> "NatsBus":
        """Raises BusError where there is no NATS server with JetStream at `url`."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):  # the client itself would try for ever
                client = await nats.connect(
                    url,
                    name=name,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=0.25,
                    ping_interval=20,
                    pending_size=16 * 1024 * 1024,
                    error_cb=_log_error,
                    disconnected_cb=_disconnected,
                    reconnected_cb=_reconnected,
                    allow_reconnect=True,
                    connect_timeout=5,
                )
            bus = cls(client, stream)
            await bus._ensure_stream()
            await client.subscribe(f"{bus._ack_inbox}.*", cb=bus._acknowledged)
        except _failures as error:
            raise BusError(f"no NATS JetStream at {url.rpartition('@')[2]}: {error!r}") from error
        return bus

    async def _ensure_stream(self) -> None:
        jsm = self._client.jsm()
        wanted = StreamConfig(
            name=self._stream,
            subjects=[f"{self._stream}.>"],
            storage=StorageType.FILE,
            discard=DiscardPolicy.OLD,
            max_age=KEEP.total_seconds(),
            duplicate_window=DEDUPLICATE.total_seconds(),
        )
        try:
            there = (await jsm.stream_info(self._stream)).config
        except NotFoundError:
            await jsm.add_stream(wanted)
            return
        if there.duplicate_window != wanted.duplicate_window:  # all else, replicas say, may be somebody's choice
            await jsm.update_stream(there.evolve(duplicate_window=wanted.duplicate_window))

    @property
    def connected(self) -> bool:
        return self._client.is_connected

    async def publish(self, messages: Sequence[Message]) -> None:
        if not messages:
            return
        self._round += 1
        prefix = f"{self._ack_inbox}.{self._round}-"
        runs = together.runs(messages)
        waiting = {f"{prefix}{i}" for i in range(len(runs))}
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        for reply in waiting:
            self._acks[reply] = (done, waiting)
        try:
            for i, run in enumerate(runs):
                payload, headers = _alone(run[0]) if len(run) == 1 else _all_of(run)
                subject = f"{self._stream}.{run[0].publisher}.{run[0].type}"
                await self._client.publish(subject, payload, f"{prefix}{i}", headers)
            async with asyncio.timeout(PUBLISH_TIMEOUT):
                await done
        except _failures as error:
            raise BusError(f"the broker did not acknowledge {len(waiting)} of {len(runs)}: {error!r}") from error
        finally:
            for reply in waiting:
                self._acks.pop(reply, None)

    async def _acknowledged(self, msg: Msg) -> None:
        entry = self._acks.pop(msg.subject, None)
        if entry is None:
            return
        done, waiting = entry
        if b'"error"' in msg.data or not msg.data:
            if not done.done():
                done.set_exception(NatsError(msg.data.decode() or "no responders"))
            return
        waiting.discard(msg.subject)
        if not waiting and not done.done():
            done.set_result(None)

    async def subscribe(
        self,
        group: str | None,
        types: Iterable[tuple[str, str]],
        *,
        shared: bool = False,
        since: timedelta = timedelta(0),
        headers_only: bool = False,
    ) -> "NatsConsumer":
        subjects = sorted(f"{self._stream}.{publisher}.{name}" for publisher, name in types)
        config = ConsumerConfig(
            filter_subjects=subjects,
            ack_policy=AckPolicy.EXPLICIT if shared else AckPolicy.ALL if group else AckPolicy.NONE,
            ack_wait=ACK_WAIT.total_seconds(),
            max_ack_pending=PULL * 8,
            headers_only=headers_only,
        )
        if group:
            config.durable_name = group
            config.deliver_policy = DeliverPolicy.ALL
        else:
            config.deliver_policy = DeliverPolicy.BY_START_TIME
            config.opt_start_time = datetime.now(UTC) - since
            config.inactive_threshold = 120
            config.mem_storage = True
        try:
            jsm = self._client.jsm()
            info = await jsm.add_consumer(self._stream, config=config)
            if group and not shared:
                await jsm.reset_consumer(self._stream, group)
            inbox = self._client.new_inbox()
            subscription = await self._client.subscribe(f"{inbox}.*", pending_msgs_limit=-1, pending_bytes_limit=-1)
        except _failures as error:
            raise BusError(f"cannot subscribe {group or 'a fan-out'}: {error!r}") from error
        assert info.name
        return NatsConsumer(self._client, subscription, inbox, f"{self._stream}.{info.name}", individually=shared)

    async def close(self) -> None:
        with contextlib.suppress(*_failures):
            if self._client.is_connected:
                await self._client.flush(2)  # acknowledgements on their way; draining would wait for unread messages
            await self._client.close()


class NatsConsumer:
    """Keeps a pull request open, so that messages stream in while a batch is at work: the next one is sent when the last
    has brought half of what it may."""

    def __init__(
        self, client: Client, subscription: NatsSubscription, inbox: str, consumer: str, *, individually: bool
    ) -> None:
        self._client = client
        self._subscription = subscription
        self._inbox = inbox
        self._next = f"$JS.API.CONSUMER.MSG.NEXT.{consumer}"
        self._individually = individually
        self._open: set[str] = set()  # requests, by where they are answered
        self._asked = 0
        self._asked_at = 0.0
        self._messages = self._size = 0  # that came since
        self._too_large = False  # is the next message, to come with others
        self._connection = client.stats["reconnects"]
        self._delivered = 0
        self._replies: dict[UUID, str] = {}

    async def _ask(self) -> None:
        if self._connection != self._client.stats["reconnects"]:
            raise BusError("the connection broke, and what was on its way with it")
        clock = asyncio.get_running_loop().time()
        half = self._messages >= PULL // 2 or self._size >= PULL_BYTES // 2
        if self._open and not (half and len(self._open) < 2):
            # A request that runs out is answered; where it is not, the broker has forgotten the consumer.
            if clock - self._asked_at > PULL_EXPIRES + PULL_GRACE and self._subscription._pending_queue.empty():
                raise BusError("the broker answers no more")
            return
        self._asked += 1
        reply = f"{self._inbox}.{self._asked}"
        count, size = (1, LARGEST_BYTES) if self._too_large else (PULL, PULL_BYTES)
        request = {"batch": count, "max_bytes": size, "expires": int(PULL_EXPIRES * 1e9)}
        await self._client.publish(self._next, msgspec.json.encode(request), reply)
        self._open.add(reply)
        self._asked_at, self._messages, self._size, self._too_large = clock, 0, 0, False

    async def batch(self, limit: int, timeout: float) -> list[Message]:
        messages: list[Message] = []
        waiting = self._subscription._pending_queue
        try:
            async with asyncio.timeout(timeout):
                while not messages:
                    await self._ask()
                    msg = await waiting.get()
                    while True:
                        messages += self._read(msg)
                        if len(messages) >= limit or waiting.empty():
                            break
                        msg = waiting.get_nowait()
        except TimeoutError:
            pass
        except _failures as error:
            raise BusError(f"cannot fetch: {error!r}") from error
        return messages

    def _read(self, msg: Msg) -> list[Message]:
        headers = dict(msg.headers or {})
        if status := headers.get("Status"):
            said = headers.get("Description", "")
            full = "MaxBytes" in said
            # Anything but a request that ran out, or has brought all that it may: the consumer is gone.
            if not (full or said == "Batch Completed" or status in ("404", "408")):
                raise BusError(f"{status} {said}")
            self._open.discard(msg.subject)
            self._too_large = full and not self._open and not self._messages
            return []
        self._messages += 1
        self._size += len(msg.data)
        self._expect_next(msg.reply)
        _, publisher, name = msg.subject.split(".", 2)
        found = together.split(msg.data, publisher, name) if TOGETHER in headers else []
        found = found or [
            Message(
                id=_uuid(headers.pop("Nats-Msg-Id", "")) or _foreign_id(msg),
                publisher=publisher,
                type=name,
                key=without_nul(unquote(headers.pop("key", ""))),
                store_id=_uuid(headers.pop("store", "")),
                payload=msg.data,
                headers=headers,
            )
        ]
        for message in found:
            self._replies[message.id] = msg.reply
        return found

    def _expect_next(self, reply: str) -> None:
        if self._individually:
            return
        self._delivered += 1
        if (number := int(_numbers(reply)[2])) != self._delivered:
            raise BusError(f"delivery {self._delivered} was lost, the broker is at {number}")

    async def ack(self, messages: Sequence[Message]) -> None:
        if not messages:
            return
        told = messages if self._individually else messages[-1:]
        replies = {reply for message in told if (reply := self._replies.get(message.id))}
        for message in messages:
            self._replies.pop(message.id, None)
        for reply in replies:
            await self._client.publish(reply, b"+ACK")

    async def extend(self, messages: Sequence[Message]) -> None:
        for message in messages:
            if reply := self._replies.get(message.id):
                await self._client.publish(reply, b"+WPI")

    async def close(self) -> None:
        with contextlib.suppress(*_failures):
            if self._individually:
                await self._hand_back()
        with contextlib.suppress(*_failures):
            await self._subscription.unsubscribe()

    async def _hand_back(self) -> None:
        """What has been sent here and nobody has read; it would come again after `ACK_WAIT` only."""
        await self._client._send_unsubscribe(self._subscription._id)
        await self._client.flush(2)  # all that was on its way is here
        waiting = self._subscription._pending_queue
        while not waiting.empty():
            if "Status" not in ((msg := waiting.get_nowait()).headers or {}):
                await self._client.publish(msg.reply, b"-NAK")


def _alone(message: Message) -> tuple[bytes, dict[str, str]]:
    """Payload and headers."""
    store = str(message.store_id or "")
    return message.payload, {
        "Nats-Msg-Id": str(message.id), "key": quote(message.key), "store": store, **message.headers
    }  # fmt: skip


def _all_of(messages: Sequence[Message]) -> tuple[bytes, dict[str, str]]:
    """Payload and headers. Without an id: published again they may be others that go together, and the server would take
    them for those that it has."""
    return together.joined(messages), {TOGETHER: str(len(messages))}


def _numbers(reply: str) -> list[str]:
    """Of a reply subject: tries, sequence in the stream, sequence of deliveries, time, waiting.

    `$JS.ACK.<stream>.<consumer>.…`, or `$JS.ACK.<domain>.<account>.<stream>.<consumer>.…`.
    """
    tokens = reply.split(".")
    return tokens[4:9] if len(tokens) < 11 else tokens[6:11]


def _foreign_id(msg: Msg) -> UUID:
    """Somebody else's message without an id is known by its place in the stream."""
    return uuid5(NAMESPACE_OID, f"{msg.subject} {_numbers(msg.reply)[1]}")


def _uuid(text: str) -> UUID | None:
    """None where there is none, or somebody else wrote something different there."""
    try:
        return UUID(text)
    except ValueError:
        return None


async def _log_error(error: Exception) -> None:
    log.warning("nats: %r", error)


async def _disconnected() -> None:
    log.info("nats: connection lost")


async def _reconnected() -> None:
    log.info("nats: connected again")
