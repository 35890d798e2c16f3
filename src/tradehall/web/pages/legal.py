"""Legal texts: as everybody reads them, and as the store's admins write them."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import Filled, text
from tradehall.web.pages.orders import or_none
from tradehall.web.visit import Page, Visit, problem_text
from tradehall.web.words import LEGAL

LONGEST = 100_000


@get("/legal/{kind:str}", access=ANYONE, include_in_schema=False)
async def legal(visit: NamedDependency[Visit], kind: FromPath[str]) -> Page:
    known(kind)

    async def make() -> str:
        asked = visit.request.query_params.get("version", "")
        version = asked if asked.isdecimal() and len(asked) < 10 else ""
        (found,) = await visit.framed(visit.api.get(f"/api/v1/store/legal/{kind}", version=version))
        return visit.html("legal.html", found=found, old=bool(version))

    return await visit.shared_page(make)


def known(kind: str) -> None:
    """Raises NotFound."""
    if kind not in LEGAL:
        raise NotFound()


@get("/admin/legal", access=ANYONE, include_in_schema=False)
async def overview(visit: NamedDependency[Visit]) -> Page:
    visit.need_admin()
    found = {row["kind"]: row for row in (await visit.api.get("/api/v1/store/legal"))["items"]}
    return await visit.page("admin/legal.html", found=found, section="legal")


@get("/admin/legal/{kind:str}", access=ANYONE, include_in_schema=False)
async def edit(visit: NamedDependency[Visit], kind: FromPath[str]) -> Page:
    visit.need_admin()
    known(kind)
    versions = (await visit.api.get(f"/api/v1/store/legal/{kind}/versions", limit=1))["items"]
    replaces = versions[0]["version"] if versions else 0
    written = await or_none(visit.api.get(f"/api/v1/store/legal/{kind}")) or {"text": ""}
    return await show(visit, kind, Filled({"text": written["text"], "replaces": str(replaces)}))


async def show(visit: Visit, kind: str, form: Filled, *, status: int = 200, wrong: str = "") -> Page:
    asked: Json = {"limit": 25, "cursor": visit.request.query_params.get("cursor", "")}
    versions = await visit.api.get(f"/api/v1/store/legal/{kind}/versions", **asked)
    return await visit.page(
        "admin/legal_text.html", status=status, kind=kind, form=form, found=versions, wrong=wrong, section="legal"
    )


@post("/admin/legal/{kind:str}", access=ANYONE, include_in_schema=False)
async def write(visit: NamedDependency[Visit], kind: FromPath[str]) -> Page:
    form = await visit.form()
    visit.need_admin()
    known(kind)
    filled = Filled({"text": text(form, "text", longest=LONGEST + 1), "replaces": text(form, "replaces")})
    body: Json = {"text": filled["text"]}
    if filled["replaces"].isdecimal():
        body["replaces"] = int(filled["replaces"])
    try:
        await visit.api.put(f"/api/v1/store/legal/{kind}", body)
    except ApiProblem as problem:
        filled.blame(problem.errors, {"text": "text"}, {})
        wrong = "" if problem.errors else problem_text(problem)
        return await show(visit, kind, filled, status=problem.status, wrong=wrong)
    return visit.go("/admin/legal")


routes = [legal, overview, edit, write]
