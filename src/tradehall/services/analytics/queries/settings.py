"""SQL of what the store decided, and of the days of the click stream."""

from tradehall.kernel.db import Tx
from tradehall.services.analytics.model import Settings


async def read(tx: Tx) -> Settings:
    return await tx.one(Settings, "SELECT clicks, margin FROM settings") or Settings()


async def save(tx: Tx, chosen: Settings) -> None:
    await tx.run(
        "INSERT INTO settings (clicks, margin) VALUES ($1, $2) "
        "ON CONFLICT (store_id) DO UPDATE SET clicks = excluded.clicks, margin = excluded.margin",
        chosen.clicks,
        chosen.margin,
    )


async def keep_days(tx: Tx, ahead: int, kept: int) -> None:
    await tx.run("SELECT make_days($1)", ahead)
    await tx.run("SELECT drop_days($1)", kept)
