"""What a person is told in the application."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody
from litestar.status_codes import HTTP_204_NO_CONTENT
from msgspec import Meta

from tradehall.contracts.stores import Store
from tradehall.kernel.access import SIGNED_IN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.paging import Limit, decode_cursor, page
from tradehall.services.notifications.languages import note_words
from tradehall.services.notifications.model import NOTE_PLACES, Note
from tradehall.services.notifications.queries import people


class NoteView(msgspec.Struct, frozen=True, kw_only=True):
    """`link` is a path of the store's pages."""

    id: UUID
    kind: str
    text: str
    link: str
    created_at: datetime
    read: bool


class Notes(msgspec.Struct, frozen=True, kw_only=True):
    items: list[NoteView]
    next: str | None
    unread: int


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """Without `ids` all of them."""

    ids: Annotated[list[UUID], Meta(min_length=1, max_length=100)] | None = None


@get("/api/v1/me/notifications", access=SIGNED_IN)
async def list_notes(
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    unread: FromQuery[bool] = False,
    limit: FromQuery[Limit] = 25,
    cursor: FromQuery[str | None] = None,
) -> Notes:
    """Newest first."""
    before = decode_cursor(cursor, UUID)[0] if cursor else None
    async with db.transaction(store.id) as tx:
        found = await people.notes(tx, caller.user_id, unread=unread, before=before, limit=limit + 1)
        waiting = await people.unread(tx, caller.user_id)
    shown = page([_view(note, store.locale) for note in found], limit, lambda row: (row.id,))
    return Notes(items=shown.items, next=shown.next, unread=waiting)


@post("/api/v1/me/notifications/read", access=SIGNED_IN, status_code=HTTP_204_NO_CONTENT)
async def mark_read(
    data: JSONBody[Read],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> None:
    """Ids that are not the caller's change nothing."""
    async with db.transaction(store.id) as tx:
        await people.mark_read(tx, caller.user_id, data.ids)


def _view(note: Note, locale: str) -> NoteView:
    text, link = note_words(note.kind, note.facts, locale), NOTE_PLACES[note.kind].format_map(note.facts)
    return NoteView(
        id=note.id, kind=note.kind, text=text, link=link, created_at=note.created_at, read=note.read_at is not None
    )


routes = [list_notes, mark_read]
