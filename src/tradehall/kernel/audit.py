"""The audit log: who did what to what. Each service keeps its own part; nobody writes it by hand.

The guard of the routes notes who is about to change something, if it is somebody with power: staff, a seller, an operator, an
API key. The transaction that then changes something takes the note along as a row (`Tx.flush`). What shoppers do is in the
histories of their orders.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery, QueryParameter

from tradehall.kernel.access import PEERS
from tradehall.kernel.db import Database

Most = Annotated[int, QueryParameter(ge=1, le=101)]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """`target` has the ids of what was changed, `fields` the names of what was set; `by_key`: by an API key."""

    id: UUID
    at: datetime
    actor: UUID
    roles: list[str]
    session_id: UUID
    by_key: bool
    action: str
    target: dict[str, str]
    fields: list[str]
    correlation: str


def path_of(service: str) -> str:
    return f"/internal/v1/{service}/audit"


def route(service: str) -> HTTPRouteHandler:
    @get(path_of(service), access=PEERS, include_in_schema=False)
    async def entries(
        db: NamedDependency[Database],
        store_id: FromQuery[UUID],
        limit: FromQuery[Most],
        before: FromQuery[UUID | None] = None,
        actor: FromQuery[UUID | None] = None,
    ) -> list[Entry]:
        """Newest first."""
        async with db.transaction(store_id) as tx:
            return await tx.all(
                Entry,
                "SELECT id, at, actor, roles, session_id, by_key, action, target, fields, correlation FROM audit "
                "WHERE ($1::uuid IS NULL OR id < $1) AND ($2::uuid IS NULL OR actor = $2) ORDER BY id DESC LIMIT $3",
                before,
                actor,
                limit,
            )

    return entries
