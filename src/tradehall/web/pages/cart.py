"""The cart: lines by seller, what has changed about them, which of them to check out."""

from typing import NamedTuple
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import text
from tradehall.web.pages import reviews
from tradehall.web.pages.shop import one, shown
from tradehall.web.visit import Page, Visit, problem_text
from tradehall.web.words import cart_flags

EMPTY: Json = {
    "items": [],
    "count": 0,
    "subtotal": None,
    "selected": {"count": 0, "subtotal": None},
    "version": 0,
    "id": None,
}


class Marked(NamedTuple):
    """A line of the cart with what there is to say about it: (tone, sentence)."""

    item: Json
    flags: list[tuple[str, str]]


@get("/cart", access=ANYONE, include_in_schema=False)
async def cart(visit: NamedDependency[Visit]) -> Page:
    return await show(visit)


async def show(visit: Visit, *, status: int = 200, wrong: str = "") -> Page:
    visit.cart = None
    found, sellers = await visit.framed(current(visit), visit.common("/api/v1/sellers"))
    visit.cart = found
    groups = by_seller(found, sellers, visit.store.locale)
    return await visit.page(
        "cart.html",
        status=status,
        cart=found,
        groups=groups,
        news=any(tone != "bad" for _, lines in groups for line in lines for tone, _ in line.flags),
        chosen=to_check_out(found),
        wrong=wrong,
    )


async def current(visit: Visit) -> Json:
    """The visitor's cart; an empty one for a stranger. Raises what the API refuses."""
    if not visit.known:
        return EMPTY
    found: Json = await visit.api.get("/api/v1/cart")
    return found


def to_check_out(cart: Json) -> list[Json]:
    """The lines that are selected and can be bought."""
    return [item for item in cart["items"] if item["selected"] and not item["gone"]]


def by_seller(cart: Json, sellers: list[Json], locale: str) -> list[tuple[str, list[Marked]]]:
    """(seller's name, lines), in the order of the first line of each."""
    names = {str(seller["id"]): str(seller["name"]) for seller in sellers if "id" in seller}
    groups: dict[str, list[Marked]] = {}
    for item in cart["items"]:
        groups.setdefault(str(item.get("seller_id")), []).append(Marked(item, cart_flags(item, locale)))
    return [(names.get(seller, ""), lines) for seller, lines in groups.items()]


@post("/cart/items", access=ANYONE, include_in_schema=False)
async def add(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    slug, variant = text(form, "slug"), text(form, "variant")
    try:
        found = await visit.api.post(
            "/api/v1/cart/items", {"variant_id": variant, "quantity": number(text(form, "quantity"))}
        )
    except ApiProblem as problem:
        return await refused(visit, problem, slug, variant)
    visit.keep_cart(found)
    added = next((item for item in found["items"] if str(item["variant_id"]) == variant), None)
    if visit.htmx:
        return await visit.page("parts/added.html", cart=found, added=added)
    return visit.go("/cart")


async def refused(visit: Visit, problem: ApiProblem, slug: str, variant: str) -> Page:
    if visit.htmx:
        return await visit.page("parts/added.html", cart=visit.cart, added=None, wrong=cannot_add(problem))
    (found,) = await visit.framed(one(visit, slug))
    said = await reviews.of_product(visit, found)
    return await visit.page(
        "product.html", status=422, wrong=cannot_add(problem), reviews=said, **shown(found, variant)
    )


def cannot_add(problem: ApiProblem) -> str:
    fields = {error.field: error.rule for error in problem.errors}
    if "variant_id" in fields:
        return "Choose one of the options first."
    if "quantity" in fields:
        return "The quantity must be a whole number from 1 to 999."
    return problem_text(problem)


def number(typed: str) -> int | str:
    """A whole number, or what was typed, for the API to refuse."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 8 else typed


@post("/cart/items/{variant_id:uuid}", access=ANYONE, include_in_schema=False)
async def change(visit: NamedDependency[Visit], variant_id: FromPath[UUID]) -> Page:
    """Quantity in place; 0 or the button "remove" takes the line out."""
    form = await visit.form()
    quantity = number(text(form, "quantity"))
    path = f"/api/v1/cart/items/{variant_id}"
    try:
        if text(form, "remove") or quantity == 0:
            answer = await visit.api.delete(path)
        else:
            answer = await visit.api.put(path, {"quantity": quantity})
    except ApiProblem as problem:
        return await show(visit, status=422, wrong=cannot_add(problem))
    if answer:
        visit.keep_cart(answer)
    return visit.go("/cart")


@post("/cart/selection", access=ANYONE, include_in_schema=False)
async def select(visit: NamedDependency[Visit]) -> Page:
    """The lines ticked; with the button "check out" it goes on with them."""
    form = await visit.form()
    wanted = [line for line in form.getall("line", []) if isinstance(line, str)]
    try:
        found = await visit.api.put("/api/v1/cart/selection", {"variant_ids": wanted})
    except ApiProblem:  # a line that was removed meanwhile, on another page
        return await show(visit, status=422, wrong="Your cart was changed meanwhile. Look at it and choose again.")
    if text(form, "go") and not to_check_out(found):
        return await show(visit, status=422, wrong="Choose at least one line to check out.")
    return visit.go("/checkout" if text(form, "go") else "/cart")


@post("/cart/acknowledge", access=ANYONE, include_in_schema=False)
async def acknowledge(visit: NamedDependency[Visit]) -> Page:
    await visit.form()
    await visit.api.post("/api/v1/cart/acknowledge")
    return visit.go("/cart")


@post("/cart/clear", access=ANYONE, include_in_schema=False)
async def clear(visit: NamedDependency[Visit]) -> Page:
    await visit.form()
    await visit.api.delete("/api/v1/cart")
    return visit.go("/cart")


routes = [cart, add, change, select, acknowledge, clear]
