"""SQL of what was sent, as the back office looks through it."""

from datetime import datetime
from uuid import UUID

import msgspec

from tradehall.contracts.notifications import Channel
from tradehall.kernel.db import Tx
from tradehall.kernel.where import Where
from tradehall.services.notifications.model import DeliveryStatus


class Row(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    notification_id: UUID
    order_id: UUID | None
    template: str
    subject: str
    channel: Channel
    recipient: str
    status: DeliveryStatus
    attempts: int
    next_at: datetime | None
    expires_at: datetime
    error: str
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None


_ROWS = (
    "SELECT d.id, d.notification_id, n.order_id, n.template, n.subject, d.channel, d.recipient, d.status, d.attempts, "
    "d.next_at, d.expires_at, d.error, d.created_at, d.sent_at, d.delivered_at "
    "FROM deliveries d JOIN notifications n ON n.store_id = d.store_id AND n.id = d.notification_id "
)


async def listed(
    tx: Tx,
    *,
    status: str | None,
    channel: str | None,
    template: str,
    order_id: UUID | None,
    search: str,
    before: UUID | None,
    limit: int,
) -> list[Row]:
    where = Where()
    for column, wanted in (
        ("d.status", status),
        ("d.channel", channel),
        ("n.template", template),
        ("n.order_id", order_id),
    ):
        if wanted:
            where.add(f"{column} = {{}}", wanted)
    if search:
        where.add("strpos(lower(d.recipient || ' ' || n.subject), {}) > 0", search.lower())
    if before:
        where.add("d.id < {}", before)
    most = where.place(limit)
    return await tx.all(Row, f"{_ROWS} {where.sql} ORDER BY d.id DESC LIMIT {most}", *where.args)


async def of(tx: Tx, delivery_id: UUID) -> list[Row]:
    return await tx.all(Row, f"{_ROWS} WHERE d.id = $1", delivery_id)
