"""Published by identity."""

from typing import ClassVar
from uuid import UUID

from tradehall.contracts.values import Event


class IdentityEvent(Event, frozen=True, kw_only=True):
    publisher: ClassVar[str] = "identity"


class UserState(IdentityEvent, frozen=True, kw_only=True):
    """The whole account, as it is now."""

    user_id: UUID
    email: str
    name: str
    roles: list[str]


class UserCreated(UserState, frozen=True, kw_only=True, tag="user.created"):
    pass


class UserUpdated(UserState, frozen=True, kw_only=True, tag="user.updated"):
    pass


class UserLoggedIn(IdentityEvent, frozen=True, kw_only=True, tag="user.logged_in"):
    """`cart_id` names the guest cart the shopper brought along, to be merged into the account's."""

    user_id: UUID
    cart_id: UUID | None = None


class SellerCreated(IdentityEvent, frozen=True, kw_only=True, tag="seller.created"):
    seller_id: UUID
    user_id: UUID
    slug: str
    name: str
    description: str


class SellerUpdated(IdentityEvent, frozen=True, kw_only=True, tag="seller.updated"):
    seller_id: UUID
    user_id: UUID
    slug: str
    name: str
    description: str


class SessionEnded(IdentityEvent, frozen=True, kw_only=True, tag="session.ended"):
    """Every process refuses this session's access tokens from now on."""

    session_id: UUID
