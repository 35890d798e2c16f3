"""A carrier that needs no account, behind the same port as the others.

It keeps books of its own (`simulated_parcels`), as a carrier does in its house, and moves its parcels by durable timers, one
step each `pace`. It tells of each by a signed webhook over HTTP. The service says how it goes:

standard        picked up, in transit, out for delivery, delivered
second-attempt  nobody is at home at first
returned        nobody is at home, and it goes back
no-answer       booked, but the answer to that gets lost
"""

import asyncio
import hashlib
import hmac
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import msgspec

from tradehall.contracts.shipping import ParcelStepDue, ShipmentStatus
from tradehall.contracts.stores import Store
from tradehall.kernel.db import Database
from tradehall.kernel.runtime import Running
from tradehall.services.shipping.carriers import Booked, CarrierTimeout, Consignment
from tradehall.services.shipping.carriers.keys import SimulatedKeys
from tradehall.services.shipping.carriers.label import pdf
from tradehall.services.shipping.carriers.signing import HEADER, Events, opened, signature
from tradehall.services.shipping.model import Account, News
from tradehall.services.shipping.queries import simulated as queries

NAME = "simulated"
SHOWN = "Simulated Post"

_OUT: tuple[ShipmentStatus, ...] = ("SHIPPED", "IN_TRANSIT", "OUT_FOR_DELIVERY")
WAYS: dict[str, tuple[ShipmentStatus, ...]] = {
    "standard": (*_OUT, "DELIVERED"),
    "second-attempt": (*_OUT, "DELIVERY_FAILED", "OUT_FOR_DELIVERY", "DELIVERED"),
    "returned": (*_OUT, "DELIVERY_FAILED", "RETURNED_TO_SENDER"),
    "no-answer": (*_OUT, "DELIVERED"),
}
_WORDS: dict[ShipmentStatus, str] = {
    "SHIPPED": "Picked up",
    "IN_TRANSIT": "At the sorting centre",
    "OUT_FOR_DELIVERY": "In the van",
    "DELIVERY_FAILED": "Nobody was at home",
    "DELIVERED": "Handed over",
    "RETURNED_TO_SENDER": "Back at the sender",
}


class Simulated:
    """For one account of one store."""

    def __init__(self, db: Database, store: Store, running: Running, account: Account, keys: SimulatedKeys) -> None:
        self._db = db
        self._store = store
        self._running = running
        self._account = account
        self._pace = timedelta(seconds=keys.pace)

    async def book(self, consignment: Consignment) -> Booked:
        key = consignment.reference
        parcel = queries.Parcel(
            key=key,
            tracking_number=f"SIM{key.int % 10**12:012}",
            service=consignment.service,
            city=consignment.recipient.city,
            origin=consignment.sender.city,
            pace=self._pace,
            steps=[],
        )
        async with self._db.transaction(self._store.id) as tx:
            calls = await queries.book(tx, parcel)
            if calls == 1:
                tx.emit(ParcelStepDue(key=key, step=0), key=key, at=datetime.now(UTC) + self._pace)
        if consignment.service == "no-answer" and calls == 1:
            raise CarrierTimeout("no answer")
        to = consignment.recipient
        lines = [SHOWN, parcel.tracking_number, f"Order {consignment.order}", to.name, to.line1, f"{to.zip} {to.city}"]
        return await _booked(parcel, lines)

    async def find(self, reference: UUID) -> Booked | None:
        async with self._db.transaction(self._store.id) as tx:
            parcel = await queries.find(tx, reference)
        return await _booked(parcel, [SHOWN, parcel.tracking_number, parcel.city]) if parcel else None

    async def track(self, reference: UUID) -> list[News]:
        async with self._db.transaction(self._store.id) as tx:
            parcel = await queries.find(tx, reference)
        return parcel.steps if parcel else []

    def hear(self, headers: Mapping[str, str], body: bytes) -> list[News]:
        return opened(self._secret, headers, body)

    async def step(self, task: ParcelStepDue) -> None:
        """Its next step, told by webhook. Raises httpx.HTTPError, so that the task is done again and it is told again."""
        async with self._db.transaction(self._store.id) as tx:
            parcel = await queries.find(tx, task.key)
            if parcel is None:
                return
            way = WAYS[parcel.service]
            if len(parcel.steps) == task.step:
                parcel.steps.append(_news(parcel, way[task.step], task.step))
                if await queries.take_step(tx, parcel) and len(parcel.steps) < len(way):
                    due = ParcelStepDue(key=task.key, step=task.step + 1)
                    tx.emit(due, key=task.key, at=datetime.now(UTC) + parcel.pace)
        await self._tell(parcel.steps[task.step])

    async def _tell(self, news: News) -> None:
        body = msgspec.json.encode(Events([news]))
        headers = {
            "host": self._store.hosts[0],
            "content-type": "application/json",
            HEADER: signature(self._secret, body, int(time.time())),
        }
        url = f"{self._running.peers.gateway}/api/v1/shipping/webhooks/{self._account.code}"
        answer = await self._running.peers.client.post(url, content=body, headers=headers)
        if answer.status_code >= 500:
            raise httpx.HTTPStatusError("not heard", request=answer.request, response=answer)

    @property
    def _secret(self) -> str:
        about = f"simulated-carrier {self._store.id} {self._account.code}"
        return hmac.new(self._running.settings.secret.encode(), about.encode(), hashlib.sha256).hexdigest()


def _news(parcel: queries.Parcel, status: ShipmentStatus, step: int) -> News:
    return News(
        id=f"{parcel.key}-{step}",
        status=status,
        at=datetime.now(UTC),
        tracking_number=parcel.tracking_number,
        reference=str(parcel.key),
        place=parcel.origin if status in ("SHIPPED", "RETURNED_TO_SENDER") else parcel.city,
        note=_WORDS[status],
    )


async def _booked(parcel: queries.Parcel, lines: list[str]) -> Booked:
    label = await asyncio.to_thread(pdf, lines)
    return Booked(carrier=SHOWN, tracking_number=parcel.tracking_number, label=label, label_type="application/pdf")
