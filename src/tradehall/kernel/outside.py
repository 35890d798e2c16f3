"""Servers that somebody in a store has named: only what anybody on the internet could ask is asked."""

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit


class NotPublic(ValueError):
    """Why not, as what follows the name of the field."""


async def allow(url: str, *, private: bool) -> None:
    """`private`: the installation lets its stores name servers of its own network, without TLS too. Raises NotPublic."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 443
    except ValueError:
        raise NotPublic("must be a URL") from None
    if private and parts.scheme in ("http", "https"):
        return
    if parts.scheme != "https" or not host:
        raise NotPublic("must begin with https://")
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # the latter for what can be no name of a host
        raise NotPublic("has a host that cannot be found") from None
    if not all(ipaddress.ip_address(place[4][0]).is_global for place in found):
        raise NotPublic("must be on the public internet")
