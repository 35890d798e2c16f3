"""The gateway's configuration: caddy itself says whether it is one."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tradehall.app import load
from tradehall.gateway import caddyfile
from tradehall.launch import ALL

UPSTREAMS = {name: f"127.0.0.1:{9000 + place}" for place, name in enumerate(ALL)}


def adapted(text: str, folder: Path) -> dict[str, Any]:
    caddy = shutil.which(os.environ.get("TRADEHALL_CADDY", "caddy"))
    if caddy is None:
        pytest.skip("no caddy: apt-get install caddy, or set TRADEHALL_CADDY")
    path = folder / "Caddyfile"
    path.write_text(text)
    command = [caddy, "adapt", "--config", str(path), "--adapter", "caddyfile"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
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
    (stores,) = [line for line in text.splitlines() if line.startswith("\t@stores ")]
    (catalog,) = [line for line in text.splitlines() if line.startswith("\t@catalog ")]
    assert "/media/[^/]+/look/[^/]+" in stores
    assert "/media/[^/]+/products/[^/]+" in catalog
    assert "/media/[^/]+/look" not in catalog
