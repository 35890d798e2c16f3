"""Looking around: home, product list, product, comparison, and the store's colours."""

import asyncio
import re
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound, Refusal
from tradehall.web.client import Json
from tradehall.web.pages.store_home import blocks_page
from tradehall.web.render import store_css
from tradehall.web.static_files import FOREVER
from tradehall.web.themes import theme_of
from tradehall.web.visit import Page, Visit, shared
from tradehall.web.words import to_minor

SORTS = {
    "": "Newest",
    "price": "Price, low to high",
    "-price": "Price, high to low",
    "rating": "Best rated",
    "name": "Name",
}
PASSED_ON = ("category", "q", "seller", "min_price", "max_price", "in_stock", "sort", "cursor")
MOST_COMPARED = 4
_SLUG = re.compile(r"[a-z0-9][a-z0-9\-]{0,199}")


@get("/", access=ANYONE, include_in_schema=False)
async def home(visit: NamedDependency[Visit]) -> Page:
    async def make() -> str:
        if visit.store.has_home:
            return await blocks_page(visit)
        newest, rated, sellers = await visit.framed(
            visit.api.get("/api/v1/products", sort="newest", limit=40),
            visit.api.get("/api/v1/products", sort="rating", limit=12),
            visit.common("/api/v1/sellers"),
        )
        items = newest["items"]
        deals = [item for item in items if item.get("compare_at")][:10]
        return visit.html(
            "home.html",
            facts=await facts_of(visit, newest["items"][:8] + rated["items"][:6]),
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
    async def make() -> str:
        asked = {name: visit.request.query_params.get(name, "")[:200] for name in PASSED_ON}
        found, sellers = await visit.framed(
            visit.api.get("/api/v1/products", **wanted(asked, visit.store)),
            visit.common("/api/v1/sellers"),
        )
        return visit.html(
            "products.html",
            facts=await facts_of(visit, found["items"]),
            asked=asked,
            found=found,
            sellers=sellers,
            category=find_category(visit.tree or [], asked["category"]),
            seller=next((s for s in sellers if asked["seller"] in (s["slug"], str(s.get("id")))), None),
            sorts=SORTS,
            filters=sum(bool(asked[name]) for name in ("category", "seller", "min_price", "max_price", "in_stock")),
        )

    return await visit.shared_page(make)


async def facts_of(visit: Visit, items: list[Json]) -> dict[str, list[tuple[str, Any]]]:
    """Slug -> (name, value) of the specifications that the theme shows in lists; most themes show none."""
    names = theme_of(visit.store.look.theme).facts
    slugs = list(dict.fromkeys(item["slug"] for item in items)) if names else []
    known = await asyncio.gather(*(specifications(visit, slug) for slug in slugs))
    return {
        slug: [(spec["name"], spec["value"]) for name in names for spec in specs if spec["name"] == name]
        for slug, specs in zip(slugs, known, strict=True)
    }


async def specifications(visit: Visit, slug: str) -> list[Json]:
    async def ask() -> Any:
        return (await one(visit, slug)).get("specifications")

    try:
        return await shared.get((visit.store.id, "specifications", slug), ask, life=60)
    except Refusal:
        return []


def wanted(asked: dict[str, str], store: Store) -> Json:
    """The API's parameters for the page's; prices are typed in the currency's unit."""
    given: Json = {name: asked[name] for name in ("category", "q", "seller", "sort", "cursor")}
    for name in ("min_price", "max_price"):
        given[name] = to_minor(asked[name], store.currency) if asked[name] else None
    given["in_stock"] = "true" if asked["in_stock"] else None
    given["limit"] = theme_of(store.look.theme).page_size
    return given


def find_category(tree: list[Json], slug: str) -> Json | None:
    for category in tree:
        if category["slug"] == slug:
            return category
        if inner := find_category(category.get("children") or [], slug):
            return inner
    return None


@get("/products/{slug:str}", access=ANYONE, include_in_schema=False)
async def product(visit: NamedDependency[Visit], slug: FromPath[str]) -> Page:
    async def make() -> str:
        (found,) = await visit.framed(one(visit, slug))
        asked = visit.request.query_params.get("variant", "")
        return visit.html("product.html", **shown(found, asked))

    return await visit.shared_page(make)


async def one(visit: Visit, slug: str) -> Json:
    if not _SLUG.fullmatch(slug):
        raise NotFound("There is no such product here.")
    found: Json = await visit.api.get(f"/api/v1/products/{quote(slug)}")
    return found


def shown(found: Json, asked: str) -> Json:
    """`chosen` is the variant asked for, else the first that can be bought, else the first."""
    variants = found.get("variants") or []
    by_id = {str(variant["id"]): variant for variant in variants}
    chosen = by_id.get(asked) or next((v for v in variants if v["available"] > 0), variants[0] if variants else None)
    choices = {option["name"]: option["values"] for option in found.get("options") or ()}
    return {"product": found, "variants": variants, "chosen": chosen, "choices": choices}


@get("/compare", access=ANYONE, include_in_schema=False)
async def compare(visit: NamedDependency[Visit]) -> Page:
    slugs = list(dict.fromkeys(visit.request.query_params.getall("p", [])))[:MOST_COMPARED]

    async def make() -> str:
        found = await visit.framed(*(one(visit, slug) for slug in slugs))
        known = {item["slug"]: {spec["name"]: spec["value"] for spec in item["specifications"]} for item in found}
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
