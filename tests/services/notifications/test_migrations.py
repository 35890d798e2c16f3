"""An installation that had mails before there were deliveries: what was on its way still is, what was sent is not sent again."""

import shutil
from pathlib import Path

import asyncpg
import msgspec
import pytest

from tradehall.app import load
from tradehall.kernel import provision
from tradehall.kernel.ids import uuid7
from tradehall.kernel.service import Service
from tradehall.kernel.settings import Settings

FIRST = "0030_deliveries.sql"


async def test_mails_and_choices_of_every_store_are_carried_over(
    servers: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = msgspec.structs.replace(servers, database_prefix=f"m_{uuid7().hex[-12:]}")
    (service,) = load(["notifications"])
    whole = service.migrations
    for path in whole.glob("*.sql"):
        if path.name < FIRST:
            shutil.copy(path, tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(Service, "migrations", tmp_path)
        await provision.migrate(settings, [service])
    url = provision._with(settings.database_url, provision.database_of(settings, "notifications"))
    connection = await asyncpg.connect(url)
    try:
        stores, person = [uuid7(), uuid7()], uuid7()
        for store in stores:  # a superuser is not bound to a store
            for status in ("queued", "sent", "kept"):
                await connection.execute(
                    "INSERT INTO notifications (store_id, id, template, about, recipient, subject, status, attempts, sent_at) "
                    "VALUES ($1, $2, 'email_changed', $3, 'a@example.org', 'S', $3, 2, "
                    "CASE WHEN $3 = 'sent' THEN now() END)",
                    store,
                    uuid7(),
                    status,
                )
            await connection.execute("INSERT INTO no_reminders (store_id, person_id) VALUES ($1, $2)", store, person)
        assert f"notifications/{FIRST}" in "\n".join(await provision.migrate(settings, [service]))
        rows = await connection.fetch(
            "SELECT d.store_id, d.channel, d.status, d.attempts, n.about FROM deliveries d "
            "JOIN notifications n ON (n.store_id, n.id) = (d.store_id, d.notification_id)"
        )
        found = sorted((str(row["store_id"]), row["status"], row["about"], row["attempts"]) for row in rows)
        assert found == sorted((str(store), status, status, 2) for store in stores for status in ("queued", "sent"))
        chosen = await connection.fetch(
            "SELECT store_id, reader_id, kind, channel, wanted FROM choices ORDER BY store_id"
        )
        assert [tuple(row) for row in chosen] == [
            (store, person, "reminders", "email", False) for store in sorted(stores)
        ]
    finally:
        await connection.close()
