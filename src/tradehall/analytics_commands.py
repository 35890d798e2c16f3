"""`tradehall analytics …`: for operators at the machine. Imports stay inside the commands, as in `cli`."""

from typing import TYPE_CHECKING, Annotated

import typer

from tradehall.console import fail, in_database, on_servers

if TYPE_CHECKING:
    from tradehall.contracts.stores import Store
    from tradehall.kernel.settings import Settings

app = typer.Typer(no_args_is_help=True, help="What was looked at, what was sold.")


@app.callback()
def group() -> None:
    """A group, though of one command."""


@app.command()
def reconcile(
    store: Annotated[str, typer.Option("--store", help="Only this one, by its slug.")] = "",
    show: Annotated[int, typer.Option(help="How many orders that differ are listed.", min=0)] = 20,
    book: Annotated[
        bool, typer.Option("--book", help="Book orders that the book does not know, as from before it was there.")
    ] = False,
) -> None:
    """Compares the book of sales with the orders, to the cent. Ends with status 1 where they differ.

    What is on its way between them this moment is looked at again before it is told.
    """
    from tradehall import booking, reconciling
    from tradehall.services.stores.queries import stores

    chosen: list[Store] = [one for one in in_database("stores", stores.all_stores) if store in ("", one.slug)]
    if store and not chosen:
        fail(f"there is no store {store}")

    async def work(settings: "Settings") -> int:
        different = 0
        for one in chosen:
            found = await reconciling.compare(settings, one)
            if book and found.differences:
                ids = [difference.id for difference in found.differences]
                typer.echo(f"{one.slug}: {await booking.book(settings, one, ids)} orders booked")
                found = await reconciling.compare(settings, one)
            different += len(found.differences)
            typer.echo(
                f"{one.slug}: {found.orders} orders, {found.amount} in orders, {found.booked} in the book, "
                f"{len(found.differences)} differ"
            )
            for difference in found.differences[:show]:
                typer.echo(
                    f"  {difference.number or difference.id}: {difference.owed} in orders, {difference.booked} booked"
                )
        return different

    if on_servers(work):
        raise SystemExit(1)
