"""The stores' accounts at carriers, and the carrier that stands behind one."""

from typing import TypeVar
from uuid import UUID

import msgspec

from tradehall.kernel.db import Database
from tradehall.kernel.runtime import Running
from tradehall.kernel.sealing import seal, unseal
from tradehall.services.shipping.carriers import Carrier, CarrierRefused
from tradehall.services.shipping.carriers.http import Http
from tradehall.services.shipping.carriers.keys import HttpKeys, SimulatedKeys
from tradehall.services.shipping.carriers.simulated import NAME, Simulated
from tradehall.services.shipping.model import Account
from tradehall.services.shipping.queries import bookings

T = TypeVar("T")


async def carrier_of(db: Database, running: Running, store_id: UUID, code: str) -> Carrier:
    """Raises CarrierRefused without the store's account there."""
    async with db.transaction(store_id) as tx:
        account = await bookings.account(tx, code)
    if account is None:
        raise CarrierRefused(f"The store has no account {code}.")
    if account.carrier == NAME:
        return await simulated_of(db, running, store_id, account)
    return http_of(running, store_id, account)


async def simulated_of(db: Database, running: Running, store_id: UUID, account: Account) -> Simulated:
    keys = opened(running, store_id, account, SimulatedKeys)
    return Simulated(db, await running.stores.get(store_id), running, account, keys)


def http_of(running: Running, store_id: UUID, account: Account) -> Http:
    return Http(opened(running, store_id, account, HttpKeys), account.name, running.outside, running.settings)


def sealed(running: Running, store_id: UUID, code: str, keys: HttpKeys | SimulatedKeys) -> str:
    return seal(running.settings.secret, msgspec.json.encode(keys).decode(), about=_about(store_id, code))


def opened(running: Running, store_id: UUID, account: Account, shape: type[T]) -> T:
    plain = unseal(running.settings.secret, account.keys, about=_about(store_id, account.code))
    return msgspec.json.decode(plain, type=shape)


def _about(store_id: UUID, code: str) -> str:
    return f"carrier account {store_id} {code}"
