"""Pictures of products: upload, remove, and the files themselves."""

import re
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody

from tradehall.contracts.stores import Store
from tradehall.kernel import pictures
from tradehall.kernel.access import ANYONE, SELLER
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.errors import Invalid
from tradehall.kernel.files import NoSuchFile, files_for
from tradehall.kernel.ids import uuid7
from tradehall.kernel.runtime import Running
from tradehall.services.catalog import saving
from tradehall.services.catalog.api.access import own
from tradehall.services.catalog.api.shapes import Picture, picture
from tradehall.services.catalog.model import (
    MOST_IMAGES,
    Alt,
    Image,
    Product,
    TooManyImages,
    UnknownImage,
    picture_name,
    thumb_name,
    without_pictures,
)

MOST_BYTES = 12 * 1024 * 1024
_PUBLIC = re.compile(r"[0-9a-f]{32}(-480)?\.webp")


class Upload(msgspec.Struct, frozen=True):
    """With `variant_id` it becomes the picture of that variant, too."""

    image: UploadFile
    alt: Alt = ""
    variant_id: UUID | None = None


@post("/api/v1/products/{product_id:uuid}/images", access=SELLER, request_max_body_size=MOST_BYTES)
async def add_image(
    product_id: FromPath[UUID],
    data: MultipartBody[Upload],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Picture:
    """JPEG, PNG or WebP, up to 12 MiB and 40 megapixels; kept as WebP of at most 1200 pixels."""
    async with db.transaction(store.id) as tx:
        _check_room(await own(tx, product_id, caller), data.variant_id)
    prepared = await pictures.prepare(await data.image.read())
    image = Image(key=uuid7().hex, width=prepared.width, height=prepared.height, alt=data.alt)
    files = files_for(running.settings)
    keys = [await files.put(store.id, picture_name(image.key), prepared.large, "image/webp")]
    try:
        keys.append(await files.put(store.id, thumb_name(image.key), prepared.small, "image/webp"))
        async with db.transaction(store.id) as tx:
            product = await own(tx, product_id, caller)
            _check_room(product, data.variant_id)
            variants = [
                msgspec.structs.replace(variant, image=image.key) if variant.id == data.variant_id else variant
                for variant in product.variants
            ]
            shown = msgspec.structs.replace(product, images=[*product.images, image], variants=variants)
            await saving.save(tx, product, shown, store.id)
    except Exception:
        await files.delete(store.id, *keys)
        raise
    running.answers.drop(store.id)
    return picture(image, store)


@delete("/api/v1/products/{product_id:uuid}/images/{key:str}", access=SELLER)
async def remove_image(
    product_id: FromPath[UUID],
    key: FromPath[str],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    """The product shows it no more. The file stays, since orders and mails may show it still."""
    async with db.transaction(store.id) as tx:
        product = await own(tx, product_id, caller)
        left = [image for image in product.images if image.key != key]
        if len(left) == len(product.images):
            raise UnknownImage()
        variants = without_pictures(product.variants, left)
        await saving.save(tx, product, msgspec.structs.replace(product, images=left, variants=variants), store.id)
    running.answers.drop(store.id)


# Spelled out: other kinds of files are other services'.
@get(["/media/{owner:str}/products/{name:str}", "/media/{owner:str}/brands/{name:str}"], access=ANYONE)
async def serve(
    owner: FromPath[str],
    name: FromPath[str],
    store: NamedDependency[Store],
    running: NamedDependency[Running],
    request: Request[Any, Any, Any],
) -> Response[bytes]:
    """A picture of a product or a brand. Its name changes when it does, so browsers may keep it for good."""
    if owner != str(store.id) or not _PUBLIC.fullmatch(name):
        raise NoSuchFile()
    headers = {"etag": f'"{name}"', "cache-control": "public, max-age=31536000, immutable"}
    if headers["etag"] in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    file = await files_for(running.settings).get(store.id, request.url.path.removeprefix("/media/"))
    return Response(file.content, media_type=file.content_type, headers=headers)


def _check_room(product: Product, variant_id: UUID | None) -> None:
    if len(product.images) >= MOST_IMAGES:
        raise TooManyImages()
    if variant_id is not None and all(variant.id != variant_id for variant in product.variants):
        raise Invalid.field("variant_id", "must be a variant of this product")


routes = [add_image, remove_image, serve]
