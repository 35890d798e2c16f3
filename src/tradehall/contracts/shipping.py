"""Published by shipping, with the rule that prices a shipping option."""

from math import ceil
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from tradehall.contracts.places import KILOMETRES, NUMBERS, Measure, nearness
from tradehall.contracts.values import Event, Minor

MOST = 10**13


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """A warehouse that goods leave from; those of a smaller `priority` come first, however far."""

    zip: str
    country: str = "US"
    priority: int = 0


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """A shipping option of a store. Money in minor units of the store's currency, at most MOST.

    flat: `price`, nothing from `free_from` on. distance: `factor` × the distance per item, from the warehouse that is
    allocated from first, whatever stands in it. `measure` says how far that is: by `zip`, the `motors` rule, numbers of
    |from − to + 1|; on `earth` kilometres, rounded up. `origins` are the zips of the `warehouses`, for older readers.
    """

    code: str
    name: str
    kind: Literal["flat", "distance"] = "flat"
    price: Minor = 0
    free_from: Minor | None = None
    factor: int = 2
    measure: Measure = "zip"
    origins: list[str] = msgspec.field(default_factory=list)
    warehouses: list[Origin] = msgspec.field(default_factory=list)

    def cost(self, *, items: int, subtotal: int, to_zip: str, to_country: str = "US") -> int | None:
        """Minor units, or None where the option does not reach the zip."""
        if self.free_from is not None and subtotal >= self.free_from:
            return 0
        if self.kind == "flat":
            return self.price
        distance = self._distance(to_zip, to_country)
        cost = None if distance is None else self.factor * distance * items
        return cost if cost is None or cost <= MOST else None

    def _distance(self, to_zip: str, to_country: str) -> int | None:
        froms = self.warehouses or [Origin(zip=zip_code) for zip_code in self.origins]
        if not froms:
            return None
        _, (unit, distance) = min(
            (origin.priority, nearness(self.measure, origin.zip, origin.country, to_zip, to_country))
            for origin in froms
        )
        return ceil(distance) if unit == (NUMBERS if self.measure == "zip" else KILOMETRES) else None


class ShippingEvent(Event, frozen=True, kw_only=True):
    publisher: ClassVar[str] = "shipping"


class ShippingRatesChanged(ShippingEvent, frozen=True, kw_only=True, tag="shipping.rates_changed"):
    """All rates of the store, replacing those before."""

    rates: list[Rate]


class ShipmentCreated(ShippingEvent, frozen=True, kw_only=True, tag="shipment.created"):
    order_id: UUID
    shipment_id: UUID
    seller_id: UUID
