"""MeiliSearch's HTTP API, as far as it is used here. Its client for Python brings pydantic along, 16 MiB for nine paths."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal, TypeVar

import httpx
import msgspec
from prometheus_client import Counter

from tradehall.kernel.errors import Away

log = logging.getLogger(__name__)

T = TypeVar("T")

FIRST, LONGEST = 0.02, 0.5  # seconds between two questions about a task
THERE_ALREADY = "index_already_exists"

TASKS = Counter("tradehall_search_engine_tasks_total", "Tasks of the search engine by how they ended", ["outcome"])


class Refused(Exception):
    """It understood, and did not do it."""


class NoIndex(Exception):
    """It has no index of this name."""


class TaskError(msgspec.Struct, frozen=True):
    message: str
    code: str


class Enqueued(msgspec.Struct, frozen=True, rename="camel"):
    task_uid: int


class Task(msgspec.Struct, frozen=True):
    uid: int
    status: Literal["enqueued", "processing", "succeeded", "failed", "canceled"]
    error: TaskError | None = None


class Tasks(msgspec.Struct, frozen=True):
    results: list[Task]


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    name: str = ""
    maker: str = ""
    kind: str = ""
    esteem: float | None = None
    demand: float = 0.0
    score: float = msgspec.field(default=0.0, name="_rankingScore")


class Stats(msgspec.Struct, frozen=True):
    min: float
    max: float


class Answer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    hits: list[Hit]
    estimated_total_hits: int
    facet_distribution: dict[str, dict[str, int]] = {}
    facet_stats: dict[str, Stats] = {}

    @property
    def numbers(self) -> list[int]:
        return [hit.number for hit in self.hits]


class Answers(msgspec.Struct, frozen=True):
    results: list[Answer]


class Http:
    """All raise Away where it does not answer, or not for us."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url.rstrip("/")
        self._headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
        self._client: httpx.AsyncClient | None = None

    async def search(self, queries: Sequence[dict[str, Any]]) -> list[Answer]:
        """At once. Raises NoIndex."""
        return (await self._ask("POST", "/multi-search", {"queries": queries}, Answers)).results

    async def create(self, index: str) -> int:
        return await self._enqueue("POST", "/indexes", {"uid": index, "primaryKey": "number"})

    async def drop(self, index: str) -> int:
        return await self._enqueue("DELETE", f"/indexes/{index}", None)

    async def configure(self, index: str, settings: dict[str, Any]) -> int:
        return await self._enqueue("PATCH", f"/indexes/{index}/settings", settings)

    async def put(self, index: str, documents: Sequence[dict[str, Any]]) -> int:
        """Whole: what was there of them before is gone."""
        return await self._enqueue("POST", f"/indexes/{index}/documents?primaryKey=number", documents)

    async def take_away(self, index: str, numbers: Sequence[int]) -> int:
        return await self._enqueue("POST", f"/indexes/{index}/documents/delete-batch", numbers)

    async def done(self, tasks: Sequence[int], meanwhile: Callable[[], Awaitable[None]]) -> None:
        """Waits for them; `meanwhile` is called between two looks. Raises Refused where one failed."""
        left, pause = set(tasks), FIRST
        while left:
            path = f"/tasks?uids={','.join(map(str, sorted(left)))}&limit={len(left)}"
            found = {task.uid: task for task in (await self._ask("GET", path, None, Tasks)).results}
            if not left <= found.keys():
                raise Away("MeiliSearch knows nothing of what it was told")
            for task in found.values():
                if task.status in ("succeeded", "failed", "canceled"):
                    left.discard(task.uid)
                    self._ended(task)
            if left:
                await meanwhile()
                await asyncio.sleep(pause)
                pause = min(LONGEST, 2 * pause)

    def _ended(self, task: Task) -> None:
        """What a repetition asks for once more is no failure."""
        error = task.error
        if task.status != "succeeded" and not (error and error.code in (THERE_ALREADY, "index_not_found")):
            TASKS.labels(task.status).inc()
            raise Refused(
                f"task {task.uid} {task.status}: {error.code if error else ''} {error.message if error else ''}"
            )
        TASKS.labels("succeeded").inc()

    async def _enqueue(self, method: str, path: str, body: object) -> int:
        return (await self._ask(method, path, body, Enqueued)).task_uid

    async def _ask(self, method: str, path: str, body: object, shape: type[T]) -> T:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=httpx.Timeout(10, connect=2), trust_env=False)
        content = None if body is None else msgspec.json.encode(body)
        try:
            answer = await self._client.request(method, self._url + path, content=content, headers=self._headers)
        except httpx.HTTPError as error:
            raise Away(f"MeiliSearch does not answer: {error!r}") from error
        if answer.status_code in (401, 403):
            log.error("MeiliSearch does not take the key: %s", answer.text[:200])
            raise Away("MeiliSearch does not take the key")
        if answer.status_code in (408, 429) or answer.status_code >= 500:
            raise Away(f"MeiliSearch is busy: {answer.status_code}")
        if answer.is_error:
            code = msgspec.json.decode(answer.content).get("code")
            raise NoIndex(path) if code == "index_not_found" else Refused(answer.text[:500])
        return msgspec.json.decode(answer.content, type=shape)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None
