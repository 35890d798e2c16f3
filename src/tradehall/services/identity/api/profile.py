"""The own account, and the sessions it is signed in with."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import delete, get, patch
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import UNSET, UnsetType

from tradehall.contracts.identity import UserUpdated
from tradehall.kernel.access import SIGNED_IN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import NotFound
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.kernel.runtime import Running
from tradehall.services.identity import model, queries, sessions
from tradehall.services.identity.model import PLATFORM, Name, Profile


class ProfileChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is left out stays as it is."""

    name: Name | UnsetType = UNSET


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """`current` is the session this answer was asked with."""

    id: UUID
    user_agent: str
    address: str
    created_at: datetime
    last_used_at: datetime
    current: bool


@get("/api/v1/me", access=SIGNED_IN)
async def me(caller: NamedDependency[Principal], db: NamedDependency[Database]) -> Profile:
    async with db.transaction(model.home(caller.store_id)) as tx:
        return await profile_of(tx, caller)


@patch("/api/v1/me", access=SIGNED_IN)
async def change_me(
    data: JSONBody[ProfileChange], caller: NamedDependency[Principal], db: NamedDependency[Database]
) -> Profile:
    async with db.transaction(model.home(caller.store_id)) as tx:
        if data.name is not UNSET and await queries.rename(tx, caller.user_id, data.name.strip()):
            changed = await profile_of(tx, caller)
            if tx.store_id != PLATFORM:
                event = UserUpdated(user_id=changed.id, email=changed.email, name=changed.name, roles=changed.roles)
                tx.emit(event, key=changed.id)
            return changed
        return await profile_of(tx, caller)


async def profile_of(tx: Tx, caller: Principal) -> Profile:
    found = await queries.profile(tx, caller.user_id)
    if found is None:
        raise NotFound("This account is gone.")
    return found


@get("/api/v1/me/sessions", access=SIGNED_IN)
async def list_sessions(
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[SessionView]:
    """Newest first."""
    before = decode_cursor(cursor, UUID)[0] if cursor else None
    async with db.transaction(model.home(caller.store_id)) as tx:
        rows = await queries.sessions(tx, caller.user_id, before=before, limit=limit + 1)
    views = [SessionView(**msgspec.structs.asdict(row), current=row.id == caller.session_id) for row in rows]
    return page(views, limit, lambda view: (view.id,))


@delete("/api/v1/me/sessions/{session_id:uuid}", access=SIGNED_IN)
async def end_session(
    session_id: FromPath[UUID],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    """Signs that device out, in every service."""
    async with db.transaction(model.home(caller.store_id)) as tx:
        ended = await sessions.end(tx, session_id, of_user=caller.user_id)
    if ended is None:
        raise NotFound("You have no such session.")
    running.verifier.end_session(ended)


@delete("/api/v1/me/sessions", access=SIGNED_IN)
async def end_other_sessions(
    caller: NamedDependency[Principal], db: NamedDependency[Database], running: NamedDependency[Running]
) -> None:
    """Signs all devices out but this one, in every service."""
    async with db.transaction(model.home(caller.store_id)) as tx:
        ended = await sessions.end_all(tx, caller.user_id, but=caller.session_id)
    for session in ended:
        running.verifier.end_session(session)


routes = [me, change_me, list_sessions, end_session, end_other_sessions]
