"""Events and orders for tests, with what does not matter filled in."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tradehall.contracts.catalog import ProductCreated, VariantFacts
from tradehall.contracts.orders import OrderConfirmed, OrderPlaced, Parcel, PaymentChoice, ReducedLine, SaleReduced
from tradehall.contracts.values import Address, Line
from tradehall.kernel.ids import uuid7

LINK = "the-link-of-this-order"


def an_address(**changes: Any) -> Address:
    return Address(**{"name": "Ada Byron", "line1": "1 Mill Lane", "city": "Boston", "zip": "02139", **changes})


def a_product(
    *prices: int, seller_id: UUID | None = None, status: Any = "published", currency: str = "USD"
) -> ProductCreated:
    """One variant for each price, in minor units."""
    id = uuid7()
    variants = [
        VariantFacts(
            variant_id=uuid7(), sku=f"SKU-{id.hex[-6:]}-{i}", title=f"Lamp {i}", options={}, price=price, weight_g=500
        )
        for i, price in enumerate(prices)
    ]
    return ProductCreated(
        product_id=id,
        seller_id=seller_id or uuid7(),
        slug=f"lamp-{id.hex[-6:]}",
        name="Lamp",
        status=status,
        currency=currency,
        variants=variants,
    )


def lines_of(product: ProductCreated, *quantities: int) -> list[Line]:
    """So many of the product's first variant, of its second, and so on."""
    return [
        Line(
            line_id=uuid7(),
            product_id=product.product_id,
            variant_id=variant.variant_id,
            seller_id=product.seller_id,
            sku=variant.sku,
            title=variant.title,
            quantity=quantity,
            unit_price=variant.price,
        )
        for variant, quantity in zip(product.variants, quantities, strict=False)
    ]


def placed(lines: Sequence[Line] = (), **changes: Any) -> OrderPlaced:
    total = sum(line.line_total for line in lines) or 5000
    facts: dict[str, Any] = {
        "order_id": uuid7(),
        "number": "AAAA-2222",
        "customer_id": uuid7(),
        "email": "ada@example.org",
        "name": "Ada Byron",
        "locale": "en-US",
        "currency": "USD",
        "lines": list(lines),
        "subtotal": total,
        "shipping_code": "standard",
        "shipping_price": 0,
        "total": total,
        "address": an_address(),
        "payment": PaymentChoice(method="card-simulated", token="tok_ok"),
        "expires_at": datetime.now(UTC) + timedelta(minutes=10),
        "link": LINK,
    }
    return OrderPlaced(**{**facts, **changes})


def confirmed(order: OrderPlaced) -> OrderConfirmed:
    return OrderConfirmed(
        order_id=order.order_id,
        number=order.number,
        currency=order.currency,
        total=order.total,
        parcels=[Parcel(shipment_id=uuid7(), seller_id=uuid7(), lines=order.lines)],
        address=order.address,
        cart_id=order.cart_id,
    )


def less(order: OrderPlaced, *parts: tuple[Line, int], left: int = 0, **changes: Any) -> SaleReduced:
    """So many of each line are cancelled, at their price; `left` of each is what stays."""
    lines = [
        ReducedLine(
            line_id=line.line_id,
            product_id=line.product_id,
            variant_id=line.variant_id,
            seller_id=line.seller_id,
            parcel_id=uuid7(),
            quantity=quantity,
            amount=line.unit_price * quantity,
            left=left,
        )
        for line, quantity in parts
    ]
    facts: dict[str, Any] = {
        "order_id": order.order_id,
        "reduction_id": uuid7(),
        "kind": "cancelled",
        "whole": False,
        "currency": order.currency,
        "lines": lines,
        "shipping": 0,
        "total": sum(line.amount for line in lines),
        "reason": "Too many",
    }
    return SaleReduced(**{**facts, **changes})
