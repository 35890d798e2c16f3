"""Published by carts."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from tradehall.contracts.values import Event, Task


class CartsEvent(Event, frozen=True, kw_only=True):
    publisher: ClassVar[str] = "carts"


class LeftLine(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What can still be bought of a cart, as it is for sale now. `unit_price` in minor units."""

    variant_id: UUID
    title: str
    quantity: int
    unit_price: int


class CartAbandoned(CartsEvent, frozen=True, kw_only=True, tag="cart.abandoned"):
    """An account's cart was left alone for the store's deadline; once, until an order is made from it."""

    cart_id: UUID
    user_id: UUID
    currency: str
    lines: list[LeftLine]


class CartReminderDue(Task, frozen=True, kw_only=True, tag="CartReminderDue"):
    """Look whether this account's cart was left alone. Only the one with the reminder's `due` counts."""

    publisher: ClassVar[str] = "carts"
    user_id: UUID
    due: datetime
