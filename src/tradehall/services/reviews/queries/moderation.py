"""SQL of what somebody has to look at: settings, reports, the list."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx
from tradehall.services.reviews.model import Picture, Settings, Status

Look = Literal["pending", "reported", "hidden"]

_LOOKS: dict[Look, str] = {
    "pending": "status = 'pending'",
    "reported": "reports > 0 AND status = 'published'",
    "hidden": "status = 'hidden'",
}


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A review or a comment. `review_id` of a review is its own id; comments have no rating and no title."""

    kind: Literal["review", "comment"]
    id: UUID
    review_id: UUID
    product_id: UUID
    purchase: str
    name: str
    rating: int | None
    title: str
    text: str
    pictures: list[Picture]
    status: Status
    reason: str
    reports: int
    created_at: datetime
    edited_at: datetime | None
    told: list[str] = []


_ENTRIES = """
SELECT * FROM (
  SELECT 'review' AS kind, r.id, r.id AS review_id, r.product_id, p.title AS purchase, r.name, r.rating, r.title, r.text,
         r.pictures, r.status, r.reason, r.reports, r.created_at, r.edited_at
  FROM reviews r JOIN purchases p ON p.order_id = r.order_id AND p.variant_id = r.variant_id
  WHERE (r.status <> 'published' OR r.reports > 0)
  UNION ALL
  SELECT 'comment', c.id, c.review_id, r.product_id, p.title, c.name, NULL, '', c.text, '[]'::jsonb, c.status, c.reason, c.reports,
         c.created_at, c.edited_at
  FROM comments c JOIN reviews r ON r.id = c.review_id
  JOIN purchases p ON p.order_id = r.order_id AND p.variant_id = r.variant_id
  WHERE (c.status <> 'published' OR c.reports > 0)
) e WHERE {look} AND ($1::uuid IS NULL OR id < $1) ORDER BY id DESC LIMIT $2
"""


async def entries(tx: Tx, look: Look, *, before: UUID | None, limit: int) -> list[Entry]:
    """Newest first, with what those said who reported them."""
    found = await tx.all(Entry, _ENTRIES.format(look=_LOOKS[look]), before, limit)
    told = await _told(tx, [entry.id for entry in found if entry.reports])
    return [msgspec.structs.replace(entry, told=told.get(entry.id, [])) for entry in found]


async def _told(tx: Tx, target_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    rows = await tx.rows(
        "SELECT target_id, (array_agg(reason ORDER BY at DESC) FILTER (WHERE reason <> ''))[:5] AS reasons "
        "FROM reports WHERE target_id = ANY($1) GROUP BY target_id",
        target_ids,
    )
    return {row["target_id"]: row["reasons"] or [] for row in rows}


async def report(tx: Tx, kind: Literal["reviews", "comments"], target_id: UUID, reporter: bytes, reason: str) -> None:
    """Each reporter counts once."""
    if await tx.run(
        "INSERT INTO reports (target_id, reporter, reason) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        target_id,
        reporter,
        reason,
    ):
        await tx.run(f"UPDATE {kind} SET reports = reports + 1 WHERE id = $1", target_id)


async def forget_reports(tx: Tx, target_ids: Sequence[UUID]) -> None:
    """Of what is gone."""
    await tx.run("DELETE FROM reports WHERE target_id = ANY($1)", target_ids)


async def settle_reports(tx: Tx, kind: Literal["reviews", "comments"], target_id: UUID) -> None:
    """Somebody has looked: it stands in no list any more, and who has reported it does not count again."""
    await tx.run(f"UPDATE {kind} SET reports = 0 WHERE id = $1 AND reports > 0", target_id)


async def watched(tx: Tx, author: UUID) -> bool:
    return bool(await tx.scalar("SELECT true FROM watched WHERE id = $1", author))


async def watch(tx: Tx, author: UUID, *, on: bool) -> None:
    if on:
        await tx.run("INSERT INTO watched (id) VALUES ($1) ON CONFLICT DO NOTHING", author)
    else:
        await tx.run("DELETE FROM watched WHERE id = $1", author)


async def settings(tx: Tx) -> Settings:
    return await tx.one(Settings, "SELECT approval, invite_after_days FROM settings") or Settings()


async def save_settings(tx: Tx, settings: Settings) -> None:
    await tx.run(
        "INSERT INTO settings (approval, invite_after_days) VALUES ($1, $2) ON CONFLICT (store_id) "
        "DO UPDATE SET approval = excluded.approval, invite_after_days = excluded.invite_after_days",
        settings.approval,
        settings.invite_after_days,
    )
