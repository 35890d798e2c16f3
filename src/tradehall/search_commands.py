"""`tradehall search …`: for operators at the machine. Imports stay inside the commands, as in `cli`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tradehall.console import fail, in_database, on_database

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from uuid import UUID

    from tradehall.contracts.stores import Store
    from tradehall.kernel.db import Database
    from tradehall.kernel.settings import Settings

app = typer.Typer(no_args_is_help=True, help="What shoppers find.")

Slug = Annotated[str, typer.Option("--store", help="The store's slug.")]


@app.command()
def reindex(
    store: Annotated[str, typer.Option("--store", help="Only this one, by its slug.")] = "",
    from_services: Annotated[
        bool,
        typer.Option(
            "--from-services",
            help="First have catalog, identity and inventory tell anew of all they have: for products that were there "
            "before search was. The platform must run.",
        ),
    ] = False,
) -> None:
    """Makes a new index of every store, or of one, and switches to it; searches go on meanwhile.

    With --from-services nothing is made anew: what is told of becomes part of the index there is.
    """
    from tradehall.services.search import commands

    stores = _stores(store)
    if from_services:
        _tell_all(stores)
        return

    async def work(settings: "Settings", db: "Database") -> None:
        async for told in commands.reindex(settings, db, stores):
            typer.echo(told)

    on_database("search", work)


@app.command()
def evaluate(
    store: Slug,
    trials: Annotated[int, typer.Option(help="How many misspelt words.", min=1, max=10_000)] = 100,
    seed: Annotated[int, typer.Option(help="Other words with another one.")] = 1,
    meaning: Annotated[
        Path | None,
        typer.Option(help="Questions, as a JSON list of {query, expected, within}.", exists=True, dir_okay=False),
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="What was not found, too.")] = False,
) -> None:
    """How often misspelt words, and questions by meaning, find what they are to find, and how fast."""
    from tradehall.services.search import commands

    (found,) = _stores(store)

    async def work(settings: "Settings", db: "Database") -> None:
        asked = meaning.read_bytes() if meaning else None
        async for told in commands.evaluate(settings, db, found, trials=trials, seed=seed, meaning=asked, show=show):
            typer.echo(told)

    on_database("search", work)


def _stores(slug: str) -> "list[Store]":
    from tradehall.services.stores.queries import stores

    found = [store for store in in_database("stores", stores.all_stores) if slug in ("", store.slug)]
    if slug and not found:
        fail(f"there is no store {slug}")
    return found


def _tell_all(stores: "list[Store]") -> None:
    """What search has copies of. Units sold are counted from its first day on."""
    from tradehall.services.catalog import commands as catalog
    from tradehall.services.identity import commands as identity
    from tradehall.services.inventory import commands as inventory

    def tell(service: str, what: str, tell_all: "Callable[[Database, UUID], Awaitable[int]]") -> None:
        async def work(_: "Settings", db: "Database") -> int:
            return sum([await tell_all(db, store.id) for store in stores])

        typer.echo(f"{service} tells of {on_database(service, work)} {what}")

    tell("identity", "sellers", identity.tell_all)
    tell("inventory", "variants", inventory.tell_all)
    tell("catalog", "products", catalog.tell_all)
