"""A real OpenID provider on loopback, and a browser at it."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx


@contextmanager
def running_provider() -> Iterator[str]:
    """Its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url, until = f"http://127.0.0.1:{port}", time.monotonic() + 30
    try:
        while True:
            try:
                httpx.get(f"{url}/.well-known/openid-configuration").raise_for_status()
                break
            except httpx.HTTPError:
                assert time.monotonic() < until, "the provider does not start"
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(10)


async def at_the_provider(provider: str, url: str, subject: str, **claims: Any) -> dict[str, str]:
    """What the browser brings back."""
    async with httpx.AsyncClient() as browser:
        await browser.put(f"{provider}/users/{subject}", json=claims)
        assert (await browser.get(url)).status_code == 200
        answer = await browser.post(url, data={"sub": subject})
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["location"])
    assert back.path == "/login/back"
    return {name: values[0] for name, values in parse_qs(back.query).items()}
