"""A parcel that its carrier moves by itself, from the label to the door, in both placements and through kill -9."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests import carrier_server
from tests.carrier_server import KEY, WEBHOOK_SECRET, CarrierServer
from tests.journeys.program import Program
from tests.journeys.shop import eventually
from tests.journeys.test_hard_times import SmallShop, open_small_shop

WAY = ["SHIPPED", "IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED"]


@pytest.fixture
def server() -> Iterator[CarrierServer]:
    with carrier_server.running() as running:
        yield running


async def an_order(shop: SmallShop) -> tuple[dict[str, Any], str]:
    """Confirmed, with its one shipment."""
    order = await shop.guest.place(await shop.draft("card-simulated", "tok_ok"))
    await shop.guest.until(order, "CONFIRMED", timeout=30)

    async def there() -> str | None:
        got = await shop.guest.get(f"/api/v1/orders/{order['id']}/shipments", token=order["link"])
        return got["items"][0]["id"] if got["items"] else None

    return order, await eventually(there, 30)


async def shipment(shop: SmallShop, order: dict[str, Any]) -> dict[str, Any]:
    got = await shop.guest.get(f"/api/v1/orders/{order['id']}/shipments", token=order["link"])
    return got["items"][0]  # type: ignore[no-any-return]


async def page(shop: SmallShop, order: dict[str, Any]) -> str:
    got = await shop.guest.http.get(f"/orders/{order['id']}", params={"token": order["link"]})
    assert got.status_code == 200, got.text
    return got.text


@pytest.mark.timeout(300)
@pytest.mark.parametrize("processes", [False, True], ids=["one process", "processes"])
async def test_a_parcel_goes_to_the_door_by_itself(
    alone: list[Program], server: CarrierServer, processes: bool
) -> None:
    program = Program(demo=False, processes=processes, TRADEHALL_PRIVATE_CARRIERS="1")
    alone.append(program)
    program.start().wait_ready()
    shop = await open_small_shop(program)
    try:
        await shop.stock(20)
        simulated = {"carrier": "simulated", "name": "Simulated Post", "pace": 0.3}
        await shop.admin.ask("PUT", "/api/v1/shipping/accounts/simulated", simulated)
        keys = {"url": server.url, "api_key": KEY, "webhook_secret": WEBHOOK_SECRET}
        gulls = {"carrier": "http", "name": "Gull Post", **keys}
        await shop.admin.ask("PUT", "/api/v1/shipping/accounts/gulls", gulls)

        order, shipment_id = await an_order(shop)
        label = f"/api/v1/shipments/{shipment_id}/label"
        await shop.admin.ask("POST", label, {"account": "simulated"}, status=202)
        await shop.guest.until(order, "DELIVERED", timeout=30)
        arrived = await shipment(shop, order)
        assert [step["status"] for step in arrived["history"]] == ["PREPARING", *WAY]
        assert await shop.guest.history(order) == ["PENDING", "CONFIRMED", "PROCESSING", "SHIPPED", "DELIVERED"]
        shown = await page(shop, order)
        for words in ("Delivered", "Handed over", "At the sorting centre", arrived["tracking_number"]):
            assert words in shown
        assert (await shop.admin.http.get(label)).content.startswith(b"%PDF")

        # The label is made, and everything is killed before anybody hears of it: there is one parcel all the same.
        late, late_id = await an_order(shop)
        server.faults.append(("POST /parcels", "after"))
        await shop.admin.ask("POST", f"/api/v1/shipments/{late_id}/label", {"account": "gulls"}, status=202)

        async def asked() -> bool:
            return not server.faults

        await eventually(asked, 30)
        if processes:
            program.kill_service("shipping")
        else:
            program.kill()
            program.start().wait_ready()
        shop.admin.patience = shop.guest.patience = 60

        async def labelled() -> bool:
            got = await shop.admin.get(f"/api/v1/orders/{late['id']}/shipments")
            return bool(got["items"][0]["label"]["status"] == "booked")

        await eventually(labelled, 60)
        assert list(server.booked.values()) == [1]
        (reference,) = server.parcels
        for status in reversed(WAY):
            body = server.happens(reference, status)
            told = await shop.guest.http.post(
                "/api/v1/shipping/webhooks/gulls", content=body, headers=server.signed(body)
            )
            assert told.status_code == 204
        await shop.guest.until(late, "DELIVERED", timeout=60)
        assert (await shipment(shop, late))["status"] == "DELIVERED"
    finally:
        await shop.close()
