"""SQL of what was sent, as the back office looks through it."""

from datetime import datetime
from uuid import UUID

import msgspec

from tradehall.contracts.notifications import Channel
from tradehall.kernel.db import Tx
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
    return await tx.all(
        Row,
        f"{_ROWS} WHERE ($1::text IS NULL OR d.status = $1) AND ($2::text IS NULL OR d.channel = $2) "
        "AND ($3 = '' OR n.template = $3) AND ($4::uuid IS NULL OR n.order_id = $4) "
        "AND ($5 = '' OR strpos(lower(d.recipient || ' ' || n.subject), $5) > 0) "
        "AND ($6::uuid IS NULL OR d.id < $6) ORDER BY d.id DESC LIMIT $7",
        status,
        channel,
        template,
        order_id,
        search.lower(),
        before,
        limit,
    )


async def of(tx: Tx, delivery_id: UUID) -> list[Row]:
    return await tx.all(Row, f"{_ROWS} WHERE d.id = $1", delivery_id)
