"""A store's order profile: what its states are called, and edges that it does without."""

from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tests.harness import Alone
from tests.services.orders.buying import SENT, for_sale, placed, settle, status_of
from tradehall.contracts.orders import EDGES, SAFETY_EDGES, OrderStatus
from tradehall.contracts.payments import PaymentUpdated
from tradehall.contracts.stores import OrderProfile
from tradehall.kernel.ids import uuid7
from tradehall.services.orders import model

SERVICE = "orders"


async def test_edges_that_are_left_out_are_refused_and_no_action(it: Alone, with_profile: Any) -> None:
    with_profile(edges={"CONFIRMED": ["PROCESSING"], "SHIPPED": []})
    lamp = await for_sale(it, 100)
    order = await placed(it.client(), (lamp, 1))
    assert order["actions"] == ["cancel"]
    await settle(it, order)
    admin, path = it.client("store_admin"), f"/api/v1/orders/{order['id']}"
    assert (await admin.get(path)).json()["actions"] == ["ship"]
    answer = await admin.post(f"{path}/cancel", json={})
    assert (answer.status_code, answer.json()["type"]) == (409, "no-such-transition")
    assert await status_of(it, order) == "CONFIRMED"
    assert (await admin.post(f"{path}/ship", json=SENT)).json()["actions"] == []
    assert (await admin.post(f"{path}/deliver", json={})).status_code == 409
    assert await status_of(it, order) == "SHIPPED"


async def test_labels_and_number_are_the_stores_own(it: Alone, with_profile: Any) -> None:
    with_profile(labels={"PENDING": "Waiting for payment", "IN_REVIEW": "Proof in review", "CONFIRMED": "Paid"})
    lamp = await for_sale(it, 100)
    order = await placed(it.client(), (lamp, 1))
    assert order["number"].startswith("AL-")
    assert order["status_label"] == "Waiting for payment"
    admin, path = it.client("store_admin"), f"/api/v1/orders/{order['id']}"
    id = order["id"]
    review = PaymentUpdated(payment_id=uuid7(), order_id=UUID(id), method="proof", status="review")
    await it.given(review, key=id)
    assert (await admin.get(path)).json()["status_label"] == "Proof in review"
    await settle(it, order)
    assert (await admin.get(path)).json()["status_label"] == "Paid"
    (listed,) = [o for o in (await admin.get("/api/v1/orders")).json()["items"] if o["id"] == id]
    assert listed["status_label"] == "Paid"


STATUSES = st.sampled_from(sorted(EDGES))
PROFILES = st.dictionaries(STATUSES, st.lists(STATUSES, unique=True))


@given(start=STATUSES, end=STATUSES, edges=PROFILES)
def test_a_profile_only_takes_away_and_never_a_safety_edge(
    start: OrderStatus, end: OrderStatus, edges: dict[OrderStatus, list[OrderStatus]]
) -> None:
    allowed = model.can_become(start, end, OrderProfile(edges=edges))
    assert not allowed or end in EDGES[start]
    assert allowed or (start, end) not in SAFETY_EDGES
    if start in edges and (start, end) not in SAFETY_EDGES:
        assert allowed == (end in EDGES[start] and end in edges[start])
