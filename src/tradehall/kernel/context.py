"""What belongs to the request or event at hand: its correlation id, and the W3C trace parent."""

from contextvars import ContextVar

from tradehall.kernel.ids import uuid7

correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")
causation_id: ContextVar[str] = ContextVar("causation_id", default="")


def correlation() -> str:
    """The current correlation id; a new one where there is none yet (a start-up job, a command)."""
    current = correlation_id.get()
    if not current:
        current = uuid7().hex
        correlation_id.set(current)
    return current
