"""Rules of shipping."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from tradehall.contracts.shipping import Rate
from tradehall.contracts.values import Line
from tradehall.kernel.errors import NotFound

ShipmentStatus = Literal["PREPARING", "SHIPPED", "DELIVERED", "CANCELLED"]

STANDARD = Rate(code="standard", name="Standard delivery")


class UnknownOrder(NotFound):
    slug = "unknown-order"
    title = "There is no such order"


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


def with_origins(rates: Sequence[Rate], zips: Sequence[str]) -> list[Rate]:
    """Distance rates start where the store's warehouses are."""
    return [
        msgspec.structs.replace(rate, origins=list(zips)) if rate.kind == "distance" else rate
        for rate in rates or [STANDARD]
    ]
