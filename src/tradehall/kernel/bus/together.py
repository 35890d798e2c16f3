"""Messages that travel together: a JSON list in one of the broker's. What a message costs, the broker and each subscriber, is
paid once for all of them."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from tradehall.kernel.bus import Message, without_nul

MOST, BYTES = 64, 128 * 1024  # in one; brokers take 1 MiB, unless told otherwise


class _Part(msgspec.Struct, frozen=True):
    id: UUID
    key: str
    store: UUID | None
    headers: dict[str, str]
    payload: msgspec.Raw


_parts = msgspec.json.Decoder(list[_Part])


def runs(messages: Sequence[Message]) -> list[list[Message]]:
    """What goes as one: those of a type that may travel together and follow each other, so that all keep their order."""
    found: list[list[Message]] = []
    size = 0
    for message in messages:
        size += len(message.payload)
        last = found[-1] if found else []
        alike = last and message.together and last[0].together and last[0].type == message.type
        if alike and len(last) < MOST and size <= BYTES:
            last.append(message)
        else:
            found.append([message])
            size = len(message.payload)
    return found


def joined(messages: Sequence[Message]) -> bytes:
    return msgspec.json.encode([_Part(m.id, m.key, m.store_id, m.headers, msgspec.Raw(m.payload)) for m in messages])


def split(payload: bytes, publisher: str, type: str) -> list[Message]:
    """Empty for what somebody made otherwise."""
    try:
        parts = _parts.decode(payload)
    except msgspec.MsgspecError:
        return []
    return [
        Message(
            one.id, publisher, type, without_nul(one.key), one.store, bytes(one.payload), one.headers, together=True
        )
        for one in parts
    ]
