"""From services to one ASGI app."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any
from weakref import WeakKeyDictionary

import msgspec
from litestar import Litestar, MediaType, Request, Response, Router, get
from litestar.di import NamedDependency, Provide
from litestar.enums import RequestEncodingType
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ASGIApp
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from tradehall.contracts.stores import Store
from tradehall.kernel import docs
from tradehall.kernel.access import ANYONE, guard, require_rules
from tradehall.kernel.auth import Principal
from tradehall.kernel.context import acting
from tradehall.kernel.db import Database
from tradehall.kernel.edge import CACHEABLE, Edge, HtmlError, wants_page
from tradehall.kernel.errors import Invalid, Refusal, Unauthorized
from tradehall.kernel.problems import Problem, on_crash, on_http_exception, on_invalid, on_refusal
from tradehall.kernel.runtime import Running
from tradehall.kernel.service import Service
from tradehall.kernel.validate import problems

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


async def _typed(request: Request[Any, Any, Any]) -> None:
    """Refuses a JSON body whose values are of other types than they should be: Litestar takes "3" for 3.

    The names of the fields go into the audit log, where one is kept of this request.
    """
    field = request.route_handler.parsed_data_field
    if field is None or getattr(field.kwarg_definition, "media_type", None) != RequestEncodingType.JSON:
        return
    body = await request.body()
    with suppress(msgspec.DecodeError, UnicodeDecodeError):  # no JSON: Litestar says so
        try:
            _decoder(request.route_handler, field.raw).decode(body)
            if (act := acting.get()) is not None:
                act.fields = _names(body)
        except msgspec.ValidationError:
            wrong = problems(field.raw, msgspec.json.decode(body))
            raise Invalid("Some fields are not right.", errors=wrong) from None


# By route, since a type is hashed slowly.
_decoders: "WeakKeyDictionary[object, msgspec.json.Decoder[Any]]" = WeakKeyDictionary()


def _decoder(handler: object, shape: Any) -> msgspec.json.Decoder[Any]:
    if (decoder := _decoders.get(handler)) is None:
        decoder = _decoders[handler] = msgspec.json.Decoder(shape)
    return decoder


def _names(body: bytes) -> list[str]:
    content = msgspec.json.decode(body)
    return sorted(content) if isinstance(content, dict) else []


def _dependencies(running: Running, service: Service) -> dict[str, Provide]:
    """Each needs the one before it: Litestar opens a task group for those that need nothing of each other, which takes
    longer than all of them."""

    def the_running() -> Running:
        return running

    def store(request: Request[Any, Any, Any], running: NamedDependency[Any]) -> Store:
        return request.scope["state"].get("store")  # type: ignore[return-value]  # none for the platform's own routes

    def principal(request: Request[Any, Any, Any], store: NamedDependency[Any]) -> Principal | None:
        return request.scope["state"].get("principal")

    def db(principal: NamedDependency[Any]) -> Database:
        return running.databases[service.name]

    def caller(request: Request[Any, Any, Any], db: NamedDependency[Any]) -> Principal:
        return _signed_in(request)

    def caller_of_pages(request: Request[Any, Any, Any], principal: NamedDependency[Any]) -> Principal:
        return _signed_in(request)

    chain: dict[str, Any] = {"running": the_running, "store": store, "principal": principal}
    chain |= {"caller": caller_of_pages} if service.stateless else {"db": db, "caller": caller}
    return {name: Provide(function, sync_to_thread=False) for name, function in chain.items()}


def _signed_in(request: Request[Any, Any, Any]) -> Principal:
    principal: Principal | None = request.scope["state"].get("principal")
    if principal is None:
        raise Unauthorized()
    return principal


def _routes(service: Service, running: Running) -> Router:
    return Router(
        "/",
        route_handlers=service.all_routes,
        opt={"service": service.name},
        dependencies=_dependencies(running, service),
        tags=[service.name],
    )


def _as_page(
    handle: Callable[[Request[Any, Any, Any], Any], Response[bytes]], make: HtmlError | None
) -> Callable[[Request[Any, Any, Any], Any], Response[Any]]:
    """The handler, its problem shown as a page to a browser that asked for one."""
    if make is None:
        return handle

    def answer(request: Request[Any, Any, Any], error: Any) -> Response[Any]:
        problem = handle(request, error)
        if not wants_page(request):
            return problem
        return make(request, msgspec.json.decode(problem.content, type=Problem))

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
    html_error = next((service.html_error for service in running.services if service.html_error), None)
    app = Litestar(
        route_handlers=[
            *common,
            *docs.routes(described or (lambda: running.services), common),
            *(_routes(service, running) for service in running.services),
        ],
        lifespan=[lifespan],
        guards=[guard],
        exception_handlers={
            Refusal: _as_page(on_refusal, html_error),
            ValidationException: _as_page(on_invalid, html_error),
            HTTPException: _as_page(on_http_exception, html_error),
            Exception: _as_page(on_crash, html_error),
        },
        before_request=_typed,
        request_max_body_size=MAX_BODY,
        logging_config=None,
        openapi_config=None,
        debug=False,
    )
    app.state.running = running
    require_rules(app)
    edge = Edge(app, running, html_error)
    if running.runs("stores") and running.runs("identity"):
        running.use_app(edge)
    return edge
