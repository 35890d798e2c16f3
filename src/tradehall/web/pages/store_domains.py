"""The back office's page of domains: where the store is found."""

from urllib.parse import quote

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound
from tradehall.web.client import ApiProblem
from tradehall.web.forms import Filled, text
from tradehall.web.visit import Page, Visit, problem_text

STATES = {
    "given": ("Given by the platform", "plain"),
    "claimed": ("Not proved yet", "warn"),
    "proved": ("Yours", "good"),
    "lost": ("Proof is gone", "bad"),
}


@get("/admin/domains", access=ANYONE, include_in_schema=False)
async def domains(visit: NamedDependency[Visit]) -> Page:
    visit.need_admin()
    return await show(visit, Filled())


async def show(visit: Visit, form: Filled, *, status: int = 200, wrong: str = "", tried: str = "") -> Page:
    found = (await visit.api.get("/api/v1/store/domains"))["items"]
    return await visit.page(
        "admin/domains.html",
        status=status,
        found=found,
        form=form,
        wrong=wrong,
        tried=tried,
        states=STATES,
        section="domains",
    )


@post("/admin/domains", access=ANYONE, include_in_schema=False)
async def claim(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_admin()
    filled = Filled({"host": text(form, "host")})
    try:
        await visit.api.post("/api/v1/store/domains", {"host": filled["host"]})
    except ApiProblem as problem:
        filled.blame(problem.errors, {"host": "host"}, {})
        wrong = "" if problem.errors else problem_text(problem)
        return await show(visit, filled, status=problem.status, wrong=wrong)
    return visit.go("/admin/domains")


@post("/admin/domains/{host:str}/{action:str}", access=ANYONE, include_in_schema=False)
async def act(visit: NamedDependency[Visit], host: FromPath[str], action: FromPath[str]) -> Page:
    """verify, primary or remove."""
    await visit.form()
    visit.need_admin()
    path = f"/api/v1/store/domains/{quote(host, safe='')}"
    try:
        if action == "remove":
            await visit.api.delete(path)
        elif action in ("verify", "primary"):
            await visit.api.post(f"{path}/{action}")
        else:
            raise NotFound()
    except ApiProblem as problem:
        return await show(visit, Filled(), status=problem.status, wrong=problem_text(problem), tried=host)
    return visit.go("/admin/domains")


routes = [domains, claim, act]
