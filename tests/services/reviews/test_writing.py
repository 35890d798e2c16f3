"""Who may write a review, and what becomes of it."""

import asyncio

from tests.harness import Alone
from tests.makers import LINK, a_product, less
from tests.services.reviews.buying import (
    GOOD,
    a_seller,
    arrive,
    confirmed,
    delivered,
    reviewed,
    shown,
    stranger,
    write,
)
from tradehall.contracts.orders import OrderCancelled
from tradehall.contracts.reviews import RatingAdded, RatingDeleted, RatingUpdated

SERVICE = "reviews"


async def test_a_review_is_shown_with_first_name_and_initial_and_counts(it: Alone) -> None:
    bought, review = await reviewed(it, rating=4)
    product = bought.product
    assert (review["status"], review["yours"], review["name"]) == ("published", True, "Ada B.")
    found = await shown(it, product.product_id)
    assert (found["average"], found["count"], found["distribution"]) == (4.0, 1, [0, 0, 0, 1, 0])
    (seen,) = found["items"]
    assert (seen["rating"], seen["title"], seen["text"]) == (4, GOOD["title"], GOOD["text"])
    assert (seen["purchase"], seen["name"], seen["yours"]) == ("Lamp 0", "Ada B.", False)
    assert not {"order_id", "customer_id", "email"} & seen.keys()
    assert str(bought.order.order_id) not in str(found)
    (told,) = [e for e in await it.published(RatingAdded) if e.product_id == product.product_id]
    assert (str(told.review_id), told.seller_id, told.rating) == (review["id"], product.seller_id, 4)
    assert (told.average, told.count, told.distribution, told.version) == (4.0, 1, [0, 0, 0, 1, 0], 1)


async def test_it_waits_for_the_parcel(it: Alone) -> None:
    bought = await confirmed(it)
    body = {"variant_id": bought.variant, **GOOD}
    refused = await bought.buyer.post(bought.path, json=body)
    assert (refused.status_code, refused.json()["type"]) == (409, "not-delivered")
    (line,) = (await bought.buyer.get(bought.path)).json()["items"]
    assert (line["open"], line["delivered_at"], line["review"]) == (False, None, None)
    await arrive(it, bought)
    (line,) = (await bought.buyer.get(bought.path)).json()["items"]
    assert line["open"]
    await write(bought)


