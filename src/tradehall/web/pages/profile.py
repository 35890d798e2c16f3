"""The visitor's own account."""

from dataclasses import dataclass, field

from litestar import get, post
from litestar.di import NamedDependency

from tradehall.kernel.access import ANYONE
from tradehall.web.client import ApiProblem
from tradehall.web.forms import Filled, digits, text
from tradehall.web.pages.account import SENTENCES, too_short
from tradehall.web.pages.forgotten import WRONG_CODE
from tradehall.web.visit import Page, Visit, problem_text

NO_PASSWORD = "Enter your password."
WRONG_PASSWORD = "This is not your password."
WORDS = {"code": WRONG_CODE, "new_code": WRONG_CODE, "current": WRONG_PASSWORD, "email_current": WRONG_PASSWORD}
DONE = {
    "sent": "A new code is on its way to you.",
    "verified": "Your e-mail address is confirmed.",
    "asked": "A code is on its way to the new address. Until you enter it here, the old one stays.",
    "changed": "Your new e-mail address counts from now on.",
    "password": "Your new password is set. Your other devices are logged out.",
}


@dataclass
class Forms:
    """What was typed into each form of the page."""

    verify: Filled = field(default_factory=Filled)
    password: Filled = field(default_factory=Filled)
    email: Filled = field(default_factory=Filled)
    confirm: Filled = field(default_factory=Filled)


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


@post("/account/password", access=ANYONE, include_in_schema=False)
async def change_password(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_login()
    forms = Forms()
    current, password = str(form.get("current", "")), str(form.get("password", ""))
    if not current:
        forms.password.errors["current"] = NO_PASSWORD
    if too_short(password):
        forms.password.errors["password"] = too_short(password)
    if forms.password.wrong:
        return await show(visit, forms, status=422)
    try:
        await visit.api.post("/api/v1/me/password", {"current": current, "password": password})
    except ApiProblem as problem:
        return await refused(visit, forms, forms.password, problem, {"current": "current", "password": "password"})
    return visit.go("/account?done=password")


@post("/account/email", access=ANYONE, include_in_schema=False)
async def change_email(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_login()
    forms = Forms(email=Filled({"email": text(form, "email")}))
    current = str(form.get("email_current", ""))
    if not forms.email["email"]:
        forms.email.errors["email"] = SENTENCES["email"]
    if not current:
        forms.email.errors["email_current"] = NO_PASSWORD
    if forms.email.wrong:
        return await show(visit, forms, status=422)
    try:
        await visit.api.post("/api/v1/me/email", {"email": forms.email["email"], "current": current})
    except ApiProblem as problem:
        return await refused(visit, forms, forms.email, problem, {"current": "email_current", "email": "email"})
    return visit.go("/account?done=asked")


@post("/account/email/confirm", access=ANYONE, include_in_schema=False)
async def confirm_email(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_login()
    forms = Forms(confirm=Filled({"new_code": digits(form, "new_code")}))
    try:
        await visit.api.post("/api/v1/me/email/confirm", {"code": forms.confirm["new_code"]})
    except ApiProblem as problem:
        return await refused(visit, forms, forms.confirm, problem, {"code": "new_code"})
    return visit.go("/account?done=changed")


async def refused(visit: Visit, forms: Forms, filled: Filled, problem: ApiProblem, names: dict[str, str]) -> Page:
    """The page with what the API said at the fields of `filled`; `names` as in Filled.blame."""
    filled.blame(problem.errors, names, WORDS)
    return await show(visit, forms, status=problem.status, wrong="" if problem.errors else problem_text(problem))


routes = [account, verify, resend, change_password, change_email, confirm_email]
