"""What an order looks like from outside, and to whom."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

import msgspec

from tradehall.contracts.orders import OrderStatus
from tradehall.contracts.stores import OrderProfile
from tradehall.contracts.values import Address, Line, Money
from tradehall.kernel.auth import Principal, same_secret
from tradehall.services.orders.model import FINAL, Order, Parcel, can_become
from tradehall.services.orders.model.reducing import SoldLine, in_time


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """Of `quantity`, so many are `backordered`: they have still to come in; so many were `cancelled`, so many came back
    (`returned`), and so many are asked to (`coming_back`)."""

    line_id: UUID
    product_id: UUID
    variant_id: UUID
    seller_id: UUID
    sku: str
    title: str
    quantity: int
    unit_price: Money
    line_total: Money
    backordered: int = 0
    cancelled: int = 0
    returned: int = 0
    coming_back: int = 0


class ShippingView(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    price: Money


class PaymentView(msgspec.Struct, frozen=True, kw_only=True):
    method: str
    status: str
    instalments: int = 1


class OrderSummary(msgspec.Struct, frozen=True, kw_only=True):
    """`status_label` is what the store calls the status."""

    id: UUID
    number: str
    status: OrderStatus
    status_label: str
    total: Money
    email: str
    name: str
    payment: PaymentView
    created_at: datetime
    expires_at: datetime


class OrderView(OrderSummary, frozen=True, kw_only=True):
    """`link` is the token by which a guest follows the order; only its own buyer gets it. `reduced` is what of the total is
    given back, for parts that were cancelled or came back."""

    currency: str
    subtotal: Money
    shipping: ShippingView
    discount: Money
    interest: Money
    address: Address
    lines: list[LineView]
    parcels: list[Parcel]
    actions: list[str]
    reduced: Money
    link: str | None = None


_SENDING: tuple[OrderStatus, ...] = ("PROCESSING", "SHIPPED")


def may_see(order: Order, parcels: list[Parcel], principal: Principal | None, token: str | None, link: str) -> bool:
    """Its buyer, signed in or by link; a seller of a part of it; the store's staff."""
    if same_secret(token, link):
        return True
    if principal is None:
        return False
    if principal.is_staff:
        return True
    if order.customer_id is not None and order.customer_id == principal.user_id:
        return True
    return principal.seller_id is not None and any(p.seller_id == principal.seller_id for p in parcels)


def is_buyer(order: Order, principal: Principal | None, token: str | None, link: str) -> bool:
    return same_secret(token, link) or (principal is not None and order.customer_id == principal.user_id)


def summary_of(order: Order, profile: OrderProfile) -> OrderSummary:
    return OrderSummary(
        id=order.id,
        number=order.number,
        status=order.status,
        status_label=profile.label(order.status, in_review=order.in_review),
        total=Money(order.total, order.currency),
        email=order.email,
        name=order.name,
        payment=PaymentView(method=order.payment_method, status=order.payment_status, instalments=order.instalments),
        created_at=order.created_at,
        expires_at=order.expires_at,
    )


def view_of(
    order: Order,
    lines: Sequence[Line],
    parcels: list[Parcel],
    profile: OrderProfile,
    *,
    buyer: bool,
    return_days: int = 0,
    link: str,
    only_seller: UUID | None = None,
    missing: Mapping[UUID, int] = MappingProxyType({}),
) -> OrderView:
    """A seller sees the own lines and parcels; amounts of the whole order stay, since they are on its papers.

    `missing`, by variant, has still to come in; an order that has ended waits for nothing.
    """
    if order.status in FINAL:
        missing = {}
        parcels = [msgspec.structs.replace(parcel, waits_for_stock=False) for parcel in parcels]
    shown = [line for line in lines if only_seller in (None, line.seller_id)]
    return OrderView(
        id=order.id,
        number=order.number,
        status=order.status,
        status_label=profile.label(order.status, in_review=order.in_review),
        currency=order.currency,
        subtotal=Money(order.subtotal, order.currency),
        shipping=ShippingView(code=order.shipping_code, price=Money(order.shipping_price, order.currency)),
        discount=Money(order.discount, order.currency),
        interest=Money(order.interest, order.currency),
        total=Money(order.total, order.currency),
        email=order.email,
        name=order.name,
        address=order.address,
        lines=[_line_view(line, order.currency, missing.get(line.variant_id, 0)) for line in shown],
        parcels=[parcel for parcel in parcels if only_seller in (None, parcel.seller_id)],
        payment=PaymentView(method=order.payment_method, status=order.payment_status, instalments=order.instalments),
        expires_at=order.expires_at,
        created_at=order.created_at,
        actions=actions(order, shown, parcels, profile, buyer=buyer, only_seller=only_seller, return_days=return_days),
        reduced=Money(order.reduced, order.currency),
        link=link if buyer else None,
    )


def _line_view(line: Line, currency: str, backordered: int) -> LineView:
    gone = (
        {"cancelled": line.cancelled, "returned": line.returned, "coming_back": line.coming_back}
        if isinstance(line, SoldLine)
        else {}
    )
    return LineView(
        line_id=line.line_id,
        product_id=line.product_id,
        variant_id=line.variant_id,
        seller_id=line.seller_id,
        sku=line.sku,
        title=line.title,
        quantity=line.quantity,
        unit_price=Money(line.unit_price, currency),
        line_total=Money(line.line_total, currency),
        backordered=backordered,
        **gone,
    )


def actions(
    order: Order,
    lines: Sequence[Line],
    parcels: list[Parcel],
    profile: OrderProfile,
    *,
    buyer: bool,
    only_seller: UUID | None,
    return_days: int,
) -> list[str]:
    """What whoever looks may do now: cancel, cancel_lines, return, upload_proof; for the other side ship, deliver, a seller
    the own parcels."""
    untouched = all(parcel.status in ("PENDING", "CANCELLED") for parcel in parcels)
    may_cancel = can_become(order.status, "CANCELLED", profile)
    found = ["cancel"] if may_cancel and untouched and only_seller is None else []
    of = {parcel.seller_id: parcel for parcel in parcels}
    free = [line for line in lines if isinstance(line, SoldLine) and line.free]
    if may_cancel and order.status != "PENDING" and any(of[line.seller_id].status == "PENDING" for line in free):
        found.append("cancel_lines")
    days = return_days if buyer else None
    if profile.allows("DELIVERED", "RETURNED") and any(in_time(of[line.seller_id], days) for line in free):
        found.append("return")
    if buyer:
        if order.status == "PENDING" and order.payment_method == "proof" and not order.in_review:
            found.append("upload_proof")
        return found
    own = [parcel for parcel in parcels if only_seller in (None, parcel.seller_id)]
    on_its_way = any(can_become(order.status, to, profile) for to in _SENDING)
    if on_its_way and any(parcel.status == "PENDING" and not parcel.waits_for_stock for parcel in own):
        found.append("ship")
    if any(parcel.status == "SHIPPED" for parcel in own) and profile.allows("SHIPPED", "DELIVERED"):
        found.append("deliver")
    return found
