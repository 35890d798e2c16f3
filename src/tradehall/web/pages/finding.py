"""What the search box leads to: products by search, as the catalogue lists them where search does not answer; suggestions."""

import asyncio
import contextlib

from litestar import get
from litestar.di import NamedDependency

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import Busy
from tradehall.web.client import ApiProblem, Json
from tradehall.web.filters import Filters
from tradehall.web.themes import theme_of
from tradehall.web.visit import Page, Visit

SHORTEST = 2  # letters that anything is suggested for


async def found(visit: Visit, filters: Filters, specifications: str) -> tuple[Json, Json]:
    """A page of products, and facets. Without words the catalogue lists what there is."""
    wanted = filters.wanted() | {
        "sort": filters["sort"],
        "limit": theme_of(visit.store.look.theme).page_size,
        "specifications": specifications,
    }
    if filters["q"]:
        try:
            answer = await visit.api.get("/api/v1/search", **wanted, cursor=filters["cursor"], facets="true")
            return answer, answer["facets"]
        except Busy:
            return await listed(visit, filters, wanted, cursor="")  # the other list's pages begin anew
        except ApiProblem as problem:
            if problem.status != 404:
                raise
            return await listed(visit, filters, wanted, cursor="")
    return await listed(visit, filters, wanted, cursor=filters["cursor"])


async def listed(visit: Visit, filters: Filters, wanted: Json, *, cursor: str) -> tuple[Json, Json]:
    products, facets = await asyncio.gather(
        visit.api.get("/api/v1/products", **wanted, cursor=cursor),
        visit.api.get("/api/v1/products/facets", **filters.wanted()),
    )
    return products, facets


@get("/suggestions", access=ANYONE, include_in_schema=False)
async def suggestions(visit: NamedDependency[Visit]) -> Page:
    """A part of a page, for the search box while somebody types."""
    q = str(visit.request.query_params.get("q", ""))[:200].strip()

    async def make() -> str:
        seen: Json = {"products": [], "categories": [], "brands": [], "words": []}
        if len(q) >= SHORTEST:
            with contextlib.suppress(Busy, ApiProblem):  # nothing is suggested then; the form searches all the same
                (seen,) = await visit.framed(visit.api.get("/api/v1/search/suggestions", q=q))
        roots = visit.tree or []
        named = {one["slug"]: one["name"] for root in roots for one in [root, *root.get("children", [])]}
        categories = [one | {"name": named.get(one["value"], one["value"].replace("-", " ").capitalize())}
                      for one in seen["categories"]]  # fmt: skip
        words = [one for one in seen["words"] if one != q.lower()]
        return visit.html("parts/suggestions.html", q=q, seen=seen, words=words, categories=categories)

    return await visit.shared_page(make)


routes = [suggestions]
