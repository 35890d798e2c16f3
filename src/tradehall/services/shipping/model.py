"""Rules of shipping."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from tradehall.contracts.shipping import Origin, Rate
from tradehall.contracts.values import Line
from tradehall.kernel.errors import Conflict, NotFound

ShipmentStatus = Literal["PREPARING", "SHIPPED", "DELIVERED", "CANCELLED"]

# Where a shipment may come from to get there.
BEFORE: dict[ShipmentStatus, ShipmentStatus] = {
    "SHIPPED": "PREPARING",
    "DELIVERED": "SHIPPED",
    "CANCELLED": "PREPARING",
}

STANDARD = Rate(code="standard", name="Standard delivery")


class UnknownOrder(NotFound):
    slug = "unknown-order"
    title = "There is no such order"


class NoSuchTransition(Conflict):
    slug = "no-such-transition"
    title = "The shipment's status does not allow this"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    status: ShipmentStatus
    note: str
    at: datetime


class Shipment(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    order_id: UUID
    seller_id: UUID
    status: ShipmentStatus
    carrier: str | None
    tracking_number: str | None
    lines: list[Line]
    created_at: datetime


def with_origins(rates: Sequence[Rate], origins: Sequence[Origin]) -> list[Rate]:
    """Distance rates start where the store's warehouses are."""
    zips = [origin.zip for origin in origins]
    return [
        msgspec.structs.replace(rate, origins=zips, warehouses=list(origins)) if rate.kind == "distance" else rate
        for rate in rates or [STANDARD]
    ]


def link_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def opens(token: str | None, link: bytes) -> bool:
    """Whether this is the token whose hash is kept; takes as long for a wrong one."""
    return token is not None and hmac.compare_digest(link_hash(token), link)
