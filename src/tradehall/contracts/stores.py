"""Published by stores; `Store` is also what every process keeps to find a store by its host."""

from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from tradehall.contracts.values import Currency, Event

CheckoutMode = Literal["guest", "account", "both"]
PaymentMethod = Literal["card-simulated", "proof", "cash-on-delivery"]


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """Colours are #rrggbb; `theme` names the style sheet of the store."""

    theme: str = "plain"
    accent: str = "#1f5f8b"
    ink: str = "#1b1d21"
    paper: str = "#ffffff"
    tagline: str = ""
    about: str = ""


class Store(msgspec.Struct, frozen=True, kw_only=True):
    """A store as every service knows it. `hosts` are lower case, without port; the first is the primary one.

    `cart_reminder_seconds`: after so long without a change a shopper is reminded of the cart; 0 is never.
    """

    id: UUID
    slug: str
    name: str
    hosts: list[str]
    currency: Currency
    locale: str = "en-US"
    timezone: str = "UTC"
    checkout_mode: CheckoutMode = "both"
    payment_methods: list[PaymentMethod] = msgspec.field(default_factory=lambda: ["card-simulated"])
    order_expiry_seconds: int = 600
    cart_reminder_seconds: int = 86_400
    look: Look = msgspec.field(default_factory=Look)


class StoresEvent(Event, frozen=True, kw_only=True):
    publisher: ClassVar[str] = "stores"


class StoreCreated(StoresEvent, frozen=True, kw_only=True, tag="store.created"):
    store: Store


class StoreUpdated(StoresEvent, frozen=True, kw_only=True, tag="store.updated"):
    store: Store
