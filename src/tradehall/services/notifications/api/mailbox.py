"""The mailbox: mails as their readers got them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.errors import Forbidden
from tradehall.kernel.ids import NO_STORE
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.kernel.runtime import Running
from tradehall.services.notifications import model, queries
from tradehall.services.notifications.model import Notification
from tradehall.services.notifications.queries import wordings
from tradehall.services.notifications.rendering import code_of, locales_of, render

Search = Annotated[str, QueryParameter(max_length=200, pattern=r"^[^\x00]*$")]


class MailSummary(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    to: str
    subject: str
    template: str
    order_id: UUID | None
    status: str
    created_at: datetime


class MailView(MailSummary, frozen=True, kw_only=True):
    text: str
    html: str


def _allow(principal: Principal | None, running: Running) -> None:
    """In a demo the mailbox stands for everybody's inbox. Elsewhere it is the store admin's. Raises Forbidden."""
    if running.settings.demo or (principal is not None and principal.is_admin):
        return
    raise Forbidden("The mailbox is open to store admins only.")


def _allow_platform(principal: Principal | None, running: Running) -> None:
    """Raises Forbidden."""
    if not running.settings.demo and (principal is None or not principal.has("operator")):
        raise Forbidden("The platform's mailbox is open to operators only.")


def _summary(notification: Notification) -> MailSummary:
    return MailSummary(
        id=notification.id,
        to=notification.recipient,
        subject=notification.subject,
        template=notification.template,
        order_id=notification.order_id,
        status=notification.status,
        created_at=notification.created_at,
    )


@get("/api/v1/mailbox", access=ANYONE)
async def list_mails(
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    q: FromQuery[Search] = "",
    limit: FromQuery[Limit] = 25,
    cursor: FromQuery[str | None] = None,
) -> Page[MailSummary]:
    """Newest first; `q` looks in recipient and subject."""
    _allow(principal, running)
    return await _listed(db, store.id, q, limit, cursor)


@get("/api/v1/platform/mailbox", access=ANYONE)
async def list_platform_mails(
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    q: FromQuery[Search] = "",
    limit: FromQuery[Limit] = 25,
    cursor: FromQuery[str | None] = None,
) -> Page[MailSummary]:
    """What the platform itself has sent: codes of signups, news of subscriptions. Outside of a demo for operators."""
    _allow_platform(principal, running)
    return await _listed(db, NO_STORE, q, limit, cursor)


async def _listed(db: Database, store_id: UUID, q: str, limit: int, cursor: str | None) -> Page[MailSummary]:
    before = decode_cursor(cursor, UUID)[0] if cursor else None
    async with db.transaction(store_id) as tx:
        found = await queries.listed(tx, search=q, before=before, limit=limit + 1)
    return page([_summary(notification) for notification in found], limit, lambda row: (row.id,))


@get("/api/v1/mailbox/{mail_id:uuid}", access=ANYONE)
async def get_mail(
    mail_id: FromPath[UUID],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> MailView:
    """As its reader got it. Outside of a demo without the codes, which would let a store's admin into every account."""
    _allow(principal, running)
    return await _shown(db, store, mail_id, running)


@get("/api/v1/platform/mailbox/{mail_id:uuid}", access=ANYONE)
async def get_platform_mail(
    mail_id: FromPath[UUID],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> MailView:
    _allow_platform(principal, running)
    return await _shown(db, running.stores.platform, mail_id, running)


async def _shown(db: Database, store: Store, mail_id: UUID, running: Running) -> MailView:
    async with db.transaction(store.id) as tx:
        notification = await queries.find(tx, mail_id)
        if notification is None:
            raise model.UnknownMail()
        order = await queries.order_of(tx, notification)
        own = await wordings.current(tx, notification.template, locales_of(notification, store))
    settings = running.settings
    code = code_of(notification, settings.secret) if settings.demo else model.HIDDEN
    mail = render(notification, order, store, settings.port, settings.secret, own=own, code=code)
    summary = msgspec.structs.asdict(_summary(notification)) | {"subject": mail.subject}
    return MailView(**summary, text=mail.text, html=mail.html)


routes = [list_mails, get_mail, list_platform_mails, get_platform_mail]
