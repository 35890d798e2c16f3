"""A carrier that is spoken to over HTTP: one label whatever gets lost, and news in any order."""

import asyncio
import json
import random
import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.carrier_server import LABEL, CarrierServer
from tests.harness import Alone, eventually
from tests.services.shipping.at_carrier import (
    an_account,
    code,
    hand_out,
    hurry,
    it,
    reference_of,
    server,
    tell,
)
from tests.services.shipping.carried import ask, booked, labelled, one, opened, told, until
from tests.services.shipping.parcels import a_warehouse, preparing, statuses
from tradehall.contracts.orders import OrderCancelled, OrderShipped, ParcelDelivered
from tradehall.contracts.shipping import BookingDue, ShipmentUpdated
from tradehall.kernel.ids import uuid7
from tradehall.services.shipping import tasks

__all__ = ["code", "hurry", "it", "server"]  # fixtures

WAY = ["SHIPPED", "IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED"]


async def test_a_label_is_made_and_the_parcel_followed(it: Alone, server: CarrierServer, code: str) -> None:
    order_id, shipment_id = await booked(it, code, service="express")
    made = await labelled(it, order_id)
    reference = await reference_of(it, shipment_id)
    assert made["carrier"] == "Gull Post"
    assert made["tracking_number"] == server.parcels[reference]["trackingNumber"]
    assert made["label"]["url"] == server.parcels[reference]["labelUrl"]
    file = await it.client("store_admin").get(f"/api/v1/shipments/{shipment_id}/label")
    assert file.content == LABEL
    for status in WAY:
        assert await tell(it, code, server.happens(reference, status)) == 204
    arrived = await until(it, order_id, "DELIVERED")
    assert statuses(arrived) == ["PREPARING", *WAY]
    assert await told(it, shipment_id, 4) == WAY


@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_answer_that_got_lost_makes_no_second_parcel(
    it: Alone, server: CarrierServer, code: str, when: str
) -> None:
    server.faults += [("POST /parcels", when), ("GET /parcels/[^/]+", "before")]
    order_id, shipment_id = await booked(it, code)
    await labelled(it, order_id)
    assert server.faults == []
    assert server.booked[await reference_of(it, shipment_id)] == 1


@pytest.mark.parametrize("forgets", [False, True], ids=["key known", "key forgotten"])
async def test_killed_between_the_booking_and_its_record_there_is_one_parcel(
    it: Alone, server: CarrierServer, code: str, monkeypatch: pytest.MonkeyPatch, forgets: bool
) -> None:
    """The task comes again, as it does to a process that was started anew."""
    killed = asyncio.Event()

    async def killed_here(*_: Any) -> None:
        killed.set()
        monkeypatch.undo()
        monkeypatch.setattr(tasks, "ASK_AGAIN", timedelta(seconds=0.2))
        raise ConnectionError("killed")

    monkeypatch.setattr(tasks, "_record", killed_here)
    server.forgets_keys = forgets
    order_id, shipment_id = await booked(it, code)
    await asyncio.wait_for(killed.wait(), 10)
    reference = await reference_of(it, shipment_id)
    assert server.booked[reference] == 1
    made = await labelled(it, order_id)
    assert server.booked[reference] == 1
    assert made["tracking_number"] == server.parcels[reference]["trackingNumber"]


async def test_a_task_that_comes_twice_asks_for_one_label(it: Alone, server: CarrierServer, code: str) -> None:
    order_id, shipment_id = await booked(it, code)
    await labelled(it, order_id)
    reference = await reference_of(it, shipment_id)
    for _ in range(3):
        await hand_out(it, BookingDue(booking_id=UUID(reference)))
    await it.idle()
    assert server.booked[reference] == 1
    assert (await one(it, order_id))["label"]["status"] == "booked"


