"""What a service is: a name, routes, subscribers, tasks, listeners. Which process runs it is no concern of its own."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from tradehall.contracts.values import Event, Task
from tradehall.kernel import audit
from tradehall.kernel.bus import Message
from tradehall.kernel.db import Database, Tx

if TYPE_CHECKING:
    from tradehall.kernel.runtime import Running

E = TypeVar("E", bound=Event)
K = TypeVar("K", bound=Task)

Subscriber = Callable[[Any, Tx], Awaitable[None]]
BatchSubscriber = Callable[[list[Any], Tx], Awaitable[None]]
Worker = Callable[[Any, "TaskContext"], Awaitable[None]]
BatchWorker = Callable[[list[Any], "TaskContext"], Awaitable[None]]
Listener = Callable[[UUID | None, "Running"], None]


@dataclass(frozen=True)
class TaskContext:
    """What tasks work with: their service's database, the stores they are for, what runs in this process."""

    db: Database
    stores: frozenset[UUID]
    running: "Running"
    origins: dict[int, Message] = field(default_factory=dict)

    @property
    def store_id(self) -> UUID:
        """Raises ValueError across stores."""
        (store_id,) = self.stores
        return store_id

    def of(self, task: Task) -> "TaskContext":
        """The same on the task's store alone."""
        store_id = self.origins[id(task)].store_id if len(self.stores) > 1 else self.store_id
        assert store_id is not None
        return TaskContext(self.db, frozenset({store_id}), self.running, self.origins)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """On the tasks' stores; what it emits may name its task as the cause."""
        async with self.db.across(self.stores) as tx:
            tx.origins = self.origins
            yield tx


@dataclass(frozen=True)
class Subscription:
    event: type[Event]
    handle: Subscriber | BatchSubscriber
    batched: bool
    when: Callable[[Any], bool] | None = None
    across: bool = False
    patient: bool = False
    bulk: bool = False
    latest: bool = False


def on(
    *events: type[E], when: Callable[[E], bool] | None = None
) -> Callable[[Callable[[E, Tx], Awaitable[None]]], Callable[[E, Tx], Awaitable[None]]]:
    """Subscribes a function; it and its effects commit with the event's inbox row, so it counts exactly once.

    Events that are not for it, by what they say (`when`), pass without a transaction.
    """

    def mark(function: Callable[[E, Tx], Awaitable[None]]) -> Callable[[E, Tx], Awaitable[None]]:
        function.__tradehall__ = [Subscription(event, function, False, when) for event in events]  # type: ignore[attr-defined]
        return function

    return mark


def on_batch(
    *events: type[E],
    when: Callable[[E], bool] | None = None,
    across: bool = False,
    patient: bool = False,
    bulk: bool = False,
    latest: bool = False,
) -> Callable[[Callable[[list[E], Tx], Awaitable[None]]], Callable[[list[E], Tx], Awaitable[None]]]:
    """As `on`, for hot paths: a run of events of one store at once, in their order. After a failure they come one by one.

    `across`: of several stores, in a transaction that sees the rows of all of them. It is for the function to join on
    `store_id` and to write it, and for a migration to have opened its tables (`open_across`). `patient`: nobody waits for
    it, so that its events may wait a moment for more of them. `bulk`: an import brings thousands; of batches that are
    nothing but that, a process has one at work at a time, whatever services it runs, and its requests come in between.
    `latest`: each tells all there is to tell of its key, so that of several of a key in a run only the last is handed over.
    """

    def mark(function: Callable[[list[E], Tx], Awaitable[None]]) -> Callable[[list[E], Tx], Awaitable[None]]:
        subscriptions = [Subscription(event, function, True, when, across, patient, bulk, latest) for event in events]
        function.__tradehall__ = subscriptions  # type: ignore[attr-defined]
        return function

    return mark


@dataclass(frozen=True)
class TaskWorker:
    task: type[Task]
    work: Worker | BatchWorker
    batched: bool = False
    across: bool = False


