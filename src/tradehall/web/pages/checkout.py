"""Checkout on one page: who, where, how to pay. What was typed is never lost; the total seen is the total ordered."""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from typing import Any

from litestar import get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency

from tradehall.contracts.stores import AS_IT_IS, PaymentTerms, Priced
from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import Refusal
from tradehall.kernel.ids import uuid7
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import Filled, text
from tradehall.web.pages.cart import current, to_check_out
from tradehall.web.pages.shop import listed
from tradehall.web.render import address
from tradehall.web.visit import Page, Visit, problem_text
from tradehall.web.words import COUNTRIES, NAMES_ITS_BUYER, money

TAKEN_WITHIN = 1.0  # seconds
PLACE = ("name", "line1", "line2", "city", "region", "zip", "country", "phone")
FIELDS = ("email", *PLACE, "shipping", "method", "card", "tax_id", "seen", "key")
NAMES = {"email": "email", "name": "name", "shipping": "shipping", "payment.method": "method",
         "payment.token": "card", "payment.tax_id": "tax_id", "payment.instalments": "method"} | {
    f"address.{name}": name for name in PLACE}  # fmt: skip
SENTENCES = {
    "email": "Enter an e-mail address, like name@example.com.",
    "name": "Enter the name for the parcel.",
    "line1": "Enter the street and number.",
    "city": "Enter the town or city.",
    "zip": "Enter the zip or postal code.",
    "country": "Choose a country.",
    "phone": "Use digits, spaces and + only.",
    "shipping": "Choose how it should be sent.",
    "method": "Choose how you want to pay.",
    "card": "Choose a card.",
    "tax_id": "Enter your CPF or CNPJ: this way of paying needs it.",
}
NEEDED = ("email", "name", "line1", "city", "zip", "country", "method")


class Checkout:
    """The form with all that surrounds it. `options` are the shipping options for the address as far as it is known, `terms`
    those of the store's ways to pay."""

    def __init__(self, cart: Json, filled: Filled, terms: Mapping[str, PaymentTerms]) -> None:
        self.cart = cart
        self.terms = terms
        self.filled = filled
        self.options: list[Json] = []
        self.notice = ""

    @property
    def items(self) -> list[Json]:
        """What is ordered; the rest stays in the cart."""
        return to_check_out(self.cart)

    @property
    def left(self) -> int:
        return len(self.cart["items"]) - len(self.items)

    @property
    def lines(self) -> list[Json]:
        return [{"variant_id": item["variant_id"], "quantity": item["quantity"]} for item in self.items]

    @property
    def subtotal(self) -> Json | None:
        found: Json | None = self.cart["selected"]["subtotal"]
        return found

    @property
    def shipping(self) -> Json | None:
        """The option chosen; the only one, where there is but one."""
        chosen = next((o for o in self.options if o["code"] == self.filled["shipping"]), None)
        return chosen or (self.options[0] if len(self.options) == 1 else None)

    def choices(self, method: str) -> list[Priced]:
        """What is paid by a method, at once and in instalments; none while the shipping is not known."""
        subtotal = self.subtotal
        if self.shipping is None or subtotal is None:
            return []
        terms = self.terms.get(method, AS_IT_IS)
        return terms.choices(subtotal["amount"], self.shipping["price"]["amount"], subtotal["currency"])

    @property
    def priced(self) -> Priced | None:
        """By the method that is chosen; at once where so many instalments are not offered."""
        ways = self.choices(self.filled["method"])
        wanted = self.filled[f"parts_{self.filled['method']}"]
        return next((way for way in ways if str(way.instalments) == wanted), ways[0] if ways else None)

    @property
    def total(self) -> Json | None:
        """None while the shipping is not known."""
        return self.money(self.priced.total) if self.priced else None

    def money(self, amount: int) -> Json:
        assert self.subtotal is not None
        return {"amount": amount, "currency": self.subtotal["currency"]}

    async def quote(self, visit: Visit) -> None:
        """Asks for the options as soon as there is a zip."""
        if not self.filled["zip"] or not self.lines:
            return
        place = {name: self.filled[name] for name in PLACE}
        try:
            answer = await visit.api.post("/api/v1/shipping/quotes", {"lines": self.lines, "address": whole(place)})
            self.options = listed(answer.get("options"))
            if not self.options:
                self.filled.errors.setdefault("zip", "We do not deliver to this code. Check it, or use another.")
        except ApiProblem as problem:
            names = {f"address.{name}": name for name in ("zip", "country")}
            errors = [error for error in problem.errors if error.field in names]
            self.filled.blame(errors, names, SENTENCES)
            if not errors:
                self.filled.others.append(problem_text(problem))


def whole(place: dict[str, str]) -> Json:
    """An address fit for a quote: only its zip and country count, the rest may still be empty."""
    return place | {name: place[name] or "-" for name in ("name", "line1", "city")} | {"phone": "", "region": ""}


@get("/checkout", access=ANYONE, include_in_schema=False)
async def checkout(visit: NamedDependency[Visit]) -> Page:
    if visit.store.checkout_mode == "account":
        visit.need_login()
    cart, values = await asyncio.gather(current(visit), remembered(visit))
    asked = of(visit, cart, Filled(values))
    if not asked.lines:
        return visit.go("/cart")
    await asked.quote(visit)
    return await show(visit, asked)


