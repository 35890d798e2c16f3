"""What commands share: the settings, a way to fail, the databases of the platform that runs or can be started."""

import asyncio
from typing import TYPE_CHECKING, NoReturn, TypeVar

import typer

from tradehall import launch
from tradehall.kernel import settings as config
from tradehall.kernel import telemetry
from tradehall.kernel.settings import Settings, SettingsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tradehall.kernel.db import Database, Tx

R = TypeVar("R")


def loaded(**changes: object) -> Settings:
    """Those that are in force, with these changes where they are given."""
    import msgspec

    try:
        found = config.load()
    except SettingsError as error:
        fail(str(error))
    telemetry.configure_logs(found.log_level, found.log_format)
    return msgspec.structs.replace(found, **{k: v for k, v in changes.items() if v is not None})


def fail(message: str) -> NoReturn:
    """Says it, and ends with status 1."""
    typer.secho(f"tradehall: {message}", err=True, fg="red")
    raise SystemExit(1)


def in_database(service: str, work: "Callable[[Tx], Awaitable[R]]") -> "R":
    """Runs `work` in a transaction of no store."""

    async def in_transaction(_: Settings, db: "Database") -> "R":
        async with db.transaction(None) as tx:
            return await work(tx)

    return on_database(service, in_transaction)


def on_database(service: str, work: "Callable[[Settings, Database], Awaitable[R]]") -> "R":
    """On a service's database: of the platform that runs on the data folder, else of the settings."""
    from tradehall.kernel import provision
    from tradehall.kernel.db import Database, open_pool

    if service not in launch.SERVICES:
        fail(f"no such service: {service}; there are {', '.join(launch.SERVICES)}")

    async def run(complete: Settings) -> "R":
        pool = await open_pool(provision.dsn(complete, service), size=1, application="tradehall command")
        try:
            return await work(complete, Database(service, pool, complete, lambda: None))
        finally:
            await pool.close()

    return on_servers(run)


def on_servers(work: "Callable[[Settings], Awaitable[R]]") -> "R":
    """With settings that name a database and a broker: those of a platform that runs, else started for as long."""
    import asyncpg

    from tradehall.kernel.errors import Refusal

    async def run(complete: Settings) -> "R":
        return await work(complete)

    try:
        with launch.attached(loaded()) as complete:
            return asyncio.run(run(complete))
    except (launch.LaunchError, Refusal) as error:
        fail(_told(error))
    except asyncpg.InvalidCatalogNameError:
        fail("there are no databases yet: run `tradehall migrate`, or start it once")


def _told(error: Exception) -> str:
    rules = [f"{one.field} {one.rule}" for one in getattr(error, "errors", ())]
    return "; ".join(rules) or str(error)
