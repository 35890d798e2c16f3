"""A platform of the bench's own, as `tradehall up` starts it, on a folder that is thrown away."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import psutil

HOST = "atlantic.localhost"


def _is_loading(process: psutil.Process) -> bool:
    try:
        return "demo" in process.cmdline()
    except psutil.Error:
        return False


class Platform:
    def __init__(self, port: int, kept: Path | None = None) -> None:
        """On a folder that is thrown away, or on one that is `kept`."""
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.data = kept or Path(tempfile.mkdtemp(prefix="tradehall-bench-", dir="/tmp"))
        self.data.mkdir(exist_ok=True)
        self.data.chmod(0o755)
        self._is_kept = kept is not None
        self.client = httpx.Client(base_url=self.url, headers={"host": HOST}, timeout=30)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str) -> float:
        """Seconds until it is ready."""
        began = time.monotonic()
        environ = {
            **os.environ,
            "TRADEHALL_DATA": str(self.data),
            "TRADEHALL_LOG_LEVEL": os.environ.get("TRADEHALL_LOG_LEVEL", "warning"),
        }
        command = [sys.executable, "-m", "tradehall", "up", "--port", str(self.port), *arguments]
        self._process = subprocess.Popen(command, env=environ, start_new_session=True, stdout=subprocess.DEVNULL)
        until = began + 60
        while time.monotonic() < until:
            try:
                if self.client.get("/health/ready").status_code == 200:
                    return time.monotonic() - began
            except httpx.HTTPError:
                pass
            if self._process.poll() is not None:
                raise SystemExit("the platform ended while starting")
            time.sleep(0.02)
        raise SystemExit("the platform was not ready within 60 s")

    def wait_for_demo(self) -> float:
        began = time.monotonic()
        while time.monotonic() < began + 120:
            answer = self.client.get("/api/v1/products", headers={"host": "bazaar.localhost"})
            if answer.is_success and not any(map(_is_loading, self._all())):
                return time.monotonic() - began
            time.sleep(0.2)
        raise SystemExit("the demo was not loaded within 120 s")

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(40)
            self._process = None

    def close(self) -> None:
        self.stop()
        self.client.close()
        if not self._is_kept:
            shutil.rmtree(self.data, ignore_errors=True)

    def _all(self) -> list[psutil.Process]:
        assert self._process is not None
        root = psutil.Process(self._process.pid)
        return [root, *root.children(recursive=True)]

    def processes(self) -> list[psutil.Process]:
        """Servers included."""
        found = []
        for process in psutil.process_iter(["name", "cmdline"]):
            try:
                line = " ".join(process.info["cmdline"] or [])
                if str(self.data) in line or process in self._all() or self._is_backend(process):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def memory(self) -> dict[str, float]:
        """MiB by kind of process: proportional set size, so that shared pages count once."""
        found: dict[str, float] = {}
        for process in self.processes():
            try:
                kind = "python" if "python" in process.info["name"] else process.info["name"].split("-")[0]
                found[kind] = found.get(kind, 0.0) + process.memory_full_info().pss / 2**20
            except psutil.Error:
                continue
        return found

    def memory_told(self) -> str:
        used = self.memory()
        parts = ", ".join(f"{name} {mib:.0f}" for name, mib in sorted(used.items(), key=lambda item: -item[1]))
        return f"{sum(used.values()):.0f} MiB ({parts})"

    def _is_backend(self, process: psutil.Process) -> bool:
        parent = process.parent()
        return parent is not None and str(self.data) in " ".join(parent.cmdline())

    def login(self, email: str, password: str) -> dict[str, str]:
        answer = self.client.post("/api/v1/auth/login", json={"email": email, "password": password})
        answer.raise_for_status()
        return {"authorization": f"Bearer {answer.json()['access_token']}"}

    def json(self, path: str, **headers: str) -> Any:
        answer = self.client.get(path, headers=headers)
        answer.raise_for_status()
        return answer.json()

    def admin_url(self) -> str:
        """Of its PostgreSQL, as the superuser."""
        url: str = json.loads((self.data / "running.json").read_text())["database_url"]
        return url

    def order_bodies(self, variants: int = 80) -> list[str]:
        """Two lines each, over so many variants, of which there is enough for the whole run."""
        admin = self.login("admin@atlantic.example", "tradehall-demo")
        items = self.json("/api/v1/products?limit=100")["items"]
        warehouse = self.json("/api/v1/warehouses", **admin)[0]["code"]
        prices = {v["id"]: v["price"]["amount"] for item in items for v in item["variants"]}
        ids = list(prices)[:variants]
        for variant_id in ids:
            body = {"variant_id": variant_id, "warehouse": warehouse, "quantity": 500_000}
            self.client.post("/api/v1/stock/receive", json=body, headers=admin).raise_for_status()
        address = {
            "name": "Bench",
            "line1": "1 Street",
            "city": "New York",
            "region": "NY",
            "zip": "10001",
            "country": "US",
        }
        bodies = []
        for first, second in zip(ids, ids[1:] + ids[:1], strict=True):
            lines = [{"variant_id": first, "quantity": 1}, {"variant_id": second, "quantity": 1}]
            quote = self.client.post("/api/v1/shipping/quotes", json={"lines": lines, "address": address})
            option = quote.json()["options"][0]
            total = prices[first] + prices[second] + option["price"]["amount"]
            bodies.append(
                json.dumps(
                    {
                        "lines": lines,
                        "email": "bench@example.com",
                        "address": address,
                        "shipping": option["code"],
                        "payment": {"method": "card-simulated", "token": "tok_ok"},
                        "expected_total": {"amount": total, "currency": "USD"},
                    }
                )
            )
        return bodies
