"""Typed attributes: what the products of a category are described and filtered by."""

from typing import Annotated, Any

import msgspec
from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import UNSET, Meta, UnsetType

from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE, STORE_ADMIN
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import Invalid
from tradehall.kernel.http import SAME_FOR_ALL
from tradehall.kernel.ids import uuid7
from tradehall.kernel.paging import Limit, Page, decode_cursor
from tradehall.kernel.paging import page as page_of
from tradehall.kernel.runtime import Running
from tradehall.services.catalog import saving
from tradehall.services.catalog.api.filters import Words
from tradehall.services.catalog.attributes import (
    MOST_CATEGORIES,
    Attribute,
    Choices,
    Code,
    Kind,
    Unit,
    UnknownAttribute,
    check,
)
from tradehall.services.catalog.model import ANY_TEXT, Label, Slug
from tradehall.services.catalog.queries import attributes as queries
from tradehall.services.catalog.queries import categories
from tradehall.services.catalog.queries.attributes import Assigned

Categories = Annotated[list[Slug], Meta(max_length=MOST_CATEGORIES)]
Position = Annotated[int, Meta(ge=0, le=10**6)]
AfterCode = Annotated[str, Meta(max_length=50, pattern=ANY_TEXT)]


class NewAttribute(msgspec.Struct, frozen=True, kw_only=True):
    """`categories` are those it holds in, with all below them. `choices` are for a choice, `unit` is for a number.
    Products are shown by filters of what is `filterable`; one that is `required` has to be said before publication."""

    code: Code
    name: Label
    kind: Kind
    categories: Categories = []
    unit: Unit = ""
    choices: Choices = []
    filterable: bool = True
    required: bool = False
    position: Position = 0


class AttributeChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is left out stays."""

    code: Code | UnsetType = UNSET
    name: Label | UnsetType = UNSET
    kind: Kind | UnsetType = UNSET
    categories: Categories | UnsetType = UNSET
    unit: Unit | UnsetType = UNSET
    choices: Choices | UnsetType = UNSET
    filterable: bool | UnsetType = UNSET
    required: bool | UnsetType = UNSET
    position: Position | UnsetType = UNSET


class ShownAttribute(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    name: str
    kind: Kind
    unit: str
    choices: list[str]
    filterable: bool
    required: bool
    position: int
    categories: list[str]


class ManagedAttribute(ShownAttribute, frozen=True, kw_only=True):
    """`misfits` products say something that does not fit: it stays with them as a free specification, and no filter
    finds it. `GET /api/v1/manage/products?misfit=<code>` lists them."""

    misfits: int


@get("/api/v1/attributes", access=ANYONE, response_headers=SAME_FOR_ALL)
async def list_attributes(
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    category: FromQuery[Words] = None,
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[ShownAttribute]:
    """By code. With `category`, those assigned to it; what it inherits is in the category itself."""
    after = decode_cursor(cursor, AfterCode) if cursor else None
    async with db.transaction(store.id) as tx:
        rows = await queries.listed(tx, limit=limit + 1, after=(after[0],) if after else None, category=category)
    return page_of([_shown(row, row.categories) for row in rows], limit, lambda item: (item.code,))


@get("/api/v1/attributes/{code:str}", access=STORE_ADMIN)
async def show_attribute(
    code: FromPath[str], store: NamedDependency[Store], db: NamedDependency[Database]
) -> ManagedAttribute:
    async with db.transaction(store.id) as tx:
        return await _read(tx, code)


@post("/api/v1/attributes", access=STORE_ADMIN)
async def create_attribute(
    data: JSONBody[NewAttribute],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> ManagedAttribute:
    """What products of its categories say under its name becomes its values; a text that is a number becomes one."""
    fields = msgspec.structs.asdict(data)
    assigned: list[str] = fields.pop("categories")
    attribute = Attribute(id=uuid7(), **fields)
    check(attribute)
    async with db.transaction(store.id) as tx:
        await categories.take_structure(tx)
        await _check_categories(tx, assigned)
        await queries.add(tx, attribute, assigned)
        await saving.refit(tx, assigned)
        made = await _read(tx, attribute.code)
    running.answers.drop(store.id)
    return made


@patch("/api/v1/attributes/{code:str}", access=STORE_ADMIN)
async def change_attribute(
    code: FromPath[str],
    data: JSONBody[AttributeChange],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> ManagedAttribute:
    """With another name, products use it from now on. With another kind, unit or choices what products say is read
    anew; what does not fit stays with them, counted in `misfits`, and is refused when they are described anew."""
    changes: dict[str, Any] = {
        name: value for name in data.__struct_fields__ if (value := getattr(data, name)) is not UNSET
    }
    async with db.transaction(store.id) as tx:
        await categories.take_structure(tx)
        earlier = await _one(tx, code)
        assigned: list[str] = changes.pop("categories", earlier.categories)
        before = {name: getattr(earlier, name) for name in Attribute.__struct_fields__}
        if changes.get("kind", earlier.kind) != "choice":
            before["choices"] = []
        if changes.get("kind", earlier.kind) != "number":
            before["unit"] = ""
        attribute = Attribute(**(before | changes))
        check(attribute)
        await _check_categories(tx, assigned)
        tops = sorted({*earlier.categories, *assigned})
        held = await queries.by_category(tx, tops)
        await queries.change(tx, attribute, assigned)
        await saving.refit(tx, tops, renamed=(attribute, held) if attribute.name != earlier.name else None)
        changed = await _read(tx, attribute.code)
    running.answers.drop(store.id)
    return changed


@delete("/api/v1/attributes/{code:str}", access=STORE_ADMIN)
async def delete_attribute(
    code: FromPath[str],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    """Products keep what they say, as free specifications."""
    async with db.transaction(store.id) as tx:
        await categories.take_structure(tx)
        attribute = await _one(tx, code)
        await queries.delete(tx, attribute.id)
        await saving.refit(tx, attribute.categories)
    running.answers.drop(store.id)


async def _one(tx: Tx, code: str) -> Assigned:
    found = None if "\0" in code else await queries.one(tx, code)
    if found is None:
        raise UnknownAttribute()
    return found


async def _read(tx: Tx, code: str) -> ManagedAttribute:
    found = await _one(tx, code)
    shown = _shown(found, found.categories)
    return ManagedAttribute(**msgspec.structs.asdict(shown), misfits=await queries.misfits(tx, found.id))


async def _check_categories(tx: Tx, slugs: list[str]) -> None:
    if missing := set(slugs) - await categories.known(tx, slugs):
        raise Invalid.field("categories", f"must be categories of this store, not {', '.join(sorted(missing))}")


def _shown(attribute: Attribute, assigned: list[str]) -> ShownAttribute:
    return ShownAttribute(
        code=attribute.code,
        name=attribute.name,
        kind=attribute.kind,
        unit=attribute.unit,
        choices=attribute.choices,
        filterable=attribute.filterable,
        required=attribute.required,
        position=attribute.position,
        categories=assigned,
    )


routes = [list_attributes, show_attribute, create_attribute, change_attribute, delete_attribute]
