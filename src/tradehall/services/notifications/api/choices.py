"""Which mails a person wants, besides those about what they ordered and about their account."""

import hmac
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE, SIGNED_IN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.runtime import Running
from tradehall.services.notifications.model import BadLink, stop_token
from tradehall.services.notifications.queries import choices


class MailChoices(msgspec.Struct, frozen=True, kw_only=True):
    """`cart_reminders`: a mail about a cart left alone, and one that asks how an order was."""

    cart_reminders: bool


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """As the link in a reminder says."""

    person: UUID
    token: Annotated[str, Meta(max_length=100, pattern=r"^[\x20-\x7e]*$")]


@get("/api/v1/me/mail-choices", access=SIGNED_IN)
async def mail_choices(
    store: NamedDependency[Store], caller: NamedDependency[Principal], db: NamedDependency[Database]
) -> MailChoices:
    async with db.transaction(store.id) as tx:
        return MailChoices(cart_reminders=await choices.wants_reminders(tx, caller.user_id))


@put("/api/v1/me/mail-choices", access=SIGNED_IN)
async def choose_mails(
    data: JSONBody[MailChoices],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> MailChoices:
    async with db.transaction(store.id) as tx:
        await choices.set_reminders(tx, caller.user_id, wanted=data.cart_reminders)
    return data


@post("/api/v1/reminders/stop", access=ANYONE, status_code=200)
async def stop_reminders(
    data: JSONBody[Stop],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> MailChoices:
    """For who has the link of a reminder, without logging in. Raises BadLink."""
    if not hmac.compare_digest(stop_token(running.settings.secret, store.id, data.person), data.token):
        raise BadLink()
    async with db.transaction(store.id) as tx:
        await choices.set_reminders(tx, data.person, wanted=False)
    return MailChoices(cart_reminders=False)


routes = [mail_choices, choose_mails, stop_reminders]