async def test_asked_for_at_once_from_many_sides_there_is_one_label(
    it: Alone, server: CarrierServer, code: str
) -> None:
    _, confirmed = await preparing(it)
    shipment_id = confirmed.parcels[0].shipment_id
    answers = await asyncio.gather(*(ask(it, shipment_id, code) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [202, *[409] * 5]
    assert {a.json()["type"] for a in answers if a.status_code == 409} == {"already-booked"}


async def test_news_that_comes_before_the_answer_is_heard(it: Alone, server: CarrierServer, code: str) -> None:
    """Picked up at once, and told before we know the number."""
    loop, heard = asyncio.get_running_loop(), threading.Event()

    def meanwhile(reference: str) -> None:
        sent = asyncio.run_coroutine_threadsafe(tell(it, code, server.happens(reference, "SHIPPED")), loop)
        assert sent.result(10) == 204
        heard.set()

    server.meanwhile = meanwhile
    order_id, shipment_id = await booked(it, code)
    made = await labelled(it, order_id)
    assert heard.is_set()
    assert made["status"] == "SHIPPED"
    assert statuses(made) == ["PREPARING", "SHIPPED"]
    assert made["tracking_number"] == server.parcels[await reference_of(it, shipment_id)]["trackingNumber"]
    assert made["carrier"] == "Gull Post"


async def test_a_refusal_says_why_and_another_may_be_asked_for(it: Alone, server: CarrierServer, code: str) -> None:
    server.faults.append(("POST /parcels", "refuse"))
    order_id, shipment_id = await booked(it, code)
    refused = await labelled(it, order_id, "refused")
    assert refused["label"]["note"] == "We do not go there."
    assert refused["status"] == "PREPARING"
    assert (await ask(it, shipment_id, code)).status_code == 202
    await labelled(it, order_id)


@pytest.mark.parametrize("seed", range(4))
async def test_in_any_order_and_doubled_it_ends_the_same(
    it: Alone, server: CarrierServer, code: str, seed: int
) -> None:
    order_id, shipment_id = await booked(it, code)
    await labelled(it, order_id)
    reference = await reference_of(it, shipment_id)
    start = datetime.now(UTC)
    way = [*WAY[:3], "DELIVERY_FAILED", "OUT_FOR_DELIVERY", "DELIVERED"]
    bodies = [server.happens(reference, status, at=start + timedelta(seconds=i - 100)) for i, status in enumerate(way)]
    shuffled = bodies * 2
    random.Random(seed).shuffle(shuffled)
    assert {await tell(it, code, body) for body in shuffled} == {204}
    found = await one(it, order_id)
    assert found["status"] == "DELIVERED"
    assert sorted(statuses(found)) == sorted(["PREPARING", *way])
    ranks = [WAY.index(status) if status in WAY else 2 for status in await told(it, shipment_id, 1)]
    assert ranks == sorted(ranks)
    assert ranks[-1] == 3


async def test_late_news_is_in_the_history_and_moves_nothing(it: Alone, server: CarrierServer, code: str) -> None:
    order_id, shipment_id = await booked(it, code)
    await labelled(it, order_id)
    reference = await reference_of(it, shipment_id)
    await tell(it, code, server.happens(reference, "DELIVERED"))
    late = server.happens(reference, "IN_TRANSIT", at=datetime.now(UTC) - timedelta(hours=3), place="Bangor")
    assert await tell(it, code, late) == 204
    found = await one(it, order_id)
    assert found["status"] == "DELIVERED"
    assert ("IN_TRANSIT", "Bangor") in [(step["status"], step.get("place")) for step in found["history"]]
    assert await told(it, shipment_id, 1) == ["DELIVERED"]


@pytest.mark.parametrize("signing", [{"secret": "another-secret-0123456789"}, {"ago": 301}, {"ago": -301}])
async def test_a_forged_or_old_signature_is_refused(
    it: Alone, server: CarrierServer, code: str, signing: dict[str, Any]
) -> None:
    order_id, shipment_id = await booked(it, code)
    await labelled(it, order_id)
    body = server.happens(await reference_of(it, shipment_id), "DELIVERED")
    assert await tell(it, code, body, **signing) == 401
    assert (await one(it, order_id))["status"] == "PREPARING"
    assert await tell(it, code, body, ago=290) == 204


@pytest.mark.parametrize(
    "change",
    [{"id": ""}, {"id": "\0"}, {"status": "CANCELLED"}, {"status": "PREPARING"}, {"status": "LOST"}, {"at": "soon"}],
)
async def test_what_is_no_news_is_refused(it: Alone, server: CarrierServer, code: str, change: dict[str, str]) -> None:
    event = {"id": "e", "reference": str(uuid7()), "status": "SHIPPED", "at": "2026-01-01T00:00:00Z"} | change
    assert await tell(it, code, json.dumps({"events": [event]}).encode()) == 422
    assert await tell(it, code, b"\xff") == 422


async def test_news_of_a_parcel_that_is_not_ours_is_forgotten(it: Alone, server: CarrierServer, code: str) -> None:
    order_id, shipment_id = await booked(it, code)
    await labelled(it, order_id)
    reference = await reference_of(it, shipment_id)
    rival = await opened(it, an_account(server, webhook_secret="the-rivals-own-secret-1"))
    body = server.happens(reference, "DELIVERED")
    assert await tell(it, rival, body, secret="the-rivals-own-secret-1") == 204
    assert await tell(it, code, server.happens(str(uuid7()), "DELIVERED")) == 204
    assert (await one(it, order_id))["status"] == "PREPARING"
    assert await tell(it, "nobody", body) == 404
    elsewhere = it.client(store=it.other)
    answer = await elsewhere.post(f"/api/v1/shipping/webhooks/{code}", content=body, headers=CarrierServer.signed(body))
    assert answer.status_code == 404


async def test_a_clock_that_goes_ahead_does_not_stop_what_comes_after(
    it: Alone, server: CarrierServer, code: str
) -> None:
    order_id, shipment_id = await booked(it, code)
    await labelled(it, order_id)
    reference = await reference_of(it, shipment_id)
    await tell(it, code, server.happens(reference, "OUT_FOR_DELIVERY", at=datetime.now(UTC) + timedelta(days=900)))
    found = await one(it, order_id)
    assert datetime.fromisoformat(found["history"][-1]["at"]) < datetime.now(UTC) + timedelta(minutes=6)


async def test_what_no_webhook_told_is_asked_for(
    it: Alone, server: CarrierServer, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "LOOK_AGAIN", timedelta(seconds=0.2))
    order_id, shipment_id = await booked(it, code)
    await labelled(it, order_id)
    reference = await reference_of(it, shipment_id)
    server.faults.append(("GET /parcels/[^/]+/events", "before"))
    for status in WAY:
        server.happens(reference, status)
    arrived = await until(it, order_id, "DELIVERED")
    assert sorted(statuses(arrived)) == sorted(["PREPARING", *WAY])
    for event in server.events[reference]:
        assert await tell(it, code, json.dumps({"events": [event]}).encode()) == 204
    assert await one(it, order_id) == arrived


async def test_what_orders_does_in_answer_is_no_news(it: Alone, server: CarrierServer, code: str) -> None:
    order_id, shipment_id = await booked(it, code)
    made = await labelled(it, order_id)
    reference = await reference_of(it, shipment_id)
    for status in WAY:
        await tell(it, code, server.happens(reference, status))
    before = await one(it, order_id)
    sent = OrderShipped(
        order_id=order_id, shipment_id=shipment_id, carrier="Gull Post", tracking_number=made["tracking_number"]
    )
    await it.given(sent, key=order_id)
    await it.given(ParcelDelivered(order_id=order_id, shipment_id=shipment_id), key=order_id)
    assert await one(it, order_id) == before
    assert await it.dead_letters() == []


async def test_sent_by_hand_it_keeps_what_was_typed(it: Alone, server: CarrierServer, code: str) -> None:
    server.faults += [("POST /parcels", "before")] * 2
    order_id, shipment_id = await booked(it, code)
    sent = OrderShipped(order_id=order_id, shipment_id=shipment_id, carrier="A friend", tracking_number="F-1")
    await it.given(sent, key=order_id)
    found = await labelled(it, order_id)
    assert (found["carrier"], found["tracking_number"]) == ("A friend", "F-1")
    assert (await ask(it, shipment_id, code)).status_code == 409
    await it.given(ParcelDelivered(order_id=order_id, shipment_id=shipment_id), key=order_id)
    assert (await one(it, order_id))["status"] == "DELIVERED"


async def test_a_cancelled_order_stays_so_whatever_is_told(it: Alone, server: CarrierServer, code: str) -> None:
    order_id, shipment_id = await booked(it, code)
    await labelled(it, order_id)
    reference = await reference_of(it, shipment_id)
    await it.given(OrderCancelled(order_id=order_id, cancellation_reason="x"), key=order_id)
    await tell(it, code, server.happens(reference, "SHIPPED"))
    found = await one(it, order_id)
    assert found["status"] == "CANCELLED"
    assert statuses(found)[-1] == "SHIPPED", "people should see it"
    assert [e for e in await it.published(ShipmentUpdated) if e.shipment_id == shipment_id] == []
    assert (await ask(it, shipment_id, code)).status_code == 409


async def test_without_a_warehouse_there_is_nowhere_to_fetch_it(it: Alone, server: CarrierServer, code: str) -> None:
    await it.sql("DELETE FROM origins RETURNING 1")
    _, confirmed = await preparing(it)
    answer = await ask(it, confirmed.parcels[0].shipment_id, code)
    assert (answer.status_code, answer.json()["type"]) == (409, "nowhere-to-fetch")
    await a_warehouse(it, "04101")
    assert (await ask(it, confirmed.parcels[0].shipment_id, code)).status_code == 202


async def test_nothing_was_given_up(it: Alone) -> None:
    async def none_asked() -> bool:
        return not await it.sql("SELECT 1 FROM bookings WHERE status = 'asked'")

    await eventually(none_asked)
    assert await it.dead_letters() == []
