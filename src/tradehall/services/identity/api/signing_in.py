"""Registering, logging in and out, and the keys that tokens are checked with."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT
from msgspec import Meta

from tradehall.contracts.identity import SessionEnded, UserCreated, UserLoggedIn
from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE, SIGNED_IN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.emails import Email, normal_email
from tradehall.kernel.runtime import Running
from tradehall.services.identity import codes, model, queries, second_factor, sessions
from tradehall.services.identity.model import PLATFORM, Account, Name, NewPassword, Password, SecondFactor, User
from tradehall.services.identity.passwords import passwords
from tradehall.services.identity.sessions import Device, Tokens

RefreshToken = Annotated[str, Meta(min_length=1, max_length=200)]
NOT_KEPT = {"cache-control": "no-store"}


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """`cart_id` names the guest cart to be merged into the account's."""

    email: Email
    password: NewPassword
    name: Name
    cart_id: UUID | None = None


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """`second_factor`: for who has one; a code of the authenticator, or a recovery code."""

    email: Email
    password: Password
    second_factor: SecondFactor | None = None


class Login(Credentials, frozen=True, kw_only=True):
    """`cart_id` names the guest cart to be merged into the account's."""

    cart_id: UUID | None = None


class Refresh(msgspec.Struct, frozen=True, kw_only=True):
    refresh_token: RefreshToken


class Registered(Tokens, frozen=True, kw_only=True):
    user: User


