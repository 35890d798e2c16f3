"""Published by identity."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from tradehall.contracts.values import Event, Task

Purpose = Literal["password_reset", "email_verification", "email_change", "phone_verification"]
StaffRole = Literal["store_admin", "warehouse_manager", "warehouse_staff", "support"]


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


class UserPhoneChanged(IdentityEvent, frozen=True, kw_only=True, tag="user.phone_changed"):
    """The account's telephone number, which a code has proven; None where it has one no more."""

    user_id: UUID
    phone: str | None


class UserLoggedIn(IdentityEvent, frozen=True, kw_only=True, tag="user.logged_in"):
    """`cart_id` names the guest cart the shopper brought along, to be merged into the account's."""

    user_id: UUID
    cart_id: UUID | None = None


class UserCodeIssued(IdentityEvent, frozen=True, kw_only=True, tag="user.code_issued"):
    """A code that proves an address, on its way there. Personal and short-lived: to be mailed, not to be kept.

    `code` is sealed, about `code_id` (kernel.sealing), so that no log, trace or dead letter can show it. It goes to `phone`
    where there is one.
    """

    code_id: UUID
    user_id: UUID
    email: str
    purpose: Purpose
    code: str
    locale: str
    expires_at: datetime
    phone: str = ""


class UserEmailChanged(IdentityEvent, frozen=True, kw_only=True, tag="user.email_changed"):
    """For a notice to the address that was given up. Personal."""

    user_id: UUID
    old_email: str
    new_email: str


class StaffInvited(IdentityEvent, frozen=True, kw_only=True, tag="staff.invited"):
    """To be mailed, not to be kept. `token`, which lets its bearer in, is sealed about `invitation_id`."""

    invitation_id: UUID
    email: str
    roles: list[StaffRole]
    token: str
    locale: str
    expires_at: datetime


class ResetAsked(Task, frozen=True, kw_only=True, tag="ResetAsked"):
    """Send a code to this address if it is an account's. Personal and short-lived.

    A task, so that who asks waits as long for an address without an account as for one that has it.
    """

    publisher: ClassVar[str] = "identity"
    email: str


class SellerState(IdentityEvent, frozen=True, kw_only=True):
    """The whole seller, as they are now. Nobody hears of those who were never approved."""

    seller_id: UUID
    user_id: UUID
    slug: str
    name: str
    description: str
    status: Literal["active", "suspended"] = "active"


class SellerCreated(SellerState, frozen=True, kw_only=True, tag="seller.created"):
    pass


class SellerUpdated(SellerState, frozen=True, kw_only=True, tag="seller.updated"):
    pass


class SellerApplied(IdentityEvent, frozen=True, kw_only=True, tag="seller.applied"):
    """For those who decide."""

    seller_id: UUID
    user_id: UUID
    name: str


class SellerDecided(IdentityEvent, frozen=True, kw_only=True, tag="seller.decided"):
    """For the seller to be told. `note` is what the store's admin wrote."""

    seller_id: UUID
    user_id: UUID
    name: str
    decision: Literal["approve", "refuse", "suspend", "resume"]
    note: str


class SessionEnded(IdentityEvent, frozen=True, kw_only=True, tag="session.ended"):
    """Every process refuses this session's access tokens from now on."""

    session_id: UUID


class SellersToTell(Task, frozen=True, kw_only=True, tag="SellersToTell"):
    """Tell of each seller of the store anew, for a service that was not there before."""

    publisher: ClassVar[str] = "identity"
