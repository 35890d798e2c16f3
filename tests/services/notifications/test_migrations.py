"""An installation that had mails before there were deliveries: what was on its way still is, what was sent is not sent again."""

from pathlib import Path

from tests.services.upgrading import before
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings


async def test_mails_and_choices_of_every_store_are_carried_over(servers: Settings, tmp_path: Path) -> None:
    async with before("0030_deliveries.sql", "notifications", servers, tmp_path) as older:
        stores, person = [uuid7(), uuid7()], uuid7()
        for store in stores:
            for status in ("queued", "sent", "kept"):
                await older.connection.execute(
                    "INSERT INTO notifications (store_id, id, template, about, recipient, subject, status, attempts, sent_at) "
                    "VALUES ($1, $2, 'email_changed', $3, 'a@example.org', 'S', $3, 2, "
                    "CASE WHEN $3 = 'sent' THEN now() END)",
                    store,
                    uuid7(),
                    status,
                )
            await older.connection.execute(
                "INSERT INTO no_reminders (store_id, person_id) VALUES ($1, $2)", store, person
            )
        assert "0030_deliveries.sql" in await older.upgrade()
        rows = await older.connection.fetch(
            "SELECT d.store_id, d.channel, d.status, d.attempts, n.about FROM deliveries d "
            "JOIN notifications n ON (n.store_id, n.id) = (d.store_id, d.notification_id)"
        )
        found = sorted((str(row["store_id"]), row["status"], row["about"], row["attempts"]) for row in rows)
        assert found == sorted((str(store), status, status, 2) for store in stores for status in ("queued", "sent"))
        chosen = await older.connection.fetch(
            "SELECT store_id, reader_id, kind, channel, wanted FROM choices ORDER BY store_id"
        )
        assert [tuple(row) for row in chosen] == [
            (store, person, "reminders", "email", False) for store in sorted(stores)
        ]
