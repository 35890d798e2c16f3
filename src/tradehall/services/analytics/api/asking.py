"""What every question about sales may say, and who may ask it about what."""

from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar.params import QueryParameter

from tradehall.contracts.stores import Store
from tradehall.kernel.auth import Principal
from tradehall.kernel.errors import Invalid
from tradehall.services.analytics.model import Asked, Dimension, Span

Words = Annotated[str, QueryParameter(max_length=200, pattern=r"^[^\x00]*$")]
MOST_DAYS = 3660
DEFAULT: list[Dimension] = ["day"]


def today(store: Store) -> date:
    return datetime.now(ZoneInfo(store.timezone)).date()


def span_of(store: Store, since: date | None, until: date | None) -> Span:
    """Without them the last thirty days. Raises Invalid."""
    last = until or today(store)
    first = since or last - timedelta(days=29)
    for name, day in (("until", last), ("since", first)):
        if not 2000 <= day.year < 3000:
            raise Invalid.field(name, "must be a day of this millennium")
    if not first <= last:
        raise Invalid.field("since", "must not be after until")
    if (last - first).days > MOST_DAYS:
        raise Invalid.field("since", f"must be at most {MOST_DAYS} days before until")
    return Span(first, last, store.timezone)


def asked_of(
    store: Store,
    caller: Principal,
    *,
    by: list[Dimension] | None,
    since: date | None,
    until: date | None,
    seller: UUID | None,
    product: UUID | None,
    warehouse: UUID | None,
    type: str,
    country: str,
    region: str,
    zip: str,
) -> Asked:
    """A seller asks about the own sales, whatever they name. Raises Invalid, Forbidden."""
    dimensions: list[Dimension] = list(dict.fromkeys(by or DEFAULT))
    if len(dimensions) > 3:
        raise Invalid.field("by", "must name three things at most")
    return Asked(
        span=span_of(store, since, until),
        currency=store.currency,
        by=dimensions,
        seller_id=caller.confined_to() or seller,
        product_id=product,
        warehouse_id=warehouse,
        category=type,
        country=country,
        region=region,
        zip=zip,
    )
