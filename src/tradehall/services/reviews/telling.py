"""What a change of a review or a comment means to others: the numbers of its product, and the event that carries them."""

from tradehall.contracts.reviews import (
    CommentChange,
    CommentCreated,
    CommentDeleted,
    CommentUpdated,
    RatingAdded,
    RatingChange,
    RatingDeleted,
    RatingUpdated,
)
from tradehall.kernel.db import Tx
from tradehall.services.reviews.model import Comment, Review, counted
from tradehall.services.reviews.queries import reviews


async def review_changed(tx: Tx, before: Review | None, after: Review | None) -> None:
    """The review is locked, or new. After all else: from here on others of its product wait for this transaction."""
    gone, new = counted(before), counted(after)
    review = after or before
    if gone == new or review is None:
        return
    ratings = await reviews.count(tx, review.product_id, gone=gone, new=new)
    kind: type[RatingChange] = RatingAdded if gone is None else RatingDeleted if new is None else RatingUpdated
    rating = new or gone
    assert rating is not None
    tx.emit(
        kind(
            review_id=review.id,
            product_id=review.product_id,
            seller_id=review.seller_id,
            rating=rating,
            average=ratings.average,
            count=ratings.count,
            distribution=ratings.stars,
            version=ratings.version,
            order_id=review.order_id,
        ),
        key=review.product_id,
    )


def comment_changed(tx: Tx, review: Review, before: Comment | None, after: Comment | None) -> None:
    """Nobody hears of what was never shown."""
    was, is_ = (one is not None and one.status == "published" for one in (before, after))
    comment = after or before
    if comment is None or not (was or is_) or before == after:
        return
    kind: type[CommentChange] = CommentCreated if not was else CommentDeleted if not is_ else CommentUpdated
    tx.emit(
        kind(comment_id=comment.id, review_id=review.id, product_id=review.product_id),
        key=review.product_id,
    )
