"""Under which name a store sends, where answers go, and its own account for SMS."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from tradehall.contracts.stores import Store
from tradehall.kernel.access import STORE_ADMIN
from tradehall.kernel.db import Database
from tradehall.kernel.emails import normal_email
from tradehall.kernel.errors import Invalid, NotFound
from tradehall.kernel.runtime import Running
from tradehall.services.notifications.accounts import keys_of, platform_keys, sealed
from tradehall.services.notifications.channels.sms import SmsKeys
from tradehall.services.notifications.queries import wordings
from tradehall.services.notifications.queries.wordings import Sender

Name = Annotated[str, Meta(max_length=100, pattern=r"^[^\x00-\x1f]*$")]


class SenderBody(msgspec.Struct, frozen=True, kw_only=True):
    """Empty: the store's own name, and no address to answer to."""

    name: Name = ""
    reply_to: Annotated[str, Meta(max_length=254)] = ""


class SenderView(SenderBody, frozen=True, kw_only=True):
    """`mail_from` is the address that mails come from, which is the platform's. `mail`, `sms`: whether there is anything to send by."""

    mail_from: str
    mail: bool
    sms: bool


class SmsBody(msgspec.Struct, frozen=True, kw_only=True):
    """A token that is left out stays as it is. `sender`: a number with + and country, or a messaging service (MG…)."""

    account: Annotated[str, Meta(pattern=r"^AC[A-Za-z0-9]{8,60}$(?!\n)", description="an account, AC…")]
    sender: Annotated[
        str,
        Meta(pattern=r"^(\+[0-9]{7,15}|MG[A-Za-z0-9]{8,36})$(?!\n)", description="a number, +…, or a service, MG…"),
    ]
    token: Annotated[str, Meta(pattern=r"^[A-Za-z0-9]{8,100}$(?!\n)", description="the account's token")] | None = None


class SmsView(msgspec.Struct, frozen=True, kw_only=True):
    account: str
    sender: str
    updated_at: datetime | None
    works: bool


@get("/api/v1/notifications/sender", access=STORE_ADMIN)
async def show_sender(
    store: NamedDependency[Store], db: NamedDependency[Database], running: NamedDependency[Running]
) -> SenderView:
    async with db.transaction(store.id) as tx:
        found, account = await wordings.sender(tx), await wordings.sms_account(tx)
    return SenderView(
        name=found.name,
        reply_to=found.reply_to,
        mail_from=running.settings.mail_from,
        mail=bool(running.settings.smtp_url),
        sms=keys_of(running.settings, store.id, account) is not None,
    )


@put("/api/v1/notifications/sender", access=STORE_ADMIN)
async def save_sender(
    data: JSONBody[SenderBody],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> SenderView:
    if data.reply_to:
        try:
            reply_to = normal_email(data.reply_to)
        except Invalid:
            raise Invalid.field("reply_to", "must be an e-mail address") from None
    else:
        reply_to = ""
    async with db.transaction(store.id) as tx:
        await wordings.save_sender(tx, Sender(name=data.name.strip(), reply_to=reply_to))
        account = await wordings.sms_account(tx)
    return SenderView(
        name=data.name.strip(),
        reply_to=reply_to,
        mail_from=running.settings.mail_from,
        mail=bool(running.settings.smtp_url),
        sms=keys_of(running.settings, store.id, account) is not None,
    )


@get("/api/v1/notifications/sms-account", access=STORE_ADMIN)
async def show_sms_account(
    store: NamedDependency[Store], db: NamedDependency[Database], running: NamedDependency[Running]
) -> SmsView:
    """The store's own. Raises NotFound where it has none; the platform's counts then."""
    async with db.transaction(store.id) as tx:
        account = await wordings.sms_account(tx)
    if account is None:
        raise NotFound("The store has no SMS account of its own.", platform=platform_keys(running.settings) is not None)
    works = keys_of(running.settings, store.id, account) is not None
    return SmsView(account=account.account, sender=account.sender, updated_at=account.updated_at, works=works)


@put("/api/v1/notifications/sms-account", access=STORE_ADMIN)
async def save_sms_account(
    data: JSONBody[SmsBody],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> SmsView:
    """The token is kept sealed and shown to nobody."""
    async with db.transaction(store.id) as tx:
        before = await wordings.sms_account(tx)
        known = keys_of(running.settings, store.id, before) if before and before.account == data.account else None
        token = data.token or (known.token if known else None)
        if token is None:
            raise Invalid.field("token", "is needed for a new account")
        keys = SmsKeys(account=data.account, token=token, sender=data.sender)
        await wordings.save_sms_account(tx, sealed(running.settings, store.id, keys))
        saved = await wordings.sms_account(tx)
    assert saved is not None
    return SmsView(account=saved.account, sender=saved.sender, updated_at=saved.updated_at, works=True)


@delete("/api/v1/notifications/sms-account", access=STORE_ADMIN)
async def delete_sms_account(store: NamedDependency[Store], db: NamedDependency[Database]) -> None:
    async with db.transaction(store.id) as tx:
        if not await wordings.delete_sms_account(tx):
            raise NotFound("The store has no SMS account of its own.")


routes = [show_sender, save_sender, show_sms_account, save_sms_account, delete_sms_account]
