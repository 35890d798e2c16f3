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
    """Whole files, of a few megabytes at most."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def put(self, store_id: UUID, name: str, content: bytes, content_type: str) -> str:
        """Returns the key. `name` is segments of letters, digits, `-`, `_` and `.`, joined by `/`; its suffix should
        fit `content_type`, since a folder keeps no other note of it. Raises ValueError for another name."""
        if not _NAME.fullmatch(name):
            raise ValueError(f"not a name for a file: {name!r}")
        key = f"{store_id}/{name}"
        attributes = None if isinstance(self._store, LocalStore) else {"Content-Type": content_type}
        await obstore.put_async(self._store, key, content, attributes=attributes)
        return key

    async def get(self, store_id: UUID, key: str) -> File:
        """Raises NoSuchFile, also for another store's key."""
        _check(store_id, key)
        try:
            found = await obstore.get_async(self._store, key)
        except FileNotFoundError:
            raise NoSuchFile() from None
        kept = found.attributes.get("Content-Type")
        return File(bytes(await found.bytes_async()), kept or self.type_of(key))

    def type_of(self, name: str) -> str:
        """By its suffix."""
        return mimetypes.guess_type(name)[0] or "application/octet-stream"

    async def names(self, store_id: UUID) -> AsyncIterator[str]:
        """Of all files of a store, in no order."""
        async for batch in obstore.list(self._store, prefix=f"{store_id}/"):
            for found in batch:
                yield found["path"].removeprefix(f"{store_id}/")

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
