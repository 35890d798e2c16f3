"""Taking an invitation to a store's staff."""

from litestar import get, post
from litestar.di import NamedDependency

from tradehall.kernel.access import ANYONE
from tradehall.web.carried import Invitation
from tradehall.web.client import ApiProblem
from tradehall.web.forms import Filled, code, text
from tradehall.web.pages import second_step
from tradehall.web.pages.account import SENTENCES, arrived, too_short
from tradehall.web.pages.staff import ROLES
from tradehall.web.sessions import Tokens
from tradehall.web.visit import SECRET, Page, Visit, problem_text

API = "/api/v1/auth/invitation"
NAMES = {"name": "name", "password": "password", "second_factor": "code"}
WORDS = {"name": SENTENCES["name"], "code": second_step.CODE}


@get("/invitation", access=ANYONE, include_in_schema=False)
async def invitation(visit: NamedDependency[Visit]) -> Page:
    """The link of the mail: its token is taken out of the address at once, so that it stands in no history or log."""
    token = visit.request.query_params.get("token", "")
    if token:
        visit.carry(Invitation(token=token[:200]))
        return visit.go("/invitation")
    return await show(visit, Filled())


async def show(visit: Visit, filled: Filled, *, status: int = 200) -> Page:
    """Also says so where the invitation is no longer one."""
    carried = visit.carried(Invitation)
    invited = None
    if carried is not None:
        try:
            invited = await visit.api.post(API, {"token": carried.token})
        except ApiProblem as problem:
            status = problem.status
    return await visit.page(
        "invitation.html",
        status=status,
        headers=SECRET,
        invited=invited,
        known=carried is not None,
        form=filled,
        roles=ROLES,
    )


@post("/invitation", access=ANYONE, include_in_schema=False)
async def accept(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    carried = visit.carried(Invitation)
    if carried is None:
        return await show(visit, Filled(), status=422)
    is_new, password = bool(text(form, "is_new")), str(form.get("password", ""))
    filled = Filled({"name": text(form, "name"), "code": code(form, "code")})
    if is_new and not filled["name"]:
        filled.errors["name"] = SENTENCES["name"]
    if is_new and too_short(password):
        filled.errors["password"] = too_short(password)
    if not password:
        filled.errors["password"] = "Enter your password."
    if filled.wrong:
        return await show(visit, filled, status=422)
    body = {"token": carried.token, "password": password}
    body |= {"name": filled["name"]} if is_new else {}
    body |= {"second_factor": filled["code"]} if filled["code"] else {}
    try:
        tokens = Tokens.of(await visit.api.post(f"{API}/accept", body))
    except ApiProblem as problem:
        blame(filled, problem)
        return await show(visit, filled, status=problem.status)
    visit.put_down(Invitation)
    visit.keep_tokens(tokens)
    return arrived(visit, "/admin")


def blame(filled: Filled, problem: ApiProblem) -> None:
    filled.blame(problem.errors, NAMES, WORDS)
    if problem.slug == "wrong-credentials":
        filled.errors["password"] = "This is not the password of your account here."
    elif problem.slug == "second-factor-needed":
        filled.errors["code"] = "Your account has a second factor: enter its code, and your password once more."
    elif problem.slug == "wrong-second-factor":
        filled.errors["code"] = second_step.WRONG
    elif not problem.errors and problem.slug != "no-invitation":  # the page says so by itself
        filled.others.append(problem_text(problem))


routes = [invitation, accept]
