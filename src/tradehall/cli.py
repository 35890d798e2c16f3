"""The command `tradehall`. Imports stay inside the commands: the launcher is a small process."""

import asyncio
import sys
from typing import Annotated
from uuid import UUID

import typer

from tradehall import analytics_commands, catalog_commands, launch, plan_commands, search_commands, store_commands
from tradehall.console import fail as _fail
from tradehall.console import in_database as _in_database
from tradehall.console import loaded as _settings
from tradehall.console import on_database as _on_database
from tradehall.kernel import settings as config
from tradehall.kernel.settings import Settings

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Tradehall, a commerce platform.")
letters = typer.Typer(no_args_is_help=True, help="Events and tasks that were given up.")
app.add_typer(letters, name="dead-letters")
operator = typer.Typer(no_args_is_help=True, help="Platform operators.")
app.add_typer(operator, name="operator")
app.add_typer(plan_commands.app, name="plans")
app.add_typer(store_commands.app, name="stores")
app.add_typer(catalog_commands.app, name="catalog")
app.add_typer(search_commands.app, name="search")
app.add_typer(analytics_commands.app, name="analytics")

Port = Annotated[int | None, typer.Option(help="Port to listen on, instead of TRADEHALL_PORT.")]
ServiceName = Annotated[str, typer.Argument(help="The service that could not handle it.")]
EventId = Annotated[str, typer.Argument(help="The event's id, as `list` shows it.")]


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
    tls: Annotated[
        bool, typer.Option("--tls", help="With certificates for the hosts of all stores, on demand.")
    ] = False,
) -> None:
    """Prints a Caddyfile for services that run in processes of their own."""
    from tradehall.app import load
    from tradehall.gateway import caddyfile

    placed = dict(item.split("=", 1) for item in upstreams)
    missing = [name for name in launch.ALL if name not in placed]
    if missing:
        _fail(f"no upstream for {', '.join(missing)}")
    typer.echo(caddyfile(load(list(launch.ALL)), placed, listen=listen, inside=inside, tls=tls))


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


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        _fail(f"{text} is not an event id")


def main() -> None:
    app()
