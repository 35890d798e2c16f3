"""The command `tradehall`. Imports stay inside the commands: the launcher is a small process."""

import asyncio
import sys
from contextlib import nullcontext
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar
from uuid import UUID

import typer

from tradehall import launch
from tradehall.kernel import settings as config
from tradehall.kernel import telemetry
from tradehall.kernel.settings import Settings, SettingsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tradehall.contracts.stores import Store
    from tradehall.kernel.db import Database, Tx
    from tradehall.services.catalog.queries.imports import Import

R = TypeVar("R")


class Encoding(Enum):
    UTF_8 = "utf-8"
    LATIN_1 = "latin-1"
    UTF_16 = "utf-16"


class Published(Enum):
    DRAFT = "draft"
    PUBLISHED = "published"


app = typer.Typer(no_args_is_help=True, add_completion=False, help="Tradehall, a commerce platform.")
letters = typer.Typer(no_args_is_help=True, help="Events and tasks that were given up.")
app.add_typer(letters, name="dead-letters")
operator = typer.Typer(no_args_is_help=True, help="Platform operators.")
app.add_typer(operator, name="operator")
catalog = typer.Typer(no_args_is_help=True, help="Products of a store, from and to CSV files.")
app.add_typer(catalog, name="catalog")

Port = Annotated[int | None, typer.Option(help="Port to listen on, instead of TRADEHALL_PORT.")]
ServiceName = Annotated[str, typer.Argument(help="The service that could not handle it.")]
EventId = Annotated[str, typer.Argument(help="The event's id, as `list` shows it.")]
StoreSlug = Annotated[str, typer.Option("--store", help="The store's slug.")]


def _settings(**changes: object) -> Settings:
    import msgspec

    try:
        loaded = config.load()
    except SettingsError as error:
        _fail(str(error))
    telemetry.configure_logs(loaded.log_level, loaded.log_format)
    return msgspec.structs.replace(loaded, **{k: v for k, v in changes.items() if v is not None})


def _fail(message: str) -> NoReturn:
    typer.secho(f"tradehall: {message}", err=True, fg="red")
    raise SystemExit(1)


@app.command()
def up(
    processes: Annotated[bool, typer.Option("--processes", help="Each service in a process of its own.")] = False,
    port: Port = None,
    demo: Annotated[bool, typer.Option(help="With the five demo stores.")] = True,
) -> None:
    """Starts everything: database, broker, all services and the web."""
    settings = _settings(port=port, demo=None if demo else False)
    try:
        launch.up(settings, processes=processes)
    except launch.LaunchError as error:
        _fail(str(error))
    except KeyboardInterrupt:
        pass


@app.command()
def serve(services: Annotated[list[str], typer.Argument(help="Which services.")], port: Port = None) -> None:
    """Runs some services in this process, on the database and broker that the settings name."""
    settings = _settings(port=port)
    unknown = sorted(set(services) - set(launch.ALL))
    if unknown:
        _fail(f"no such service: {', '.join(unknown)}; there are {', '.join(launch.ALL)}")
    missing = [n for n in ("database_url", "nats_url", "secret") if not getattr(settings, n)]
    if set(services) != set(launch.ALL) and not settings.peers_url:
        missing.append("peers_url")
    if missing:
        _fail("serve needs " + ", ".join(config.PREFIX + name.upper() for name in missing))
    launch.watch_parent()
    try:
        launch.serve(settings, services)
    except launch.LaunchError as error:
        _fail(str(error))


@app.command()
def migrate() -> None:
    """Makes databases and roles, applies the migrations that are missing."""
    from tradehall.app import load
    from tradehall.kernel import provision

    try:
        with launch.parts(_settings()) as settings:
            applied = asyncio.run(provision.migrate(settings, load(list(launch.SERVICES))))
    except (launch.LaunchError, provision.MigrationError) as error:
        _fail(str(error))
    for name in applied:
        typer.echo(name)
    typer.echo(f"{len(applied)} applied" if applied else "nothing to do")


