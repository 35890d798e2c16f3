"""Mappings kept for imports: an admin's are the store's, which sellers use too; a seller's are the seller's alone."""

import msgspec
from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from tradehall.contracts.stores import Store
from tradehall.kernel.access import SELLER
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.errors import Conflict, Invalid, NotFound
from tradehall.services.catalog.imports import mapping as mappings
from tradehall.services.catalog.imports.mapping import Mapping, MappingName
from tradehall.services.catalog.queries import imports
from tradehall.services.catalog.queries.imports import Kept

MOST = 100  # mappings of a seller, or of the store


class UnknownMapping(NotFound):
    slug = "unknown-mapping"
    title = "There is no such mapping"


class TooManyMappings(Conflict):
    slug = "too-many-mappings"
    title = f"There are {MOST} mappings already"


class KeptMappings(msgspec.Struct, frozen=True):
    items: list[Kept]


@get("/api/v1/products/imports/mappings", access=SELLER)
async def list_mappings(
    store: NamedDependency[Store], caller: NamedDependency[Principal], db: NamedDependency[Database]
) -> KeptMappings:
    """By name: the store's, and the seller's own."""
    async with db.transaction(store.id) as tx:
        return KeptMappings(await imports.mappings(tx, caller.confined_to()))


@get("/api/v1/products/imports/mappings/{name:str}", access=SELLER)
async def show_mapping(
    name: FromPath[str],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> Kept:
    """A seller's own before the store's of the same name."""
    if "\0" in name:
        raise UnknownMapping()
    async with db.transaction(store.id) as tx:
        kept = await imports.mapping(tx, name, caller.confined_to())
    if kept is None:
        raise UnknownMapping()
    return kept


@put("/api/v1/products/imports/mappings/{name:str}", access=SELLER)
async def keep_mapping(
    name: FromPath[str],
    data: JSONBody[Mapping],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> Kept:
    """Under this name, in place of an earlier one."""
    try:
        msgspec.convert(name, MappingName)
    except msgspec.ValidationError:
        raise Invalid.field("name", "must be a short name of letters, digits, spaces and . _ -") from None
    mappings.check(data)
    owner = caller.confined_to()
    async with db.transaction(store.id) as tx:
        mine = [kept for kept in await imports.mappings(tx, owner) if kept.seller_id == owner]
        if len(mine) >= MOST and all(kept.name != name for kept in mine):
            raise TooManyMappings()
        await imports.keep_mapping(tx, name, owner, data)
        kept = await imports.mapping(tx, name, owner)
    assert kept is not None
    return kept


@delete("/api/v1/products/imports/mappings/{name:str}", access=SELLER)
async def drop_mapping(
    name: FromPath[str],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> None:
    if "\0" in name:
        raise UnknownMapping()
    async with db.transaction(store.id) as tx:
        if not await imports.drop_mapping(tx, name, caller.confined_to()):
            raise UnknownMapping()


routes = [list_mappings, show_mapping, keep_mapping, drop_mapping]
