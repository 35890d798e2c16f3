"""SQL of pictures, home page and legal texts."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tradehall.contracts.stores import LegalKind
from tradehall.kernel.db import Tx
from tradehall.services.stores.model import HomePage, PictureKind


class PictureRow(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    kind: PictureKind
    width: int
    height: int


class LegalVersion(msgspec.Struct, frozen=True, kw_only=True):
    kind: LegalKind
    version: int
    created_at: datetime


class LegalText(LegalVersion, frozen=True, kw_only=True):
    """`text` is Markdown; empty where it was taken out of force."""

    text: str


async def add_picture(tx: Tx, row: PictureRow) -> None:
    await tx.run(
        "INSERT INTO pictures (key, kind, width, height) VALUES ($1, $2, $3, $4)",
        row.key,
        row.kind,
        row.width,
        row.height,
    )


async def pictures(tx: Tx, kind: PictureKind) -> list[PictureRow]:
    return await tx.all(
        PictureRow, "SELECT key, kind, width, height FROM pictures WHERE kind = $1 ORDER BY created_at, key", kind
    )


async def picture(tx: Tx, key: str) -> PictureRow | None:
    return await tx.one(PictureRow, "SELECT key, kind, width, height FROM pictures WHERE key = $1", key)


async def remove_picture(tx: Tx, key: str) -> None:
    await tx.run("DELETE FROM pictures WHERE key = $1", key)


async def home(tx: Tx) -> HomePage | None:
    return await tx.one(HomePage, "SELECT version, blocks FROM home_pages")


async def save_home(tx: Tx, page: HomePage) -> None:
    await tx.run(
        "INSERT INTO home_pages (version, blocks) VALUES ($1, $2) "
        "ON CONFLICT (store_id) DO UPDATE SET version = excluded.version, blocks = excluded.blocks, updated_at = now()",
        page.version,
        msgspec.to_builtins(page.blocks),
    )


_VERSION = "SELECT kind, version, created_at FROM legal_texts"


async def legal(tx: Tx, kind: LegalKind, version: int | None) -> LegalText | None:
    """The newest where no version is named."""
    return await tx.one(
        LegalText,
        "SELECT kind, version, created_at, text FROM legal_texts "
        "WHERE kind = $1 AND ($2::int IS NULL OR version = $2) ORDER BY version DESC LIMIT 1",
        kind,
        version,
    )


async def legal_in_force(tx: Tx, kinds: Sequence[LegalKind]) -> list[LegalVersion]:
    return await tx.all(
        LegalVersion,
        "SELECT DISTINCT ON (kind) kind, version, created_at FROM legal_texts WHERE kind = ANY($1) "
        "ORDER BY kind, version DESC",
        kinds,
    )


async def legal_versions(tx: Tx, kind: LegalKind, before: int | None, limit: int) -> list[LegalVersion]:
    """Newest first."""
    return await tx.all(
        LegalVersion,
        f"{_VERSION} WHERE kind = $1 AND ($2::int IS NULL OR version < $2) ORDER BY version DESC LIMIT $3",
        kind,
        before,
        limit,
    )


async def add_legal(tx: Tx, kind: LegalKind, version: int, text: str) -> LegalText:
    """Raises asyncpg.UniqueViolationError where somebody else wrote this version a moment ago."""
    made = await tx.one(
        LegalText,
        "INSERT INTO legal_texts (kind, version, text) VALUES ($1, $2, $3) RETURNING kind, version, created_at, text",
        kind,
        version,
        text,
    )
    assert made is not None
    return made
