"""Sellers: their public names, and how a store admin takes one on."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, PathParameter
from msgspec import UNSET, UnsetType

from tradehall.contracts.identity import SellerCreated, SellerUpdated, UserCreated
from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE, SELLER, STORE_ADMIN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.emails import Email, normal_email
from tradehall.kernel.errors import NotFound
from tradehall.kernel.http import SAME_FOR_ALL
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.kernel.runtime import Running
from tradehall.services.identity import model, queries
from tradehall.services.identity.model import Name, NewPassword
from tradehall.services.identity.model.sellers import Description, OwnedSeller, Seller, Slug, SlugTaken
from tradehall.services.identity.passwords import passwords
from tradehall.services.identity.queries import sellers
from tradehall.services.identity.selling import facts

SlugOrId = Annotated[str, PathParameter(pattern="^[a-z0-9][a-z0-9-]{1,60}$", description="a seller's slug or id")]


class NewSeller(msgspec.Struct, frozen=True, kw_only=True):
    """`email`, `password` and `user_name` are of the user who acts for the seller."""

    slug: Slug
    name: Name
    description: Description = ""
    email: Email
    password: NewPassword
    user_name: Name | None = None


class SellerChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is left out stays as it is."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType = UNSET


@get("/api/v1/sellers", access=ANYONE, response_headers=SAME_FOR_ALL)
async def list_sellers(
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Seller]:
    """By slug. Suspended ones are out of sight."""
    after = decode_cursor(cursor, Slug)[0] if cursor else None
    async with db.transaction(store.id) as tx:
        rows = await sellers.active(tx, after=after, limit=limit + 1)
    return page(rows, limit, lambda row: (row.slug,))


@get("/api/v1/sellers/{seller:str}", access=ANYONE, response_headers=SAME_FOR_ALL)
async def show_seller(seller: SlugOrId, store: NamedDependency[Store], db: NamedDependency[Database]) -> Seller:
    async with db.transaction(store.id) as tx:
        found = await sellers.find(tx, slug=seller, id=_as_id(seller))
    if found is None or found.status != "active":
        raise _unknown()
    return public(found)


@post("/api/v1/sellers", access=STORE_ADMIN)
async def create_seller(
    data: JSONBody[NewSeller],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> OwnedSeller:
    email, name = normal_email(data.email), data.name.strip()
    password_hash = await passwords(running.settings).hash(data.password)
    async with db.transaction(store.id) as tx:
        user = await queries.insert_user(
            tx, email=email, password_hash=password_hash, name=(data.user_name or name).strip(), roles=["seller"]
        )
        if user is None:
            raise model.EmailTaken()
        made = await sellers.insert(
            tx, user.id, slug=data.slug, name=name, description=data.description, status="active"
        )
        if made is None:
            raise SlugTaken()
        tx.emit(UserCreated(user_id=user.id, email=email, name=user.name, roles=user.roles), key=user.id)
        tx.emit(SellerCreated(**facts(made)), key=made.id)
    running.answers.drop(store.id)
    return made


@patch("/api/v1/sellers/{seller:str}", access=SELLER)
async def change_seller(
    seller: SlugOrId,
    data: JSONBody[SellerChange],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Seller:
    """By an admin, or by the seller itself."""
    async with db.transaction(store.id) as tx:
        found = await sellers.find(tx, slug=seller, id=_as_id(seller))
        if found is None or not (caller.is_admin or caller.seller_id == found.id):
            raise _unknown()
        changed = await sellers.update(
            tx,
            found.id,
            name=None if data.name is UNSET else data.name.strip(),
            description=None if data.description is UNSET else data.description,
        )
        if changed is None:
            raise _unknown()
        if changed.told:
            tx.emit(SellerUpdated(**facts(changed)), key=changed.id)
    running.answers.drop(store.id)
    return public(changed)


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def public(seller: OwnedSeller) -> Seller:
    return Seller(id=seller.id, slug=seller.slug, name=seller.name, description=seller.description)


def _unknown() -> NotFound:
    return NotFound("There is no such seller.")


routes = [list_sellers, show_seller, create_seller, change_seller]
