"""Warehouses and stock by the API, for the tests of the inventory service."""

from typing import Any
from uuid import UUID

import httpx

from tests.harness import Alone
from tests.makers import a_product
from tradehall.contracts.catalog import ProductCreated
from tradehall.contracts.identity import UserCreated
from tradehall.contracts.stores import Store
from tradehall.kernel.ids import uuid7

ADDRESS = {"name": "Depot", "line1": "1 Dock", "city": "Boston", "zip": "02139"}


async def a_warehouse(it: Alone, code: str = "main", zip_code: str = "02139", store: Store | None = None) -> None:
    answer = await it.client("store_admin", store=store).put(
        f"/api/v1/warehouses/{code}", json={"name": code, "address": {**ADDRESS, "zip": zip_code}}
    )
    assert answer.status_code == 200, answer.text


async def known(it: Alone, *prices: int, store: Store | None = None, **facts: Any) -> ProductCreated:
    product = a_product(*(prices or (100,)), **facts)
    await it.given(product, key=product.product_id, store=store)
    return product


def first(product: ProductCreated) -> UUID:
    return product.variants[0].variant_id


async def change(
    client: httpx.AsyncClient, kind: str, variant_id: UUID, quantity: Any, warehouse: str = "main", **more: Any
) -> httpx.Response:
    data = {"variant_id": str(variant_id), "warehouse": warehouse, "quantity": quantity, **more}
    return await client.post(f"/api/v1/stock/{kind}", json=data)


async def transfer(
    client: httpx.AsyncClient, variant_id: UUID, quantity: Any, source: str = "main", target: str = "far", **more: Any
) -> httpx.Response:
    data = {"variant_id": str(variant_id), "from": source, "to": target, "quantity": quantity, **more}
    return await client.post("/api/v1/stock/transfer", json=data)


async def level(it: Alone, variant_id: UUID, store: Store | None = None) -> tuple[int, int]:
    """On hand and reserved, over all warehouses."""
    (row,) = await it.sql(
        "SELECT coalesce(sum(on_hand), 0)::int AS on_hand, coalesce(sum(reserved), 0)::int AS reserved FROM levels "
        "WHERE variant_id = $1",
        variant_id,
        store=store,
    )
    return row["on_hand"], row["reserved"]


async def drift(it: Alone, store: Store | None = None) -> list[Any]:
    """Levels that are not the sum of their movements, and reservations that no hold accounts for; empty when well."""
    return await it.sql(
        "WITH moved AS (SELECT variant_id, warehouse_id, sum(on_hand_delta) AS on_hand, sum(reserved_delta) AS reserved "
        "  FROM movements GROUP BY 1, 2), "
        "held AS (SELECT variant_id, warehouse_id, sum(quantity) AS n FROM holds WHERE state = 'held' GROUP BY 1, 2) "
        "SELECT * FROM levels l FULL JOIN moved m USING (variant_id, warehouse_id) "
        "FULL JOIN held h USING (variant_id, warehouse_id) "
        "WHERE coalesce(l.on_hand, 0) <> coalesce(m.on_hand, 0) OR coalesce(l.reserved, 0) <> coalesce(m.reserved, 0) "
        "OR coalesce(l.reserved, 0) <> coalesce(h.n, 0) OR l.on_hand < 0 OR l.reserved < 0 OR l.reserved > l.on_hand",
        service="inventory",
        store=store,
    )


async def staff_of(it: Alone, *codes: str, store: Store | None = None) -> httpx.AsyncClient:
    """Warehouse staff, assigned to these warehouses."""
    id = uuid7()
    event = UserCreated(user_id=id, email=f"{id.hex[-8:]}@example.com", name="Sam Shelf", roles=["warehouse_staff"])
    await it.given(event, key=id, store=store)
    admin = it.client("store_admin", store=store)
    for code in codes:
        before = (await admin.get(f"/api/v1/warehouses/{code}/staff")).json()["items"]
        ids = [*(person["user_id"] for person in before), str(id)]
        answer = await admin.put(f"/api/v1/warehouses/{code}/staff", json={"user_ids": ids})
        assert answer.status_code == 200, answer.text
    return it.client("warehouse_staff", user_id=id, store=store)


async def backorder(client: httpx.AsyncClient, variant_id: UUID, limit: int | None = None) -> None:
    answer = await client.put(f"/api/v1/stock/{variant_id}/backorder", json={"policy": "allow", "limit": limit})
    assert answer.status_code == 200, answer.text
