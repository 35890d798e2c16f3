"""Published by shipping, with the rule that prices a shipping option."""

from collections.abc import Sequence
from datetime import datetime
from math import ceil
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from tradehall.contracts.places import KILOMETRES, NUMBERS, Measure, nearness, zip_number
from tradehall.contracts.values import Address, Event, Minor, Task

MOST = 10**13
RateKind = Literal["flat", "distance", "weight", "price", "items", "zip", "pickup"]
TABLES: frozenset[RateKind] = frozenset({"weight", "price", "items", "zip"})
REST = "rest"  # the zone of all addresses that are in no other zone of the store

ShipmentStatus = Literal[
    "PREPARING",
    "SHIPPED",
    "IN_TRANSIT",
    "OUT_FOR_DELIVERY",
    "DELIVERY_FAILED",
    "DELIVERED",
    "RETURNED_TO_SENDER",
    "CANCELLED",
]


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """A warehouse that goods leave from; those of a smaller `priority` come first, however far."""

    zip: str
    country: str = "US"
    priority: int = 0


class Zone(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses in one of the `countries`; where there are `zips`, only those whose zip is among them: `02139`, `021*`
    (all that begin so), `01000..02999`. Spaces and dashes of zips count for nothing."""

    code: str
    name: str
    countries: list[str] = msgspec.field(default_factory=list)
    zips: list[str] = msgspec.field(default_factory=list)

    def has(self, zip_code: str, country: str) -> bool:
        if country not in self.countries:
            return False
        whole, first = plain_zip(zip_code), plain_zip(zip_code.partition("-")[0])  # 02139-4307 is in 02139
        return not self.zips or any(_among(zips, whole) or zips == first for zips in self.zips)


def plain_zip(zip_code: str) -> str:
    return zip_code.replace(" ", "").replace("-", "").upper()


def _among(zips: str, zip_code: str) -> bool:
    low, dots, high = zips.partition("..")
    if dots:
        start = zip_code[: len(low)]
        return start.isdigit() and low <= start <= high and len(start) == len(low)
    return zip_code.startswith(zips[:-1]) if zips.endswith("*") else zip_code == zips


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """From `least` to `most`, both included; without `most` there is no end."""

    least: int = 0
    most: int | None = None
    price: Minor

    def holds(self, value: int) -> bool:
        return self.least <= value and (self.most is None or value <= self.most)


class PickupPoint(msgspec.Struct, frozen=True, kw_only=True):
    """A warehouse where a buyer may come for the goods."""

    name: str
    address: Address


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """A shipping option of a store. Money in minor units of the store's currency, at most MOST.

    flat: `price`. distance: `factor` × the distance per item, from the warehouse that is allocated from first, whatever
    stands in it. `measure` says how far that is: by `zip`, the `motors` rule, numbers of |from − to + 1|; on `earth`
    kilometres, rounded up. `origins` are the zips of the `warehouses`, for older readers. weight, price, items, zip: by the
    first of the `bands` that holds the grams, the subtotal, the number of items, the zip read as a number. pickup: `price`,
    at the warehouse of that code, whose place is `pickup`. Any: nothing from a subtotal of `free_from` on.

    Without `zones` it goes everywhere, else to those of these codes: `reach` says what they are, and where `rest` is one of
    them, `beyond` are all the others. `days_from` and `days_to`: how long it takes.
    """

    code: str
    name: str
    kind: RateKind = "flat"
    price: Minor = 0
    free_from: Minor | None = None
    factor: int = 2
    measure: Measure = "zip"
    origins: list[str] = msgspec.field(default_factory=list)
    warehouses: list[Origin] = msgspec.field(default_factory=list)
    bands: list[Band] = msgspec.field(default_factory=list)
    zones: list[str] = msgspec.field(default_factory=list)
    reach: list[Zone] = msgspec.field(default_factory=list)
    beyond: list[Zone] | None = None
    days_from: int | None = None
    days_to: int | None = None
    warehouse: str | None = None
    pickup: PickupPoint | None = None

    def cost(self, *, items: int, subtotal: int, to_zip: str, to_country: str = "US", weight: int = 0) -> int | None:
        """Minor units, or None where the option does not reach the address or does not take so much. `weight` in grams."""
        if not self.reaches(to_zip, to_country):
            return None
        banded = self._banded(items, subtotal, to_zip, weight) if self.kind in TABLES else None
        if self.kind in TABLES and banded is None:
            return None
        if self.free_from is not None and subtotal >= self.free_from:
            return 0
        if self.kind != "distance":
            return self.price if banded is None else banded
        distance = self._distance(to_zip, to_country)
        cost = None if distance is None else self.factor * distance * items
        return cost if cost is None or cost <= MOST else None

    def reaches(self, to_zip: str, to_country: str) -> bool:
        """Whether the address is in one of its zones. A pick-up needs its warehouse."""
        if self.kind == "pickup" and self.pickup is None:
            return False
        return (
            not self.zones
            or _in_any(self.reach, to_zip, to_country)
            or (self.beyond is not None and not _in_any(self.beyond, to_zip, to_country))
        )

    def _banded(self, items: int, subtotal: int, to_zip: str, weight: int) -> int | None:
        measured = {"weight": weight, "price": subtotal, "items": items}
        value = zip_number(to_zip) if self.kind == "zip" else measured[self.kind]
        return None if value is None else next((band.price for band in self.bands if band.holds(value)), None)

    def _distance(self, to_zip: str, to_country: str) -> int | None:
        froms = self.warehouses or [Origin(zip=zip_code) for zip_code in self.origins]
        if not froms:
            return None
        _, (unit, distance) = min(
            (origin.priority, nearness(self.measure, origin.zip, origin.country, to_zip, to_country))
            for origin in froms
        )
        return ceil(distance) if unit == (NUMBERS if self.measure == "zip" else KILOMETRES) else None


def _in_any(zones: Sequence[Zone], zip_code: str, country: str) -> bool:
    return any(zone.has(zip_code, country) for zone in zones)


class ShippingEvent(Event, frozen=True, kw_only=True):
    publisher: ClassVar[str] = "shipping"


class ShippingRatesChanged(ShippingEvent, frozen=True, kw_only=True, tag="shipping.rates_changed"):
    """All rates of the store, replacing those before."""

    rates: list[Rate]


class ShipmentCreated(ShippingEvent, frozen=True, kw_only=True, tag="shipment.created"):
    order_id: UUID
    shipment_id: UUID
    seller_id: UUID


class ShipmentUpdated(ShippingEvent, frozen=True, kw_only=True, tag="shipment.updated"):
    """A shipment has moved, as its carrier tells; `at` is the carrier's time. What people do by hand is told by orders."""

    order_id: UUID
    shipment_id: UUID
    seller_id: UUID
    status: ShipmentStatus
    carrier: str
    tracking_number: str
    at: datetime
    place: str = ""
    note: str = ""


class BookingDue(Task, frozen=True, kw_only=True, tag="BookingDue"):
    """Ask the carrier for a label; it may have been made already."""

    publisher: ClassVar[str] = "shipping"
    booking_id: UUID


class TrackingDue(Task, frozen=True, kw_only=True, tag="TrackingDue"):
    """Ask the carrier where a parcel is, in case it has told and we have not heard."""

    publisher: ClassVar[str] = "shipping"
    booking_id: UUID


class ParcelStepDue(Task, frozen=True, kw_only=True, tag="ParcelStepDue"):
    """Of the simulated carrier: the parcel takes its next step."""

    publisher: ClassVar[str] = "shipping"
    key: UUID
    step: int
