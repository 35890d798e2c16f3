"""SQL of comments."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx
from tradehall.services.reviews.model import Comment

_COMMENT = "id, review_id, author_id, by_seller, name, text, status, reason, reports, created_at, edited_at"


async def insert(tx: Tx, comment: Comment) -> None:
    await tx.run(
        "INSERT INTO comments (id, review_id, author_id, by_seller, name, text, status, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        comment.id,
        comment.review_id,
        comment.author_id,
        comment.by_seller,
        comment.name,
        comment.text,
        comment.status,
        comment.created_at,
    )


async def lock(tx: Tx, comment_id: UUID) -> Comment | None:
    return await tx.one(Comment, f"SELECT {_COMMENT} FROM comments WHERE id = $1 FOR UPDATE", comment_id)


async def save(tx: Tx, comment: Comment) -> None:
    """All that may change of it, but how often it was reported."""
    await tx.run(
        "UPDATE comments SET text = $2, status = $3, reason = $4, edited_at = $5 WHERE id = $1",
        comment.id,
        comment.text,
        comment.status,
        comment.reason,
        comment.edited_at,
    )


async def delete(tx: Tx, comment_id: UUID) -> None:
    await tx.run("DELETE FROM comments WHERE id = $1", comment_id)


async def delete_all(tx: Tx, review_id: UUID) -> list[Comment]:
    return await tx.all(Comment, f"DELETE FROM comments WHERE review_id = $1 RETURNING {_COMMENT}", review_id)


async def written(tx: Tx, review_id: UUID, author_id: UUID) -> int:
    """How many there are of one person under a review."""
    count: int = await tx.scalar(
        "SELECT count(*) FROM comments WHERE review_id = $1 AND author_id = $2", review_id, author_id
    )
    return count


async def of_review(tx: Tx, review_id: UUID, *, reader: UUID | None, after: UUID | None, limit: int) -> list[Comment]:
    """Oldest first: published ones, and the reader's own."""
    return await tx.all(
        Comment,
        f"SELECT {_COMMENT} FROM comments WHERE review_id = $1 AND (status = 'published' OR author_id = $2) "
        "AND ($3::uuid IS NULL OR id > $3) ORDER BY id LIMIT $4",
        review_id,
        reader,
        after,
        limit,
    )


async def first_of(tx: Tx, review_ids: Sequence[UUID], each: int) -> dict[UUID, tuple[int, list[Comment]]]:
    """By review: how many are published, and the first few."""
    rows = await tx.rows(
        f"SELECT * FROM (SELECT {_COMMENT}, count(*) OVER (PARTITION BY review_id) AS of, "
        "row_number() OVER (PARTITION BY review_id ORDER BY id) AS place FROM comments "
        "WHERE review_id = ANY($1) AND status = 'published') c WHERE place <= $2 ORDER BY id",
        review_ids,
        each,
    )
    found: dict[UUID, tuple[int, list[Comment]]] = {}
    for row in rows:
        fields = dict(row)
        count = fields.pop("of")
        del fields["place"]
        found.setdefault(row["review_id"], (count, []))[1].append(msgspec.convert(fields, Comment))
    return found
