"""Looking around: home, product list, product, comparison, and the store's colours."""

import re
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound
from tradehall.web.client import ApiProblem, Json
from tradehall.web.filters import Filters, shown_facets
from tradehall.web.pages import finding, reviews
from tradehall.web.pages.store_home import blocks_page
from tradehall.web.render import address, store_css
from tradehall.web.static_files import FOREVER
from tradehall.web.themes import theme_of
from tradehall.web.visit import Page, Visit
from tradehall.web.words import said, sold_out

SORTS = {
    "": "Newest",
    "price": "Price, low to high",
    "-price": "Price, high to low",
    "rating": "Best rated",
    "name": "Name",
}
MOST_COMPARED = 4
MANY_VARIANTS = 40  # a select has room for them
_SLUG = re.compile(r"[a-z0-9][a-z0-9\-]{0,199}")


@get("/", access=ANYONE, include_in_schema=False)
async def home(visit: NamedDependency[Visit]) -> Page:
    async def make() -> str:
        if visit.store.has_home:
            return await blocks_page(visit)
        newest, rated, sellers = await visit.framed(
            visit.api.get("/api/v1/products", sort="newest", limit=40, specifications=with_facts(visit)),
            visit.api.get("/api/v1/products", sort="rating", limit=12, specifications=with_facts(visit)),
            visit.common("/api/v1/sellers"),
        )
        items = newest["items"]
        deals = [item for item in items if item.get("compare_at")][:10]
        return visit.html(
            "home.html",
            facts=facts_of(visit, newest["items"] + rated["items"]),
            newest=items,
            varied=varied(items),
            deals=deals,
            rated=rated["items"],
            total=newest.get("total"),
            sellers=sellers,
        )

    return await visit.shared_page(make)


def listed(answer: Any) -> list[Json]:
    """A list that the API gives bare or as a page."""
    return list(answer.get("items", ()) if isinstance(answer, dict) else answer or ())


def varied(items: list[Json]) -> list[Json]:
    """One of each category after the other, so that a first glance shows what there is."""
    seen: dict[str, int] = {}
    turns = []
    for place, item in enumerate(items):
        turn = seen[str(item["category"])] = seen.get(str(item["category"]), -1) + 1
        turns.append((turn, place, item))
    return [item for _, _, item in sorted(turns, key=lambda turn: turn[:2])]


@get("/products", access=ANYONE, include_in_schema=False)
async def product_list(visit: NamedDependency[Visit]) -> Page:
    """Filters that are no more, such as an attribute's after it got another code, are left out of the address."""
    filters = Filters.of(visit.request.query_params, visit.store)

    async def make() -> str:
        (found, facets), category, sellers = await visit.framed(
            finding.found(visit, filters, with_facts(visit)),
            category_of(visit, filters["category"]),
            visit.common("/api/v1/sellers"),
        )
        return visit.html(
            "products.html",
            facts=facts_of(visit, found["items"]),
            asked=filters,
            params=filters.params(),
            found=found,
            facets=shown_facets(facets, filters),
            sellers=sellers,
            category=category,
            seller=next((s for s in sellers if filters["seller"] in (s["slug"], str(s.get("id")))), None),
            sorts=SORTS,
        )

    try:
        return await visit.shared_page(make)
    except ApiProblem as problem:
        if problem.status == 301:
            params = filters.params() | {"category": problem.extra["slug"]}
        elif gone := {error.field for error in problem.errors if error.field.startswith("attr.")}:
            params = {name: value for name, value in filters.params().items() if filters.api_name(name) not in gone}
        else:
            raise
        return visit.moved(address("/products", **params))


async def category_of(visit: Visit, slug: str) -> Json | None:
    """The category's page of the API; None without one, or where there is none."""
    if not _SLUG.fullmatch(slug):
        return None
    try:
        found: Json = await visit.api.get(f"/api/v1/categories/{quote(slug)}")
    except ApiProblem as problem:
        if problem.status == 404:
            return None
        raise
    return found


def with_facts(visit: Visit) -> str:
    return "true" if theme_of(visit.store.look.theme).facts else ""


def facts_of(visit: Visit, items: list[Json]) -> dict[str, list[tuple[str, Any]]]:
    """Slug -> (name, value) of the specifications that the theme shows in lists; most themes show none."""
    names = theme_of(visit.store.look.theme).facts
    return {
        item["slug"]: [
            (spec["name"], said(spec))
            for name in names
            for spec in item.get("specifications") or ()
            if spec["name"] == name
        ]
        for item in items
    }


@get("/products/{slug:str}", access=ANYONE, include_in_schema=False)
async def product(visit: NamedDependency[Visit], slug: FromPath[str]) -> Page:
    async def make() -> str:
        (found,) = await visit.framed(one(visit, slug))
        asked = visit.request.query_params.get("variant", "")
        return visit.html("product.html", reviews=await reviews.of_product(visit, found), **shown(found, asked))

    try:
        return await visit.shared_page(make)
    except ApiProblem as problem:
        if problem.status == 301:
            return visit.moved(f"/products/{problem.extra['slug']}")
        raise


async def one(visit: Visit, slug: str) -> Json:
    if not _SLUG.fullmatch(slug):
        raise NotFound("There is no such product here.")
    found: Json = await visit.api.get(f"/api/v1/products/{quote(slug)}")
    return found


def shown(found: Json, asked: str) -> Json:
    """`chosen` is the variant asked for, else the first that can be bought, else the first."""
    variants = found.get("variants") or []
    by_id = {str(variant["id"]): variant for variant in variants}
    chosen = by_id.get(asked) or next((v for v in variants if not sold_out(v)), variants[0] if variants else None)
    choices = {option["name"]: option["values"] for option in found.get("options") or ()}
    return {"product": found, "variants": variants, "chosen": chosen, "choices": choices, "many": MANY_VARIANTS}


@get("/compare", access=ANYONE, include_in_schema=False)
async def compare(visit: NamedDependency[Visit]) -> Page:
    slugs = list(dict.fromkeys(visit.request.query_params.getall("p", [])))[:MOST_COMPARED]

    async def make() -> str:
        found = await visit.framed(*(one(visit, slug) for slug in slugs))
        known = {item["slug"]: {spec["name"]: said(spec) for spec in item["specifications"]} for item in found}
        names = list(dict.fromkeys(name for specs in known.values() for name in specs))
        return visit.html("compare.html", found=found, names=names, known=known)

    return await visit.shared_page(make)


@get("/theme.css", access=ANYONE, include_in_schema=False, sync_to_thread=False)
def theme_css(request: Request[Any, Any, Any], store: NamedDependency[Store]) -> Response[str]:
    css, tag = store_css(store.look)
    asked = request.query_params.get("v")
    caching = FOREVER if asked == tag else "no-cache"
    return Response(css, media_type="text/css; charset=utf-8", headers={"cache-control": caching, "etag": f'"{tag}"'})


@get("/favicon.ico", access=ANYONE, include_in_schema=False)
async def favicon(store: NamedDependency[Store]) -> Response[bytes]:
    """For who asks without reading the page's link to it."""
    if store.icon is not None:
        icon = f"/media/{store.id}/look/{store.icon.key}-small.png"
        return Response(b"", status_code=302, headers={"location": icon, "cache-control": "public, max-age=300"})
    return Response(b"", status_code=204, headers={"cache-control": "public, max-age=86400"})


routes = [home, product_list, product, compare, theme_css, favicon]
