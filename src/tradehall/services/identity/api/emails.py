"""The account's e-mail address: that it is the user's, and another one in its place."""

import msgspec
from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED

from tradehall.contracts.stores import Store
from tradehall.kernel.access import SIGNED_IN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.runtime import Running
from tradehall.services.identity import codes, model, queries
from tradehall.services.identity.api.profile import profile_of
from tradehall.services.identity.model import PLATFORM, Code, Profile


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
    home, subject = model.home(caller.store_id), codes.subject_of(caller.user_id)
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


routes = [verify, resend]
