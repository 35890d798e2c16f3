"""The outermost layer of every process: correlation id, store by host, principal, security headers, metrics, and the
cache of answers to anonymous readers. Plain ASGI, since everything passes through it.
"""

import asyncio
import contextlib
import hashlib
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from litestar import Request, Response
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send
from opentelemetry.trace import SpanKind

from tradehall.contracts.stores import Store
from tradehall.kernel import telemetry
from tradehall.kernel.context import acting, causation_id, correlation_id
from tradehall.kernel.errors import Refusal, Unauthorized
from tradehall.kernel.ids import NO_STORE, uuid7
from tradehall.kernel.problems import Problem, problem_of, respond
from tradehall.kernel.stores import StoreClosed, StoreSuspended, UnknownStore, host_name

if TYPE_CHECKING:
    from tradehall.kernel.auth import Principal
    from tradehall.kernel.runtime import Running

HtmlError = Callable[[Request[Any, Any, Any], Problem], Response[Any]]

# Answered for the installation, not for a store.
# Whoever tells something here may show a user and password, which are looked at where the store's account is known.
FROM_OUTSIDE = ("/api/v1/payments/webhooks/", "/api/v1/platform/payments/webhooks/")
STORELESS = ("/health/", "/metrics", "/.well-known/", "/internal/", "/static/", "/api/docs")
# Answered at any host: an operator comes in before there is a store.
PLATFORM = ("/api/v1/platform/", "/api/v1/stores")
# Pages of the platform itself, at any host; its bare host leads to the first.
PLATFORM_PAGES = ("/start", "/operator")
# Answered to programs, always as problem+json.
FOR_PROGRAMS = ("/api", "/health", "/internal", "/media", "/metrics", "/static", "/.well-known")
# What a suspended store still answers to whoever comes: its staff signs in, providers tell what became of payments.
WHILE_SUSPENDED = (
    "/admin", "/login", "/logout", "/theme.css", "/favicon.ico", "/media/", "/api/v1/store", "/api/v1/auth/",
    "/api/v1/payments/webhooks/", "/api/v1/notifications/sms/",
)  # fmt: skip
NOT_WHILE_SUSPENDED = ("/api/v1/auth/register",)

SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self'; "
        b"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
]
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Set by a route whose answer is the same for every anonymous reader: for how many seconds, one at most.
CACHEABLE = b"x-tradehall-cacheable"


class AnswerCache:
    """Encoded answers per store, for at most a second; dropped earlier by the events that change them."""

    LIFE = 1.0
    ENTRIES = 2000

    def __init__(self) -> None:
        self._entries: OrderedDict[tuple[object, ...], tuple[float, int, list[tuple[bytes, bytes]], bytes]]
        self._entries = OrderedDict()
        self._drops: Counter[object] = Counter()  # by store: answers kept before its latest one count no more
        self._due: dict[object, float] = {}  # by store: when an event may next drop its answers

    def get(self, key: tuple[object, ...]) -> tuple[list[tuple[bytes, bytes]], bytes] | None:
        entry, version = self._entries.get(key), self.version(key[0])
        if entry is None or entry[0] < time.monotonic() or entry[1] != version:
            return None
        return entry[2], entry[3]

    def version(self, store_id: object) -> int:
        """Of what this process shows of the store: another one after each drop."""
        return self._drops[store_id]

    def put(
        self, key: tuple[object, ...], headers: list[tuple[bytes, bytes]], body: bytes, life: float | None = None
    ) -> None:
        life = self.LIFE if life is None else min(life, self.LIFE)
        now = time.monotonic()
        self._entries[key] = (now + life, self._drops[key[0]], headers, body)
        self._entries.move_to_end(key)
        # The oldest come first. What nobody may be given any more would else stay until others take its place.
        while next(iter(self._entries.values()))[0] < now or len(self._entries) > self.ENTRIES:
            self._entries.popitem(last=False)

    def drop(self, store_id: object) -> None:
        self._drops[store_id] += 1

    def drop_soon(self, store_id: object) -> None:
        """For events, which an import brings by hundreds a second: the first drops at once what is kept, and what is
        kept after it lives no longer than it would anyway."""
        now = time.monotonic()
        if self._due.get(store_id, 0.0) <= now:
            self._due[store_id] = now + self.LIFE
            self.drop(store_id)


