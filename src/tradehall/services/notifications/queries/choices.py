"""SQL of what readers chose."""

from collections.abc import Mapping
from uuid import UUID

from tradehall.contracts.notifications import Channel
from tradehall.kernel.db import Tx, columns
from tradehall.services.notifications.model import Choices, Group


async def of_reader(tx: Tx, reader_id: UUID) -> Choices:
    rows = await tx.rows("SELECT kind, channel, wanted FROM choices WHERE reader_id = $1", reader_id)
    return {(row["kind"], row["channel"]): row["wanted"] for row in rows}


async def save(tx: Tx, reader_id: UUID, chosen: Mapping[tuple[Group, Channel], bool]) -> None:
    if chosen:
        await tx.run(
            "INSERT INTO choices (reader_id, kind, channel, wanted) "
            "SELECT $1, * FROM unnest($2::text[], $3::text[], $4::boolean[]) "
            "ON CONFLICT (store_id, reader_id, kind, channel) DO UPDATE SET wanted = excluded.wanted, since = now() "
            "WHERE choices.wanted <> excluded.wanted",
            reader_id,
            *columns([(group, channel, wanted) for (group, channel), wanted in sorted(chosen.items())]),
        )
