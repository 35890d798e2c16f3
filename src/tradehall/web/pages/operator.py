"""Pages of the platform's operators: stores, plans."""

import contextlib
from urllib.parse import quote

from litestar import get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from tradehall.contracts.values import to_decimal
from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import Refusal
from tradehall.kernel.stores import url_of
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import Filled, number, text
from tradehall.web.platform import PlatformVisit, blamed
from tradehall.web.sessions import Tokens
from tradehall.web.visit import Page, local_path, problem_text
from tradehall.web.words import to_minor

STATES = {
    "active": ("Active", "good"),
    "grace": ("Payment due", "warn"),
    "suspended": ("Suspended", "bad"),
    "closed": ("Closed", "plain"),
}
CYCLES = (1, 6, 12, 24)
LIMITS = ("products", "staff", "warehouses")


@get("/operator", access=ANYONE, include_in_schema=False)
async def operator(visit: NamedDependency[PlatformVisit]) -> Page:
    visit.need_operator()
    return visit.go("/operator/stores")


@get("/operator/login", access=ANYONE, include_in_schema=False)
async def login(visit: NamedDependency[PlatformVisit], then: FromQuery[str] = "") -> Page:
    return await visit.page("operator/login.html", form=Filled(), then=then)


@post("/operator/login", access=ANYONE, include_in_schema=False)
async def do_login(visit: NamedDependency[PlatformVisit]) -> Page:
    form = await visit.form()
    filled = Filled({"email": text(form, "email")})
    then = local_path(text(form, "next"), "/operator/stores")
    body = {"email": filled["email"], "password": str(form.get("password", ""))}
    factor = text(form, "second_factor")
    try:
        got = await visit.api.post("/api/v1/platform/login", body | ({"second_factor": factor} if factor else {}))
    except ApiProblem as problem:
        names = {"email": "email", "password": "password", "second_factor": "second_factor"}
        return await visit.page(
            "operator/login.html", status=problem.status, form=blamed(filled, problem, names), then=then
        )
    visit.keep_tokens(Tokens.of(got))
    return visit.go(then)


@post("/operator/logout", access=ANYONE, include_in_schema=False)
async def logout(visit: NamedDependency[PlatformVisit]) -> Page:
    await visit.form()
    if visit.tokens is not None:
        with contextlib.suppress(Refusal):  # a session that identity no longer knows is over anyway
            await visit.api.post("/api/v1/platform/logout", {"refresh_token": visit.tokens.refresh})
        visit.keep_tokens(None)
    return visit.go("/operator/login")


@get("/operator/stores", access=ANYONE, include_in_schema=False)
async def stores(visit: NamedDependency[PlatformVisit]) -> Page:
    visit.need_operator()
    return await show_stores(visit)


async def show_stores(visit: PlatformVisit, *, code: int = 200, wrong: str = "") -> Page:
    asked = visit.request.query_params
    status = asked.get("status", "") if asked.get("status", "") in STATES else ""
    cursor = asked.get("cursor", "")
    found = await visit.api.get("/api/v1/stores", status=status, limit=50, cursor=cursor)
    port = visit.running.settings.port
    return await visit.page(
        "operator/stores.html",
        status=code,
        found=found,
        shown=status,
        cursor=cursor,
        states=STATES,
        wrong=wrong,
        address_of=lambda store: url_of(store["hosts"][0], port),
        section="stores",
    )


@post("/operator/stores/{slug:str}/status", access=ANYONE, include_in_schema=False)
async def set_status(visit: NamedDependency[PlatformVisit], slug: FromPath[str]) -> Page:
    form = await visit.form()
    visit.need_operator()
    try:
        await visit.api.put(f"/api/v1/stores/{quote(slug, safe='')}/status", {"status": text(form, "status")})
    except ApiProblem as problem:
        return await show_stores(visit, code=problem.status, wrong=problem_text(problem))
    return visit.go("/operator/stores")


@get("/operator/plans", access=ANYONE, include_in_schema=False)
async def plans(visit: NamedDependency[PlatformVisit]) -> Page:
    visit.need_operator()
    return await show_plans(visit, Filled())


async def show_plans(visit: PlatformVisit, form: Filled, *, status: int = 200) -> Page:
    found: list[Json] = await visit.api.get("/api/v1/platform/plans")
    chosen = visit.request.query_params.get("edit", "")
    if not form.values and (plan := next((p for p in found if p["code"] == chosen), None)):
        form.values = typed(plan)
    return await visit.page(
        "operator/plans.html", status=status, plans=found, form=form, cycles=CYCLES, limits=LIMITS, section="plans"
    )


def typed(plan: Json) -> dict[str, str]:
    """As the form's fields."""
    cycles = {cycle["months"]: str(cycle["discount"]) for cycle in plan["cycles"]}
    price = plan["price"]
    return {
        "code": plan["code"],
        "name": plan["name"],
        "sentence": plan["sentence"],
        "price": str(to_decimal(price["amount"], price["currency"])),
        "currency": price["currency"],
        "position": str(plan["position"]),
        "theme": plan["theme"],
        "public": "on" if plan["public"] else "",
        **{f"cycle_{months}": cycles.get(months, "") for months in CYCLES},
        **{f"limit_{name}": str(plan["limits"][name] or "") for name in LIMITS},
    }


@post("/operator/plans", access=ANYONE, include_in_schema=False)
async def save_plan(visit: NamedDependency[PlatformVisit]) -> Page:
    form = await visit.form()
    visit.need_operator()
    names = ("code", "name", "sentence", "price", "currency", "position", "theme", "public")
    fields = [*names, *(f"cycle_{months}" for months in CYCLES), *(f"limit_{name}" for name in LIMITS)]
    filled = Filled({name: text(form, name) for name in fields})
    try:
        await visit.api.put(f"/api/v1/platform/plans/{quote(filled['code'] or '-', safe='')}", plan_body(form, filled))
    except ApiProblem as problem:
        places = {name: name for name in names} | {f"limits.{name}": f"limit_{name}" for name in LIMITS}
        return await show_plans(visit, blamed(filled, problem, places), status=problem.status)
    return visit.go("/operator/plans")


def plan_body(form: FormMultiDict, filled: Filled) -> Json:
    """As the API wants it; what is no number stays as it was typed, for the API to refuse."""
    price = to_minor(filled["price"], filled["currency"])
    return {
        "name": filled["name"],
        "sentence": filled["sentence"],
        "price": filled["price"] if price is None else price,
        "currency": filled["currency"],
        "position": number(form, "position"),
        "theme": filled["theme"],
        "public": filled["public"] == "on",
        "cycles": [
            {"months": months, "discount": number(form, f"cycle_{months}")}
            for months in CYCLES
            if filled[f"cycle_{months}"]
        ],
        "limits": {name: number(form, f"limit_{name}") for name in LIMITS if filled[f"limit_{name}"]},
    }


routes = [operator, login, do_login, logout, stores, set_status, plans, save_plan]
