"""Whose product it is."""

from uuid import UUID

from tradehall.kernel.auth import Principal
from tradehall.kernel.errors import Forbidden


def is_admin(principal: Principal) -> bool:
    return principal.has("store_admin", "operator")


def may_change(principal: Principal | None, seller_id: UUID) -> bool:
    if principal is None:
        return False
    return is_admin(principal) or (principal.has("seller") and principal.seller_id == seller_id)


def confined_to(caller: Principal) -> UUID | None:
    """The seller whose products a caller works with; None for admins, who work with all. Raises Forbidden."""
    if is_admin(caller):
        return None
    if caller.seller_id is None:
        raise Forbidden("You have no seller profile in this store.")
    return caller.seller_id
