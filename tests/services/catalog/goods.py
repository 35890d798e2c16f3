"""Sellers and products for the tests of the catalog."""

from io import BytesIO
from itertools import count
from typing import Any
from uuid import UUID

import httpx
from PIL import Image

from tests.harness import Alone
from tradehall.contracts.identity import SellerCreated
from tradehall.contracts.stores import Store
from tradehall.kernel.ids import uuid7

_numbers = count(1)


async def a_seller(it: Alone, slug: str, store: Store | None = None) -> tuple[UUID, httpx.AsyncClient]:
    """Its id, and a client signed in as it."""
    seller_id, user_id = uuid7(), uuid7()
    event = SellerCreated(seller_id=seller_id, user_id=user_id, slug=slug, name=slug.title(), description="")
    await it.given(event, key=seller_id, store=store)
    return seller_id, it.client("shopper", "seller", seller_id=seller_id, user_id=user_id, store=store)


def offer(sku: str = "", price: int = 1999, **more: Any) -> dict[str, Any]:
    return {"sku": sku or f"SKU-{next(_numbers)}", "price": price, **more}


def product(name: str = "Tent", **more: Any) -> dict[str, Any]:
    """As POST takes it: published, one variant."""
    return {"name": name, "status": "published", "variants": [offer()], **more}


async def make(client: httpx.AsyncClient, name: str = "Tent", **more: Any) -> dict[str, Any]:
    answer = await client.post("/api/v1/products", json=product(name, **more))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def picture(format: str = "PNG", size: tuple[int, int] = (300, 200), **save: Any) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "#66794f").save(out, format, **save)
    return out.getvalue()
