"""`tradehall catalog …`: for operators at the machine. Imports stay inside the commands, as in `cli`."""

import sys
from contextlib import nullcontext
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tradehall.console import fail, in_database, on_database

if TYPE_CHECKING:
    from tradehall.contracts.stores import Store
    from tradehall.kernel.db import Database
    from tradehall.kernel.settings import Settings
    from tradehall.services.catalog.queries.imports import Import

app = typer.Typer(no_args_is_help=True, help="Products of a store, from and to CSV files.")

Slug = Annotated[str, typer.Option("--store", help="The store's slug.")]


class Encoding(Enum):
    UTF_8 = "utf-8"
    LATIN_1 = "latin-1"
    UTF_16 = "utf-16"


class Published(Enum):
    DRAFT = "draft"
    PUBLISHED = "published"


@app.command("import")
def import_products(
    file: Annotated[Path, typer.Argument(help="A CSV file.", exists=True, dir_okay=False)],
    store: Slug,
    mapping: Annotated[str | None, typer.Option(help="The name of a mapping kept in the store.")] = None,
    mapping_file: Annotated[Path | None, typer.Option(help="A mapping as JSON.", exists=True)] = None,
    encoding: Annotated[Encoding | None, typer.Option(help="Found out where it is not told.")] = None,
    delimiter: Annotated[str, typer.Option(help="Found out where it is not told; `tab` for a tab.")] = "",
    wait: Annotated[bool, typer.Option("--wait", help="Until all rows are in. The platform must run.")] = False,
) -> None:
    """The running platform takes the rows in; without --wait, `status` tells how far it is."""
    from tradehall.services.catalog import commands

    found = _store(store)

    async def work(_: "Settings", db: "Database") -> int:
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

    raise SystemExit(on_database("catalog", work))


@app.command("export")
def export_products(
    store: Slug,
    output: Annotated[Path | None, typer.Option(help="A file, instead of standard output.")] = None,
    category: Annotated[str, typer.Option(help="Only this one, by its slug, and those below it.")] = "",
    seller: Annotated[str, typer.Option(help="Only this one's, by its slug.")] = "",
    status: Annotated[Published | None, typer.Option(help="Only these.")] = None,
) -> None:
    """A row for each variant, in columns that `import` knows."""
    from tradehall.services.catalog import commands

    found = _store(store)

    async def work(_: "Settings", db: "Database") -> None:
        with output.open("wb") if output else nullcontext(sys.stdout.buffer) as out:
            chosen = status.value if status else None
            async for block in commands.export(db, found, category=category, seller=seller, status=chosen):
                out.write(block)

    on_database("catalog", work)


@app.command("status")
def import_status(store: Slug) -> None:
    """The latest imports, newest first."""
    from tradehall.services.catalog import commands

    found = _store(store)
    for one in on_database("catalog", lambda _, db: commands.latest(db, found)):
        typer.echo(_told(one))


def _told(one: "Import") -> str:
    share = one.position / one.size if one.started_at else 0
    return (
        f"{one.created_at:%Y-%m-%d %H:%M:%S}  {one.id}  {one.status:9} {share:4.0%}  created {one.created}  "
        f"changed {one.changed}  unchanged {one.unchanged}  bad {one.bad}  {one.filename}  {one.error}".rstrip()
    )


def _store(slug: str) -> "Store":
    from tradehall.services.stores.queries import stores

    found = [store for store in in_database("stores", stores.all_stores) if store.slug == slug]
    if not found:
        fail(f"there is no store {slug}")
    return found[0]
