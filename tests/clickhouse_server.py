"""ClickHouse's HTTP interface on loopback, in front of its own engine (chdb): as much of it as clicks are asked and told by."""

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

LOCK = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    session: Any

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        asked = dict(parse_qsl(urlsplit(self.path).query))
        if self.headers.get("x-clickhouse-user") not in (None, "default"):
            self._answer(403, b"Code: 516. DB::Exception: Authentication failed")
            return
        sql = asked.pop("query")
        with LOCK:
            try:
                for name, value in asked.items():
                    # Of a parameter the text as a TSV would have it, as the HTTP interface takes it.
                    self.session.query(f"SET {name} = {_literal(value)}")
                text = sql + ("\n" + body.decode() if body else "")
                self._answer(200, bytes(self.session.query(text, "JSONEachRow").bytes()))
            except Exception as error:
                self._answer(400, str(error).encode())

    def _answer(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def _literal(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def main() -> None:
    """Prints its port. Ends when its input does."""
    from chdb.session import Session

    with tempfile.TemporaryDirectory() as folder:
        Handler.session = Session(folder)
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(json.dumps(server.server_port), flush=True)
        sys.stdin.read()
        server.shutdown()


@contextmanager
def running_clickhouse() -> Iterator[str]:
    """Its URL. In a process of its own: the engine is as large as all of ours."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.clickhouse_server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield f"http://127.0.0.1:{json.loads(process.stdout.readline())}"
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


if __name__ == "__main__":
    main()
