"""Handing mails to the mail server."""

from datetime import timedelta
from email.headerregistry import Address
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
from tradehall.services.notifications.rendering import Mail, code_of, render

TIMEOUT = 15  # seconds for each step of the talk with the server, of which there are about ten
LEASE = timedelta(minutes=5)  # longer than all of them


@work(MailDue)
async def send(task: MailDue, context: TaskContext) -> None:
    """A mail that was sent is not sent again. Between the server's yes and our note of it lies a moment that no
    protocol closes: a crash there sends twice, under one Message-ID, by which mail programs know it is the same."""
    async with context.transaction() as tx:
        notification = await queries.claim(tx, task.notification_id, LEASE)
        if notification is None:
            until = await queries.claimed_until(tx, task.notification_id)
            if until is not None:  # in other hands, perhaps of a process that is no more
                tx.emit(task, key=task.notification_id, at=until, because=task)
            return
        order = await queries.order_of(tx, notification)
    try:
        store = await context.running.stores.get(context.store_id)
        settings = context.running.settings
        code = code_of(notification, settings.secret)
        mail = render(notification, order, store, settings.port, code=code)
        await _deliver(message_of(notification, mail, store, settings), notification.recipient, settings)
    except Exception:
        async with context.transaction() as tx:
            await queries.release(tx, notification.id)
        raise
    async with context.transaction() as tx:
        if await queries.sent(tx, notification.id):
            tx.emit(
                NotificationSent(
                    notification_id=notification.id, template=notification.template, order_id=notification.order_id
                ),
                key=notification.order_id or notification.id,
                because=task,
            )


def message_of(notification: Notification, mail: Mail, store: Store, settings: Settings) -> EmailMessage:
    message = EmailMessage()
    message["From"] = Address(_one_line(store.name), addr_spec=settings.mail_from)
    message["To"] = notification.recipient
    message["Subject"] = _one_line(notification.subject)
    message["Date"] = format_datetime(notification.created_at)
    message["Message-ID"] = f"<{notification.id}@{settings.mail_from.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Correlation-Id"] = correlation()
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message


def _one_line(text: str) -> str:
    """For a header. Without encoded words: some versions of Python unpack line breaks from them."""
    visible = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(visible.split()).replace("=?", "= ?")


async def _deliver(message: EmailMessage, recipient: str, settings: Settings) -> None:
    """Raises what aiosmtplib raises; the task is then tried again. `smtp(s)://user@host:port?starttls=1`."""
    url = urlsplit(settings.smtp_url)
    user = unquote(url.username) if url.username else None
    await aiosmtplib.send(
        message,
        sender=settings.mail_from,
        recipients=[recipient],
        hostname=url.hostname,
        port=url.port,
        username=user,
        password=settings.smtp_password or None if user else None,
        use_tls=url.scheme == "smtps",
        start_tls=parse_qs(url.query).get("starttls") == ["1"],
        timeout=TIMEOUT,
    )
