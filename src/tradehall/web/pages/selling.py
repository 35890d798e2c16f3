"""Selling in a store: a shopper applies, the back office decides."""

from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import Filled, text
from tradehall.web.visit import Page, Visit, problem_text

HERE = "/admin/sellers"
STATUSES = {
    "applied": "Waiting for an answer",
    "active": "Selling",
    "suspended": "Suspended",
    "refused": "Not taken",
}
# What can be decided of a seller in each status, with the words on the button and what follows.
DECISIONS = {
    "applied": (
        ("approve", "Approve", "They can sell from now on."),
        ("refuse", "Refuse", "They may apply again."),
    ),
    "active": (("suspend", "Suspend", "What they sell is out of sight at once; open orders go on."),),
    "suspended": (("resume", "Let them go on", "What they sold before is for sale again."),),
    "refused": (),
}
NAMES = {"slug": "slug", "name": "name", "description": "description"}
SENTENCES = {
    "slug": "Use small letters, digits and hyphens, a letter first: lund-lamps.",
    "name": "Enter the name of your shop.",
}


@get("/sell", access=ANYONE, include_in_schema=False)
async def sell(visit: NamedDependency[Visit]) -> Page:
    visit.need_login()
    return await show(visit, Filled())


async def show(visit: Visit, form: Filled, *, status: int = 200) -> Page:
    return await visit.page(
        "account/sell.html", status=status, form=form, seller=await own_seller(visit), statuses=STATUSES
    )


async def own_seller(visit: Visit) -> Json | None:
    try:
        found: Json = await visit.api.get("/api/v1/me/seller")
    except ApiProblem as problem:
        if problem.status == 404:
            return None
        raise
    return found


@post("/sell", access=ANYONE, include_in_schema=False)
async def apply(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_login()
    filled = Filled({name: text(form, name, longest=4001) for name in NAMES})
    try:
        await visit.api.post("/api/v1/sellers/applications", filled.values)
    except ApiProblem as problem:
        filled.blame(problem.errors, NAMES, SENTENCES)
        if not problem.errors:
            filled.others.append(problem_text(problem))
        return await show(visit, filled, status=problem.status)
    await visit.renew()  # where the store takes everybody, the role is there already
    return visit.go("/sell")


@get(HERE, access=ANYONE, include_in_schema=False)
async def sellers(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("sellers")
    return await listed(visit)


async def listed(visit: Visit, *, status: int = 200, wrong: str = "") -> Page:
    asked = visit.request.query_params
    chosen = asked.get("status", "") if asked.get("status", "") in STATUSES else ""
    (found,) = await visit.framed(
        visit.api.get("/api/v1/manage/sellers", status=chosen, limit=50, cursor=asked.get("cursor", ""))
    )
    return await visit.page(
        "admin/sellers.html",
        status=status,
        found=found,
        chosen=chosen,
        statuses=STATUSES,
        decisions=DECISIONS,
        wrong=wrong,
        section="sellers",
    )


@post(f"{HERE}/{{seller_id:uuid}}/{{decision:str}}", access=ANYONE, include_in_schema=False)
async def decide(visit: NamedDependency[Visit], seller_id: FromPath[UUID], decision: FromPath[str]) -> Page:
    form = await visit.form()
    visit.need_section("sellers")
    try:
        await visit.api.post(f"/api/v1/manage/sellers/{seller_id}/{decision}", {"note": text(form, "note")})
    except ApiProblem as problem:
        return await listed(visit, status=problem.status, wrong=problem_text(problem))
    return visit.go(HERE)


routes = [sell, apply, sellers, decide]
