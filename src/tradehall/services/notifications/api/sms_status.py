"""What the SMS provider tells by itself of a message: signed, in any order, more than once."""

from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.contracts.notifications import NotificationDelivered, NotificationFailed
from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import Unauthorized
from tradehall.kernel.runtime import Running
from tradehall.kernel.stores import base_url
from tradehall.services.notifications import queries
from tradehall.services.notifications.accounts import tokens
from tradehall.services.notifications.channels.sms import SIGNATURE, STATES, Told, signed, status_path
from tradehall.services.notifications.model import Delivery
from tradehall.services.notifications.queries import deliveries, wordings


@post("/api/v1/notifications/sms/{delivery_id:uuid}/status", access=ANYONE, status_code=204)
async def sms_status(
    delivery_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    """Form fields MessageSid, MessageStatus and, of a failure, ErrorCode. Of what is not ours nothing is kept."""
    fields = dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
    async with db.transaction(store.id) as tx:
        account = await wordings.sms_account(tx)
    url = base_url(store, running.settings.port) + status_path(delivery_id)
    if not signed(request.headers.get(SIGNATURE, ""), tokens(running.settings, store.id, account), url, fields):
        raise Unauthorized("The signature does not fit.")
    told = STATES.get(fields.get("MessageStatus", ""))
    sid = fields.get("MessageSid", "")[:200]
    if told is None or not sid:
        return
    async with db.transaction(store.id) as tx:
        delivery = await deliveries.find(tx, delivery_id)
        if delivery is not None and delivery.channel == "sms" and delivery.provider_id in ("", sid):
            await _note(tx, delivery, told, sid, fields.get("ErrorCode", "")[:20])


async def _note(tx: Tx, delivery: Delivery, told: Told, sid: str, code: str) -> None:
    notification = await queries.find(tx, delivery.notification_id)
    assert notification is not None
    key = notification.order_id or notification.id
    if told == "failed":
        if await deliveries.failed(tx, delivery.id, f"not brought: {code}"):
            tx.emit(
                NotificationFailed(
                    notification_id=notification.id,
                    template=notification.template,
                    order_id=notification.order_id,
                    channel="sms",
                    reason="undelivered",
                ),
                key=key,
            )
    elif await deliveries.told(tx, delivery.id, sid, arrived=told == "delivered") and told == "delivered":
        tx.emit(
            NotificationDelivered(
                notification_id=notification.id,
                template=notification.template,
                order_id=notification.order_id,
                channel="sms",
            ),
            key=key,
        )


routes = [sms_status]
