"""Files of the stores: a folder, or whatever speaks S3. A key is `<store id>/<name>`, so it says whose file it is."""

import asyncio
import logging
import mimetypes
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from uuid import UUID

import msgspec
import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from tradehall.kernel.errors import Busy, NotFound
from tradehall.kernel.settings import Settings

log = logging.getLogger(__name__)

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}){0,7}")


class File(msgspec.Struct, frozen=True):
    content: bytes
    content_type: str


class NoSuchFile(NotFound):
    slug = "no-such-file"
    title = "There is no such file"


class FilesAway(Busy):
    slug = "files-away"
    title = "Files cannot be had at the moment"


class Files:
    """Whole files, of a few megabytes at most; larger ones in blocks and by parts. All raise FilesAway where the store
    of files does not answer."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def put(self, store_id: UUID, name: str, content: bytes, content_type: str) -> str:
        """Returns the key. `name` is segments of letters, digits, `-`, `_` and `.`, joined by `/`; its suffix should
        fit `content_type`, since a folder keeps no other note of it. Raises ValueError for another name."""
        key = _key(store_id, name)
        with _answering(key):
            await obstore.put_async(self._store, key, content, attributes=self._attributes(content_type))
        return key

    async def put_blocks(self, store_id: UUID, name: str, blocks: AsyncIterator[bytes], content_type: str) -> str:
        """As `put`, of a file that nobody holds whole."""
        key = _key(store_id, name)
        kind = self._attributes(content_type)
        with _answering(key):
            await obstore.put_async(self._store, key, blocks, attributes=kind, use_multipart=True, max_concurrency=1)
        return key

    def _attributes(self, content_type: str) -> dict[str, str] | None:
        return None if isinstance(self._store, LocalStore) else {"Content-Type": content_type}

    async def read(self, store_id: UUID, key: str, start: int, length: int) -> bytes:
        """A part of a file, all of which must be there. Raises NoSuchFile."""
        _check(store_id, key)
        try:
            with _answering(key):
                return bytes(await obstore.get_range_async(self._store, key, start=start, length=length))
        except FileNotFoundError:
            raise NoSuchFile() from None

    async def get(self, store_id: UUID, key: str) -> File:
        """Raises NoSuchFile, also for another store's key."""
        _check(store_id, key)
        try:
            with _answering(key):
                found = await obstore.get_async(self._store, key)
                content = bytes(await found.bytes_async())
        except FileNotFoundError:
            raise NoSuchFile() from None
        kept = found.attributes.get("Content-Type")
        return File(content, kept or self.type_of(key))

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
            with _answering(key):
                await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return


@contextmanager
def _answering(key: str) -> Iterator[None]:
    try:
        yield
    except BaseError as error:
        log.warning("files: %s: %s", key, str(error).partition("\n")[0])
        raise FilesAway("Try again shortly.", headers={"retry-after": "2"}) from error


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
    if not url:
        return Files(LocalStore(folder, mkdir=True))
    # A request waits for a store of files about as long as for a database, not for minutes. Whether the endpoint is http
    # is for whoever sets it to say.
    store = S3Store.from_url(
        url,
        client_options={"connect_timeout": "2s", "timeout": "4s", "allow_http": True},
        retry_config={
            "max_retries": 2,
            "retry_timeout": timedelta(seconds=5),
            "backoff": {
                "init_backoff": timedelta(milliseconds=50),
                "max_backoff": timedelta(milliseconds=500),
                "base": 2,
            },
        },
    )
    return Files(store)


def files_for(settings: Settings) -> Files:
    """Opened once per place: `files_url` (keys and region from the usual AWS_… variables), else the data folder."""
    return _open(settings.files_url, str(settings.data_path / "files"))
