"""A forgotten password: a code is asked for, and typed in with a new password."""

from litestar import get, post
from litestar.di import NamedDependency

from tradehall.kernel.access import ANYONE
from tradehall.web.client import ApiProblem
from tradehall.web.forms import Filled, digits, text
from tradehall.web.pages.account import SENTENCES, too_short
from tradehall.web.visit import Page, Visit, problem_text

WRONG_CODE = "This code is wrong or no longer valid. Check it, or ask for a new one."
NAMES = {"email": "email", "code": "code", "password": "password"}


@get("/forgot", access=ANYONE, include_in_schema=False)
async def forgot(visit: NamedDependency[Visit]) -> Page:
    return await visit.page("forgot.html", form=Filled())


@post("/forgot", access=ANYONE, include_in_schema=False)
async def ask_for_code(visit: NamedDependency[Visit]) -> Page:
    """Goes on with the form for the code, whether there is such an account or not."""
    form = await visit.form()
    filled = Filled({"email": text(form, "email")})
    try:
        await visit.api.post("/api/v1/auth/password/forgot", {"email": filled["email"]})
    except ApiProblem as problem:
        _blame(filled, problem)
        return await visit.page("forgot.html", status=problem.status, form=filled)
    return await visit.page("reset.html", form=filled, sent=True)


@get("/reset", access=ANYONE, include_in_schema=False)
async def reset(visit: NamedDependency[Visit]) -> Page:
    return await visit.page("reset.html", form=Filled(), sent=False)


@post("/reset", access=ANYONE, include_in_schema=False)
async def do_reset(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    filled = Filled({"email": text(form, "email"), "code": digits(form, "code")})
    password = str(form.get("password", ""))
    if not filled["email"]:
        filled.errors["email"] = SENTENCES["email"]
    if not filled["code"]:
        filled.errors["code"] = "Enter the code of the mail: six digits."
    if too_short(password):
        filled.errors["password"] = too_short(password)
    if filled.wrong:
        return await visit.page("reset.html", status=422, form=filled, sent=False)
    try:
        await visit.api.post("/api/v1/auth/password/reset", {**filled.values, "password": password})
    except ApiProblem as problem:
        _blame(filled, problem)
        return await visit.page("reset.html", status=problem.status, form=filled, sent=False)
    visit.keep_tokens(None)
    return visit.go("/login?reset=1")


def _blame(filled: Filled, problem: ApiProblem) -> None:
    filled.blame(problem.errors, NAMES, {"email": SENTENCES["email"], "code": WRONG_CODE})
    if not problem.errors:
        filled.others.append(problem_text(problem))


routes = [forgot, ask_for_code, reset, do_reset]
