"""From template and facts to text and HTML."""

from decimal import Decimal

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from tradehall.contracts.orders import OrderPlaced
from tradehall.contracts.stores import Store
from tradehall.contracts.values import decimals, to_decimal
from tradehall.kernel.sealing import unseal
from tradehall.kernel.stores import url_of
from tradehall.services.notifications.model import HIDDEN, Notification, Template


class Mail(msgspec.Struct, frozen=True):
    text: str
    html: str


_templates = Environment(
    loader=PackageLoader("tradehall.services.notifications"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def money(minor: int, currency: str) -> str:
    amount: Decimal = to_decimal(minor, currency)
    return f"{amount:,.{decimals(currency)}f} {currency}"


_templates.filters["money"] = money


# Where a mail leads; the pages are the web's.
_PLACES: dict[Template, str] = {
    "password_reset": "/reset",
    "email_verification": "/account",
    "email_change": "/account",
    "phone_verification": "/account",
    "email_changed": "/account",
    "staff_invitation": "/invitation",
    "seller_decided": "/sell",
    "low_stock": "/admin/stock?low=true",
    "cart_left": "/cart",
    "signup_code": "/start",
    "subscription": "/admin/plan",
}


def code_of(notification: Notification, secret: str) -> str:
    """In plain digits; dots where there is none any more. Raises Sealed where the installation's secret has changed."""
    sealed = notification.facts.get("code")
    return unseal(secret, sealed, about=notification.about) if sealed else HIDDEN


def render(
    notification: Notification, order: OrderPlaced | None, store: Store, port: int, *, code: str = HIDDEN
) -> Mail:
    """`port` is the one we listen on. A mail of the platform about a store leads to that store."""
    host = notification.facts.get("host", store.hosts[0])
    if order:
        page = "/reviews" if notification.template == "review_invited" else ""
        place = f"/orders/{order.order_id}{page}?token={order.link}"
    else:
        place = _PLACES[notification.template]
    facts = {
        "order": order,
        "store": store,
        "facts": notification.facts,
        "subject": notification.subject,
        "code": code,
        "url": url_of(host, port) + place,
        "site": url_of(host, port),
    }
    name = notification.template
    return Mail(
        text=_templates.get_template(f"{name}.txt").render(facts).strip() + "\n",
        html=_templates.get_template(f"{name}.html").render(facts),
    )
