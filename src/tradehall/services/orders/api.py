"""Routes of the orders service."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from tradehall.contracts.orders import (
    CreatedItem,
    OrderCancelled,
    OrderCreated,
    OrderDelivered,
    OrderExpiryDue,
    OrderPlaced,
    OrderShipped,
    OrderStatus,
    ParcelDelivered,
    PaymentChoice,
)
from tradehall.contracts.stores import Store
from tradehall.contracts.values import Address, Line, Money, ShortText, now, to_decimal
from tradehall.kernel.access import ANYONE, SELLER, SIGNED_IN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import FieldError, Forbidden, Invalid, NotFound, Unauthorized
from tradehall.kernel.idempotency import Once
from tradehall.kernel.ids import uuid7
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.kernel.runtime import Running
from tradehall.services.orders import model, queries
from tradehall.services.orders.model import Order, Parcel, Wanted
from tradehall.services.orders.queries import HistoryEntry
from tradehall.services.orders.views import OrderSummary, OrderView, is_buyer, may_see, summary_of, view_of

Email = Annotated[
    str, Meta(min_length=3, max_length=254, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+\.[^@\s\x00-\x1f]+$(?!\n)")
]
# Twelve digits in a row may be a card's number, also behind tok_.
Token = Annotated[str, Meta(max_length=100, pattern=r"^tok_(?!.*[0-9]{12})[A-Za-z0-9_]+$(?!\n)")]
Note = Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*$")]
Code = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9_.\- ]+$(?!\n)")]


DISPATCHED = ("PROCESSING", "SHIPPED")  # steps whose note names carrier and tracking number


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """`token` stands for a card (`tok_…`); never a card number."""

    method: Annotated[str, Meta(max_length=40)]
    token: Token | None = None


class NewOrder(msgspec.Struct, frozen=True, kw_only=True):
    """`lines`, with `cart_version` where they are those of `cart_id`; or `cart_id` alone, whose lines are then taken.
    `expected_total` is the total the buyer saw."""

    lines: Annotated[list[Wanted], Meta(max_length=200)] = msgspec.field(default_factory=list)
    cart_id: UUID | None = None
    cart_version: Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None
    email: Email | None = None
    name: ShortText | None = None
    address: Address
    shipping: Annotated[str, Meta(min_length=1, max_length=60)]
    payment: Payment
    expected_total: Money


class Cancellation(msgspec.Struct, frozen=True, kw_only=True):
    reason: Note = "Customer request"


class Dispatch(msgspec.Struct, frozen=True, kw_only=True):
    """Without `parcel_id`: all parcels of the order that the caller may ship."""

    carrier: Code
    tracking_number: Code
    parcel_id: UUID | None = None


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    parcel_id: UUID | None = None


class History(msgspec.Struct, frozen=True):
    items: list[HistoryEntry]


class CartLines(msgspec.Struct, frozen=True, kw_only=True):
    lines: list[Wanted]
    version: int
    user_id: UUID | None = None


@post("/api/v1/orders", access=ANYONE)
async def create_order(
    request: Request[Any, Any, Any],
    data: JSONBody[NewOrder],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Response[Any]:
    """The order exists as PENDING before any charge. Needs an Idempotency-Key; a repeated one gets the first answer."""
    _check_checkout(data, store, principal)
    wanted, cart_version = data.lines, data.cart_version
    actor = str(principal.user_id) if principal else "guest"
    if not wanted:
        async with db.transaction(store.id) as tx:  # the cart of an order that was made is empty by now
            if (earlier := await Once.earlier_of(tx, request, actor)) is not None:
                return earlier
        cart = await _cart_lines(data, store, principal, running)
        wanted, cart_version = cart.lines, cart.version
    async with db.transaction(store.id) as tx:
        once = await Once.claim(tx, request, actor)
        if once.earlier is not None:
            return once.earlier
        variants, rates = await queries.offer(tx, [item.variant_id for item in wanted])
        lines = model.price_lines(wanted, variants, store.currency)
        order = _priced(
            data, store, principal, lines, model.shipping_cost(rates, data.shipping, lines, data.address.zip)
        )
        order = msgspec.structs.replace(order, cart_version=cart_version if data.cart_id else None)
        _check_total(order, data.expected_total, lines)
        link = model.link_token(running.settings.secret, store.id, order.id)
        parcels = [Parcel(id=uuid7(), seller_id=seller_id) for seller_id in dict.fromkeys(x.seller_id for x in lines)]
        try:
            await queries.insert(tx, order, lines, parcels, "guest" if principal is None else "customer")
        except asyncpg.UniqueViolationError as error:
            if error.constraint_name == "one_order_per_cart_version":
                raise model.CartAlreadyOrdered("Change the cart, or follow the order you have.") from None
            raise
        _tell_placed(tx, order, lines, data.payment, store, link)
        return await once.remember(tx, view_of(order, lines, parcels, buyer=True, link=link), status=201)


def _check_checkout(data: NewOrder, store: Store, principal: Principal | None) -> None:
    if store.checkout_mode == "account" and principal is None:
        raise Unauthorized("This store sells to signed-in customers.")
    if store.checkout_mode == "guest" and principal is not None and principal.has("shopper"):
        raise model.CheckoutNotAllowed("This store has no customer accounts.")
    errors = []
    if not data.lines and data.cart_id is None:
        errors.append(FieldError("lines", "must have at least one line, or give a cart_id"))
    if data.lines and data.cart_id is not None and data.cart_version is None:
        errors.append(FieldError("cart_version", "is required with the lines of a cart"))
    if data.email is None:
        errors.append(FieldError("email", "is required"))
    if data.payment.method not in store.payment_methods:
        errors.append(FieldError("payment.method", f"must be one of {', '.join(store.payment_methods)}"))
    if data.payment.method == "card-simulated" and data.payment.token is None:
        errors.append(FieldError("payment.token", "is required for a card"))
    if data.expected_total.currency != store.currency:
        errors.append(FieldError("expected_total.currency", f"must be {store.currency}"))
    if errors:
        raise Invalid("Some fields are not right.", errors=errors)


async def _cart_lines(data: NewOrder, store: Store, principal: Principal | None, running: Running) -> CartLines:
    """Asked before anything is written; a client that sends its lines spares this question."""
    try:
        cart = await running.peers.ask("carts", f"/internal/v1/carts/{data.cart_id}", CartLines, store_id=str(store.id))
    except NotFound:
        raise Invalid.field("cart_id", "is not your cart") from None
    if cart.user_id is not None and (principal is None or principal.user_id != cart.user_id):
        raise Invalid.field("cart_id", "is not your cart")
    if not cart.lines:
        raise Invalid.field("cart_id", "is an empty cart")
    return cart


def _priced(data: NewOrder, store: Store, principal: Principal | None, lines: list[Line], shipping: int) -> Order:
    subtotal = sum(line.line_total for line in lines)
    created = now()
    return Order(
        id=uuid7(),
        number=model.number(),
        customer_id=principal.user_id if principal else None,
        email=(data.email or "").lower(),
        name=data.name or data.address.name,
        status="PENDING",
        currency=store.currency,
        subtotal=subtotal,
        shipping_code=data.shipping,
        shipping_price=shipping,
        total=subtotal + shipping,
        address=data.address,
        payment_method=data.payment.method,
        cart_id=data.cart_id,
        expires_at=created + timedelta(seconds=store.order_expiry_seconds),
        created_at=created,
    )


def _check_total(order: Order, expected: Money, lines: list[Line]) -> None:
    if expected.amount == order.total:
        return
    raise model.TotalChanged(
        "Look at the new total and order again.",
        total=Money(order.total, order.currency),
        shipping=Money(order.shipping_price, order.currency),
        lines=[{"variant_id": x.variant_id, "unit_price": Money(x.unit_price, order.currency)} for x in lines],
    )


def _tell_placed(tx: Tx, order: Order, lines: list[Line], payment: Payment, store: Store, link: str) -> None:
    tx.emit(
        OrderPlaced(
            order_id=order.id,
            number=order.number,
            customer_id=order.customer_id,
            email=order.email,
            name=order.name,
            locale=store.locale,
            currency=order.currency,
            lines=lines,
            subtotal=order.subtotal,
            shipping_code=order.shipping_code,
            shipping_price=order.shipping_price,
            total=order.total,
            address=order.address,
            payment=PaymentChoice(method=payment.method, token=payment.token),
            expires_at=order.expires_at,
            link=link,
            cart_id=order.cart_id,
        ),
        key=order.id,
    )
    items = [
        CreatedItem(product_id=x.product_id, quantity=x.quantity, price=to_decimal(x.unit_price, order.currency))
        for x in lines
    ]
    tx.emit(
        OrderCreated(
            order_id=order.id,
            customer_id=order.customer_id or order.id,
            items=items,
            total_price=to_decimal(order.total, order.currency),
        ),
        key=order.id,
    )
    tx.emit(OrderExpiryDue(order_id=order.id), key=order.id, at=order.expires_at)


@get("/api/v1/orders", access=SIGNED_IN)
async def list_orders(
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    status: FromQuery[OrderStatus | None] = None,
    limit: FromQuery[Limit] = 25,
    cursor: FromQuery[str | None] = None,
) -> Page[OrderSummary]:
    """Shoppers see their own, sellers those with a part of theirs, admins all."""
    whole_store = caller.has("store_admin", "operator")
    before = decode_cursor(cursor, UUID)[0] if cursor else None
    async with db.transaction(store.id) as tx:
        found = await queries.listed(
            tx,
            customer_id=None if whole_store or caller.seller_id else caller.user_id,
            seller_id=None if whole_store else caller.seller_id,
            status=status,
            before=before,
            limit=limit + 1,
        )
    return page([summary_of(order) for order in found], limit, lambda row: (row.id,))


@get("/api/v1/orders/{order_id:uuid}", access=ANYONE)
async def get_order(
    order_id: FromPath[UUID],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    token: FromQuery[str | None] = None,
) -> OrderView:
    """Guests send the `token` of their link."""
    async with db.transaction(store.id) as tx:
        order = await queries.order(tx, order_id)
        return await _shown(tx, order, principal, token, store, running)


@get("/api/v1/orders/{order_id:uuid}/history", access=ANYONE)
async def get_history(
    order_id: FromPath[UUID],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    token: FromQuery[str | None] = None,
) -> History:
    """A seller is not told by whom and under which number another seller sent the own parcel."""
    async with db.transaction(store.id) as tx:
        order = await queries.order(tx, order_id)
        shown = await _shown(tx, order, principal, token, store, running)
        entries = await queries.history(tx, order_id)
    if shown.link is None and principal is not None and _only(principal) is not None:
        entries = [msgspec.structs.replace(e, note="") if e.status in DISPATCHED else e for e in entries]
    return History(entries)


@post("/api/v1/orders/{order_id:uuid}/cancel", access=ANYONE, status_code=200)
async def cancel_order(
    order_id: FromPath[UUID],
    data: JSONBody[Cancellation],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    token: FromQuery[str | None] = None,
) -> OrderView:
    """Its buyer or an admin, until a part of it is shipped. What was paid is given back."""
    async with db.transaction(store.id) as tx:
        order = (await queries.lock(tx, [order_id])).get(order_id)
        parcels = (await queries.parcels(tx, [order_id]))[order_id]
        link = model.link_token(running.settings.secret, store.id, order_id)
        admin = principal is not None and principal.has("store_admin", "operator")
        if order is None or not (admin or is_buyer(order, principal, token, link)):
            raise model.UnknownOrder()
        changed = model.cancel(order, parcels)
        await queries.save(tx, [(changed, "admin" if admin else "customer", data.reason)])
        tx.emit(OrderCancelled(order_id=order_id, cancellation_reason=data.reason), key=order_id)
        return await _shown(tx, changed, principal, token, store, running)


@post("/api/v1/orders/{order_id:uuid}/ship", access=SELLER, status_code=200)
async def ship_order(
    order_id: FromPath[UUID],
    data: JSONBody[Dispatch],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> OrderView:
    """A seller ships the own parcel. The order is SHIPPED when its last parcel is."""
    async with db.transaction(store.id) as tx:
        order, parcels = await _locked(tx, order_id, caller)
        chosen = model.choose(parcels, data.parcel_id, only=_only(caller), status="PENDING")
        changed, steps = model.ship(order, parcels, chosen)
        sent = [
            msgspec.structs.replace(p, status="SHIPPED", carrier=data.carrier, tracking_number=data.tracking_number)
            for p in chosen
        ]
        await queries.save_parcels(tx, sent)
        note = f"{data.carrier} {data.tracking_number}"
        for step in steps:
            await queries.save(tx, [(step, _actor(caller), note)])
        for parcel in sent:
            tx.emit(
                OrderShipped(
                    order_id=order_id,
                    shipment_id=parcel.id,
                    carrier=data.carrier,
                    tracking_number=data.tracking_number,
                ),
                key=order_id,
            )
        return await _shown(tx, changed, caller, None, store, running)


@post("/api/v1/orders/{order_id:uuid}/deliver", access=SELLER, status_code=200)
async def deliver_order(
    order_id: FromPath[UUID],
    data: JSONBody[Arrival],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> OrderView:
    """The order is DELIVERED when its last parcel is."""
    async with db.transaction(store.id) as tx:
        order, parcels = await _locked(tx, order_id, caller)
        chosen = model.choose(parcels, data.parcel_id, only=_only(caller), status="SHIPPED")
        changed = model.deliver(order, parcels, chosen)
        await queries.save_parcels(tx, [msgspec.structs.replace(p, status="DELIVERED") for p in chosen])
        for parcel in chosen:
            tx.emit(ParcelDelivered(order_id=order_id, shipment_id=parcel.id), key=order_id)
        if changed.status != order.status:
            await queries.save(tx, [(changed, _actor(caller), "")])
            tx.emit(OrderDelivered(order_id=order_id), key=order_id)
        return await _shown(tx, changed, caller, None, store, running)


def _only(caller: Principal) -> UUID | None:
    """The seller a caller is confined to; None for those who see the whole store. Raises Forbidden."""
    if caller.has("store_admin", "operator"):
        return None
    if caller.seller_id is None:
        raise Forbidden("This account sells nothing.")
    return caller.seller_id


def _actor(caller: Principal) -> str:
    return "admin" if caller.has("store_admin", "operator") else "seller"


async def _locked(tx: Tx, order_id: UUID, caller: Principal) -> tuple[Order, list[Parcel]]:
    """For whoever fulfils it. Raises UnknownOrder also for an order without a part of the seller's."""
    order = (await queries.lock(tx, [order_id])).get(order_id)
    parcels = (await queries.parcels(tx, [order_id]))[order_id]
    only = _only(caller)
    if order is None or (only is not None and all(p.seller_id != only for p in parcels)):
        raise model.UnknownOrder()
    return order, parcels


async def _shown(
    tx: Tx, order: Order | None, principal: Principal | None, token: str | None, store: Store, running: Running
) -> OrderView:
    """Raises UnknownOrder where the viewer may not see it: there is no telling it from one that is not there."""
    if order is None:
        raise model.UnknownOrder()
    link = model.link_token(running.settings.secret, store.id, order.id)
    parcels = (await queries.parcels(tx, [order.id]))[order.id]
    if not may_see(order, parcels, principal, token, link):
        raise model.UnknownOrder()
    lines = (await queries.lines(tx, [order.id]))[order.id]
    buyer = is_buyer(order, principal, token, link)
    only = None if buyer or principal is None else _only(principal)
    return view_of(order, lines, parcels, buyer=buyer, link=link, only_seller=only)


routes = [create_order, list_orders, get_order, get_history, cancel_order, ship_order, deliver_order]
