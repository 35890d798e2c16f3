"""Logging in with an issuer, such as Google: to it, and back."""

import re
from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.kernel.auth import same_secret
from tradehall.kernel.errors import NotFound, Refusal
from tradehall.web.carried import HalfLoggedIn, SentToIssuer
from tradehall.web.client import ApiProblem
from tradehall.web.forms import Filled
from tradehall.web.pages.account import arrive, arrived, show_login
from tradehall.web.pages.second_step import FINISH
from tradehall.web.visit import Page, Visit, local_path, problem_text

# What an issuer goes by; "new" is the page that adds one.
CODE = re.compile(r"(?!new$)[a-z][a-z0-9-]{0,40}")
SENTENCES = {
    "sign-in-over": "That took too long, or was finished already. Log in again.",
    "not-found": "This way to log in is no longer offered. Choose another one.",
}
ELSEWHERE = "You came back from a log-in that did not begin here. Begin it again."
DECLINED = "You did not go through with it there. Try again, or log in with your password."


@get("/login/with/{code:str}", access=ANYONE, include_in_schema=False)
async def start(visit: NamedDependency[Visit], code: FromPath[str]) -> Page:
    """A link, since the content policy lets no form lead to another site."""
    if not CODE.fullmatch(code):
        raise NotFound()
    then = local_path(visit.request.query_params.get("next"))
    body: dict[str, Any] = {"cart_id": visit.api.cart_id} if visit.api.cart_id else {}
    try:
        started = await visit.api.post(f"/api/v1/auth/issuers/{code}/start", body)
    except Refusal as refusal:
        return await refused(visit, refusal, then)
    visit.carry(SentToIssuer(then=then, state=started["state"]))
    return visit.go(started["url"])


@get("/login/back", access=ANYONE, include_in_schema=False)
async def back(visit: NamedDependency[Visit]) -> Page:
    """From the issuer, with its code or its refusal, to where the visitor wanted to go."""
    brought = visit.request.query_params
    sent = visit.carried(SentToIssuer)
    visit.put_down(SentToIssuer)
    state = brought.get("state", "")
    if sent is None or not same_secret(state, sent.state):
        return await show_login(visit, Filled(others=[ELSEWHERE]), "/", status=422)
    if not brought.get("code"):
        return await show_login(visit, Filled(others=[DECLINED]), sent.then, status=422)
    try:
        await arrive(visit, FINISH, {"state": state, "code": brought["code"]})
    except Refusal as refusal:
        if refusal.slug == "second-factor-needed":
            visit.carry(HalfLoggedIn(then=sent.then, state=state))
            return visit.go("/login/second-factor")
        return await refused(visit, refusal, sent.then)
    return arrived(visit, sent.then)


async def refused(visit: Visit, refusal: Refusal, then: str) -> Page:
    said = SENTENCES.get(refusal.slug, "")
    if not said and isinstance(refusal, ApiProblem):
        said = " ".join(f"The {error.field} {error.rule}." for error in refusal.errors) or problem_text(refusal)
        said = f"{refusal.title}. {said}" if refusal.title and refusal.title not in said else said
    filled = Filled(others=[said or refusal.detail])
    return await show_login(visit, filled, then, status=refusal.status)


routes = [start, back]
