"""Installations that were there before a migration."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import msgspec
import pytest

from tradehall.app import load
from tradehall.kernel import provision
from tradehall.kernel.ids import uuid7
from tradehall.kernel.service import Service
from tradehall.kernel.settings import Settings


@dataclass
class Older:
    """`connection` is a superuser's, which is not bound to a store."""

    connection: "asyncpg.Connection[asyncpg.Record]"
    settings: Settings
    service: Service

    async def upgrade(self) -> list[str]:
        """The names of the files applied."""
        return [name.rpartition("/")[2] for name in await provision.migrate(self.settings, [self.service])]


@asynccontextmanager
async def before(first: str, name: str, servers: Settings, folder: Path) -> AsyncIterator[Older]:
    """A service's database without the migration `first` and those after it."""
    settings = msgspec.structs.replace(servers, database_prefix=f"m_{uuid7().hex[-12:]}")
    (service,) = load([name])
    files = sorted(service.migrations.glob("*.sql"))
    assert first in [path.name for path in files]
    for path in files:
        if path.name < first:
            shutil.copy(path, folder)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Service, "migrations", folder)
        await provision.migrate(settings, [service])
    connection = await asyncpg.connect(
        provision._with(settings.database_url, provision.database_of(settings, service.name))
    )
    try:
        yield Older(connection, settings, service)
    finally:
        await connection.close()
