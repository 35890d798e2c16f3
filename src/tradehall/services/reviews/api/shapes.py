"""What goes in and out of the routes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from tradehall.contracts.stores import Store
from tradehall.services.reviews import model
from tradehall.services.reviews.model import Comment, Purchase, Ratings, Review, Status

Title = Annotated[str, Meta(max_length=120, pattern=r"^[^\x00]*$")]
Text = Annotated[str, Meta(max_length=5000, pattern=r"^[^\x00]*$")]
Reply = Annotated[
    str, Meta(min_length=1, max_length=2000, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$", description="some words")
]
Reason = Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*$")]
Stars = Annotated[int, Meta(ge=1, le=model.STARS)]


class Edited(msgspec.Struct, frozen=True, kw_only=True):
    rating: Stars
    title: Title = ""
    text: Text = ""


class NewReview(Edited, frozen=True, kw_only=True):
    variant_id: UUID


class NewWords(msgspec.Struct, frozen=True):
    text: Reply


class NewReport(msgspec.Struct, frozen=True):
    reason: Reason = ""


class PictureView(msgspec.Struct, frozen=True):
    key: str
    url: str
    thumb: str
    width: int
    height: int


class ReplyView(msgspec.Struct, frozen=True):
    text: str
    at: datetime


class CommentView(msgspec.Struct, frozen=True, kw_only=True):
    """`yours`: whoever asks has written it. `status` and `reason` tell its author where it stands."""

    id: UUID
    review_id: UUID
    name: str
    by_seller: bool
    text: str
    created_at: datetime
    edited_at: datetime | None
    yours: bool
    status: Status
    reason: str


class ReviewView(msgspec.Struct, frozen=True, kw_only=True):
    """As everybody may see it: of the buyer no more than the name shown. `purchase` is what was bought; `returned`: it was
    sent back afterwards. `comments` are the first few of `comment_count`."""

    id: UUID
    product_id: UUID
    variant_id: UUID
    purchase: str
    name: str
    rating: int
    title: str
    text: str
    pictures: list[PictureView]
    returned: bool
    created_at: datetime
    edited_at: datetime | None
    reply: ReplyView | None
    yours: bool
    status: Status
    comment_count: int = 0
    comments: list[CommentView] = []


class OwnReview(ReviewView, frozen=True, kw_only=True):
    """As its author sees it; `reason` is why it is hidden."""

    order_id: UUID
    reason: str


class ManagedReview(ReviewView, frozen=True, kw_only=True):
    """As its seller and the store's staff see it."""

    seller_id: UUID
    reason: str
    reports: int


class ProductReviews(msgspec.Struct, frozen=True, kw_only=True):
    """`average`, `count` and `distribution` (five counts, from one star up) are of all published reviews."""

    average: float | None
    count: int
    distribution: list[int]
    items: list[ReviewView]
    next: str | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an order. `open`: it can be reviewed now."""

    order_id: UUID
    variant_id: UUID
    product_id: UUID
    title: str
    delivered_at: datetime | None
    open: bool
    review: OwnReview | None


class Lines(msgspec.Struct, frozen=True):
    items: list[Line]


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """`published` approves it, or shows it again. The reason for which it is hidden is told to its author."""

    status: Annotated[Status, Meta(description="published or hidden")]
    reason: Reason = ""


def picture(one: model.Picture, store: Store) -> PictureView:
    url, thumb = (f"/media/{store.id}/{name}" for name in one.files)
    return PictureView(one.key, url, thumb, one.width, one.height)


def comment_view(comment: Comment, reader: UUID | None) -> CommentView:
    yours = reader == comment.author_id
    return CommentView(
        id=comment.id,
        review_id=comment.review_id,
        name=comment.name,
        by_seller=comment.by_seller,
        text=comment.text,
        created_at=comment.created_at,
        edited_at=comment.edited_at,
        yours=yours,
        status=comment.status,
        reason=comment.reason if yours else "",
    )


def _fields(review: Review, store: Store, reader: UUID | None) -> dict[str, object]:
    return {
        "id": review.id,
        "product_id": review.product_id,
        "variant_id": review.variant_id,
        "purchase": review.purchase,
        "name": review.name,
        "rating": review.rating,
        "title": review.title,
        "text": review.text,
        "pictures": [picture(one, store) for one in review.pictures],
        "returned": review.returned,
        "created_at": review.created_at,
        "edited_at": review.edited_at,
        "reply": ReplyView(review.reply, review.replied_at) if review.reply and review.replied_at else None,
        "yours": reader is not None and reader == review.customer_id,
        "status": review.status,
    }


def review_view(
    review: Review, store: Store, reader: UUID | None, comments: tuple[int, Sequence[Comment]] = (0, ())
) -> ReviewView:
    count, first = comments
    return ReviewView(
        **_fields(review, store, reader),  # type: ignore[arg-type]
        comment_count=count,
        comments=[comment_view(comment, reader) for comment in first],
    )


def own_view(review: Review, store: Store) -> OwnReview:
    fields = _fields(review, store, None) | {"yours": True}
    return OwnReview(**fields, order_id=review.order_id, reason=review.reason)  # type: ignore[arg-type]


def managed_view(review: Review, store: Store) -> ManagedReview:
    return ManagedReview(
        **_fields(review, store, None),  # type: ignore[arg-type]
        seller_id=review.seller_id,
        reason=review.reason,
        reports=review.reports,
    )


def line(purchase: Purchase, review: Review | None, store: Store) -> Line:
    return Line(
        order_id=purchase.order_id,
        variant_id=purchase.variant_id,
        product_id=purchase.product_id,
        title=purchase.title,
        delivered_at=purchase.delivered_at,
        open=purchase.delivered_at is not None and review is None,
        review=own_view(review, store) if review else None,
    )


def product_reviews(ratings: Ratings, items: list[ReviewView], following: str | None) -> ProductReviews:
    return ProductReviews(
        average=ratings.average, count=ratings.count, distribution=ratings.stars, items=items, next=following
    )
