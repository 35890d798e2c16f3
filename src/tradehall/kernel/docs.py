"""The API's description and a page to read it, without anything from elsewhere.

Every process describes all services, also those that run in other processes.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
from litestar import Litestar, Response, Router, get
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.params import FromPath
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler

from tradehall.kernel.access import ANYONE, Access
from tradehall.kernel.edge import SECURITY_HEADERS
from tradehall.kernel.errors import NotFound
from tradehall.kernel.problems import MEDIA_TYPE, Problem
from tradehall.kernel.service import Service

STATIC = Path(__file__).parent / "static"
KINDS = {".js": "text/javascript", ".css": "text/css", ".txt": "text/plain"}
FILES = {path.name: path for path in STATIC.iterdir() if path.suffix in KINDS}
DESCRIBED = ("/api/", "/health/", "/metrics", "/.well-known/")
# The viewer styles its elements one by one.
STRICT = dict(SECURITY_HEADERS)[b"content-security-policy"].decode()
POLICY = {"content-security-policy": STRICT.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")}

ABOUT = """\
The host decides the store. Money is an amount in minor units and a currency. Lists come in pages: send a page's
`next` as `cursor`. Whatever is refused is refused as `application/problem+json` with a stable `type` and, of input,
every field that is wrong. Sign in at `/api/v1/auth/login` and send the access token as `Authorization: Bearer …`.
"""

Services = Callable[[], Sequence[Service]]


def routes(services: Services, common: Sequence[ControllerRouterHandler]) -> list[HTTPRouteHandler]:
    """`common` are the routes that every process has. `services` is asked at the first reader."""
    document = b""
    making = threading.Lock()

    @get("/api/docs", access=ANYONE, include_in_schema=False, sync_to_thread=False)
    def page() -> Response[bytes]:
        html = (STATIC / "docs.html").read_bytes()
        return Response(html, media_type="text/html", headers=POLICY)

    @get("/api/docs/openapi.json", access=ANYONE, include_in_schema=False, sync_to_thread=True)
    def openapi() -> Response[bytes]:
        nonlocal document
        with making:
            document = document or msgspec.json.encode(describe(services(), common))
        return Response(document, media_type="application/json")

    @get("/api/docs/{name:str}", access=ANYONE, include_in_schema=False, sync_to_thread=True)
    def file(name: FromPath[str]) -> Response[bytes]:
        path = FILES.get(name)
        if path is None:
            raise NotFound()
        return Response(
            path.read_bytes(), media_type=KINDS[path.suffix], headers={"cache-control": "public, max-age=86400"}
        )

    return [page, openapi, file]


def describe(services: Iterable[Service], common: Sequence[ControllerRouterHandler]) -> dict[str, Any]:
    """The OpenAPI document, from an app that is never started. Services without a database have pages, no API."""
    given = {name: _stand_in() for name in ("store", "principal", "caller", "running", "db")}
    routers = [
        Router("/", route_handlers=list(s.routes), dependencies=given, tags=[s.name])
        for s in services
        if not s.stateless
    ]
    app = Litestar(
        route_handlers=[Router("/", route_handlers=list(common), tags=["process"]), *routers],
        openapi_config=OpenAPIConfig(title="Tradehall", version=version("tradehall"), description=ABOUT),
        logging_config=None,
    )
    document: dict[str, Any] = app.openapi_schema.to_schema()
    document["paths"] = {p: item for p, item in document["paths"].items() if p.startswith(DESCRIBED)}
    (_, components) = msgspec.json.schema_components([Problem], ref_template="#/components/schemas/{name}")
    parts = document.setdefault("components", {})
    parts.setdefault("schemas", {}).update(components)
    parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    rules = {
        (route.path_format, method.lower()): handler.opt["access"]
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if "access" in handler.opt
        for method in handler.http_methods
    }
    for path, item in document["paths"].items():
        for method, operation in item.items():
            _complete(operation, rules[path, method])
    return document


def _complete(operation: dict[str, Any], access: Access) -> None:
    """Who may ask, and how it is said that something is wrong: Litestar describes its own way of that."""
    responses = operation["responses"]
    responses.pop("400", None)
    responses["default"] = {
        "description": "A problem, see RFC 9457",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if not access.public:
        operation["security"] = [{"token": []}]
        operation["description"] = "\n\n".join(filter(None, [operation.get("description"), f"For: {access.name}."]))


def _stand_in() -> Provide:
    """Of a dependency; Litestar wants a function of its own for each."""

    async def nothing() -> None: ...

    return Provide(nothing)
