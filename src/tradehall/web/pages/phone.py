"""The account's telephone number: given, confirmed by a code, removed."""

from litestar import get, post
from litestar.di import NamedDependency

from tradehall.kernel.access import ANYONE
from tradehall.web.client import ApiProblem
from tradehall.web.forms import Filled, digits, text
from tradehall.web.pages.forgotten import WRONG_CODE
from tradehall.web.visit import Page, Visit, problem_text

HERE = "/account/phone"
WORDS = {
    "phone": "Enter the number with its country code, like +1 207 555 0100.",
    "code": WRONG_CODE,
}
DONE = {
    "sent": "A code is on its way to the number. It is valid for 15 minutes.",
    "confirmed": "Your number is confirmed.",
    "removed": "Your number is removed.",
}


@get(HERE, access=ANYONE, include_in_schema=False)
async def phone(visit: NamedDependency[Visit]) -> Page:
    visit.need_login()
    done = visit.request.query_params.get("done", "")
    return await show(visit, Filled(), done=DONE.get(done, ""), waiting=done == "sent")


async def show(
    visit: Visit, filled: Filled, *, status: int = 200, done: str = "", wrong: str = "", waiting: bool = False
) -> Page:
    """`waiting` for the code of a number just given."""
    (me,) = await visit.framed(visit.api.get("/api/v1/me"))
    return await visit.page(
        "account/phone.html", status=status, me=me, form=filled, done=done, wrong=wrong, waiting=waiting
    )


@post(HERE, access=ANYONE, include_in_schema=False)
async def give(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_login()
    filled = Filled({"phone": text(form, "phone")})
    try:
        await visit.api.post("/api/v1/me/phone", {"phone": filled["phone"]})
    except ApiProblem as problem:
        filled.blame(problem.errors, {"phone": "phone"}, WORDS)
        return await show(visit, filled, status=problem.status, wrong="" if filled.wrong else problem_text(problem))
    return visit.go(f"{HERE}?done=sent")


@post(f"{HERE}/confirm", access=ANYONE, include_in_schema=False)
async def confirm(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_login()
    filled = Filled({"code": digits(form, "code")})
    try:
        await visit.api.post("/api/v1/me/phone/confirm", {"code": filled["code"]})
    except ApiProblem as problem:
        filled.blame(problem.errors, {"code": "code"}, WORDS)
        wrong = "" if filled.wrong else problem_text(problem)
        return await show(visit, filled, status=problem.status, wrong=wrong, waiting=True)
    return visit.go(f"{HERE}?done=confirmed")


@post(f"{HERE}/remove", access=ANYONE, include_in_schema=False)
async def remove(visit: NamedDependency[Visit]) -> Page:
    await visit.form()
    visit.need_login()
    await visit.api.delete("/api/v1/me/phone")
    return visit.go(f"{HERE}?done=removed")


routes = [phone, give, confirm, remove]
