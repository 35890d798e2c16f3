"""SQL of the simulated carrier's books."""

from datetime import timedelta
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx
from tradehall.services.shipping.model import News


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    key: UUID
    tracking_number: str
    service: str
    city: str
    origin: str
    pace: timedelta
    steps: list[News]


async def book(tx: Tx, parcel: Parcel) -> int:
    """How many times it was booked by now; it is the same parcel."""
    calls: int = await tx.scalar(
        "INSERT INTO simulated_parcels AS p (key, tracking_number, service, city, origin, pace) "
        "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (store_id, key) DO UPDATE SET calls = p.calls + 1 RETURNING calls",
        parcel.key,
        parcel.tracking_number,
        parcel.service,
        parcel.city,
        parcel.origin,
        parcel.pace,
    )
    return calls


async def find(tx: Tx, key: UUID) -> Parcel | None:
    return await tx.one(
        Parcel,
        "SELECT key, tracking_number, service, city, origin, pace, steps FROM simulated_parcels WHERE key = $1",
        key,
    )


async def take_step(tx: Tx, parcel: Parcel) -> bool:
    """False where another took it."""
    return bool(
        await tx.run(
            "UPDATE simulated_parcels SET steps = $2 WHERE key = $1 AND jsonb_array_length(steps) = $3",
            parcel.key,
            msgspec.to_builtins(parcel.steps),
            len(parcel.steps) - 1,
        )
    )
