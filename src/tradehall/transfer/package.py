"""What an export consists of: a folder, or an archive of one.

manifest.json               what there is, with digests
store.json                  the store
rows/<service>/<table>.jsonl
timers/<service>.jsonl      events that are due later, such as the expiry of an unpaid order
files/…                     by their names
"""

import hashlib
import hmac
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

FORMAT = 1
ARCHIVE = (".tar.gz", ".tgz")
CHUNK = 1 << 20


class TransferError(Exception):
    """Why it cannot be done, in words for whoever typed the command."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    service: str
    name: str
    columns: list[str]
    rows: int

    @property
    def path(self) -> str:
        return f"rows/{self.service}/{self.name}.jsonl"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`digests`: path -> SHA-256 of every other file. `secret` tells whether an installation has the same secret."""

    format: int
    version: str
    exported_at: str
    credentials: bool
    secret: str
    tables: list[Table]
    digests: dict[str, str]


@contextmanager
def packed(target: Path) -> Iterator[Path]:
    """A folder to write to, which becomes `target`. Nothing is left where writing fails. Raises TransferError."""
    if target.exists() and (target.is_file() or any(target.iterdir())):
        raise TransferError(f"{target} is there already")
    with tempfile.TemporaryDirectory(dir=target.absolute().parent, prefix=".exporting-") as temporary:
        folder = Path(temporary) / "store"
        folder.mkdir()
        yield folder
        if target.name.endswith(ARCHIVE):
            archive = Path(temporary) / "archive"
            archive.touch(mode=0o600)
            with tarfile.open(archive, "w:gz", compresslevel=6) as tar:
                for path in sorted(folder.rglob("*")):
                    tar.add(path, path.relative_to(folder).as_posix(), recursive=False)
            archive.rename(target)
        else:
            folder.chmod(0o700)
            folder.replace(target)


@contextmanager
def unpacked(source: Path) -> Iterator[Path]:
    """The folder of an export. Raises TransferError."""
    if source.is_dir():
        yield source
        return
    with tempfile.TemporaryDirectory(prefix="importing-") as temporary:
        try:
            with tarfile.open(source, "r:*") as tar:
                tar.extractall(temporary, filter="data")
        except (tarfile.TarError, OSError, EOFError) as error:
            raise TransferError(f"{source} is no export: {error}") from error
        yield Path(temporary)


def mark_of(secret: str) -> str:
    """By which a secret is known again, and not found out."""
    return hmac.new(secret.encode(), b"export of a store", hashlib.sha256).hexdigest()[:16]


def digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            found.update(chunk)
    return found.hexdigest()


def digests(folder: Path) -> dict[str, str]:
    """Path -> SHA-256 of every file but the manifest."""
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: digest(path) for name, path in found.items() if name != "manifest.json"}


def read_manifest(folder: Path) -> Manifest:
    """Raises TransferError where the export is of another format, or not whole."""
    try:
        manifest = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise TransferError(f"this is no export of a store: {error}") from error
    if manifest.format != FORMAT:
        raise TransferError(f"the export has format {manifest.format}, this program reads {FORMAT}")
    there = digests(folder)
    names = sorted(there.keys() | manifest.digests.keys())
    if wrong := [name for name in names if there.get(name) != manifest.digests.get(name)]:
        raise TransferError(f"the export is not whole, or was changed: {', '.join(wrong[:5])}")
    return manifest
