"""What the store's people write to each other about an order. The buyer never sees it."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from tradehall.contracts.stores import Store
from tradehall.contracts.values import now
from tradehall.kernel.access import FULFILMENT_OR_SUPPORT
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import NotFound
from tradehall.kernel.ids import uuid7
from tradehall.services.orders import model, queries
from tradehall.services.orders.api.access import actor
from tradehall.services.orders.queries import reductions
from tradehall.services.orders.queries.reductions import OrderNote


class UnknownNote(NotFound):
    slug = "unknown-note"
    title = "There is no such note of yours"


class NewNote(msgspec.Struct, frozen=True, kw_only=True):
    text: Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"^[^\x00]*\S[^\x00]*$")]


class Notes(msgspec.Struct, frozen=True, kw_only=True):
    items: list[OrderNote]


@get("/api/v1/orders/{order_id:uuid}/notes", access=FULFILMENT_OR_SUPPORT)
async def list_notes(
    order_id: FromPath[UUID],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> Notes:
    """Newest first. A seller sees the own ones only, the store's people all."""
    async with db.transaction(store.id) as tx:
        seller_id = await _side(tx, order_id, caller)
        return Notes(items=await reductions.notes(tx, order_id, seller_id=seller_id))


@post("/api/v1/orders/{order_id:uuid}/notes", access=FULFILMENT_OR_SUPPORT)
async def add_note(
    order_id: FromPath[UUID],
    data: JSONBody[NewNote],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> OrderNote:
    note = OrderNote(id=uuid7(), author_id=caller.user_id, author=actor(caller), text=data.text.strip(), at=now())
    async with db.transaction(store.id) as tx:
        seller_id = await _side(tx, order_id, caller)
        await reductions.add_note(tx, note, order_id=order_id, seller_id=seller_id)
    return note


@delete("/api/v1/orders/{order_id:uuid}/notes/{note_id:uuid}", access=FULFILMENT_OR_SUPPORT)
async def remove_note(
    order_id: FromPath[UUID],
    note_id: FromPath[UUID],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> None:
    """By who wrote it."""
    async with db.transaction(store.id) as tx:
        await _side(tx, order_id, caller)
        if not await reductions.remove_note(tx, order_id, note_id, author_id=caller.user_id):
            raise UnknownNote()


async def _side(tx: Tx, order_id: UUID, caller: Principal) -> UUID | None:
    """The seller on whose side they are. Raises UnknownOrder, also for an order without a part of theirs."""
    seller_id = None if caller.is_staff else caller.confined_to()
    parcels = (await queries.parcels(tx, [order_id]))[order_id]
    if not any(seller_id in (None, parcel.seller_id) for parcel in parcels):
        raise model.UnknownOrder()
    return seller_id


routes = [list_notes, add_note, remove_note]
