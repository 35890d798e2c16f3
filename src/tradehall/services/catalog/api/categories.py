"""The category tree."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from litestar import MediaType, Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import UNSET, Meta, UnsetType

from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE, SELLER, STORE_ADMIN
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import Invalid
from tradehall.kernel.filtering import several
from tradehall.kernel.http import SAME_FOR_ALL
from tradehall.kernel.paging import Limit
from tradehall.kernel.runtime import Running
from tradehall.services.catalog import saving
from tradehall.services.catalog.api.filters import Words
from tradehall.services.catalog.attributes import Attribute, Kind, by_name
from tradehall.services.catalog.model import (
    ANY_TEXT,
    MOST_LEVELS,
    CategoryInUse,
    Moved,
    Name,
    Slug,
    UnknownCategory,
    slug_of,
)
from tradehall.services.catalog.queries import attributes
from tradehall.services.catalog.queries import categories as queries
from tradehall.services.catalog.queries.categories import Category
from tradehall.services.catalog.tree import Branch, Tree, counted

About = Annotated[str, Meta(max_length=2000, pattern=ANY_TEXT)]
Position = Annotated[int, Meta(ge=0, le=10**6)]
Levels = Annotated[int, QueryParameter(ge=1, le=MOST_LEVELS)]


class NewCategory(msgspec.Struct, frozen=True, kw_only=True):
    """Without `slug` one is made from the name. Siblings are sorted by `position`, then name."""

    name: Name
    slug: Slug | None = None
    parent: Slug | None = None
    description: About = ""
    position: Position = 0


class CategoryChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is left out stays. The earlier slug leads to the category as long as no other takes it."""

    name: Name | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    parent: Slug | UnsetType | None = UNSET
    description: About | UnsetType = UNSET
    position: Position | UnsetType = UNSET


class Below(msgspec.Struct, frozen=True):
    """`count` has the published products of this category and those below it."""

    slug: str
    name: str
    description: str
    count: int


class Above(msgspec.Struct, frozen=True):
    slug: str
    name: str


class FoundCategory(msgspec.Struct, frozen=True):
    """`path` leads from the top to the category itself."""

    slug: str
    name: str
    path: list[Above]


class FoundCategories(msgspec.Struct, frozen=True, kw_only=True):
    """`total` counts those beyond the limit too."""

    items: list[FoundCategory]
    total: int


class HeldAttribute(msgspec.Struct, frozen=True, kw_only=True):
    """An attribute that holds in a category, assigned to it or to one above it."""

    code: str
    name: str
    kind: Kind
    unit: str
    choices: list[str]
    filterable: bool
    required: bool


class CategoryPage(msgspec.Struct, frozen=True, kw_only=True):
    """`path` leads from the top to the category itself; `count` has the published products here and below."""

    slug: str
    name: str
    description: str
    parent: str | None
    position: int
    count: int
    path: list[Above]
    children: list[Below]
    attributes: list[HeldAttribute]


@get("/api/v1/categories", access=ANYONE, response_headers=SAME_FOR_ALL)
async def list_categories(
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    levels: FromQuery[Levels] = MOST_LEVELS,
) -> Response[list[Branch]]:
    """The tree; of a large one its upper `levels` may be enough."""
    async with db.transaction(store.id) as tx:
        shown = await counted(tx, db, store.id, running.answers)
    return Response(shown.encoded(levels), media_type=MediaType.JSON)  # type: ignore[arg-type]


@get("/api/v1/manage/categories", access=SELLER)
async def find_categories(
    request: Request[Any, Any, Any],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    q: FromQuery[Words] = None,
    limit: FromQuery[Limit] = 24,
) -> FoundCategories:
    """Those of whose way down each word of `q` begins a word, shortest way first; of many the first `limit`. `slug` may be
    repeated: those instead, as far as they are there."""
    slugs = several(request, "slug")
    async with db.transaction(store.id) as tx:
        shown = await counted(tx, db, store.id, running.answers)
    found = [shown.categories[slug] for slug in slugs if slug in shown.categories] if slugs else shown.find(q or "")
    return FoundCategories(
        items=[FoundCategory(one.slug, one.name, _way(shown, one.slug)) for one in found[:limit]], total=len(found)
    )


