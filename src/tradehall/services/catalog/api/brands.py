"""Brands and tags: what there is, with counts. A brand comes about with the first product that names it, too."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import delete, get, patch, post, put
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody
from msgspec import UNSET, Meta, UnsetType

from tradehall.contracts.stores import Store
from tradehall.kernel import pictures
from tradehall.kernel.access import ANYONE, STORE_ADMIN
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.files import files_for
from tradehall.kernel.http import SAME_FOR_ALL
from tradehall.kernel.ids import uuid7
from tradehall.kernel.paging import Limit, Page, decode_cursor, encode_cursor
from tradehall.kernel.paging import page as page_of
from tradehall.kernel.runtime import Running
from tradehall.services.catalog import saving
from tradehall.services.catalog.api.images import MOST_BYTES
from tradehall.services.catalog.model import (
    ANY_TEXT,
    SOME_TEXT,
    BrandInUse,
    Slug,
    UnknownBrand,
    logo,
    logo_name,
    slug_of,
)
from tradehall.services.catalog.queries import brands as queries
from tradehall.services.catalog.queries import categories
from tradehall.services.catalog.queries.brands import Brand, CountedBrand, CountedTag

BrandName = Annotated[str, Meta(max_length=100, pattern=SOME_TEXT)]
About = Annotated[str, Meta(max_length=2000, pattern=ANY_TEXT)]
After = Annotated[str, Meta(max_length=200, pattern=ANY_TEXT)]


class NewBrand(msgspec.Struct, frozen=True, kw_only=True):
    """Without `slug` one is made from the name."""

    name: BrandName
    slug: Slug | None = None
    description: About = ""


class BrandChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is left out stays. Products follow another name."""

    name: BrandName | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    description: About | UnsetType = UNSET


class Logo(msgspec.Struct, frozen=True):
    image: UploadFile


class ShownBrand(msgspec.Struct, frozen=True, kw_only=True):
    """`count` has its published products, `logo` is a URL."""

    slug: str
    name: str
    description: str
    logo: str | None
    count: int


@get("/api/v1/brands", access=ANYONE, response_headers=SAME_FOR_ALL)
async def list_brands(
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[ShownBrand]:
    """By name."""
    after = decode_cursor(cursor, After, UUID) if cursor else None
    async with db.transaction(store.id) as tx:
        rows = await queries.counted(tx, limit=limit + 1, after=(after[0], after[1]) if after else None)
    last = rows[limit - 1] if len(rows) > limit else None
    shown = [_shown(row, store) for row in rows[:limit]]
    return Page(shown, encode_cursor(last.key, last.id) if last else None)


@get("/api/v1/brands/{slug:str}", access=ANYONE, response_headers=SAME_FOR_ALL)
async def show_brand(slug: FromPath[str], store: NamedDependency[Store], db: NamedDependency[Database]) -> ShownBrand:
    async with db.transaction(store.id) as tx:
        return await _read(tx, slug, store)


@post("/api/v1/brands", access=STORE_ADMIN)
async def create_brand(
    data: JSONBody[NewBrand],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> ShownBrand:
    slug = data.slug or slug_of(data.name, "brand")
    made = Brand(id=uuid7(), slug=slug, name=data.name.strip(), description=data.description)
    async with db.transaction(store.id) as tx:
        await queries.add(tx, made)
        shown = await _read(tx, made.slug, store)
    running.answers.drop(store.id)
    return shown


@patch("/api/v1/brands/{slug:str}", access=STORE_ADMIN)
async def change_brand(
    slug: FromPath[str],
    data: JSONBody[BrandChange],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> ShownBrand:
    changes: dict[str, Any] = {
        name: value for name in data.__struct_fields__ if (value := getattr(data, name)) is not UNSET
    }
    if "name" in changes:
        changes["name"] = changes["name"].strip()
    async with db.transaction(store.id) as tx:
        await categories.take_structure(tx)
        earlier = await _locked(tx, slug)
        brand = msgspec.structs.replace(earlier, **changes)
        await queries.change(tx, brand)
        if (brand.name, brand.slug) != (earlier.name, earlier.slug):
            saving.tell_later(tx, await queries.rename_in_products(tx, brand))
        shown = await _read(tx, brand.slug, store)
    running.answers.drop(store.id)
    return shown


@put("/api/v1/brands/{slug:str}/logo", access=STORE_ADMIN, request_max_body_size=MOST_BYTES)
async def set_logo(
    slug: FromPath[str],
    data: MultipartBody[Logo],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> ShownBrand:
    """JPEG, PNG or WebP, up to 12 MiB; kept as WebP of at most 480 pixels."""
    async with db.transaction(store.id) as tx:
        await _locked(tx, slug)
    prepared = await pictures.prepare(await data.image.read())
    key = uuid7().hex
    files = files_for(running.settings)
    kept = await files.put(store.id, logo_name(key), prepared.small, "image/webp")
    try:
        async with db.transaction(store.id) as tx:
            await queries.change(tx, msgspec.structs.replace(await _locked(tx, slug), logo=key))
            shown = await _read(tx, slug, store)
    except Exception:
        await files.delete(store.id, kept)
        raise
    running.answers.drop(store.id)
    return shown


@delete("/api/v1/brands/{slug:str}", access=STORE_ADMIN)
async def delete_brand(
    slug: FromPath[str],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    """Only one without products."""
    async with db.transaction(store.id) as tx:
        await categories.take_structure(tx)
        brand = await _locked(tx, slug)
        if await queries.in_use(tx, brand.id):
            raise BrandInUse("Give its products another brand first.")
        await queries.delete(tx, brand.id)
    running.answers.drop(store.id)


@get("/api/v1/tags", access=ANYONE, response_headers=SAME_FOR_ALL)
async def list_tags(
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[CountedTag]:
    """Of published products, by name."""
    after = decode_cursor(cursor, After)[0] if cursor else None
    async with db.transaction(store.id) as tx:
        rows = await queries.tags(tx, limit=limit + 1, after=after)
    return page_of(rows, limit, lambda row: (row.tag,))


async def _locked(tx: Tx, slug: str) -> Brand:
    found = None if "\0" in slug else await queries.lock(tx, slug)
    if found is None:
        raise UnknownBrand()
    return found


async def _read(tx: Tx, slug: str, store: Store) -> ShownBrand:
    found = None if "\0" in slug else await queries.one(tx, slug)
    if found is None:
        raise UnknownBrand()
    return _shown(found, store)


def _shown(brand: CountedBrand, store: Store) -> ShownBrand:
    return ShownBrand(
        slug=brand.slug,
        name=brand.name,
        description=brand.description,
        logo=logo(store.id, brand.logo) if brand.logo else None,
        count=brand.count,
    )


routes = [list_brands, show_brand, create_brand, change_brand, set_logo, delete_brand, list_tags]
