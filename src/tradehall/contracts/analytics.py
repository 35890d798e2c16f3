"""Published by analytics."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from tradehall.contracts.values import Event, Task

# A page of the shop that was looked at (`page` is any other), something put into the cart, something clicked on.
ClickKind = Literal["page", "list", "search", "product", "checkout", "cart", "click"]
VIEWS: tuple[ClickKind, ...] = ("page", "list", "search", "product", "checkout")


class Click(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`visitor` is a random number that a browser has agreed to keep. `query` and `results` are of a search, `target` is
    the step of the checkout, or the name of what was clicked on."""

    kind: ClickKind
    at: datetime
    product_id: UUID | None = None
    seller_id: UUID | None = None
    visitor: UUID | None = None
    query: str = ""
    results: int | None = None
    target: str = ""


class AnalyticsEvent(Event, frozen=True, kw_only=True):
    publisher: ClassVar[str] = "analytics"


class ClickTracked(AnalyticsEvent, frozen=True, kw_only=True, tag="click.tracked"):
    """Clicks that were taken together; one event for all that a store had at that moment, 500 at most."""

    clicks: list[Click]


class ClicksTaken(Task, frozen=True, kw_only=True, tag="ClicksTaken"):
    """To be written to the column store, where the installation has one. `group` is the same however often it is tried."""

    publisher: ClassVar[str] = "analytics"
    group: UUID
    timezone: str
    clicks: list[Click]
