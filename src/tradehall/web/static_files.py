"""The package's own files under /static/, with a hash of the content in their URL, so that browsers keep them forever."""

import gzip
import hashlib
import mimetypes
import re
from functools import cached_property
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound

ROOT = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"
PACKED = frozenset({".css", ".js", ".svg"})
_TYPES = {".woff2": "font/woff2", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_REFERENCE = re.compile(r'url\("?(/static/[^")]+)"?\)')


class Asset:
    """`body` has the hashes of the files it refers to filled in."""

    def __init__(self, name: str, body: bytes) -> None:
        self.name = name
        self.body = body
        self.tag = hashlib.sha256(body).hexdigest()[:12]
        self.packed = gzip.compress(body, 9, mtime=0) if Path(name).suffix in PACKED else b""
        suffix = Path(name).suffix
        self.media_type = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"

    @property
    def url(self) -> str:
        stem, dot, suffix = self.name.rpartition(".")
        return f"/static/{stem}.{self.tag}{dot}{suffix}"

    @cached_property
    def packed(self) -> bytes | None:
        """gzip; None for what is compressed already, as fonts are."""
        return gzip.compress(self.body, 9, mtime=0) if self.media_type.startswith(("text/", "image/svg")) else None


def _load(root: Path) -> dict[str, Asset]:
    found: dict[str, Asset] = {}
    paths = [path for path in sorted(root.rglob("*")) if path.is_file()]
    for path in sorted(paths, key=lambda path: path.suffix == ".css"):
        name = path.relative_to(root).as_posix()
        body = path.read_bytes()
        if path.suffix == ".css":
            text = _REFERENCE.sub(lambda match: f'url("{found[match[1].removeprefix("/static/")].url}")', body.decode())
            body = text.encode()
        found[name] = Asset(name, body)
    return found


ASSETS = _load(ROOT)
_BY_URL = {asset.url: asset for asset in ASSETS.values()}


def static(name: str) -> str:
    """The URL of one of our files. Raises KeyError for a name that is none."""
    return ASSETS[name].url


@get("/static/{path:path}", access=ANYONE, include_in_schema=False, sync_to_thread=False)
def serve(request: Request[Any, Any, Any], path: FromPath[str]) -> Response[bytes]:
    asset = _BY_URL.get(f"/static/{path.lstrip('/')}")
    if asset is None:
        raise NotFound()
    etag = f'W/"{asset.tag}"'
    headers = {"cache-control": FOREVER, "etag": etag, "vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == etag:
        return Response(b"", status_code=304, headers=headers)
    if asset.packed and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.packed, media_type=asset.media_type, headers=headers | {"content-encoding": "gzip"})
    if asset.packed:
        headers["vary"] = "Accept-Encoding"
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            return Response(asset.packed, media_type=asset.media_type, headers=headers)
    return Response(asset.body, media_type=asset.media_type, headers=headers)


def plain(name: str) -> Response[bytes]:
    """One of our files under an address that stays, asked for anew each time."""
    asset = ASSETS[name]
    return Response(asset.body, media_type=asset.media_type, headers={"cache-control": "no-cache"})
