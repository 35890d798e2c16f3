"""A carrier's server that speaks the protocol of docs/carriers.md, on loopback: parcels, idempotency keys, signed events. It
keeps books of its own, and can fail before or after it has done what it was asked to do."""

import base64
import hashlib
import hmac
import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

KEY = "carrier-key-0123456789"
WEBHOOK_SECRET = "carrier-secret-0123456789"
LABEL = b"%PDF-1.4 a label"


class CarrierServer:
    """`faults` are (method and path, "before", "after" or "refuse"): the next request that fits gets no answer, or no parcel,
    once. `meanwhile` is called when a parcel was booked, before the answer goes out."""

    def __init__(self) -> None:
        self.parcels: dict[str, dict[str, Any]] = {}
        self.events: dict[str, list[dict[str, Any]]] = {}
        self.booked: Counter[str] = Counter()  # how many parcels were made under a key; one is right
        self.asked: Counter[str] = Counter()
        self.faults: list[tuple[str, str]] = []
        self.forgets_keys = False
        self.meanwhile: Callable[[str], None] | None = None
        self._keys: dict[str, str] = {}
        self._lock = threading.RLock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    # What happens on the road.

    def happens(self, reference: str, status: str, *, at: datetime | None = None, place: str = "Portland") -> bytes:
        """The event as a webhook's body; it can be asked for as well."""
        event = {
            "id": f"evt_{uuid4().hex[:16]}",
            "reference": reference,
            "trackingNumber": self.parcels.get(reference, {}).get("trackingNumber", ""),
            "status": status,
            "at": (at or datetime.now(UTC)).isoformat(),
            "place": place,
            "note": status.replace("_", " ").capitalize(),
        }
        with self._lock:
            self.events.setdefault(reference, []).append(event)
        return json.dumps({"events": [event]}).encode()

    @staticmethod
    def signed(body: bytes, *, secret: str = WEBHOOK_SECRET, ago: int = 0) -> dict[str, str]:
        at = int(time.time()) - ago
        signature = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        return {"carrier-signature": f"t={at},v1={signature}", "content-type": "application/json"}

    # What it is asked.

    def answer(self, method: str, path: str, given: dict[str, Any], key: str) -> tuple[int, dict[str, Any]]:
        with self._lock:
            self.asked[f"{method} {re.sub('/[0-9a-f-]{36}', '/{reference}', path)}"] += 1
            if method == "POST" and path == "/parcels":
                return self._book(given, key)
            reference, _, rest = path.removeprefix("/parcels/").partition("/")
            if reference not in self.parcels:
                return 404, {"detail": "no such parcel"}
            return 200, {"events": self.events.get(reference, [])} if rest == "events" else self.parcels[reference]

    def _book(self, given: dict[str, Any], key: str) -> tuple[int, dict[str, Any]]:
        if not given["recipient"]["zip"] or given["weightG"] < 0 or given["reference"] != key:
            return 422, {"detail": "This cannot be carried."}
        if key in self._keys and not self.forgets_keys:
            return 200, self.parcels[key]
        number = f"GP{uuid4().int % 10**9:09}"
        self._keys[key] = number
        self.booked[key] += 1
        self.parcels[key] = {
            "trackingNumber": number,
            "carrier": "Gull Post",
            "labelUrl": f"https://labels.example/{number}",
            "label": base64.b64encode(LABEL).decode(),
            "labelType": "application/pdf",
        }
        return 201, self.parcels[key]

    def fault(self, request: str) -> str:
        with self._lock:
            for index, (wanted, when) in enumerate(self.faults):
                if re.fullmatch(wanted, request):
                    del self.faults[index]
                    return when
            return ""


def _handler(server: CarrierServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            when = server.fault(f"{self.command} {self.path}")
            if when == "before":
                return self._hang_up()
            if self.headers.get("authorization") != f"Bearer {KEY}":
                status, answer = 401, {"detail": "unknown key"}
            elif when == "refuse":
                status, answer = 422, {"detail": "We do not go there."}
            else:
                key = self.headers.get("idempotency-key", "")
                status, answer = server.answer(self.command, self.path, json.loads(body or b"{}"), key)
                if status == 201 and server.meanwhile is not None:
                    server.meanwhile(key)
            if when == "after":
                return self._hang_up()
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            return None

        do_GET = do_POST = _serve

        def _hang_up(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, *args: Any) -> None:
            pass

    return Handler


@contextmanager
def running() -> Iterator[CarrierServer]:
    server = CarrierServer()
    try:
        yield server
    finally:
        server.close()