async def test_each_line_once_whoever_hurries(it: Alone) -> None:
    bought = await delivered(it, a_product(100, 200))
    body = {"variant_id": bought.variant, **GOOD}
    answers = await asyncio.gather(*(bought.buyer.post(bought.path, json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {answer.json().get("type") for answer in answers if answer.status_code == 409} == {"already-reviewed"}
    other = await bought.buyer.post(bought.path, json=body | {"variant_id": str(bought.order.lines[1].variant_id)})
    assert other.status_code == 201
    assert (await shown(it, bought.product.product_id))["count"] == 2


async def test_guests_write_by_their_link(it: Alone) -> None:
    bought = await delivered(it, customer_id=None)
    guest, body = it.client(), {"variant_id": bought.variant, **GOOD}
    for params in ({}, {"token": "0" * 40}):
        assert (await guest.post(bought.path, json=body, params=params)).status_code == 404
        assert (await guest.get(bought.path, params=params)).status_code == 404
    answer = await guest.post(bought.path, json=body, params={"token": LINK})
    assert answer.status_code == 201
    path = f"/api/v1/reviews/{answer.json()['id']}"
    for params, status in (({}, 404), ({"token": "0" * 40}, 404), ({"token": LINK}, 200)):
        assert (await guest.put(path, json=GOOD | {"rating": 1}, params=params)).status_code == status
    (line,) = (await guest.get(bought.path, params={"token": LINK})).json()["items"]
    assert line["review"]["rating"] == 1
    assert (await guest.delete(path)).status_code == 404
    assert (await guest.delete(path, params={"token": LINK})).status_code == 204


async def test_others_write_nothing(it: Alone) -> None:
    bought, review = await reviewed(it)
    body = {"variant_id": bought.variant, **GOOD}
    path = f"/api/v1/reviews/{review['id']}"
    for other in (
        it.client(),
        stranger(it),
        it.client("store_admin"),
        it.client("shopper", user_id=bought.order.customer_id, store=it.other),
    ):
        assert (await other.post(bought.path, json=body)).status_code == 404
        assert (await other.get(bought.path)).status_code == 404
        assert (await other.put(path, json=GOOD)).status_code == 404
        assert (await other.delete(path)).status_code == 404
    assert (await shown(it, bought.product.product_id))["items"][0]["edited_at"] is None


async def test_sellers_do_not_review_what_they_sell(it: Alone) -> None:
    bought = await delivered(it)
    seller = it.client("seller", user_id=bought.order.customer_id, seller_id=bought.product.seller_id)
    answer = await seller.post(bought.path, json={"variant_id": bought.variant, **GOOD})
    assert (answer.status_code, answer.json()["type"]) == (403, "own-product")
    by_link = await a_seller(it, bought.product).post(
        bought.path, json={"variant_id": bought.variant, **GOOD}, params={"token": LINK}
    )
    assert by_link.status_code == 403


async def test_what_is_wrong_is_said_at_once(it: Alone) -> None:
    bought = await delivered(it)
    wrong = {"variant_id": bought.variant, "rating": 6, "title": "x" * 121, "text": "a\0b"}
    answer = await bought.buyer.post(bought.path, json=wrong)
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"rating", "title", "text"}
    foreign = await bought.buyer.post(bought.path, json={"variant_id": str(bought.order.order_id), **GOOD})
    assert [error["field"] for error in foreign.json()["errors"]] == ["variant_id"]


async def test_an_edit_moves_the_numbers_by_the_difference(it: Alone) -> None:
    product = a_product(1000)
    (one, first), _ = [await reviewed(it, product, rating=rating) for rating in (5, 2)]
    path = f"/api/v1/reviews/{first['id']}"
    edited = await one.buyer.put(path, json=GOOD | {"rating": 3, "text": "Dimmer than I thought."})
    assert edited.status_code == 200
    found = await shown(it, product.product_id)
    assert (found["average"], found["count"], found["distribution"]) == (2.5, 2, [0, 1, 1, 0, 0])
    assert [r["edited_at"] is not None for r in found["items"]] == [False, True]
    told = [e for e in await it.published(RatingUpdated) if e.product_id == product.product_id]
    assert [(e.rating, e.average, e.version) for e in told] == [(3, 2.5, 3)]
    only_words = await one.buyer.put(path, json=GOOD | {"rating": 3, "text": "Fine."})
    assert only_words.json()["text"] == "Fine."
    assert len([e for e in await it.published(RatingUpdated) if e.product_id == product.product_id]) == 1


async def test_a_removed_review_counts_no_more_and_may_be_written_anew(it: Alone) -> None:
    bought, review = await reviewed(it)
    assert (await bought.buyer.delete(f"/api/v1/reviews/{review['id']}")).status_code == 204
    found = await shown(it, bought.product.product_id)
    assert (found["average"], found["count"], found["items"]) == (None, 0, [])
    (told,) = [e for e in await it.published(RatingDeleted) if e.product_id == bought.product.product_id]
    assert (told.rating, told.average, told.count, told.version) == (5, None, 0, 2)
    assert (await it.client().get(f"/api/v1/reviews/{review['id']}")).status_code == 404
    await write(bought, rating=1)
    assert (await shown(it, bought.product.product_id))["distribution"] == [1, 0, 0, 0, 0]


async def test_what_came_back_keeps_its_review_and_says_so(it: Alone) -> None:
    bought, review = await reviewed(it)
    order_id = bought.order.order_id
    line = bought.order.lines[0]
    await it.given(less(bought.order, (line, 1), left=1, kind="returned"), key=order_id)
    assert not (await shown(it, bought.product.product_id))["items"][0]["returned"], "some of it stayed"
    await it.given(less(bought.order, (line, 1), kind="returned"), key=order_id)
    found = await shown(it, bought.product.product_id)
    assert [(seen["id"], seen["returned"]) for seen in found["items"]] == [(review["id"], True)]
    assert found["count"] == 1


async def test_a_line_that_was_never_sent_was_no_purchase(it: Alone) -> None:
    bought = await confirmed(it, a_product(1000, 2000))
    order_id, (kept, gone) = bought.order.order_id, bought.order.lines
    await it.given(less(bought.order, (kept, 1), left=1), key=order_id)
    await it.given(less(bought.order, (gone, 1)), key=order_id)
    await arrive(it, bought)
    open_ = (await bought.buyer.get(bought.path)).json()["items"]
    assert [line["variant_id"] for line in open_] == [str(kept.variant_id)]


async def test_a_cancelled_order_was_no_purchase(it: Alone) -> None:
    bought = await confirmed(it)
    order_id = bought.order.order_id
    await it.given(OrderCancelled(order_id=order_id, cancellation_reason="Changed my mind"), key=order_id)
    assert (await bought.buyer.get(bought.path)).status_code == 404


async def test_pages_in_each_order(it: Alone) -> None:
    product = a_product(1000)
    stars = [3, 5, 1, 5, 3, 2]
    ids = [(await reviewed(it, product, rating=rating))[1]["id"] for rating in stars]
    newest = sorted(zip(ids, stars, strict=True), reverse=True)
    wanted = {
        "newest": [id for id, _ in newest],
        "highest": [id for id, _ in sorted(newest, key=lambda one: (one[1], one[0]), reverse=True)],
        "lowest": [id for id, _ in sorted(newest, key=lambda one: one[1])],
    }
    for sort, order in wanted.items():
        seen, cursor = [], ""
        while True:
            found = await shown(it, product.product_id, sort=sort, limit=2, **({"cursor": cursor} if cursor else {}))
            seen += [review["id"] for review in found["items"]]
            if not (cursor := found["next"] or ""):
                break
        assert seen == order, sort
    only = await shown(it, product.product_id, rating=3)
    assert [review["rating"] for review in only["items"]] == [3, 3]
    assert only["count"] == 6


async def test_what_can_be_reviewed_is_listed_for_its_buyer(it: Alone) -> None:
    one = await delivered(it, a_product(1, 2))
    two = await delivered(it, customer_id=one.order.customer_id)
    await confirmed(it, customer_id=one.order.customer_id)
    review = await write(one)
    first = (await one.buyer.get("/api/v1/me/reviews", params={"limit": 2})).json()
    rest = (await one.buyer.get("/api/v1/me/reviews", params={"limit": 2, "cursor": first["next"]})).json()
    lines = first["items"] + rest["items"]
    assert [line["order_id"] for line in lines] == [str(two.order.order_id)] + [str(one.order.order_id)] * 2
    assert [line["review"]["id"] for line in lines if line["review"]] == [review["id"]]
    assert rest["next"] is None
    assert (await stranger(it).get("/api/v1/me/reviews")).json()["items"] == []
    assert (await it.client().get("/api/v1/me/reviews")).status_code == 401
