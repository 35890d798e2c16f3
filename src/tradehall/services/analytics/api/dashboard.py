"""How the store is doing now; to a seller, how the own products are."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from tradehall.contracts.analytics import VIEWS
from tradehall.contracts.stores import Store
from tradehall.kernel.access import SELLER
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.runtime import Running
from tradehall.services.analytics.api.asking import today
from tradehall.services.analytics.model import Asked, Figures, Span
from tradehall.services.analytics.queries import copies, reports
from tradehall.services.analytics.queries.reports import Rated
from tradehall.services.analytics.storage import Hour
from tradehall.services.analytics.storage.choosing import storage_of

TOP = 8


class DayFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Money in minor units, without shipping."""

    orders: int
    quantity: int
    revenue: int
    margin: int


class HourFigures(msgspec.Struct, frozen=True, kw_only=True):
    hour: int
    views: int
    orders: int
    revenue: int


class Funnel(msgspec.Struct, frozen=True, kw_only=True):
    """How often a product was looked at, put into the cart, a checkout begun (None to a seller), an order confirmed."""

    views: int
    carts: int
    checkouts: int | None
    purchases: int


class TopProduct(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    slug: str
    quantity: int
    revenue: int
    views: int


class EmptySearch(msgspec.Struct, frozen=True, kw_only=True):
    query: str
    searches: int


class Dashboard(msgspec.Struct, frozen=True, kw_only=True):
    """`yesterday` as far as the present time of day. `days` are those of funnel, products and searches; `visitors` of today
    and `visitors_now`, of the last five minutes, are those who agreed to be known again."""

    currency: str
    timezone: str
    at: datetime
    day: date
    days: int
    today: DayFigures
    yesterday: DayFigures
    hours: list[HourFigures]
    views_now: int
    visitors_now: int
    visitors: int
    funnel: Funnel
    top: list[TopProduct]
    empty_searches: list[EmptySearch]
    ratings_by_type: list[Rated]
    ratings_by_area: list[Rated]


@get("/api/v1/analytics/dashboard", access=SELLER)
async def dashboard(
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    days: FromQuery[Literal[1, 7, 30]] = 7,
) -> Dashboard:
    own, day = caller.confined_to(), today(store)
    clicks = storage_of(running)
    span, this_day = Span(day - timedelta(days=days - 1), day, store.timezone), Span(day, day, store.timezone)
    asked = Asked(span=span, currency=store.currency, seller_id=own)
    of_today = msgspec.structs.replace(asked, span=this_day)
    before = Span(day - timedelta(days=1), day - timedelta(days=1), store.timezone)
    async with db.transaction(store.id) as tx:
        here = await reports.total(tx, of_today)
        there = await reports.until_now(tx, msgspec.structs.replace(asked, span=before), 1)
        by_hour = {hour.hour: hour for hour in await reports.by_hour(tx, of_today)}
        bought = (await reports.total(tx, asked)).orders
        best = await reports.top_products(tx, asked, TOP)
        hours = await clicks.hours(tx, span, own)
        viewed = await clicks.products(tx, span, own, 50)
        now = await clicks.now(tx, own)
        visitors = await clicks.visitors(tx, day, day, store.timezone) if own is None else 0
        empty = await clicks.empty_searches(tx, span, TOP) if own is None else []
        by_type, by_area = [await reports.ratings(tx, by, own) for by in ("type", "area")]
        names = await copies.names(tx, [id for id, *_ in best] + [id for id, _ in viewed])
    kinds = Counter[str]()
    for hour in hours:
        kinds[hour.kind] += hour.clicks
    views = _views_by_hour(hours, this_day)
    looked = dict(viewed)
    sold = {id: (name, quantity, revenue) for id, name, quantity, revenue in best}
    ids = [*sold, *(id for id in looked if id not in sold and id in names)][:TOP]
    return Dashboard(
        currency=store.currency,
        timezone=store.timezone,
        at=datetime.now(ZoneInfo(store.timezone)).replace(microsecond=0),
        day=day,
        days=days,
        today=_day_of(here),
        yesterday=_day_of(there),
        hours=[
            HourFigures(
                hour=hour,
                views=views[hour],
                orders=by_hour[hour].orders if hour in by_hour else 0,
                revenue=by_hour[hour].revenue if hour in by_hour else 0,
            )
            for hour in range(24)
        ],
        views_now=now.views,
        visitors_now=now.visitors,
        visitors=visitors,
        funnel=Funnel(
            views=kinds["product"],
            carts=kinds["cart"],
            checkouts=kinds["checkout"] if own is None else None,
            purchases=bought,
        ),
        top=[
            TopProduct(
                id=id,
                name=names[id].name if id in names else sold[id][0],
                slug=names[id].slug if id in names else "",
                quantity=sold[id][1] if id in sold else 0,
                revenue=sold[id][2] if id in sold else 0,
                views=looked.get(id, 0),
            )
            for id in ids
        ],
        empty_searches=[EmptySearch(query=query, searches=count) for query, count in empty],
        ratings_by_type=by_type,
        ratings_by_area=by_area,
    )


def _day_of(figures: Figures) -> DayFigures:
    return DayFigures(orders=figures.orders, quantity=figures.quantity, revenue=figures.revenue, margin=figures.margin)


def _views_by_hour(hours: Sequence[Hour], day: Span) -> Counter[int]:
    found = Counter[int]()
    zone = ZoneInfo(day.zone)
    for hour in hours:
        if hour.kind in VIEWS and day.since <= hour.hour < day.until:
            found[hour.hour.astimezone(zone).hour] += hour.clicks
    return found


routes = [dashboard]
