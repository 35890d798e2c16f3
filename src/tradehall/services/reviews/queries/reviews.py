"""SQL of reviews and replies, and of what their stars add up to."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from tradehall.kernel.db import Tx
from tradehall.services.reviews.model import Ratings, Review, Status

Sort = Literal["newest", "highest", "lowest"]

_REVIEW = """
SELECT r.id, r.order_id, r.variant_id, r.product_id, r.seller_id, r.name, r.rating, r.title, r.text, r.pictures, r.status,
       r.reason, r.reports, r.reply, r.replied_at, r.created_at, r.edited_at, p.title AS purchase, o.customer_id,
       p.returned_at IS NOT NULL AS returned
FROM reviews r
JOIN purchases p ON p.order_id = r.order_id AND p.variant_id = r.variant_id
JOIN orders o ON o.id = r.order_id
"""
# What comes next after a review of this rating and id, and in which order.
_SORTS: dict[Sort, tuple[str, str]] = {
    "newest": ("r.id < $3", "r.id DESC"),
    "highest": ("(r.rating, r.id) < ($2, $3)", "r.rating DESC, r.id DESC"),
    "lowest": ("(r.rating > $2 OR r.rating = $2 AND r.id < $3)", "r.rating, r.id DESC"),
}


async def insert(tx: Tx, review: Review) -> bool:
    """False where there is one of this line."""
    return bool(
        await tx.run(
            "INSERT INTO reviews (id, order_id, variant_id, product_id, seller_id, name, rating, title, text, status, "
            "created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
            "ON CONFLICT ON CONSTRAINT one_per_line DO NOTHING",
            review.id,
            review.order_id,
            review.variant_id,
            review.product_id,
            review.seller_id,
            review.name,
            review.rating,
            review.title,
            review.text,
            review.status,
            review.created_at,
        )
    )


async def find(tx: Tx, review_id: UUID) -> Review | None:
    return await tx.one(Review, f"{_REVIEW} WHERE r.id = $1", review_id)


async def lock(tx: Tx, review_id: UUID) -> Review | None:
    return await tx.one(Review, f"{_REVIEW} WHERE r.id = $1 FOR UPDATE OF r", review_id)


async def hold(tx: Tx, review_id: UUID) -> Review | None:
    """Until the transaction ends it is not deleted."""
    return await tx.one(Review, f"{_REVIEW} WHERE r.id = $1 FOR KEY SHARE OF r", review_id)


async def save(tx: Tx, review: Review) -> None:
    """All that may change of it, but how often it was reported."""
    await tx.run(
        "UPDATE reviews SET rating = $2, title = $3, text = $4, pictures = $5, status = $6, reason = $7, reply = $8, "
        "replied_at = $9, edited_at = $10 WHERE id = $1",
        review.id,
        review.rating,
        review.title,
        review.text,
        review.pictures,
        review.status,
        review.reason,
        review.reply,
        review.replied_at,
        review.edited_at,
    )


async def delete(tx: Tx, review_id: UUID) -> None:
    await tx.run("DELETE FROM reviews WHERE id = $1", review_id)


async def of_product(
    tx: Tx, product_id: UUID, *, sort: Sort, rating: int | None, after: tuple[int, UUID] | None, limit: int
) -> list[Review]:
    """Published ones; `after` is rating and id of the last one seen."""
    following, order = _SORTS[sort]
    return await tx.all(
        Review,
        f"{_REVIEW} WHERE r.product_id = $1 AND r.status = 'published' AND ($3::uuid IS NULL OR $2::int IS NULL "
        f"OR {following}) AND ($4::int IS NULL OR r.rating = $4) ORDER BY {order} LIMIT $5",
        product_id,
        *(after or (None, None)),
        rating,
        limit,
    )


async def of_lines(tx: Tx, order_ids: Sequence[UUID]) -> dict[tuple[UUID, UUID], Review]:
    """By order and variant, in whatever status."""
    found = await tx.all(Review, f"{_REVIEW} WHERE r.order_id = ANY($1)", order_ids)
    return {(review.order_id, review.variant_id): review for review in found}


async def managed(
    tx: Tx, *, seller_id: UUID | None, status: Status | None, before: UUID | None, limit: int
) -> list[Review]:
    """Newest first; of a seller, or of the store."""
    return await tx.all(
        Review,
        f"{_REVIEW} WHERE ($1::uuid IS NULL OR r.seller_id = $1) AND ($2::text IS NULL OR r.status = $2) "
        "AND ($3::uuid IS NULL OR r.id < $3) ORDER BY r.id DESC LIMIT $4",
        seller_id,
        status,
        before,
        limit,
    )


async def ratings(tx: Tx, product_id: UUID) -> Ratings:
    found = await tx.one(Ratings, "SELECT stars, version FROM ratings WHERE product_id = $1", product_id)
    return found or Ratings([0] * 5, 0)


async def count(tx: Tx, product_id: UUID, *, gone: int | None, new: int | None) -> Ratings:
    """A rating that counts no more, one that does from now on. Others of the product wait until the transaction ends."""
    await tx.run("INSERT INTO ratings (product_id) VALUES ($1) ON CONFLICT DO NOTHING", product_id)
    (row,) = await tx.rows(
        "UPDATE ratings SET version = version + 1, stars = ARRAY (SELECT stars[n] - (n = $2)::int + (n = $3)::int "
        "FROM generate_series(1, 5) AS n ORDER BY n) WHERE product_id = $1 RETURNING stars, version",
        product_id,
        gone or 0,
        new or 0,
    )
    return Ratings(list(row["stars"]), row["version"])
