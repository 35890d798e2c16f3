"""Numbers, money, times and statuses as people read them."""

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tradehall.contracts.values import decimals, smallest

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "BRL": "R$\u00a0", "JPY": "¥", "IDR": "Rp\u00a0", "INR": "₹", "CAD": "CA$", "AUD": "A$", "MXN": "MX$"}  # fmt: skip
_COMMA = frozenset({"de", "es", "it", "nl", "pt", "id", "tr", "da", "pl", "fr", "sv", "nb", "fi", "cs"})

METHODS = {
    "card-simulated": ("Card", "A test card; no money moves."),
    "stripe": ("Card or wallet", "You pay on a page of Stripe, and come back here."),
    "paypal": ("PayPal", "You pay on a page of PayPal, and come back here."),
    "pagarme-pix": ("Pix", "You pay by a QR code in your bank's app."),
    "pagarme-boleto": ("Boleto", "You pay a bank slip within some days; the goods are held for you until then."),
    "pagarme-card": ("Credit card", "You pay on a page of pagar.me."),
    "bank-slip": (
        "Bank slip",
        "Transfer the total with your order's number within some days. We write when it has come.",
    ),
    "xendit": ("Card, wallet or QR code", "You pay on a page of Xendit, and come back here."),
    "xendit-va": ("Virtual account", "You get an account number at a bank, and transfer the total to it."),
    "midtrans": ("Card, GoPay or bank", "You pay on a page of Midtrans, and come back here."),
    "proof": ("Bank transfer", "Transfer the total, then upload the receipt. We check it and confirm your order."),
    "cash-on-delivery": ("Cash on delivery", "Pay the driver when the parcel arrives."),
}
NAMES_ITS_BUYER = frozenset({"pagarme-card", "pagarme-pix", "pagarme-boleto"})  # to the provider, with a tax id
TEST_CARDS = (
    ("tok_ok", "Card ending 4242", "is accepted"),
    ("tok_declined", "Card ending 0002", "is declined"),
    ("tok_timeout", "Card ending 0044", "the bank does not answer at first"),
    ("tok_late", "Card ending 0051", "is accepted a little later"),
    ("tok_twice", "Card ending 0077", "the bank answers twice; you pay once"),
)
# What happened to stock.
MOVES = {
    "receive": "Came in",
    "remove": "Went out",
    "count": "Counted",
    "adjust": "Put right",
    "transfer_out": "Sent on",
    "transfer_in": "Brought over",
    "hold": "Held for an order",
    "deduct": "Left for an order",
    "release": "Held no more",
    "restock": "Came back",
}
LEGAL = {
    "imprint": "Imprint",
    "terms": "Terms of sale",
    "privacy": "Privacy",
    "returns": "Returns",
}
LIMITS = {
    "products": ("product", "products"),
    "staff": ("person on the staff", "people on the staff"),
    "warehouses": ("warehouse", "warehouses"),
}
TONES = {
    "PENDING": "warn", "CONFIRMED": "good", "PROCESSING": "good", "SHIPPED": "good", "DELIVERED": "good",
    "RETURNED": "plain", "REJECTED": "bad", "EXPIRED": "bad", "CANCELLED": "bad",
}  # fmt: skip
PAYMENTS = {
    "awaiting": "Not started yet",
    "charging": "Asking the bank",
    "action": "Waiting for you to pay",
    "authorised": "Reserved, not taken yet",
    "waiting_proof": "Waiting for your receipt",
    "review": "Receipt being checked",
    "promised": "To be paid on delivery",
    "paid": "Paid",
    "declined": "Declined; nothing was charged",
    "rejected": "Receipt not accepted",
    "void": "Nothing to pay",
    "refunding": "Being paid back",
    "refunded": "Paid back",
}
SHIPMENTS = {
    "PREPARING": "Not sent yet",
    "SHIPPED": "On its way",
    "IN_TRANSIT": "On its way",
    "OUT_FOR_DELIVERY": "Out for delivery",
    "DELIVERY_FAILED": "Nobody was at home",
    "DELIVERED": "Delivered",
    "RETURNED_TO_SENDER": "Went back to the sender",
    "CANCELLED": "Cancelled",
}
RETURNS = {
    "requested": "Asked for",
    "approved": "To be sent back",
    "received": "Came back",
    "refused": "Refused",
    "withdrawn": "Taken back",
}
# Where parcels go, the first one offered first.
COUNTRIES = (
    ("US", "United States"), ("BR", "Brazil"), ("CA", "Canada"), ("DE", "Germany"), ("ES", "Spain"), ("FR", "France"),
    ("GB", "United Kingdom"), ("IT", "Italy"), ("MX", "Mexico"), ("NL", "Netherlands"), ("PT", "Portugal"),
)  # fmt: skip
FINAL = frozenset({"DELIVERED", "RETURNED", "REJECTED", "EXPIRED", "CANCELLED"})


