"""From template and facts to what is sent: subject, text, HTML, and what is short enough for a phone."""

import logging
from collections.abc import Mapping
from typing import Any

import msgspec

from tradehall.contracts.orders import OrderPlaced
from tradehall.contracts.stores import Store
from tradehall.kernel.sealing import unseal
from tradehall.kernel.stores import url_of
from tradehall.services.notifications import own_words
from tradehall.services.notifications.languages import (
    Shipped,
    chain,
    compiled,
    environment,
    language_of,
    shipped,
    words,
)
from tradehall.services.notifications.model import (
    HIDDEN,
    KINDS,
    Notification,
    Template,
    one_line,
    reader_of,
    stop_path,
)
from tradehall.services.notifications.queries.wordings import Wording

log = logging.getLogger(__name__)

PARTS = ("subject", "text", "html", "short")


class Mail(msgspec.Struct, frozen=True):
    """`short` is for SMS and push, "" for what goes by neither; `url` is where it leads."""

    subject: str
    text: str
    html: str
    short: str
    url: str
    stop: str = ""


class LineFacts(msgspec.Struct, frozen=True):
    quantity: int
    title: str
    unit_price: int
    total: int


class OrderFacts(msgspec.Struct, frozen=True):
    """What a template may say of an order. Money in minor units: `{{ order.total | money(order.currency) }}`."""

    number: str
    name: str
    currency: str
    lines: list[LineFacts]
    subtotal: int
    shipping_price: int
    total: int
    payment_method: str
    pay_until: str
    discount: int = 0
    interest: int = 0
    instalments: int = 1

    @classmethod
    def of(cls, order: OrderPlaced) -> "OrderFacts":
        return cls(
            number=order.number,
            name=order.name,
            currency=order.currency,
            lines=[LineFacts(line.quantity, line.title, line.unit_price, line.line_total) for line in order.lines],
            subtotal=order.subtotal,
            shipping_price=order.shipping_price,
            total=order.total,
            payment_method=order.payment.method,
            pay_until=order.expires_at.isoformat(),
            discount=order.discount,
            interest=order.interest,
            instalments=order.payment.instalments,
        )


class StoreFacts(msgspec.Struct, frozen=True):
    name: str
    accent: str


# Where a message leads; the pages are the web's.
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


def facts_of(
    notification: Notification, order: OrderPlaced | None, store: Store, port: int, secret: str, code: str
) -> dict[str, Any]:
    """`port` is the one we listen on. A mail of the platform about a store leads to that store."""
    site = url_of(notification.facts.get("host", store.hosts[0]), port)
    language = language_of(locale_of(notification, store))
    facts = notification.facts
    if order:
        page = "/reviews" if notification.template == "review_invited" else ""
        place = f"/orders/{order.order_id}{page}?token={order.link}"
    else:
        place = facts.get("place") or _PLACES[notification.template]
    if notification.template == "staff_invitation":
        place += f"?token={code}"
        facts = {**facts, "roles": [words(language).roles.get(role, role) for role in facts["roles"]]}
    kind = KINDS[notification.template]
    stop = ""
    if "email" in kind.ways:
        reader = reader_of(store.id, notification.person_id, notification.recipient)
        stop = site + stop_path(secret, store.id, reader, kind.group)
    return {
        "order": OrderFacts.of(order) if order else None,
        "store": StoreFacts(store.name, store.look.accent),
        "facts": facts,
        "code": code,
        "url": site + place,
        "site": site,
        "stop": stop,
        "lang": language,
    }


def locale_of(notification: Notification, store: Store) -> str:
    return notification.locale or store.locale


def locales_of(notification: Notification, store: Store) -> list[str]:
    """In which a store may have words of its own for it, the best first."""
    return chain(locale_of(notification, store))


def render(
    notification: Notification,
    order: OrderPlaced | None,
    store: Store,
    port: int,
    secret: str,
    *,
    own: Mapping[str, Wording] | None = None,
    code: str = HIDDEN,
) -> Mail:
    """Words of the store's own that cannot be filled in are passed over: the message goes out in ours."""
    facts = facts_of(notification, order, store, port, secret, code)
    locales = locales_of(notification, store)
    wording = next((found for one in locales if own and (found := own.get(one)) and found.own), None)
    if wording is not None:
        try:
            return fill(notification.template, facts, wording)
        except own_words.Refused as refused:
            log.warning("own words for %s in %s: line %d", wording.template, wording.locale, refused.wrong[0].line)
    return fill(notification.template, facts)


def fill(template: Template, facts: Mapping[str, Any], own: Wording | None = None) -> Mail:
    """In ours, but for the parts that `own` has. Raises own_words.Refused."""
    language = language_of(own.locale) if own else facts["lang"]
    ours = shipped(template, language)
    filled = dict(facts) | {"lang": language}

    def part(name: str, **more: Any) -> str:
        written: str | None = getattr(own, name) if own else None
        if written is not None:
            return own_words.render(written, language, filled | more, html=name == "html").strip()
        return _ours(ours, template, language, name, filled | more)

    subject = one_line(part("subject"))
    short = one_line(part("short", subject=subject))
    text = part("text", subject=subject, short=short)
    return Mail(
        subject=subject,
        text=(text or sms_text(facts["store"].name, short, "")) + "\n",
        html=part("html", subject=subject, short=short),
        short=short,
        url=facts["url"],
        stop=facts["stop"],
    )


def _ours(ours: Shipped, template: Template, language: str, part: str, facts: Mapping[str, Any]) -> str:
    known = environment(language)
    if part == "html":
        return known.get_template(f"{template}.html" if ours.html else "sms.html").render(facts)
    if part == "text":
        return known.get_template(f"{template}.txt").render(facts).strip() if ours.text else ""
    return str(compiled(language, getattr(ours, part)).render(facts)).strip()


def sms_text(name: str, short: str, url: str) -> str:
    return " ".join(part for part in (f"{one_line(name)}: {short}", url) if part)