@app.command()
def demo(wait: Annotated[bool, typer.Option("--wait", help="Until the platform is ready.")] = False) -> None:
    """Fills a running platform with the five demo stores and prints their log-ins."""
    from tradehall.demo import load

    load.run(_settings(), wait=wait)


@app.command("config")
def show_config() -> None:
    """Prints the effective settings, secrets masked."""
    for name, value in _settings().masked().items():
        typer.echo(f"{name}={value}")


@app.command()
def gateway(
    upstreams: Annotated[list[str], typer.Argument(help="service=host:port for each service")],
    listen: Annotated[str, typer.Option()] = "127.0.0.1:8000",
    inside: Annotated[str, typer.Option()] = "127.0.0.1:8001",
) -> None:
    """Prints a Caddyfile for services that run in processes of their own."""
    from tradehall.app import load
    from tradehall.gateway import caddyfile

    placed = dict(item.split("=", 1) for item in upstreams)
    missing = [name for name in launch.ALL if name not in placed]
    if missing:
        _fail(f"no upstream for {', '.join(missing)}")
    typer.echo(caddyfile(load(list(launch.ALL)), placed, listen=listen, inside=inside))


@letters.command("list")
def list_letters() -> None:
    """Of all services, newest first."""
    from tradehall.kernel import dead_letters

    for service in launch.SERVICES:
        for letter in _in_database(service, dead_letters.listed):
            typer.echo(
                f"{letter.died_at:%Y-%m-%d %H:%M:%S}  {service:14} {letter.event_id}  {letter.type:24} "
                f"tries {letter.attempts}  {letter.error[:100]}"
            )


@letters.command("show")
def show_letter(service: ServiceName, event_id: EventId) -> None:
    from tradehall.kernel import dead_letters

    letter = _in_database(service, lambda tx: dead_letters.shown(tx, _uuid(event_id)))
    for name in letter.__struct_fields__:
        typer.echo(f"{name:10} {getattr(letter, name)}")


@letters.command("replay")
def replay_letter(service: ServiceName, event_id: EventId) -> None:
    """Gives it back to its handler; it still counts once."""
    from tradehall.kernel import dead_letters

    _in_database(service, lambda tx: dead_letters.replay(tx, _uuid(event_id)))
    typer.echo("replayed")


@letters.command("drop")
def drop_letter(service: ServiceName, event_id: EventId) -> None:
    from tradehall.kernel import dead_letters

    _in_database(service, lambda tx: dead_letters.drop(tx, _uuid(event_id)))
    typer.echo("dropped")


