"""Where a request comes from. Shown to people and written down; nothing is decided by it but whose report of a review counts once more."""

import ipaddress
from typing import Any

from litestar import Request


def address_of(request: Request[Any, Any, Any]) -> str:
    """The caller's own address: past gateways and services of ours, which are on this machine or a private network."""
    direct = request.client.host if request.client else ""
    told = request.headers.get("x-forwarded-for", "").split(",")
    seen = direct[:64] if direct.isprintable() else ""
    for hop in (direct, *reversed(told)):
        try:
            address = ipaddress.ip_address(hop.strip())
        except ValueError:
            break
        seen = str(address)
        if not address.is_private:
            break
    return seen
