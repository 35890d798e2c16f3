"""The back office's page of the store's own plan and bills."""

import contextlib
import secrets
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound
from tradehall.web.client import ApiProblem, Json, read
from tradehall.web.forms import Filled, refusal, text
from tradehall.web.pages.start import paid_by, seen, ways_for
from tradehall.web.visit import Page, Visit

STATES = {
    "active": ("Paid", "good"),
    "grace": ("Payment due", "warn"),
    "suspended": ("Suspended", "bad"),
    "ended": ("Ended", "bad"),
}
BILLS = {
    "open": ("To be paid", "warn"),
    "waiting": ("To be paid", "warn"),
    "charging": ("Being charged", "warn"),
    "declined": ("Declined", "bad"),
    "paid": ("Paid", "good"),
    "void": ("Given up", "plain"),
}
KINDS = {"signup": "First period", "renewal": "Next period", "upgrade": "Larger plan"}


@get("/admin/plan", access=ANYONE, include_in_schema=False)
async def plan(visit: NamedDependency[Visit]) -> Page:
    """`back` from the page where they paid: the provider is asked, and the page waits for its answer."""
    visit.need_admin()
    back = visit.request.query_params.get("back", "")
    if back == "1":
        with contextlib.suppress(ApiProblem):
            await visit.api.post("/api/v1/store/subscription/back")
    return await show(visit, back=bool(back))


async def show(visit: Visit, *, status: int = 200, wrong: str = "", back: bool = False) -> Page:
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
    terms = await visit.api.get("/api/v1/platform/terms")
    asking = False
    if found is not None:
        asking = found["charging"] or (back and found["turn"] is not None)
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
        form=Filled(),
        ways=ways_for(terms, {found["plan"]["price"]["currency"]} if found else set()),
        tax=terms["tax"],
        asking=asking,
        polling="/admin/plan?back=2" if back else "/admin/plan",
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
    path = "/api/v1/store/subscription"
    try:
        if action == "choose":
            code, _, months = text(form, "choice").partition(".")
            body: Json = {"plan": code, "months": int(months) if months.isdecimal() else 0, "total": seen(form, "now")}
            await visit.api.post(f"{path}/plan", body, headers=headers)
        elif action == "pay":
            body = {"total": seen(form, "due")} | ({"payment": paid_by(form)} if text(form, "method") else {})
            await visit.api.post(f"{path}/pay", body, headers=headers)
        elif action == "card":
            await visit.api.post(f"{path}/card", {"payment": paid_by(form)})
        elif action == "cancel":
            await visit.api.post(f"{path}/cancel")
        elif action == "keep":
            await visit.api.delete(f"{path}/cancel")
        else:
            raise NotFound()
    except ApiProblem as problem:
        return await show(visit, status=problem.status, wrong=refusal(problem))
    return visit.go("/admin/plan")


@get("/admin/plan/bills/{invoice_id:uuid}", access=ANYONE, include_in_schema=False)
async def bill(visit: NamedDependency[Visit], invoice_id: FromPath[UUID]) -> Page:
    visit.need_admin()
    found = await visit.api.get(f"/api/v1/store/invoices/{invoice_id}")
    return await visit.page("admin/bill.html", bill=found, bill_states=BILLS, section="plan")


@get("/admin/plan/bills/{invoice_id:uuid}/pdf", access=ANYONE, include_in_schema=False)
async def bill_pdf(visit: NamedDependency[Visit], invoice_id: FromPath[UUID]) -> Response[bytes]:
    visit.need_admin()
    return await printed(visit, f"/api/v1/store/invoices/{invoice_id}/pdf")


async def printed(visit: Visit, path: str) -> Response[bytes]:
    answer = await visit.api.send("GET", path)
    if answer.status_code != 200:
        read(answer)
        raise NotFound()
    names = ("cache-control", "content-disposition")
    return Response(
        answer.content, media_type="application/pdf", headers={name: answer.headers[name] for name in names}
    )


routes = [plan, act, bill, bill_pdf]
