"""Published by orders.

The eight order events of the reference systems have exactly the shape of `tests/contracts/golden/`: decimal
numbers for money, and in `productId` the product. What our own services need beyond that (variants, address,
payment method) travels in `OrderPlaced` and `OrderConfirmed`, in minor units.
"""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from tradehall.contracts.shipping import PickupPoint
from tradehall.contracts.values import Address, Event, Line, Task

OrderStatus = Literal[
    "PENDING",
    "CONFIRMED",
    "PROCESSING",
    "SHIPPED",
    "DELIVERED",
    "RETURNED",
    "REJECTED",
    "EXPIRED",
    "CANCELLED",
]

LABELS: dict[OrderStatus, str] = {
    "PENDING": "Waiting",
    "CONFIRMED": "Confirmed",
    "PROCESSING": "Being packed",
    "SHIPPED": "On its way",
    "DELIVERED": "Delivered",
    "RETURNED": "Returned",
    "REJECTED": "Payment not accepted",
    "EXPIRED": "Expired",
    "CANCELLED": "Cancelled",
}

# Every edge an order may take. A store's order profile may leave out some, but none of those by which an order that
# waits for stock and money comes to an end.
EDGES: dict[OrderStatus, frozenset[OrderStatus]] = {
    "PENDING": frozenset({"CONFIRMED", "REJECTED", "EXPIRED", "CANCELLED"}),
    "CONFIRMED": frozenset({"PROCESSING", "CANCELLED"}),
    "PROCESSING": frozenset({"SHIPPED", "CANCELLED"}),
    "SHIPPED": frozenset({"DELIVERED"}),
    "DELIVERED": frozenset({"RETURNED"}),
    "RETURNED": frozenset(),
    "REJECTED": frozenset(),
    "EXPIRED": frozenset(),
    "CANCELLED": frozenset(),
}
SAFETY_EDGES: frozenset[tuple[OrderStatus, OrderStatus]] = frozenset(("PENDING", end) for end in EDGES["PENDING"])


ReturnStatus = Literal["requested", "approved", "refused", "withdrawn", "received"]


class OrdersEvent(Event, frozen=True, kw_only=True):
    publisher: ClassVar[str] = "orders"


class PaymentChoice(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`token` stands for a card at its provider; it is never a card number. `tax_id` is the buyer's, for methods that need it."""

    method: str
    token: str | None = None
    instalments: int = 1
    tax_id: str | None = None


class OrderPlaced(OrdersEvent, frozen=True, kw_only=True, tag="OrderPlaced"):
    """Everything about a new order, for our own services. Money in minor units of `currency`. `pickup`: the buyer comes for
    it there, and nothing is sent to the address."""

    order_id: UUID
    number: str
    customer_id: UUID | None
    email: str
    name: str
    locale: str
    currency: str
    lines: list[Line]
    subtotal: int
    shipping_code: str
    shipping_price: int
    discount: int = 0
    interest: int = 0
    total: int
    address: Address
    payment: PaymentChoice
    expires_at: datetime
    link: str
    cart_id: UUID | None = None
    pickup: PickupPoint | None = None


class CreatedItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    product_id: UUID
    quantity: int
    price: Decimal


class OrderCreated(OrdersEvent, frozen=True, kw_only=True, tag="OrderCreated"):
    """Golden shape. `customer_id` is the order's own id for a guest."""

    order_id: UUID
    customer_id: UUID
    items: list[CreatedItem]
    total_price: Decimal


class OrderValidated(OrdersEvent, frozen=True, kw_only=True, tag="OrderValidated"):
    """Golden shape. Valid: the stock is held and payment may start."""

    order_id: UUID
    is_valid: bool
    validation_errors: list[str]


class OrderConfirmed(OrdersEvent, frozen=True, kw_only=True, tag="OrderConfirmed"):
    """Paid, or promised to be paid on delivery; `parcels` is the split by seller."""

    order_id: UUID
    number: str
    currency: str
    total: int
    parcels: "list[Parcel]"
    address: Address
    cart_id: UUID | None = None


class Parcel(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A seller's part of an order. Its shipment bears the same id."""

    shipment_id: UUID
    seller_id: UUID
    lines: list[Line]


class OrderCancelled(OrdersEvent, frozen=True, kw_only=True, tag="OrderCancelled"):
    """Golden shape, for every way an order ends unfulfilled: cancelled, rejected, expired."""

    order_id: UUID
    cancellation_reason: str


class OrderShipped(OrdersEvent, frozen=True, kw_only=True, tag="OrderShipped"):
    """Golden shape; one event per parcel."""

    order_id: UUID
    shipment_id: UUID
    carrier: str
    tracking_number: str


class OrderDelivered(OrdersEvent, frozen=True, kw_only=True, tag="OrderDelivered"):
    """Golden shape; when the last parcel has arrived."""

    order_id: UUID
    delivery_status: Literal["DELIVERED"] = "DELIVERED"


class ParcelDelivered(OrdersEvent, frozen=True, kw_only=True, tag="shipment.delivered"):
    order_id: UUID
    shipment_id: UUID


class OrderReturned(OrdersEvent, frozen=True, kw_only=True, tag="OrderReturned"):
    """Golden shape; one event for each return that was received, in part or in whole."""

    order_id: UUID
    return_reason: str
    refund_amount: Decimal


class SaleCreated(OrdersEvent, frozen=True, kw_only=True, tag="sale.created"):
    """One per confirmed order; money in minor units."""

    order_id: UUID
    currency: str
    total: int
    lines: list[Line]


class ReducedLine(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """So many of an order's line that are not sold any more, and what is `left` of the line. `amount` is given back for them,
    in minor units; `restock`: what came back can be sold again."""

    line_id: UUID
    product_id: UUID
    variant_id: UUID
    seller_id: UUID
    parcel_id: UUID
    quantity: int
    amount: int
    restock: bool = True
    left: int = 0


class SaleReduced(OrdersEvent, frozen=True, kw_only=True, tag="sale.reduced"):
    """What a sale that was created is less by: a part or all of it was cancelled before it was sent, or came back. Money in
    minor units of `currency`: `shipping` is what of the shipping price goes back, `total` that and the lines' amounts.

    `whole`: the order ends as cancelled, and the OrderCancelled beside this gives back all that was paid and all that was
    taken from stock.
    """

    order_id: UUID
    reduction_id: UUID
    kind: Literal["cancelled", "returned"]
    whole: bool
    currency: str
    lines: list[ReducedLine]
    shipping: int
    total: int
    reason: str


class ReturnUpdated(OrdersEvent, frozen=True, kw_only=True, tag="return.updated"):
    """Of a parcel that is to come back, in whole or in part. `answer` is what the buyer is told."""

    order_id: UUID
    return_id: UUID
    parcel_id: UUID
    seller_id: UUID
    status: ReturnStatus
    reason: str
    answer: str = ""


class OrderExpiryDue(OrdersEvent, frozen=True, kw_only=True, tag="OrderExpiryDue"):
    """Timer, to orders itself."""

    together = True

    order_id: UUID


class ParcelMoved(Task, frozen=True, kw_only=True, tag="ParcelMoved"):
    """Its carrier says that a parcel is on its way, or has arrived: the order goes along, as far as the store's profile
    lets it."""

    publisher: ClassVar[str] = "orders"
    order_id: UUID
    parcel_id: UUID
    arrived: bool
    carrier: str
    tracking_number: str
    note: str = ""