async def remembered(visit: Visit) -> dict[str, str]:
    """What the account knows already."""
    country = visit.store.locale.partition("-")[2] if visit.store.currency == "USD" else ""
    values = {"country": {"BRL": "BR"}.get(visit.store.currency, country or "US"), "key": uuid7().hex}
    values["method"] = next(iter(visit.store.offered_methods), "")
    values["card"] = "tok_ok"
    if visit.principal is None:
        return values
    try:
        me, addresses = await asyncio.gather(visit.api.get("/api/v1/me"), visit.api.get("/api/v1/me/addresses"))
    except Refusal:
        return values
    values |= {"email": me.get("email", ""), "name": me.get("name", "")}
    known = listed(addresses)
    usual: dict[str, Any] = next(
        (a for a in known if a.get("is_default") or a.get("default")), known[0] if known else {}
    )
    usual = usual.get("address", usual)
    return values | {name: str(usual[name]) for name in PLACE if usual.get(name)}


def typed(visit: Visit, form: FormMultiDict) -> Filled:
    """With how many instalments of each method."""
    methods = visit.store.offered_methods
    filled = Filled({name: text(form, name) for name in (*FIELDS, *(f"parts_{method}" for method in methods))})
    if filled["method"] not in methods:
        filled.values["method"] = next(iter(methods), "")
    return filled


def of(visit: Visit, cart: Json, filled: Filled) -> Checkout:
    return Checkout(cart, filled, {str(method): terms for method, terms in visit.store.payment_terms.items()})


async def show(visit: Visit, asked: Checkout, *, status: int = 200) -> Page:
    visit.cart = asked.cart
    template = "parts/checkout_form.html" if visit.htmx else "checkout.html"
    # htmx leaves the page as it is for 4xx; what comes back here is meant to be seen.
    return await visit.page(template, status=200 if visit.htmx else status, form=asked, countries=COUNTRIES)


@post("/checkout/totals", access=ANYONE, include_in_schema=False)
async def totals(visit: NamedDependency[Visit]) -> Page:
    """The page again, with shipping options and total for the address as typed; nothing is ordered."""
    asked = of(visit, await current(visit), typed(visit, await visit.form()))
    await asked.quote(visit)
    return await show(visit, asked)


@post("/checkout", access=ANYONE, include_in_schema=False)
async def place(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    if visit.store.checkout_mode == "account":
        visit.need_login()
    asked = of(visit, await current(visit), typed(visit, form))
    if not asked.lines:
        return visit.go("/cart")
    check(asked)
    await asked.quote(visit)
    if asked.options and asked.shipping is None:
        asked.filled.errors["shipping"] = SENTENCES["shipping"]
    if asked.filled.wrong or asked.total is None:
        return await show(visit, asked, status=422)
    if asked.filled["seen"] != str(asked.total["amount"]):
        how = "Paid this way, with" if asked.terms else "With"
        asked.notice = (
            f"{how} shipping the total is {money(asked.total, visit.store.locale)}. Place the order if it suits you."
        )
        return await show(visit, asked, status=409)
    try:
        order = await visit.api.post(
            "/api/v1/orders", body(visit, asked), headers={"idempotency-key": asked.filled["key"] or uuid7().hex}
        )
    except ApiProblem as problem:
        return await refused(visit, asked, problem)
    await taken_out(visit, asked.cart["version"])
    return visit.go(order_path(visit, order))


async def taken_out(visit: Visit, version: int) -> None:
    """What was ordered leaves the cart by an event; the next page should not count it. Waits for a second at most."""
    until = time.monotonic() + TAKEN_WITHIN
    while time.monotonic() < until:
        with contextlib.suppress(Refusal):
            if (await current(visit))["version"] != version:
                return
        await asyncio.sleep(0.03)


def order_path(visit: Visit, order: Json) -> str:
    token = order.get("link") if visit.principal is None else None
    return address(f"/orders/{order['id']}", token=token)


def check(asked: Checkout) -> None:
    """What is missing, before the API is asked: all of it at once."""
    for name in NEEDED:
        if not asked.filled[name] or (name == "email" and "@" not in asked.filled["email"]):
            asked.filled.errors[name] = SENTENCES[name]


def body(visit: Visit, asked: Checkout) -> Json:
    filled, shipping = asked.filled, asked.shipping
    payment: Json = {"method": filled["method"]}
    if asked.priced and asked.priced.instalments > 1:
        payment["instalments"] = asked.priced.instalments
    if payment["method"] == "card-simulated":
        payment["token"] = filled["card"] or "tok_ok"
    if filled["tax_id"] and payment["method"] in NAMES_ITS_BUYER:
        payment["tax_id"] = filled["tax_id"]
    return {
        "lines": asked.lines,
        "cart_id": asked.cart.get("id"),
        "cart_version": asked.cart.get("version"),
        "email": filled["email"],
        "name": filled["name"],
        "address": {name: filled[name] for name in PLACE},
        "shipping": shipping["code"] if shipping else "",
        "payment": payment,
        "expected_total": asked.total,
    }


async def refused(visit: Visit, asked: Checkout, problem: ApiProblem) -> Page:
    """The same form again. The prices may have changed meanwhile: they are read anew."""
    if problem.slug == "total-changed":
        asked.cart = await current(visit)
        await asked.quote(visit)
        now = money(problem.extra.get("total"), visit.store.locale)  # type: ignore[arg-type]
        asked.notice = f"The total has changed; it is {now} now. Place the order if it suits you."
    elif problem.errors:
        phone = any("area code" in error.rule for error in problem.errors if error.field == "address.phone")
        needed = {"phone": "This way of paying needs your phone number, with its area code."} if phone else {}
        asked.filled.blame(problem.errors, NAMES, SENTENCES | needed)
    else:
        asked.filled.others.append(problem_text(problem))
    asked.filled.values["key"] = uuid7().hex
    return await show(visit, asked, status=problem.status)


routes = [checkout, totals, place]
