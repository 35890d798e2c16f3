"""Who runs a store: its staff, and invitations to it."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Request, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED
from msgspec import Meta

from tradehall.contracts.identity import StaffRole, UserCreated, UserUpdated
from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE, PEERS, STORE_ADMIN
from tradehall.kernel.auth import STAFF, Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.emails import Email, normal_email
from tradehall.kernel.errors import FieldError, Invalid, NotFound
from tradehall.kernel.limits import check_limit
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.kernel.runtime import Running
from tradehall.services.identity import invitations, model, queries, sessions
from tradehall.services.identity.api.signing_in import NOT_KEPT, prove_second_factor
from tradehall.services.identity.model import (
    Account,
    Invitation,
    Member,
    Name,
    NoInvitation,
    Password,
    SecondFactor,
    User,
)
from tradehall.services.identity.passwords import passwords
from tradehall.services.identity.queries import keys, staff
from tradehall.services.identity.sessions import Device, Tokens

StaffRoles = Annotated[list[StaffRole], Meta(min_length=1, max_length=4)]
Token = Annotated[str, Meta(min_length=1, max_length=200)]


class NewInvitation(msgspec.Struct, frozen=True, kw_only=True):
    email: Email
    roles: StaffRoles


class MadeInvitation(Invitation, frozen=True, kw_only=True):
    """`token` is told to operators only, who open stores for others: it is the end of the mailed link."""

    token: str | None


class GivenToken(msgspec.Struct, frozen=True, kw_only=True):
    token: Token


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """`has_account`: the address has one already; it is taken with that account's password."""

    email: str
    roles: list[StaffRole]
    has_account: bool


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """For a new account `name` and the password it is to have, for one that is there its password and second factor."""

    token: Token
    password: Password
    name: Name | None = None
    second_factor: SecondFactor | None = None


class NewRoles(msgspec.Struct, frozen=True, kw_only=True):
    roles: StaffRoles


@get("/api/v1/staff", access=STORE_ADMIN)
async def list_staff(
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Member]:
    after = decode_cursor(cursor, UUID)[0] if cursor else None
    async with db.transaction(store.id) as tx:
        rows = await staff.members(tx, after=after, limit=limit + 1)
    return page(rows, limit, lambda row: (row.id,))


