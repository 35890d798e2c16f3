"""What belongs to the request, event or task at hand: its correlation id, its cause, whether it is to stop."""

import asyncio
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


def stopping() -> bool:
    """Whether the current task was cancelled. For loops: asyncpg and nats-py, at times, pass over a cancellation."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
