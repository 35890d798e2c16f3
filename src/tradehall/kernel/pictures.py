"""Pictures that people upload: decoded, and written anew as WebP in two sizes.

Nothing of the file itself is kept, so neither camera data nor anything hidden in it gets out. But a WebP that has
nothing but its picture, and is not too large, stays as it is: writing it anew would only cost quality and bytes.
"""

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import msgspec
from PIL import Image, ImageOps, UnidentifiedImageError

from tradehall.kernel.errors import Busy, Invalid, Unsupported

LARGE, SMALL = 1200, 480  # pixels of the longer side
MOST_PIXELS = 40_000_000
_FORMATS = ("JPEG", "PNG", "WEBP")
_QUALITY, _EFFORT = 82, 2  # an effort of 4 takes twice as long for 5 % fewer bytes
_AT_ONCE, _MOST_UNDER_WAY = 2, 32

_threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="pictures")
_under_way = 0


class NoImage(Unsupported):
    slug = "no-image"
    title = "The file is not a JPEG, PNG or WebP image"


class BadImage(Invalid):
    slug = "bad-image"
    title = "The image cannot be used"


class Picture(msgspec.Struct, frozen=True):
    """Encoded WebP; `width` and `height` are those of `large`."""

    large: bytes
    small: bytes
    width: int
    height: int


async def prepare(content: bytes) -> Picture:
    """Off the event loop. Raises NoImage, BadImage, and Busy where too many wait already."""
    global _under_way
    if _under_way >= _MOST_UNDER_WAY:
        raise Busy("Too many images are being worked on.", headers={"retry-after": "2"})
    _under_way += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads, _prepare, content)
    finally:
        _under_way -= 1


def _prepare(content: bytes) -> Picture:
    try:
        # Reads the header only, so the size is known before any pixel is.
        image = Image.open(BytesIO(content), formats=_FORMATS)
    except UnidentifiedImageError:
        raise NoImage("Send a JPEG, PNG or WebP image.") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except Exception as error:
        raise BadImage.field("image", "must be an undamaged image") from error
    if image.width * image.height > MOST_PIXELS:
        raise _too_large()
    try:
        return _encode(image, content if _is_bare(content) and max(image.size) <= LARGE else None)
    except Exception as error:  # decoders raise all kinds of things on damaged files
        raise BadImage.field("image", "must be an undamaged image") from error


def _is_bare(content: bytes) -> bool:
    """A WebP of one chunk, the picture, and nothing behind it."""
    inner = len(content) - 20
    chunk = int.from_bytes(content[16:20], "little")
    return (
        content[:4] == b"RIFF"
        and int.from_bytes(content[4:8], "little") == len(content) - 8
        and content[8:16] in (b"WEBPVP8 ", b"WEBPVP8L")
        and chunk + chunk % 2 == inner
    )


def _encode(image: Image.Image, as_it_is: bytes | None) -> Picture:
    image.thumbnail((LARGE * 2, LARGE * 2))  # JPEG: decodes at a fraction of the size at once
    with contextlib.suppress(Exception):  # camera data may be damaged where the picture is not
        ImageOps.exif_transpose(image, in_place=True)
    transparent = image.has_transparency_data
    image = image.convert("RGBA" if transparent else "RGB")
    image.thumbnail((LARGE, LARGE))
    small = image.copy()
    small.thumbnail((SMALL, SMALL))
    return Picture(as_it_is or _webp(image), _webp(small), image.width, image.height)


def _webp(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "WEBP", quality=_QUALITY, method=_EFFORT, exif=b"", icc_profile=b"", xmp=b"")
    return out.getvalue()


def _too_large() -> Invalid:
    return BadImage.field("image", f"must have at most {MOST_PIXELS // 10**6} megapixels")
