"""SQL of a store's claims to domains of its own."""

from collections.abc import Sequence
from datetime import datetime

from tradehall.kernel.db import Tx
from tradehall.services.stores.model import Domain

_DOMAIN = "SELECT host, token, proved_at, checked_at, lost_at, next_check_at, found, created_at FROM domains"


async def listed(tx: Tx) -> list[Domain]:
    return await tx.all(Domain, f"{_DOMAIN} ORDER BY created_at, host")


async def one(tx: Tx, host: str) -> Domain | None:
    return await tx.one(Domain, f"{_DOMAIN} WHERE host = $1", host)


async def lock(tx: Tx, host: str) -> Domain | None:
    return await tx.one(Domain, f"{_DOMAIN} WHERE host = $1 FOR UPDATE", host)


async def add(tx: Tx, host: str, token: str) -> bool:
    """False where the store claims it already."""
    sql = "INSERT INTO domains (host, token) VALUES ($1, $2) ON CONFLICT (store_id, host) DO NOTHING"
    return await tx.run(sql, host, token) == 1


async def note_proved(tx: Tx, host: str, found: Sequence[str]) -> None:
    await tx.run(
        "UPDATE domains SET proved_at = coalesce(proved_at, now()), checked_at = now(), lost_at = NULL, found = $2 "
        "WHERE host = $1",
        host,
        found,
    )


async def note_missing(tx: Tx, host: str, found: Sequence[str]) -> bool:
    """True where the proof had been there until now."""
    lost = await tx.run(
        "UPDATE domains SET lost_at = now() WHERE host = $1 AND proved_at IS NOT NULL AND lost_at IS NULL", host
    )
    await tx.run("UPDATE domains SET checked_at = now(), found = $2 WHERE host = $1", host, found)
    return lost == 1


async def set_next_check(tx: Tx, host: str, at: datetime) -> None:
    await tx.run("UPDATE domains SET next_check_at = $2 WHERE host = $1", host, at)


async def forget_proof(tx: Tx, host: str) -> None:
    """Another store has proved that the domain is theirs."""
    await tx.run("UPDATE domains SET proved_at = NULL, lost_at = NULL, next_check_at = NULL WHERE host = $1", host)


async def remove(tx: Tx, host: str) -> bool:
    return await tx.run("DELETE FROM domains WHERE host = $1", host) == 1
