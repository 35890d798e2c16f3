"""SQL of who reads about an order, and by which ways: one statement for any number of orders of a store."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx
from tradehall.services.notifications.model import Addressee, Device

_DEVICE = "id, person_id, endpoint, p256dh, auth, name, created_at"


async def of_orders(tx: Tx, order_ids: Sequence[UUID]) -> dict[UUID, Addressee]:
    """`phone`: the number that the buyer's account has proven, else the one of the address. `has_sms`: whether the store has
    an account of its own for it."""
    found = await tx.rows(
        "SELECT id, placed->>'number' AS number, placed->>'email' AS email, placed->>'locale' AS locale, customer_id, "
        "coalesce((SELECT nullif(p.phone, '') FROM people p WHERE p.id = customer_id), placed->'address'->>'phone', '') AS phone, coalesce(placed->'address'->>'country', '') AS country, "
        "ARRAY(SELECT d.id FROM devices d WHERE d.person_id = customer_id ORDER BY d.id) AS devices, "
        "coalesce((SELECT jsonb_agg(jsonb_build_array(kind, channel, wanted)) FROM choices WHERE reader_id = "
        "coalesce(customer_id, md5(store_id || ' ' || lower(trim(placed->>'email')))::uuid)), '[]') AS choices, "
        "EXISTS (SELECT FROM sms_accounts) AS has_sms "
        "FROM (SELECT *, (placed->>'customerId')::uuid AS customer_id FROM orders WHERE id = ANY($1)) AS o",
        order_ids,
    )
    return {row["id"]: msgspec.convert(dict(row), Addressee) for row in found}


async def devices(tx: Tx, person_id: UUID) -> list[Device]:
    return await tx.all(Device, f"SELECT {_DEVICE} FROM devices WHERE person_id = $1 ORDER BY id", person_id)


async def device(tx: Tx, device_id: UUID) -> Device | None:
    return await tx.one(Device, f"SELECT {_DEVICE} FROM devices WHERE id = $1", device_id)


async def save_device(tx: Tx, device: Device) -> UUID:
    """A browser that is known already is whoever's is logged in there now."""
    kept: UUID = await tx.scalar(
        "INSERT INTO devices (id, person_id, endpoint, p256dh, auth, name) VALUES ($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT ON CONSTRAINT one_per_browser DO UPDATE SET person_id = excluded.person_id, "
        "p256dh = excluded.p256dh, auth = excluded.auth, name = excluded.name RETURNING id",
        device.id,
        device.person_id,
        device.endpoint,
        device.p256dh,
        device.auth,
        device.name,
    )
    return kept


async def forget_device(tx: Tx, device_id: UUID, person_id: UUID | None = None) -> bool:
    """Of that person alone, where one is given."""
    return bool(
        await tx.run("DELETE FROM devices WHERE id = $1 AND ($2::uuid IS NULL OR person_id = $2)", device_id, person_id)
    )
