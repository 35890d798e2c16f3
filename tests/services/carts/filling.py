"""Filling carts by the API, for the tests of the carts service."""

from typing import Any
from uuid import UUID

import httpx
import msgspec

from tests.harness import Alone
from tests.makers import a_product
from tradehall.contracts.catalog import ProductCreated, ProductUpdated
from tradehall.contracts.stores import Store

CART = "/api/v1/cart"
ITEMS = "/api/v1/cart/items"


async def for_sale(it: Alone, *prices: int, store: Store | None = None, **facts: Any) -> ProductCreated:
    product = a_product(*prices, **facts)
    await it.given(product, key=product.product_id, store=store)
    return product


async def changed(it: Alone, product: ProductCreated, **facts: Any) -> None:
    event = ProductUpdated(**{**msgspec.structs.asdict(product), **facts})
    await it.given(event, key=product.product_id)


def first(product: ProductCreated) -> UUID:
    return product.variants[0].variant_id


async def add(client: httpx.AsyncClient, variant_id: UUID, quantity: int = 1) -> dict[str, Any]:
    answer = await client.post(ITEMS, json={"variant_id": str(variant_id), "quantity": quantity})
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def cart_of(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get(CART)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def quantities(cart: dict[str, Any]) -> dict[str, int]:
    return {item["variant_id"]: item["quantity"] for item in cart["items"]}


def fields(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {error["field"] for error in answer.json()["errors"]}


def usd(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD"}
