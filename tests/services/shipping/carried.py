"""Shipments with accounts at carriers, for the tests of shipping."""

from typing import Any
from uuid import UUID

import httpx

from tests.harness import Alone, eventually
from tests.services.shipping.parcels import a_warehouse, preparing, shipments
from tradehall.contracts.shipping import ShipmentUpdated
from tradehall.contracts.stores import Store
from tradehall.kernel.ids import uuid7

ACCOUNTS = "/api/v1/shipping/accounts"
FAST = {"carrier": "simulated", "name": "Simulated Post", "pace": 0.1}


async def account(it: Alone, code: str, body: dict[str, Any], store: Store | None = None) -> httpx.Response:
    return await it.client("store_admin", store=store).put(f"{ACCOUNTS}/{code}", json=body)


async def opened(it: Alone, body: dict[str, Any] = FAST, **changes: Any) -> str:
    """The code of a new account; a warehouse to be fetched from is there too."""
    code = f"a{uuid7().hex[-12:]}"
    answer = await account(it, code, body | changes)
    assert answer.status_code == 200, answer.text
    await a_warehouse(it, "04101")
    return code


async def ask(it: Alone, shipment_id: UUID, code: str, *, client: Any = None, **body: Any) -> httpx.Response:
    client = client or it.client("warehouse_staff")
    answer: httpx.Response = await client.post(f"/api/v1/shipments/{shipment_id}/label", json={"account": code, **body})
    return answer


async def booked(it: Alone, code: str, **body: Any) -> tuple[UUID, UUID]:
    """Order and shipment, whose label was asked for."""
    order, confirmed = await preparing(it)
    shipment_id = confirmed.parcels[0].shipment_id
    answer = await ask(it, shipment_id, code, **body)
    assert answer.status_code == 202, answer.text
    return order.order_id, shipment_id


async def one(it: Alone, order_id: UUID) -> dict[str, Any]:
    (found,) = await shipments(it, order_id)
    return found


async def until(it: Alone, order_id: UUID, status: str, timeout: float = 15) -> dict[str, Any]:
    async def there() -> dict[str, Any] | None:
        found = await one(it, order_id)
        return found if found["status"] == status else None

    return await eventually(there, timeout)  # type: ignore[no-any-return]


async def labelled(it: Alone, order_id: UUID, status: str = "booked", timeout: float = 15) -> dict[str, Any]:
    async def there() -> dict[str, Any] | None:
        found = await one(it, order_id)
        return found if found.get("label", {}).get("status") == status else None

    return await eventually(there, timeout)  # type: ignore[no-any-return]


async def told(it: Alone, shipment_id: UUID, count: int) -> list[str]:
    """What others heard of it."""

    async def enough() -> list[str]:
        found = [e.status for e in await it.published(ShipmentUpdated) if e.shipment_id == shipment_id]
        return found if len(found) >= count else []

    return list(await eventually(enough))
