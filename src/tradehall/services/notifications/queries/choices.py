"""SQL of the mails that people do not want."""

from uuid import UUID

from tradehall.kernel.db import Tx


async def wants_reminders(tx: Tx, person_id: UUID) -> bool:
    return not await tx.scalar("SELECT true FROM no_reminders WHERE person_id = $1", person_id)


async def set_reminders(tx: Tx, person_id: UUID, *, wanted: bool) -> None:
    if wanted:
        await tx.run("DELETE FROM no_reminders WHERE person_id = $1", person_id)
    else:
        await tx.run("INSERT INTO no_reminders (person_id) VALUES ($1) ON CONFLICT DO NOTHING", person_id)
