"""Messages read as events: a large one once in a process, however many of its services hear it.

A product of 500 variants is 120 KB of JSON; to read it and to let go of what was read takes longer than what most services
do with it.
"""

from collections import OrderedDict
from typing import TypeVar
from uuid import UUID

import msgspec

from tradehall.contracts.values import Event
from tradehall.kernel.bus import Message

LARGE = 8 * 1024  # bytes; a smaller one is as quickly read again
KEPT = 2 * 1024 * 1024  # bytes of JSON, in memory about five times as much

E = TypeVar("E", bound=Event)


class Reader:
    """The latest large events are kept; whoever hears one shares it, and changes nothing in it."""

    def __init__(self) -> None:
        self._decoders: dict[type[Event], msgspec.json.Decoder[Event]] = {}
        self._latest: OrderedDict[UUID, tuple[bytes, Event]] = OrderedDict()
        self._size = 0

    def read(self, message: Message, event: type[E]) -> E:
        """Raises msgspec.MsgspecError."""
        if len(message.payload) < LARGE:
            return self._decode(message, event)
        payload, known = self._latest.get(message.id, (b"", None))
        same = payload == message.payload  # somebody may send something else under the same id
        if same and type(known) is event:
            return known
        found = self._decode(message, event)
        self._keep(message, found)
        return found

    def _decode(self, message: Message, event: type[E]) -> E:
        decoder = self._decoders.get(event)
        if decoder is None:
            decoder = self._decoders[event] = msgspec.json.Decoder(event)
        return decoder.decode(message.payload)  # type: ignore[return-value]

    def _keep(self, message: Message, event: Event) -> None:
        before, _ = self._latest.pop(message.id, (b"", None))
        self._latest[message.id] = (message.payload, event)
        self._size += len(message.payload) - len(before)
        while self._size > KEPT:
            _, (payload, _) = self._latest.popitem(last=False)
            self._size -= len(payload)
