"""Which of them this installation has."""

from tradehall.kernel.runtime import Running
from tradehall.services.analytics.storage import Storage
from tradehall.services.analytics.storage.clickhouse import ClickHouse
from tradehall.services.analytics.storage.postgres import Postgres


def storage_of(running: Running) -> Storage:
    return column_store_of(running) or Postgres()


def column_store_of(running: Running) -> ClickHouse | None:
    settings = running.settings
    if not settings.clickhouse_url:
        return None
    return ClickHouse(running.outside, settings.clickhouse_url, settings.clicks_kept_days)
