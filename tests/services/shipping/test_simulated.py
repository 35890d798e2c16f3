"""The simulated carrier: parcels that move by themselves."""

from datetime import timedelta

import pytest

from tests.harness import Alone
from tests.pdf import text_of
from tests.services.shipping.carried import booked, labelled, one, opened, told, until
from tests.services.shipping.parcels import statuses
from tradehall.services.shipping import tasks

SERVICE = "shipping"
OUT = ["SHIPPED", "IN_TRANSIT", "OUT_FOR_DELIVERY"]


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "ASK_AGAIN", timedelta(seconds=0.2))


@pytest.mark.parametrize(
    ("service", "way"),
    [
        ("standard", [*OUT, "DELIVERED"]),
        ("second-attempt", [*OUT, "DELIVERY_FAILED", "OUT_FOR_DELIVERY", "DELIVERED"]),
        ("returned", [*OUT, "DELIVERY_FAILED", "RETURNED_TO_SENDER"]),
        ("no-answer", [*OUT, "DELIVERED"]),
    ],
)
async def test_a_parcel_goes_its_way_by_itself(it: Alone, service: str, way: list[str]) -> None:
    order_id, shipment_id = await booked(it, await opened(it), service=service)
    arrived = await until(it, order_id, way[-1])
    assert statuses(arrived) == ["PREPARING", *way]
    assert await told(it, shipment_id, len(way)) == way
    assert arrived["tracking_number"].startswith("SIM")
    assert all(step["place"] and step["note"] for step in arrived["history"][1:])
    done = await labelled(it, order_id)
    assert done["carrier"] == "Simulated Post"
    assert done["label"]["tracking_number"] == arrived["tracking_number"]
    (parcels,) = await it.sql(
        "SELECT count(*) AS n FROM simulated_parcels WHERE key IN (SELECT id FROM bookings WHERE shipment_id = $1)",
        shipment_id,
    )
    assert parcels["n"] == 1
    assert await it.dead_letters() == []


async def test_its_label_is_a_pdf_for_whoever_sends(it: Alone) -> None:
    order_id, shipment_id = await booked(it, await opened(it, pace=600))
    assert (await labelled(it, order_id))["status"] == "PREPARING"
    path = f"/api/v1/shipments/{shipment_id}/label"
    answer = await it.client("warehouse_staff").get(path)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-1.")
    assert answer.content.rstrip().endswith(b"%%EOF")
    words = text_of(answer.content).splitlines()
    assert words[0] == "Simulated Post"
    assert words[1] == (await one(it, order_id))["tracking_number"]
    assert answer.headers["content-disposition"].startswith("attachment")
    seller = (await one(it, order_id))["seller_id"]
    assert (await it.client("seller", seller_id=seller).get(path)).status_code == 200
    stranger = it.client("seller", seller_id=shipment_id)
    assert (await stranger.get(path)).status_code == 404
    assert (await it.client("shopper").get(path)).status_code == 403
    assert (await it.client("store_admin", store=it.other).get(path)).status_code == 404
