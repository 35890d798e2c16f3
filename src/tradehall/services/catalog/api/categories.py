"""The category tree."""

from typing import Annotated

import msgspec
from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, UnsetType

from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE, STORE_ADMIN
from tradehall.kernel.db import Database
from tradehall.kernel.errors import Invalid
from tradehall.kernel.http import SAME_FOR_ALL
from tradehall.kernel.runtime import Running
from tradehall.services.catalog.model import (
    ANY_TEXT,
    MOST_LEVELS,
    CategoryInUse,
    Name,
    Slug,
    UnknownCategory,
    slug_of,
)
from tradehall.services.catalog.queries import categories as queries
from tradehall.services.catalog.queries.categories import Category, Counted

About = Annotated[str, Meta(max_length=2000, pattern=ANY_TEXT)]
Position = Annotated[int, Meta(ge=0, le=10**6)]


class NewCategory(msgspec.Struct, frozen=True, kw_only=True):
    """Without `slug` one is made from the name. Siblings are sorted by `position`, then name."""

    name: Name
    slug: Slug | None = None
    parent: Slug | None = None
    description: About = ""
    position: Position = 0


class CategoryChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is left out stays."""

    name: Name | UnsetType = UNSET
    parent: Slug | UnsetType | None = UNSET
    description: About | UnsetType = UNSET
    position: Position | UnsetType = UNSET


class Branch(msgspec.Struct, kw_only=True):
    """`count` has the published products here and below."""

    slug: str
    name: str
    description: str
    position: int
    count: int
    children: "list[Branch]"


@get("/api/v1/categories", access=ANYONE, response_headers=SAME_FOR_ALL)
async def list_categories(store: NamedDependency[Store], db: NamedDependency[Database]) -> list[Branch]:
    async with db.transaction(store.id) as tx:
        return _tree(await queries.counted(tx))


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
        tree = await queries.lock_all(tx)
        if made.slug not in tree:
            _check_place({**tree, made.slug: made}, made.slug)
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
        tree = await queries.lock_all(tx)
        if slug not in tree:
            raise UnknownCategory()
        changed = tree[slug] = msgspec.structs.replace(tree[slug], **changes)
        _check_place(tree, slug)
        await queries.change(tx, changed)
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
        if slug not in await queries.lock_all(tx):
            raise UnknownCategory()
        if await queries.in_use(tx, slug):
            raise CategoryInUse("Move its products and categories elsewhere first.")
        await queries.delete(tx, slug)
    running.answers.drop(store.id)


def _check_place(tree: dict[str, Category], slug: str) -> None:
    """Raises Invalid where the way up from `slug` ends nowhere, in a circle, or is too long; below it too."""
    children: dict[str | None, list[str]] = {}
    for category in tree.values():
        children.setdefault(category.parent, []).append(category.slug)
    way = [slug]
    while (parent := tree[way[-1]].parent) is not None:
        if parent not in tree:
            raise Invalid.field("parent", "must be a category of this store")
        if parent in way:
            raise Invalid.field("parent", "must not be the category itself or one below it")
        way.append(parent)
    depth, level = len(way), children.get(slug, [])
    while level:
        depth, level = depth + 1, [below for one in level for below in children.get(one, [])]
    if depth > MOST_LEVELS:
        raise Invalid.field("parent", f"must leave at most {MOST_LEVELS} levels")


def _tree(rows: list[Counted]) -> list[Branch]:
    branches = {
        row.slug: Branch(
            slug=row.slug,
            name=row.name,
            description=row.description,
            position=row.position,
            count=row.count,
            children=[],
        )
        for row in rows
    }
    for row in rows:
        if row.parent is not None:
            branches[row.parent].children.append(branches[row.slug])
    tops = [branches[row.slug] for row in rows if row.parent is None]
    for top in tops:
        _add_up(top)
    return tops


def _add_up(branch: Branch) -> int:
    branch.count += sum(_add_up(child) for child in branch.children)
    return branch.count


routes = [list_categories, create_category, change_category, delete_category]
