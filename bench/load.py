"""wrk, and what it says."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).parent / "wrk"
WRK = os.environ.get("TRADEHALL_WRK", "wrk")
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


@dataclass(frozen=True)
class Load:
    per_second: float
    p50_ms: float
    p99_ms: float
    requests: int
    errors: int


def wrk(url: str, script: str, *, seconds: int, connections: int, threads: int = 1, **environ: str) -> Load:
    """Raises SystemExit where wrk fails."""
    made = subprocess.run(
        [WRK, f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(SCRIPTS / script), url],
        env={**os.environ, **environ}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        raise SystemExit(f"wrk: {made.stderr or made.stdout}")
    out = made.stdout
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", out)
    return Load(
        per_second=float(_one(r"Requests/sec:\s+([\d.]+)", out)),
        p50_ms=_ms(_one(r"(?m)^\s+50%\s+(\S+)$", out)),
        p99_ms=_ms(_one(r"(?m)^\s+99%\s+(\S+)$", out)),
        requests=int(_one(r"(\d+) requests in", out)),
        errors=(int(refused[1]) if refused else 0) + (sum(map(int, broken.groups())) if broken else 0),
    )


def _one(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise SystemExit(f"wrk said nothing that fits {pattern}:\n{text}")
    return found[1]


def _ms(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)([a-z]+)", text).groups()  # type: ignore[union-attr]
    return float(number) * _UNITS[unit]
