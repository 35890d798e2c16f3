"""Pictures of a store: logo, icon, heroes of the home page; and the files themselves."""

import re
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, MultipartBody

from tradehall.contracts.stores import Store, StorePicture
from tradehall.kernel.access import ANYONE, STORE_ADMIN
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.files import NoSuchFile, files_for
from tradehall.kernel.ids import uuid7
from tradehall.kernel.paging import Page
from tradehall.kernel.runtime import Running
from tradehall.services.stores import model, pictures
from tradehall.services.stores.changing import change, current
from tradehall.services.stores.model import PictureKind
from tradehall.services.stores.pictures import SIZES, Size
from tradehall.services.stores.queries import look
from tradehall.services.stores.queries.look import PictureRow

MOST_BYTES = 8 * 1024 * 1024
_PUBLIC = re.compile(r"[0-9a-f]{32}-[a-z]+\.(png|webp)")
# A picture and nothing else, also for who opens its address.
HEADERS = {
    "content-security-policy": "default-src 'none'; sandbox",
    "cache-control": "public, max-age=31536000, immutable",
    "cross-origin-resource-policy": "same-origin",
}


class Upload(msgspec.Struct, frozen=True):
    image: UploadFile
    kind: PictureKind


class PictureView(msgspec.Struct, frozen=True, kw_only=True):
    """`urls`: size -> where it is."""

    key: str
    kind: PictureKind
    width: int
    height: int
    urls: dict[str, str]


def view_of(row: PictureRow, store_id: UUID) -> PictureView:
    urls = {size.name: f"/media/{store_id}/{_name(row, size)}" for size in SIZES[row.kind]}
    return PictureView(key=row.key, kind=row.kind, width=row.width, height=row.height, urls=urls)


@get("/api/v1/store/pictures", access=STORE_ADMIN)
async def list_pictures(
    store: NamedDependency[Store], db: NamedDependency[Database], kind: FromQuery[PictureKind] = "hero"
) -> Page[PictureView]:
    """All of a kind; a store keeps few."""
    async with db.transaction(store.id) as tx:
        return Page([view_of(row, store.id) for row in await look.pictures(tx, kind)])


@post("/api/v1/store/pictures", access=STORE_ADMIN, request_max_body_size=MOST_BYTES)
async def add_picture(
    data: MultipartBody[Upload],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> PictureView:
    """JPEG, PNG, WebP or SVG, drawn anew in the sizes there are. A logo or icon takes the place of the one before."""
    async with db.transaction(store.id) as tx:
        before = await look.pictures(tx, data.kind)
    if data.kind == "hero" and len(before) >= model.MOST_PICTURES:
        raise model.TooManyPictures()
    drawn = await pictures.prepare(await data.image.read(), data.kind)
    row = PictureRow(key=uuid7().hex, kind=data.kind, width=drawn.width, height=drawn.height)
    files = files_for(running.settings)
    for size in SIZES[row.kind]:
        await files.put(store.id, _name(row, size), drawn.files[size.name], f"image/{size.suffix}")
    try:
        async with db.transaction(store.id) as tx:
            changed = await _hang(tx, row, before, store)
    except Exception:
        await _delete_files(running, store, [row])
        raise
    running.stores.put(changed)
    running.answers.drop(store.id)
    if row.kind != "hero":
        await _delete_files(running, store, before)
    return view_of(row, store.id)


async def _hang(tx: Tx, row: PictureRow, before: list[PictureRow], store: Store) -> Store:
    known = await current(tx, store.id)
    await look.add_picture(tx, row)
    if row.kind == "hero":
        return known
    for earlier in before:
        await look.remove_picture(tx, earlier.key)
    return await change(tx, store.id, **{row.kind: StorePicture(key=row.key, width=row.width, height=row.height)})


async def _delete_files(running: Running, store: Store, rows: list[PictureRow]) -> None:
    names = [f"{store.id}/{_name(row, size)}" for row in rows for size in SIZES[row.kind]]
    await files_for(running.settings).delete(store.id, *names)


def _name(row: PictureRow, size: Size) -> str:
    return f"look/{row.key}-{size.name}.{size.suffix}"


@delete("/api/v1/store/pictures/{key:str}", access=STORE_ADMIN)
async def remove_picture(
    key: FromPath[str],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    """Of a hero that the home page shows: the block goes on without a picture."""
    async with db.transaction(store.id) as tx:
        known = await current(tx, store.id)
        row = await look.picture(tx, key)
        if row is None:
            raise model.UnknownPicture()
        await look.remove_picture(tx, key)
        shown = {"logo": known.logo, "icon": known.icon}
        gone = {name: None for name, picture in shown.items() if picture is not None and picture.key == key}
        changed = await change(tx, store.id, **gone)
    running.stores.put(changed)
    running.answers.drop(store.id)
    await _delete_files(running, store, [row])


@get("/media/{owner:str}/look/{name:str}", access=ANYONE)
async def serve(
    owner: FromPath[str],
    name: FromPath[str],
    store: NamedDependency[Store],
    running: NamedDependency[Running],
    request: Request[Any, Any, Any],
) -> Response[bytes]:
    """A picture. Its name changes when it does, so browsers may keep it for good."""
    if owner != str(store.id) or not _PUBLIC.fullmatch(name):
        raise NoSuchFile()
    headers = HEADERS | {"etag": f'"{name}"'}
    if headers["etag"] in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    file = await files_for(running.settings).get(store.id, f"{owner}/look/{name}")
    return Response(file.content, media_type=file.content_type, headers=headers)


routes = [list_pictures, add_picture, remove_picture, serve]
