"""The own address book. As soon as there is an address, one is the default."""

from uuid import UUID

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from tradehall.contracts.values import Address
from tradehall.kernel.access import SIGNED_IN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import NotFound
from tradehall.kernel.ids import uuid7
from tradehall.kernel.paging import Page
from tradehall.services.identity import model, queries
from tradehall.services.identity.model import KeptAddress


class AddressEntry(Address, frozen=True, kw_only=True):
    """Without `is_default` a kept address stays what it is; the first of all is always the default."""

    is_default: bool | None = None


@get("/api/v1/me/addresses", access=SIGNED_IN)
async def list_addresses(caller: NamedDependency[Principal], db: NamedDependency[Database]) -> Page[KeptAddress]:
    """All of them, the default one first, then the newest."""
    async with db.transaction(model.home(caller.store_id)) as tx:
        return Page(await queries.addresses(tx, caller.user_id))


@post("/api/v1/me/addresses", access=SIGNED_IN)
async def add_address(
    data: JSONBody[AddressEntry], caller: NamedDependency[Principal], db: NamedDependency[Database]
) -> KeptAddress:
    async with db.transaction(model.home(caller.store_id)) as tx:
        kept = await _locked_book(tx, caller)
        if len(kept) >= model.MOST_ADDRESSES:
            raise model.TooManyAddresses("Delete one first.")
        return await _save(tx, caller, uuid7(), data, is_default=bool(data.is_default) or not kept)


@put("/api/v1/me/addresses/{address_id:uuid}", access=SIGNED_IN)
async def change_address(
    address_id: FromPath[UUID],
    data: JSONBody[AddressEntry],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> KeptAddress:
    async with db.transaction(model.home(caller.store_id)) as tx:
        earlier = _find(await _locked_book(tx, caller), address_id)
        if earlier.is_default and data.is_default is False:
            raise model.DefaultNeeded()
        return await _save(tx, caller, address_id, data, is_default=earlier.is_default or bool(data.is_default))


@delete("/api/v1/me/addresses/{address_id:uuid}", access=SIGNED_IN)
async def delete_address(
    address_id: FromPath[UUID], caller: NamedDependency[Principal], db: NamedDependency[Database]
) -> None:
    """Of the others, the newest becomes the default where this one was it."""
    async with db.transaction(model.home(caller.store_id)) as tx:
        kept = await _locked_book(tx, caller)
        gone = _find(kept, address_id)
        await queries.delete_address(tx, address_id)
        heirs = [address for address in kept if address.id != address_id]
        if gone.is_default and heirs:
            await queries.make_default(tx, heirs[0].id)


async def _locked_book(tx: Tx, caller: Principal) -> list[KeptAddress]:
    """Changes of one account's addresses come one after another, so that one default stays one."""
    if not await queries.lock_user(tx, caller.user_id):
        raise NotFound("This account is gone.")
    return await queries.addresses(tx, caller.user_id)


def _find(kept: list[KeptAddress], address_id: UUID) -> KeptAddress:
    for address in kept:
        if address.id == address_id:
            return address
    raise NotFound("You have no such address.")


async def _save(tx: Tx, caller: Principal, address_id: UUID, data: AddressEntry, *, is_default: bool) -> KeptAddress:
    if is_default:
        await queries.no_default(tx, caller.user_id)
    await queries.save_address(tx, caller.user_id, address_id, data, is_default)
    return KeptAddress(**{**msgspec.structs.asdict(data), "id": address_id, "is_default": is_default})


routes = [list_addresses, add_address, change_address, delete_address]