def money(value: dict[str, Any] | None, locale: str = "en-US") -> str:
    """{"amount": 129900, "currency": "USD"} -> "$1,299.00"; "" for None."""
    return minor(value["amount"], value["currency"], locale) if value else ""


def minor(amount: int, currency: str, locale: str = "en-US") -> str:
    places = 0 if smallest(currency) > 1 and amount % smallest(currency) == 0 else decimals(currency)
    text = f"{amount / 10 ** decimals(currency):,.{places}f}"
    symbol = SYMBOLS.get(currency, currency + "\u00a0")
    if locale.split("-")[0] in _COMMA:
        text = text.translate(str.maketrans(",.", ".,"))
    return symbol + text


def to_minor(text: str, currency: str) -> int | None:
    """What a person types as a price, in minor units: digits, and behind a point or comma no more than the currency has;
    where it has none, they part thousands. None for anything else, as for what may be a thousand or one."""
    typed, places = text.strip(), decimals(currency)
    if not places and re.fullmatch(r"[0-9]{1,3}([.,])[0-9]{3}(\1[0-9]{3}){0,2}", typed):
        return int(re.sub("[.,]", "", typed))
    found = re.fullmatch(rf"([0-9]{{1,11}})(?:[.,]([0-9]{{1,{places}}}))?" if places else "([0-9]{1,11})()", typed)
    return int(found[1]) * 10**places + int((found[2] or "").ljust(places, "0") or 0) if found else None


def plain_amount(amount: int | None, currency: str) -> str:
    """As it is typed: 490, "USD" -> "4.90"; "" for None."""
    places = decimals(currency)
    return "" if amount is None else f"{amount / 10**places:.{places}f}"


def days(option: dict[str, Any]) -> str:
    """How long an option takes: "2–4 days"; "" where that is not known."""
    first, last = option.get("days_from"), option.get("days_to")
    if first is None or last is None:
        return ""
    return count(last, "day") if first == last else f"{first}–{last} days"


def when(value: str, timezone: str, *, seconds: bool = False) -> str:
    """An ISO time in the store's timezone: "21 Nov 2026, 08:25"."""
    try:
        zone: Any = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = UTC
    local = datetime.fromisoformat(value).astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M:%S}" if seconds else f"{local.day} {local:%b %Y, %H:%M}"


def option_text(options: dict[str, str], title: str = "") -> str:
    """ "Moss · 2P"; what the title says already is left out."""
    return " · ".join(value for value in options.values() if value not in title)


def sold_out(thing: dict[str, Any]) -> bool:
    """A product or a variant of which nothing is there, and nothing may be ordered before it is."""
    return thing["available"] <= 0 and not any(part.get("backorder") for part in thing.get("variants") or [thing])


def count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def figure(number: float, unit: str = "") -> str:
    """3504.0, "lb" -> "3,504 lb"; without a unit it may be a year, and has no comma."""
    whole = int(number) if float(number).is_integer() else number
    return f"{whole:,} {unit}" if unit else str(whole)


def said(spec: dict[str, Any]) -> str:
    """What a specification says: a number with its unit, yes or no for true or false."""
    value = spec["value"]
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return figure(value, spec.get("unit", "")) if isinstance(value, int | float) else str(value)


def cart_flags(item: dict[str, Any], locale: str) -> list[tuple[str, str]]:
    """What a shopper should know about a line of the cart: (tone, sentence) each, the worst first."""
    changed = item["changed"] or {}
    if item["gone"]:
        hidden = changed.get("gone") == "unpublished"
        return [("bad", "Not for sale at the moment" if hidden else "No longer sold")]
    flags: list[tuple[str, str]] = []
    if changed.get("availability") == "short":
        left, wanted = item["available"], item["quantity"]
        flags.append(("bad", f"Only {left} left; you want {wanted}" if left else "Sold out at the moment"))
    if price := changed.get("price"):
        way = "up" if price["to"]["amount"] > price["from"]["amount"] else "down"
        flags.append(("warn", f"Price {way}: it was {money(price['from'], locale)} when you last looked"))
    if title := changed.get("title"):
        flags.append(("warn", f"Called “{title['from']}” before"))
    if options := changed.get("options"):
        flags.append(("warn", f"Was {option_text(options['from']) or 'without options'} before"))
    if changed.get("availability") == "back":
        flags.append(("good", "In stock again"))
    return flags
