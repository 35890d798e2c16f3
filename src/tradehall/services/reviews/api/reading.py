"""Reviews as everybody reads them, and what a buyer has bought and said."""

from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE, SIGNED_IN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.http import SAME_FOR_ALL
from tradehall.kernel.paging import Limit, Page, decode_cursor
from tradehall.kernel.paging import page as page_of
from tradehall.services.reviews.api.shapes import (
    Line,
    Lines,
    ProductReviews,
    ReviewView,
    line,
    product_reviews,
    review_view,
)
from tradehall.services.reviews.model import Buyer, Review, UnknownOrder, UnknownReview
from tradehall.services.reviews.queries import comments, purchases, reviews
from tradehall.services.reviews.queries.reviews import Sort

FIRST_COMMENTS = 3  # that stand under a review in a list
OnlyStars = Annotated[int | None, QueryParameter(ge=1, le=5)]


@get("/api/v1/products/{product_id:uuid}/reviews", access=ANYONE, response_headers=SAME_FOR_ALL)
async def list_product_reviews(
    product_id: FromPath[UUID],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    sort: FromQuery[Sort] = "newest",
    rating: FromQuery[OnlyStars] = None,
    limit: FromQuery[Limit] = 10,
    cursor: FromQuery[str | None] = None,
) -> ProductReviews:
    """Published ones; `rating` only those of so many stars. Of a product that nobody knows there are none."""
    after: tuple[int, UUID] | None = decode_cursor(cursor, int, UUID) if cursor else None
    async with db.transaction(store.id) as tx:
        ratings = await reviews.ratings(tx, product_id)
        found = await reviews.of_product(tx, product_id, sort=sort, rating=rating, after=after, limit=limit + 1)
        first = await comments.first_of(tx, [review.id for review in found], FIRST_COMMENTS)
    part = page_of(found, limit, lambda review: (review.rating, review.id))
    reader = principal.user_id if principal else None
    shown = [review_view(review, store, reader, first.get(review.id, (0, []))) for review in part.items]
    return product_reviews(ratings, shown, part.next)


@get("/api/v1/reviews/{review_id:uuid}", access=ANYONE)
async def show_review(
    review_id: FromPath[UUID],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
) -> ReviewView:
    """One that is not published only its author and the store's staff see."""
    async with db.transaction(store.id) as tx:
        review = await visible(tx, review_id, principal)
        first = await comments.first_of(tx, [review.id], FIRST_COMMENTS)
    return review_view(review, store, principal.user_id if principal else None, first.get(review.id, (0, [])))


async def visible(tx: Tx, review_id: UUID, principal: Principal | None) -> Review:
    """Raises UnknownReview."""
    review = await reviews.find(tx, review_id)
    if review is None or not (review.status == "published" or _may_always(review, principal)):
        raise UnknownReview()
    return review


def _may_always(review: Review, principal: Principal | None) -> bool:
    if principal is None:
        return False
    return principal.is_admin or principal.has("support") or principal.user_id == review.customer_id


@get("/api/v1/orders/{order_id:uuid}/reviews", access=ANYONE)
async def list_order_reviews(
    order_id: FromPath[UUID],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    token: FromQuery[str | None] = None,
) -> Lines:
    """Its lines, each with the buyer's review. Guests send the `token` of their order's link."""
    async with db.transaction(store.id) as tx:
        await buyer_of(tx, order_id, principal, token)
        lines = await purchases.of_order(tx, order_id)
        written = await reviews.of_lines(tx, [order_id])
    return Lines([line(one, written.get((one.order_id, one.variant_id)), store) for one in lines])


async def buyer_of(tx: Tx, order_id: UUID, principal: Principal | None, token: str | None) -> Buyer:
    """Raises UnknownOrder for whoever is not its buyer."""
    buyer = await purchases.buyer(tx, order_id)
    if buyer is None or not buyer.is_(principal, token):
        raise UnknownOrder()
    return buyer


@get("/api/v1/me/reviews", access=SIGNED_IN)
async def list_own_reviews(
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    limit: FromQuery[Limit] = 20,
    cursor: FromQuery[str | None] = None,
) -> Page[Line]:
    """All that has arrived of what the caller has ordered, with the reviews of it; the newest order first."""
    before: tuple[UUID, UUID] | None = decode_cursor(cursor, UUID, UUID) if cursor else None
    async with db.transaction(store.id) as tx:
        lines = await purchases.of_customer(tx, caller.user_id, before=before, limit=limit + 1)
        written = await reviews.of_lines(tx, list({one.order_id for one in lines}))
    shown = [line(one, written.get((one.order_id, one.variant_id)), store) for one in lines]
    return page_of(shown, limit, lambda one: (one.order_id, one.variant_id))


routes = [list_product_reviews, show_review, list_order_reviews, list_own_reviews]
