"""What a template may say, in words for who writes one, and an example of each, for previews."""

from datetime import UTC, datetime
from typing import Any

from tradehall.contracts.stores import Store
from tradehall.kernel.stores import base_url
from tradehall.services.notifications.languages import language_of, words
from tradehall.services.notifications.model import CODES, KINDS, Template
from tradehall.services.notifications.rendering import LineFacts, OrderFacts, StoreFacts

# Those a store may put in its own words: all but what the platform itself sends.
EDITABLE: tuple[Template, ...] = tuple(name for name in KINDS if name not in ("signup_code", "subscription"))
SHORT_ALONE: frozenset[Template] = frozenset({"phone_verification"})
_LATER = datetime(2030, 7, 1, 9, 5, tzinfo=UTC).isoformat()

STORE = {"name": "the store's name", "accent": "its colour, #rrggbb"}
ORDER = {
    "number": "the order's number",
    "name": "the buyer's name",
    "currency": "its currency, for the filter money",
    "lines": "what was ordered: quantity, title, unit_price, total of each",
    "subtotal": "the price of the goods",
    "shipping_price": "the price of delivery",
    "total": "all of it",
    "payment_method": "how it is paid, such as proof or cash-on-delivery",
    "pay_until": "until when a proof of payment is waited for",
}
COMMON = {
    "url": "where the message leads",
    "site": "the store's address",
    "stop": "the link by which no more of this kind come, empty where it has to be known",
    "lang": "the language",
    "subject": "the subject, in text and HTML",
    "short": "the short text, in text and HTML",
}
FACTS: dict[Template, dict[str, tuple[str, Any]]] = {
    "order_shipped": {
        "carrier": ("who carries the parcel", "Gull Post"),
        "tracking_number": ("its tracking number", "GP-4711"),
    },
    "order_cancelled": {"reason": ("why", "Out of stock.")},
    "order_reduced": {
        "kind": ("cancelled or returned", "cancelled"),
        "reason": ("why", "Out of stock."),
        "lines": ("what is less: quantity, title, amount", [{"quantity": 1, "title": "Lamp", "amount": 1250}]),
        "shipping": ("what of the delivery's price", 0),
        "total": ("all of it", 1250),
    },
    "return_answered": {
        "status": ("approved or refused", "approved"),
        "answer": ("what the store wrote", "Please use the label in the parcel."),
    },
    "refund_done": {
        "amount": ("what was given back now", 1250),
        "refunded": ("and in all", 2500),
    },
    "review_invited": {"titles": ("what has no review yet", ["Lamp", "Chair"])},
    "cart_left": {
        "name": ("the customer's name", "Ada"),
        "lines": ("what is in the cart: quantity, title, total", [{"quantity": 2, "title": "Lamp", "total": 2500}]),
        "currency": ("its currency, for the filter money", "USD"),
    },
    "password_reset": {"until": ("until when the code counts", _LATER)},
    "email_verification": {"until": ("until when the code counts", _LATER)},
    "email_change": {"until": ("until when the code counts", _LATER)},
    "phone_verification": {"until": ("until when the code counts", _LATER)},
    "email_changed": {"new_email": ("the new address", "ada@example.org")},
    "staff_invitation": {
        "roles": ("what they are to be", ["support"]),
        "until": ("until when the link works", _LATER),
    },
    "seller_decided": {
        "text": ("what was decided, in English", "Northlight is open: you can sell here now."),
        "decision": ("approve, refuse, suspend or resume", "approve"),
        "name": ("the shop's name", "Northlight"),
        "note": ("what the store's admin wrote", ""),
    },
    "low_stock": {
        "what": ("the first, in English", "Lamp, 3 left"),
        "items": (
            "what is low: sku, title, available, threshold",
            [{"sku": "L-1", "title": "Lamp", "available": 3, "threshold": 10}],
        ),
        "others": ("how many more", 2),
    },
}


def of_order(template: Template) -> bool:
    return KINDS[template].group in ("orders", "parcels") or template == "review_invited"


def variables(template: Template) -> dict[str, str]:
    """Each with what it is."""
    found = {f"store.{name}": what for name, what in STORE.items()}
    if of_order(template):
        found |= {f"order.{name}": what for name, what in ORDER.items()}
    found |= {f"facts.{name}": what for name, (what, _) in FACTS.get(template, {}).items()}
    if template in CODES:
        found["code"] = "the code"
    return found | COMMON


def known(template: Template) -> dict[str, list[str] | None]:
    """As own_words.check wants it."""
    found: dict[str, list[str] | None] = dict.fromkeys(COMMON)
    found["store"] = list(STORE)
    found["facts"] = list(FACTS.get(template, {}))
    if of_order(template):
        found["order"] = list(ORDER)
    if template in CODES:
        found["code"] = None
    return found


def sample(template: Template, store: Store, port: int, locale: str) -> dict[str, Any]:
    """Facts of an order, a code, … that never were."""
    facts = {name: example for name, (_, example) in FACTS.get(template, {}).items()}
    language = language_of(locale)
    if template == "staff_invitation":
        facts["roles"] = [words(language).roles[role] for role in facts["roles"]]
    if "currency" in facts:
        facts["currency"] = store.currency
    site = base_url(store, port)
    lines = [LineFacts(2, "Lamp", 1250, 2500), LineFacts(1, "Chair", 300, 300)]
    order = OrderFacts("T-1001", "Ada", store.currency, lines, 2800, 500, 3100, "card-simulated", _LATER, 200)
    return {
        "order": order if of_order(template) else None,
        "store": StoreFacts(store.name, store.look.accent),
        "facts": facts,
        "code": "042137",
        "url": f"{site}/",
        "site": site,
        "stop": f"{site}/reminders" if "email" in KINDS[template].ways else "",
        "lang": language,
    }
