"""Sellers: applying, being decided of, suspended."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradehall.kernel.errors import Conflict, Forbidden

SellerStatus = Literal["applied", "active", "refused", "suspended"]
Decision = Literal["approve", "refuse", "suspend", "resume"]

Slug = Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{1,60}$")]
Description = Annotated[str, Meta(max_length=4000, pattern=r"^[^\x00]*$")]


class Seller(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    slug: str
    name: str
    description: str


class OwnedSeller(Seller, frozen=True, kw_only=True):
    """`told`: whether other services have heard of them."""

    user_id: UUID
    status: SellerStatus
    note: str
    told: bool
    created_at: datetime


class NotDecidable(Conflict):
    slug = "not-decidable"
    title = "This cannot be decided of this seller now"


class NoSellersWanted(Forbidden):
    slug = "no-sellers-wanted"
    title = "This store takes on no sellers"


class SellerAlready(Conflict):
    slug = "seller-already"
    title = "You are a seller of this store, or have applied already"


class Unconfirmed(Conflict):
    slug = "unconfirmed"
    title = "Confirm your e-mail address first"


class SlugTaken(Conflict):
    slug = "slug-taken"
    title = "Another seller has this address"


DECISIONS: dict[Decision, tuple[SellerStatus, SellerStatus]] = {
    "approve": ("applied", "active"),
    "refuse": ("applied", "refused"),
    "suspend": ("active", "suspended"),
    "resume": ("suspended", "active"),
}


def decided(seller: OwnedSeller, decision: Decision, note: str) -> OwnedSeller:
    """Raises NotDecidable."""
    before, after = DECISIONS[decision]
    if seller.status != before:
        raise NotDecidable(f"The seller is {seller.status}, not {before}.")
    return msgspec.structs.replace(seller, status=after, note=note, told=seller.told or after == "active")
