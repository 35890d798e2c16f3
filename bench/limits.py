"""What the machine can do at best: the same bytes from a bare ASGI app, the same statements from pgbench."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

BODY = os.environ.get("BENCH_BODY", "")
_body = Path(BODY).read_bytes() if BODY else b""
_headers = [(b"content-type", b"application/json"), (b"content-length", str(len(_body)).encode())]


async def app(scope: dict[str, Any], receive: Any, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    """Reads the request, answers the bytes of BENCH_BODY."""
    if scope["type"] != "http":
        return
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": _headers})
    await send({"type": "http.response.body", "body": _body})
