"""What is shown at once or once approved; reports; what is hidden, and by whom."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.harness import Alone
from tests.services.reviews.buying import (
    GOOD,
    a_seller,
    decide,
    delivered,
    reviewed,
    set_rules,
    shown,
    stranger,
    write,
)
from tradehall.contracts.reviews import RatingAdded, RatingDeleted

SERVICE = "reviews"


@pytest.fixture
async def approval(it: Alone) -> AsyncIterator[None]:
    await set_rules(it, approval=True)
    yield
    await set_rules(it, approval=False)


async def to_look_at(it: Alone, look: str) -> dict[str, Any]:
    """By id."""
    answer = await it.client("support").get("/api/v1/moderation", params={"look": look, "limit": 100})
    assert answer.status_code == 200, answer.text
    return {entry["id"]: entry for entry in answer.json()["items"]}


@pytest.mark.usefixtures("approval")
async def test_what_needs_approval_counts_once_it_is_approved(it: Alone) -> None:
    bought, review = await reviewed(it)
    path = f"/api/v1/reviews/{review['id']}"
    assert review["status"] == "pending"
    assert (await shown(it, bought.product.product_id))["count"] == 0
    for reader, status in ((it.client(), 404), (stranger(it), 404), (bought.buyer, 200), (it.client("support"), 200)):
        assert (await reader.get(path)).status_code == status
    assert (await to_look_at(it, "pending"))[review["id"]]["text"] == GOOD["text"]
    await decide(it, "reviews", review["id"], "published")
    assert review["id"] not in await to_look_at(it, "pending")
    assert (await shown(it, bought.product.product_id))["count"] == 1
    assert [e for e in await it.published(RatingAdded) if str(e.review_id) == review["id"]]


@pytest.mark.usefixtures("approval")
async def test_an_edit_waits_for_approval_again(it: Alone) -> None:
    bought, review = await reviewed(it)
    await decide(it, "reviews", review["id"], "published")
    edited = await bought.buyer.put(f"/api/v1/reviews/{review['id']}", json=GOOD | {"rating": 1})
    assert edited.json()["status"] == "pending"
    assert (await shown(it, bought.product.product_id))["count"] == 0
    told = [e for e in await it.published(RatingDeleted) if str(e.review_id) == review["id"]]
    assert [(e.rating, e.count) for e in told] == [(5, 0)]
    unchanged = await bought.buyer.put(f"/api/v1/reviews/{review['id']}", json=GOOD | {"rating": 1})
    assert unchanged.json()["edited_at"] == edited.json()["edited_at"]


async def test_hidden_words_are_seen_by_their_author_with_the_reason(it: Alone) -> None:
    bought, review = await reviewed(it)
    await decide(it, "reviews", review["id"], "hidden", "It names a person.")
    found = await shown(it, bought.product.product_id)
    assert (found["count"], found["items"]) == (0, [])
    (line,) = (await bought.buyer.get(bought.path)).json()["items"]
    assert (line["review"]["status"], line["review"]["reason"]) == ("hidden", "It names a person.")
    assert (await to_look_at(it, "hidden"))[review["id"]]["reason"] == "It names a person."
    await decide(it, "reviews", review["id"], "published")
    assert (await shown(it, bought.product.product_id))["count"] == 1


async def test_hidden_words_do_not_come_back_by_writing_them_anew(it: Alone) -> None:
    bought, review = await reviewed(it)
    await decide(it, "reviews", review["id"], "hidden", "Rude.")
    assert (await bought.buyer.delete(f"/api/v1/reviews/{review['id']}")).status_code == 204
    again = await write(bought)
    assert again["status"] == "pending"
    other = await delivered(it, customer_id=bought.order.customer_id)
    assert (await write(other))["status"] == "pending"
    await decide(it, "reviews", again["id"], "published")
    assert (await write(await delivered(it, customer_id=bought.order.customer_id)))["status"] == "published"


async def test_an_edit_of_hidden_words_asks_to_look_again(it: Alone) -> None:
    bought, review = await reviewed(it)
    await decide(it, "reviews", review["id"], "hidden", "Rude.")
    edited = await bought.buyer.put(f"/api/v1/reviews/{review['id']}", json=GOOD | {"text": "Polite."})
    assert (edited.json()["status"], edited.json()["reason"]) == ("pending", "")
    assert review["id"] in await to_look_at(it, "pending")


async def test_a_visitor_reports_once(it: Alone) -> None:
    _, review = await reviewed(it)
    path = f"/api/v1/reviews/{review['id']}/report"
    guest, shopper = it.client(), stranger(it)
    for client, reason in (
        (guest, "Spam"),
        (guest, "Spam again"),
        (it.client(), ""),
        (shopper, "Insult"),
        (shopper, ""),
    ):
        assert (await client.post(path, json={"reason": reason})).status_code == 204
    from_elsewhere = {"x-forwarded-for": "203.0.113.9"}
    assert (await guest.post(path, json={}, headers=from_elsewhere)).status_code == 204
    entry = (await to_look_at(it, "reported"))[review["id"]]
    assert (entry["reports"], set(entry["told"])) == (3, {"Spam", "Insult"})
    await decide(it, "reviews", review["id"], "published")
    assert review["id"] not in await to_look_at(it, "reported")
    assert (await guest.post(path, json={})).status_code == 204
    assert review["id"] not in await to_look_at(it, "reported")


async def test_nobody_reports_what_is_not_shown(it: Alone) -> None:
    _, review = await reviewed(it)
    await decide(it, "reviews", review["id"], "hidden")
    assert (await it.client().post(f"/api/v1/reviews/{review['id']}/report", json={})).status_code == 404
    elsewhere = it.client(store=it.other)
    assert (await elsewhere.post(f"/api/v1/reviews/{review['id']}/report", json={})).status_code == 404


async def test_decisions_are_for_support_and_admins_and_are_written_down(it: Alone) -> None:
    bought, review = await reviewed(it)
    path, body = f"/api/v1/reviews/{review['id']}/status", {"status": "hidden"}
    for who in (bought.buyer, a_seller(it, bought.product), it.client("warehouse_manager")):
        assert (await who.put(path, json=body)).status_code == 403
        assert (await who.get("/api/v1/moderation")).status_code == 403
    assert (await it.client("store_admin", store=it.other).put(path, json=body)).status_code == 404
    assert (await it.client("store_admin").put(path, json={"status": "pending"})).status_code == 422
    assert (await it.client("store_admin").put(path, json=body)).status_code == 200
    (entry,) = await it.sql("SELECT action, fields FROM audit WHERE target->>'review_id' = $1", review["id"])
    assert (entry["action"], entry["fields"]) == ("decide_review", ["status"])


async def test_the_seller_replies_once_and_may_change_that(it: Alone) -> None:
    bought, review = await reviewed(it)
    path = f"/api/v1/reviews/{review['id']}/reply"
    seller = a_seller(it, bought.product)
    assert (await seller.put(path, json={"text": " Thank you. "})).json()["reply"]["text"] == "Thank you."
    assert (await seller.put(path, json={"text": "Thanks."})).status_code == 200
    (seen,) = (await shown(it, bought.product.product_id))["items"]
    assert seen["reply"]["text"] == "Thanks."
    for other in (
        it.client("seller", "shopper", seller_id=bought.order.order_id),
        it.client("store_admin", store=it.other),
    ):
        assert (await other.put(path, json={"text": "Mine"})).status_code == 404
        assert (await other.delete(path)).status_code == 404
    assert (await bought.buyer.put(path, json={"text": "Mine"})).status_code == 403
    assert (await seller.put(path, json={"text": " \n "})).status_code == 422
    assert (await it.client("store_admin").delete(path)).json()["reply"] is None
    managed = (await seller.get("/api/v1/manage/reviews")).json()["items"]
    assert [one["id"] for one in managed] == [review["id"]]
    own = it.client("seller", "shopper", seller_id=bought.order.order_id)
    assert (await own.get("/api/v1/manage/reviews")).json()["items"] == []


async def test_settings_are_the_stores_own(it: Alone) -> None:
    admin, other = it.client("store_admin"), it.client("store_admin", store=it.other)
    path = "/api/v1/reviews/settings"
    assert (await other.get(path)).json() == {"approval": False, "invite_after_days": 7}
    await set_rules(it, it.other, approval=True, invite_after_days=0)
    assert (await other.get(path)).json() == {"approval": True, "invite_after_days": 0}
    assert not (await admin.get(path)).json()["approval"]
    assert (await admin.put(path, json={"approval": True, "invite_after_days": 366})).status_code == 422
    await set_rules(it, it.other)


async def test_hiding_and_editing_at_once_leave_the_right_numbers(it: Alone) -> None:
    bought, review = await reviewed(it)
    path = f"/api/v1/reviews/{review['id']}"
    await asyncio.gather(
        *(bought.buyer.put(path, json=GOOD | {"rating": n}) for n in (1, 2, 3, 4)),
        decide(it, "reviews", review["id"], "hidden"),
        decide(it, "reviews", review["id"], "published"),
    )
    found = await shown(it, bought.product.product_id)
    assert found["count"] == len(found["items"])
    for seen in found["items"]:
        assert found["distribution"][seen["rating"] - 1] == 1
