"""The visitor's own account."""

from dataclasses import dataclass, field

from litestar import get, post
from litestar.di import NamedDependency

from tradehall.kernel.access import ANYONE
from tradehall.web.client import ApiProblem
from tradehall.web.forms import Filled, digits
from tradehall.web.pages.forgotten import WRONG_CODE
from tradehall.web.visit import Page, Visit, problem_text

DONE = {
    "sent": "A new code is on its way to you.",
    "verified": "Your e-mail address is confirmed.",
}


@dataclass
class Forms:
    """What was typed into each form of the page."""

    verify: Filled = field(default_factory=Filled)


@get("/account", access=ANYONE, include_in_schema=False)
async def account(visit: NamedDependency[Visit]) -> Page:
    visit.need_login()
    return await show(visit, Forms(), done=DONE.get(visit.request.query_params.get("done", ""), ""))


async def show(visit: Visit, forms: Forms, *, status: int = 200, done: str = "", wrong: str = "") -> Page:
    (me,) = await visit.framed(visit.api.get("/api/v1/me"))
    return await visit.page("account.html", status=status, me=me, forms=forms, done=done, wrong=wrong)


@post("/account/verify", access=ANYONE, include_in_schema=False)
async def verify(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_login()
    forms = Forms(verify=Filled({"code": digits(form, "code")}))
    try:
        await visit.api.post("/api/v1/auth/email/verify", {"code": forms.verify["code"]})
    except ApiProblem as problem:
        return await refused(visit, forms, forms.verify, problem, {"code": "code"})
    return visit.go("/account?done=verified")


@post("/account/resend", access=ANYONE, include_in_schema=False)
async def resend(visit: NamedDependency[Visit]) -> Page:
    await visit.form()
    visit.need_login()
    try:
        await visit.api.post("/api/v1/auth/email/resend")
    except ApiProblem as problem:
        return await show(visit, Forms(), status=problem.status, wrong=problem_text(problem))
    return visit.go("/account?done=sent")


async def refused(visit: Visit, forms: Forms, filled: Filled, problem: ApiProblem, names: dict[str, str]) -> Page:
    """The page with what the API said at the fields of `filled`; `names` as in Filled.blame."""
    filled.blame(problem.errors, names, {"code": WRONG_CODE})
    return await show(visit, forms, status=problem.status, wrong="" if problem.errors else problem_text(problem))


routes = [account, verify, resend]
