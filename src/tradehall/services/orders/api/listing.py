"""The list of orders."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from tradehall.contracts.orders import OrderStatus
from tradehall.contracts.stores import Store
from tradehall.kernel.access import SIGNED_IN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.errors import FieldError, Invalid
from tradehall.kernel.ids import made_at
from tradehall.kernel.paging import Limit, decode_cursor, encode_cursor
from tradehall.services.orders.queries.listing import Filters, listed
from tradehall.services.orders.views import OrderSummary, summary_of

# Of query parameters Litestar keeps the constraints in its own marker, and passes over msgspec.Meta.
Words = Annotated[str, QueryParameter(max_length=100, pattern=r"^[^\x00]*$")]
Code = Annotated[str | None, QueryParameter(max_length=40, pattern=r"^[A-Za-z-]*$")]
Amount = Annotated[int | None, QueryParameter(ge=0, le=10**13)]


class OrderPage(msgspec.Struct, frozen=True, kw_only=True):
    """`next` is the cursor of the following page. With filters a page may be short, or empty, and not be the last: it went
    through as many orders as one page may, down to those of `looked_back_to`."""

    items: list[OrderSummary]
    next: str | None = None
    looked_back_to: datetime | None = None


@get("/api/v1/orders", access=SIGNED_IN)
async def list_orders(
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    status: FromQuery[OrderStatus | None] = None,
    bought: FromQuery[bool] = False,
    q: FromQuery[Words] = "",
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
    seller_id: FromQuery[UUID | None] = None,
    customer_id: FromQuery[UUID | None] = None,
    payment_method: FromQuery[Code] = None,
    payment_status: FromQuery[Code] = None,
    country: FromQuery[Code] = None,
    total_from: FromQuery[Amount] = None,
    total_to: FromQuery[Amount] = None,
    in_review: FromQuery[bool | None] = None,
    waits_for_stock: FromQuery[bool | None] = None,
    reduced: FromQuery[bool | None] = None,
    limit: FromQuery[Limit] = 25,
    cursor: FromQuery[str | None] = None,
) -> OrderPage:
    """Newest first. Shoppers see their own, sellers those with a part of theirs, staff all. `bought`: what the caller bought.
    `q` is what the number, the buyer's e-mail address or name begins with, or a SKU. `until` is not included. Totals in minor
    units; `reduced`: a part was cancelled or came back."""
    own = bought or not (caller.is_staff or caller.seller_id)
    confined = None if own or caller.is_staff else caller.seller_id
    errors = [
        FieldError(name, "must name a time zone")
        for name, at in (("since", since), ("until", until))
        if at and at.tzinfo is None
    ]
    if errors:
        raise Invalid("Some filters are not right.", errors=errors)
    filters = Filters(
        q=q.strip(),
        status=status,
        customer_id=caller.user_id if own else customer_id,
        seller_id=confined or seller_id,
        since=since,
        until=until,
        payment_method=payment_method,
        payment_status=payment_status,
        country=country,
        total_from=total_from,
        total_to=total_to,
        in_review=in_review,
        waits_for_stock=waits_for_stock,
        reduced=reduced,
    )
    before = decode_cursor(cursor, UUID)[0] if cursor else None
    async with db.transaction(store.id) as tx:
        found = await listed(tx, filters, before=before, limit=limit + 1)
    items = [summary_of(order, store.order_profile) for order in found.orders[:limit]]
    if len(found.orders) > limit:
        return OrderPage(items=items, next=encode_cursor(items[-1].id))
    if found.looked_back_to is not None:
        at = made_at(found.looked_back_to)
        return OrderPage(items=items, next=encode_cursor(found.looked_back_to), looked_back_to=at)
    return OrderPage(items=items)


routes = [list_orders]
