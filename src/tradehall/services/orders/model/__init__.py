"""Rules of orders: states and the edges between them, prices, who may see and move what."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from tradehall.contracts.orders import EDGES, OrderStatus
from tradehall.contracts.shipping import Rate
from tradehall.contracts.stores import OrderProfile
from tradehall.contracts.values import Address, Line, Quantity, smallest
from tradehall.kernel.errors import Conflict, FieldError, Invalid, NotFound
from tradehall.kernel.ids import uuid7

WHOLE = OrderProfile()
MOST_OF_ONE = 999
FINAL = frozenset(status for status, to in EDGES.items() if not to)


class UnknownOrder(NotFound):
    slug = "unknown-order"
    title = "There is no such order"


class NoSuchTransition(Conflict):
    slug = "no-such-transition"
    title = "The order's status does not allow this"


class TotalChanged(Conflict):
    """`extra.total` is the total now, `extra.lines` the prices it is made of."""

    slug = "total-changed"
    title = "The total has changed since you saw it"


class CartAlreadyOrdered(Conflict):
    slug = "cart-already-ordered"
    title = "This cart has been ordered already"


class CheckoutNotAllowed(Conflict):
    slug = "checkout-not-allowed"
    title = "The store does not sell this way"


class NotInStockYet(Conflict):
    slug = "not-in-stock-yet"
    title = "Goods of this parcel have still to come in"


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    email: str


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """What is for sale now, from the catalogue's events; `price` in minor units."""

    id: UUID
    product_id: UUID
    seller_id: UUID
    sku: str
    title: str
    price: int
    currency: str
    weight_g: int
    for_sale: bool


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """A seller's part of an order, sent whole: `waits_for_stock` as long as anything of it has still to come in."""

    id: UUID
    seller_id: UUID
    status: str = "PENDING"
    carrier: str | None = None
    tracking_number: str | None = None
    waits_for_stock: bool = False
    delivered_at: datetime | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Money in minor units of `currency`. `reduced` is what of the total was given back, `shipping_reduced` of the shipping."""

    id: UUID
    number: str
    customer_id: UUID | None
    email: str
    name: str
    status: OrderStatus
    stock_held: bool = False
    in_review: bool = False
    currency: str
    subtotal: int
    shipping_code: str
    shipping_price: int
    discount: int = 0
    interest: int = 0
    instalments: int = 1
    total: int
    address: Address
    payment_method: str
    payment_status: str = "awaiting"
    cart_id: UUID | None = None
    cart_version: int | None = None
    expires_at: datetime
    created_at: datetime
    reduced: int = 0
    shipping_reduced: int = 0


def can_become(status: OrderStatus, to: OrderStatus, profile: OrderProfile) -> bool:
    return to in EDGES[status] and profile.allows(status, to)


def move(order: Order, to: OrderStatus, profile: OrderProfile = WHOLE) -> Order:
    """Raises NoSuchTransition for an edge outside the table, or one that the store's profile leaves out."""
    if not can_become(order.status, to, profile):
        raise NoSuchTransition(f"Order {order.number} is {order.status}; it cannot become {to}.")
    return msgspec.structs.replace(order, status=to)


def noted(order: Order, payment_status: str) -> Order:
    """With how its payment stands, be it in review."""
    return msgspec.structs.replace(order, payment_status=payment_status, in_review=payment_status == "review")


def settled(payment_status: Literal["SUCCESS", "FAILED", "REJECTED"]) -> tuple[OrderStatus, str]:
    """Where a pending order goes with the answer about its payment, and why."""
    if payment_status == "SUCCESS":
        return "CONFIRMED", ""
    if payment_status == "REJECTED":
        return "REJECTED", "The proof of payment was not accepted."
    return "CANCELLED", "The payment was declined."


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    variant_id: UUID
    quantity: Quantity


def price_lines(
    wanted: Sequence[Wanted], variants: Mapping[UUID, Variant], currency: str, *, seller_id: UUID | None = None
) -> list[Line]:
    """The server's prices, one line per variant. `seller_id`: the seller who buys, but not from themselves.

    Raises Invalid naming every line that cannot be sold.
    """
    errors: list[FieldError] = []
    quantities: dict[UUID, int] = {}
    for i, item in enumerate(wanted):
        variant = variants.get(item.variant_id)
        if variant is None or not variant.for_sale:
            errors.append(FieldError(f"lines[{i}].variant_id", "is not for sale in this store"))
        elif variant.currency != currency:
            errors.append(FieldError(f"lines[{i}].variant_id", f"is not sold in {currency}"))
        elif seller_id is not None and variant.seller_id == seller_id:
            errors.append(FieldError(f"lines[{i}].variant_id", "is your own: sellers do not buy from themselves"))
        quantities[item.variant_id] = quantities.get(item.variant_id, 0) + item.quantity
        if quantities[item.variant_id] > MOST_OF_ONE:
            errors.append(FieldError(f"lines[{i}].quantity", f"must be at most {MOST_OF_ONE} of one variant"))
    if errors:
        raise Invalid("Some lines cannot be ordered.", errors=errors)
    return [_line(variants[variant_id], quantity) for variant_id, quantity in quantities.items()]


def _line(variant: Variant, quantity: int) -> Line:
    return Line(
        line_id=uuid7(),
        product_id=variant.product_id,
        variant_id=variant.id,
        seller_id=variant.seller_id,
        sku=variant.sku,
        title=variant.title,
        quantity=quantity,
        unit_price=variant.price,
        weight_g=variant.weight_g,
    )


def number() -> str:
    """Eight characters without look-alikes. Random: says nothing of how much a store sells, and needs no counter that
    would make its orders queue."""
    alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
    bits = secrets.randbits(40)
    digits = "".join(alphabet[bits >> shift & 31] for shift in range(0, 40, 5))
    return f"{digits[:4]}-{digits[4:]}"