@post("/api/v1/auth/register", access=ANYONE, response_headers=NOT_KEPT)
async def register(
    request: Request[Any, Any, Any],
    data: JSONBody[Registration],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Registered:
    """Makes an account of a shopper, and signs in. A code to confirm the address is mailed to it.
    403 where the store sells to guests only."""
    model.may_become_shopper(store)
    email = normal_email(data.email)
    password_hash = await passwords(running.settings).hash(data.password)
    async with db.transaction(store.id) as tx:
        user = await queries.insert_user(
            tx, email=email, password_hash=password_hash, name=data.name.strip(), roles=["shopper"]
        )
        if user is None:
            raise model.EmailTaken("Log in, or use another e-mail address.")
        tokens = await sessions.begin(tx, running, store.id, user, Device.of(request))
        tx.emit(UserCreated(user_id=user.id, email=email, name=user.name, roles=user.roles), key=user.id)
        tx.emit(UserLoggedIn(user_id=user.id, cart_id=data.cart_id), key=user.id)
        subject = model.subject_of(user.id)
        await codes.issue(tx, store, running.settings.secret, "email_verification", subject, user, email)
    return Registered(user=user, **msgspec.structs.asdict(tokens))


@post("/api/v1/auth/login", access=ANYONE, status_code=HTTP_200_OK, response_headers=NOT_KEPT)
async def login(
    request: Request[Any, Any, Any],
    data: JSONBody[Login],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Tokens:
    """Five failures in a row lock the address for 15 minutes (429), wrong second factors too.

    Who has a second factor and does not send one gets a 401 of the type `second-factor-needed`.
    """
    return await _log_in(request, data, store.id, db, running, data.cart_id)


@post("/api/v1/platform/login", access=ANYONE, status_code=HTTP_200_OK, response_headers=NOT_KEPT)
async def platform_login(
    request: Request[Any, Any, Any],
    data: JSONBody[Credentials],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Tokens:
    """For the operators of the platform, at the host of any store."""
    return await _log_in(request, data, PLATFORM, db, running)


async def _log_in(
    request: Request[Any, Any, Any],
    data: Credentials,
    home: UUID,
    db: Database,
    running: Running,
    cart_id: UUID | None = None,
) -> Tokens:
    email = normal_email(data.email)
    digest = model.digest(email)
    async with db.transaction(home) as tx:
        locked = await queries.locked_for(tx, digest)
        account = await queries.account_by_email(tx, email)
    if locked is not None:
        raise model.Locked(locked)
    known_hash = None if account is None else account.password_hash
    right = await passwords(running.settings).verify(known_hash, data.password)
    if account is None or not right:
        async with db.transaction(home) as tx:
            locked = await queries.count_failure(tx, digest)
        raise model.WrongCredentials() if locked is None else model.Locked(locked)
    if account.totp:
        await prove_second_factor(db, running, home, account, data.second_factor)
    new_hash = await _renewed_hash(running, account, data.password)
    async with db.transaction(home) as tx:
        if (locked := await queries.forget_failures(tx, digest)) is not None:
            raise model.Locked(locked)
        if new_hash is not None:
            await queries.replace_hash(tx, account, new_hash)
        if not await queries.hold_password(tx, account):
            raise model.WrongCredentials()
        tokens = await sessions.begin(tx, running, home, account, Device.of(request))
        if home != PLATFORM:
            tx.emit(UserLoggedIn(user_id=account.id, cart_id=cart_id), key=account.id)
    return tokens


async def prove_second_factor(db: Database, running: Running, home: UUID, account: Account, code: str | None) -> None:
    """Raises SecondFactorNeeded, WrongSecondFactor or Locked."""
    if code is None:
        raise model.SecondFactorNeeded()
    digest, locked = model.digest(account.email), None
    async with db.transaction(home) as tx:
        right = await second_factor.proves(tx, running.settings.secret, account.id, code)
        if not right:
            locked = await queries.count_failure(tx, digest)
    if not right:
        raise model.WrongSecondFactor() if locked is None else model.Locked(locked)


async def _renewed_hash(running: Running, account: Account, password: str) -> str | None:
    """None where the hash was made with today's parameters."""
    pool, kept = passwords(running.settings), account.password_hash
    return await pool.hash(password) if kept is not None and pool.outdated(kept) else None


@post("/api/v1/auth/refresh", access=ANYONE, status_code=HTTP_200_OK, response_headers=NOT_KEPT)
async def refresh(
    request: Request[Any, Any, Any],
    data: JSONBody[Refresh],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Tokens:
    """A refresh token works once; used again it ends the session, since one of its two users is a thief."""
    return await _renew(request, data, model.home_of_token(data.refresh_token, store.id), db, running)


@post("/api/v1/platform/refresh", access=ANYONE, status_code=HTTP_200_OK, response_headers=NOT_KEPT)
async def platform_refresh(
    request: Request[Any, Any, Any],
    data: JSONBody[Refresh],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Tokens:
    """For operators, also where there is no store."""
    return await _renew(request, data, PLATFORM, db, running)


async def _renew(request: Request[Any, Any, Any], data: Refresh, home: UUID, db: Database, running: Running) -> Tokens:
    async with db.transaction(home) as tx:
        renewed = await sessions.renew(tx, running, home, data.refresh_token, Device.of(request))
    if isinstance(renewed, SessionEnded):
        running.verifier.end_session(renewed)
    if not isinstance(renewed, Tokens):
        raise model.SessionOver()
    return renewed


@post(["/api/v1/auth/logout", "/api/v1/platform/logout"], access=SIGNED_IN, status_code=HTTP_204_NO_CONTENT)
async def logout(
    caller: NamedDependency[Principal], db: NamedDependency[Database], running: NamedDependency[Running]
) -> None:
    """Ends the session, in every service."""
    async with db.transaction(model.home(caller.store_id)) as tx:
        ended = await sessions.end(tx, caller.session_id, of_user=caller.user_id)
    running.verifier.end_session(ended or SessionEnded(session_id=caller.session_id))


@get(
    "/.well-known/jwks.json",
    access=ANYONE,
    response_headers={"cache-control": "public, max-age=300"},
    sync_to_thread=False,
)
def jwks(running: NamedDependency[Running]) -> dict[str, Any]:
    """RFC 7517: the public keys that access tokens are signed with."""
    assert running.signer is not None, "identity runs here"
    return running.signer.jwks()


routes = [register, login, platform_login, refresh, platform_refresh, logout, jwks]
