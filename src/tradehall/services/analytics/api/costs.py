"""What goods cost the store, or the seller, from which day on."""

from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import delete, get, post, put
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody

from tradehall.contracts.stores import Store
from tradehall.contracts.values import Minor
from tradehall.kernel.access import SELLER
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import FieldError, Invalid
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.services.analytics import costs_file
from tradehall.services.analytics.api.asking import Words, today
from tradehall.services.analytics.model import UnknownCost, UnknownVariant
from tradehall.services.analytics.queries import costs

MOST_BYTES = 2 * 1024 * 1024
_AROUND = 64 * 1024


class CostView(msgspec.Struct, frozen=True, kw_only=True):
    """`unit` is what one costs today, in minor units, none where nobody has said; `since` when that began."""

    variant_id: UUID
    sku: str
    title: str
    seller_id: UUID
    price: int
    unit: int | None
    since: date | None


class CostSince(msgspec.Struct, frozen=True, kw_only=True):
    valid_from: date
    unit: int


class Costs(msgspec.Struct, frozen=True):
    """The newest first."""

    items: list[CostSince]


class NewCost(msgspec.Struct, frozen=True, kw_only=True):
    """From `valid_from` on, today if not given."""

    unit: Minor
    valid_from: date | None = None


class CostsUpload(msgspec.Struct, frozen=True):
    file: UploadFile


class CostsTaken(msgspec.Struct, frozen=True):
    rows: int


@get("/api/v1/costs", access=SELLER)
async def list_costs(
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    q: FromQuery[Words] = "",
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[CostView]:
    """By SKU; `q` is a part of it, or of the title. A seller's own."""
    after = decode_cursor(cursor, str, UUID) if cursor else None
    async with db.transaction(store.id) as tx:
        rows = await costs.listed(
            tx, q=q.strip(), seller_id=caller.confined_to(), after=after and (after[0], after[1]), limit=limit + 1
        )
    return page([_view(row, store) for row in rows], limit, lambda row: (row.sku, row.variant_id))


def _view(row: costs.Row, store: Store) -> CostView:
    return CostView(
        variant_id=row.variant_id,
        sku=row.sku,
        title=row.title,
        seller_id=row.seller_id,
        price=row.price,
        unit=row.unit,
        since=row.valid_from and _day(row.valid_from, store),
    )


@get("/api/v1/costs/{variant_id:uuid}", access=SELLER)
async def show_costs(
    variant_id: FromPath[UUID],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> Costs:
    async with db.transaction(store.id) as tx:
        await _own(tx, caller, variant_id)
        return await _all(tx, variant_id, store)


@put("/api/v1/costs/{variant_id:uuid}", access=SELLER)
async def set_cost(
    variant_id: FromPath[UUID],
    data: JSONBody[NewCost],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> Costs:
    """Sales from that day on are noted with it. Those that were noted before stay as they are."""
    since = _moment(data.valid_from or today(store), store)
    async with db.transaction(store.id) as tx:
        await _own(tx, caller, variant_id)
        await costs.save(tx, [(variant_id, since, data.unit)])
        return await _all(tx, variant_id, store)


@delete("/api/v1/costs/{variant_id:uuid}/{valid_from:str}", access=SELLER)
async def delete_cost(
    variant_id: FromPath[UUID],
    valid_from: FromPath[str],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> None:
    """`valid_from` is a day, such as 2026-01-31."""
    try:
        since = _moment(date.fromisoformat(valid_from), store)
    except ValueError:
        raise UnknownCost() from None
    async with db.transaction(store.id) as tx:
        await _own(tx, caller, variant_id)
        if not await costs.delete(tx, variant_id, since):
            raise UnknownCost()


@post("/api/v1/costs/import", access=SELLER, status_code=200, request_max_body_size=MOST_BYTES + _AROUND)
async def import_costs(
    data: MultipartBody[CostsUpload],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> CostsTaken:
    """A CSV with the columns sku, cost (such as 12.50) and, where it is not today, valid_from. All of it, or nothing."""
    content = await data.file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Invalid.field("file", "must be of at most 2 MiB")
    rows = costs_file.read(content, store.currency, today(store))
    own = caller.confined_to()
    async with db.transaction(store.id) as tx:
        known = await costs.known(tx, [row.sku for row in rows])
        wrong: list[FieldError] = []
        found = []
        for row in rows:
            fitting = [one for one in known.get(row.sku, ()) if own in (None, one.seller_id)]
            if len(fitting) == 1:
                found.append((fitting[0].id, _moment(row.valid_from, store), row.unit))
            else:
                rule = "is of several sellers" if fitting else "is no SKU of the store"
                wrong.append(FieldError(f"row {row.row}.sku", rule))
        costs_file.refuse(wrong)
        await costs.save(tx, found)
    return CostsTaken(len(found))


async def _own(tx: Tx, caller: Principal, variant_id: UUID) -> None:
    """Raises UnknownVariant for one that is another's, too."""
    found, own = await costs.variant(tx, variant_id), caller.confined_to()
    if found is None or own not in (None, found.seller_id):
        raise UnknownVariant()


async def _all(tx: Tx, variant_id: UUID, store: Store) -> Costs:
    return Costs([CostSince(valid_from=_day(at, store), unit=unit) for at, unit in await costs.history(tx, variant_id)])


def _moment(day: date, store: Store) -> datetime:
    """Raises Invalid for a day that nobody means."""
    if not 2000 <= day.year < 3000:
        raise Invalid.field("valid_from", "must be a day of this millennium")
    return datetime.combine(day, time(), ZoneInfo(store.timezone))


def _day(at: datetime, store: Store) -> date:
    return at.astimezone(ZoneInfo(store.timezone)).date()


routes = [list_costs, show_costs, set_cost, delete_cost, import_costs]
