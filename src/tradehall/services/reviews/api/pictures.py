"""Pictures of reviews: upload, remove, and the files themselves."""

import re
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, MultipartBody

from tradehall.contracts.stores import Store
from tradehall.kernel import pictures
from tradehall.kernel.access import ANYONE
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.errors import NotFound
from tradehall.kernel.files import NoSuchFile, files_for
from tradehall.kernel.ids import uuid7
from tradehall.kernel.runtime import Running
from tradehall.services.reviews import model
from tradehall.services.reviews.api.shapes import OwnReview, own_view
from tradehall.services.reviews.api.writing import change, forget_pictures, own
from tradehall.services.reviews.model import Picture, picture_name, thumb_name

MOST_BYTES = 12 * 1024 * 1024
_PUBLIC = re.compile(r"[0-9a-f]{32}(-480)?\.webp")


class UnknownPicture(NotFound):
    slug = "unknown-picture"
    title = "The review has no such picture"


class Upload(msgspec.Struct, frozen=True):
    image: UploadFile


@post("/api/v1/reviews/{review_id:uuid}/pictures", access=ANYONE, request_max_body_size=MOST_BYTES)
async def add_review_picture(
    review_id: FromPath[UUID],
    data: MultipartBody[Upload],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    token: FromQuery[str | None] = None,
) -> OwnReview:
    """JPEG, PNG or WebP, up to 12 MiB and 40 megapixels; kept as WebP of at most 1200 pixels."""
    picture = Picture(uuid7().hex, 0, 0)
    async with db.transaction(store.id) as tx:
        earlier = await own(tx, review_id, principal, token)
        model.with_picture(earlier.pictures, picture)
    prepared = await pictures.prepare(await data.image.read())
    picture = Picture(picture.key, prepared.width, prepared.height)
    files = files_for(running.settings)
    keys = [await files.put(store.id, picture_name(picture.key), prepared.large, "image/webp")]
    try:
        keys.append(await files.put(store.id, thumb_name(picture.key), prepared.small, "image/webp"))
        async with db.transaction(store.id) as tx:
            earlier = await own(tx, review_id, principal, token)
            review = await change(tx, earlier, pictures=model.with_picture(earlier.pictures, picture))
    except Exception:
        await files.delete(store.id, *keys)
        raise
    running.answers.drop(store.id)
    return own_view(review, store)


@delete("/api/v1/reviews/{review_id:uuid}/pictures/{key:str}", access=ANYONE, status_code=200)
async def remove_review_picture(
    review_id: FromPath[UUID],
    key: FromPath[str],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    token: FromQuery[str | None] = None,
) -> OwnReview:
    async with db.transaction(store.id) as tx:
        earlier = await own(tx, review_id, principal, token)
        gone = [picture for picture in earlier.pictures if picture.key == key]
        if not gone:
            raise UnknownPicture()
        review = await change(tx, earlier, pictures=[one for one in earlier.pictures if one.key != key])
        forget_pictures(tx, review, gone)
    running.answers.drop(store.id)
    return own_view(review, store)


@get("/media/{owner:str}/reviews/{name:str}", access=ANYONE)
async def serve_review_picture(
    owner: FromPath[str],
    name: FromPath[str],
    store: NamedDependency[Store],
    running: NamedDependency[Running],
    request: Request[Any, Any, Any],
) -> Response[bytes]:
    """Found by who was shown its name. For an hour only: its author may remove it."""
    if owner != str(store.id) or not _PUBLIC.fullmatch(name):
        raise NoSuchFile()
    headers = {"etag": f'"{name}"', "cache-control": "public, max-age=3600"}
    file = await files_for(running.settings).get(store.id, f"{store.id}/reviews/{name}")
    if headers["etag"] in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    return Response(file.content, media_type=file.content_type, headers=headers)


routes = [add_review_picture, remove_review_picture, serve_review_picture]
