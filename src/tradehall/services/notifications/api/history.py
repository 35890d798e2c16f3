"""What was sent, by which ways, and what became of it."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from tradehall.contracts.notifications import Channel, DeliveryDue
from tradehall.contracts.stores import Store
from tradehall.kernel.access import SUPPORT
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.services.notifications import queries
from tradehall.services.notifications.model import (
    CODES,
    LASTS,
    CodeOver,
    Delivery,
    DeliveryStatus,
    NotFailed,
    UnknownDelivery,
)
from tradehall.services.notifications.queries import deliveries, history

Search = Annotated[str, QueryParameter(max_length=200, pattern=r"^[^\x00]*$")]
TemplateName = Annotated[str, QueryParameter(max_length=60, pattern=r"^[a-z_]*$")]


class DeliveryView(history.Row, frozen=True, kw_only=True):
    """`next_at`: when it is tried again. `error` is why it was not taken the last time. `again`: it may be sent once more."""

    again: bool


@get("/api/v1/notifications/deliveries", access=SUPPORT)
async def list_deliveries(
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    status: FromQuery[DeliveryStatus | None] = None,
    channel: FromQuery[Channel | None] = None,
    template: FromQuery[TemplateName] = "",
    order_id: FromQuery[UUID | None] = None,
    q: FromQuery[Search] = "",
    limit: FromQuery[Limit] = 25,
    cursor: FromQuery[str | None] = None,
) -> Page[DeliveryView]:
    """Newest first; `q` looks in recipient and subject."""
    before = decode_cursor(cursor, UUID)[0] if cursor else None
    async with db.transaction(store.id) as tx:
        found = await history.listed(
            tx,
            status=status,
            channel=channel,
            template=template,
            order_id=order_id,
            search=q,
            before=before,
            limit=limit + 1,
        )
    return page([_view(row) for row in found], limit, lambda row: (row.id,))


def _view(row: history.Row) -> DeliveryView:
    again = row.status == "failed" and row.template not in CODES
    return DeliveryView(**msgspec.structs.asdict(row), again=again)


@post("/api/v1/notifications/deliveries/{delivery_id:uuid}/resend", access=SUPPORT, status_code=200)
async def resend_delivery(
    delivery_id: FromPath[UUID], store: NamedDependency[Store], db: NamedDependency[Database]
) -> DeliveryView:
    """One that has failed, for as long as a new one would be tried. Raises UnknownDelivery, NotFailed, CodeOver."""
    async with db.transaction(store.id) as tx:
        delivery = await deliveries.find(tx, delivery_id)
        if delivery is None:
            raise UnknownDelivery()
        await _again(tx, delivery)
        (row,) = await history.of(tx, delivery_id)
    return _view(row)


async def _again(tx: Tx, delivery: Delivery) -> None:
    notification = await queries.find(tx, delivery.notification_id)
    assert notification is not None
    if notification.template in CODES:
        raise CodeOver()
    if not await deliveries.again(tx, delivery.id, datetime.now(UTC) + LASTS):
        raise NotFailed()
    tx.emit(DeliveryDue(delivery_id=delivery.id), key=delivery.id)


routes = [list_deliveries, resend_delivery]
