"""Handing messages to who carries them: claimed, sent, noted; tried again later where they were not taken."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tradehall.contracts.notifications import DeliveryDue, MailDue, NotificationFailed, NotificationSent
from tradehall.contracts.stores import Store
from tradehall.kernel.service import TaskContext, work
from tradehall.kernel.stores import base_url
from tradehall.services.notifications import queries
from tradehall.services.notifications.accounts import keys_of
from tradehall.services.notifications.channels import AT_MOST, Channel, Gone, Later, Never, Parcel
from tradehall.services.notifications.channels.email import Email
from tradehall.services.notifications.channels.push import Push
from tradehall.services.notifications.channels.sms import Sms, status_path
from tradehall.services.notifications.model import Delivery, Notification, pause
from tradehall.services.notifications.queries import deliveries, readers, wordings
from tradehall.services.notifications.rendering import code_of, locales_of, render

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=AT_MOST + 30)


@work(MailDue)
async def send_mail(task: MailDue, context: TaskContext) -> None:
    """What was due before an upgrade."""
    async with context.transaction() as tx:
        if delivery_id := await deliveries.of_mail(tx, task.notification_id):
            tx.emit(DeliveryDue(delivery_id=delivery_id), key=task.notification_id, because=task)


@work(DeliveryDue)
async def send(task: DeliveryDue, context: TaskContext) -> None:
    """What was taken is not sent again. What was taken without our having noted it, since we were killed or heard no answer, is
    sent again only where the channel cannot find out."""
    store = await context.running.stores.get(context.store_id)
    async with context.transaction() as tx:
        claimed = await deliveries.claim(tx, task.delivery_id, LEASE)
        if claimed is None:
            until = await deliveries.due(tx, task.delivery_id)
            if until is not None:  # in other hands, perhaps of a process that is no more; or put off
                tx.emit(task, key=task.delivery_id, at=until, because=task)
            return
        delivery, uncertain = claimed
        notification = await queries.find(tx, delivery.notification_id)
        assert notification is not None
    if delivery.expires_at <= datetime.now(UTC):
        await _end(context, task, delivery, notification, Never(f"not sent in time; {delivery.error}"), expired=True)
        return
    try:
        async with asyncio.timeout(AT_MOST):
            provider_id = await _send(context, store, delivery, notification, uncertain=uncertain)
    except Never as error:
        await _end(context, task, delivery, notification, error)
    except Later as error:
        await _put_off(context, task, delivery, error)
    except TimeoutError:
        await _put_off(context, task, delivery, Later("it took too long", uncertain=True))
    except Exception as error:
        log.exception("%s %s: %s", delivery.channel, delivery.id, type(error).__name__)
        await _put_off(context, task, delivery, Later(f"it failed here ({type(error).__name__})", uncertain=True))
    else:
        async with context.transaction() as tx:
            if await deliveries.sent(tx, delivery.id, provider_id):
                tx.emit(
                    NotificationSent(
                        notification_id=notification.id,
                        template=notification.template,
                        order_id=notification.order_id,
                        channel=delivery.channel,
                    ),
                    key=notification.order_id or notification.id,
                    because=task,
                )


async def _send(
    context: TaskContext, store: Store, delivery: Delivery, notification: Notification, *, uncertain: bool
) -> str:
    """Raises Later, Never."""
    settings = context.running.settings
    async with context.transaction() as tx:
        order = await queries.order_of(tx, notification)
        own = await wordings.current(tx, notification.template, locales_of(notification, store))
        sender = await wordings.sender(tx)
    mail = render(
        notification, order, store, settings.port, settings.secret, own=own, code=code_of(notification, settings.secret)
    )
    channel = await _channel(context, store, delivery, notification, sender.reply_to)
    parcel = Parcel(
        id=delivery.id,
        notification_id=notification.id,
        recipient=delivery.recipient,
        sender=sender.name or store.name,
        mail=mail,
    )
    return await channel.send(parcel, uncertain=uncertain)


async def _channel(
    context: TaskContext, store: Store, delivery: Delivery, notification: Notification, reply_to: str
) -> Channel:
    """Raises Later where the store has no account at the moment, Gone where the reader's browser is no more."""
    settings, outside = context.running.settings, context.running.outside
    if delivery.channel == "email":
        if not settings.smtp_url:
            raise Later("there is no mail server")
        return Email(settings, reply_to, notification.created_at)
    async with context.transaction() as tx:
        device = await readers.device(tx, UUID(delivery.target)) if delivery.channel == "push" else None
        account = await wordings.sms_account(tx)
    if delivery.channel == "push":
        if device is None:
            raise Gone("the browser is no longer subscribed")
        return Push(device, settings, outside)
    keys = keys_of(settings, store.id, account)
    if keys is None:
        raise Later("there is no account for SMS")

    async def ours(ids: Sequence[str]) -> set[str]:
        async with context.transaction() as tx:
            return await deliveries.known_ids(tx, ids)

    return Sms(keys, settings.sms_url, outside, base_url(store, settings.port) + status_path(delivery.id), ours)


async def _put_off(context: TaskContext, task: DeliveryDue, delivery: Delivery, error: Later) -> None:
    now = datetime.now(UTC)
    until = now + pause(delivery.attempts, context.running.settings.retry_base_seconds, error.after)
    log.info("%s %s put off, try %d: %s", delivery.channel, delivery.id, delivery.attempts, error)
    async with context.transaction() as tx:
        if await deliveries.put_off(tx, delivery.id, until, str(error), unknown=error.uncertain):
            tx.emit(task, key=delivery.id, at=until, because=task)


async def _end(
    context: TaskContext,
    task: DeliveryDue,
    delivery: Delivery,
    notification: Notification,
    error: Never,
    *,
    expired: bool = False,
) -> None:
    """With the browser that is gone goes its subscription."""
    log.info("%s %s given up: %s", delivery.channel, delivery.id, error)
    async with context.transaction() as tx:
        if isinstance(error, Gone):
            await readers.forget_device(tx, UUID(delivery.target))
        if await deliveries.failed(tx, delivery.id, str(error)):
            tx.emit(
                NotificationFailed(
                    notification_id=notification.id,
                    template=notification.template,
                    order_id=notification.order_id,
                    channel=delivery.channel,
                    reason="expired" if expired else "refused",
                ),
                key=notification.order_id or notification.id,
                because=task,
            )
