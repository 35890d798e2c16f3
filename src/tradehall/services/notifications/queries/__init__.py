"""SQL of the notifications service: mails; people and what they are told in the application beside it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from tradehall.contracts.orders import OrderPlaced
from tradehall.contracts.values import encode
from tradehall.kernel.db import Tx, columns
from tradehall.services.notifications.model import Addressee, Notification

_COLUMNS = "id, order_id, template, about, facts, recipient, subject, status, created_at, sent_at"


async def save_orders(tx: Tx, events: Sequence[OrderPlaced]) -> None:
    await tx.run(
        "INSERT INTO orders (store_id, id, placed) SELECT store_id, id, placed::jsonb "
        "FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS t(store_id, id, placed)",
        *columns([(tx.store_of(event), event.order_id, _without_token(event)) for event in events]),
    )


def _without_token(event: OrderPlaced) -> str:
    """Which stands for a card, and no mail needs."""
    payment = msgspec.structs.replace(event.payment, token=None)
    return encode(msgspec.structs.replace(event, payment=payment)).decode()


async def order_of(tx: Tx, notification: Notification) -> OrderPlaced | None:
    """None for a mail about an account."""
    if notification.order_id is None:
        return None
    return (await orders(tx, [notification.order_id]))[notification.order_id]


async def orders(tx: Tx, order_ids: Sequence[UUID]) -> dict[UUID, OrderPlaced]:
    rows = await tx.rows("SELECT id, placed FROM orders WHERE id = ANY($1)", order_ids)
    return {row["id"]: msgspec.convert(row["placed"], OrderPlaced, strict=False) for row in rows}


async def addressees(tx: Tx, order_ids: Sequence[UUID]) -> dict[UUID, Addressee]:
    rows = await tx.rows(
        "SELECT id, placed->>'number' AS number, placed->>'email' AS email FROM orders WHERE id = ANY($1)", order_ids
    )
    return {row["id"]: Addressee(number=row["number"], email=row["email"]) for row in rows}


async def insert(tx: Tx, new: Sequence[tuple[UUID, Notification]]) -> None:
    """Of stores. What was written before about the same fact is not written again."""
    await tx.run(
        "INSERT INTO notifications (store_id, id, order_id, template, about, facts, recipient, subject, status) "
        "SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::jsonb[], $7::text[], "
        "$8::text[], $9::text[]) ON CONFLICT ON CONSTRAINT once_per_fact DO NOTHING",
        *columns(
            [
                (store_id, n.id, n.order_id, n.template, n.about, n.facts, n.recipient, n.subject, n.status)
                for store_id, n in new
            ]
        ),
    )


async def claim(tx: Tx, notification_id: UUID, lease: timedelta) -> Notification | None:
    """Takes a mail in hand for as long as `lease`; None where it was sent already, or another has it in hand."""
    return await tx.one(
        Notification,
        "UPDATE notifications SET attempts = attempts + 1, claimed_until = now() + $2 "
        "WHERE id = $1 AND status = 'queued' AND (claimed_until IS NULL OR claimed_until <= now()) "
        f"RETURNING {_COLUMNS}",
        notification_id,
        lease,
    )


async def claimed_until(tx: Tx, notification_id: UUID) -> datetime | None:
    """None where it was sent already."""
    found: datetime | None = await tx.scalar(
        "SELECT coalesce(claimed_until, now()) FROM notifications WHERE id = $1 AND status = 'queued'", notification_id
    )
    return found


async def release(tx: Tx, notification_id: UUID) -> None:
    await tx.run("UPDATE notifications SET claimed_until = NULL WHERE id = $1", notification_id)


async def find(tx: Tx, notification_id: UUID) -> Notification | None:
    return await tx.one(Notification, f"SELECT {_COLUMNS} FROM notifications WHERE id = $1", notification_id)


async def sent(tx: Tx, notification_id: UUID) -> bool:
    """A code goes from the facts: it was for its reader alone."""
    return bool(
        await tx.run(
            "UPDATE notifications SET status = 'sent', sent_at = now(), facts = facts - 'code' WHERE id = $1 AND status = 'queued'",
            notification_id,
        )
    )


async def listed(tx: Tx, *, search: str, before: UUID | None, limit: int) -> list[Notification]:
    return await tx.all(
        Notification,
        f"SELECT {_COLUMNS} FROM notifications WHERE ($1 = '' OR strpos(lower(recipient || ' ' || subject), $1) > 0) "
        "AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        search.lower(),
        before,
        limit,
    )
