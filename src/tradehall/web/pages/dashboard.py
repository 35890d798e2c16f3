"""How the store is doing, as it happens, and what is counted for it."""

from litestar import get, post
from litestar.di import NamedDependency

from tradehall.kernel.access import ANYONE
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import Filled, number, text
from tradehall.web.visit import Page, Visit

HERE = "/admin/dashboard"
SETTINGS = "/api/v1/analytics/settings"
SPANS = {"1": "Today", "7": "7 days", "30": "30 days"}
RULES = {
    "counted": "Count clicks, without any mark on the visitor",
    "asked": "Ask visitors; count those who agree, and know them again",
    "off": "Count nothing",
}
SENTENCES = {"margin": "A whole number of percent, from 0 to 100."}


@get(HERE, access=ANYONE, include_in_schema=False)
async def dashboard(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("dashboard")
    done = "Saved." if visit.request.query_params.get("done") else ""
    return await show(visit, done=done)


@get(f"{HERE}/live", access=ANYONE, include_in_schema=False)
async def live(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("dashboard")
    return await visit.page("parts/dashboard_live.html", **await _now(visit))


async def show(visit: Visit, *, status: int = 200, done: str = "", form: Filled | None = None) -> Page:
    now = await _now(visit)
    if visit.is_admin and form is None:
        chosen = await visit.api.get(SETTINGS)
        form = Filled({"clicks": chosen["clicks"], "margin": str(chosen["margin"])})
    return await visit.page(
        "admin/dashboard.html", status=status, done=done, form=form, rules=RULES, section="dashboard", **now
    )


async def _now(visit: Visit) -> Json:
    days = visit.request.query_params.get("days", "7")
    days = days if days in SPANS else "7"
    found = await visit.api.get("/api/v1/analytics/dashboard", days=days)
    return {"now": found, "days": days, "spans": SPANS, "steps": _steps(found["funnel"])}


def _steps(funnel: Json) -> list[tuple[str, int, float]]:
    """Each step with its share of the widest one, in percent."""
    named = {
        "views": "Product looked at",
        "carts": "Put into the cart",
        "checkouts": "Checkout begun",
        "purchases": "Bought",
    }
    steps = [(words, funnel[name]) for name, words in named.items() if funnel[name] is not None]
    widest = max(count for _, count in steps)
    return [(words, count, 100 * count / widest if widest else 0.0) for words, count in steps]


@post(f"{HERE}/settings", access=ANYONE, include_in_schema=False)
async def save_settings(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_admin()
    try:
        await visit.api.put(SETTINGS, {"clicks": text(form, "clicks"), "margin": number(form, "margin")})
    except ApiProblem as problem:
        filled = Filled({name: text(form, name) for name in ("clicks", "margin")})
        filled.blame(problem.errors, {"clicks": "clicks", "margin": "margin"}, SENTENCES)
        return await show(visit, status=problem.status, form=filled)
    return visit.go(f"{HERE}?done=saved")


routes = [dashboard, live, save_settings]
