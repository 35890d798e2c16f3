"""Pictures of a store, drawn anew: nothing of the file that was sent is kept.

An SVG is cleaned of all that is no drawing, must refer to nothing outside itself, and is then drawn by a process of its
own, with a limit of time and memory: what is served is always made of pixels.
"""

import asyncio
import contextlib
import sys
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Literal

import msgspec
import py_svg_hush
from PIL import Image, ImageOps, UnidentifiedImageError

from tradehall.kernel.errors import Busy, Invalid
from tradehall.services.stores.model import PictureKind

MOST_PIXELS = 40_000_000
MOST_SVG = 256 * 1024  # bytes
DRAWN_WITHIN = 6.0  # seconds
_FORMATS = ("JPEG", "PNG", "WEBP")
_AT_ONCE = 2
_DRAWING = Path(__file__).with_name("drawing.py")

_threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="store-pictures")
_under_way = 0
_MOST_UNDER_WAY = 16


class Size(msgspec.Struct, frozen=True):
    """A box in pixels that the picture fits into; `square`: it fills it, with transparent margins."""

    name: str
    width: int
    height: int
    suffix: Literal["png", "webp"]
    square: bool = False


SIZES: dict[PictureKind, tuple[Size, ...]] = {
    "logo": (Size("large", 960, 240, "png"), Size("small", 320, 80, "png")),
    "icon": (Size("large", 180, 180, "png", True), Size("small", 32, 32, "png", True)),
    "hero": (Size("large", 1600, 900, "webp"), Size("small", 800, 450, "webp")),
}


class Drawn(msgspec.Struct, frozen=True):
    """`files`: name of the size -> encoded picture. Width and height are those of the large one."""

    files: dict[str, bytes]
    width: int
    height: int


async def prepare(content: bytes, kind: PictureKind) -> Drawn:
    """Off the event loop. Raises Invalid, and Busy where too many wait already."""
    global _under_way
    if _under_way >= _MOST_UNDER_WAY:
        raise Busy("Too many pictures are being worked on.", headers={"retry-after": "2"})
    _under_way += 1
    try:
        if _is_svg(content):
            largest = max(SIZES[kind], key=lambda size: size.width)
            content = await _rasterised(content, largest)
        return await asyncio.get_running_loop().run_in_executor(_threads, _prepare, content, kind)
    finally:
        _under_way -= 1


def _is_svg(content: bytes) -> bool:
    return content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


async def _rasterised(content: bytes, box: Size) -> bytes:
    """PNG of the drawing, as large as the box allows."""
    if len(content) > MOST_SVG:
        raise Invalid.field("image", f"must have at most {MOST_SVG // 1024} KiB, as SVG")
    loop = asyncio.get_running_loop()
    clean, side = await loop.run_in_executor(_threads, _clean, content, box)
    # By its path and isolated: it starts in a moment, since it loads nothing of ours.
    drawing = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(_DRAWING),
        *side,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(DRAWN_WITHIN):
            png, _ = await drawing.communicate(clean)
    except TimeoutError:
        raise Invalid.field("image", "must be a drawing that does not take so long to draw") from None
    finally:
        if drawing.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                drawing.kill()
            await drawing.wait()
    if drawing.returncode != 0 or not png:
        raise Invalid.field("image", "must be an SVG that can be drawn")
    return png


def _clean(content: bytes, box: Size) -> tuple[bytes, tuple[str, str]]:
    """The drawing without scripts, links and entities, and by which side it is fitted: ("width", "960")."""
    try:
        clean = py_svg_hush.filter_svg(content)
        root = ElementTree.fromstring(clean)
    except (ValueError, ElementTree.ParseError):
        raise Invalid.field("image", "must be an undamaged image") from None
    for element in root.iter():
        # For a picture the renderer would read the file of this machine that it names, and of text it draws nothing
        # where the font is missing.
        if isinstance(element.tag, str) and element.tag.rpartition("}")[2] in ("image", "feImage", "text"):
            raise Invalid.field("image", "must be made of shapes: turn its text into paths, and leave out pictures")
    width, height = _extent(root)
    if width / height >= box.width / box.height:
        return clean, ("width", str(box.width))
    return clean, ("height", str(box.height))


def _extent(root: ElementTree.Element) -> tuple[float, float]:
    """Raises Invalid where it does not say, or is thinner than a line."""
    view = root.get("viewBox", "").replace(",", " ").split()
    try:
        if len(view) == 4:
            width, height = float(view[2]), float(view[3])
        else:
            width, height = (float(root.get(side, "").strip().removesuffix("px")) for side in ("width", "height"))
    except ValueError:
        width = height = 0.0
    if not (0 < width < 1e6 and 0 < height < 1e6 and 1 / 50 < width / height < 50):
        raise Invalid.field("image", "must say its size, as viewBox or as width and height")
    return width, height


def _prepare(content: bytes, kind: PictureKind) -> Drawn:
    try:
        # Reads the header only, so the size is known before any pixel is.
        image = Image.open(BytesIO(content), formats=_FORMATS)
    except UnidentifiedImageError:
        raise Invalid.field("image", "must be a JPEG, PNG, WebP or SVG image") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except Exception as error:
        raise Invalid.field("image", "must be an undamaged image") from error
    if image.width * image.height > MOST_PIXELS:
        raise _too_large()
    try:
        return _encode(image, kind)
    except Exception as error:  # decoders raise all kinds of things on damaged files
        raise Invalid.field("image", "must be an undamaged image") from error


def _encode(image: Image.Image, kind: PictureKind) -> Drawn:
    with contextlib.suppress(Exception):  # camera data may be damaged where the picture is not
        ImageOps.exif_transpose(image, in_place=True)
    image = image.convert("RGBA" if image.has_transparency_data or kind == "icon" else "RGB")
    made = {size.name: _fitted(image, size) for size in SIZES[kind]}
    files = {size.name: _bytes(made[size.name], size) for size in SIZES[kind]}
    return Drawn(files, made["large"].width, made["large"].height)


def _fitted(image: Image.Image, size: Size) -> Image.Image:
    fitted = image.copy()
    fitted.thumbnail((size.width, size.height), Image.Resampling.LANCZOS)
    if not size.square:
        return fitted
    ground = Image.new("RGBA", (size.width, size.height), (0, 0, 0, 0))
    ground.paste(fitted, ((size.width - fitted.width) // 2, (size.height - fitted.height) // 2))
    return ground


def _bytes(image: Image.Image, size: Size) -> bytes:
    out = BytesIO()
    bare = {"exif": b"", "icc_profile": b""}
    if size.suffix == "png":
        image.save(out, "PNG", optimize=True, **bare)
    else:
        image.save(out, "WEBP", quality=82, method=2, xmp=b"", **bare)
    return out.getvalue()


def _too_large() -> Invalid:
    return Invalid.field("image", f"must have at most {MOST_PIXELS // 10**6} megapixels")
