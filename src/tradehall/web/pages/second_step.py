"""The second step of logging in: a code of the authenticator, or a recovery code.

The password is not asked for again. It waits in a sealed cookie of this browser, for five minutes, where neither page nor
scripts can read it.
"""

from litestar import get, post
from litestar.di import NamedDependency

from tradehall.kernel.access import ANYONE
from tradehall.web.carried import HalfLoggedIn
from tradehall.web.client import ApiProblem
from tradehall.web.forms import Filled, code
from tradehall.web.pages.account import arrive, arrived, begin, show_login
from tradehall.web.visit import Page, Visit, problem_text

FINISH = "/api/v1/auth/issuers/finish"
OVER = "That took too long. Log in again."
CODE = "Enter six digits, or one of your recovery codes."
WRONG = "This code is not right, or was used already. Wait for the next one and try again."


@get("/login/second-factor", access=ANYONE, include_in_schema=False)
async def second_factor(visit: NamedDependency[Visit]) -> Page:
    half = visit.carried(HalfLoggedIn)
    if half is None:
        return visit.go("/login")
    return await visit.page("second_step.html", form=Filled())


@post("/login/second-factor", access=ANYONE, include_in_schema=False)
async def do_second_factor(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    half = visit.carried(HalfLoggedIn)
    if half is None:
        return await show_login(visit, Filled(others=[OVER]), "/", status=422)
    filled = Filled({"code": code(form, "code")})
    try:
        if half.state:
            await arrive(visit, FINISH, {"state": half.state, "second_factor": filled["code"]})
        else:
            await begin(visit, half.email, half.password, filled["code"])
    except ApiProblem as problem:
        if problem.slug in ("sign-in-over", "wrong-credentials"):
            visit.put_down(HalfLoggedIn)
            return await show_login(visit, Filled({"email": half.email}, others=[OVER]), half.then, status=422)
        if problem.slug == "wrong-second-factor":
            filled.errors["code"] = WRONG
        elif problem.errors or problem.slug == "second-factor-needed":
            filled.errors["code"] = CODE
        else:
            filled.others.append(problem_text(problem))
        return await visit.page("second_step.html", status=problem.status, form=filled)
    visit.put_down(HalfLoggedIn)
    return arrived(visit, half.then)


routes = [second_factor, do_second_factor]