class Edge:
    """`html_error` makes the page of a refusal for a browser."""

    def __init__(self, app: ASGIApp, running: "Running", html_error: HtmlError | None = None) -> None:
        self._app = app
        self._running = running
        self._html_error = html_error
        self._observers: dict[tuple[str, str, int], Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            before = acting.set(None)  # a question to a peer in this process comes from within another request
            try:
                with self._running.bulk.answering():
                    await self._answer(scope, receive, send)
            finally:
                acting.reset(before)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        correlation = _correlation(headers.get(b"x-correlation-id"))
        correlation_id.set(correlation)
        causation_id.set("")
        state: dict[str, Any] = scope.setdefault("state", {})
        extra = [*SECURITY_HEADERS, (b"x-correlation-id", correlation.encode())]
        started = time.perf_counter()
        status = 500
        body = _Body(receive) if b"content-length" in headers or b"transfer-encoding" in headers else None

        async def finish(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                if body is not None and body.unread:
                    await body.drain()
                status = message["status"]
                own = [h for h in message.get("headers", ()) if h[0] != CACHEABLE]
                names = {name for name, _ in own}  # a route may set a policy of its own
                message["headers"] = own + [h for h in extra if h[0] not in names]
            await send(message)

        try:
            await self._identify(scope, headers, state)
        except Refusal as refusal:
            await self._refuse(refusal, scope, receive, finish)
            self._observe(scope, started, status)
            return
        if (location := _elsewhere(scope, headers, state)) is not None:
            await _redirect(location, finish)
            self._observe(scope, started, status)
            return
        key = self._cache_key(scope, headers, state)
        if key is not None and (hit := self._running.answers.get(key)) is not None:
            await _answer(hit, headers, finish)
            scope["path_template"] = "(cached)"
        else:
            path = scope["path"]
            tagged = scope["method"] == "GET" and path.startswith("/api/")
            keep = _Keeper(self._running.answers, key, headers, finish) if tagged else finish
            with telemetry.span(f"{scope['method']} {path}", _text(headers), kind=SpanKind.SERVER):
                await self._app(scope, body or receive, keep)
        self._observe(scope, started, status)

    async def _identify(self, scope: HTTPScope, headers: dict[bytes, bytes], state: dict[str, Any]) -> None:
        path = scope["path"]
        storeless = path.startswith(STORELESS)
        store = None
        if not storeless:
            store = self._store_of(headers.get(b"host", b"").decode("latin-1"), path)
            if store is not None:
                state["store"] = store
            elif not path.startswith(PLATFORM):
                raise UnknownStore()
        await self._authenticate(headers, state, path, storeless=storeless)
        if store is not None and store.status in ("suspended", "closed"):
            _check_open(store, path, state.get("principal"))

    def _store_of(self, host: str, path: str) -> Store | None:
        stores = self._running.stores
        if path in PLATFORM_PAGES or path.startswith(tuple(f"{page}/" for page in PLATFORM_PAGES)):
            return stores.platform
        if path == "/" and stores.is_platform(host):
            return stores.platform
        return stores.by_host(host)

    async def _authenticate(
        self, headers: dict[bytes, bytes], state: dict[str, Any], path: str, *, storeless: bool
    ) -> None:
        authorization = headers.get(b"authorization", b"").decode("latin-1")
        if not authorization:
            return
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() == "basic" and path.startswith(FROM_OUTSIDE):
            return
        if scheme.lower() != "bearer" or not token:
            raise Unauthorized("Send the access token as `Authorization: Bearer …`.")
        if path.startswith("/internal/"):
            state["internal"] = self._running.peers.accepts(token)
            return
        if storeless:  # nobody is asked who they are; a peer fetches the key set with a token of its own kind
            return
        principal = await self._running.verifier.verify(token, getattr(state.get("store"), "id", None))
        if principal.store_id is not None and principal.store_id != getattr(state.get("store"), "id", None):
            raise Unauthorized("This access token belongs to another store.")
        state["principal"] = principal

    async def _refuse(self, refusal: Refusal, scope: HTTPScope, receive: Receive, send: Send) -> None:
        request: Request[Any, Any, Any] = Request(scope)
        problem = problem_of(refusal)
        if self._html_error is not None and wants_page(request):
            answer = self._html_error(request, problem)
        else:
            answer = respond(problem)
        plain = answer.to_asgi_response(None, request, headers=refusal.headers)
        await plain(scope, receive, send)

    def _cache_key(
        self, scope: HTTPScope, headers: dict[bytes, bytes], state: dict[str, Any]
    ) -> tuple[object, ...] | None:
        if scope["method"] != "GET" or "principal" in state or "store" not in state:
            return None
        if not scope["path"].startswith("/api/"):
            return None
        return (state["store"].id, scope["path"], scope["query_string"])

    def _observe(self, scope: HTTPScope, started: float, status: int) -> None:
        route = str(scope.get("path_template") or "(none)")
        method = scope["method"] if scope["method"] in METHODS else "other"  # anything may come in
        key = (route, method, status)
        observers = self._observers.get(key)
        if observers is None:
            service = self._running.name
            observers = self._observers[key] = (
                telemetry.HTTP_REQUESTS.labels(service, route, method, str(status)),
                telemetry.HTTP_SECONDS.labels(service, route),
            )
        observers[0].inc()
        observers[1].observe(time.perf_counter() - started)


class _Body:
    """What of a request's body nobody wanted is read before the answer: a server that closes a connection with bytes
    unread resets it, and the client may never see why it was refused."""

    MOST = 16 * 1024 * 1024
    SECONDS = 5

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.unread = True

    async def __call__(self) -> Any:
        message = await self._receive()
        self.unread = bool(message.get("more_body"))
        return message

    async def drain(self) -> None:
        left = self.MOST
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.SECONDS):
                while self.unread and left > 0:
                    left -= len((await self()).get("body", b""))


class _Keeper:
    """Passes an answer on, with its ETag where the route allows that; kept under `key`, where there is one."""

    def __init__(
        self, cache: AnswerCache, key: tuple[object, ...] | None, headers: dict[bytes, bytes], send: Send
    ) -> None:
        self._cache, self._key, self._request, self._send = cache, key, headers, send
        self._start: Any = None
        self._life = 0.0

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            life = next((value for name, value in message["headers"] if name == CACHEABLE), None)
            if message["status"] == 200 and life is not None:
                self._start, self._life = message, float(life)
                return
        elif self._start is not None and not message.get("more_body"):
            body = message.get("body", b"")
            etag = b'"' + hashlib.sha1(body, usedforsecurity=False).hexdigest()[:20].encode() + b'"'
            kept = [h for h in self._start["headers"] if h[0] != CACHEABLE]
            kept += [
                (b"etag", etag),
                (
                    b"cache-control",
                    b"public, max-age=%d" % self._life if self._key is not None else b"private, no-cache",
                ),
                (b"vary", b"authorization, host"),
            ]
            if self._key is not None:
                self._cache.put(self._key, kept, body, self._life)
            self._start = None
            await _answer((kept, body), self._request, self._send)
            return
        await self._send(message)


async def _answer(hit: tuple[list[tuple[bytes, bytes]], bytes], request: dict[bytes, bytes], send: Send) -> None:
    headers, body = hit
    wanted = request.get(b"if-none-match")
    if wanted is not None and (wanted == b"*" or any(name == b"etag" and value in wanted for name, value in headers)):
        headers = [h for h in headers if h[0] not in (b"content-length", b"content-type")]
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def wants_page(request: Request[Any, Any, Any]) -> bool:
    """A browser, at a page of a store."""
    page = not request.url.path.startswith(FOR_PROGRAMS) and "text/html" in request.headers.get("accept", "")
    return page and "store" in request.scope["state"]


def _check_open(store: Store, path: str, principal: "Principal | None") -> None:
    """Raises StoreClosed, or StoreSuspended for everybody but those who put it right, or send what was sold."""
    if path.startswith(PLATFORM):
        return
    if store.status == "closed":
        raise StoreClosed()
    if principal is not None and (principal.is_staff or principal.has("seller")):
        return
    if not path.startswith(WHILE_SUSPENDED) or path.startswith(NOT_WHILE_SUSPENDED):
        raise StoreSuspended("Come back later.", headers={"retry-after": "3600", "cache-control": "no-store"})


def _elsewhere(scope: HTTPScope, headers: dict[bytes, bytes], state: dict[str, Any]) -> bytes | None:
    """Where a page is that is asked for somewhere else: at the store's primary host, with the port that was asked, or at
    the beginning of the platform's pages. Without a scheme: whichever it came by, behind whatever gateway, stays."""
    store: Store | None = state.get("store")
    if store is not None and store.id == NO_STORE and scope["path"] == "/":
        return PLATFORM_PAGES[0].encode()
    if store is None or len(store.hosts) < 2 or scope["method"] not in ("GET", "HEAD"):
        return None
    if scope["path"].startswith(FOR_PROGRAMS):
        return None
    asked = headers.get(b"host", b"").decode("latin-1")
    name = host_name(asked)
    if name == store.hosts[0] or name not in store.hosts:
        return None
    _, colon, port = asked.rpartition(":")
    host = store.hosts[0] + (f":{port}" if colon and port.isdecimal() else "")
    path = scope.get("raw_path") or scope["path"].encode()
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    return b"//" + host.encode() + quote(path.partition(b"?")[0], safe="/%:@!$&'()*+,;=-._~").encode() + query


async def _redirect(location: bytes, send: Send) -> None:
    headers = [(b"location", location), (b"content-length", b"0"), (b"cache-control", b"public, max-age=300")]
    await send({"type": "http.response.start", "status": 301, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _correlation(given: bytes | None) -> str:
    """What the client sent, if it is harmless in a log, else a new one."""
    if given and len(given) <= 64 and given.replace(b"-", b"").isalnum():
        return given.decode()
    return uuid7().hex


def _text(headers: dict[bytes, bytes]) -> dict[str, str]:
    return {
        k.decode("latin-1"): v.decode("latin-1") for k, v in headers.items() if k in (b"traceparent", b"tracestate")
    }