def link_token(secret: str, store_id: UUID, order_id: UUID) -> str:
    """What lets a guest follow an order: derived, so that it need not be stored."""
    message = b"order-link" + store_id.bytes + order_id.bytes
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()[:40]


def shipping_rate(rates: Sequence[Rate], code: str, lines: Sequence[Line], to: Address) -> tuple[Rate, int]:
    """The option and what it costs, in minor units. Raises Invalid for one that is unknown, does not reach the address or
    does not take so much."""
    rate = next((rate for rate in rates or [Rate(code="standard", name="Standard")] if rate.code == code), None)
    if rate is None:
        raise Invalid.field("shipping", f"must be one of {', '.join(rate.code for rate in rates) or 'standard'}")
    cost = rate.cost(
        items=sum(line.quantity for line in lines),
        subtotal=sum(line.line_total for line in lines),
        weight=sum(line.weight_g * line.quantity for line in lines),
        to_zip=to.zip,
        to_country=to.country,
    )
    if cost is not None:
        return rate, cost
    if rate.kind in _TAKES and rate.reaches(to.zip, to.country):
        raise Invalid.field("shipping", f"{code} does not take an order of this {_TAKES[rate.kind]}")
    raise Invalid.field("shipping", f"{code} does not reach the zip code {to.zip} in {to.country}")


_TAKES = {"weight": "weight", "price": "price", "items": "size"}


def adjusted(lines: Sequence[Line], amount: int, currency: str) -> list[Line]:
    """Each with its share of what the way to pay takes off the goods, or puts on them; to the smallest amount there is."""
    if not amount or not lines:
        return list(lines)
    whole = sum(line.line_total for line in lines)
    exact = smallest(currency) if all(line.line_total % smallest(currency) == 0 for line in lines) else 1
    sign = 1 if amount > 0 else -1
    found, before, so_far = [], 0, 0
    for i, line in enumerate(lines, start=1):
        before += line.line_total
        until = amount if i == len(lines) else sign * (abs(amount) * before // max(whole, 1) // exact * exact)
        found.append(msgspec.structs.replace(line, adjustment=until - so_far))
        so_far = until
    return found


def cancel(order: Order, parcels: Sequence[Parcel], profile: OrderProfile = WHOLE) -> Order:
    """Raises NoSuchTransition, also where a parcel is on its way already."""
    if any(parcel.status not in ("PENDING", "CANCELLED") for parcel in parcels):
        raise NoSuchTransition(f"A part of order {order.number} is shipped; it cannot be cancelled.")
    return move(order, "CANCELLED", profile)


def choose(parcels: Sequence[Parcel], parcel_id: UUID | None, *, only: UUID | None, status: str) -> list[Parcel]:
    """The parcels meant: the named one, else all of that status; a seller's own. Raises where there is none."""
    own = [p for p in parcels if only in (None, p.seller_id)]
    if parcel_id is not None and parcel_id not in {p.id for p in own}:
        raise Invalid.field("parcel_id", "is not a parcel of this order")
    chosen = [p for p in own if p.status == status and parcel_id in (None, p.id)]
    if not chosen:
        raise NoSuchTransition(f"No parcel of this order is {status}.")
    return chosen


def in_stock(chosen: Sequence[Parcel]) -> list[Parcel]:
    """Those that can be sent now. Raises NotInStockYet where there is none."""
    ready = [parcel for parcel in chosen if not parcel.waits_for_stock]
    if not ready:
        raise NotInStockYet("It can be sent as soon as they are there.")
    return ready


def ship(
    order: Order, parcels: Sequence[Parcel], chosen: Sequence[Parcel], profile: OrderProfile = WHOLE
) -> tuple[Order, list[Order]]:
    """The order afterwards, and every state it goes through on the way, for its history."""
    steps: list[Order] = []
    if order.status == "CONFIRMED":
        order = move(order, "PROCESSING", profile)
        steps.append(order)
    elif order.status != "PROCESSING":
        raise NoSuchTransition(f"Order {order.number} is {order.status}; it cannot be shipped.")
    left = {p.id for p in parcels if p.status == "PENDING"} - {p.id for p in chosen}
    if not left:
        order = move(order, "SHIPPED", profile)
        steps.append(order)
    return order, steps


def deliver(order: Order, parcels: Sequence[Parcel], chosen: Sequence[Parcel], profile: OrderProfile = WHOLE) -> Order:
    """DELIVERED with the last parcel; until then it stays as it is."""
    arrived = {p.id for p in parcels if p.status in ("DELIVERED", "CANCELLED")} | {p.id for p in chosen}
    return move(order, "DELIVERED", profile) if len(arrived) == len(parcels) else order


def tax_id(text: str) -> str:
    """A CPF or CNPJ without its punctuation; "" for what is none. A CNPJ may have letters, which count by their code."""
    plain = re.sub(r"[ ./-]", "", text).upper()
    if re.fullmatch(r"[0-9]{11}", plain):
        sums = [sum(int(digit) * (n - i) for i, digit in enumerate(plain[: n - 1])) for n in (10, 11)]
        right = [sum_ * 10 % 11 % 10 for sum_ in sums]
    elif re.fullmatch(r"[0-9A-Z]{12}[0-9]{2}", plain):
        weights = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
        values = [ord(character) - 48 for character in plain]
        sums = [sum(v * w for v, w in zip(values, weights[-n:], strict=False)) for n in (12, 13)]
        right = [(11 - sum_ % 11) % 11 % 10 for sum_ in sums]
    else:
        return ""
    return plain if len(set(plain)) > 1 and plain[-2:] == "".join(map(str, right)) else ""
