"""Rules of shipping."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec

from tradehall.contracts.orders import ReducedLine
from tradehall.contracts.places import nearness
from tradehall.contracts.shipping import ShipmentStatus
from tradehall.contracts.values import Address, Line
from tradehall.kernel.errors import Conflict, NotFound

# How far along a parcel is. News of a smaller rank is late: it never moves a shipment back. Of the same rank, the later one
# counts: a parcel may be out for delivery again after nobody was at home.
RANK: dict[ShipmentStatus, int] = {
    "PREPARING": 0,
    "SHIPPED": 1,
    "IN_TRANSIT": 2,
    "OUT_FOR_DELIVERY": 3,
    "DELIVERY_FAILED": 3,
    "DELIVERED": 4,
    "RETURNED_TO_SENDER": 4,
    "CANCELLED": 5,
}
ENDS = frozenset[ShipmentStatus]({"DELIVERED", "RETURNED_TO_SENDER", "CANCELLED"})
# Where a shipment may come from by hand to get there.
BEFORE: dict[ShipmentStatus, frozenset[ShipmentStatus]] = {
    "SHIPPED": frozenset({"PREPARING"}),
    "DELIVERED": frozenset({"SHIPPED", "IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERY_FAILED"}),
    "CANCELLED": frozenset({"PREPARING"}),
}
AHEAD = timedelta(minutes=5)  # that a carrier's clock may go before ours

BookingStatus = Literal["asked", "booked", "refused"]


class UnknownOrder(NotFound):
    slug = "unknown-order"
    title = "There is no such order"


class UnknownShipment(NotFound):
    slug = "unknown-shipment"
    title = "There is no such shipment"


class NoSuchTransition(Conflict):
    slug = "no-such-transition"
    title = "The shipment's status does not allow this"


class AlreadyBooked(Conflict):
    slug = "already-booked"
    title = "This shipment has a label, or one is being made"


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`place` as the carrier names it."""

    status: ShipmentStatus
    note: str
    at: datetime
    place: str = ""


class Shipment(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    order_id: UUID
    seller_id: UUID
    status: ShipmentStatus
    status_at: datetime
    carrier: str | None
    tracking_number: str | None
    lines: list[Line]
    created_at: datetime


class News(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a carrier tells of a parcel. `reference` is our key of it, `id` the carrier's of the news."""

    id: str
    status: ShipmentStatus
    at: datetime
    tracking_number: str = ""
    reference: str = ""
    place: str = ""
    note: str = ""

    def checked(self, now: datetime) -> "News":
        """As it may be kept: not from the future, not too long, without NUL. Raises ValueError for what is no news."""
        if not 0 < len(self.id) <= 200 or "\0" in self.id or self.status in ("PREPARING", "CANCELLED"):
            raise ValueError("it has no id, or a status that carriers do not tell")
        at = self.at if self.at.tzinfo else self.at.replace(tzinfo=UTC)
        return msgspec.structs.replace(
            self,
            at=min(at, now + AHEAD),
            tracking_number=_short(self.tracking_number, 60),
            place=_short(self.place, 100),
            note=_short(self.note, 300),
        )


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Of the store at a carrier. `keys` are sealed, `shown` is what may be seen of them."""

    code: str
    carrier: str
    name: str
    services: list[str]
    sellers: bool
    keys: str
    shown: dict[str, str]
    updated_at: datetime | None = None


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """Of a label. `request` is the consignment as it is asked for, whenever it is asked."""

    id: UUID
    shipment_id: UUID
    account: str
    carrier: str
    service: str
    status: BookingStatus
    request: dict[str, Any]
    tries: int
    tracking_number: str | None
    label_url: str | None
    has_label: bool
    note: str
    created_at: datetime
    heard_at: datetime | None


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A warehouse that is open; `code`, `name` and `address` are missing where it was told of before they were kept."""

    zip: str
    country: str
    priority: int
    code: str | None = None
    name: str | None = None
    address: Address | None = None


def moved(shipment: Shipment, news: News) -> Shipment:
    """The shipment itself where the news is late. In whatever order news comes, it ends at the same status."""
    if shipment.status == "CANCELLED" or (RANK[news.status], news.at) <= (RANK[shipment.status], shipment.status_at):
        return shipment
    return msgspec.structs.replace(
        shipment,
        status=news.status,
        status_at=news.at,
        tracking_number=shipment.tracking_number or news.tracking_number,
    )


def lessened(lines: Sequence[Line], less: Sequence[ReducedLine]) -> list[Line]:
    """What is left of them."""
    taken = {line.line_id: line.quantity for line in less}
    left = [msgspec.structs.replace(line, quantity=line.quantity - taken.get(line.line_id, 0)) for line in lines]
    return [line for line in left if line.quantity > 0]


def origin_for(places: Sequence[Place], to: Address) -> Address | None:
    """Where a parcel is fetched: at the warehouse that gives first, of equal ones at the nearest."""
    known = [place for place in places if place.address is not None]
    first = min(
        known,
        key=lambda place: (place.priority, nearness("earth", place.zip, place.country, to.zip, to.country)),
        default=None,
    )
    return first.address if first else None


def link_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def opens(token: str | None, link: bytes) -> bool:
    """Whether this is the token whose hash is kept; takes as long for a wrong one."""
    return token is not None and hmac.compare_digest(link_hash(token), link)


def _short(text: str, longest: int) -> str:
    return text.replace("\0", "").strip()[:longest]
