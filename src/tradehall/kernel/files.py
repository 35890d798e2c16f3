"""Files of the stores: a folder, or whatever speaks S3. A key is `<store id>/<name>`, so it says whose file it is."""

import asyncio
import mimetypes
import re
from collections.abc import AsyncIterator
from functools import lru_cache
from uuid import UUID

import msgspec
import obstore
from obstore.store import LocalStore, ObjectStore, from_url

from tradehall.kernel.errors import NotFound
from tradehall.kernel.settings import Settings

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}){0,7}")


class File(msgspec.Struct, frozen=True):
    content: bytes
    content_type: str


class NoSuchFile(NotFound):
    slug = "no-such-file"
    title = "There is no such file"


class Files:
    """Whole files, of a few megabytes at most; larger ones in blocks and by parts."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def put(self, store_id: UUID, name: str, content: bytes, content_type: str) -> str:
        """Returns the key. `name` is segments of letters, digits, `-`, `_` and `.`, joined by `/`; its suffix should
        fit `content_type`, since a folder keeps no other note of it. Raises ValueError for another name."""
        key = _key(store_id, name)
        await obstore.put_async(self._store, key, content, attributes=self._attributes(content_type))
        return key

    async def put_blocks(self, store_id: UUID, name: str, blocks: AsyncIterator[bytes], content_type: str) -> str:
        """As `put`, of a file that nobody holds whole."""
        key = _key(store_id, name)
        await obstore.put_async(
            self._store, key, blocks, attributes=self._attributes(content_type), use_multipart=True, max_concurrency=1
        )
        return key

    def _attributes(self, content_type: str) -> dict[str, str] | None:
        return None if isinstance(self._store, LocalStore) else {"Content-Type": content_type}

    async def read(self, store_id: UUID, key: str, start: int, length: int) -> bytes:
        """A part of a file, all of which must be there. Raises NoSuchFile."""
        _check(store_id, key)
        try:
            return bytes(await obstore.get_range_async(self._store, key, start=start, length=length))
        except FileNotFoundError:
            raise NoSuchFile() from None

    async def get(self, store_id: UUID, key: str) -> File:
        """Raises NoSuchFile, also for another store's key."""
        _check(store_id, key)
        try:
            found = await obstore.get_async(self._store, key)
        except FileNotFoundError:
            raise NoSuchFile() from None
        kept = found.attributes.get("Content-Type")
        guessed = mimetypes.guess_type(key)[0] or "application/octet-stream"
        return File(bytes(await found.bytes_async()), kept or guessed)

    async def delete(self, store_id: UUID, *keys: str) -> None:
        """What is not there is fine; raises NoSuchFile for another store's key."""
        for key in keys:
            _check(store_id, key)
        await asyncio.gather(*(self._delete(key) for key in keys))

    async def _delete(self, key: str) -> None:
        try:
            await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return


def _key(store_id: UUID, name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a name for a file: {name!r}")
    return f"{store_id}/{name}"


def _check(store_id: UUID, key: str) -> None:
    owner, _, name = key.partition("/")
    if owner != str(store_id) or not _NAME.fullmatch(name):
        raise NoSuchFile()


@lru_cache(maxsize=8)
def _open(url: str, folder: str) -> Files:
    return Files(from_url(url) if url else LocalStore(folder, mkdir=True))


def files_for(settings: Settings) -> Files:
    """Opened once per place: `files_url` (keys and region from the usual AWS_… variables), else the data folder."""
    return _open(settings.files_url, str(settings.data_path / "files"))
