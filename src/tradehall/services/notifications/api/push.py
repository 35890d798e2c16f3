"""Browsers that take push messages for somebody who is logged in."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from tradehall.contracts.stores import Store
from tradehall.kernel.access import SIGNED_IN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.errors import Conflict, Invalid, NotFound
from tradehall.kernel.ids import uuid7
from tradehall.kernel.runtime import Running
from tradehall.services.notifications.channels.push import may_be_asked, public_key, right_keys
from tradehall.services.notifications.model import Device
from tradehall.services.notifications.queries import readers

MOST = 20  # of one person
Base64 = Annotated[str, Meta(min_length=20, max_length=100, pattern=r"^[A-Za-z0-9_-]+$(?!\n)")]


class TooManyDevices(Conflict):
    slug = "too-many-devices"
    title = "There are too many browsers already; take one out first"


class SubscriptionKeys(msgspec.Struct, frozen=True, kw_only=True):
    p256dh: Base64
    auth: Base64


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """As the browser's PushSubscription says, and a name for people to know it by."""

    endpoint: Annotated[str, Meta(min_length=10, max_length=1000)]
    keys: SubscriptionKeys
    name: Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1f]*$")] = ""


class DeviceView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    created_at: datetime


class Devices(msgspec.Struct, frozen=True, kw_only=True):
    """`public_key` is what a browser subscribes with."""

    public_key: str
    items: list[DeviceView]


@get("/api/v1/me/devices", access=SIGNED_IN)
async def list_devices(
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Devices:
    async with db.transaction(store.id) as tx:
        found = await readers.devices(tx, caller.user_id)
    items = [DeviceView(id=one.id, name=one.name, created_at=one.created_at) for one in found]
    return Devices(public_key=public_key(running.settings.secret), items=items)


@post("/api/v1/me/devices", access=SIGNED_IN)
async def add_device(
    data: JSONBody[Subscription],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> DeviceView:
    """The same browser again is the same device. Raises Invalid, TooManyDevices."""
    if not may_be_asked(data.endpoint, running.settings.push_services):
        raise Invalid.field("endpoint", "is no push service that we know")
    if not right_keys(data.keys.p256dh, data.keys.auth):
        raise Invalid.field("keys", "are none of a browser")
    device = Device(
        id=uuid7(),
        person_id=caller.user_id,
        endpoint=data.endpoint,
        p256dh=data.keys.p256dh,
        auth=data.keys.auth,
        name=data.name,
        created_at=datetime.now(UTC),
    )
    async with db.transaction(store.id) as tx:
        if len(await readers.devices(tx, caller.user_id)) >= MOST:
            raise TooManyDevices()
        kept = await readers.save_device(tx, device)
    return DeviceView(id=kept, name=device.name, created_at=device.created_at)


@delete("/api/v1/me/devices/{device_id:uuid}", access=SIGNED_IN)
async def remove_device(
    device_id: FromPath[UUID],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> None:
    async with db.transaction(store.id) as tx:
        if not await readers.forget_device(tx, device_id, caller.user_id):
            raise NotFound("There is no such browser.")


routes = [list_devices, add_device, remove_device]
