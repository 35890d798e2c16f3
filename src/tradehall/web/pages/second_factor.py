"""The own second factor: turning it on, its recovery codes, turning it off."""

import contextlib
from dataclasses import dataclass, field

import segno
from litestar import get, post
from litestar.di import NamedDependency

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import Refusal
from tradehall.web.carried import Enrolment
from tradehall.web.client import ApiProblem
from tradehall.web.forms import Filled, code, digits, text
from tradehall.web.pages import second_step
from tradehall.web.pages.profile import NO_PASSWORD, WRONG_PASSWORD
from tradehall.web.visit import SECRET, Page, Visit, local_path, problem_text

HERE = "/account/second-factor"
API = "/api/v1/me/totp"
WORDS = {
    "code": "This code is not right. Enter the six digits that the authenticator shows now.",
    "current": WRONG_PASSWORD,
    "renew_current": WRONG_PASSWORD,
    "off_current": WRONG_PASSWORD,
    "renew_code": second_step.CODE,
    "off_code": second_step.CODE,
}
DONE = {"off": "The second factor is off. Your password alone logs you in."}


@dataclass
class Forms:
    """What was typed into each form of the page."""

    begin: Filled = field(default_factory=Filled)
    confirm: Filled = field(default_factory=Filled)
    renew: Filled = field(default_factory=Filled)
    off: Filled = field(default_factory=Filled)


@get(HERE, access=ANYONE, include_in_schema=False)
async def second_factor(visit: NamedDependency[Visit]) -> Page:
    visit.need_login()
    asked = visit.request.query_params
    return await show(visit, Forms(), local_path(asked.get("next"), ""), done=DONE.get(asked.get("done", ""), ""))


async def show(
    visit: Visit, forms: Forms, then: str = "", *, status: int = 200, done: str = "", wrong: str = ""
) -> Page:
    (state,) = await visit.framed(visit.api.get(API))
    enrolment = None if state["on"] else visit.carried(Enrolment)
    picture = segno.make(enrolment.uri).svg_inline(omitsize=True, light="#fff") if enrolment else ""
    return await visit.page(
        "account/second_factor.html",
        status=status,
        headers=SECRET,
        state=state,
        enrolment=enrolment,
        picture=picture,
        then=(enrolment.then if enrolment else "") or then,
        forms=forms,
        done=done,
        wrong=wrong,
    )


@post(f"{HERE}/begin", access=ANYONE, include_in_schema=False)
async def begin(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_login()
    forms, then, current = Forms(), local_path(text(form, "next"), ""), str(form.get("current", ""))
    if not current:
        forms.begin.errors["current"] = NO_PASSWORD
        return await show(visit, forms, then, status=422)
    try:
        proposal = await visit.api.post(API, {"current": current})
    except ApiProblem as problem:
        return await refused(visit, forms, forms.begin, problem, {"current": "current"}, then)
    visit.carry(Enrolment(then=then, secret=proposal["secret"], uri=proposal["uri"]))
    return visit.go(HERE)


@post(f"{HERE}/confirm", access=ANYONE, include_in_schema=False)
async def confirm(visit: NamedDependency[Visit]) -> Page:
    """With the code come the recovery codes, and the roles that waited for it."""
    form = await visit.form()
    visit.need_login()
    forms = Forms(confirm=Filled({"code": digits(form, "code")}))
    enrolment = visit.carried(Enrolment)
    try:
        made = await visit.api.post(f"{API}/confirm", {"code": forms.confirm["code"]})
    except ApiProblem as problem:
        return await refused(visit, forms, forms.confirm, problem, {"code": "code"})
    visit.put_down(Enrolment)
    with contextlib.suppress(Refusal):  # the codes are shown this once, whatever else fails
        await visit.renew()
    return await show_codes(visit, made["recovery_codes"], enrolment.then if enrolment else "", fresh=True)


async def show_codes(visit: Visit, codes: list[str], then: str = "", *, fresh: bool = False) -> Page:
    """`fresh`: the second factor was turned on with them."""
    return await visit.page("account/recovery_codes.html", headers=SECRET, codes=codes, then=then or HERE, fresh=fresh)


@post(f"{HERE}/recovery-codes", access=ANYONE, include_in_schema=False)
async def renew_codes(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_login()
    forms = Forms(renew=Filled({"renew_code": code(form, "renew_code")}))
    current = str(form.get("renew_current", ""))
    if not current:
        forms.renew.errors["renew_current"] = NO_PASSWORD
        return await show(visit, forms, status=422)
    try:
        made = await visit.api.post(
            f"{API}/recovery-codes", {"current": current, "second_factor": forms.renew["renew_code"]}
        )
    except ApiProblem as problem:
        names = {"current": "renew_current", "second_factor": "renew_code"}
        return await refused(visit, forms, forms.renew, problem, names)
    return await show_codes(visit, made["recovery_codes"])


@post(f"{HERE}/off", access=ANYONE, include_in_schema=False)
async def turn_off(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_login()
    forms = Forms(off=Filled({"off_code": code(form, "off_code")}))
    current = str(form.get("off_current", ""))
    if not current:
        forms.off.errors["off_current"] = NO_PASSWORD
        return await show(visit, forms, status=422)
    try:
        await visit.api.delete(API, {"current": current, "second_factor": forms.off["off_code"]})
    except ApiProblem as problem:
        names = {"current": "off_current", "second_factor": "off_code"}
        return await refused(visit, forms, forms.off, problem, names)
    return visit.go(f"{HERE}?done=off")


async def refused(
    visit: Visit, forms: Forms, filled: Filled, problem: ApiProblem, names: dict[str, str], then: str = ""
) -> Page:
    """The page with what the API said at the fields of `filled`; `names` as in Filled.blame."""
    filled.blame(problem.errors, names, WORDS)
    if problem.slug == "wrong-second-factor":
        filled.errors[names["second_factor"]] = second_step.WRONG
    wrong = "" if filled.wrong else problem_text(problem)
    return await show(visit, forms, then, status=problem.status, wrong=wrong)


routes = [second_factor, begin, confirm, renew_codes, turn_off]
