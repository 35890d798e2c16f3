"""`tradehall stores …`: for operators at the machine. Imports stay inside the commands, as in `cli`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tradehall.console import fail, in_database, on_database, on_servers

if TYPE_CHECKING:
    from tradehall.contracts.stores import Store, StoreStatus
    from tradehall.kernel.db import Database, Tx
    from tradehall.kernel.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Stores: make, list, suspend, move to another installation.")

Slug = Annotated[str, typer.Argument(help="The store's short name.")]


@app.command()
def create(
    slug: Slug,
    name: Annotated[str, typer.Argument(help="The name that shoppers see.")],
    host: Annotated[
        list[str] | None, typer.Option(help="Instead of <slug>.<platform domain>; may be repeated.")
    ] = None,
    currency: str = "USD",
    locale: str = "en-US",
    timezone: str = "UTC",
    checkout: Annotated[str, typer.Option(help="guest, account or both.")] = "both",
    plan: Annotated[str | None, typer.Option(help="Whose limits it has; nothing is charged for it.")] = None,
) -> None:
    """A store that sells from now on; its staff is invited by an operator."""
    from tradehall.kernel.errors import Invalid
    from tradehall.kernel.validate import problems
    from tradehall.services.stores.api.platform import new_store, with_plan
    from tradehall.services.stores.api.shapes import NewStore
    from tradehall.services.stores.changing import open_store

    given: dict[str, object] = {"slug": slug, "name": name, "hosts": host or [], "currency": currency, "locale": locale}
    given |= {"timezone": timezone, "checkout_mode": checkout, "plan": plan}

    async def work(settings: "Settings", db: "Database") -> "Store":
        import msgspec

        if wrong := problems(NewStore, given):
            raise Invalid(errors=wrong)
        made = new_store(msgspec.convert(given, NewStore), settings.platform_domain)
        async with db.transaction(made.id) as tx:
            return await open_store(tx, await with_plan(tx, made, plan))

    made = on_database("stores", work)
    typer.echo(f"{made.slug} is found at {', '.join(made.hosts)}")


@app.command("list")
def list_stores() -> None:
    """All of them, oldest first."""
    from tradehall.services.stores.queries import stores

    for store in in_database("stores", stores.all_stores):
        typer.echo(f"{store.slug:24} {store.status:10} {store.hosts[0]:40} {store.name}")


@app.command()
def show(slug: Slug) -> None:
    """Everything that is set, as JSON."""
    import msgspec

    found = in_database("stores", lambda tx: _known(tx, slug))
    typer.echo(msgspec.json.format(msgspec.json.encode(found)).decode())


@app.command()
def suspend(slug: Slug) -> None:
    """Shoppers are told that it is closed for the moment; its staff may still sign in."""
    _set_status(slug, "suspended")


@app.command()
def resume(slug: Slug) -> None:
    """It sells again."""
    _set_status(slug, "active")


@app.command("export")
def export_store(
    slug: Slug,
    to: Annotated[Path | None, typer.Option(help="A folder, or a file that ends in .tar.gz.")] = None,
    with_credentials: Annotated[
        bool, typer.Option("--with-credentials", help="With password hashes and what else people sign in with.")
    ] = False,
) -> None:
    """Writes all that the installation holds of a store. Suspend it first for a copy exact to the last order."""
    from tradehall.transfer import exporting
    from tradehall.transfer.package import TransferError, packed

    target = to or Path(f"{slug}.tar.gz")
    try:
        with packed(target) as folder:
            done = on_servers(lambda settings: exporting.export(settings, slug, folder, credentials=with_credentials))
    except (TransferError, OSError) as error:
        fail(str(error))
    typer.echo(f"{target}: {done.rows} rows of {done.tables} tables, {done.files} files")
    for left in done.left_out:
        typer.echo(f"left out: {left}")


@app.command("import")
def import_store(
    source: Annotated[Path, typer.Argument(help="What `export` wrote.")],
    slug: Annotated[str | None, typer.Option(help="Another short name than it had.")] = None,
) -> None:
    """Restores a store that this installation does not have. Its own domains are proved anew."""
    from tradehall.transfer import importing
    from tradehall.transfer.package import TransferError, unpacked

    try:
        with unpacked(source) as folder:
            store = on_servers(lambda settings: importing.restore(settings, folder, slug))
    except (TransferError, OSError) as error:
        fail(str(error))
    typer.echo(f"{store.slug} is found at {', '.join(store.hosts)}")


def _set_status(slug: str, status: "StoreStatus") -> None:
    from tradehall.services.stores.changing import set_status

    async def work(settings: "Settings", db: "Database") -> "Store":
        async with db.transaction(None) as tx:
            found = await _known(tx, slug)
        async with db.transaction(found.id) as tx:
            return await set_status(tx, found.id, status)

    typer.echo(f"{slug} is {on_database('stores', work).status}")


async def _known(tx: "Tx", slug: str) -> "Store":
    """Raises UnknownStore."""
    from tradehall.kernel.stores import UnknownStore
    from tradehall.services.stores.queries import stores

    found = await stores.by_slug(tx, slug)
    if found is None:
        raise UnknownStore(f"there is no store {slug}")
    return found
