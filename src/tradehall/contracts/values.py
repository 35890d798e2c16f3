"""Value types and the base of all events."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar
from uuid import UUID

import msgspec
from msgspec import Meta

Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)", description="an ISO 4217 currency code")]
Minor = Annotated[int, Meta(ge=0, le=10**13, description="amount in minor units of the currency")]
Quantity = Annotated[int, Meta(ge=1, le=999)]
Zip = Annotated[
    str, Meta(min_length=3, max_length=12, pattern=r"^[0-9A-Za-z][0-9A-Za-z \-]*$(?!\n)", description="a postal code")
]
ShortText = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}$(?!\n)", description="an ISO 3166-1 country code of two letters")]
Phone = Annotated[str, Meta(max_length=32, pattern=r"^[0-9+() .\-]*$(?!\n)", description="a telephone number")]

NO_DECIMALS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF"}
)
THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})


SMALLEST = {"IDR": 100}  # minor units; rupiah have parts by ISO 4217, and nobody pays in them


def smallest(currency: str) -> int:
    """Minor units of the smallest amount that is paid in practice."""
    return SMALLEST.get(currency, 1)


def decimals(currency: str) -> int:
    """Digits after the point, as ISO 4217 gives them."""
    return 0 if currency in NO_DECIMALS else 3 if currency in THREE_DECIMALS else 2


class Money(msgspec.Struct, frozen=True):
    amount: Minor
    currency: Currency

    def decimal(self) -> Decimal:
        return to_decimal(self.amount, self.currency)


def to_decimal(minor: int, currency: str) -> Decimal:
    """1999, "USD" -> Decimal("19.99"), the form published order events carry."""
    return Decimal(minor).scaleb(-decimals(currency))


class Address(msgspec.Struct, frozen=True, kw_only=True):
    name: ShortText
    line1: ShortText
    line2: Annotated[str, Meta(max_length=200, pattern=r"^[^\x00]*$")] = ""
    city: ShortText
    region: Annotated[str, Meta(max_length=100, pattern=r"^[^\x00]*$")] = ""
    zip: Zip
    country: Country = "US"
    phone: Phone = ""


def now() -> datetime:
    """UTC, cut to seconds: the resolution of the published events."""
    return datetime.now(UTC).replace(microsecond=0)


class Event(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="event"):
    """A fact, in the past tense. Subclasses are the published JSON, key for key.

    `publisher` is the service that may emit it; `name` (the struct's tag) is stable forever. Of those that are many and
    small, several may travel `together` in one message.
    """

    publisher: ClassVar[str]
    together: ClassVar[bool] = False
    timestamp: datetime = msgspec.field(default_factory=now)

    @classmethod
    def event_name(cls) -> str:
        tag = cls.__struct_config__.tag
        assert isinstance(tag, str)
        return tag


def may_travel_together(publisher: str, base: type[Event] = Event) -> frozenset[str]:
    """Names of this publisher's events, of those imported so far."""
    found = frozenset(
        event.event_name() for event in base.__subclasses__() if event.together and event.publisher == publisher
    )
    return found.union(*(may_travel_together(publisher, event) for event in base.__subclasses__()))


class Task(Event, frozen=True, kw_only=True):
    """Work that a service hands to itself: done outside a transaction, at least once, retried."""


_encoder = msgspec.json.Encoder(decimal_format="number")


def encode(event: Event) -> bytes:
    return _encoder.encode(event)


class Line(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One line of an order, priced. `unit_price` and `line_total` are minor units of the order's currency; `adjustment` is
    the line's share of what the way to pay takes off the goods, below zero, or puts on them."""

    line_id: UUID
    product_id: UUID
    variant_id: UUID
    seller_id: UUID
    sku: str
    title: str
    quantity: int
    unit_price: int
    weight_g: int = 0
    adjustment: int = 0

    @property
    def line_total(self) -> int:
        return self.unit_price * self.quantity

    @property
    def paid(self) -> int:
        """What the buyer pays for it."""
        return self.line_total + self.adjustment


Json = dict[str, Any]
