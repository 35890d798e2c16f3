"""The broker, as a port of three calls: publish a batch, subscribe, close. One adapter per broker beside this file."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import msgspec


class Message(msgspec.Struct, frozen=True):
    """An event on its way. `payload` is the published JSON; everything else travels in headers. Where it may travel
    `together`, messages of its type that follow each other may reach the broker as one."""

    id: UUID
    publisher: str
    type: str
    key: str
    store_id: UUID | None
    payload: bytes
    headers: dict[str, str] = {}
    together: bool = False


class Subscription(Protocol):
    async def batch(self, limit: int, timeout: float) -> list[Message]:
        """Up to `limit` messages in the order of publication, or a few more where they travelled together; empty after
        `timeout` seconds without one."""

    async def ack(self, messages: Sequence[Message]) -> None:
        """Done with these. A shared subscription may acknowledge in any order, others only in order. Of what travelled
        together one stands for all before it as well."""

    async def extend(self, messages: Sequence[Message]) -> None:
        """Still at work on these: they are not to be handed to another subscriber for another minute."""

    async def close(self) -> None:
        """Messages not acknowledged come again, to whoever subscribes next: those never read at once."""


class Bus(Protocol):
    async def publish(self, messages: Sequence[Message]) -> None:
        """Returns when the broker holds all of them; raises BusError where it may not hold some."""

    async def subscribe(
        self,
        group: str | None,
        types: Iterable[tuple[str, str]],
        *,
        shared: bool = False,
        since: timedelta = timedelta(0),
        headers_only: bool = False,
    ) -> Subscription:
        """`types` are (publisher, event name). With a `group` delivery is durable and at least once.

        Without a group this is a fan-out for the life of the subscription, beginning `since` ago. A `shared` group
        hands messages out one by one to several subscribers, without order. `headers_only` leaves payloads out, and is
        not for what may travel together.
        """

    @property
    def connected(self) -> bool: ...

    async def close(self) -> None: ...


class BusError(Exception):
    """The broker is away or refused; what was asked may have to be asked again."""


def without_nul(key: str) -> str:
    """PostgreSQL holds none in a text, and somebody may publish one."""
    return key.replace("\0", "")
