"""What an order looks like from outside, and to whom."""

from datetime import datetime
from uuid import UUID

import msgspec

from tradehall.contracts.orders import OrderStatus
from tradehall.contracts.stores import OrderProfile
from tradehall.contracts.values import Address, Line, Money
from tradehall.kernel.auth import Principal, same_secret
from tradehall.services.orders.model import Order, Parcel, can_become


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    product_id: UUID
    variant_id: UUID
    seller_id: UUID
    sku: str
    title: str
    quantity: int
    unit_price: Money
    line_total: Money


class ShippingView(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    price: Money


class PaymentView(msgspec.Struct, frozen=True, kw_only=True):
    method: str
    status: str


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
    """`link` is the token by which a guest follows the order; only its own buyer gets it."""

    currency: str
    subtotal: Money
    shipping: ShippingView
    address: Address
    lines: list[LineView]
    parcels: list[Parcel]
    actions: list[str]
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
        payment=PaymentView(method=order.payment_method, status=order.payment_status),
        created_at=order.created_at,
        expires_at=order.expires_at,
    )


def view_of(
    order: Order,
    lines: list[Line],
    parcels: list[Parcel],
    profile: OrderProfile,
    *,
    buyer: bool,
    link: str,
    only_seller: UUID | None = None,
) -> OrderView:
    """A seller sees the own lines and parcels; amounts of the whole order stay, since they are on its papers."""
    shown = [line for line in lines if only_seller in (None, line.seller_id)]
    return OrderView(
        id=order.id,
        number=order.number,
        status=order.status,
        status_label=profile.label(order.status, in_review=order.in_review),
        currency=order.currency,
        subtotal=Money(order.subtotal, order.currency),
        shipping=ShippingView(code=order.shipping_code, price=Money(order.shipping_price, order.currency)),
        total=Money(order.total, order.currency),
        email=order.email,
        name=order.name,
        address=order.address,
        lines=[_line_view(line, order.currency) for line in shown],
        parcels=[parcel for parcel in parcels if only_seller in (None, parcel.seller_id)],
        payment=PaymentView(method=order.payment_method, status=order.payment_status),
        expires_at=order.expires_at,
        created_at=order.created_at,
        actions=actions(order, parcels, profile, buyer=buyer, only_seller=only_seller),
        link=link if buyer else None,
    )


def _line_view(line: Line, currency: str) -> LineView:
    return LineView(
        product_id=line.product_id,
        variant_id=line.variant_id,
        seller_id=line.seller_id,
        sku=line.sku,
        title=line.title,
        quantity=line.quantity,
        unit_price=Money(line.unit_price, currency),
        line_total=Money(line.line_total, currency),
    )


def actions(
    order: Order, parcels: list[Parcel], profile: OrderProfile, *, buyer: bool, only_seller: UUID | None
) -> list[str]:
    """What whoever looks may do now: cancel, upload_proof; for the other side ship, deliver, a seller the own parcels."""
    untouched = all(parcel.status == "PENDING" for parcel in parcels)
    may_cancel = only_seller is None and untouched and can_become(order.status, "CANCELLED", profile)
    found = ["cancel"] if may_cancel else []
    if buyer:
        if order.status == "PENDING" and order.payment_method == "proof" and not order.in_review:
            found.append("upload_proof")
        return found
    own = {parcel.status for parcel in parcels if only_seller in (None, parcel.seller_id)}
    on_its_way = any(can_become(order.status, to, profile) for to in _SENDING)
    if on_its_way and "PENDING" in own:
        found.append("ship")
    if "SHIPPED" in own and profile.allows("SHIPPED", "DELIVERED"):
        found.append("deliver")
    return found
