"""The store's own bank account: what buyers read of it, and the statements that say what has come."""

from litestar import get, post
from litestar.di import NamedDependency

from tradehall.kernel.access import ANYONE
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import Filled, text
from tradehall.web.visit import Page, Visit, problem_text

HERE = "/admin/accounts/bank"
API = "/api/v1/payments"


@get(HERE, access=ANYONE, include_in_schema=False)
async def bank(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("accounts")
    return await show(visit, done="Saved." if visit.request.query_params.get("saved") else "")


async def show(
    visit: Visit, filled: Filled | None = None, *, status: int = 200, done: str = "", read: Json | None = None
) -> Page:
    if filled is None:
        details: Json = await visit.api.get(f"{API}/bank-details")
        filled = Filled({"text": details["text"]})
    return await visit.page(
        "admin/bank.html",
        status=status,
        form=filled,
        done=done,
        read=read,
        offered="bank-slip" in visit.store.payment_methods,
        section="accounts",
    )


@post(HERE, access=ANYONE, include_in_schema=False)
async def save(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_section("accounts")
    filled = Filled({"text": text(form, "text")})
    try:
        await visit.api.put(f"{API}/bank-details", filled.values)
    except ApiProblem as problem:
        filled.blame(problem.errors, {"text": "text"}, {"text": "At most 1,000 characters."})
        return await show(visit, filled, status=problem.status)
    return visit.go(f"{HERE}?saved=1")


@post(f"{HERE}/statement", access=ANYONE, include_in_schema=False)
async def statement(visit: NamedDependency[Visit]) -> Page:
    """What was found in it stands above; nothing is kept of the file."""
    form = await visit.form()
    visit.need_section("accounts")
    file = form.get("file")
    details: Json = await visit.api.get(f"{API}/bank-details")
    filled = Filled({"text": details["text"]})
    if file is None or isinstance(file, str):
        filled.errors["file"] = "Choose the CSV file that your bank gave you."
        return await show(visit, filled, status=422)
    sent = (file.filename or "statement.csv", await file.read(), "text/csv")
    try:
        read: Json = await visit.api.upload(f"{API}/statements", {"file": sent})
    except ApiProblem as problem:
        filled.blame(problem.errors, {"file": "file"}, {})
        if not problem.errors:
            filled.others.append(problem_text(problem))
        return await show(visit, filled, status=problem.status)
    return await show(visit, filled, read=read)


routes = [bank, save, statement]
