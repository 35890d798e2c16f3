"""Returns: asked for, approved, received."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from tradehall.contracts.orders import OrderReturned, ReturnStatus, ReturnUpdated
from tradehall.contracts.stores import Store
from tradehall.contracts.values import Minor, Money, now, to_decimal
from tradehall.kernel.access import ANYONE, SELLER_OR_SUPPORT
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.idempotency import Key, Repeated, keep, once
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.kernel.runtime import Running
from tradehall.services.orders import model, queries
from tradehall.services.orders.api.access import actor, party_of
from tradehall.services.orders.api.reducing import Parts, Reason
from tradehall.services.orders.booking import reduce
from tradehall.services.orders.model.reducing import (
    Receipt,
    Return,
    SoldLine,
    UnknownReturn,
    all_back,
    ask_back,
    chosen,
    moved,
    received,
)
from tradehall.services.orders.queries import reductions
from tradehall.services.orders.queries.reductions import PaidBack

Answer = Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*$")]


class NewReturn(msgspec.Struct, frozen=True, kw_only=True):
    lines: Parts
    reason: Reason


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """`answer` is for the buyer: where to send it, or why it is refused."""

    answer: Answer = ""


class ReceivedLine(Receipt, frozen=True, kw_only=True):
    """`amount` in minor units of the store's currency; without it what was paid for so many."""

    quantity: Annotated[int, Meta(ge=0, le=999)]
    amount: Minor | None = None


class Receive(msgspec.Struct, frozen=True, kw_only=True):
    """Without `lines` all that was asked for, in full and back to stock. `shipping` is given back besides, in minor units."""

    lines: Annotated[list[ReceivedLine], Meta(max_length=200)] = msgspec.field(default_factory=list)
    shipping: Minor = 0
    answer: Answer = ""


class ReturnLineView(msgspec.Struct, frozen=True, kw_only=True):
    """`received` of `quantity` came back, for which `refund` is given back."""

    line_id: UUID
    variant_id: UUID
    sku: str
    title: str
    quantity: int
    unit_price: Money
    received: int = 0
    refund: Money | None = None
    restock: bool | None = None


class ReturnView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    order_id: UUID
    parcel_id: UUID
    seller_id: UUID
    status: ReturnStatus
    reason: str
    answer: str
    lines: list[ReturnLineView]
    created_at: datetime
    updated_at: datetime


class ReturnSummary(msgspec.Struct, frozen=True, kw_only=True):
    """`items` is how many pieces are asked to come back."""

    id: UUID
    order_id: UUID
    number: str
    name: str
    email: str
    seller_id: UUID
    status: ReturnStatus
    reason: str
    items: int
    created_at: datetime


class Returns(msgspec.Struct, frozen=True, kw_only=True):
    items: list[ReturnView]


