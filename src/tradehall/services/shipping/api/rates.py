"""Rates, the zones they belong to, and what it costs to send something."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from tradehall.contracts.shipping import PickupPoint, Rate, RateKind, ShippingRatesChanged, Zone
from tradehall.contracts.stores import Store
from tradehall.contracts.values import Country, Money, Quantity, Zip
from tradehall.kernel.access import ANYONE, STORE_ADMIN
from tradehall.kernel.db import Database
from tradehall.kernel.errors import FieldError, Invalid
from tradehall.kernel.http import SAME_FOR_ALL
from tradehall.services.shipping import tariffs
from tradehall.services.shipping.queries import rates as queries
from tradehall.services.shipping.tariffs import NewRate, NewZone


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


class Option(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How long it takes, where that is known; where the buyer comes for it, if they do."""

    code: str
    name: str
    price: Money
    kind: RateKind = "flat"
    days_from: int | None = None
    days_to: int | None = None
    pickup: PickupPoint | None = None


class Options(msgspec.Struct, frozen=True):
    """The cheapest first."""

    options: list[Option]


class NewRates(msgspec.Struct, frozen=True):
    rates: Annotated[list[NewRate], Meta(min_length=1, max_length=20)]


class Rates(msgspec.Struct, frozen=True):
    rates: list[Rate]


class NewZones(msgspec.Struct, frozen=True):
    zones: Annotated[list[NewZone], Meta(max_length=50)]


class Zones(msgspec.Struct, frozen=True):
    zones: list[Zone]


@get("/api/v1/shipping/rates", access=ANYONE, response_headers=SAME_FOR_ALL)
async def list_rates(store: NamedDependency[Store], db: NamedDependency[Database]) -> Rates:
    async with db.transaction(store.id) as tx:
        return Rates(await queries.rates(tx))


@put("/api/v1/shipping/rates", access=STORE_ADMIN)
async def replace_rates(
    data: JSONBody[NewRates], store: NamedDependency[Store], db: NamedDependency[Database]
) -> Rates:
    """All of them at once. Distance rates start at the store's warehouses, which are allocated from by their measure.

    Bands follow each other without gap or overlap; where they begin and end, the rate is not offered beyond.
    """
    async with db.transaction(store.id) as tx:
        await queries.lock_rates(tx)
        tariffs.check_rates(data.rates, await queries.zones(tx), await queries.places(tx))
        await queries.replace_rates(tx, data.rates)
        rates = await queries.rates(tx)
        tx.emit(ShippingRatesChanged(rates=rates), key=str(store.id))
    return Rates(rates)


@get("/api/v1/shipping/zones", access=STORE_ADMIN)
async def list_zones(store: NamedDependency[Store], db: NamedDependency[Database]) -> Zones:
    async with db.transaction(store.id) as tx:
        return Zones(await queries.zones(tx))


@put("/api/v1/shipping/zones", access=STORE_ADMIN)
async def replace_zones(
    data: JSONBody[NewZones], store: NamedDependency[Store], db: NamedDependency[Database]
) -> Zones:
    """All of them at once. The zone `rest`, all that is in no other, is always there."""
    async with db.transaction(store.id) as tx:
        await queries.lock_rates(tx)
        zones = tariffs.checked_zones(data.zones, await queries.plain_rates(tx))
        await queries.replace_zones(tx, zones)
        tx.emit(ShippingRatesChanged(rates=await queries.rates(tx)), key=str(store.id))
    return Zones(zones)


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
    quantities = [(variants[line.variant_id], line.quantity) for line in data.lines]
    items = sum(quantity for _, quantity in quantities)
    subtotal = sum(variant.price * quantity for variant, quantity in quantities)
    weight = sum(variant.weight_g * quantity for variant, quantity in quantities)
    to = data.address
    options = [
        Option(
            code=rate.code,
            name=rate.name,
            price=Money(cost, store.currency),
            kind=rate.kind,
            days_from=rate.days_from,
            days_to=rate.days_to,
            pickup=rate.pickup,
        )
        for rate in rates
        if (cost := rate.cost(items=items, subtotal=subtotal, weight=weight, to_zip=to.zip, to_country=to.country))
        is not None
    ]
    return Options(sorted(options, key=lambda option: option.price.amount))


routes = [list_rates, replace_rates, list_zones, replace_zones, quote]