@get("/api/v1/categories/{slug:str}", access=ANYONE, response_headers=SAME_FOR_ALL)
async def show_category(
    slug: FromPath[str],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> CategoryPage:
    """An earlier slug of a category answers 301."""
    if "\0" in slug:
        raise UnknownCategory()
    async with db.transaction(store.id) as tx:
        shown = await counted(tx, db, store.id, running.answers)
        if slug not in shown.categories:
            if moved := await queries.moved_to(tx, slug):
                raise Moved(f"/api/v1/categories/{moved}", moved)
            raise UnknownCategory()
        held = by_name((await attributes.of_categories(tx, [slug]))[slug])
    return _page(shown, slug, held)


@post("/api/v1/categories", access=STORE_ADMIN)
async def create_category(
    data: JSONBody[NewCategory],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Category:
    made = Category(
        slug=data.slug or slug_of(data.name),
        name=data.name,
        parent=data.parent,
        description=data.description,
        position=data.position,
    )
    async with db.transaction(store.id) as tx:
        await queries.take_structure(tx)
        await _check_place(tx, made.slug, made.parent)
        await queries.add(tx, made)
    running.answers.drop(store.id)
    return made


@patch("/api/v1/categories/{slug:str}", access=STORE_ADMIN)
async def change_category(
    slug: FromPath[str],
    data: JSONBody[CategoryChange],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Category:
    changes = {name: value for name in data.__struct_fields__ if (value := getattr(data, name)) is not UNSET}
    async with db.transaction(store.id) as tx:
        await queries.take_structure(tx)
        earlier = None if "\0" in slug else await queries.one(tx, slug)
        if earlier is None:
            raise UnknownCategory()
        changed = msgspec.structs.replace(earlier, **changes)
        if changed.parent != earlier.parent:
            await _check_place(tx, slug, changed.parent)
        await queries.change(tx, earlier, changed)
        if changed.parent != earlier.parent:
            await saving.refit(tx, [changed.slug])
        elif changed.slug != earlier.slug:
            saving.tell_later(tx, await queries.products_of(tx, [changed.slug]), as_is=True)
    running.answers.drop(store.id)
    return changed


@delete("/api/v1/categories/{slug:str}", access=STORE_ADMIN)
async def delete_category(
    slug: FromPath[str],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    """Only an empty one."""
    async with db.transaction(store.id) as tx:
        await queries.take_structure(tx)
        if "\0" in slug or not await queries.one(tx, slug):
            raise UnknownCategory()
        if await queries.in_use(tx, slug):
            raise CategoryInUse("Move its products and categories elsewhere first.")
        await queries.delete(tx, slug)
    running.answers.drop(store.id)


async def _check_place(tx: Tx, slug: str, parent: str | None) -> None:
    """Raises Invalid where `parent` is no place for the branch of `slug`: unknown, in the branch itself, or too deep."""
    if parent is None:
        return
    if parent == slug or await queries.is_below(tx, parent, slug):
        raise Invalid.field("parent", "must not be the category itself or one below it")
    if not await queries.one(tx, parent):
        raise Invalid.field("parent", "must be a category of this store")
    if await queries.levels(tx, slug, parent) > MOST_LEVELS:
        raise Invalid.field("parent", f"must leave at most {MOST_LEVELS} levels")


def _page(tree: Tree, slug: str, held: Mapping[str, Attribute]) -> CategoryPage:
    category = tree.categories[slug]
    return CategoryPage(
        slug=slug,
        name=category.name,
        description=category.description,
        parent=category.parent,
        position=category.position,
        count=tree.count.get(slug, 0),
        path=_way(tree, slug),
        children=[
            Below(one.slug, one.name, one.description, tree.count.get(one.slug, 0))
            for one in tree.children.get(slug, ())
        ],
        attributes=[
            HeldAttribute(
                code=one.code,
                name=one.name,
                kind=one.kind,
                unit=one.unit,
                choices=one.choices,
                filterable=one.filterable,
                required=one.required,
            )
            for one in held.values()
        ],
    )


def _way(tree: Tree, slug: str) -> list[Above]:
    return [Above(one.slug, one.name) for one in reversed(tree.path(slug))]


routes = [list_categories, find_categories, show_category, create_category, change_category, delete_category]
