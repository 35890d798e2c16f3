"""Legal texts: imprint, terms, privacy, returns. Every version stays, with its date."""

from typing import Annotated

import msgspec
from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from tradehall.contracts.stores import LegalKind, Store
from tradehall.kernel.access import ANYONE, STORE_ADMIN
from tradehall.kernel.db import Database
from tradehall.kernel.http import SAME_FOR_ALL
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.kernel.runtime import Running
from tradehall.services.stores import model
from tradehall.services.stores.changing import change, current
from tradehall.services.stores.queries import look
from tradehall.services.stores.queries.look import LegalText, LegalVersion

MOST_BODY = 512 * 1024
Version = Annotated[int | None, QueryParameter(ge=1, le=2**31 - 1)]


class NewText(msgspec.Struct, frozen=True, kw_only=True):
    """Markdown; HTML in it is shown, not obeyed. Empty: no text of this kind is in force. `replaces` is the version
    that the writer saw, 0 for none; with it a text that somebody else changed meanwhile is not written over."""

    text: Annotated[str, Meta(max_length=100_000, pattern=r"^[^\x00]*$")]
    replaces: Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None


def _kind(text: str) -> LegalKind:
    """Raises NoSuchText."""
    for kind in model.LEGAL_KINDS:
        if kind == text:
            return kind
    raise model.NoSuchText(f"There are {', '.join(model.LEGAL_KINDS)}.")


@get("/api/v1/store/legal", access=ANYONE, response_headers=SAME_FOR_ALL)
async def list_legal(store: NamedDependency[Store], db: NamedDependency[Database]) -> Page[LegalVersion]:
    """Those in force."""
    async with db.transaction(store.id) as tx:
        return Page(await look.legal_in_force(tx, store.legal))


@get("/api/v1/store/legal/{kind:str}", access=ANYONE, response_headers=SAME_FOR_ALL)
async def get_legal(
    kind: FromPath[str],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    version: FromQuery[Version] = None,
) -> LegalText:
    """In force now, or the version that was."""
    async with db.transaction(store.id) as tx:
        found = await look.legal(tx, _kind(kind), version)
    if found is None or not (found.text or version):
        raise model.NoSuchText()
    return found


@get("/api/v1/store/legal/{kind:str}/versions", access=ANYONE)
async def list_legal_versions(
    kind: FromPath[str],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    limit: FromQuery[Limit] = 25,
    cursor: FromQuery[str | None] = None,
) -> Page[LegalVersion]:
    """Newest first."""
    before = decode_cursor(cursor, int)[0] if cursor else None
    if before is not None and not 0 <= before < 2**31:
        before = 0
    async with db.transaction(store.id) as tx:
        found = await look.legal_versions(tx, _kind(kind), before, limit + 1)
    return page(found, limit, lambda row: (row.version,))


@put("/api/v1/store/legal/{kind:str}", access=STORE_ADMIN, request_max_body_size=MOST_BODY)
async def write_legal(
    kind: FromPath[str],
    data: JSONBody[NewText],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> LegalText:
    """A new version, unless it says what the one before says."""
    which = _kind(kind)
    async with db.transaction(store.id) as tx:
        known = await current(tx, store.id)
        before = await look.legal(tx, which, None)
        seen = before.version if before else 0
        if data.replaces not in (None, seen):
            raise model.LegalChanged(f"It is version {seen} by now.", version=seen)
        text = data.text.strip()
        if before is not None and before.text == text:
            return before
        written = await look.add_legal(tx, which, seen + 1, text)
        kinds = [name for name in model.LEGAL_KINDS if (bool(text) if name == which else name in known.legal)]
        changed = await change(tx, store.id, legal=kinds)
    running.stores.put(changed)
    running.answers.drop(store.id)
    return written


routes = [list_legal, get_legal, list_legal_versions, write_legal]
