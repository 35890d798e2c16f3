"""SQL of deliveries: each is in one hand at a time, and what is known of it only grows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from tradehall.kernel.db import Tx
from tradehall.services.notifications.model import Delivery

_COLUMNS = (
    "id, notification_id, channel, target, recipient, status, attempts, next_at, expires_at, provider_id, error, "
    "created_at, sent_at, delivered_at"
)


async def of_mail(tx: Tx, notification_id: UUID) -> UUID | None:
    found: UUID | None = await tx.scalar(
        "SELECT id FROM deliveries WHERE notification_id = $1 AND channel = 'email'", notification_id
    )
    return found


async def claim(tx: Tx, delivery_id: UUID, lease: timedelta) -> tuple[Delivery, bool] | None:
    """Takes it in hand for as long as `lease`, with whether a try before may have been taken: whoever had it in hand never
    said what became of it. None where it is done with, not due yet, or in other hands."""
    rows = await tx.rows(
        "WITH before AS (SELECT id, status = 'sending' OR uncertain AS uncertain FROM deliveries WHERE id = $1 AND ((status = 'queued' AND coalesce(next_at, now()) "
        "<= now()) OR (status = 'sending' AND claimed_until <= now())) FOR UPDATE) "
        "UPDATE deliveries d SET status = 'sending', attempts = d.attempts + 1, claimed_until = now() + $2, next_at = NULL "
        "FROM before WHERE d.id = before.id RETURNING before.uncertain",
        delivery_id,
        lease,
    )
    if not rows:
        return None
    found = await find(tx, delivery_id)
    assert found is not None
    return found, rows[0]["uncertain"]


async def due(tx: Tx, delivery_id: UUID) -> datetime | None:
    """When to look again. None where it is done with."""
    found: datetime | None = await tx.scalar(
        "SELECT coalesce(claimed_until, next_at, now()) FROM deliveries WHERE id = $1 AND status IN ('queued', 'sending')",
        delivery_id,
    )
    return found


async def find(tx: Tx, delivery_id: UUID) -> Delivery | None:
    return await tx.one(Delivery, f"SELECT {_COLUMNS} FROM deliveries WHERE id = $1", delivery_id)


async def put_off(tx: Tx, delivery_id: UUID, until: datetime, error: str, *, unknown: bool) -> bool:
    """`unknown`: it may have been taken all the same."""
    return bool(
        await tx.run(
            "UPDATE deliveries SET status = 'queued', claimed_until = NULL, next_at = $2, error = $3, "
            "uncertain = uncertain OR $4 "
            "WHERE id = $1 AND status = 'sending'",
            delivery_id,
            until,
            error[:500],
            unknown,
        )
    )


async def sent(tx: Tx, delivery_id: UUID, provider_id: str) -> bool:
    """Whatever became of it meanwhile: who carries it may have told of more already. A code goes from the facts: it was for
    its reader alone."""
    done = await tx.run(
        "UPDATE deliveries SET status = 'sent', sent_at = now(), claimed_until = NULL, next_at = NULL, error = '', "
        "provider_id = $2 WHERE id = $1 AND status IN ('queued', 'sending')",
        delivery_id,
        provider_id,
    )
    await tx.run(
        "UPDATE notifications n SET facts = n.facts - 'code' FROM deliveries d "
        "WHERE d.id = $1 AND n.id = d.notification_id AND n.facts ? 'code'",
        delivery_id,
    )
    return bool(done)


async def told(tx: Tx, delivery_id: UUID, provider_id: str, *, arrived: bool) -> bool:
    """By who carries it, perhaps before we noted that it was taken."""
    return bool(
        await tx.run(
            "UPDATE deliveries SET status = CASE WHEN $3 THEN 'delivered' ELSE 'sent' END, provider_id = $2, "
            "sent_at = coalesce(sent_at, now()), delivered_at = CASE WHEN $3 THEN now() END, claimed_until = NULL, "
            "next_at = NULL, error = '' WHERE id = $1 AND (status IN ('queued', 'sending') OR $3 AND status = 'sent')",
            delivery_id,
            provider_id,
            arrived,
        )
    )


async def failed(tx: Tx, delivery_id: UUID, error: str) -> bool:
    return bool(
        await tx.run(
            "UPDATE deliveries SET status = 'failed', claimed_until = NULL, next_at = NULL, error = $2 "
            "WHERE id = $1 AND status IN ('queued', 'sending', 'sent')",
            delivery_id,
            error[:500],
        )
    )


async def skipped(tx: Tx, delivery_id: UUID, why: str) -> None:
    await tx.run(
        "UPDATE deliveries SET status = 'skipped', claimed_until = NULL, next_at = NULL, error = $2 WHERE id = $1",
        delivery_id,
        why,
    )


async def again(tx: Tx, delivery_id: UUID, expires_at: datetime) -> bool:
    """What failed is due once more."""
    return bool(
        await tx.run(
            "UPDATE deliveries SET status = 'queued', next_at = NULL, expires_at = $2, provider_id = '', sent_at = NULL, uncertain = false "
            "WHERE id = $1 AND status = 'failed'",
            delivery_id,
            expires_at,
        )
    )


async def known_ids(tx: Tx, provider_ids: Sequence[str]) -> set[str]:
    """Those that are deliveries' already."""
    rows = await tx.rows("SELECT provider_id FROM deliveries WHERE provider_id = ANY($1)", provider_ids)
    return {row["provider_id"] for row in rows}


async def of_notifications(tx: Tx, notification_ids: Sequence[UUID]) -> list[Delivery]:
    return await tx.all(
        Delivery,
        f"SELECT {_COLUMNS} FROM deliveries WHERE notification_id = ANY($1) ORDER BY channel, target",
        notification_ids,
    )
