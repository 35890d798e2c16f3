"""The home page's blocks."""

from typing import Annotated

import msgspec
from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE, STORE_ADMIN
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import FieldError, Invalid
from tradehall.kernel.http import SAME_FOR_ALL
from tradehall.kernel.runtime import Running
from tradehall.services.stores import model
from tradehall.services.stores.api.look import PictureView, view_of
from tradehall.services.stores.blocks import MOST_BLOCKS, Block, Hero, Rail
from tradehall.services.stores.changing import change, current
from tradehall.services.stores.model import HomePage
from tradehall.services.stores.queries import look


class NewHome(msgspec.Struct, frozen=True, kw_only=True):
    """`replaces` is the version that the writer saw; with it, what somebody else changed meanwhile is not lost."""

    blocks: Annotated[list[Block], Meta(max_length=MOST_BLOCKS)]
    replaces: Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None


class HomeView(msgspec.Struct, frozen=True, kw_only=True):
    """`pictures` are those that the blocks name, by key."""

    version: int
    blocks: list[Block]
    pictures: dict[str, PictureView]


@get("/api/v1/store/home", access=ANYONE, response_headers=SAME_FOR_ALL)
async def get_home(store: NamedDependency[Store], db: NamedDependency[Database]) -> HomeView:
    """No blocks: the home page is the theme's own."""
    async with db.transaction(store.id) as tx:
        return await _view(tx, store, await look.home(tx) or HomePage())


@put("/api/v1/store/home", access=STORE_ADMIN)
async def write_home(
    data: JSONBody[NewHome],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> HomeView:
    """All blocks, in their order."""
    async with db.transaction(store.id) as tx:
        await current(tx, store.id)
        before = await look.home(tx) or HomePage()
        if data.replaces not in (None, before.version):
            raise model.HomeChanged(f"It is version {before.version} by now.", version=before.version)
        if errors := await _errors(tx, data.blocks):
            raise Invalid("Some blocks are not right.", errors=errors)
        page = HomePage(version=before.version + 1, blocks=data.blocks)
        await look.save_home(tx, page)
        changed = await change(tx, store.id, has_home=bool(data.blocks))
        view = await _view(tx, store, page)
    running.stores.put(changed)
    running.answers.drop(store.id)
    return view


async def _errors(tx: Tx, blocks: list[Block]) -> list[FieldError]:
    errors = []
    for place, block in enumerate(blocks):
        match block:
            case Hero(picture=str(key)) if await look.picture(tx, key) is None:
                errors.append(FieldError(f"blocks[{place}].picture", "must be a picture of this store"))
            case Rail(by="category" | "tag", of=""):
                errors.append(FieldError(f"blocks[{place}].of", f"must name the {block.by}"))
    return errors


async def _view(tx: Tx, store: Store, page: HomePage) -> HomeView:
    keys = {block.picture for block in page.blocks if isinstance(block, Hero) and block.picture}
    rows = [row for row in await look.pictures(tx, "hero") if row.key in keys] if keys else []
    return HomeView(
        version=page.version, blocks=page.blocks, pictures={row.key: view_of(row, store.id) for row in rows}
    )


routes = [get_home, write_home]
