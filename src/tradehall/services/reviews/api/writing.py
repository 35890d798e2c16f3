"""Reviews as their authors write, change and remove them."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
from litestar import delete, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from tradehall.contracts.reviews import PicturesGone
from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import Invalid
from tradehall.kernel.ids import uuid7
from tradehall.kernel.runtime import Running
from tradehall.services.reviews import model, telling
from tradehall.services.reviews.api.reading import buyer_of
from tradehall.services.reviews.api.shapes import Edited, NewReview, OwnReview, own_view
from tradehall.services.reviews.model import AlreadyReviewed, Picture, Review, UnknownReview
from tradehall.services.reviews.queries import comments, moderation, purchases, reviews


@post("/api/v1/orders/{order_id:uuid}/reviews", access=ANYONE)
async def write_review(
    order_id: FromPath[UUID],
    data: JSONBody[NewReview],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    token: FromQuery[str | None] = None,
) -> OwnReview:
    """Of a line that has arrived, once. Guests send the `token` of their order's link."""
    async with db.transaction(store.id) as tx:
        buyer = await buyer_of(tx, order_id, principal, token)
        lines = {line.variant_id: line for line in await purchases.of_order(tx, order_id)}
        if (line := lines.get(data.variant_id)) is None:
            raise Invalid.field("variant_id", "must be of this order")
        model.may_review(line, principal)
        settings = await moderation.settings(tx)
        review = Review(
            id=uuid7(),
            order_id=order_id,
            variant_id=line.variant_id,
            product_id=line.product_id,
            seller_id=line.seller_id,
            name=model.shown_name(buyer.name),
            rating=data.rating,
            title=data.title.strip(),
            text=data.text.strip(),
            status=model.first_status(settings, watched=await moderation.watched(tx, buyer.author)),
            created_at=datetime.now(UTC),
            purchase=line.title,
            customer_id=buyer.customer_id,
        )
        if not await reviews.insert(tx, review):
            raise AlreadyReviewed()
        await telling.review_changed(tx, None, review)
    running.answers.drop(store.id)
    return own_view(review, store)


@put("/api/v1/reviews/{review_id:uuid}", access=ANYONE)
async def change_review(
    review_id: FromPath[UUID],
    data: JSONBody[Edited],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    token: FromQuery[str | None] = None,
) -> OwnReview:
    """By its author. Where the store approves what is shown, it waits for that again."""
    words = {"rating": data.rating, "title": data.title.strip(), "text": data.text.strip()}
    async with db.transaction(store.id) as tx:
        earlier = await own(tx, review_id, principal, token)
        review = await change(tx, earlier, **words)
    running.answers.drop(store.id)
    return own_view(review, store)


@delete("/api/v1/reviews/{review_id:uuid}", access=ANYONE)
async def remove_review(
    review_id: FromPath[UUID],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    token: FromQuery[str | None] = None,
) -> None:
    """By its author; with the reply and the comments."""
    async with db.transaction(store.id) as tx:
        review = await own(tx, review_id, principal, token)
        gone = await comments.delete_all(tx, review.id)
        for comment in gone:
            telling.comment_changed(tx, review, comment, None)
        await moderation.forget_reports(tx, [review.id, *(comment.id for comment in gone)])
        await reviews.delete(tx, review.id)
        forget_pictures(tx, review, review.pictures)
        await telling.review_changed(tx, review, None)
    running.answers.drop(store.id)


async def own(tx: Tx, review_id: UUID, principal: Principal | None, token: str | None) -> Review:
    """Locked. Raises UnknownReview for whoever has not written it."""
    review = await reviews.lock(tx, review_id)
    buyer = await purchases.buyer(tx, review.order_id) if review else None
    if review is None or buyer is None or not buyer.is_(principal, token):
        raise UnknownReview()
    return review


async def change(tx: Tx, earlier: Review, **words: object) -> Review:
    """What its author says now; nothing is written where that is the same."""
    review = msgspec.structs.replace(earlier, **words)
    if review == earlier:
        return earlier
    watched = await moderation.watched(tx, earlier.author)
    status = model.edited_status(earlier.status, await moderation.settings(tx), watched=watched)
    review = msgspec.structs.replace(review, status=status, reason="", edited_at=datetime.now(UTC))
    await reviews.save(tx, review)
    await telling.review_changed(tx, earlier, review)
    return review


def forget_pictures(tx: Tx, review: Review, gone: list[Picture]) -> None:
    if gone:
        tx.emit(PicturesGone(names=[name for picture in gone for name in picture.files]), key=review.id)


routes = [write_review, change_review, remove_review]
