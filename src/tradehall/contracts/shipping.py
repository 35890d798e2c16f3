"""Published by shipping, with the rule that prices a shipping option."""

from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from tradehall.contracts.values import Event, Minor

MOST = 10**13


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """A shipping option of a store. Money in minor units of the store's currency, at most MOST.

    flat: `price`, nothing from `free_from` on. distance: the `motors` rule, `factor` × |from − to + 1| per item,
    from the nearest warehouse, zip codes read as numbers.
    """

    code: str
    name: str
    kind: Literal["flat", "distance"] = "flat"
    price: Minor = 0
    free_from: Minor | None = None
    factor: int = 2
    origins: list[str] = msgspec.field(default_factory=list)

    def cost(self, *, items: int, subtotal: int, to_zip: str) -> int | None:
        """Minor units, or None where the option does not reach the zip."""
        if self.free_from is not None and subtotal >= self.free_from:
            return 0
        if self.kind == "flat":
            return self.price
        to = zip_number(to_zip)
        froms = [n for n in map(zip_number, self.origins) if n is not None]
        if to is None or not froms:
            return None
        cost = min(self.factor * abs(origin - to + 1) for origin in froms) * items
        return cost if cost <= MOST else None


def zip_number(zip_code: str) -> int | None:
    """The leading digits of a zip ("02139-1234" -> 2139), None where it has none."""
    digits = zip_code.strip().split("-")[0].replace(" ", "")
    return int(digits) if digits.isascii() and digits.isdigit() else None


class ShippingEvent(Event, frozen=True, kw_only=True):
    publisher: ClassVar[str] = "shipping"


class ShippingRatesChanged(ShippingEvent, frozen=True, kw_only=True, tag="shipping.rates_changed"):
    """All rates of the store, replacing those before."""

    rates: list[Rate]


class ShipmentCreated(ShippingEvent, frozen=True, kw_only=True, tag="shipment.created"):
    order_id: UUID
    shipment_id: UUID
    seller_id: UUID