@operator.command("create")
def create_operator(email: str, name: str = "Operator") -> None:
    """Asks for the password, or reads it from standard input."""
    from tradehall.app import load
    from tradehall.kernel.db import Database
    from tradehall.kernel.runtime import Running
    from tradehall.services.identity.operators import ensure_operator

    password = typer.prompt("Password", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline().strip()

    async def create(settings: Settings, db: Database) -> bool:
        running = Running(settings, load(["identity"]))
        running.databases["identity"] = db
        return await ensure_operator(running, email, password, name)

    made = _on_database("identity", create)
    typer.echo(f"{email} may act in every store" if made else f"{email} is an operator already")


@catalog.command("import")
def import_products(
    file: Annotated[Path, typer.Argument(help="A CSV file.", exists=True, dir_okay=False)],
    store: StoreSlug,
    mapping: Annotated[str | None, typer.Option(help="The name of a mapping kept in the store.")] = None,
    mapping_file: Annotated[Path | None, typer.Option(help="A mapping as JSON.", exists=True)] = None,
    encoding: Annotated[Encoding | None, typer.Option(help="Found out where it is not told.")] = None,
    delimiter: Annotated[str, typer.Option(help="Found out where it is not told; `tab` for a tab.")] = "",
    wait: Annotated[bool, typer.Option("--wait", help="Until all rows are in. The platform must run.")] = False,
) -> None:
    """The running platform takes the rows in; without --wait, `status` tells how far it is."""
    from tradehall.services.catalog import commands

    found = _store(store)

    async def work(_: Settings, db: "Database") -> int:
        new = await commands.start_import(
            db,
            found,
            file,
            mapping=mapping_file.read_bytes() if mapping_file else None,
            mapping_name=mapping,
            encoding=encoding.value if encoding else None,
            delimiter="\t" if delimiter == "tab" else delimiter,
        )
        if not wait:
            typer.echo(f"import {new.id}")
            return 0
        async for now in commands.watch(db, found, new.id):
            typer.echo(_told(now))
        return 0 if now.status == "done" and not now.bad else 1

    raise SystemExit(_on_database("catalog", work))


@catalog.command("export")
def export_products(
    store: StoreSlug,
    output: Annotated[Path | None, typer.Option(help="A file, instead of standard output.")] = None,
    category: Annotated[str, typer.Option(help="Only this one, by its slug, and those below it.")] = "",
    seller: Annotated[str, typer.Option(help="Only this one's, by its slug.")] = "",
    status: Annotated[Published | None, typer.Option(help="Only these.")] = None,
) -> None:
    """A row for each variant, in columns that `import` knows."""
    from tradehall.services.catalog import commands

    found = _store(store)

    async def work(_: Settings, db: "Database") -> None:
        with output.open("wb") if output else nullcontext(sys.stdout.buffer) as out:
            chosen = status.value if status else None
            async for block in commands.export(db, found, category=category, seller=seller, status=chosen):
                out.write(block)

    _on_database("catalog", work)


@catalog.command("status")
def import_status(store: StoreSlug) -> None:
    """The latest imports, newest first."""
    from tradehall.services.catalog import commands

    found = _store(store)
    for one in _on_database("catalog", lambda _, db: commands.latest(db, found)):
        typer.echo(_told(one))


def _told(one: "Import") -> str:
    share = one.position / one.size if one.started_at else 0
    return (
        f"{one.created_at:%Y-%m-%d %H:%M:%S}  {one.id}  {one.status:9} {share:4.0%}  created {one.created}  "
        f"changed {one.changed}  unchanged {one.unchanged}  bad {one.bad}  {one.filename}  {one.error}".rstrip()
    )


def _store(slug: str) -> "Store":
    from tradehall.services.stores import queries

    for store in _in_database("stores", queries.all_stores):
        if store.slug == slug:
            return store
    _fail(f"there is no store {slug}")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        _fail(f"{text} is not an event id")


def _in_database(service: str, work: "Callable[[Tx], Awaitable[R]]") -> "R":
    """Runs `work` in a transaction of no store."""

    async def in_transaction(_: Settings, db: "Database") -> "R":
        async with db.transaction(None) as tx:
            return await work(tx)

    return _on_database(service, in_transaction)


def _on_database(service: str, work: "Callable[[Settings, Database], Awaitable[R]]") -> "R":
    """On a service's database: of the platform that runs on the data folder, else of the settings."""
    from tradehall.kernel import provision
    from tradehall.kernel.db import Database, open_pool
    from tradehall.kernel.errors import Refusal

    if service not in launch.SERVICES:
        _fail(f"no such service: {service}; there are {', '.join(launch.SERVICES)}")

    async def run(settings: Settings) -> "R":
        pool = await open_pool(provision.dsn(settings, service), size=1, application="tradehall command")
        try:
            return await work(settings, Database(service, pool, settings, lambda: None))
        finally:
            await pool.close()

    try:
        with launch.attached(_settings()) as settings:
            return asyncio.run(run(settings))
    except (launch.LaunchError, Refusal) as error:
        _fail(str(error))


def main() -> None:
    app()
