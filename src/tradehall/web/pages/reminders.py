"""Mails about a cart left alone, and those that ask how it was: who wants none says so here, by the link in such a mail or logged in."""

from litestar import get, post
from litestar.di import NamedDependency

from tradehall.kernel.access import ANYONE
from tradehall.web.client import ApiProblem
from tradehall.web.forms import text
from tradehall.web.visit import Page, Visit, problem_text

CHOICES = "/api/v1/me/mail-choices"


@get("/reminders", access=ANYONE, include_in_schema=False)
async def reminders(visit: NamedDependency[Visit]) -> Page:
    """Opening the link changes nothing: mail programs open links by themselves."""
    asked = visit.request.query_params
    return await show(visit, person=asked.get("person", ""), token=asked.get("token", ""))


async def show(visit: Visit, *, person: str, token: str, status: int = 200, wrong: str = "", done: str = "") -> Page:
    wanted = True
    if not token:
        visit.need_login()
        wanted = (await visit.api.get(CHOICES))["cart_reminders"]
    return await visit.page(
        "reminders.html", status=status, person=person, token=token, wanted=wanted, wrong=wrong, done=done
    )


@post("/reminders", access=ANYONE, include_in_schema=False)
async def choose(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    person, token, wanted = text(form, "person"), text(form, "token"), text(form, "wanted") == "yes"
    try:
        if token:
            await visit.api.post("/api/v1/reminders/stop", {"person": person, "token": token})
        else:
            visit.need_login()
            await visit.api.put(CHOICES, {"cart_reminders": wanted})
    except ApiProblem as problem:
        said = "This link is not complete. Copy the whole of it from the mail." if token else problem_text(problem)
        return await show(visit, person=person, token=token, status=problem.status, wrong=said)
    done = "We write such mails to you again." if wanted else "We write no more mails of this kind."
    return await show(visit, person=person, token=token, done=done)


routes = [reminders, choose]