def work(
    task: type[K],
) -> Callable[[Callable[[K, TaskContext], Awaitable[None]]], Callable[[K, TaskContext], Awaitable[None]]]:
    """Declares who does a task: outside any transaction, at least once, many at a time, in no order."""

    def mark(
        function: Callable[[K, TaskContext], Awaitable[None]],
    ) -> Callable[[K, TaskContext], Awaitable[None]]:
        function.__tradehall__ = [TaskWorker(task, function)]  # type: ignore[attr-defined]
        return function

    return mark


def work_batch(
    task: type[K], *, across: bool = False
) -> Callable[[Callable[[list[K], TaskContext], Awaitable[None]]], Callable[[list[K], TaskContext], Awaitable[None]]]:
    """As `work`, for hot paths: tasks of one store that are due together, or of several (`across`, as in `on_batch`). After
    a failure they come one by one."""

    def mark(
        function: Callable[[list[K], TaskContext], Awaitable[None]],
    ) -> Callable[[list[K], TaskContext], Awaitable[None]]:
        function.__tradehall__ = [TaskWorker(task, function, True, across)]  # type: ignore[attr-defined]
        return function

    return mark


@dataclass(frozen=True)
class Listening:
    event: type[Event]
    hear: Listener


def listen(*events: type[Event]) -> Callable[[Listener], Listener]:
    """Every process hears that one of these happened in a store, at most once each: for caches. The function takes the store
    and what runs here. Raises ValueError for events that travel together: of whose store is in the payload, which nobody reads
    here."""
    if unheard := [event.event_name() for event in events if event.together]:
        raise ValueError(f"{', '.join(unheard)}: no listener hears what travels together")

    def mark(function: Listener) -> Listener:
        function.__tradehall__ = [Listening(event, function) for event in events]  # type: ignore[attr-defined]
        return function

    return mark


@dataclass(frozen=True)
class Service:
    """`routes` are Litestar handlers, `modules` hold what `on`, `work` and `listen` marked.

    `start` runs once databases and broker are there, `stop` while the databases still are.
    `html_error` makes a page of a problem (request, Problem) for a browser that asked for one. `extensions` of PostgreSQL
    are made in its database by the installation's administrator. `goods` are the tables that grow with what stores sell.
    Raises ValueError where a module declares two subscribers, or two workers, of one event.
    """

    name: str
    routes: Sequence[Any] = ()
    modules: Sequence[ModuleType] = ()
    start: Callable[["Running"], Awaitable[None]] | None = None
    stop: Callable[["Running"], Awaitable[None]] | None = None
    subscribers: dict[str, Subscription] = field(init=False, default_factory=dict)
    workers: dict[str, TaskWorker] = field(init=False, default_factory=dict)
    listeners: list[Listening] = field(init=False, default_factory=list)
    stateless: bool = False
    extensions: Sequence[str] = ()
    goods: Sequence[str] = ()
    html_error: Callable[[Any, Any], Any] | None = None

    def __post_init__(self) -> None:
        for module in self.modules:
            for _, member in inspect.getmembers(module):
                if getattr(member, "__module__", None) == module.__name__:
                    for declared in getattr(member, "__tradehall__", ()):
                        self._declare(declared)

    def _declare(self, declared: "Subscription | TaskWorker | Listening") -> None:
        match declared:
            case Subscription(event=event):
                self._once(self.subscribers, event.event_name(), declared)
            case TaskWorker(task=task):
                self._once(self.workers, task.event_name(), declared)
            case Listening():
                self.listeners.append(declared)

    def _once(self, registry: dict[str, Any], name: str, declared: object) -> None:
        if name in registry:
            raise ValueError(f"{self.name}: {name} has two handlers; one event, one function")
        registry[name] = declared

    @property
    def all_routes(self) -> list[Any]:
        """With those the kernel adds."""
        return list(self.routes) if self.stateless else [*self.routes, audit.route(self.name)]

    @property
    def migrations(self) -> Path:
        package = inspect.getmodule(self.modules[0]) if self.modules else None
        if package is None or package.__file__ is None:
            raise ValueError(f"{self.name} has no modules to find its migrations beside")
        return Path(package.__file__).parent / "migrations"
