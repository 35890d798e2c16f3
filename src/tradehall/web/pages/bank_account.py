"""The store's own bank account: what buyers read of it, and the statements that say what has come."""

from litestar import get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency

from tradehall.kernel.access import ANYONE
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import Filled, text
from tradehall.web.pages.payment_accounts import STORE, Place
from tradehall.web.visit import Page, Visit, problem_text

HERE = "/admin/accounts/bank"


@get(HERE, access=ANYONE, include_in_schema=False)
async def bank(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("accounts")
    return await show(visit, STORE, offered(visit), done="Saved." if visit.request.query_params.get("saved") else "")


def offered(visit: Visit) -> bool:
    return "bank-slip" in visit.store.payment_methods


async def show(
    visit: Visit,
    place: Place,
    offered: bool,
    filled: Filled | None = None,
    *,
    status: int = 200,
    done: str = "",
    read: Json | None = None,
) -> Page:
    if filled is None or "text" not in filled.values:
        details: Json = await visit.api.get(f"{place.api}/bank-details")
        filled = filled or Filled()
        filled.values["text"] = details["text"]
    return await visit.page(
        "admin/bank.html",
        status=status,
        place=place,
        form=filled,
        done=done,
        read=read,
        offered=offered,
        unoffered=place.unoffered.format("“Bank slip”"),
        section=place.section,
    )


@post(HERE, access=ANYONE, include_in_schema=False)
async def save(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_section("accounts")
    return await keep(visit, STORE, offered(visit), form)


async def keep(visit: Visit, place: Place, offered: bool, form: FormMultiDict) -> Page:
    filled = Filled({"text": text(form, "text")})
    try:
        await visit.api.put(f"{place.api}/bank-details", filled.values)
    except ApiProblem as problem:
        filled.blame(problem.errors, {"text": "text"}, {"text": "At most 1,000 characters."})
        return await show(visit, place, offered, filled, status=problem.status)
    return visit.go(f"{place.here}/bank?saved=1")


@post(f"{HERE}/statement", access=ANYONE, include_in_schema=False)
async def statement(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_section("accounts")
    return await take_in(visit, STORE, offered(visit), form)


async def take_in(visit: Visit, place: Place, offered: bool, form: FormMultiDict) -> Page:
    """What was found in it stands above; nothing is kept of the file."""
    filled = Filled({"currency": text(form, "currency").upper()})
    file = form.get("file")
    if file is None or isinstance(file, str):
        filled.errors["file"] = "Choose the CSV file that your bank gave you."
        return await show(visit, place, offered, filled, status=422)
    sent = (file.filename or "statement.csv", await file.read(), "text/csv")
    try:
        read: Json = await visit.api.upload(f"{place.api}/statements", {"file": sent}, currency=filled["currency"])
    except ApiProblem as problem:
        filled.blame(problem.errors, {"file": "file", "currency": "currency"}, {})
        if not problem.errors:
            filled.others.append(problem_text(problem))
        return await show(visit, place, offered, filled, status=problem.status)
    return await show(visit, place, offered, filled, read=read)


routes = [bank, save, statement]
