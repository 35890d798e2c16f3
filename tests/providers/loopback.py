"""What all servers of providers have in common: a port on loopback, one thread at a time in the books, and faults."""

import json
import re
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

from tests.providers import Ending

S = TypeVar("S", bound="Loopback")


class ApiError(Exception):
    def __init__(self, status: int, body: Any) -> None:
        super().__init__(str(body))
        self.status, self.body = status, body


class Request(NamedTuple):
    """`headers` in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


class Loopback:
    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.faults: list[tuple[str, str]] = []
        self.extra = 0
        self.refunds_end: Ending = "done"
        self.environ: dict[str, str] = {}
        self.lock = threading.RLock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def answer(self, request: Request) -> tuple[int, Any]:
        """Status and what is answered as JSON, bytes as they are. Raises ApiError."""
        raise NotImplementedError

    def spoilt(self, body: bytes) -> bytes:
        return body

    def fault(self, request: str) -> str:
        with self.lock:
            for index, (wanted, when) in enumerate(self.faults):
                if re.fullmatch(wanted, request):
                    del self.faults[index]
                    return when
            return ""


def an_id(kind: str) -> str:
    return f"{kind}_{uuid4().hex[:24]}"


@contextmanager
def running(kind: type[S]) -> Iterator[S]:
    server = kind()
    try:
        yield server
    finally:
        server.close()


def _handler(server: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            when = server.fault(f"{self.command} {url.path}")
            if when == "before":
                return self._hang_up()
            try:
                with server.lock:
                    server.asked[f"{self.command} {url.path}"] += 1
                    status, answer = server.answer(Request(self.command, url.path, url.query, headers, body))
                    content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            except ApiError as error:
                status, content = error.status, json.dumps(error.body).encode()
            if when == "after":
                return self._hang_up()
            self.send_response(status)
            if status != 204:
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
            self.end_headers()
            if status != 204:
                self.wfile.write(content)
            return None

        do_GET = do_POST = do_DELETE = do_PATCH = do_PUT = _serve

        def _hang_up(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, *args: Any) -> None:
            pass

    return Handler
