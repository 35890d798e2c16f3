"""Applying as a seller, and the store's admin deciding."""

from typing import Annotated
from uuid import UUID

import asyncpg
import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_200_OK
from msgspec import Meta

from tradehall.contracts.identity import SellerApplied
from tradehall.contracts.stores import Store
from tradehall.kernel.access import SIGNED_IN, STORE_ADMIN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import NotFound
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.kernel.runtime import Running
from tradehall.services.identity import model, selling
from tradehall.services.identity.api.profile import profile_of
from tradehall.services.identity.model import PLATFORM, Name
from tradehall.services.identity.model.sellers import (
    Decision,
    Description,
    NoSellersWanted,
    OwnedSeller,
    SellerAlready,
    SellerStatus,
    Slug,
    SlugTaken,
    Unconfirmed,
)
from tradehall.services.identity.queries import sellers


class Application(msgspec.Struct, frozen=True, kw_only=True):
    slug: Slug
    name: Name
    description: Description = ""


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """`note` is for the seller to read."""

    note: Annotated[str, Meta(max_length=1000, pattern=r"^[^\x00]*$")] = ""


@post("/api/v1/sellers/applications", access=SIGNED_IN)
async def apply(
    data: JSONBody[Application],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> OwnedSeller:
    """Where the store is open to sellers this makes one at once; the role comes with the next access token."""
    if model.home(caller.store_id) == PLATFORM or store.sellers == "closed":
        raise NoSellersWanted()
    status: SellerStatus = "active" if store.sellers == "open" else "applied"
    async with db.transaction(store.id) as tx:
        if not (await profile_of(tx, caller)).email_verified:
            raise Unconfirmed("Confirm your e-mail address first: whoever sells must be reachable.")
        made = await _enter(tx, caller.user_id, data, status)
        if status == "active":
            await selling.begin(tx, made, new=True)
        else:
            tx.emit(SellerApplied(seller_id=made.id, user_id=made.user_id, name=made.name), key=made.id)
    running.answers.drop(store.id)
    return made


async def _enter(tx: Tx, user_id: UUID, data: Application, status: SellerStatus) -> OwnedSeller:
    name = data.name.strip()
    earlier = await sellers.of_user(tx, user_id)
    if earlier is None:
        try:
            made = await sellers.insert(
                tx, user_id, slug=data.slug, name=name, description=data.description, status=status
            )
        except asyncpg.UniqueViolationError:  # by the same user, at the same moment
            raise SellerAlready() from None
        if made is None:
            raise SlugTaken()
        return made
    if earlier.status != "refused":
        raise SellerAlready()
    try:
        await sellers.apply_again(
            tx, earlier.id, slug=data.slug, name=name, description=data.description, status=status
        )
    except asyncpg.UniqueViolationError:
        raise SlugTaken() from None
    again = await sellers.of_user(tx, user_id)
    assert again is not None, "it was updated"
    return again


@get("/api/v1/me/seller", access=SIGNED_IN)
async def show_own(
    store: NamedDependency[Store], caller: NamedDependency[Principal], db: NamedDependency[Database]
) -> OwnedSeller:
    """How one's own application stands, or one's shop."""
    async with db.transaction(store.id) as tx:
        found = await sellers.of_user(tx, caller.user_id)
    if found is None:
        raise NotFound("You have not applied as a seller.")
    return found


@get("/api/v1/manage/sellers", access=STORE_ADMIN)
async def list_all(
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    status: FromQuery[SellerStatus | None] = None,
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[OwnedSeller]:
    """Applicants and suspended ones too, newest first."""
    before = decode_cursor(cursor, UUID)[0] if cursor else None
    async with db.transaction(store.id) as tx:
        rows = await sellers.listed(tx, status=status, before=before, limit=limit + 1)
    return page(rows, limit, lambda row: (row.id,))


@post("/api/v1/manage/sellers/{seller_id:uuid}/{decision:str}", access=STORE_ADMIN, status_code=HTTP_200_OK)
async def decide(
    seller_id: FromPath[UUID],
    decision: FromPath[Decision],
    data: JSONBody[Reason],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> OwnedSeller:
    """`approve` or `refuse` an applicant, `suspend` a seller or let them `resume`.

    What a suspended seller sells is out of sight; their open orders go on.
    """
    async with db.transaction(store.id) as tx:
        seller = await sellers.lock(tx, seller_id)
        if seller is None:
            raise NotFound("There is no such seller.")
        changed = await selling.decide(tx, seller, decision, data.note.strip())
    running.answers.drop(store.id)
    return changed


routes = [apply, show_own, list_all, decide]
