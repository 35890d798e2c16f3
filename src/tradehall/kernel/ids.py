"""UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, a counter that keeps ids of one process in order, randomness.

Made here, since PostgreSQL's own `uuidv7()` exists from version 18 only.
"""

import os
import threading
import time
from datetime import UTC, datetime
from uuid import UUID

NO_STORE = UUID(int=0)  # the home of what belongs to the platform itself; no store has this id

_lock = threading.Lock()
_last_ms = 0
_counter = 0


def uuid7() -> UUID:
    global _last_ms, _counter
    with _lock:
        ms = time.time_ns() // 1_000_000
        if ms > _last_ms:
            _last_ms, _counter = ms, int.from_bytes(os.urandom(2)) >> 5
        else:
            _counter += 1
            if _counter > 0xFFF:
                _last_ms, _counter = _last_ms + 1, 0
        ms, counter = _last_ms, _counter
    tail = int.from_bytes(os.urandom(8)) & (2**62 - 1)
    return UUID(int=ms << 80 | 7 << 76 | counter << 64 | 2 << 62 | tail)


def first_uuid7(at: datetime) -> UUID:
    """No id made at that moment or later is smaller."""
    ms = min(max(0, int(at.timestamp() * 1000)), 2**48 - 1)
    return UUID(int=ms << 80 | 7 << 76 | 2 << 62)


def made_at(id: UUID) -> datetime:
    return datetime.fromtimestamp((id.int >> 80) / 1000, UTC)
