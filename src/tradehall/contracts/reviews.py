"""Published by reviews."""

from typing import ClassVar
from uuid import UUID

import msgspec

from tradehall.contracts.values import Event, Task


class ReviewsEvent(Event, frozen=True, kw_only=True):
    publisher: ClassVar[str] = "reviews"


class RatingChange(ReviewsEvent, frozen=True, kw_only=True):
    """With it, what all published ratings of the product are now: `distribution` has five counts, from one star up,
    `average` is null where there are none. `version` counts a product's changes, so that an old one is known as such.
    `order_id` is the order that was reviewed."""

    review_id: UUID
    product_id: UUID
    seller_id: UUID
    rating: int
    average: float | None
    count: int
    distribution: list[int]
    version: int
    order_id: UUID | None = None


class RatingAdded(RatingChange, frozen=True, kw_only=True, tag="rating.added"):
    """A review counts from now on: written, approved, or shown again. Its key is the product."""


class RatingUpdated(RatingChange, frozen=True, kw_only=True, tag="rating.updated"):
    """Its author changed the stars of a review that counts."""


class RatingDeleted(RatingChange, frozen=True, kw_only=True, tag="rating.deleted"):
    """A review counts no more: removed, hidden, or changed and waiting for approval. `rating` is what it had been."""


class CommentChange(ReviewsEvent, frozen=True, kw_only=True):
    comment_id: UUID
    review_id: UUID
    product_id: UUID


class CommentCreated(CommentChange, frozen=True, kw_only=True, tag="comment.created"):
    """Everybody can read it from now on. Its key is the product."""


class CommentUpdated(CommentChange, frozen=True, kw_only=True, tag="comment.updated"):
    pass


class CommentDeleted(CommentChange, frozen=True, kw_only=True, tag="comment.deleted"):
    """Removed, or hidden."""


class ReviewInvitationDue(ReviewsEvent, frozen=True, kw_only=True, tag="ReviewInvitationDue"):
    """Timer, to reviews itself: some days after the last parcel arrived."""

    order_id: UUID


class ReviewInvited(ReviewsEvent, frozen=True, kw_only=True, tag="review.invited"):
    """A buyer is to be asked how it was; once for an order. `titles` are the lines that have no review yet."""

    order_id: UUID
    customer_id: UUID | None
    titles: list[str] = msgspec.field(default_factory=list)


class PicturesGone(Task, frozen=True, kw_only=True, tag="PicturesGone"):
    """Files of pictures that no review has any more."""

    publisher: ClassVar[str] = "reviews"
    names: list[str]
