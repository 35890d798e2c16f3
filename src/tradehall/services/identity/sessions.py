"""Sessions: a short access token that every process can check, and a refresh token that works once."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request

from tradehall.contracts.identity import SessionEnded
from tradehall.kernel.auth import ACCESS_LIFE, Claims
from tradehall.kernel.db import Tx
from tradehall.kernel.ids import uuid7
from tradehall.kernel.origin import address_of
from tradehall.kernel.runtime import Running
from tradehall.services.identity import model, queries
from tradehall.services.identity.model import PLATFORM, User


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """`expires_in` is the life of the access token in seconds; the refresh token lives for 7 days, and works once.

    `second_factor_required`: the roles of staff come with one. Set it up (`/api/v1/me/totp`), then refresh.
    """

    access_token: str
    refresh_token: str
    expires_in: int = int(ACCESS_LIFE.total_seconds())
    token_type: str = "Bearer"
    second_factor_required: bool = False


class Device(msgspec.Struct, frozen=True):
    """What a user may recognise a session by. Shown only; nothing is decided by it."""

    user_agent: str
    address: str

    @classmethod
    def of(cls, request: Request[Any, Any, Any]) -> "Device":
        agent = "".join(c for c in request.headers.get("user-agent", "") if c.isprintable())
        return cls(agent[:300], address_of(request))


async def begin(tx: Tx, running: Running, home: UUID, user: User, device: Device) -> Tokens:
    """Opens a session of `user` in a transaction of their home."""
    refresh_token = model.new_refresh_token(home)
    session_id = await queries.insert_session(
        tx,
        user.id,
        user_agent=device.user_agent,
        address=device.address,
        token_digest=model.digest(refresh_token),
        expires_at=datetime.now(UTC) + model.REFRESH_LIFE,
    )
    return _tokens(running, home, user, session_id, refresh_token)


async def renew(
    tx: Tx, running: Running, home: UUID, refresh_token: str, device: Device
) -> Tokens | SessionEnded | None:
    """New tokens for an unused one. A used one ends its session. None for a token unknown or expired.

    It returns where one would expect it to raise, since the end of the session must be committed.
    """
    used = model.digest(refresh_token)
    session_id = await queries.lock_session_of(tx, used)
    if session_id is None:
        return None
    first = await queries.take_token(tx, used)
    if first is None:
        return None
    if not first:
        return await end(tx, session_id)
    fresh, expires_at = model.new_refresh_token(home), datetime.now(UTC) + model.REFRESH_LIFE
    await queries.insert_token(tx, session_id, model.digest(fresh), expires_at)
    user = await queries.touch_session(tx, session_id, address=device.address, expires_at=expires_at)
    if user is None:
        return None
    return _tokens(running, home, user, session_id, fresh)


async def end(tx: Tx, session_id: UUID, *, of_user: UUID | None = None) -> SessionEnded | None:
    """None where there is no such session. After the commit, this process is told by `Verifier.end_session`."""
    if not await queries.delete_session(tx, session_id, of_user=of_user):
        return None
    return tell_ended(tx, [session_id])[0]


async def end_all(tx: Tx, user_id: UUID, *, but: UUID | None = None) -> list[SessionEnded]:
    """Of this user, `but` this one. After the commit, this process is told by `Verifier.end_session` of each."""
    return tell_ended(tx, await queries.delete_sessions(tx, user_id, but=but))


def tell_ended(tx: Tx, ids: Sequence[UUID]) -> list[SessionEnded]:
    """Of sessions, or of API keys, which are sessions without an end of their own."""
    ended = [SessionEnded(session_id=id) for id in ids]
    for event in ended:
        tx.emit(event, key=event.session_id)
    return ended


def _tokens(running: Running, home: UUID, user: User, session_id: UUID, refresh_token: str) -> Tokens:
    assert running.signer is not None, "identity runs here"
    issued, roles = int(time.time()), model.granted(user, running.stores.known(home))
    access_token = running.signer.sign(
        Claims(
            sub=user.id,
            sid=session_id,
            jti=uuid7().hex,
            iat=issued,
            exp=issued + int(ACCESS_LIFE.total_seconds()),
            roles=roles,
            store=None if home == PLATFORM else home,
            seller=user.seller_id,
        )
    )
    return Tokens(
        access_token=access_token, refresh_token=refresh_token, second_factor_required=len(roles) < len(user.roles)
    )
