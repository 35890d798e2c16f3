"""What is written to whom, and when."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from tradehall.contracts.identity import Purpose
from tradehall.contracts.stores import SubscriptionChange
from tradehall.kernel.errors import NotFound
from tradehall.kernel.ids import uuid7

OrderTemplate = Literal[
    "order_placed", "order_confirmed", "order_shipped", "order_delivered", "order_cancelled", "review_invited"
]
# A message for each purpose of a code, and notices.
AccountTemplate = Literal[Purpose, "email_changed", "staff_invitation", "seller_decided", "low_stock", "cart_left"]
PlatformTemplate = Literal["signup_code", "subscription"]  # from the platform itself
Template = Literal[OrderTemplate, AccountTemplate, PlatformTemplate]
Status = Literal["queued", "sent", "kept"]

SUBJECTS: dict[OrderTemplate, str] = {
    "order_placed": "We have your order {number}",
    "order_confirmed": "Order {number} is confirmed",
    "order_shipped": "Order {number} is on its way",
    "order_delivered": "Order {number} has arrived",
    "order_cancelled": "Order {number} was cancelled",
    "review_invited": "How was it? Your order {number}",
}
ACCOUNT_SUBJECTS: dict[AccountTemplate, str] = {
    "password_reset": "Your code for a new password",
    "email_verification": "Your code to confirm this address",
    "email_change": "Your code to confirm your new address",
    "phone_verification": "Your code to confirm this number",
    "email_changed": "The address of your account was changed",
    "low_stock": "Low in stock: {what}",
    "staff_invitation": "You are invited to run a store",
    "seller_decided": "About your shop",
    "cart_left": "You left something in your cart",
}
SUBSCRIPTION_SUBJECTS: dict[SubscriptionChange, str] = {
    "paid": "{store}: paid, thank you",
    "declined": "{store}: your payment was declined",
    "grace_ending": "{store}: please pay, or the store will be suspended",
    "suspended": "{store} is suspended",
    "resumed": "{store} is back",
    "plan_changed": "{store}: your new plan counts from now",
    "ended": "{store}: your subscription has ended",
}
HIDDEN = "••••••"  # where a code is not for the reader's eyes, or no longer kept


class UnknownMail(NotFound):
    slug = "unknown-mail"
    title = "There is no such mail"


class BadLink(NotFound):
    slug = "bad-link"
    title = "This link leads nowhere"


def stop_token(secret: str, store_id: UUID, person_id: UUID) -> str:
    """What lets the reader of a reminder stop them without logging in: derived, so that it need not be stored."""
    message = b"stop-reminders" + store_id.bytes + person_id.bytes
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()[:40]


class Addressee(msgspec.Struct, frozen=True, kw_only=True):
    """Who placed an order: all it takes to write a mail down; what it says is rendered when it is sent or read."""

    number: str
    email: str


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """`about` tells two mails of one template apart (a parcel each).

    `order_id` is None for a mail about an account. `kept`: only the mailbox holds it, for want of a mail server or of an address a mail can go to.
    """

    id: UUID
    order_id: UUID | None = None
    template: Template
    about: str = ""
    facts: dict[str, Any] = msgspec.field(default_factory=dict)
    recipient: str
    subject: str
    status: Status
    created_at: datetime
    sent_at: datetime | None = None


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with an account in the store."""

    id: UUID
    email: str
    name: str
    roles: list[str]


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Told in the application; `kind` decides the words (see NOTE_WORDS), `facts` fill them in. `about` tells two of a kind apart."""

    id: UUID
    person_id: UUID
    kind: str
    about: str
    facts: dict[str, Any]
    created_at: datetime
    read_at: datetime | None = None

    @classmethod
    def new(cls, person_id: UUID, kind: str, about: str, facts: dict[str, Any]) -> "Note":
        return cls(id=uuid7(), person_id=person_id, kind=kind, about=about, facts=facts, created_at=datetime.now(UTC))


# A sentence and where it leads, for each kind of note.
NOTE_WORDS: dict[str, tuple[str, str]] = {
    "seller_applied": ("{name} would like to sell here.", "/admin/sellers?status=applied"),
    "seller_approve": ("{name} is open: you can sell here now.", "/admin/products"),
    "seller_refuse": ("Your application for {name} was not taken. {note}", "/sell"),
    "seller_suspend": ("{name} is suspended: what it sells is out of sight, open orders go on. {note}", "/sell"),
    "seller_resume": ("{name} is open again.", "/sell"),
    "email_changed": ("The e-mail address of your account is {new_email} now.", "/account"),
    "low_stock": ("Low in stock: {what}.", "/admin/stock?low=true"),
}


class LowVariant(msgspec.Struct, frozen=True, kw_only=True):
    variant_id: UUID
    seller_id: UUID
    sku: str
    title: str
    available: int
    threshold: int


LISTED = 50  # variants in one mail; more are counted


def low_stock_facts(low: Sequence[LowVariant]) -> dict[str, Any]:
    items = [{"sku": v.sku, "title": v.title, "available": v.available, "threshold": v.threshold} for v in low[:LISTED]]
    return {"what": _what(low), "items": items, "others": max(0, len(low) - LISTED)}


def _what(low: Sequence[LowVariant]) -> str:
    first = f"{low[0].title}, {low[0].available} left"
    return first if len(low) == 1 else f"{first}, and {len(low) - 1} more"


def words_of(note: Note) -> tuple[str, str]:
    text, place = NOTE_WORDS[note.kind]
    return text.format_map(note.facts), place.format_map(note.facts)


# What may stand in a header as it is: no quotes, comments, lists, encoded words.
_ADDRESS = re.compile(r"""[^\s\x00-\x20\x7f()<>\[\]\\,;:"@]+@[^\s\x00-\x20\x7f()<>\[\]\\,;:"@]+""")


def mailable(address: str) -> bool:
    """Whether the address names one mailbox and nothing else, whatever a header's parser makes of it."""
    return _ADDRESS.fullmatch(address) is not None and "=?" not in address


def subject_of(template: OrderTemplate, number: str) -> str:
    return SUBJECTS[template].format(number=number)
