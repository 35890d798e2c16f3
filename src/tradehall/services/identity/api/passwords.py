"""A forgotten password, and another one in the place of a known one."""

from uuid import UUID

import msgspec
from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT

from tradehall.contracts.identity import ResetAsked
from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE, SIGNED_IN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.emails import Email, normal_email
from tradehall.kernel.errors import NotFound
from tradehall.kernel.runtime import Running
from tradehall.services.identity import codes, model, queries, sessions
from tradehall.services.identity.model import Account, Code, NewPassword, Password
from tradehall.services.identity.passwords import passwords


class Forgotten(msgspec.Struct, frozen=True, kw_only=True):
    email: Email


class Reset(msgspec.Struct, frozen=True, kw_only=True):
    email: Email
    code: Code
    password: NewPassword


class PasswordChange(msgspec.Struct, frozen=True, kw_only=True):
    """`current` is the password so far."""

    current: Password
    password: NewPassword


@post("/api/v1/auth/password/forgot", access=ANYONE, status_code=HTTP_202_ACCEPTED)
async def forgot(data: JSONBody[Forgotten], store: NamedDependency[Store], db: NamedDependency[Database]) -> None:
    """Sends a code to the address if it is an account's; whether it is one is not told.

    The code is valid for 30 minutes and 5 tries. Another one is sent after 60 seconds at the earliest.
    """
    email = normal_email(data.email)
    async with db.transaction(store.id) as tx:
        tx.emit(ResetAsked(email=email), key=model.digest(email).hex())


@post("/api/v1/auth/password/reset", access=ANYONE, status_code=HTTP_204_NO_CONTENT)
async def reset(
    data: JSONBody[Reset],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    """Sets the password, ends all sessions, lifts a lock. A code that does not do it is always answered alike (422)."""
    email, secret = normal_email(data.email), running.settings.secret
    subject = model.digest(email)
    async with db.transaction(store.id) as tx:
        right = await codes.proves(tx, store.id, secret, "password_reset", subject, data.code, use=False)
    if right is None:
        raise model.WrongCode()
    password_hash = await passwords(running.settings).hash(data.password)
    async with db.transaction(store.id) as tx:
        right = await codes.proves(tx, store.id, secret, "password_reset", subject, data.code)
        account = await queries.account_by_email(tx, email)
        if right is None or account is None:
            raise model.WrongCode()
        await queries.lift_lock(tx, subject)
        if not await queries.set_password(tx, account, password_hash):
            raise model.WrongCode()
        await queries.verify_email(tx, account.id, email)  # whoever has the code reads its mail
        ended = await sessions.end_all(tx, account.id)
    for session in ended:
        running.verifier.end_session(session)


@post("/api/v1/me/password", access=SIGNED_IN, status_code=HTTP_204_NO_CONTENT)
async def change(
    data: JSONBody[PasswordChange],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    """Ends all sessions but this one. Failed tries count, and lock, as those of logging in do (429)."""
    home = model.home(caller.store_id)
    account = await proven_account(db, running, home, caller, data.current)
    password_hash = await passwords(running.settings).hash(data.password)
    async with db.transaction(home) as tx:
        if (locked := await queries.forget_failures(tx, model.digest(account.email))) is not None:
            raise model.Locked(locked)
        if not await queries.set_password(tx, account, password_hash):
            raise model.WrongPassword()
        ended = await sessions.end_all(tx, account.id, but=caller.session_id)
    for session in ended:
        running.verifier.end_session(session)


async def proven_account(db: Database, running: Running, home: UUID, caller: Principal, password: str) -> Account:
    """The caller's, whose password this is. Raises WrongPassword, Locked, NotFound, Busy."""
    async with db.transaction(home) as tx:
        account = await queries.account(tx, caller.user_id)
        if account is None:
            raise NotFound("This account is gone.")
        locked = await queries.locked_for(tx, model.digest(account.email))
    if locked is not None:
        raise model.Locked(locked)
    if not await passwords(running.settings).verify(account.password_hash, password):
        async with db.transaction(home) as tx:
            locked = await queries.count_failure(tx, model.digest(account.email))
        raise model.WrongPassword() if locked is None else model.Locked(locked)
    return account


routes = [forgot, reset, change]
