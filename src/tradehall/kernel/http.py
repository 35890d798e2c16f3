"""From services to one ASGI app."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from litestar import Litestar, MediaType, Request, Response, Router, get
from litestar.di import Provide
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ASGIApp
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from tradehall.contracts.stores import Store
from tradehall.kernel import docs
from tradehall.kernel.access import ANYONE, guard, require_rules
from tradehall.kernel.auth import Principal
from tradehall.kernel.edge import CACHEABLE, Edge
from tradehall.kernel.errors import Refusal, Unauthorized
from tradehall.kernel.problems import Problem, on_crash, on_http_exception, on_invalid, on_refusal
from tradehall.kernel.runtime import Running
from tradehall.kernel.service import Service

MAX_BODY = 1024 * 1024

# Every anonymous reader gets the same answer: it is kept as bytes (see edge.AnswerCache).
SAME_FOR_ALL = {CACHEABLE.decode(): "1"}


@get("/health/live", access=ANYONE, include_in_schema=True, sync_to_thread=False)
def live() -> dict[str, str]:
    return {"status": "live"}


@get("/health/ready", access=ANYONE)
async def ready(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    """503 while a database or the broker is away; recovers by itself."""
    running: Running = request.app.state.running
    wrong = await running.ready()
    body = {"status": "not ready", "wrong": wrong} if wrong else {"status": "ready"}
    return Response(body, status_code=503 if wrong else 200)


@get("/metrics", access=ANYONE, media_type=MediaType.TEXT, sync_to_thread=False)
def metrics() -> Response[bytes]:
    """Prometheus text. The gateway does not pass it on to the outside."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _store(request: Request[Any, Any, Any]) -> Store:
    return request.scope["state"]["store"]  # type: ignore[no-any-return]


def _principal(request: Request[Any, Any, Any]) -> Principal | None:
    return request.scope["state"].get("principal")


def _caller(request: Request[Any, Any, Any]) -> Principal:
    principal = _principal(request)
    if principal is None:
        raise Unauthorized()
    return principal


def _routes(service: Service, running: Running) -> Router:
    dependencies: dict[str, Provide] = {}
    if not service.stateless:
        dependencies["db"] = Provide(lambda: running.databases[service.name], sync_to_thread=False)
    return Router("/", route_handlers=list(service.routes), dependencies=dependencies, tags=[service.name])


# Answered to programs, always as problem+json.
FOR_PROGRAMS = ("/api", "/health", "/internal", "/media", "/metrics", "/static", "/.well-known")


def _as_page(
    handle: Callable[[Request[Any, Any, Any], Any], Response[bytes]], services: Sequence[Service]
) -> Callable[[Request[Any, Any, Any], Any], Response[Any]]:
    """The handler, its problem shown as a page to a browser that asked for one."""
    make = next((service.html_error for service in services if service.html_error), None)
    if make is None:
        return handle

    def answer(request: Request[Any, Any, Any], error: Any) -> Response[Any]:
        problem = handle(request, error)
        page = not request.url.path.startswith(FOR_PROGRAMS) and "text/html" in request.headers.get("accept", "")
        if not page or "store" not in request.scope["state"]:
            return problem
        shown: Response[Any] = make(request, msgspec.json.decode(problem.content, type=Problem))
        return shown

    return answer


def build_app(running: Running, *, described: Callable[[], Sequence[Service]] | None = None) -> ASGIApp:
    """`described` are the services of /api/docs, those that run here if not given.

    Raises ValueError where a route has no access rule.
    """

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        await running.start()
        try:
            yield
        finally:
            await running.stop()

    common = [live, ready, metrics]
    app = Litestar(
        route_handlers=[
            *common,
            *docs.routes(described or (lambda: running.services), common),
            *(_routes(service, running) for service in running.services),
        ],
        lifespan=[lifespan],
        guards=[guard],
        dependencies={
            "store": Provide(_store, sync_to_thread=False),
            "principal": Provide(_principal, sync_to_thread=False),
            "caller": Provide(_caller, sync_to_thread=False),
            "running": Provide(lambda: running, sync_to_thread=False),
        },
        exception_handlers={
            Refusal: _as_page(on_refusal, running.services),
            ValidationException: _as_page(on_invalid, running.services),
            HTTPException: _as_page(on_http_exception, running.services),
            Exception: _as_page(on_crash, running.services),
        },
        request_max_body_size=MAX_BODY,
        logging_config=None,
        openapi_config=None,
        debug=False,
    )
    app.state.running = running
    require_rules(app)
    edge = Edge(app, running)
    if running.runs("stores") and running.runs("identity"):
        running.use_app(edge)
    return edge