@post("/api/v1/orders/{order_id:uuid}/returns", access=ANYONE)
async def ask_for_return(
    request: Request[Any, Any, Any],
    order_id: FromPath[UUID],
    data: JSONBody[NewReturn],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    token: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Its buyer, within the store's days; what the store's side asks for is approved at once, at any time. One return
    for each parcel. Needs an Idempotency-Key; a repeated one gets the first answer."""

    async def work() -> bytes:
        async with db.transaction(store.id) as tx:
            party = await party_of(tx, order_id, principal, token, store, running)
            lines = (await queries.lines(tx, [order_id]))[order_id]
            parts = chosen(data.lines, lines, only=party.seller_id)
            days = store.return_days if party.buyer else None
            asked = ask_back(
                party.order, party.parcels, parts, data.reason, at=now(), days=days, profile=store.order_profile
            )
            if not party.buyer:
                asked = [moved(one, "approved", at=now()) for one in asked]
            await reductions.add_returns(tx, asked)
            for one in asked:
                _tell(tx, one)
            body = msgspec.json.encode(Returns(items=_views(asked, lines, party.order.currency, {})))
            if not (await keep(tx, [(store.id, key, body)], status=201))[0]:
                raise Repeated()
        return body

    async with db.transaction(store.id) as tx:
        await party_of(tx, order_id, principal, token, store, running)
    key = await Key.of(request, str(principal.user_id) if principal else "guest")
    return await once(db, store.id, key, work, status=201)


@get("/api/v1/orders/{order_id:uuid}/returns", access=ANYONE)
async def returns_of_order(
    order_id: FromPath[UUID],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    token: FromQuery[str | None] = None,
) -> Returns:
    """Oldest first; a seller sees the own ones."""
    async with db.transaction(store.id) as tx:
        party = await party_of(tx, order_id, principal, token, store, running, reading=True)
        found = await reductions.returns_of(tx, order_id)
        own = [one for one in found if party.seller_id in (None, one.seller_id)]
        return Returns(items=await _shown(tx, own, party.order))


@get("/api/v1/returns", access=SELLER_OR_SUPPORT)
async def list_returns(
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    status: FromQuery[ReturnStatus | None] = None,
    limit: FromQuery[Limit] = 25,
    cursor: FromQuery[str | None] = None,
) -> Page[ReturnSummary]:
    """Newest first; a seller sees the own ones."""
    before = decode_cursor(cursor, UUID)[0] if cursor else None
    async with db.transaction(store.id) as tx:
        found = await reductions.returns_listed(
            tx, seller_id=caller.confined_to("support"), status=status, before=before, limit=limit + 1
        )
    shown = [
        ReturnSummary(
            id=row.id,
            order_id=row.order_id,
            number=row.number,
            name=row.name,
            email=row.email,
            seller_id=row.seller_id,
            status=row.status,
            reason=row.reason,
            items=sum(line.quantity for line in row.lines),
            created_at=row.created_at,
        )
        for row in found
    ]
    return page(shown, limit, lambda row: (row.id,))


@post("/api/v1/returns/{return_id:uuid}/approve", access=SELLER_OR_SUPPORT, status_code=200)
async def approve_return(
    return_id: FromPath[UUID],
    data: JSONBody[Decision],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> ReturnView:
    """The buyer may send it."""
    async with db.transaction(store.id) as tx:
        asked, order = await _locked(tx, return_id, caller)
        return await _move(tx, asked, order, "approved", data.answer)


@post("/api/v1/returns/{return_id:uuid}/refuse", access=SELLER_OR_SUPPORT, status_code=200)
async def refuse_return(
    return_id: FromPath[UUID],
    data: JSONBody[Decision],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> ReturnView:
    async with db.transaction(store.id) as tx:
        asked, order = await _locked(tx, return_id, caller)
        return await _move(tx, asked, order, "refused", data.answer)


@post("/api/v1/returns/{return_id:uuid}/withdraw", access=ANYONE, status_code=200)
async def withdraw_return(
    return_id: FromPath[UUID],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    token: FromQuery[str | None] = None,
) -> ReturnView:
    """By who asked for it, or the store's side where the goods never came."""
    async with db.transaction(store.id) as tx:
        order_id = await reductions.order_of_return(tx, return_id)
        if order_id is None:
            raise UnknownReturn()
        try:
            party = await party_of(tx, order_id, principal, token, store, running)
        except model.UnknownOrder:
            raise UnknownReturn() from None
        asked = await reductions.return_(tx, return_id)
        if asked is None or party.seller_id not in (None, asked.seller_id):
            raise UnknownReturn()
        return await _move(tx, asked, party.order, "withdrawn", "")


@post("/api/v1/returns/{return_id:uuid}/receive", access=SELLER_OR_SUPPORT, status_code=200)
async def receive_return(
    return_id: FromPath[UUID],
    data: JSONBody[Receive],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> ReturnView:
    """It has come back: the refund goes out, and what can be sold again goes to stock. The order is RETURNED when nothing of
    it is left with the buyer."""
    async with db.transaction(store.id) as tx:
        asked, order = await _locked(tx, return_id, caller)
        done = moved(asked, "received", at=now(), answer=data.answer)
        lines = (await queries.lines(tx, [order.id]))[order.id]
        parcels = (await queries.parcels(tx, [order.id]))[order.id]
        (parcel,) = [parcel for parcel in parcels if parcel.id == asked.parcel_id]
        reduction = received(asked, order, lines, data.lines, parcel, data.shipping)
        await reductions.wait_no_more(tx, asked)
        order, _ = await reduce(tx, order, parcels, lines, reduction, actor(caller))
        done = msgspec.structs.replace(done, reduction_id=reduction.id)
        await reductions.save_return(tx, done)
        _tell(tx, done)
        refund = to_decimal(reduction.total, order.currency)
        tx.emit(OrderReturned(order_id=order.id, return_reason=asked.reason, refund_amount=refund), key=order.id)
        if all_back(order, lines, {line.line_id: line.quantity for line in reduction.lines}):
            await queries.save(tx, [(model.move(order, "RETURNED"), actor(caller), asked.reason)])
        return (await _shown(tx, [done], order))[0]


async def _locked(tx: Tx, return_id: UUID, caller: Principal) -> tuple[Return, model.Order]:
    """By its order's lock, as all that changes an order. Raises UnknownReturn also for another seller's."""
    seller_id = caller.confined_to("support")
    order_id = await reductions.order_of_return(tx, return_id)
    order = (await queries.lock(tx, [order_id])).get(order_id) if order_id else None
    asked = await reductions.return_(tx, return_id)
    if order is None or asked is None or seller_id not in (None, asked.seller_id):
        raise UnknownReturn()
    return asked, order


async def _move(tx: Tx, asked: Return, order: model.Order, to: ReturnStatus, answer: str) -> ReturnView:
    done = moved(asked, to, at=now(), answer=answer)
    if to in ("refused", "withdrawn"):
        await reductions.wait_no_more(tx, asked)
    await reductions.save_return(tx, done)
    _tell(tx, done)
    return (await _shown(tx, [done], order))[0]


def _tell(tx: Tx, asked: Return) -> None:
    tx.emit(
        ReturnUpdated(
            order_id=asked.order_id,
            return_id=asked.id,
            parcel_id=asked.parcel_id,
            seller_id=asked.seller_id,
            status=asked.status,
            reason=asked.reason,
            answer=asked.answer,
        ),
        key=asked.order_id,
    )


async def _shown(tx: Tx, found: list[Return], order: model.Order) -> list[ReturnView]:
    lines = (await queries.lines(tx, [order.id]))[order.id]
    back = await reductions.paid_back(tx, [one.reduction_id for one in found if one.reduction_id])
    return _views(found, lines, order.currency, back)


def _views(
    found: list[Return], lines: list[SoldLine], currency: str, back: dict[UUID, list[PaidBack]]
) -> list[ReturnView]:
    known = {line.line_id: line for line in lines}
    views = []
    for one in found:
        paid = {row.line_id: row for row in back.get(one.reduction_id, ())} if one.reduction_id else {}
        shown = []
        for asked in one.lines:
            line, row = known[asked.line_id], paid.get(asked.line_id)
            shown.append(
                ReturnLineView(
                    line_id=line.line_id,
                    variant_id=line.variant_id,
                    sku=line.sku,
                    title=line.title,
                    quantity=asked.quantity,
                    unit_price=Money(line.unit_price, currency),
                    received=row.quantity if row else 0,
                    refund=Money(row.amount, currency) if row else None,
                    restock=row.restock if row else None,
                )
            )
        views.append(
            ReturnView(
                id=one.id,
                order_id=one.order_id,
                parcel_id=one.parcel_id,
                seller_id=one.seller_id,
                status=one.status,
                reason=one.reason,
                answer=one.answer,
                lines=shown,
                created_at=one.created_at,
                updated_at=one.updated_at,
            )
        )
    return views


routes = [
    ask_for_return,
    returns_of_order,
    list_returns,
    approve_return,
    refuse_return,
    withdraw_return,
    receive_return,
]
