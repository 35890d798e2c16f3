"""Handing mails to the mail server."""

from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from tradehall.contracts.notifications import MailDue, NotificationSent
from tradehall.contracts.stores import Store
from tradehall.kernel.context import correlation
from tradehall.kernel.service import TaskContext, work
from tradehall.kernel.settings import Settings
from tradehall.services.notifications import queries
from tradehall.services.notifications.model import Notification
from tradehall.services.notifications.rendering import Mail, base_url, render

TIMEOUT = 20


@work(MailDue)
async def send(task: MailDue, context: TaskContext) -> None:
    """A mail that was sent is not sent again. Between the server's yes and our note of it lies a moment that no
    protocol closes: a crash there sends twice, under one Message-ID, by which mail programs know it is the same."""
    async with context.transaction() as tx:
        notification = await queries.lock_queued(tx, task.notification_id)
        if notification is None:
            return
        await queries.tried(tx, notification.id)
        order = (await queries.orders(tx, [notification.order_id]))[notification.order_id]
    store = await context.running.stores.get(context.store_id)
    settings = context.running.settings
    mail = render(notification, order, store, base_url(store, settings.port))
    await _deliver(message_of(notification, mail, store, settings), settings)
    async with context.transaction() as tx:
        if await queries.sent(tx, notification.id):
            tx.emit(
                NotificationSent(
                    notification_id=notification.id, template=notification.template, order_id=notification.order_id
                ),
                key=notification.order_id,
                because=task,
            )


def message_of(notification: Notification, mail: Mail, store: Store, settings: Settings) -> EmailMessage:
    message = EmailMessage()
    message["From"] = f'"{store.name}" <{settings.mail_from}>'.replace("\n", " ").replace("\r", " ")
    message["To"] = notification.recipient
    message["Subject"] = notification.subject
    message["Date"] = format_datetime(notification.created_at)
    message["Message-ID"] = f"<{notification.id}@{settings.mail_from.rpartition('@')[2]}>"
    message["X-Correlation-Id"] = correlation()
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message


async def _deliver(message: EmailMessage, settings: Settings) -> None:
    """Raises what aiosmtplib raises; the task is then tried again. `smtp(s)://user@host:port?starttls=1`."""
    url = urlsplit(settings.smtp_url)
    user = unquote(url.username) if url.username else None
    await aiosmtplib.send(
        message,
        hostname=url.hostname,
        port=url.port,
        username=user,
        password=settings.smtp_password or None if user else None,
        use_tls=url.scheme == "smtps",
        start_tls=parse_qs(url.query).get("starttls") == ["1"],
        timeout=TIMEOUT,
    )
