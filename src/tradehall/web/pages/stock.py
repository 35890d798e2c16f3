"""The back office's stock: what stands where, what happened to it, what orders wait for."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import httpx
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import number, refusal, text
from tradehall.web.visit import Page, Visit
from tradehall.web.words import MOVES

# Who decides about goods; warehouse staff only handles them.
DECIDE = ("seller", "warehouse_manager", "store_admin", "operator")
FILTERS = ("sku", "warehouse", "kind", "actor", "since", "until")
DONE = {"moved": "It is in the books.", "set": "Saved."}


@get("/admin/stock", access=ANYONE, include_in_schema=False)
async def stock(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("stock")
    return await show_stock(visit)


async def show_stock(visit: Visit, *, status: int = 200, wrong: str = "") -> Page:
    asked = {name: visit.request.query_params.get(name, "") for name in ("low", "warehouse", "sku", "cursor")}
    asked["low"] = "true" if asked["low"] == "true" else ""
    try:
        found = await visit.api.get("/api/v1/stock", limit=50, **asked)
    except ApiProblem as problem:
        found = {"items": [], "next": None}
        if not wrong:
            status, wrong = problem.status, refusal(problem)
    return await visit.page(
        "admin/stock.html",
        status=status,
        wrong=wrong,
        found=found,
        asked=asked,
        warehouses=await visit.api.get("/api/v1/warehouses"),
        section="stock",
        part="levels",
    )


@get("/admin/stock/find", access=ANYONE, include_in_schema=False)
async def find(visit: NamedDependency[Visit]) -> Page:
    """An article by its SKU, also one of which nothing ever came in."""
    visit.need_section("stock")
    sku = visit.request.query_params.get("sku", "").strip()
    found = await visit.api.get("/api/v1/articles", sku=sku) if sku and len(sku) <= 64 and sku.isprintable() else None
    if found and found["items"]:
        return visit.go(f"/admin/stock/{found['items'][0]['variant_id']}")
    return await show_stock(visit, status=404, wrong="There is no article with this SKU.")


@get("/admin/stock/{variant_id:uuid}", access=ANYONE, include_in_schema=False)
async def article(visit: NamedDependency[Visit], variant_id: FromPath[UUID]) -> Page:
    visit.need_section("stock")
    return await show_article(visit, variant_id, done=DONE.get(visit.request.query_params.get("done", ""), ""))


async def show_article(
    visit: Visit, variant_id: UUID, *, status: int = 200, done: str = "", wrong: str = "", typed: Json | None = None
) -> Page:
    principal = visit.need_section("stock")
    found = await visit.api.get(f"/api/v1/articles/{variant_id}")
    decides = principal.has(*DECIDE)
    waiting = await visit.api.get("/api/v1/backorders", variant_id=str(variant_id), limit=20) if decides else None
    return await visit.page(
        "admin/article.html",
        status=status,
        done=done,
        wrong=wrong,
        typed=typed or {},
        found=found,
        decides=decides,
        waiting=waiting,
        warehouses=[w for w in await visit.api.get("/api/v1/warehouses") if w["active"]],
        moved=await visit.api.get(f"/api/v1/stock/{variant_id}/movements", limit=15),
        section="stock",
        part="levels",
    )


@post("/admin/stock/{variant_id:uuid}/{action:str}", access=ANYONE, include_in_schema=False)
async def change(visit: NamedDependency[Visit], variant_id: FromPath[UUID], action: FromPath[str]) -> Page:
    form = await visit.form()
    visit.need_section("stock")
    typed: dict[str, Any] = {name: text(form, name) for name in form}
    body: dict[str, Any] = {"variant_id": str(variant_id), "quantity": number(form, "quantity")}
    body |= {name: typed.get(name, "") for name in ("reason", "reference")}
    try:
        match action:
            case "move" if typed.get("kind") in ("receive", "remove", "count", "adjust"):
                await visit.api.post(f"/api/v1/stock/{typed['kind']}", body | {"warehouse": typed.get("warehouse", "")})
            case "transfer":
                way = {name: typed.get(name, "") for name in ("from", "to")}
                await visit.api.post("/api/v1/stock/transfer", body | way)
            case "threshold":
                await visit.api.put(f"/api/v1/stock/{variant_id}/threshold", {"threshold": number(form, "threshold")})
            case "backorder":
                policy = {"policy": typed.get("policy", "deny")}
                limit = {"limit": number(form, "limit")} if policy["policy"] == "allow" and typed.get("limit") else {}
                await visit.api.put(f"/api/v1/stock/{variant_id}/backorder", policy | limit)
            case _:
                raise NotFound()
    except ApiProblem as problem:
        return await show_article(
            visit, variant_id, status=problem.status, wrong=refusal(problem), typed={**typed, "action": action}
        )
    done = "moved" if action in ("move", "transfer") else "set"
    return visit.go(f"/admin/stock/{variant_id}?done={done}")


@get("/admin/movements", access=ANYONE, include_in_schema=False)
async def movements(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("stock")
    asked = _asked(visit)
    status, wrong = 200, ""
    try:
        found = await visit.api.get(
            "/api/v1/movements", limit=50, cursor=visit.request.query_params.get("cursor", ""), **_filters(visit, asked)
        )
    except ApiProblem as problem:
        found, status, wrong = {"items": [], "next": None}, problem.status, refusal(problem)
    return await visit.page(
        "admin/movements.html",
        status=status,
        wrong=wrong,
        found=found,
        asked=asked,
        warehouses=await visit.api.get("/api/v1/warehouses"),
        section="stock",
        part="movements",
    )


@get("/admin/movements.csv", access=ANYONE, include_in_schema=False)
async def movements_file(visit: NamedDependency[Visit]) -> Stream:
    visit.need_section("stock")
    answer = await visit.api.stream("/api/v1/movements.csv", _filters(visit, _asked(visit)))
    headers = {"content-disposition": 'attachment; filename="movements.csv"', "cache-control": "no-store"}
    return Stream(_read(answer), media_type="text/csv", headers=headers)


async def _read(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_bytes():
            yield chunk
    finally:
        await answer.aclose()


def _asked(visit: Visit) -> dict[str, str]:
    asked = {name: visit.request.query_params.get(name, "").strip() for name in FILTERS}
    return asked | {"kind": asked["kind"] if asked["kind"] in MOVES else ""}


def _filters(visit: Visit, asked: dict[str, str]) -> Json:
    """Days are the store's: the last one counts whole."""
    return asked | {
        "since": _midnight(asked["since"], visit.store.timezone, timedelta()),
        "until": _midnight(asked["until"], visit.store.timezone, timedelta(days=1)),
    }


def _midnight(day: str, timezone: str, later: timedelta) -> str:
    """Something else than a day goes to the API as it is, to be refused by it."""
    try:
        zone: Any = ZoneInfo(timezone)
        return (datetime.strptime(day, "%Y-%m-%d") + later).replace(tzinfo=zone).isoformat()
    except (ValueError, OverflowError, ZoneInfoNotFoundError):
        return day


@get("/admin/backorders", access=ANYONE, include_in_schema=False)
async def backorders(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("stock")
    cursor = visit.request.query_params.get("cursor", "")
    return await visit.page(
        "admin/backorders.html",
        found=await visit.api.get("/api/v1/backorders", limit=50, cursor=cursor),
        section="stock",
        part="backorders",
    )


routes = [stock, find, article, change, movements, movements_file, backorders]
