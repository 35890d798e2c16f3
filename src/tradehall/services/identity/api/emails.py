"""The account's e-mail address: that it is the user's, and another one in its place."""

import msgspec
from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED

from tradehall.contracts.identity import UserEmailChanged, UserUpdated
from tradehall.contracts.stores import Store
from tradehall.kernel.access import SIGNED_IN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.emails import Email, normal_email
from tradehall.kernel.errors import Invalid
from tradehall.kernel.runtime import Running
from tradehall.services.identity import codes, model, queries
from tradehall.services.identity.api.passwords import proven_account
from tradehall.services.identity.api.profile import profile_of
from tradehall.services.identity.model import PLATFORM, Code, Password, Profile


class EmailChange(msgspec.Struct, frozen=True, kw_only=True):
    """`current` is the password."""

    email: Email
    current: Password


class GivenCode(msgspec.Struct, frozen=True, kw_only=True):
    code: Code


@post("/api/v1/auth/email/verify", access=SIGNED_IN, status_code=HTTP_200_OK)
async def verify(
    data: JSONBody[GivenCode],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Profile:
    """The code is valid for 15 minutes and 5 tries."""
    home, subject = model.home(caller.store_id), model.subject_of(caller.user_id)
    async with db.transaction(home) as tx:
        proven = await codes.proves(tx, home, running.settings.secret, "email_verification", subject, data.code)
        if proven is not None and await queries.verify_email(tx, caller.user_id, proven):
            return await profile_of(tx, caller)
    raise model.WrongCode()


@post("/api/v1/auth/email/resend", access=SIGNED_IN, status_code=HTTP_202_ACCEPTED)
async def resend(
    caller: NamedDependency[Principal],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    """Mails another code, in the place of the one before; after 60 seconds at the earliest (429)."""
    if model.home(caller.store_id) == PLATFORM:
        raise model.NotOfAStore()
    async with db.transaction(store.id) as tx:
        profile = await profile_of(tx, caller)
        if profile.email_verified:
            raise model.AlreadyVerified()
        await codes.issue_or_wait(tx, store, running.settings.secret, "email_verification", profile, profile.email)


@post("/api/v1/me/email", access=SIGNED_IN, status_code=HTTP_202_ACCEPTED)
async def change(
    data: JSONBody[EmailChange],
    caller: NamedDependency[Principal],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    """Mails a code to the new address; the old one stays until the code comes back. Another code after 60 s (429)."""
    if model.home(caller.store_id) == PLATFORM:
        raise model.NotOfAStore()
    email = normal_email(data.email)
    account = await proven_account(db, running, store.id, caller, data.current)
    if email == account.email:
        raise Invalid.field("email", "is your address already")
    async with db.transaction(store.id) as tx:
        if (locked := await queries.forget_failures(tx, model.digest(account.email))) is not None:
            raise model.Locked(locked)
        await codes.issue_or_wait(tx, store, running.settings.secret, "email_change", account, email)


@post("/api/v1/me/email/confirm", access=SIGNED_IN, status_code=HTTP_200_OK)
async def confirm(
    data: JSONBody[GivenCode],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Profile:
    """The new address takes the place of the old one, which gets a notice."""
    home, subject = model.home(caller.store_id), model.subject_of(caller.user_id)
    async with db.transaction(home) as tx:
        email = await codes.proves(tx, home, running.settings.secret, "email_change", subject, data.code)
        if email is not None:
            before = await profile_of(tx, caller)
            if not await queries.change_email(tx, caller.user_id, email):
                raise model.EmailTaken()
            after = await profile_of(tx, caller)
            told = UserUpdated(user_id=after.id, email=after.email, name=after.name, roles=after.roles)
            tx.emit(told, key=after.id)
            notice = UserEmailChanged(user_id=after.id, old_email=before.email, new_email=email)
            tx.emit(notice, key=after.id)
            return after
    raise model.WrongCode()


routes = [verify, resend, change, confirm]
