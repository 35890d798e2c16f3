"""The account's telephone number, proven by a code."""

import msgspec
from litestar import delete, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED

from tradehall.contracts.identity import UserPhoneChanged
from tradehall.contracts.stores import Store
from tradehall.kernel.access import SIGNED_IN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.phones import InternationalPhone, normal_phone
from tradehall.kernel.runtime import Running
from tradehall.services.identity import codes, model, queries
from tradehall.services.identity.api.emails import GivenCode
from tradehall.services.identity.api.profile import profile_of
from tradehall.services.identity.model import PLATFORM, Profile


class NewPhone(msgspec.Struct, frozen=True, kw_only=True):
    phone: InternationalPhone


@post("/api/v1/me/phone", access=SIGNED_IN, status_code=HTTP_202_ACCEPTED)
async def give(
    data: JSONBody[NewPhone],
    caller: NamedDependency[Principal],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    """Sends a code to the number, which counts when the code comes back. Another code after 60 s (429)."""
    if model.home(caller.store_id) == PLATFORM:
        raise model.NotOfAStore()
    phone = normal_phone(data.phone)
    async with db.transaction(store.id) as tx:
        profile = await profile_of(tx, caller)
        if profile.phone == phone:
            raise model.AlreadyVerified("This is your number already.")
        await codes.issue_or_wait(tx, store, running.settings.secret, "phone_verification", profile, phone)


@post("/api/v1/me/phone/confirm", access=SIGNED_IN, status_code=HTTP_200_OK)
async def confirm(
    data: JSONBody[GivenCode],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Profile:
    """The code is valid for 15 minutes and 5 tries."""
    home, subject = model.home(caller.store_id), model.subject_of(caller.user_id)
    async with db.transaction(home) as tx:
        phone = await codes.proves(tx, home, running.settings.secret, "phone_verification", subject, data.code)
        if phone is not None:
            await queries.set_phone(tx, caller.user_id, phone)
            tx.emit(UserPhoneChanged(user_id=caller.user_id, phone=phone), key=caller.user_id)
            return await profile_of(tx, caller)
    raise model.WrongCode()


@delete("/api/v1/me/phone", access=SIGNED_IN)
async def forget(caller: NamedDependency[Principal], db: NamedDependency[Database]) -> None:
    async with db.transaction(model.home(caller.store_id)) as tx:
        await queries.set_phone(tx, caller.user_id, None)
        tx.emit(UserPhoneChanged(user_id=caller.user_id, phone=None), key=caller.user_id)


routes = [give, confirm, forget]
