"""What belongs to the request, event or task at hand: its correlation id, its cause, who acts, whether it is to stop."""

import asyncio
from contextvars import ContextVar
from uuid import UUID

import msgspec

from tradehall.kernel.ids import uuid7


class Act(msgspec.Struct, kw_only=True):
    """A change that somebody with power is about to make, for the audit log. `store_id` is None where the request is at no store.

    `target` has the ids in the route's path, `fields` the names of what the request sets.
    """

    actor: UUID
    roles: list[str]
    session_id: UUID
    by_key: bool
    store_id: UUID | None
    action: str
    target: dict[str, str]
    fields: list[str] = msgspec.field(default_factory=list)


correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")
causation_id: ContextVar[str] = ContextVar("causation_id", default="")
acting: ContextVar[Act | None] = ContextVar("acting", default=None)


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
