"""Log in, register, log out."""

import asyncio
import contextlib
import time

from litestar import get, post
from litestar.di import NamedDependency

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound, Refusal
from tradehall.web.carried import HalfLoggedIn
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import Filled, text
from tradehall.web.render import address
from tradehall.web.sessions import Tokens
from tradehall.web.visit import Page, Visit, local_path, problem_text

MERGED_WITHIN = 2.0  # seconds
NAMES = {"email": "email", "password": "password", "name": "name"}
SENTENCES = {
    "email": "Enter an e-mail address, like name@example.com.",
    "name": "Enter your name.",
}


@get("/login", access=ANYONE, include_in_schema=False)
async def login(visit: NamedDependency[Visit]) -> Page:
    then = local_path(visit.request.query_params.get("next"))
    if visit.principal is not None:
        return visit.go(then)
    return await show_login(visit, Filled(), then)


async def show_login(visit: Visit, filled: Filled, then: str, *, status: int = 200) -> Page:
    """With the issuers that the store offers; without those that cannot be had."""
    offered: list[Json] = []
    with contextlib.suppress(Refusal):
        offered = await visit.common("/api/v1/auth/issuers")
    return await visit.page("login.html", status=status, form=filled, then=then, issuers=offered)


@post("/login", access=ANYONE, include_in_schema=False)
async def do_login(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    filled = Filled({"email": text(form, "email")})
    then = local_path(text(form, "next"))
    password = str(form.get("password", ""))
    if not filled["email"]:
        filled.errors["email"] = SENTENCES["email"]
    if not password:
        filled.errors["password"] = "Enter your password."
    if filled.wrong:
        return await show_login(visit, filled, then, status=422)
    try:
        await begin(visit, filled["email"], password)
    except ApiProblem as problem:
        if problem.slug == "second-factor-needed":
            visit.carry(HalfLoggedIn(then=then, email=filled["email"], password=password))
            return visit.go("/login/second-factor")
        blame(filled, problem)
        return await show_login(visit, filled, then, status=problem.status)
    return arrived(visit, then)


async def begin(visit: Visit, email: str, password: str, second_factor: str = "") -> None:
    """Logs in and takes the guest's cart along. Raises ApiProblem."""
    body: Json = {"email": email, "password": password}
    if second_factor:
        body["second_factor"] = second_factor
    if visit.api.cart_id:
        body["cart_id"] = visit.api.cart_id
    await arrive(visit, "/api/v1/auth/login", body)


async def arrive(visit: Visit, path: str, body: Json) -> None:
    """A session begins, with the guest's cart as a part of the account's. Raises ApiProblem."""
    if visit.api.cart_id:
        await visit.load_cart()
    brought = variants_in(visit.cart)
    tokens = Tokens.of(await visit.api.post(path, body))
    visit.forget_cart()
    visit.keep_tokens(tokens)
    await merged(visit, brought)


def arrived(visit: Visit, then: str) -> Page:
    """On to where they wanted to go; past the second factor, where the store wants one that they have not."""
    incomplete = visit.tokens is not None and visit.tokens.incomplete
    return visit.go(address("/account/second-factor", next=then) if incomplete else then)


def variants_in(cart: Json | None) -> set[str]:
    return {str(item["variant_id"]) for item in (cart or {}).get("items", ())}


async def merged(visit: Visit, brought: set[str]) -> None:
    """Carts are merged by an event; the next page should find what was brought along. Waits for two seconds at most."""
    until = time.monotonic() + MERGED_WITHIN
    while brought and time.monotonic() < until:
        with contextlib.suppress(Refusal):
            if brought <= variants_in(await visit.api.get("/api/v1/cart")):
                return
        await asyncio.sleep(0.05)


def blame(filled: Filled, problem: ApiProblem) -> None:
    if problem.status == 401:
        filled.others.append("E-mail and password do not belong together. Check both and try again.")
    elif problem.errors:
        filled.blame(problem.errors, NAMES, SENTENCES)
    else:
        filled.others.append(problem_text(problem))


def too_short(password: str) -> str:
    """The sentence that says so; "" where it is long enough."""
    return "Choose a password of at least 8 characters." if len(password) < 8 else ""


def need_accounts(visit: Visit) -> None:
    if visit.store.checkout_mode == "guest":
        raise NotFound("This store needs no account: an address is enough to buy.")


@get("/register", access=ANYONE, include_in_schema=False)
async def register(visit: NamedDependency[Visit]) -> Page:
    need_accounts(visit)
    then = local_path(visit.request.query_params.get("next"))
    return await visit.page("register.html", form=Filled(), then=then)


@post("/register", access=ANYONE, include_in_schema=False)
async def do_register(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    need_accounts(visit)
    filled = Filled({name: text(form, name) for name in ("email", "name")})
    then = local_path(text(form, "next"))
    password = str(form.get("password", ""))
    for name in ("email", "name"):
        if not filled[name]:
            filled.errors[name] = SENTENCES[name]
    if too_short(password):
        filled.errors["password"] = too_short(password)
    if filled.wrong:
        return await visit.page("register.html", status=422, form=filled, then=then)
    try:
        await visit.api.post(
            "/api/v1/auth/register", {"email": filled["email"], "name": filled["name"], "password": password}
        )
        await begin(visit, filled["email"], password)
    except ApiProblem as problem:
        if problem.status == 409:
            filled.errors["email"] = "There is an account with this address already. Log in instead."
        else:
            blame(filled, problem)
        return await visit.page("register.html", status=problem.status, form=filled, then=then)
    return arrived(visit, then)


@post("/logout", access=ANYONE, include_in_schema=False)
async def logout(visit: NamedDependency[Visit]) -> Page:
    await visit.form()
    if visit.tokens is not None:
        with contextlib.suppress(Refusal):  # a session that identity no longer knows is over anyway
            await visit.api.post("/api/v1/auth/logout", {"refresh_token": visit.tokens.refresh})
        visit.keep_tokens(None)
    return visit.go("/")


routes = [login, do_login, register, do_register, logout]
