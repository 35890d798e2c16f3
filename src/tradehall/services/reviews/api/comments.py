"""Comments under a review: of those who have bought the product too, and of its seller."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE, SIGNED_IN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.ids import uuid7
from tradehall.kernel.paging import Limit, Page, decode_cursor
from tradehall.kernel.paging import page as page_of
from tradehall.kernel.runtime import Running
from tradehall.services.reviews import model, telling
from tradehall.services.reviews.api.reading import visible
from tradehall.services.reviews.api.shapes import CommentView, NewWords, comment_view
from tradehall.services.reviews.model import (
    MOST_COMMENTS,
    Comment,
    NotBought,
    Review,
    TooManyComments,
    UnknownComment,
    UnknownReview,
)
from tradehall.services.reviews.queries import comments, moderation, purchases, reviews

THE_SELLER = "The seller"


@get("/api/v1/reviews/{review_id:uuid}/comments", access=ANYONE)
async def list_comments(
    review_id: FromPath[UUID],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    limit: FromQuery[Limit] = 20,
    cursor: FromQuery[str | None] = None,
) -> Page[CommentView]:
    """Oldest first: published ones, and the caller's own."""
    after: UUID | None = decode_cursor(cursor, UUID)[0] if cursor else None
    reader = principal.user_id if principal else None
    async with db.transaction(store.id) as tx:
        await visible(tx, review_id, principal)
        found = await comments.of_review(tx, review_id, reader=reader, after=after, limit=limit + 1)
    return page_of([comment_view(comment, reader) for comment in found], limit, lambda comment: (comment.id,))


@post("/api/v1/reviews/{review_id:uuid}/comments", access=SIGNED_IN)
async def write_comment(
    review_id: FromPath[UUID],
    data: JSONBody[NewWords],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> CommentView:
    """By who has bought the product, too, or sells it."""
    async with db.transaction(store.id) as tx:
        review = await reviews.hold(tx, review_id)
        if review is None or review.status != "published":
            raise UnknownReview()
        by_seller = caller.seller_id == review.seller_id
        buyer = None if by_seller else await purchases.buyer_of(tx, review.product_id, caller.user_id)
        if not by_seller and buyer is None:
            raise NotBought()
        if await comments.written(tx, review.id, caller.user_id) >= MOST_COMMENTS:
            raise TooManyComments()
        watched = await moderation.watched(tx, caller.user_id)
        comment = Comment(
            id=uuid7(),
            review_id=review.id,
            author_id=caller.user_id,
            by_seller=by_seller,
            name=model.shown_name(buyer.name) if buyer else THE_SELLER,
            text=data.text.strip(),
            status=model.first_status(await moderation.settings(tx), watched=watched),
            created_at=datetime.now(UTC),
        )
        await comments.insert(tx, comment)
        telling.comment_changed(tx, review, None, comment)
    running.answers.drop(store.id)
    return comment_view(comment, caller.user_id)


@put("/api/v1/comments/{comment_id:uuid}", access=SIGNED_IN)
async def change_comment(
    comment_id: FromPath[UUID],
    data: JSONBody[NewWords],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> CommentView:
    async with db.transaction(store.id) as tx:
        earlier, review = await _own(tx, comment_id, caller)
        comment = earlier
        if data.text.strip() != earlier.text:
            watched = await moderation.watched(tx, caller.user_id)
            status = model.edited_status(earlier.status, await moderation.settings(tx), watched=watched)
            comment = msgspec.structs.replace(
                earlier, text=data.text.strip(), status=status, reason="", edited_at=datetime.now(UTC)
            )
            await comments.save(tx, comment)
            telling.comment_changed(tx, review, earlier, comment)
    running.answers.drop(store.id)
    return comment_view(comment, caller.user_id)


@delete("/api/v1/comments/{comment_id:uuid}", access=SIGNED_IN)
async def remove_comment(
    comment_id: FromPath[UUID],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    async with db.transaction(store.id) as tx:
        comment, review = await _own(tx, comment_id, caller)
        await comments.delete(tx, comment.id)
        await moderation.forget_reports(tx, [comment.id])
        telling.comment_changed(tx, review, comment, None)
    running.answers.drop(store.id)


async def _own(tx: Tx, comment_id: UUID, caller: Principal) -> tuple[Comment, Review]:
    """Locked, with its review. Raises UnknownComment for whoever has not written it."""
    comment = await comments.lock(tx, comment_id)
    if comment is None or comment.author_id != caller.user_id:
        raise UnknownComment()
    return comment, await of_comment(tx, comment)


async def of_comment(tx: Tx, comment: Comment) -> Review:
    review = await reviews.find(tx, comment.review_id)
    assert review is not None, "a comment has its review"
    return review


routes = [list_comments, write_comment, change_comment, remove_comment]
