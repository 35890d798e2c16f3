"""SQL of the notifications service: what is written to whom; people, deliveries and the stores' own words beside it."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from tradehall.contracts.orders import OrderPlaced
from tradehall.contracts.values import encode
from tradehall.kernel.db import Tx, columns
from tradehall.services.notifications.model import Addressee, Delivery, Notification

COLUMNS = "n.id, n.order_id, n.person_id, n.template, n.about, n.facts, n.recipient, n.subject, n.locale, n.created_at"
# Of its mail or SMS.
_STATUS = (
    "coalesce((SELECT d.status FROM deliveries d WHERE d.notification_id = n.id AND d.store_id = n.store_id "
    "AND d.channel IN ('email', 'sms') ORDER BY d.channel LIMIT 1), 'kept') AS status"
)
_NEW = (
    "INSERT INTO notifications (store_id, id, order_id, person_id, template, about, facts, recipient, subject, locale) "
    "SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::jsonb[], "
    "$8::text[], $9::text[], $10::text[]) ON CONFLICT ON CONSTRAINT once_per_fact DO NOTHING"
)


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
    """By mail alone."""
    rows = await tx.rows(
        "SELECT id, placed->>'number' AS number, placed->>'email' AS email, placed->>'locale' AS locale "
        "FROM orders WHERE id = ANY($1)",
        order_ids,
    )
    return {row["id"]: Addressee(number=row["number"], email=row["email"], locale=row["locale"]) for row in rows}


async def order_of_parcels(tx: Tx, order_id: UUID) -> tuple[int, int]:
    """How many parcels are known of an order, and of how many it was told that they have arrived."""
    ((parcels, arrived),) = await tx.rows(
        "SELECT greatest("
        "(SELECT count(DISTINCT line->>'sellerId') FROM orders, jsonb_array_elements(placed->'lines') AS line WHERE id = $1), "
        "(SELECT count(*) FROM notifications WHERE order_id = $1 AND template = 'order_shipped')), "
        "(SELECT count(*) FROM notifications WHERE order_id = $1 AND template = 'parcel_delivered')",
        order_id,
    )
    return parcels, arrived


async def refund_told(tx: Tx, order_id: UUID, payment_id: UUID) -> int:
    """How much of a payment was told of as given back."""
    told: int = await tx.scalar(
        "SELECT coalesce(max((facts->>'refunded')::bigint), 0) FROM notifications "
        "WHERE order_id = $1 AND template = 'refund_done' AND about LIKE $2",
        order_id,
        f"{payment_id} %",
    )
    return told


async def insert(
    tx: Tx, new: Sequence[tuple[UUID, Notification]], deliveries: Sequence[tuple[UUID, Delivery]] = ()
) -> None:
    """Of stores. What was written before about the same fact is not written again, and goes nowhere."""
    told = columns(
        [
            (
                *(store_id, n.id, n.order_id, n.person_id, n.template, n.about),
                *(n.facts, n.recipient, n.subject, n.locale),
            )
            for store_id, n in new
        ]
    )
    if not deliveries:
        await tx.run(_NEW, *told)
        return
    await tx.run(
        f"WITH new AS ({_NEW} RETURNING store_id, id) "
        "INSERT INTO deliveries (store_id, id, notification_id, channel, target, recipient, status, error, expires_at, "
        "sent_at, delivered_at) SELECT d.*, t.at, t.at FROM unnest($11::uuid[], $12::uuid[], $13::uuid[], $14::text[], "
        "$15::text[], $16::text[], $17::text[], $18::text[], $19::timestamptz[]) "
        "AS d(store_id, id, notification_id, channel, target, recipient, status, error, expires_at) "
        "JOIN new ON (new.store_id, new.id) = (d.store_id, d.notification_id) "
        "CROSS JOIN LATERAL (SELECT CASE WHEN d.status = 'delivered' THEN now() END AS at) AS t",
        *told,
        *columns(
            [
                (
                    *(store_id, d.id, d.notification_id, d.channel, d.target, d.recipient),
                    *(d.status, d.error, d.expires_at),
                )
                for store_id, d in deliveries
            ]
        ),
    )


async def find(tx: Tx, notification_id: UUID) -> Notification | None:
    return await tx.one(
        Notification, f"SELECT {COLUMNS}, {_STATUS} FROM notifications n WHERE n.id = $1", notification_id
    )


async def listed(tx: Tx, *, search: str, before: UUID | None, limit: int) -> list[Notification]:
    return await tx.all(
        Notification,
        f"SELECT {COLUMNS}, {_STATUS} FROM notifications n "
        "WHERE ($1 = '' OR strpos(lower(n.recipient || ' ' || n.subject), $1) > 0) "
        "AND ($2::uuid IS NULL OR n.id < $2) AND NOT EXISTS (SELECT FROM deliveries d WHERE d.notification_id = n.id "
        "AND d.store_id = n.store_id AND d.channel = 'email' AND d.status = 'skipped') ORDER BY n.id DESC LIMIT $3",
        search.lower(),
        before,
        limit,
    )
