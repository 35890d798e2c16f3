"""The carrier port. A carrier is asked outside any transaction, always under the booking's own id as its key."""

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

import msgspec

from tradehall.contracts.values import Address
from tradehall.services.shipping.model import News

LABEL_TYPES = frozenset({"application/pdf", "image/png"})
LARGEST_LABEL = 2_000_000  # bytes


class Content(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    title: str
    quantity: int


class Consignment(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is to be carried. `reference` makes a repeated booking the same booking, `order` is the number people know."""

    reference: UUID
    order: str
    service: str
    sender: Address
    recipient: Address
    weight_g: int
    contents: list[Content]


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """`carrier` is the name that buyers are shown. The label is there as a file, at a URL, or both."""

    carrier: str
    tracking_number: str
    label_url: str | None = None
    label: bytes | None = None
    label_type: str | None = None


class WrongSignature(Exception):
    """Or one that is too old."""


class CarrierTimeout(Exception):
    """No answer. What was asked for may have been done: only asking again tells."""


class CarrierRefused(Exception):
    """It was not done, for a reason that lies with the account or with what was asked."""


class Carrier(Protocol):
    """All may raise CarrierTimeout and CarrierRefused."""

    async def book(self, consignment: Consignment) -> Booked:
        """Once, however often it is called."""

    async def find(self, reference: UUID) -> Booked | None:
        """None where it was never booked."""

    async def track(self, reference: UUID) -> list[News]:
        """All it has to tell of the parcel, in any order; each with the id that it had as a webhook."""

    def hear(self, headers: Mapping[str, str], body: bytes) -> list[News]:
        """Of a webhook. Raises WrongSignature, also for one that was signed too long ago; ValueError for no news."""
