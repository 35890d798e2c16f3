"""The gateway's configuration: caddy itself says whether it is one."""

import asyncio
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from tests.harness import eventually
from tradehall.app import load
from tradehall.gateway import caddyfile
from tradehall.kernel.problems import MEDIA_TYPE, Problem
from tradehall.launch import ALL, free_ports

UPSTREAMS = {name: f"127.0.0.1:{9000 + place}" for place, name in enumerate(ALL)}


def command(verb: str, text: str, folder: Path) -> list[str]:
    caddy = shutil.which(os.environ.get("TRADEHALL_CADDY", "caddy"))
    if caddy is None:
        pytest.skip("no caddy: apt-get install caddy, or set TRADEHALL_CADDY")
    path = folder / "Caddyfile"
    path.write_text(text)
    return [caddy, verb, "--config", str(path), "--adapter", "caddyfile"]


def adapted(text: str, folder: Path) -> dict[str, Any]:
    done = subprocess.run(command("adapt", text, folder), capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_plain_gateway_asks_nobody_for_certificates(tmp_path: Path) -> None:
    config = adapted(caddyfile(load(list(ALL)), UPSTREAMS, listen=":8000", inside="127.0.0.1:8001"), tmp_path)
    assert "tls" not in config["apps"]
    listening = sorted(address for server in config["apps"]["http"]["servers"].values() for address in server["listen"])
    assert listening == ["127.0.0.1:8001", ":8000"]


def test_gateway_with_tls_asks_the_platform_before_it_gets_a_certificate(tmp_path: Path) -> None:
    text = caddyfile(load(list(ALL)), UPSTREAMS, listen=":443", inside="127.0.0.1:8001", tls=True)
    config = adapted(text, tmp_path)
    automation = config["apps"]["tls"]["automation"]
    assert any(policy.get("on_demand") for policy in automation["policies"])
    assert "http://127.0.0.1:8001/api/v1/platform/hosts" in json.dumps(automation["on_demand"])


def test_pictures_of_a_store_and_of_its_products_come_from_their_own_services() -> None:
    text = caddyfile(load(list(ALL)), UPSTREAMS, listen=":8000", inside="127.0.0.1:8001")
    (stores,) = {line for line in text.splitlines() if line.startswith("\t@stores ")}  # outside and inside alike
    (catalog,) = {line for line in text.splitlines() if line.startswith("\t@catalog ")}
    assert "/media/[^/]+/look/[^/]+" in stores
    assert "/media/[^/]+/products/[^/]+" in catalog
    assert "/media/[^/]+/look" not in catalog


async def test_a_service_that_is_away_is_waited_for_and_then_said_to_be(tmp_path: Path) -> None:
    port, inside, *ports = free_ports(len(ALL) + 2)
    placed = dict(zip(ALL, ports, strict=True))
    upstreams = {name: f"127.0.0.1:{its}" for name, its in placed.items()}
    text = caddyfile(load(list(ALL)), upstreams, listen=f"127.0.0.1:{port}", inside=f"127.0.0.1:{inside}")
    environ = os.environ | {"HOME": str(tmp_path)}
    gateway = await asyncio.create_subprocess_exec(*command("run", text, tmp_path), env=environ)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as http:
            await eventually(lambda: _listens(port))
            program, page = await asyncio.gather(http.get("/api/v1/orders"), http.get("/products"))
            assert (program.status_code, page.status_code) == (502, 502)
            assert (program.headers["retry-after"], program.headers["cache-control"]) == ("2", "no-store")
            assert program.headers["content-type"] == MEDIA_TYPE
            assert msgspec.json.decode(program.content, type=Problem).type == "service-away"
            assert page.headers["content-type"].startswith("text/html")
            assert "<h1>Not there for the moment</h1>" in page.text
            for path, service in (("/api/v1/products", "catalog"), ("/products", "web")):
                asked = asyncio.create_task(http.get(path))
                await asyncio.sleep(1)
                async with await asyncio.start_server(_answer, "127.0.0.1", placed[service]):
                    assert (await asked).text == "here"
    finally:
        gateway.terminate()
        await gateway.wait()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nhere")
    await writer.drain()
    writer.close()
    await writer.wait_closed()
