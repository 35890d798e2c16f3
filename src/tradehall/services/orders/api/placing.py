"""Placing an order."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from tradehall.contracts.orders import (
    CreatedItem,
    OrderCreated,
    OrderExpiryDue,
    OrderPlaced,
    PaymentChoice,
)
from tradehall.contracts.stores import Store
from tradehall.contracts.values import Address, Line, Money, ShortText, now, to_decimal
from tradehall.kernel.access import ANYONE
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.emails import Email, normal_email
from tradehall.kernel.errors import Busy, FieldError, Invalid, NotFound, Unauthorized
from tradehall.kernel.idempotency import answer_before, once
from tradehall.kernel.ids import uuid7
from tradehall.kernel.runtime import Running
from tradehall.services.orders import model, queries
from tradehall.services.orders.model import Order, Parcel, Wanted
from tradehall.services.orders.views import OrderView, view_of

# Twelve digits in a row may be a card's number, also behind tok_.
Token = Annotated[str, Meta(max_length=100, pattern=r"^tok_(?!.*[0-9]{12})[A-Za-z0-9_]+$(?!\n)")]


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """`token` stands for a card (`tok_…`); never a card number."""

    method: Annotated[str, Meta(max_length=40)]
    token: Token | None = None


class NewOrder(msgspec.Struct, frozen=True, kw_only=True):
    """`lines`, with `cart_version` where they are those of `cart_id`; or `cart_id` alone, whose lines are then taken.
    `expected_total` is the total the buyer saw. Without `email`, mail goes to the account's address."""

    lines: Annotated[list[Wanted], Meta(max_length=200)] = msgspec.field(default_factory=list)
    cart_id: UUID | None = None
    cart_version: Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None
    email: Email | None = None
    name: ShortText | None = None
    address: Address
    shipping: Annotated[str, Meta(min_length=1, max_length=60)]
    payment: Payment
    expected_total: Money


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
    actor = str(principal.user_id) if principal else "guest"
    wanted, cart_version = data.lines, data.cart_version
    if not wanted:  # the cart of an order that was made is empty by now
        if (earlier := await answer_before(db, store.id, request, actor)) is not None:
            return earlier
        cart = await _cart_lines(data, store, principal, running)
        wanted, cart_version = cart.lines, cart.version

    async def place(tx: Tx) -> OrderView:
        variants, rates = await queries.offer(tx, [item.variant_id for item in wanted])
        lines = model.price_lines(wanted, variants, store.currency)
        shipping = model.shipping_cost(rates, data.shipping, lines, data.address.zip)
        order = _priced(data, store, principal, lines, shipping, await _email(tx, data, principal))
        order = msgspec.structs.replace(order, cart_version=cart_version if data.cart_id else None)
        _check_total(order, data.expected_total, lines)
        link = model.link_token(running.settings.secret, store.id, order.id)
        parcels = [Parcel(id=uuid7(), seller_id=seller_id) for seller_id in dict.fromkeys(x.seller_id for x in lines)]
        await _insert(tx, order, lines, parcels, "guest" if principal is None else "customer")
        _tell_placed(tx, order, lines, data.payment, store, link)
        return view_of(order, lines, parcels, buyer=True, link=link)

    return await once(db, store.id, request, actor, place, status=201)


async def _insert(tx: Tx, order: Order, lines: list[Line], parcels: list[Parcel], actor: str) -> None:
    try:
        await queries.insert(tx, order, lines, parcels, actor)
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name == "one_order_per_cart_version":
            raise model.CartAlreadyOrdered("Change the cart, or follow the order you have.") from None
        if error.constraint_name == "orders_number_key":  # one in a billion
            raise Busy() from None
        raise


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
    if data.email is None and principal is None:
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


async def _email(tx: Tx, data: NewOrder, principal: Principal | None) -> str:
    """The one given, else the account's."""
    if data.email is not None:
        return normal_email(data.email)
    email = await queries.email_of(tx, principal.user_id) if principal is not None else None
    if email is None:  # an operator, who is at home in no store, or an account made this very moment
        raise Invalid.field("email", "is required")
    return email


def _priced(
    data: NewOrder, store: Store, principal: Principal | None, lines: list[Line], shipping: int, email: str
) -> Order:
    subtotal = sum(line.line_total for line in lines)
    created = now()
    return Order(
        id=uuid7(),
        number=model.number(),
        customer_id=principal.user_id if principal else None,
        email=email,
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


routes = [create_order]
