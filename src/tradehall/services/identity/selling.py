"""Who sells in a store: taken on by an admin, or applying and being decided of."""

from typing import Any

import msgspec

from tradehall.contracts.identity import SellerCreated, SellerDecided, SellerUpdated, UserUpdated
from tradehall.kernel.db import Tx
from tradehall.services.identity import queries
from tradehall.services.identity.model.sellers import Decision, OwnedSeller, decided
from tradehall.services.identity.queries import sellers


def facts(seller: OwnedSeller) -> dict[str, Any]:
    """For the events about them."""
    known = msgspec.structs.asdict(seller)
    return {"seller_id": known["id"], **{n: known[n] for n in ("user_id", "slug", "name", "description", "status")}}


async def decide(tx: Tx, seller: OwnedSeller, decision: Decision, note: str) -> OwnedSeller:
    """Of a seller that is locked. Raises NotDecidable."""
    after = decided(seller, decision, note)
    await sellers.save_decision(tx, after)
    if decision == "approve":
        await begin(tx, after, new=not seller.told)
    elif after.told:
        tx.emit(SellerUpdated(**facts(after)), key=after.id)
    told = SellerDecided(seller_id=after.id, user_id=after.user_id, name=after.name, decision=decision, note=note)
    tx.emit(told, key=after.id)
    return after


async def begin(tx: Tx, seller: OwnedSeller, *, new: bool) -> None:
    """Their user gets the role with the next access token."""
    await sellers.make_seller(tx, seller.user_id)
    account = await queries.account(tx, seller.user_id)
    assert account is not None, "a seller has a user"
    tx.emit(
        UserUpdated(user_id=account.id, email=account.email, name=account.name, roles=account.roles), key=account.id
    )
    tx.emit(SellerCreated(**facts(seller)) if new else SellerUpdated(**facts(seller)), key=seller.id)
