"""The back office's page of the store's own plan and bills."""

import secrets

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import refusal, text
from tradehall.web.pages.start import CARD, seen
from tradehall.web.visit import Page, Visit

STATES = {
    "active": ("Paid", "good"),
    "grace": ("Payment due", "warn"),
    "suspended": ("Suspended", "bad"),
    "ended": ("Ended", "bad"),
}
BILLS = {
    "charging": ("Being charged", "warn"),
    "declined": ("Declined", "bad"),
    "paid": ("Paid", "good"),
    "void": ("Given up", "plain"),
}
KINDS = {"signup": "First period", "renewal": "Next period", "upgrade": "Larger plan"}


@get("/admin/plan", access=ANYONE, include_in_schema=False)
async def plan(visit: NamedDependency[Visit]) -> Page:
    visit.need_admin()
    return await show(visit)


async def show(visit: Visit, *, status: int = 200, wrong: str = "") -> Page:
    try:
        found: Json | None = await visit.api.get("/api/v1/store/subscription")
    except ApiProblem as problem:
        if problem.slug != "no-subscription":
            raise
        found = None
    offers: list[Json] = []
    bills: Json = {"items": [], "next": None}
    cursor = visit.request.query_params.get("cursor", "")
    plans: list[Json] = await visit.api.get("/api/v1/platform/plans")
    if found is not None:
        offers = await visit.api.get("/api/v1/store/subscription/offers")
        bills = await visit.api.get("/api/v1/store/invoices", limit=20, cursor=cursor)
    return await visit.page(
        "admin/plan.html",
        status=status,
        wrong=wrong,
        found=found,
        offers=offers,
        bills=bills,
        cursor=cursor,
        names={plan["code"]: plan["name"] for plan in plans},
        states=STATES,
        bill_states=BILLS,
        kinds=KINDS,
        key=secrets.token_urlsafe(16),
        section="plan",
    )


@post("/admin/plan/{action:str}", access=ANYONE, include_in_schema=False)
async def act(visit: NamedDependency[Visit], action: FromPath[str]) -> Page:
    """choose, pay, card, cancel or keep."""
    form = await visit.form()
    visit.need_admin()
    headers = {"idempotency-key": text(form, "key") or secrets.token_urlsafe(16)}
    card = {"method": CARD, "token": text(form, "card")}
    path = "/api/v1/store/subscription"
    try:
        if action == "choose":
            code, _, months = text(form, "choice").partition(".")
            body: Json = {"plan": code, "months": int(months) if months.isdecimal() else 0, "total": seen(form, "now")}
            await visit.api.post(f"{path}/plan", body, headers=headers)
        elif action == "pay":
            body = {"total": seen(form, "due")} | ({"payment": card} if card["token"] else {})
            await visit.api.post(f"{path}/pay", body, headers=headers)
        elif action == "card":
            await visit.api.post(f"{path}/card", {"payment": card})
        elif action == "cancel":
            await visit.api.post(f"{path}/cancel")
        elif action == "keep":
            await visit.api.delete(f"{path}/cancel")
        else:
            raise NotFound()
    except ApiProblem as problem:
        return await show(visit, status=problem.status, wrong=refusal(problem))
    return visit.go("/admin/plan")


routes = [plan, act]