@patch("/api/v1/staff/{user_id:uuid}", access=STORE_ADMIN)
async def change_roles(
    user_id: FromPath[UUID],
    data: JSONBody[NewRoles],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> User:
    """Ends their sessions, so that no token says what they were. An admin stays."""
    return await _set_roles(db, running, store, user_id, sorted(set(data.roles)))


@delete("/api/v1/staff/{user_id:uuid}", access=STORE_ADMIN)
async def remove(
    user_id: FromPath[UUID],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    """From the staff, at once and everywhere: sessions and API keys end. The account stays, as a shopper's."""
    await _set_roles(db, running, store, user_id, [])


async def _set_roles(db: Database, running: Running, store: Store, user_id: UUID, roles: list[StaffRole]) -> User:
    async with db.transaction(store.id) as tx:
        admins = await staff.lock_admins(tx)
        account = await queries.account(tx, user_id)
        if account is None or not account.is_staff:
            raise NotFound("Nobody of the staff has this id.")
        if admins == {user_id} and "store_admin" not in roles:
            raise model.LastAdmin()
        changed = await staff.set_roles(tx, user_id, roles)
        assert changed is not None, "the account was found"
        tx.emit(_updated(changed), key=user_id)
        ended = await sessions.end_all(tx, user_id)
        if not roles:
            ended += sessions.tell_ended(tx, await keys.delete_all(tx, user_id))
    for session in ended:
        running.verifier.end_session(session)
    return changed


@post("/api/v1/staff/invitations", access=STORE_ADMIN, status_code=HTTP_202_ACCEPTED)
async def invite(
    data: JSONBody[NewInvitation],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> MadeInvitation:
    """Mails a link that works once, for 7 days. Another one to the same address takes its place."""
    email = normal_email(data.email)
    async with db.transaction(store.id) as tx:
        await check_limit(tx, store, "staff", lambda tx: staff.count(tx, without=email))
        made, token = await invitations.invite(
            tx, store, running.settings.secret, email, sorted(set(data.roles)), by=caller.user_id
        )
    return MadeInvitation(**msgspec.structs.asdict(made), token=token if caller.has("operator") else None)


@get("/api/v1/staff/invitations", access=STORE_ADMIN)
async def list_invitations(
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Invitation]:
    """Those not taken yet, expired ones too; newest first."""
    before = decode_cursor(cursor, UUID)[0] if cursor else None
    async with db.transaction(store.id) as tx:
        rows = await staff.invitations(tx, before=before, limit=limit + 1)
    return page(rows, limit, lambda row: (row.id,))


@delete("/api/v1/staff/invitations/{invitation_id:uuid}", access=STORE_ADMIN)
async def withdraw(invitation_id: FromPath[UUID], store: NamedDependency[Store], db: NamedDependency[Database]) -> None:
    async with db.transaction(store.id) as tx:
        if not await staff.withdraw(tx, invitation_id):
            raise NotFound("There is no such invitation.")


@get("/internal/v1/identity/usage", access=PEERS, include_in_schema=False)
async def usage(db: NamedDependency[Database], store_id: FromQuery[UUID]) -> int:
    """Staff and open invitations: how much of its plan a store uses."""
    async with db.transaction(store_id) as tx:
        return await staff.count(tx)


@post("/api/v1/auth/invitation", access=ANYONE, status_code=HTTP_200_OK, response_headers=NOT_KEPT)
async def look_at(data: JSONBody[GivenToken], store: NamedDependency[Store], db: NamedDependency[Database]) -> Invited:
    """What the link is for."""
    async with db.transaction(store.id) as tx:
        invitation, account = await _invited(tx, data.token)
    return Invited(email=invitation.email, roles=invitation.roles, has_account=account is not None)


@post("/api/v1/auth/invitation/accept", access=ANYONE, status_code=HTTP_200_OK, response_headers=NOT_KEPT)
async def accept(
    request: Request,  # type: ignore[type-arg]
    data: JSONBody[Acceptance],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Tokens:
    """Joins the staff, and signs in."""
    async with db.transaction(store.id) as tx:
        invitation, account = await _invited(tx, data.token)
    password_hash = None
    if account is None:
        password_hash = await _new_password(running, data)
    else:
        await _prove(db, running, store, account, data)
    async with db.transaction(store.id) as tx:
        invitation, now = await _invited(tx, data.token)
        if (now is None) != (account is None) or (now and account and now.password_set_at != account.password_set_at):
            raise model.WrongCredentials()
        user = await _join(tx, invitation, now, data, password_hash)
        await staff.withdraw(tx, invitation.id)
        ended = await sessions.end_all(tx, user.id)
        tokens = await sessions.begin(tx, running, store.id, user, Device.of(request))
    for session in ended:
        running.verifier.end_session(session)
    return tokens


async def _invited(tx: Tx, token: str) -> tuple[Invitation, Account | None]:
    invitation = await staff.invitation(tx, model.digest(token))
    if invitation is None:
        raise NoInvitation()
    return invitation, await queries.account_by_email(tx, invitation.email)


async def _new_password(running: Running, data: Acceptance) -> str:
    """Raises Invalid for what a new account cannot have."""
    wrong = []
    if data.name is None:
        wrong.append(FieldError("name", "is needed for a new account"))
    if len(data.password) < 8:
        wrong.append(FieldError("password", "must have 8 to 128 characters"))
    if wrong:
        raise Invalid("Some fields are not right.", errors=wrong)
    return await passwords(running.settings).hash(data.password)


async def _prove(db: Database, running: Running, store: Store, account: Account, data: Acceptance) -> None:
    """That it is the account's owner, as logging in would. Raises WrongCredentials, Locked, or of the second factor."""
    digest = model.digest(account.email)
    async with db.transaction(store.id) as tx:
        locked = await queries.locked_for(tx, digest)
    if locked is None and not await passwords(running.settings).verify(account.password_hash, data.password):
        async with db.transaction(store.id) as tx:
            locked = await queries.count_failure(tx, digest)
        raise model.WrongCredentials() if locked is None else model.Locked(locked)
    if locked is not None:
        raise model.Locked(locked)
    if account.totp:
        await prove_second_factor(db, running, store.id, account, data.second_factor)


async def _join(
    tx: Tx, invitation: Invitation, account: Account | None, data: Acceptance, password_hash: str | None
) -> User:
    if account is None:
        assert data.name is not None, "was asked for"
        user = await queries.insert_user(
            tx,
            email=invitation.email,
            password_hash=password_hash,
            name=data.name.strip(),
            roles=list(invitation.roles),
        )
        if user is None:
            raise model.EmailTaken("Somebody registered this address a moment ago; try again with its password.")
        tx.emit(UserCreated(user_id=user.id, email=user.email, name=user.name, roles=user.roles), key=user.id)
    else:
        roles = sorted({role for role in account.roles if role in STAFF} | set(invitation.roles))
        joined = await staff.set_roles(tx, account.id, roles)
        assert joined is not None, "the account was found"
        user = msgspec.structs.replace(joined, totp=account.totp, seller_id=account.seller_id)
        tx.emit(_updated(user), key=user.id)
    await queries.verify_email(tx, user.id, user.email)  # the link came by mail
    return user


def _updated(user: User) -> UserUpdated:
    return UserUpdated(user_id=user.id, email=user.email, name=user.name, roles=user.roles)


routes = [
    list_staff,
    change_roles,
    remove,
    invite,
    list_invitations,
    withdraw,
    usage,
    look_at,
    accept,
]
