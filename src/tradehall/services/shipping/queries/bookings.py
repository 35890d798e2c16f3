"""SQL of carriers: the store's accounts, labels asked for, what was told of them."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx
from tradehall.services.shipping.model import Account, Booking

_BOOKING = (
    "b.id, b.shipment_id, b.account, b.carrier, b.service, b.status, b.request, b.tries, b.tracking_number, b.label_url, "
    "b.label IS NOT NULL AS has_label, b.note, b.created_at, b.heard_at"
)


async def accounts(tx: Tx) -> list[Account]:
    return await tx.all(
        Account,
        "SELECT code, carrier, name, services, sellers, keys, shown, updated_at FROM carrier_accounts ORDER BY code",
    )


async def account(tx: Tx, code: str) -> Account | None:
    return await tx.one(
        Account,
        "SELECT code, carrier, name, services, sellers, keys, shown, updated_at FROM carrier_accounts WHERE code = $1",
        code,
    )


async def save_account(tx: Tx, account: Account) -> None:
    await tx.run(
        "INSERT INTO carrier_accounts (code, carrier, name, services, sellers, keys, shown) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (store_id, code) DO UPDATE SET name = excluded.name, "
        "services = excluded.services, sellers = excluded.sellers, keys = excluded.keys, shown = excluded.shown, "
        "updated_at = now()",
        account.code,
        account.carrier,
        account.name,
        account.services,
        account.sellers,
        account.keys,
        account.shown,
    )


async def delete_account(tx: Tx, code: str) -> bool:
    return bool(await tx.run("DELETE FROM carrier_accounts WHERE code = $1", code))


async def under_way(tx: Tx, account: str, ends: Sequence[str]) -> int:
    """Parcels of the account that its carrier still has to tell of."""
    return int(
        await tx.scalar(
            "SELECT count(*) FROM bookings b JOIN shipments s ON s.id = b.shipment_id AND s.store_id = b.store_id "
            "WHERE b.account = $1 AND b.status <> 'refused' AND s.status <> ALL($2)",
            account,
            ends,
        )
    )


async def add(tx: Tx, booking: Booking) -> bool:
    """False where the shipment has a label already, or one is being made."""
    return bool(
        await tx.run(
            "INSERT INTO bookings (id, shipment_id, account, carrier, service, request) VALUES ($1, $2, $3, $4, $5, $6) "
            "ON CONFLICT (shipment_id, store_id) WHERE status <> 'refused' DO NOTHING",
            booking.id,
            booking.shipment_id,
            booking.account,
            booking.carrier,
            booking.service,
            booking.request,
        )
    )


async def find(tx: Tx, booking_id: UUID) -> Booking | None:
    return await tx.one(Booking, f"SELECT {_BOOKING} FROM bookings b WHERE b.id = $1", booking_id)


async def by_number(tx: Tx, account: str, tracking_number: str) -> UUID | None:
    found: UUID | None = await tx.scalar(
        "SELECT id FROM bookings WHERE tracking_number = $1 AND account = $2 ORDER BY id DESC LIMIT 1",
        tracking_number,
        account,
    )
    return found


async def latest(tx: Tx, order_id: UUID) -> dict[UUID, Booking]:
    """The last one of each of the order's shipments."""
    found = await tx.all(
        Booking,
        f"SELECT DISTINCT ON (b.shipment_id) {_BOOKING} FROM bookings b JOIN shipments s ON s.id = b.shipment_id "
        "AND s.store_id = b.store_id WHERE s.order_id = $1 ORDER BY b.shipment_id, b.id DESC",
        order_id,
    )
    return {booking.shipment_id: booking for booking in found}


async def note_try(tx: Tx, booking_id: UUID) -> int | None:
    """How many times it was asked for before; None where it is not to be asked for."""
    tries: int | None = await tx.scalar(
        "UPDATE bookings SET tries = tries + 1 WHERE id = $1 AND status = 'asked' RETURNING tries - 1", booking_id
    )
    return tries


async def book(
    tx: Tx,
    booking_id: UUID,
    *,
    tracking_number: str,
    label_url: str | None,
    label: bytes | None,
    label_type: str | None,
) -> bool:
    return bool(
        await tx.run(
            "UPDATE bookings SET status = 'booked', tracking_number = $2, label_url = $3, label = $4, label_type = $5, "
            "note = '' WHERE id = $1 AND status = 'asked'",
            booking_id,
            tracking_number,
            label_url,
            label,
            label_type,
        )
    )


async def refuse(tx: Tx, booking_id: UUID, note: str) -> None:
    await tx.run(
        "UPDATE bookings SET status = 'refused', note = $2 WHERE id = $1 AND status = 'asked'", booking_id, note
    )


class Label(msgspec.Struct, frozen=True, kw_only=True):
    label: bytes
    label_type: str


async def label(tx: Tx, shipment_id: UUID) -> Label | None:
    rows = await tx.rows(
        "SELECT label, label_type FROM bookings WHERE shipment_id = $1 AND label IS NOT NULL ORDER BY id DESC LIMIT 1",
        shipment_id,
    )
    return Label(label=rows[0]["label"], label_type=rows[0]["label_type"]) if rows else None


async def first_told(tx: Tx, booking: Booking, event_id: str) -> bool:
    """False where the carrier has told it before."""
    first = await tx.run(
        "INSERT INTO carrier_events (carrier, event_id, booking_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        booking.carrier,
        event_id,
        booking.id,
    )
    if first:
        await tx.run("UPDATE bookings SET heard_at = now() WHERE id = $1", booking.id)
    return bool(first)
