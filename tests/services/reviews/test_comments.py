"""Comments: of buyers of the same product and of its seller."""

from typing import Any

import httpx

from tests.harness import Alone
from tests.makers import a_product
from tests.services.reviews.buying import a_seller, confirmed, decide, reviewed, set_rules, shown, stranger
from tradehall.contracts.reviews import CommentCreated, CommentDeleted, CommentUpdated
from tradehall.services.reviews.model import MOST_COMMENTS

SERVICE = "reviews"


async def say(client: httpx.AsyncClient, review: dict[str, Any], text: str = "So is mine.") -> httpx.Response:
    return await client.post(f"/api/v1/reviews/{review['id']}/comments", json={"text": text})


async def test_who_has_bought_it_too_comments(it: Alone) -> None:
    product = a_product(1000)
    bought, review = await reviewed(it, product)
    other = await confirmed(it, product, name="Grace Hopper")  # on its way is enough
    answer = await say(other.buyer, review)
    assert answer.status_code == 201
    comment = answer.json()
    assert (comment["name"], comment["by_seller"], comment["yours"]) == ("Grace H.", False, True)
    (seen,) = (await shown(it, product.product_id))["items"]
    assert seen["comment_count"] == 1
    assert [(c["text"], c["name"], c["yours"]) for c in seen["comments"]] == [("So is mine.", "Grace H.", False)]
    told = [e for e in await it.published(CommentCreated) if str(e.review_id) == review["id"]]
    assert [(str(e.comment_id), e.product_id) for e in told] == [(comment["id"], product.product_id)]
    assert (await say(bought.buyer, review, "Thanks.")).status_code == 201


async def test_others_do_not(it: Alone) -> None:
    _, review = await reviewed(it)
    elsewhere = await reviewed(it)
    for client, status in (
        (it.client(), 401),
        (stranger(it), 403),
        (elsewhere[0].buyer, 403),
        (it.client("store_admin"), 403),
        (it.client("shopper", store=it.other), 404),
    ):
        assert (await say(client, review)).status_code == status


async def test_the_seller_comments_as_such(it: Alone) -> None:
    bought, review = await reviewed(it)
    comment = (await say(a_seller(it, bought.product), review)).json()
    assert (comment["by_seller"], comment["name"]) == (True, "The seller")


async def test_comments_are_changed_and_removed_by_their_author_alone(it: Alone) -> None:
    bought, review = await reviewed(it)
    comment = (await say(bought.buyer, review)).json()
    path = f"/api/v1/comments/{comment['id']}"
    for other in (stranger(it), it.client("store_admin"), it.client("shopper", store=it.other)):
        assert (await other.put(path, json={"text": "Mine"})).status_code == 404
        assert (await other.delete(path)).status_code == 404
    edited = (await bought.buyer.put(path, json={"text": "So was mine."})).json()
    assert (edited["text"], edited["edited_at"] is not None) == ("So was mine.", True)
    assert (await bought.buyer.delete(path)).status_code == 204
    assert (await shown(it, bought.product.product_id))["items"][0]["comments"] == []
    for event in (CommentUpdated, CommentDeleted):
        assert [e for e in await it.published(event) if str(e.comment_id) == comment["id"]], event


async def test_a_review_takes_its_comments_along(it: Alone) -> None:
    bought, review = await reviewed(it)
    comments = [(await say(bought.buyer, review, f"No. {n}")).json()["id"] for n in range(3)]
    assert (await bought.buyer.delete(f"/api/v1/reviews/{review['id']}")).status_code == 204
    gone = [str(e.comment_id) for e in await it.published(CommentDeleted) if str(e.review_id) == review["id"]]
    assert sorted(gone) == sorted(comments)
    assert (await it.client().get(f"/api/v1/reviews/{review['id']}/comments")).status_code == 404


async def test_hidden_and_waiting_comments_are_their_authors_alone(it: Alone) -> None:
    bought, review = await reviewed(it)
    comment = (await say(bought.buyer, review)).json()
    await decide(it, "comments", comment["id"], "hidden", "Rude.")
    path = f"/api/v1/reviews/{review['id']}/comments"
    assert (await it.client().get(path)).json()["items"] == []
    (own,) = (await bought.buyer.get(path)).json()["items"]
    assert (own["status"], own["reason"]) == ("hidden", "Rude.")
    later = (await say(bought.buyer, review, "Polite.")).json()
    assert later["status"] == "pending"
    told = [str(e.comment_id) for e in await it.published(CommentCreated) if str(e.review_id) == review["id"]]
    assert told == [comment["id"]]
    await decide(it, "comments", later["id"], "published")
    assert [c["text"] for c in (await it.client().get(path)).json()["items"]] == ["Polite."]
    support = await it.client("support").get("/api/v1/moderation", params={"look": "hidden"})
    (entry,) = [e for e in support.json()["items"] if e["id"] == comment["id"]]
    assert (entry["kind"], entry["review_id"], entry["rating"]) == ("comment", review["id"], None)


async def test_comments_wait_for_approval_where_the_store_wants_that(it: Alone) -> None:
    bought, review = await reviewed(it)
    await set_rules(it, approval=True)
    try:
        assert (await say(bought.buyer, review)).json()["status"] == "pending"
    finally:
        await set_rules(it)


async def test_nobody_talks_without_end(it: Alone) -> None:
    bought, review = await reviewed(it)
    for _ in range(MOST_COMMENTS):
        assert (await say(bought.buyer, review)).status_code == 201
    assert (await say(bought.buyer, review)).json()["type"] == "too-many-comments"
    path = f"/api/v1/reviews/{review['id']}/comments"
    first = (await it.client().get(path, params={"limit": 15})).json()
    rest = (await it.client().get(path, params={"limit": 15, "cursor": first["next"]})).json()
    ids = [comment["id"] for comment in first["items"] + rest["items"]]
    assert ids == sorted(set(ids))
    assert len(ids) == MOST_COMMENTS


async def test_comments_are_reported_too(it: Alone) -> None:
    bought, review = await reviewed(it)
    comment = (await say(bought.buyer, review)).json()
    assert (
        await it.client().post(f"/api/v1/comments/{comment['id']}/report", json={"reason": "Ad"})
    ).status_code == 204
    found = (await it.client("support").get("/api/v1/moderation", params={"look": "reported"})).json()["items"]
    assert [(e["reports"], e["told"]) for e in found if e["id"] == comment["id"]] == [(1, ["Ad"])]
