"""Whose product it is."""

from uuid import UUID

from tradehall.kernel.auth import Principal


def may_change(principal: Principal | None, seller_id: UUID) -> bool:
    if principal is None:
        return False
    return principal.is_admin or (principal.has("seller") and principal.seller_id == seller_id)
