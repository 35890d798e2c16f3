"""From template and facts to text and HTML."""

from decimal import Decimal

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from tradehall.contracts.orders import OrderPlaced
from tradehall.contracts.stores import Store
from tradehall.contracts.values import decimals, to_decimal
from tradehall.services.notifications.model import Notification


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


def render(notification: Notification, order: OrderPlaced, store: Store, base_url: str) -> Mail:
    facts = {
        "order": order,
        "store": store,
        "facts": notification.facts,
        "subject": notification.subject,
        "url": f"{base_url}/orders/{order.order_id}?token={order.link}",
    }
    name = notification.template
    return Mail(
        text=_templates.get_template(f"{name}.txt").render(facts).strip() + "\n",
        html=_templates.get_template(f"{name}.html").render(facts),
    )


def base_url(store: Store, port: int) -> str:
    """Where shoppers find the store. A host under localhost is this machine, at the port we listen on."""
    host = store.hosts[0]
    return f"http://{host}:{port}" if host.endswith("localhost") else f"https://{host}"
