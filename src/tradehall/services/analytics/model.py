"""What is counted, what the store decides about it, and what a report may be asked."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from tradehall.contracts.analytics import ClickKind
from tradehall.kernel.errors import Conflict, NotFound

# off: nothing is counted. counted: without any mark on the visitor. asked: of those who agreed, who then have a number.
Clicks = Literal["off", "counted", "asked"]
Dimension = Literal["day", "week", "month", "product", "variant", "seller", "warehouse", "area", "type"]
DATES: tuple[Dimension, ...] = ("day", "week", "month")

LONGEST_QUERY = 100
LONGEST_AGO = 10 * 60 * 1000  # ms
_NUMBERS = re.compile(r"\d(?:[\s().+-]*\d){6,}")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`margin`: percent of the price that are taken to be earned where no cost is known."""

    clicks: Clicks = "counted"
    margin: Annotated[int, Meta(ge=0, le=100)] = 15


class NewClick(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`ago`: milliseconds since, by the browser's clock."""

    kind: ClickKind
    product: UUID | None = None
    query: Annotated[str, Meta(max_length=200, pattern=r"^[^\x00]*$")] = ""
    results: Annotated[int, Meta(ge=0, le=10_000_000)] | None = None
    target: Annotated[str, Meta(max_length=60, pattern=r"^[\w .:/-]*$(?!\n)")] = ""
    ago: Annotated[int, Meta(ge=0, le=LONGEST_AGO)] = 0


class NewClicks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    clicks: Annotated[list[NewClick], Meta(min_length=1, max_length=50)]


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """`unit` in minor units of the store's currency; `valid_from` is a day of the store's clock."""

    variant_id: UUID
    sku: str
    title: str
    seller_id: UUID
    unit: int
    valid_from: date


class UnknownVariant(NotFound):
    slug = "unknown-variant"
    title = "There is no such variant"


class UnknownCost(NotFound):
    slug = "unknown-cost"
    title = "No cost of this variant begins on that day"


class TooLarge(Conflict):
    slug = "report-too-large"
    title = "The report has too many rows for this kind of file"


class Span(msgspec.Struct, frozen=True):
    """From a day of the store's clock to another, both included."""

    first: date
    last: date
    zone: str

    @property
    def since(self) -> datetime:
        return datetime.combine(self.first, time(), ZoneInfo(self.zone))

    @property
    def until(self) -> datetime:
        return datetime.combine(self.last + timedelta(days=1), time(), ZoneInfo(self.zone))


def anonymous(query: str) -> str:
    """What was searched for, as it is counted: nothing of what may be an address or a telephone number."""
    words = " ".join(query.lower().split())[:LONGEST_QUERY]
    return "" if "@" in words or _NUMBERS.search(words) else words


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question to the book of sales."""

    span: Span
    currency: str
    by: Sequence[Dimension] = ("day",)
    seller_id: UUID | None = None
    product_id: UUID | None = None
    warehouse_id: UUID | None = None
    category: str = ""
    country: str = ""
    region: str = ""
    zip: str = ""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Money in minor units. `revenue` is that of goods; `price` what one was sold for on average; `estimated` how much of
    the cost is the store's margin applied, not a cost that somebody told."""

    orders: int
    quantity: int
    revenue: int
    shipping: int
    cost: int
    estimated: int

    @property
    def margin(self) -> int:
        return self.revenue - self.cost

    @property
    def price(self) -> int | None:
        return round(self.revenue / self.quantity) if self.quantity else None
