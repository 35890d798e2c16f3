"""The back office's search: try it out and see why, synonyms, what is pinned, what is hidden."""

from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import Busy, NotFound
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import refusal, text
from tradehall.web.render import address
from tradehall.web.visit import Page, Visit

HERE = "/admin/search"
API = "/api/v1/search"
MOST_PINNED = 24
DONE = {
    "synonyms": "The synonyms are kept. Searches know them from now on.",
    "pinned": "It comes first for this query from now on.",
    "hidden": "No search shows it any more. Its page is still there.",
    "removed": "It is removed.",
}


@get(HERE, access=ANYONE, include_in_schema=False)
async def search(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("search")
    return await show(visit, done=DONE.get(visit.request.query_params.get("done", ""), ""))


async def show(visit: Visit, *, code: int = 200, done: str = "", wrong: str = "", typed: Json | None = None) -> Page:
    q = str(visit.request.query_params.get("q", "")).strip()[:200]
    tried: Json | None = None
    if q:
        try:
            tried = await visit.api.get(f"{API}/explanation", q=q)
        except Busy as busy:
            wrong = wrong or busy.detail
    synonyms, pins, hidden = await visit.framed(
        *(visit.api.get(f"{API}/{part}", limit=100) for part in ("synonyms", "pins", "hidden"))
    )
    return await visit.page(
        "admin/search.html",
        status=code,
        q=q,
        tried=tried,
        synonyms=synonyms["items"],
        pins=pins["items"],
        hidden=hidden["items"],
        done=done,
        wrong=wrong,
        typed=typed or {},
        section="search",
    )


@post(f"{HERE}/synonyms", access=ANYONE, include_in_schema=False)
async def add_synonyms(visit: NamedDependency[Visit]) -> Page:
    """Words stand with commas between them."""
    form = await visit.form()
    visit.need_section("search")
    typed = {name: text(form, name) for name in ("words", "finds")}
    body = {name: [word for one in value.split(",") if (word := one.strip())] for name, value in typed.items()}
    try:
        await visit.api.post(f"{API}/synonyms", body)
    except ApiProblem as problem:
        return await show(visit, code=problem.status, wrong=refusal(problem), typed=typed)
    return visit.go(f"{HERE}?done=synonyms#synonyms")


@post(f"{HERE}/pin", access=ANYONE, include_in_schema=False)
async def pin(visit: NamedDependency[Visit]) -> Page:
    """One more product for this query, behind those that are pinned already."""
    form = await visit.form()
    visit.need_section("search")
    query, product = text(form, "query"), text(form, "product")
    understood = text(form, "understood")
    try:
        known = (await visit.api.get(f"{API}/pins", limit=100))["items"]
        there = next((one for one in known if one["query"] == query.lower()), None)
        if there is None:
            await visit.api.post(f"{API}/pins", {"query": query, "products": [product]})
        else:
            products = [one["id"] for one in there["products"] if one["id"] != product and one["name"]]
            body = {"query": query, "products": [*products, product], "version": there["version"]}
            await visit.api.put(f"{API}/pins/{there['id']}", body)
    except ApiProblem as problem:
        return await show(visit, code=problem.status, wrong=refusal(problem))
    return visit.go(address(HERE, q=understood or query, done="pinned"))


@post(f"{HERE}/hide", access=ANYONE, include_in_schema=False)
async def hide(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_section("search")
    try:
        await visit.api.put(f"{API}/hidden/{_id(text(form, 'product'))}", {})
    except ApiProblem as problem:
        return await show(visit, code=problem.status, wrong=refusal(problem))
    return visit.go(address(HERE, q=text(form, "query"), done="hidden"))


@post(f"{HERE}/{{part:str}}/{{id:uuid}}/delete", access=ANYONE, include_in_schema=False)
async def remove(visit: NamedDependency[Visit], part: FromPath[str], id: FromPath[UUID]) -> Page:
    await visit.form()
    visit.need_section("search")
    if part not in ("synonyms", "pins", "hidden"):
        raise NotFound()
    try:
        await visit.api.delete(f"{API}/{part}/{id}")
    except ApiProblem as problem:
        return await show(visit, code=problem.status, wrong=refusal(problem))
    return visit.go(f"{HERE}?done=removed#{part}")


def _id(typed: str) -> UUID:
    """Raises NotFound."""
    try:
        return UUID(typed)
    except ValueError:
        raise NotFound() from None


routes = [search, add_synonyms, pin, hide, remove]
