"""Routes of the shipping service."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from tradehall.contracts.shipping import Origin, Rate, ShippingRatesChanged
from tradehall.contracts.stores import Store
from tradehall.contracts.values import Country, Money, Quantity, Zip
from tradehall.kernel.access import ANYONE, STORE_ADMIN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.errors import FieldError, Invalid
from tradehall.kernel.http import SAME_FOR_ALL
from tradehall.services.shipping import queries
from tradehall.services.shipping.model import Shipment, ShipmentStatus, Step, UnknownOrder, opens

Code = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$(?!\n)")]
Name = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]


class QuotedLine(msgspec.Struct, frozen=True, kw_only=True):
    variant_id: UUID
    quantity: Quantity


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """A whole address is welcome; zip code and country decide."""

    zip: Zip
    country: Country = "US"


class QuoteRequest(msgspec.Struct, frozen=True, kw_only=True):
    lines: Annotated[list[QuotedLine], Meta(min_length=1, max_length=200)]
    address: Destination


class Option(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    name: str
    price: Money


class Options(msgspec.Struct, frozen=True):
    """The cheapest first."""

    options: list[Option]


class NewRate(Rate, frozen=True, kw_only=True):
    code: Code
    name: Name
    factor: Annotated[int, Meta(ge=0, le=10_000)] = 2
    origins: Annotated[list[Zip], Meta(max_length=0)] = msgspec.field(default_factory=list)
    warehouses: Annotated[list[Origin], Meta(max_length=0)] = msgspec.field(default_factory=list)


class NewRates(msgspec.Struct, frozen=True):
    rates: Annotated[list[NewRate], Meta(min_length=1, max_length=20)]


class Rates(msgspec.Struct, frozen=True):
    rates: list[Rate]


class ShippedLine(msgspec.Struct, frozen=True, kw_only=True):
    variant_id: UUID
    product_id: UUID
    sku: str
    title: str
    quantity: int


class ShipmentView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    seller_id: UUID
    status: ShipmentStatus
    carrier: str | None
    tracking_number: str | None
    lines: list[ShippedLine]
    created_at: datetime
    history: list[Step]


class Shipments(msgspec.Struct, frozen=True):
    items: list[ShipmentView]


@get("/api/v1/shipping/rates", access=ANYONE, response_headers=SAME_FOR_ALL)
async def list_rates(store: NamedDependency[Store], db: NamedDependency[Database]) -> Rates:
    async with db.transaction(store.id) as tx:
        return Rates(await queries.rates(tx))


@put("/api/v1/shipping/rates", access=STORE_ADMIN)
async def replace_rates(
    data: JSONBody[NewRates], store: NamedDependency[Store], db: NamedDependency[Database]
) -> Rates:
    """All of them at once. Distance rates start at the store's warehouses, which are allocated from by their measure."""
    codes = [rate.code for rate in data.rates]
    if len(set(codes)) < len(codes):
        raise Invalid.field("rates", "must have different codes")
    if len({rate.measure for rate in data.rates if rate.kind == "distance"}) > 1:
        raise Invalid.field("rates", "must measure all distances in one way: goods leave from one nearest warehouse")
    async with db.transaction(store.id) as tx:
        await queries.lock_rates(tx)
        await queries.replace_rates(tx, data.rates)
        rates = await queries.rates(tx)
        tx.emit(ShippingRatesChanged(rates=rates), key=str(store.id))
    return Rates(rates)


@post("/api/v1/shipping/quotes", access=ANYONE, status_code=200)
async def quote(data: JSONBody[QuoteRequest], store: NamedDependency[Store], db: NamedDependency[Database]) -> Options:
    """What it costs to send these lines there. The order is priced again when it is placed."""
    async with db.transaction(store.id) as tx:
        variants = await queries.variants(tx, [line.variant_id for line in data.lines])
        rates = await queries.rates(tx)
    unknown = [
        FieldError(f"lines[{i}].variant_id", "is not for sale in this store")
        for i, line in enumerate(data.lines)
        if line.variant_id not in variants or not variants[line.variant_id].for_sale
    ]
    if unknown:
        raise Invalid("Some lines cannot be shipped.", errors=unknown)
    items = sum(line.quantity for line in data.lines)
    subtotal = sum(variants[line.variant_id].price * line.quantity for line in data.lines)
    to = data.address
    costs = [(rate, rate.cost(items=items, subtotal=subtotal, to_zip=to.zip, to_country=to.country)) for rate in rates]
    options = [
        Option(code=rate.code, name=rate.name, price=Money(cost, store.currency))
        for rate, cost in costs
        if cost is not None
    ]
    return Options(sorted(options, key=lambda option: option.price.amount))


@get("/api/v1/orders/{order_id:uuid}/shipments", access=ANYONE)
async def list_shipments(
    order_id: FromPath[UUID],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    token: FromQuery[str | None] = None,
) -> Shipments:
    """A seller sees the own ones. Guests send the `token` of their order's link."""
    async with db.transaction(store.id) as tx:
        viewer = await queries.viewer(tx, order_id)
        found = await queries.of_order(tx, order_id)
        shown = _visible(found, viewer, principal, token)
        history = await queries.history(tx, [shipment.id for shipment in shown])
    return Shipments([_view(shipment, history[shipment.id]) for shipment in shown])


def _view(shipment: Shipment, history: list[Step]) -> ShipmentView:
    return ShipmentView(
        id=shipment.id,
        seller_id=shipment.seller_id,
        status=shipment.status,
        carrier=shipment.carrier,
        tracking_number=shipment.tracking_number,
        lines=[
            ShippedLine(variant_id=x.variant_id, product_id=x.product_id, sku=x.sku, title=x.title, quantity=x.quantity)
            for x in shipment.lines
        ],
        created_at=shipment.created_at,
        history=history,
    )


def _visible(
    found: list[Shipment], viewer: queries.Viewer | None, principal: Principal | None, token: str | None
) -> list[Shipment]:
    """Raises UnknownOrder for whoever has no part in it."""
    if viewer is None:
        raise UnknownOrder()
    if opens(token, viewer.link):
        return found
    if principal is not None:
        if principal.is_staff or viewer.customer_id == principal.user_id:
            return found
        own = [shipment for shipment in found if shipment.seller_id == principal.seller_id]
        if own:
            return own
    raise UnknownOrder()


routes = [list_rates, replace_rates, quote, list_shipments]
