"""Orders that have arrived, and what is said of them, for the tests of reviews."""

from typing import Any, NamedTuple
from uuid import UUID

import httpx

from tests.harness import Alone
from tests.makers import LINK, a_product, lines_of, placed
from tests.services.shipping.parcels import split
from tradehall.contracts.catalog import ProductCreated
from tradehall.contracts.orders import OrderConfirmed, OrderDelivered, OrderPlaced, ParcelDelivered
from tradehall.contracts.stores import Store
from tradehall.kernel.ids import uuid7

GOOD = {"rating": 5, "title": "Bright", "text": "It lights the whole room."}


class Bought(NamedTuple):
    """`buyer` is signed in as the order's customer."""

    product: ProductCreated
    order: OrderPlaced
    confirmed: OrderConfirmed
    buyer: httpx.AsyncClient

    @property
    def path(self) -> str:
        return f"/api/v1/orders/{self.order.order_id}/reviews"

    @property
    def variant(self) -> str:
        return str(self.order.lines[0].variant_id)


async def confirmed(
    it: Alone, product: ProductCreated | None = None, *, store: Store | None = None, **changes: Any
) -> Bought:
    product = product or a_product(1000)
    order = placed(lines_of(product, *[1] * len(product.variants)), **changes)
    event = split(order)
    await it.given(order, key=order.order_id, store=store)
    await it.given(event, key=order.order_id, store=store)
    return Bought(product, order, event, it.client("shopper", user_id=order.customer_id, store=store))


async def delivered(
    it: Alone, product: ProductCreated | None = None, *, store: Store | None = None, **changes: Any
) -> Bought:
    bought = await confirmed(it, product, store=store, **changes)
    await arrive(it, bought, store=store)
    return bought


async def arrive(it: Alone, bought: Bought, *, store: Store | None = None) -> None:
    order_id = bought.order.order_id
    for parcel in bought.confirmed.parcels:
        arrived = ParcelDelivered(order_id=order_id, shipment_id=parcel.shipment_id)
        await it.given(arrived, key=order_id, store=store)
    await it.given(OrderDelivered(order_id=order_id), key=order_id, store=store)


async def write(bought: Bought, client: httpx.AsyncClient | None = None, **words: Any) -> dict[str, Any]:
    answer = await (client or bought.buyer).post(bought.path, json={"variant_id": bought.variant, **GOOD, **words})
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def reviewed(it: Alone, product: ProductCreated | None = None, **words: Any) -> tuple[Bought, dict[str, Any]]:
    bought = await delivered(it, product)
    return bought, await write(bought, **words)


async def shown(it: Alone, product_id: UUID | str, store: Store | None = None, **params: Any) -> dict[str, Any]:
    """As somebody who has not written any of them."""
    reader = it.client("shopper", store=store)
    answer = await reader.get(f"/api/v1/products/{product_id}/reviews", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def decide(it: Alone, kind: str, id: str, status: str, reason: str = "") -> dict[str, Any]:
    support = it.client("support")
    answer = await support.put(f"/api/v1/{kind}/{id}/status", json={"status": status, "reason": reason})
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def set_rules(it: Alone, store: Store | None = None, **rules: Any) -> None:
    answer = await it.client("store_admin", store=store).put("/api/v1/reviews/settings", json=rules)
    assert answer.status_code == 200, answer.text


def by_link(bought: Bought) -> dict[str, str]:
    return {"token": LINK}


def a_seller(it: Alone, product: ProductCreated) -> httpx.AsyncClient:
    return it.client("seller", "shopper", seller_id=product.seller_id)


def stranger(it: Alone) -> httpx.AsyncClient:
    return it.client("shopper", user_id=uuid7())
