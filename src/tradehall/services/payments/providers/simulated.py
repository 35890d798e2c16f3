"""A card provider that needs no account, behind the same port as the real ones.

It keeps books of its own (`simulated_charges`), as a provider does in its house, so that what it charged can be compared
with what we think it charged, also after a crash. The token says how it behaves:

tok_ok        succeeds                tok_declined  is declined
tok_timeout   charges, then no answer tok_late      pending; succeeds after a moment, told by webhook
tok_twice     succeeds, and tells so twice more by webhook
"""

import asyncio
import hashlib
import hmac
import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec

from tradehall.contracts.stores import Store
from tradehall.kernel.db import Database, Tx, columns
from tradehall.kernel.ids import NO_STORE
from tradehall.kernel.runtime import Running
from tradehall.kernel.together import together
from tradehall.services.payments.model import Refund, Standing, State
from tradehall.services.payments.providers import Charge, ProviderTimeout, Returned

log = logging.getLogger(__name__)

NAME = "card-simulated"
LATE = timedelta(seconds=1.5)
WEBHOOK = "/api/v1/payments/webhooks/card-simulated"
PLATFORM_WEBHOOK = "/api/v1/platform/payments/webhooks/card-simulated"
SIGNATURE = "x-signature"

_NOW = "CASE WHEN outcome = 'pending' AND due_at <= now() THEN 'succeeded' ELSE outcome END AS outcome, amount, currency, refunded"
_CHARGE = f"""
INSERT INTO simulated_charges (store_id, key, amount, currency, outcome, due_at)
SELECT store_id, key, amount, currency, outcome, now() + late FROM unnest($1::uuid[], $2::uuid[], $3::bigint[],
  $4::text[], $5::text[], $6::interval[]) AS t(store_id, key, amount, currency, outcome, late)
ON CONFLICT (store_id, key) DO UPDATE SET calls = simulated_charges.calls + 1
RETURNING key, {_NOW}
"""
_FIND = f"SELECT key, {_NOW} FROM simulated_charges WHERE key = $1"
_REFUND = """
WITH new AS (INSERT INTO simulated_refunds (id, key, amount) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING amount)
UPDATE simulated_charges c SET refunded = c.refunded + new.amount FROM new WHERE c.key = $2
"""
_STATES: dict[str, State] = {"succeeded": "captured", "pending": "pending", "declined": "declined"}


class Simulated:
    """For one store. Charges that arrive together are booked together, those of other stores too."""

    name = NAME
    prepares = False

    def __init__(self, db: Database, store: Store, running: Running) -> None:
        self._db = db
        self._store = store
        self._running = running
        self._telling: set[asyncio.Task[None]] = set()

    async def prepare(self, charge: Charge) -> str:
        return reference_of(charge.key)

    async def charge(self, charge: Charge, reference: str) -> Standing:
        standing: Standing = await together(self._db, self._store.id, (self._store.id, charge), _book, across=True)
        if charge.token == "tok_timeout":
            raise ProviderTimeout(f"no answer about {charge.key}")
        if charge.token == "tok_twice":
            self._tell(standing, timedelta(0))
            self._tell(standing, timedelta(seconds=0.2))
        if standing.state == "pending":
            self._tell(msgspec.structs.replace(standing, state="captured"), LATE)
        return standing

    async def find(self, key: UUID, reference: str) -> Standing:
        async with self._db.transaction(self._store.id) as tx:
            rows = await tx.rows(_FIND, key)
        return _standing(rows[0]) if rows else Standing(key=key, state="absent")

    async def complete(self, key: UUID, reference: str) -> Standing:
        return await self.find(key, reference)

    async def capture(self, key: UUID, reference: str, amount: int) -> Standing:
        return await self.find(key, reference)  # it captures at once

    async def void(self, key: UUID, reference: str) -> Standing:
        return await self.find(key, reference)

    async def refund(self, key: UUID, reference: str, refund: Refund) -> Returned:
        async with self._db.transaction(self._store.id) as tx:
            await tx.run(_REFUND, refund.id, key, refund.amount)
        return Returned(state="done", reference=f"sim_re_{refund.id.hex[:12]}")

    def _tell(self, standing: Standing, after: timedelta) -> None:
        task = asyncio.create_task(self._webhook(standing, after))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _webhook(self, standing: Standing, after: timedelta) -> None:
        """As any provider: over HTTP, signed. Where it gets lost, our reaper asks."""
        await asyncio.sleep(after.total_seconds())
        body = msgspec.json.encode(standing)
        headers = {
            "host": self._store.hosts[0],
            "content-type": "application/json",
            SIGNATURE: sign(self._running.settings.secret, body),
        }
        path = PLATFORM_WEBHOOK if self._store.id == NO_STORE else WEBHOOK
        try:
            await self._running.peers.client.post(self._running.peers.gateway + path, content=body, headers=headers)
        except httpx.HTTPError as error:
            log.info("webhook not delivered: %r", error)


async def _book(charges: list[tuple[UUID, Charge]], tx: Tx) -> list[Standing]:
    """Of stores and charges, each of another payment."""
    rows = await tx.rows(
        _CHARGE,
        *columns([(store_id, c.key, c.amount, c.currency, outcome_of(c.token), LATE) for store_id, c in charges]),
    )
    standings = {row["key"]: _standing(row) for row in rows}
    return [standings[charge.key] for _, charge in charges]


def outcome_of(token: str) -> str:
    return "pending" if token == "tok_late" else "succeeded" if token in ACCEPTED else "declined"


ACCEPTED = frozenset({"tok_ok", "tok_timeout", "tok_twice"})


def _standing(row: Any) -> Standing:
    return Standing(
        key=row["key"],
        state=_STATES[row["outcome"]],
        amount=row["amount"],
        currency=row["currency"],
        refunded=row["refunded"],
        reference=reference_of(row["key"]),
    )


def reference_of(key: UUID) -> str:
    return f"sim_ch_{key.hex[:12]}"


def sign(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), b"simulated-webhook" + body, hashlib.sha256).hexdigest()
